// Powers of two of fixed-point numbers: what a softmax is made of when its scores are in units of log 2 already,
// which costs the projection of queries nothing. In fixed point nothing depends on how floats are rounded.
#pragma once

#include "floats.h"

// Bits behind the point.
constexpr unsigned FRACTION = 8;
constexpr int32_t ONE = 1 << FRACTION;
// Less than any score.
constexpr int32_t LOWEST = -(1 << 30);

// Scores beyond ±16384 count as that, which differ from others by more than any power can express.
template <unsigned N>
inline aie::vector<int32, N> to_scores(const aie::vector<float, N>& value) {
    // A few bits more, so that what is cut off of the second term does not matter.
    constexpr unsigned spare = 3;
    aie::vector<bfloat16, N> terms[2];
    split(value, terms);
    // What is left over of a number is less than a 128th of it.
    const auto limits = [](float sign) {
        return aie::concat(aie::broadcast<bfloat16, N>(bfloat16(16384 * sign)),
                           aie::broadcast<bfloat16, N>(bfloat16(128 * sign)));
    };
    const auto both = aie::max(aie::min(aie::concat(terms[0], terms[1]), limits(1)), limits(-1));
    const auto fixed = aie::to_fixed<int32>(both, FRACTION + spare);
    return aie::downshift(aie::add(fixed.template extract<N>(0), fixed.template extract<N>(1)), spare);
}

// The next whole power that is not below.
template <unsigned N>
inline aie::vector<int32, N> whole_above(const aie::vector<int32, N>& score) {
    const auto last = aie::broadcast<int32, N>(ONE - 1);
    const auto above = aie::add(score, last);
    return aie::sub(above, aie::bit_and(above, last));
}

#if __AIEARCH__ != 21
// 2^(i / 256) for i < 256, laid out for four look-ups at once: twice in turn after every eight.
struct Fractions {
    alignas(64) uint16_t bits[2 * ONE];
};

constexpr Fractions fractions() {
    Fractions table{};
    double value = 1;
    for (unsigned i = 0; i < ONE; ++i) {
        // To the nearest of the seven bits that a bfloat16 has behind the point.
        const unsigned bits = 0x3f80 + unsigned((value - 1) * 128 + 0.5);
        const unsigned place = i / 8 * 16 + i % 8;
        table.bits[place] = table.bits[place + 8] = uint16_t(bits);
        value *= 1.0027112750502025;  // 2^(1 / 256)
    }
    return table;
}

// One for each of the two banks that are read at once.
inline constexpr Fractions fractions_ab = fractions();
inline constexpr Fractions fractions_cd = fractions();
#endif

// Scores up to 0 in half as many bits: those below -127 become that, whose power is not told from 0.
template <unsigned N>
inline aie::vector<int16, N> shorten(const aie::vector<int32, N>& score) {
    return aie::pack<int16>(aie::max(score, aie::broadcast<int32, N>(-127 * ONE)));
}

// 2^score
template <unsigned N>
inline aie::vector<bfloat16, N> power(const aie::vector<int16, N>& score) {
#if __AIEARCH__ == 21
    return aie::exp2<bfloat16>(aie::to_float<float>(score, FRACTION));
#else
    using Table = aie::lut<4, bfloat16, bfloat16>;
    aie::parallel_lookup<uint16, Table, aie::lut_oor_policy::truncate> look(
        Table(ONE, fractions_ab.bits, fractions_cd.bits));
    const auto fraction = aie::bit_and(score, aie::broadcast<int16, N>(ONE - 1));
    // Whole powers go from behind the eight bits to the exponent, which has seven bits below it. -127 gives 0.
    const auto exponent = aie::downshift(aie::sub(score, fraction), FRACTION - 7);
    const auto mantissa = look.fetch(fraction.template cast_to<uint16>()).template cast_to<int16>();
    return aie::add(mantissa, exponent).template cast_to<bfloat16>();
#endif
}
