// A launch: words written into a tile, a task with strides and runs, and one that is waited for.
module {
  aie.device(npu1_1col) {
    %shim = aie.tile(0, 0)
    %memory = aie.tile(0, 1)
    memref.global "private" constant @words : memref<2xi32> = dense<[1, -1]>
    aie.runtime_sequence(%from: memref<512xi32>, %to: memref<512xi32>) {
      %words = memref.get_global @words : memref<2xi32>
      aiex.npu.blockwrite(%words) {address = 2098176 : ui32} : memref<2xi32>
      aiex.npu.write32 {address = 2224128 : ui32, value = 1 : ui32}
      %in = aiex.dma_configure_task(%shim, S2MM, 0) {
        aie.dma_bd(%to : memref<512xi32>, 0, 512, [<size = 1, stride = 0>, <size = 1, stride = 0>, <size = 1, stride = 0>, <size = 512, stride = 1>]) {bd_id = 8 : i32}
        aie.end
      } {issue_token = true}
      aiex.dma_start_task(%in)
      %out = aiex.dma_configure_task(%shim, MM2S, 0) {
        aie.dma_bd(%from : memref<512xi32>, 64, 64, [<size = 3, stride = 128>, <size = 2, stride = 64>, <size = 4, stride = 16>, <size = 8, stride = 1>]) {bd_id = 0 : i32}
        aie.end
      } {repeat_count = 2 : i32}
      aiex.dma_start_task(%out)
      aiex.dma_await_task(%in)
      aiex.dma_free_task(%in)
      aiex.dma_free_task(%out)
    }
  }
}
