// GELU (Hendrycks and Gimpel, arXiv 1606.08415) with the error function: x Φ(x) = max(x, 0) + g(|x|), and g(a) = -a
// Φ(-a) is small and smooth. Only g is made of bfloat16, as polynomials of degree 4 about the middle of each unit up
// to 4, beyond which it is less than 0.0002. They meet g in Chebyshev's nodes.
#pragma once

#include "floats.h"

constexpr unsigned GELU_PIECES = 4;
constexpr unsigned GELU_DEGREE = 4;

// From the power 0 on.
constexpr float gelu_pieces[GELU_PIECES][GELU_DEGREE + 1] = {
    {-0.1542688f, -0.1329244f, 0.3079986f, -0.1032472f, -0.03298221f},
    {-0.1002108f, 0.1275137f, -0.01609615f, -0.05740478f, 0.03458697f},
    {-0.01552416f, 0.03769521f, -0.03728454f, 0.01508914f, 0.001096349f},
    {-0.0008142018f, 0.002805861f, -0.004471798f, 0.00445631f, -0.002496268f},
};

// The coefficient of this power in the piece that each lane is in.
template <class T>
inline aie::vector<T, LANES> gelu_coefficient(unsigned power, const aie::mask<LANES> (&beyond)[GELU_PIECES]) {
    auto chosen = aie::broadcast<T, LANES>(T(gelu_pieces[0][power]));
    for (unsigned piece = 1; piece < GELU_PIECES; ++piece)
        chosen = aie::select(chosen, aie::broadcast<T, LANES>(T(gelu_pieces[piece][power])), beyond[piece - 1]);
    return chosen;
}

inline Floats gelu(const Floats& x) {
    const Ints bits = aie::bit_and(x.cast_to<int32>(), aie::broadcast<int32, LANES>(0x7fffffff));
    // Of 1, 2, 3 and 4 as floats.
    constexpr int32 units[GELU_PIECES] = {0x3f800000, 0x40000000, 0x40400000, 0x40800000};
    aie::mask<LANES> beyond[GELU_PIECES];
    for (unsigned i = 0; i < GELU_PIECES; ++i) beyond[i] = aie::ge(bits, aie::broadcast<int32, LANES>(units[i]));
    Floats middle = aie::broadcast<float, LANES>(0.5f);
    for (unsigned i = 1; i < GELU_PIECES; ++i)
        middle = aie::select(middle, aie::broadcast<float, LANES>(0.5f + float(i)), beyond[i - 1]);
    Halves t[2];
    split(aie::sub(from_bits(bits), middle), t);
    Halves p = gelu_coefficient<bfloat16>(GELU_DEGREE, beyond);
    for (unsigned power = GELU_DEGREE - 1; power > 1; --power)
        p = aie::mac(Sums(gelu_coefficient<bfloat16>(power, beyond)), p, t[0]).to_vector<bfloat16>();
    // Near 0 what the last two steps give nearly cancels: they take two terms of everything.
    Halves slope[2];
    split(aie::mac(Sums(gelu_coefficient<float>(1, beyond)), p, t[0]).to_vector<float>(), slope);
    Sums sum(gelu_coefficient<float>(0, beyond));
    sum = aie::mac(sum, slope[0], t[0]);
    sum = aie::mac(sum, slope[0], t[1]);
    const Floats g = aie::mac(sum, slope[1], t[0]).to_vector<float>();
    return aie::add(not_negative(x), aie::select(g, aie::zeros<float, LANES>(), beyond[GELU_PIECES - 1]));
}
