// Arithmetic on floats for cores that multiply nothing wider than bfloat16. All of it holds in any rounding mode.
#pragma once

#include "tile.h"

// A float as a sum of bfloat16, the largest first: each takes over what the ones before it left.
template <unsigned TERMS, unsigned N>
inline void split(const aie::vector<float, N>& value, aie::vector<bfloat16, N> (&terms)[TERMS]) {
    aie::vector<float, N> rest = value;
    for (unsigned i = 0; i < TERMS; ++i) {
        const aie::accum<accfloat, N> whole(rest);
        terms[i] = whole.template to_vector<bfloat16>();
        if (i + 1 < TERMS) rest = aie::sub(rest, aie::accum<accfloat, N>(terms[i]).template to_vector<float>());
    }
}

// a · b, within about 2^-16 with two terms and 2^-23 with three.
template <unsigned TERMS, unsigned N>
inline aie::vector<float, N> multiply(const aie::vector<float, N>& a, const aie::vector<float, N>& b) {
    aie::vector<bfloat16, N> left[TERMS], right[TERMS];
    split(a, left);
    split(b, right);
    auto sum = aie::zeros<accfloat, N>();
    for (unsigned order = TERMS; order-- > 0;)
        for (unsigned i = 0; i <= order; ++i) sum = aie::mac(sum, left[i], right[order - i]);
    return sum.template to_vector<float>();
}

template <unsigned N>
inline aie::vector<float, N> from_bits(const aie::vector<int32, N>& bits) {
    return bits.template cast_to<float>();
}

// 1 / √value by Newton's method. Halving a number's bits halves its exponent, which is where it begins; the constant
// is the one that does so best (Lomont, Fast Inverse Square Root, 2003). Good to 2^-16.
template <unsigned N>
inline aie::vector<float, N> inverse_root(const aie::vector<float, N>& value) {
    const auto bits = value.template cast_to<int32>();
    // Without the last bit there is nothing to round.
    const auto even = aie::bit_and(bits, aie::broadcast<int32, N>(~1));
    auto root = from_bits(aie::sub(aie::broadcast<int32, N>(0x5f375a86), aie::downshift(even, 1)));
    const auto half = multiply<2>(value, aie::broadcast<float, N>(0.5f));
    for (unsigned i = 0; i < 3; ++i) ROLLED {
        const auto error = aie::sub(aie::broadcast<float, N>(1.5f), multiply<2>(half, multiply<2>(root, root)));
        root = multiply<2>(root, error);
    }
    return root;
}

// 1 / value for positive values, by Newton's method from its bits taken from those of about 2. Good to 2^-16.
template <unsigned N>
inline aie::vector<float, N> inverse(const aie::vector<float, N>& value) {
    auto result = from_bits(aie::sub(aie::broadcast<int32, N>(0x7ef311c3), value.template cast_to<int32>()));
    for (unsigned i = 0; i < 3; ++i) ROLLED
        result = multiply<2>(result, aie::sub(aie::broadcast<float, N>(2.0f), multiply<2>(value, result)));
    return result;
}

// Or 0, if that is larger. The bits of floats above 0 are integers above 0.
template <unsigned N>
inline aie::vector<float, N> not_negative(const aie::vector<float, N>& value) {
    return from_bits(aie::max(value.template cast_to<int32>(), aie::zeros<int32, N>()));
}

// value · 2^(power / 256) for whole powers of two up to 1; what gets too small for a float becomes 0.
template <unsigned N>
inline aie::vector<float, N> scale(const aie::vector<float, N>& value, const aie::vector<int32, N>& power) {
    const auto bits = value.template cast_to<int32>();
    // From 1/256 to the exponent's last bit; 2^-255 is less than any float over any other.
    const auto step = aie::upshift(aie::max(power, aie::broadcast<int32, N>(-255 * 256)), 15);
    const auto exponent = aie::add(aie::bit_and(bits, aie::broadcast<int32, N>(0x7f800000)), step);
    const auto remains = aie::lt(aie::zeros<int32, N>(), exponent);
    return from_bits(aie::select(aie::zeros<int32, N>(), aie::add(bits, step), remains));
}
