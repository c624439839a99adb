// Vectors of lanes, in registers and in memory.
#pragma once

#include "core.hpp"

#include <array>
#include <cstring>

namespace aie {

template <class T, unsigned N>
class vector {
  public:
    using value_type = T;

    std::array<T, N> lanes{};

    static constexpr unsigned size() { return N; }
    T get(unsigned lane) const { return lanes[lane]; }
    T operator[](unsigned lane) const { return lanes[lane]; }

    template <unsigned M>
    vector<T, M> extract(unsigned part) const {
        vector<T, M> out;
        for (unsigned i = 0; i < M; ++i) out.lanes[i] = lanes.at(part * M + i);
        return out;
    }

    template <unsigned M>
    vector& insert(unsigned part, const vector<T, M>& values) {
        for (unsigned i = 0; i < M; ++i) lanes.at(part * M + i) = values.lanes[i];
        return *this;
    }

    // The same bits as lanes of another type.
    template <class U>
    auto cast_to() const {
        vector<U, N * sizeof(T) / sizeof(U)> out;
        static_assert(sizeof out.lanes == sizeof lanes);
        std::memcpy(static_cast<void*>(out.lanes.data()), lanes.data(), sizeof lanes);
        return out;
    }
};

// A bit per lane.
template <unsigned N>
class mask {
  public:
    std::uint32_t bits = 0;

    static_assert(N <= 32);
    static mask from_uint32(std::uint32_t bits) {
        return {static_cast<std::uint32_t>(bits & ~std::uint32_t{0} >> (32 - N))};
    }
    bool test(unsigned lane) const { return bits >> lane & 1; }
    bool empty() const { return bits == 0; }
};

template <class T>
void check_alignment(const T* place, unsigned bytes) {
    if (reinterpret_cast<std::uintptr_t>(place) % (bytes < 32 ? bytes : 32) != 0)
        emulation_fault("a vector lies askew in memory");
}

template <unsigned N, class T>
vector<T, N> load_v(const T* place) {
    check_alignment(place, N * sizeof(T));
    counts.loads += (N * sizeof(T) + 31) / 32;
    vector<T, N> out;
    std::memcpy(static_cast<void*>(out.lanes.data()), place, sizeof out.lanes);
    return out;
}

template <class T, unsigned N>
void store_v(T* place, const vector<T, N>& values) {
    check_alignment(place, N * sizeof(T));
    counts.stores += (N * sizeof(T) + 31) / 32;
    std::memcpy(place, values.lanes.data(), sizeof values.lanes);
}

template <class T, unsigned N>
vector<T, N> broadcast(T value) {
    vector<T, N> out;
    out.lanes.fill(value);
    return out;
}

}  // namespace aie
