// What all kernels of a core agree on: how matrices lie in tiles, and what stays in a core between tiles.
//
// A core computes one tile of 64 × 64 values at a time from tiles that two streams bring: A, which all cores of a row
// get, and B, which all of a column get. Whatever B multiplies lies in blocks, each in row-major order, so that a
// vector is a block: A in blocks of ROWS × DEPTH, B of DEPTH × COLUMNS, what comes out of ROWS × COLUMNS; blocks of a
// row of blocks one behind the other.
#pragma once

#include <aie_api/aie.hpp>

#include "loops.h"
#include <stdint.h>

// AIE2P has the larger product as its own, AIE2 the smaller.
#if __AIEARCH__ == 21
constexpr unsigned ROWS = 8;
#else
constexpr unsigned ROWS = 4;
#endif
constexpr unsigned DEPTH = 8;
constexpr unsigned COLUMNS = 4;

// Side of a tile.
constexpr unsigned TILE = 64;
constexpr unsigned ROW_BLOCKS = TILE / ROWS;
constexpr unsigned DEPTH_BLOCKS = TILE / DEPTH;
constexpr unsigned COLUMN_BLOCKS = TILE / COLUMNS;
// Values of a tile on a stream.
constexpr unsigned TOKEN = TILE * TILE;
// Positions of which the keys and the values are one tile of attention's B.
constexpr unsigned HALF = TILE / 2;

// Of a block of A, of B, and of sums.
constexpr unsigned LEFT = ROWS * DEPTH;
constexpr unsigned RIGHT = DEPTH * COLUMNS;
constexpr unsigned LANES = ROWS * COLUMNS;

using Product = aie::mmul<ROWS, DEPTH, COLUMNS, bfloat16, bfloat16, accfloat>;
using Sums = aie::accum<accfloat, LANES>;
using Floats = aie::vector<float, LANES>;
using Halves = aie::vector<bfloat16, LANES>;
using Ints = aie::vector<int32, LANES>;

// What a launch asks of the kernels, in bits of one word.
enum Mode : uint32_t {
    // Sums over the rows of A are made for LayerNorm: with the first tile of a row of tiles, for all of them.
    STATISTICS = 1,
    // The product is that of normalised rows.
    NORMALISE = 2,
    GELU = 4,
    // What goes out are keys, in the order in which attention takes them: see store.h.
    KEYS = 8,
    // The tile is one of attention, not of a product.
    ATTENTION = 16,
    // bfloat16 are rounded as a core does that nobody told otherwise: cut off.
    CUT_OFF = 32,
    // What goes out are values, in the order in which attention takes them.
    VALUES = 64,
};

// What a core keeps of a tile until it is done.
struct Core {
    // Blocks of sums.
    alignas(64) float sums[TILE * TILE];
    // Of each row, as blocks with equal columns. For LayerNorm: the sum of values, and of their squares. For
    // attention: the power of two that numerators are over, in fixed point, and the sum of the numerators.
    alignas(64) float first[TILE * COLUMNS];
    alignas(64) float second[TILE * COLUMNS];
    // Attention: keys that are still to come.
    int32_t keys;
};

// What is added and multiplied when a product is summed: comes as a tile of B.
struct Parameters {
    // Blocks with equal rows.
    alignas(64) float bias[TILE * ROWS];
    // Blocks of B by which the rows' means are multiplied: see normalise.h.
    alignas(64) bfloat16 columns[DEPTH * TILE];
    // 1 / the length of a row.
    float inverse_length;
};
static_assert(sizeof(Parameters) <= TOKEN * sizeof(bfloat16));

// The lanes of a block of sums that are in this column.
constexpr uint32_t column_lanes(unsigned column) {
    uint32_t lanes = 0;
    for (unsigned row = 0; row < ROWS; ++row) lanes |= uint32_t{1} << (row * COLUMNS + column);
    return lanes;
}

// Rounding is a state of the core that whoever ran before may have changed.
inline void enter(uint32_t mode) {
    aie::set_rounding(mode & CUT_OFF ? aie::rounding_mode::floor : aie::rounding_mode::conv_even);
}
