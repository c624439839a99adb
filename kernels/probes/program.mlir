// A program: a loop that carries a number, a switch that gives a memory, a call of a function that names its object.
module {
  aie.device(npu1_1col) {
    func.func private @probe(memref<64xi32>, i32) attributes {link_with = "probe.o"}
    %core = aie.tile(0, 2)
    %a = aie.buffer(%core) {address = 4096 : i32, sym_name = "a"} : memref<64xi32>
    %b = aie.buffer(%core) {address = 4352 : i32, sym_name = "b"} : memref<64xi32>
    %program = aie.core(%core) {
      %i0 = arith.constant 0 : index
      %i1 = arith.constant 1 : index
      %i2 = arith.constant 2 : index
      %n1 = arith.constant 1 : i32
      %word = memref.load %a[%i1] : memref<64xi32>
      %count = arith.index_cast %word : i32 to index
      %turns = scf.for %loop = %i0 to %count step %i1 iter_args(%turn = %i0) -> (index) {
        %taken = scf.index_switch %turn -> memref<64xi32>
        case 0 {
          scf.yield %a : memref<64xi32>
        }
        default {
          scf.yield %b : memref<64xi32>
        }
        %more = arith.addi %turn, %i1 : index
        %last = arith.cmpi eq, %more, %i2 : index
        %next = arith.select %last, %i0, %more : index
        %bits = arith.andi %word, %n1 : i32
        %is = arith.cmpi eq, %bits, %n1 : i32
        %flag = arith.extui %is : i1 to i32
        func.call @probe(%taken, %flag) : (memref<64xi32>, i32) -> ()
        scf.yield %next : index
      }
      aie.end
    } {stack_size = 1024 : i32}
  }
}
