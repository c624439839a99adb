// Operations on whole rows, for when they do not go with a product: LayerNorm, and the softmax of scores that a
// product made. Rows lie one behind the other in a tile, as many as fit, and their length is a multiple of 16.
#pragma once

#include "normalise.h"
#include "power.h"

// Values of a row at once.
constexpr unsigned STRIP = 16;
using Strip = aie::vector<float, STRIP>;

inline Strip load_strip(const bfloat16* from) {
    return aie::accum<accfloat, STRIP>(aie::load_v<STRIP>(from)).to_vector<float>();
}

inline void store_strip(bfloat16* to, const Strip& strip) {
    aie::store_v(to, aie::accum<accfloat, STRIP>(strip).to_vector<bfloat16>());
}

// In two passes, so that the variance is one of what differs from the mean. Gains, then shifts.
inline void normalise_row(const bfloat16* restrict row, const bfloat16* restrict gains, bfloat16* restrict out,
                          unsigned length, float inverse_length) {
    const bfloat16* shifts = gains + length;
    const Strip part = aie::broadcast<float, STRIP>(inverse_length);
    Strip sum = aie::zeros<float, STRIP>();
    for (unsigned at = 0; at < length; at += STRIP) PIPELINED sum = aie::add(sum, load_strip(row + at));
    const Strip mean = multiply<3>(aie::broadcast<float, STRIP>(aie::reduce_add(sum)), part);
    Strip squares = aie::zeros<float, STRIP>();
    for (unsigned at = 0; at < length; at += STRIP) PIPELINED {
        const Strip centred = aie::sub(load_strip(row + at), mean);
        squares = aie::add(squares, multiply<2>(centred, centred));
    }
    const Strip variance = multiply<3>(aie::broadcast<float, STRIP>(aie::reduce_add(squares)), part);
    const Strip factor = inverse_root(aie::add(variance, aie::broadcast<float, STRIP>(EPSILON)));
    for (unsigned at = 0; at < length; at += STRIP) PIPELINED {
        const Strip value = multiply<2>(aie::sub(load_strip(row + at), mean), factor);
        aie::vector<bfloat16, STRIP> terms[2];
        split(value, terms);
        aie::accum<accfloat, STRIP> scaled(aie::load_v<STRIP>(shifts + at));
        for (const auto& term : terms) scaled = aie::mac(scaled, term, aie::load_v<STRIP>(gains + at));
        aie::store_v(out + at, scaled.to_vector<bfloat16>());
    }
}

inline aie::vector<int32, STRIP> load_scores(const bfloat16* row, unsigned at, unsigned keys) {
    auto scores = to_scores(load_strip(row + at));
    if (at + STRIP <= keys) return scores;
    const unsigned known = at < keys ? keys - at : 0;
    const auto within = aie::mask<STRIP>::from_uint32((uint32_t{1} << known) - 1);
    return aie::select(aie::broadcast<int32, STRIP>(LOWEST), scores, within);
}

// Scores in units of log 2; those behind the keys become 0.
inline void softmax_row(const bfloat16* restrict row, bfloat16* restrict out, unsigned length, unsigned keys) {
    auto largest = aie::broadcast<int32, STRIP>(LOWEST);
    for (unsigned at = 0; at < length; at += STRIP) PIPELINED largest = aie::max(largest, load_scores(row, at, keys));
    const auto top = aie::broadcast<int32, STRIP>(aie::reduce_max(largest));
    Strip sum = aie::zeros<float, STRIP>();
    for (unsigned at = 0; at < length; at += STRIP) PIPELINED {
        const auto weights = power(shorten(aie::sub(load_scores(row, at, keys), top)));
        aie::store_v(out + at, weights);
        sum = aie::add(sum, aie::accum<accfloat, STRIP>(weights).to_vector<float>());
    }
    const Strip share = inverse(aie::broadcast<float, STRIP>(aie::reduce_add(sum)));
    for (unsigned at = 0; at < length; at += STRIP) PIPELINED
        store_strip(out + at, multiply<2>(load_strip(out + at), share));
}
