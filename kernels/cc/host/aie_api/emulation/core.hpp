// A core's state that outlives a kernel, numbers as it has them, and what it was made to do.
#pragma once

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#ifndef __AIEARCH__
#error "__AIEARCH__ must be 20 (AIE2) or 21 (AIE2P)"
#endif

using int8 = std::int8_t;
using int16 = std::int16_t;
using int32 = std::int32_t;
using uint16 = std::uint16_t;
using uint32 = std::uint32_t;

// What a core that does it would punish without a word.
[[noreturn]] inline void emulation_fault(const char* what) {
    std::fprintf(stderr, "AIE emulation: %s\n", what);
    std::abort();
}

namespace aie {

// In the library's order. Those that no kernel sets are not there.
enum class rounding_mode : unsigned { floor, conv_even };
enum class saturation_mode : unsigned { none, saturate };

// Sticky: whoever ran before on this core set it.
inline rounding_mode core_rounding = rounding_mode::floor;
inline saturation_mode core_saturation = saturation_mode::none;

inline void set_rounding(rounding_mode mode) { core_rounding = mode; }
inline void set_saturation(saturation_mode mode) { core_saturation = mode; }
inline rounding_mode get_rounding() { return core_rounding; }

// Operations, as a cost model wants them.
struct Counts {
    // Issues of the multiplier: 128 products of a matrix, or as many lanes as are multiplied at once.
    std::uint64_t macs = 0;
    // Of 32 bytes.
    std::uint64_t loads = 0;
    std::uint64_t stores = 0;
    // Between formats.
    std::uint64_t conversions = 0;
    // Lanes looked up in a table, or put through the unit for exponentials.
    std::uint64_t lookups = 0;
    // Whatever the vector unit does besides: sums, comparisons, selections, permutations.
    std::uint64_t others = 0;

    static const std::array<std::uint64_t Counts::*, 6> kinds;
};
inline constexpr std::array<std::uint64_t Counts::*, 6> Counts::kinds{
    &Counts::macs, &Counts::loads, &Counts::stores, &Counts::conversions, &Counts::lookups, &Counts::others};
inline Counts counts;

// Bytes that the vector unit works on at once.
constexpr unsigned register_bytes = 64;

constexpr std::uint64_t registers(std::uint64_t bytes) { return (bytes + register_bytes - 1) / register_bytes; }

}  // namespace aie

// The upper half of a float.
struct bfloat16 {
    std::uint16_t bits = 0;

    bfloat16() = default;
    // Rounded as the core is set: floor drops the lower half.
    explicit bfloat16(float value) {
        std::uint32_t wide = std::bit_cast<std::uint32_t>(value);
        if (std::isnan(value)) wide |= 0x400000;
        else if (aie::core_rounding == aie::rounding_mode::conv_even) wide += 0x7fff + (wide >> 16 & 1);
        bits = static_cast<std::uint16_t>(wide >> 16);
    }
    operator float() const { return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16); }
};
