// A tile of a product, from tiles of A and B along the inner dimension, and what is done to it when it is summed. A
// residual is added behind that, exactly, as a product of its tile with ones on the diagonal.
#pragma once

#include "gelu.h"
#include "normalise.h"

// Blocks that are summed at once: as many as keep the multiplier busy, for each is loaded once.
constexpr unsigned DOWN = 4;
constexpr unsigned ACROSS = 2;
constexpr unsigned GROUPS = ROW_BLOCKS / DOWN * (COLUMN_BLOCKS / ACROSS);

// A group of blocks.
struct Group {
    Product sums[DOWN][ACROSS];
};

inline float* place_of(Core& core, unsigned group, unsigned block) {
    const unsigned row = group / (COLUMN_BLOCKS / ACROSS) * DOWN + block / ACROSS;
    const unsigned column = group % (COLUMN_BLOCKS / ACROSS) * ACROSS + block % ACROSS;
    return core.sums + (row * COLUMN_BLOCKS + column) * LANES;
}

inline void fetch(Core& core, unsigned group, unsigned block, Group& to) {
    to.sums[block / ACROSS][block % ACROSS] = Product(Sums(aie::load_v<LANES>(place_of(core, group, block))));
}

inline void keep(Core& core, unsigned group, unsigned block, const Group& from) {
    aie::store_v(place_of(core, group, block), from.sums[block / ACROSS][block % ACROSS].to_vector<float>());
}

// Adds the blocks of A and B of one step along the inner dimension.
inline void add_products(const bfloat16* restrict a, const bfloat16* restrict b, unsigned group, unsigned k, Group& to) {
    const unsigned top = group / (COLUMN_BLOCKS / ACROSS) * DOWN, left = group % (COLUMN_BLOCKS / ACROSS) * ACROSS;
    aie::vector<bfloat16, LEFT> rows[DOWN];
    for (unsigned i = 0; i < DOWN; ++i) rows[i] = aie::load_v<LEFT>(a + ((top + i) * DEPTH_BLOCKS + k) * LEFT);
    for (unsigned j = 0; j < ACROSS; ++j) {
        const auto columns = aie::load_v<RIGHT>(b + (k * COLUMN_BLOCKS + left + j) * RIGHT);
        for (unsigned i = 0; i < DOWN; ++i) to.sums[i][j].mac(rows[i], columns);
    }
}

#if __AIEARCH__ != 21
// Sums one group. With each step a block of the other, which was summed before, goes, and one of the group that comes
// next takes its registers. Steps are written out, because registers have no numbers that could be counted.
template <unsigned K = 0>
[[gnu::always_inline]] inline void sum_group(Core& core, const bfloat16* restrict a, const bfloat16* restrict b,
                                             unsigned group, Group& now, Group& other) {
    static_assert(DOWN * ACROSS == DEPTH_BLOCKS);
    add_products(a, b, group, K, now);
    keep(core, (group + GROUPS - 1) % GROUPS, K, other);
    fetch(core, (group + 1) % GROUPS, K, other);
    if constexpr (K + 1 < DEPTH_BLOCKS) sum_group<K + 1>(core, a, b, group, now, other);
}

// Two groups in turn have all 16 accumulators, so that sums go and come while others are made: an instruction moves
// half an accumulator at most, and each group has 64 of them for 8 that go and 8 that come. Written out, both groups are
// 128 products, and 2 KB of program at least; 4 rows and 2 columns of blocks are in 6 of 12 vector registers.
//
// The last group stands in for the one before the first, and goes back as it came; the first comes once more behind the
// last, for nothing.
inline void multiply_tiles(Core& core, const bfloat16* restrict a, const bfloat16* restrict b) {
    Group even, odd;
    for (unsigned block = 0; block < DOWN * ACROSS; ++block) {
        fetch(core, 0, block, even);
        fetch(core, GROUPS - 1, block, odd);
    }
    for (unsigned group = 0; group < GROUPS; group += 2) ROLLED {
        sum_group(core, a, b, group, even, odd);
        sum_group(core, a, b, group + 1, odd, even);
    }
    for (unsigned block = 0; block < DOWN * ACROSS; ++block) keep(core, GROUPS - 1, block, odd);
}
#else
// One group after the other: two do not fit into accumulators for 10 blocks, nor what goes on in turn into the program
// memory. Memory holds up what is made here before the multiplier does.
inline void multiply_tiles(Core& core, const bfloat16* restrict a, const bfloat16* restrict b) {
    for (unsigned group = 0; group < GROUPS; ++group) ROLLED {
        Group now;
        for (unsigned block = 0; block < DOWN * ACROSS; ++block) fetch(core, group, block, now);
        for (unsigned k = 0; k < DEPTH_BLOCKS; ++k) PIPELINED add_products(a, b, group, k, now);
        for (unsigned block = 0; block < DOWN * ACROSS; ++block) keep(core, group, block, now);
    }
}
#endif

// LayerNorm, bias and GELU, in place.
inline void apply(Core& core, uint32_t mode, const Parameters& parameters) {
    const Floats inverse_length = aie::broadcast<float, LANES>(parameters.inverse_length);
    for (unsigned row = 0; row < ROW_BLOCKS; ++row) ROLLED {
        RowNorm norm;
        if (mode & NORMALISE) norm = row_norm(core, row, inverse_length);
        for (unsigned column = 0; column < COLUMN_BLOCKS; ++column) PIPELINED {
            float* place = core.sums + (row * COLUMN_BLOCKS + column) * LANES;
            Floats value = aie::load_v<LANES>(place);
            if (mode & NORMALISE) {
                Product centred{Sums(value)};
                centred.mac(norm.means, aie::load_v<RIGHT>(parameters.columns + column * RIGHT));
                value = multiply<2>(centred.to_vector<float>(), norm.scale);
            }
            value = aie::add(value, aie::load_v<LANES>(parameters.bias + column * LANES));
            if (mode & GELU) value = gelu(value);
            aie::store_v(place, value);
        }
    }
}
