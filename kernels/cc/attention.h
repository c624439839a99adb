// Attention of 64 queries of one head to all keys, half a tile of which come at a time with their values, so that scores never
// leave the core. Numerators are over a power of two that is raised as larger scores come, and what was summed before
// is scaled down by then (Milakov and Gimelshein, arXiv 1805.02867; Dao et al., arXiv 2205.14135). That power is a
// whole one: scaling is exact, and needs no multiplier. Sums and what they are over are floats throughout.
//
// Queries are in units of log 2 / √64.
#pragma once

#include "power.h"
#include "store.h"

// Of a tile of B: first keys, then their values, both as store.h writes them.
constexpr unsigned WEIGHT_BLOCKS = HALF / DEPTH;
// Rows of blocks that are computed at once, for which keys and values are loaded once.
constexpr unsigned AT_ONCE = 2;

// Bytes of blocks that are more than registers hold: on the stack.
constexpr unsigned SPILLED = AT_ONCE * (KEY_BLOCKS * LANES * sizeof(float) + WEIGHT_BLOCKS * LEFT * sizeof(bfloat16)) +
                             KEY_BLOCKS * LANES * sizeof(int32);

inline void begin_attention(Core& core, int32_t keys) {
    core.keys = keys;
    const Ints lowest = aie::broadcast<int32, LANES>(LOWEST);
    for (unsigned row = 0; row < ROW_BLOCKS; ++row) PIPELINED
        aie::store_v(core.first + row * LANES, lowest.cast_to<float>());
}

// The largest of each row, in all its columns.
inline Ints row_largest(Ints score) {
    static_assert(COLUMNS == 4);
    for (unsigned i = 0; i < 2; ++i) {
        const auto pairs = aie::interleave_unzip(score, score, 1);
        score = aie::max(pairs.first, pairs.second);
    }
    for (unsigned i = 0; i < 2; ++i) score = aie::interleave_zip(score, score, 1).first;
    return score;
}

// Which column each lane is in.
inline Ints column_of_lane() {
    Ints columns = aie::zeros<int32, LANES>();
    for (unsigned column = 1; column < COLUMNS; ++column)
        columns = aie::select(columns, aie::broadcast<int32, LANES>(int32(column)),
                              aie::mask<LANES>::from_uint32(column_lanes(column)));
    return columns;
}

// Scores that belong to no key become the lowest.
inline void mask_scores(Ints (&scores)[KEY_BLOCKS], int32_t keys) {
    for (unsigned block = 0; block < KEY_BLOCKS; ++block) {
        const Ints end = aie::broadcast<int32, LANES>(keys - int32(block * COLUMNS));
        scores[block] = aie::select(aie::broadcast<int32, LANES>(LOWEST), scores[block], aie::lt(column_of_lane(), end));
    }
}

// Raises the power that a row of blocks is over, if it must be.
inline Ints raise(Core& core, unsigned row, const Ints& largest) {
    const Ints before = aie::load_v<LANES>(core.first + row * LANES).cast_to<int32>();
    const Ints top = aie::max(before, whole_above(largest));
    if (aie::lt(before, top).empty()) return top;
    const Ints down = aie::sub(before, top);
    aie::store_v(core.first + row * LANES, top.cast_to<float>());
    float* total = core.second + row * LANES;
    aie::store_v(total, scale(aie::load_v<LANES>(total), down));
    for (unsigned column = 0; column < COLUMN_BLOCKS; ++column) PIPELINED {
        float* place = core.sums + (row * COLUMN_BLOCKS + column) * LANES;
        aie::store_v(place, scale(aie::load_v<LANES>(place), down));
    }
    return top;
}

