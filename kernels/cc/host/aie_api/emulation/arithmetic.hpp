// Lane by lane.
#pragma once

#include "accum.hpp"

namespace aie {

template <class T, unsigned N, class F>
vector<T, N> lanewise(const vector<T, N>& a, const vector<T, N>& b, F f) {
    counts.others += registers(N * sizeof(T));
    vector<T, N> out;
    for (unsigned i = 0; i < N; ++i) out.lanes[i] = f(a.lanes[i], b.lanes[i]);
    return out;
}

template <class T>
T wrapping(std::int64_t value) {
    return static_cast<T>(static_cast<std::uint64_t>(value));
}

template <class T, unsigned N>
vector<T, N> add(const vector<T, N>& a, const vector<T, N>& b) {
    static_assert(std::is_same_v<T, float> || std::is_integral_v<T>);
    if constexpr (std::is_integral_v<T>)
        return lanewise(a, b, [](T x, T y) { return wrapping<T>(std::int64_t{x} + y); });
    else return lanewise(a, b, [](T x, T y) { return x + y; });
}

template <class T, unsigned N>
vector<T, N> sub(const vector<T, N>& a, const vector<T, N>& b) {
    static_assert(std::is_same_v<T, float> || std::is_integral_v<T>);
    if constexpr (std::is_integral_v<T>)
        return lanewise(a, b, [](T x, T y) { return wrapping<T>(std::int64_t{x} - y); });
    else return lanewise(a, b, [](T x, T y) { return x - y; });
}

template <unsigned N>
accum<accfloat, N> add(const accum<accfloat, N>& a, const accum<accfloat, N>& b) {
    counts.others += registers(N * sizeof(float));
    accum<accfloat, N> out;
    for (unsigned i = 0; i < N; ++i) out.lanes[i] = a.lanes[i] + b.lanes[i];
    return out;
}

template <class T>
constexpr bool compares = !std::is_same_v<T, float>;

template <class T, unsigned N>
vector<T, N> max(const vector<T, N>& a, const vector<T, N>& b) {
    static_assert(compares<T>, "there is no maximum of floats: compare their bits");
    return lanewise(a, b, [](T x, T y) { return x > y ? x : y; });
}

template <class T, unsigned N>
vector<T, N> min(const vector<T, N>& a, const vector<T, N>& b) {
    static_assert(compares<T>, "there is no minimum of floats: compare their bits");
    return lanewise(a, b, [](T x, T y) { return x < y ? x : y; });
}

template <class T, unsigned N>
mask<N> lt(const vector<T, N>& a, const vector<T, N>& b) {
    static_assert(compares<T>, "floats are not compared: compare their bits");
    counts.others += registers(N * sizeof(T));
    mask<N> out;
    for (unsigned i = 0; i < N; ++i) out.bits |= std::uint32_t{a.lanes[i] < b.lanes[i]} << i;
    return out;
}

template <class T, unsigned N>
mask<N> ge(const vector<T, N>& a, const vector<T, N>& b) {
    return mask<N>::from_uint32(~lt(a, b).bits);
}

// Lanes of `b` where the mask is set, else of `a`.
template <class T, unsigned N>
vector<T, N> select(const vector<T, N>& a, const vector<T, N>& b, const mask<N>& m) {
    counts.others += registers(N * sizeof(T));
    vector<T, N> out;
    for (unsigned i = 0; i < N; ++i) out.lanes[i] = m.test(i) ? b.lanes[i] : a.lanes[i];
    return out;
}

template <class T, unsigned N>
vector<T, N> bit_and(const vector<T, N>& a, const vector<T, N>& b) {
    static_assert(std::is_integral_v<T>);
    return lanewise(a, b, [](T x, T y) { return static_cast<T>(x & y); });
}

template <unsigned N>
vector<int32, N> upshift(const vector<int32, N>& a, unsigned bits) {
    return lanewise(a, a, [bits](int32 x, int32) { return static_cast<int32>(static_cast<uint32>(x) << bits); });
}

// What is shifted out is rounded as the core is set, as its shifts that round do.
template <class T, unsigned N>
vector<T, N> downshift(const vector<T, N>& a, unsigned bits) {
    static_assert(std::is_signed_v<T>);
    return lanewise(a, a, [bits](T x, T) {
        if (bits == 0 || core_rounding == rounding_mode::floor) return static_cast<T>(x >> bits);
        const std::int64_t half = (std::int64_t{1} << (bits - 1)) - 1 + (x >> bits & 1);
        return static_cast<T>((x + half) >> bits);
    });
}

// To half as many bits per lane. Nothing is said of values that do not fit.
template <class U, class T, unsigned N>
vector<U, N> pack(const vector<T, N>& a) {
    counts.others += registers(N * sizeof(T));
    vector<U, N> out;
    for (unsigned i = 0; i < N; ++i) {
        out.lanes[i] = static_cast<U>(a.lanes[i]);
        if (static_cast<T>(out.lanes[i]) != a.lanes[i]) emulation_fault("a value is lost when it is packed");
    }
    return out;
}

// Lanes that are multiplied at once.
constexpr unsigned multiplied_lanes = __AIEARCH__ == 21 ? 32 : 16;

template <unsigned N>
accum<accfloat, N> mac(accum<accfloat, N> sum, const vector<bfloat16, N>& a, const vector<bfloat16, N>& b) {
    counts.macs += (N + multiplied_lanes - 1) / multiplied_lanes;
    for (unsigned i = 0; i < N; ++i)
        sum.lanes[i] = static_cast<float>(double{sum.lanes[i]} + double{a.lanes[i]} * double{b.lanes[i]});
    return sum;
}

template <class T, unsigned N>
accum<accfloat, N> mul(const vector<T, N>& a, const vector<T, N>& b) {
    static_assert(std::is_same_v<T, bfloat16>, "cores multiply no floats: split them");
    return mac(accum<accfloat, N>(), a, b);
}

// In whatever order: a tree, as cores do it.
template <unsigned N>
float reduce_add(const vector<float, N>& a) {
    std::array<float, N> lanes = a.lanes;
    for (unsigned step = N / 2; step > 0; step /= 2) {
        counts.others += 1;
        for (unsigned i = 0; i < step; ++i) lanes[i] += lanes[i + step];
    }
    return lanes[0];
}

template <unsigned N>
int32 reduce_max(const vector<int32, N>& a) {
    int32 largest = a.lanes[0];
    for (int32 lane : a.lanes) largest = lane > largest ? lane : largest;
    for (unsigned step = N; step > 1; step /= 2) counts.others += 1;
    return largest;
}

// The largest whole number that is not above value · 2^shift, whatever rounding is set.
template <class T, unsigned N>
vector<T, N> to_fixed(const vector<bfloat16, N>& a, int shift) {
    static_assert(std::is_same_v<T, int32>);
    counts.conversions += registers(N * sizeof(T));
    vector<T, N> out;
    for (unsigned i = 0; i < N; ++i) {
        const double scaled = std::floor(std::ldexp(double{a.lanes[i]}, shift));
        if (!(std::abs(scaled) < 2147483648.0)) emulation_fault("a value has no fixed-point form");
        out.lanes[i] = static_cast<int32>(scaled);
    }
    return out;
}

// value / 2^shift
template <class T, class Fixed, unsigned N>
vector<T, N> to_float(const vector<Fixed, N>& a, int shift) {
    static_assert(std::is_same_v<T, float> && std::is_integral_v<Fixed>);
    counts.conversions += registers(N * sizeof(T));
    vector<T, N> out;
    for (unsigned i = 0; i < N; ++i) out.lanes[i] = static_cast<float>(std::ldexp(double(a.lanes[i]), -shift));
    return out;
}

}  // namespace aie
