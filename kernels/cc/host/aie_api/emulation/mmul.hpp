// Products of small matrices, each in row-major order in one vector.
#pragma once

#include "accum.hpp"

namespace aie {

template <unsigned M, unsigned K, unsigned N, class A, class B, class Tag = accfloat>
class mmul {
    // Those that the multiplier has without composing them.
    static_assert(__AIEARCH__ == 21 ? M == 8 && K == 8 && N == 4 : M == 4 && K == 8 && N == 4,
                  "not a shape of this core");

    accum<Tag, M * N> sums;

  public:
    static constexpr unsigned size_A = M * K, size_B = K * N, size_C = M * N;

    mmul() = default;
    explicit mmul(const accum<Tag, M * N>& from) : sums(from) {}

    // Eight products are summed in wide arithmetic, and rounded once.
    void mac(const vector<A, M * K>& a, const vector<B, K * N>& b) {
        counts.macs += M * K * N / 128;
        float left[M * K], right[K * N];
        for (unsigned i = 0; i < M * K; ++i) left[i] = a.lanes[i];
        for (unsigned i = 0; i < K * N; ++i) right[i] = b.lanes[i];
        for (unsigned row = 0; row < M; ++row) {
            double wide[N] = {};
            for (unsigned k = 0; k < K; ++k)
                for (unsigned column = 0; column < N; ++column)
                    wide[column] += double{left[row * K + k]} * double{right[k * N + column]};
            for (unsigned column = 0; column < N; ++column) {
                float& sum = sums.lanes[row * N + column];
                sum = static_cast<float>(double{sum} + wide[column]);
            }
        }
    }

    void mul(const vector<A, M * K>& a, const vector<B, K * N>& b) {
        sums = {};
        mac(a, b);
    }

    accum<Tag, M * N> to_accum() const { return sums; }

    template <class T>
    vector<T, M * N> to_vector(int shift = 0) const {
        return sums.template to_vector<T>(shift);
    }
};

}  // namespace aie