// Makes numerators of a row of blocks' scores, as blocks of A, and adds them up.
inline void weigh(Core& core, unsigned row, const Product (&products)[KEY_BLOCKS],
                  aie::vector<bfloat16, LEFT> (&weights)[WEIGHT_BLOCKS]) {
    Ints scores[KEY_BLOCKS];
    for (unsigned block = 0; block < KEY_BLOCKS; ++block) PIPELINED
        scores[block] = to_scores(products[block].to_vector<float>());
    if (core.keys < int32(HALF)) mask_scores(scores, core.keys);
    Ints largest = scores[0];
    for (unsigned block = 1; block < KEY_BLOCKS; ++block) largest = aie::max(largest, scores[block]);
    const Ints top = raise(core, row, row_largest(largest));
    Product total{Sums(aie::load_v<LANES>(core.second + row * LANES))};
    for (unsigned i = 0; i < WEIGHT_BLOCKS; ++i) PIPELINED {
        const auto left = shorten(aie::sub(scores[2 * i], top)), right = shorten(aie::sub(scores[2 * i + 1], top));
        const auto halves = aie::interleave_zip(left, right, COLUMNS);
        weights[i] = power(aie::concat(halves.first, halves.second));
        total.mac(weights[i], aie::broadcast<bfloat16, RIGHT>(bfloat16(1.0f)));
    }
    aie::store_v(core.second + row * LANES, total.to_vector<float>());
}

// Takes the next keys and values.
inline void attend(Core& core, const bfloat16* restrict queries, const bfloat16* restrict keys_and_values) {
    static_assert(DEPTH == 2 * COLUMNS);
    const bfloat16* keys = keys_and_values;
    const bfloat16* values = keys_and_values + TILE * HALF;
    if (core.keys <= 0) return;
    for (unsigned top = 0; top < ROW_BLOCKS; top += AT_ONCE) ROLLED {
        Product scores[AT_ONCE][KEY_BLOCKS];
        for (unsigned k = 0; k < DEPTH_BLOCKS; ++k) PIPELINED {
            aie::vector<bfloat16, LEFT> rows[AT_ONCE];
            for (unsigned i = 0; i < AT_ONCE; ++i) rows[i] = aie::load_v<LEFT>(queries + ((top + i) * DEPTH_BLOCKS + k) * LEFT);
            for (unsigned j = 0; j < KEY_BLOCKS; ++j) {
                const auto columns = aie::load_v<RIGHT>(keys + (k * KEY_BLOCKS + j) * RIGHT);
                for (unsigned i = 0; i < AT_ONCE; ++i) scores[i][j].mac(rows[i], columns);
            }
        }
        aie::vector<bfloat16, LEFT> weights[AT_ONCE][WEIGHT_BLOCKS];
        for (unsigned i = 0; i < AT_ONCE; ++i) ROLLED weigh(core, top + i, scores[i], weights[i]);
        for (unsigned column = 0; column < COLUMN_BLOCKS; ++column) PIPELINED {
            float* place[AT_ONCE];
            Product sums[AT_ONCE];
            for (unsigned i = 0; i < AT_ONCE; ++i) {
                place[i] = core.sums + ((top + i) * COLUMN_BLOCKS + column) * LANES;
                sums[i] = Product(Sums(aie::load_v<LANES>(place[i])));
            }
            for (unsigned k = 0; k < WEIGHT_BLOCKS; ++k) {
                const auto block = aie::load_v<RIGHT>(values + (k * COLUMN_BLOCKS + column) * RIGHT);
                for (unsigned i = 0; i < AT_ONCE; ++i) sums[i].mac(weights[i][k], block);
            }
            for (unsigned i = 0; i < AT_ONCE; ++i) aie::store_v(place[i], sums[i].to_vector<float>());
        }
    }
    core.keys -= HALF;
}

inline void finish_attention(Core& core) {
    for (unsigned row = 0; row < ROW_BLOCKS; ++row) ROLLED {
        const Floats share = inverse(aie::load_v<LANES>(core.second + row * LANES));
        for (unsigned column = 0; column < COLUMN_BLOCKS; ++column) PIPELINED {
            float* place = core.sums + (row * COLUMN_BLOCKS + column) * LANES;
            aie::store_v(place, multiply<2>(aie::load_v<LANES>(place), share));
        }
    }
}
