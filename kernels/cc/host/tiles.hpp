// Matrices of floats to tiles and back: what the host and the memory tiles do around the cores.
#pragma once

#include "../core.h"
#include "../store.h"

#include <vector>

namespace host {

// Rows of floats, one behind the other.
struct Matrix {
    unsigned rows = 0, columns = 0;
    std::vector<float> values;

    Matrix() = default;
    Matrix(unsigned r, unsigned c) : rows(r), columns(c), values(std::size_t{r} * c) {}

    // 0 outside, as what pads a tile is.
    float at(unsigned row, unsigned column) const {
        return row < rows && column < columns ? values[std::size_t{row} * columns + column] : 0;
    }
};

// What the host writes is rounded to the nearest, whatever the core does.
inline bfloat16 nearest(float value) {
    const aie::rounding_mode before = aie::get_rounding();
    aie::set_rounding(aie::rounding_mode::conv_even);
    const bfloat16 rounded(value);
    aie::set_rounding(before);
    return rounded;
}

struct Token {
    alignas(64) bfloat16 values[TOKEN];
};

// From `rows` × `columns` values, in blocks of `height` × `width`; `get(row, column)` has them.
template <class Get>
void to_blocks(bfloat16* out, unsigned rows, unsigned columns, unsigned height, unsigned width, Get get) {
    for (unsigned top = 0; top < rows; top += height)
        for (unsigned left = 0; left < columns; left += width)
            for (unsigned i = 0; i < height; ++i)
                for (unsigned j = 0; j < width; ++j) *out++ = nearest(get(top + i, left + j));
}

// Tile (`down`, `across`) of A.
inline Token tile_of_a(const Matrix& m, unsigned down, unsigned across) {
    Token token;
    to_blocks(token.values, TILE, TILE, ROWS, DEPTH,
              [&](unsigned r, unsigned c) { return m.at(down * TILE + r, across * TILE + c); });
    return token;
}

// Tile (`down`, `across`) of B, which is the transposed matrix.
inline Token tile_of_b(const Matrix& transposed, unsigned down, unsigned across) {
    Token token;
    to_blocks(token.values, TILE, TILE, DEPTH, COLUMNS,
              [&](unsigned r, unsigned c) { return transposed.at(across * TILE + c, down * TILE + r); });
    return token;
}

// Where a value of a tile that came out belongs.
struct Place {
    unsigned row, column;
};

inline Place place_of(unsigned at, uint32_t mode) {
    const unsigned half = at / (HALF * TILE) * HALF, block = at % (HALF * TILE) / RIGHT, lane = at % RIGHT;
    if (mode & KEYS)
        return {half + block % KEY_BLOCKS * COLUMNS + lane % COLUMNS, block / KEY_BLOCKS * DEPTH + lane / COLUMNS};
    if (mode & VALUES)
        return {half + block / COLUMN_BLOCKS * DEPTH + lane / COLUMNS,
                block % COLUMN_BLOCKS * COLUMNS + lane % COLUMNS};
    const unsigned plain = at / LANES, i = at % LANES;
    return {plain / COLUMN_BLOCKS * ROWS + i / COLUMNS, plain % COLUMN_BLOCKS * COLUMNS + i % COLUMNS};
}

// Writes a tile that came out.
inline void from_blocks(const Token& token, uint32_t mode, Matrix& out, unsigned down, unsigned across) {
    for (unsigned at = 0; at < TOKEN; ++at) {
        const Place place = place_of(at, mode);
        const unsigned row = down * TILE + place.row, column = across * TILE + place.column;
        if (row < out.rows && column < out.columns)
            out.values[std::size_t{row} * out.columns + column] = token.values[at];
    }
}

// A float as a sum of bfloat16, the largest first.
inline void split_nearest(float value, bfloat16 (&terms)[3]) {
    for (bfloat16& term : terms) {
        term = nearest(value);
        value -= term;
    }
}

}  // namespace host
