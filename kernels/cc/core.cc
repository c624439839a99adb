#include "core.h"

#include "attention.h"
#include "product.h"
#include "rows.h"
#include "store.h"

namespace {

template <class T>
void clear(T* place, unsigned count) {
    for (unsigned at = 0; at < count; at += LANES) PIPELINED aie::store_v(place + at, aie::zeros<T, LANES>());
}

}  // namespace

extern "C" {

void hark_begin(Core* core, uint32_t mode, int32_t keys) {
    event0();
    clear(core->sums, TOKEN);
    if (mode & (STATISTICS | ATTENTION)) {
        clear(core->first, TILE * COLUMNS);
        clear(core->second, TILE * COLUMNS);
    }
    if (mode & ATTENTION) begin_attention(*core, keys);
}

void hark_a(const bfloat16* a, bfloat16* out, uint32_t is_mine) {
    if (!is_mine) return;
    for (unsigned at = 0; at < TOKEN; at += LANES) PIPELINED aie::store_v(out + at, aie::load_v<LANES>(a + at));
}

void hark_ab(Core* core, uint32_t mode, const bfloat16* a, const bfloat16* b) {
    enter(mode);
    if (mode & STATISTICS) add_statistics(*core, a);
    multiply_tiles(*core, a, b);
}

void hark_b(Core* core, uint32_t mode, const bfloat16* b, const bfloat16* out) {
    enter(mode);
    if (mode & ATTENTION) attend(*core, out, b);
    else apply(*core, mode, *reinterpret_cast<const Parameters*>(b));
}

void hark_end(Core* core, uint32_t mode, bfloat16* out) {
    enter(mode);
    if (mode & ATTENTION) finish_attention(*core);
    store(*core, mode, out);
    event1();
}

void hark_normalise_rows(uint32_t mode, const bfloat16* a, const bfloat16* b, bfloat16* out, uint32_t rows, uint32_t length,
                         float inverse_length) {
    enter(mode);
    for (uint32_t row = 0; row < rows; ++row) ROLLED
        normalise_row(a + row * length, b, out + row * length, length, inverse_length);
}

void hark_softmax_rows(uint32_t mode, const bfloat16* a, bfloat16* out, uint32_t rows, uint32_t length, uint32_t keys) {
    enter(mode);
    for (uint32_t row = 0; row < rows; ++row) ROLLED
        softmax_row(a + row * length, out + row * length, length, keys);
}

}  // extern "C"
