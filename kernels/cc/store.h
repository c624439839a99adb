// What a tile goes out as: blocks of ROWS × COLUMNS one behind the other, or, so that no DMA has to move halves of a
// word, what attention takes. Then each half of the tile, which has 32 positions, goes as half a tile of attention's B:
//
//     keys    blocks of DEPTH × COLUMNS, [channel][key], in the order of 8 blocks of channels, then 8 of keys
//     values  blocks of DEPTH × COLUMNS, [key][channel], in the order of 4 blocks of keys, then 16 of channels
#pragma once

#include "tile.h"

constexpr unsigned KEY_BLOCKS = HALF / COLUMNS;

inline Halves rounded(const Core& core, unsigned row, unsigned column) {
    return Sums(aie::load_v<LANES>(core.sums + (row * COLUMN_BLOCKS + column) * LANES)).to_vector<bfloat16>();
}

inline void store_keys(const Core& core, bfloat16* restrict out) {
    static_assert(DEPTH == 2 * COLUMNS && (ROWS == COLUMNS || ROWS == DEPTH));
    for (unsigned row = 0; row < ROW_BLOCKS; ++row) ROLLED {
        const unsigned position = row * ROWS, block = position % HALF / COLUMNS;
        bfloat16* half = out + position / HALF * (HALF * TILE);
        for (unsigned k = 0; k < DEPTH_BLOCKS; ++k) PIPELINED {
            const Halves upper = aie::transpose(rounded(core, row, 2 * k), ROWS, COLUMNS);
            const Halves lower = aie::transpose(rounded(core, row, 2 * k + 1), ROWS, COLUMNS);
            bfloat16* place = half + (k * KEY_BLOCKS + block) * RIGHT;
            if constexpr (ROWS == COLUMNS) {
                aie::store_v(place, aie::concat(upper, lower));
            } else {
                const auto blocks = aie::interleave_unzip(upper, lower, COLUMNS);
                aie::store_v(place, blocks.first);
                aie::store_v(place + RIGHT, blocks.second);
            }
        }
    }
}

#if __AIEARCH__ != 21
// Blocks above each other become one. AIE2P's are as high as those of B already.
inline void store_values(const Core& core, bfloat16* restrict out) {
    static_assert(2 * ROWS == DEPTH);
    for (unsigned row = 0; row < ROW_BLOCKS; row += 2) ROLLED
        for (unsigned column = 0; column < COLUMN_BLOCKS; ++column) PIPELINED
            aie::store_v(out + (row / 2 * COLUMN_BLOCKS + column) * RIGHT,
                         aie::concat(rounded(core, row, column), rounded(core, row + 1, column)));
}
#endif

inline void store(const Core& core, uint32_t mode, bfloat16* restrict out) {
    if (mode & KEYS) return store_keys(core, out);
#if __AIEARCH__ != 21
    if (mode & VALUES) return store_values(core, out);
#endif
    for (unsigned at = 0; at < TOKEN; at += LANES) PIPELINED
        aie::store_v(out + at, Halves(Sums(aie::load_v<LANES>(core.sums + at)).to_vector<bfloat16>()));
}
