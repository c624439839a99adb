// Lanes in another order.
#pragma once

#include "vector.hpp"

#include <utility>

namespace aie {

template <class T, unsigned N>
vector<T, 2 * N> concat(const vector<T, N>& a, const vector<T, N>& b) {
    vector<T, 2 * N> out;
    return out.insert(0, a).insert(1, b);
}

// Chunks of both in turn: the first half of that, and the second.
template <class T, unsigned N>
std::pair<vector<T, N>, vector<T, N>> interleave_zip(const vector<T, N>& a, const vector<T, N>& b, unsigned chunk) {
    counts.others += 2 * registers(N * sizeof(T));
    vector<T, 2 * N> out;
    for (unsigned i = 0; i < N; ++i) {
        const unsigned place = i / chunk * 2 * chunk + i % chunk;
        out.lanes[place] = a.lanes[i];
        out.lanes[place + chunk] = b.lanes[i];
    }
    return {out.template extract<N>(0), out.template extract<N>(1)};
}

// Every other chunk of both one behind the other, from the first and from the second.
template <class T, unsigned N>
std::pair<vector<T, N>, vector<T, N>> interleave_unzip(const vector<T, N>& a, const vector<T, N>& b, unsigned chunk) {
    counts.others += 2 * registers(N * sizeof(T));
    const vector<T, 2 * N> both = concat(a, b);
    vector<T, N> even, odd;
    for (unsigned i = 0; i < N; ++i) {
        const unsigned place = i / chunk * 2 * chunk + i % chunk;
        even.lanes[i] = both.lanes[place];
        odd.lanes[i] = both.lanes[place + chunk];
    }
    return {even, odd};
}

template <class T, unsigned N>
vector<T, N> transpose(const vector<T, N>& a, unsigned rows, unsigned columns) {
    if (rows * columns != N) emulation_fault("a matrix of another size is transposed");
    counts.others += registers(N * sizeof(T));
    vector<T, N> out;
    for (unsigned i = 0; i < N; ++i) out.lanes[i % columns * rows + i / columns] = a.lanes[i];
    return out;
}

}  // namespace aie
