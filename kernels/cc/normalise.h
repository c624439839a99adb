// LayerNorm (Ba, Kiros and Hinton, arXiv 1607.06450) as part of the product that follows it. With gain and shift in
// the weights W and the bias b, what comes out for a row x is
//
//     (x · W - mean · Σ W) / deviation + b
//
// so that rows go into the product as they are, and nothing is written in between. Sums of a row's values and squares
// are made of the tiles of A that pass for the product anyway, once for all tiles of a row of tiles.
#pragma once

#include "floats.h"

// Added to the variance.
constexpr float EPSILON = 1e-5f;

// Adds a tile of A. A block times ones is a block of which each column is the sum of the rows.
inline void add_statistics(Core& core, const bfloat16* restrict a) {
    const auto ones = aie::broadcast<bfloat16, RIGHT>(bfloat16(1.0f));
    for (unsigned row = 0; row < ROW_BLOCKS; ++row) PIPELINED {
        Product values{Sums(aie::load_v<LANES>(core.first + row * LANES))};
        Product squares{Sums(aie::load_v<LANES>(core.second + row * LANES))};
        auto lanes = aie::zeros<accfloat, LEFT>();
        for (unsigned k = 0; k < DEPTH_BLOCKS; ++k) {
            const auto block = aie::load_v<LEFT>(a + (row * DEPTH_BLOCKS + k) * LEFT);
            values.mac(block, ones);
            lanes = aie::mac(lanes, block, block);
        }
        aie::vector<bfloat16, LEFT> terms[3];
        split(lanes.to_vector<float>(), terms);
        for (const auto& term : terms) squares.mac(term, ones);
        aie::store_v(core.first + row * LANES, values.to_vector<float>());
        aie::store_v(core.second + row * LANES, squares.to_vector<float>());
    }
}

// What a row of blocks is normalised by.
struct RowNorm {
    // Of A: the rows' means in three terms, for a product with a block of Parameters::columns. That has the columns'
    // sums in three terms, too, with the sign turned: c0 c1 c2 c0 c1 c0 0 0 from top to bottom.
    aie::vector<bfloat16, LEFT> means;
    // 1 / deviation
    Floats scale;
};

inline RowNorm row_norm(const Core& core, unsigned row, const Floats& inverse_length) {
    const Floats mean = multiply<3>(aie::load_v<LANES>(core.first + row * LANES), inverse_length);
    const Floats square = multiply<3>(aie::load_v<LANES>(core.second + row * LANES), inverse_length);
    // Equal values may seem to vary by less than nothing.
    const Floats variance = not_negative(aie::sub(square, multiply<3>(mean, mean)));
    Halves terms[3];
    split(mean, terms);
    const auto only = [](unsigned column) { return aie::mask<LANES>::from_uint32(column_lanes(column)); };
    // m0 m0 m0 m1, then m1 m2 0 0.
    const Halves left = aie::select(terms[0], terms[1], only(3));
    const Halves right = aie::select(aie::select(aie::zeros<bfloat16, LANES>(), terms[1], only(0)), terms[2], only(1));
    const auto halves = aie::interleave_zip(left, right, COLUMNS);
    const Floats deviation = inverse_root(aie::add(variance, aie::broadcast<float, LANES>(EPSILON)));
    return {aie::concat(halves.first, halves.second), deviation};
}
