// Explicit parts: addresses, numbers of locks and descriptors, streams, the order of a memory tile's words.
module {
  aie.device(npu1_1col) {
    %shim = aie.tile(0, 0)
    %memory = aie.tile(0, 1)
    %core = aie.tile(0, 2)
    %there = aie.buffer(%memory) {address = 0 : i32, sym_name = "there"} : memref<64xi32>
    %empty_there = aie.lock(%memory, 0) {init = 1 : i32, sym_name = "empty_there"}
    %full_there = aie.lock(%memory, 1) {init = 0 : i32, sym_name = "full_there"}
    %here = aie.buffer(%core) {address = 4096 : i32, sym_name = "here"} : memref<64xi32>
    %empty_here = aie.lock(%core, 0) {init = 1 : i32, sym_name = "empty_here"}
    %full_here = aie.lock(%core, 1) {init = 0 : i32, sym_name = "full_here"}
    aie.flow(%shim, DMA : 0, %memory, DMA : 0)
    aie.flow(%memory, DMA : 1, %core, DMA : 0)
    %memtile_dma = aie.memtile_dma(%memory) {
      %start0 = aie.dma_start(S2MM, 0, ^in, ^start1)
    ^in:
      aie.use_lock(%empty_there, AcquireGreaterEqual, 1)
      aie.dma_bd(%there : memref<64xi32>, 0, 64) {bd_id = 0 : i32}
      aie.use_lock(%full_there, Release, 1)
      aie.next_bd ^in
    ^start1:
      %start1 = aie.dma_start(MM2S, 1, ^out, ^end)
    ^out:
      aie.use_lock(%full_there, AcquireGreaterEqual, 1)
      aie.dma_bd(%there : memref<64xi32>, 0, 64, [<size = 4, stride = 16>, <size = 4, stride = 2>, <size = 2, stride = 8>, <size = 2, stride = 1>]) {bd_id = 24 : i32}
      aie.use_lock(%empty_there, Release, 1)
      aie.next_bd ^out
    ^end:
      aie.end
    }
    %mem = aie.mem(%core) {
      %start0 = aie.dma_start(S2MM, 0, ^in, ^end)
    ^in:
      aie.use_lock(%empty_here, AcquireGreaterEqual, 1)
      aie.dma_bd(%here : memref<64xi32>, 0, 64) {bd_id = 0 : i32}
      aie.use_lock(%full_here, Release, 1)
      aie.next_bd ^in
    ^end:
      aie.end
    }
    %program = aie.core(%core) {
      aie.use_lock(%full_here, AcquireGreaterEqual, 1)
      aie.use_lock(%empty_here, Release, 1)
      aie.end
    } {stack_size = 1024 : i32}
  }
}
