// Accumulators: 32-bit floats, in which products of bfloat16 are summed.
#pragma once

#include "vector.hpp"

struct accfloat {};

namespace aie {

template <class Tag, unsigned N>
class accum {
  public:
    std::array<float, N> lanes{};

    accum() = default;
    template <class T>
    explicit accum(const vector<T, N>& values) {
        from_vector(values);
    }

    static constexpr unsigned size() { return N; }

    template <class T>
    void from_vector(const vector<T, N>& values, int = 0) {
        for (unsigned i = 0; i < N; ++i) lanes[i] = static_cast<float>(values.lanes[i]);
    }

    template <class T>
    vector<T, N> to_vector(int = 0) const {
        if constexpr (std::is_same_v<T, bfloat16>) counts.conversions += registers(N * sizeof(float));
        vector<T, N> out;
        for (unsigned i = 0; i < N; ++i) out.lanes[i] = T(lanes[i]);
        return out;
    }
};

template <class T, unsigned N>
auto zeros() {
    if constexpr (std::is_same_v<T, accfloat>) return accum<accfloat, N>();
    else return vector<T, N>();
}

}  // namespace aie
