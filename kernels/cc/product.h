// A tile of a product, from tiles of A and B along the inner dimension, and what is done to it when it is summed. A
// residual is added behind that, exactly, as a product of its tile with ones on the diagonal.
#pragma once

#include "gelu.h"
#include "normalise.h"

// Blocks that are summed at once: as many as keep the multiplier busy, for each is loaded once.
constexpr unsigned DOWN = 4;
constexpr unsigned ACROSS = 2;

inline void multiply_tiles(Core& core, const bfloat16* restrict a, const bfloat16* restrict b) {
    for (unsigned top = 0; top < ROW_BLOCKS; top += DOWN) ROLLED
        for (unsigned left = 0; left < COLUMN_BLOCKS; left += ACROSS) ROLLED {
            float* restrict place[DOWN];
            Product sums[DOWN][ACROSS];
            for (unsigned i = 0; i < DOWN; ++i) {
                place[i] = core.sums + ((top + i) * COLUMN_BLOCKS + left) * LANES;
                for (unsigned j = 0; j < ACROSS; ++j) sums[i][j] = Product(Sums(aie::load_v<LANES>(place[i] + j * LANES)));
            }
            for (unsigned k = 0; k < DEPTH_BLOCKS; ++k) PIPELINED {
                aie::vector<bfloat16, LEFT> rows[DOWN];
                for (unsigned i = 0; i < DOWN; ++i) rows[i] = aie::load_v<LEFT>(a + ((top + i) * DEPTH_BLOCKS + k) * LEFT);
                for (unsigned j = 0; j < ACROSS; ++j) {
                    const auto columns = aie::load_v<RIGHT>(b + (k * COLUMN_BLOCKS + left + j) * RIGHT);
                    for (unsigned i = 0; i < DOWN; ++i) sums[i][j].mac(rows[i], columns);
                }
            }
            for (unsigned i = 0; i < DOWN; ++i)
                for (unsigned j = 0; j < ACROSS; ++j) aie::store_v(place[i] + j * LANES, sums[i][j].to_vector<float>());
        }
}

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
