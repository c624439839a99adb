// The kernels as the program of a core calls them. For each tile that goes out:
//
//     begin, then A alone, A with B, B alone, A with B again: each as often as the launch says, then end.
//
// | tile          | A alone       | A with B                  | B alone                 | A with B                |
// |---------------|---------------|---------------------------|-------------------------|-------------------------|
// | of a product  | -             | tiles of both matrices    | parameters              | residual with diagonals |
// | of attention  | queries       | -                         | keys with their values  | -                       |
//
// Of the heads' queries, which all cores of a row get, a core keeps its own in the place of the tile that goes out.
#pragma once

#include "tile.h"

extern "C" {
// How many keys the whole has is for attention alone.
void hark_begin(Core* core, uint32_t mode, int32_t keys);
void hark_a(const bfloat16* a, bfloat16* out, uint32_t is_mine);
void hark_ab(Core* core, uint32_t mode, const bfloat16* a, const bfloat16* b);
void hark_b(Core* core, uint32_t mode, const bfloat16* b, const bfloat16* out);
void hark_end(Core* core, uint32_t mode, bfloat16* out);

// Rows of A to rows that go out. B has the gains, then the shifts.
void hark_normalise_rows(uint32_t mode, const bfloat16* a, const bfloat16* b, bfloat16* out, uint32_t rows,
                         uint32_t length, float inverse_length);
void hark_softmax_rows(uint32_t mode, const bfloat16* a, bfloat16* out, uint32_t rows, uint32_t length, uint32_t keys);
}
