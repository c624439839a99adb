// Tables, and the unit for exponentials where there is one.
#pragma once

#include "vector.hpp"

namespace aie {

enum class lut_oor_policy { saturate, truncate };

// Four copies of a table: two in each of two banks, in turn after every 128 bits.
template <unsigned Parallel, class Offset, class Slope = Offset>
class lut {
    static_assert(Parallel == 4 && std::is_same_v<Offset, bfloat16>);
    static constexpr unsigned in_bank_word = 16 / sizeof(Offset);

    unsigned entries;
    const std::uint16_t *ab, *cd;

  public:
    using offset_type = Offset;

    lut(unsigned count, const void* first, const void* second)
        : entries(count), ab(static_cast<const std::uint16_t*>(first)), cd(static_cast<const std::uint16_t*>(second)) {}

    unsigned size() const { return entries; }

    // Which copy is read is not known beforehand, so that they must not differ.
    bfloat16 at(unsigned index) const {
        const unsigned place = index / in_bank_word * 2 * in_bank_word + index % in_bank_word;
        bfloat16 value;
        value.bits = ab[place];
        for (std::uint16_t copy : {ab[place + in_bank_word], cd[place], cd[place + in_bank_word]})
            if (copy != value.bits) emulation_fault("copies of a table differ");
        return value;
    }
};

template <class T, class Table, lut_oor_policy policy = lut_oor_policy::saturate>
class parallel_lookup {
    static_assert(std::is_same_v<T, uint16> && policy == lut_oor_policy::truncate);
    Table table;

  public:
    explicit parallel_lookup(const Table& from) : table(from) {}

    template <unsigned N>
    vector<bfloat16, N> fetch(const vector<uint16, N>& indices) {
        counts.lookups += N;
        vector<bfloat16, N> out;
        for (unsigned i = 0; i < N; ++i) out.lanes[i] = table.at(indices.lanes[i] % table.size());
        return out;
    }
};

#if __AIEARCH__ == 21
template <class T = bfloat16, unsigned N>
vector<T, N> exp2(const vector<float, N>& a) {
    counts.lookups += N;
    vector<T, N> out;
    for (unsigned i = 0; i < N; ++i) out.lanes[i] = T(static_cast<float>(std::exp2(double{a.lanes[i]})));
    return out;
}
#endif

}  // namespace aie
