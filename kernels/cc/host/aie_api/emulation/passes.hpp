// Which code runs, to estimate how long a program is: only operations count, and those in a loop once.
#pragma once

#include "core.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

namespace aie {

// One pass through a loop's body, or through a whole kernel.
class Pass {
    static inline Pass* innermost = nullptr;

    const char* file;
    int line;
    bool is_pipelined;
    Counts before = counts, inside{};
    Pass* outer = innermost;

  public:
    struct Body {
        Counts counts;
        bool is_pipelined = false;
    };
    // The longest pass through each, less the loops in it.
    static inline std::map<std::pair<std::string, int>, Body> bodies;
    // Costs time.
    static inline bool recording = false;

    Pass(const char* in, int at, bool pipelined) : file(in), line(at), is_pipelined(pipelined) {
        if (recording) innermost = this;
    }
    ~Pass() {
        if (!recording) return;
        Body& body = bodies[{file, line}];
        body.is_pipelined = is_pipelined;
        for (auto kind : Counts::kinds) {
            const std::uint64_t all = counts.*kind - before.*kind;
            body.counts.*kind = std::max(body.counts.*kind, all - inside.*kind);
            if (outer) outer->inside.*kind += all;
        }
        innermost = outer;
    }
    Pass(const Pass&) = delete;
    Pass& operator=(const Pass&) = delete;
};

// Bytes of a program.
struct Length {
    // If every operation were an instruction of its own, and if instructions had one for every unit, loads two.
    std::uint64_t most = 0, least = 0;
};

// Of the bodies recorded in files whose name ends so. Instructions are the longest there are, and of pipelined loops
// there are twice as many, for they are filled and drained. Only the compiler for cores knows.
inline Length estimated_length(const std::string& file) {
    constexpr unsigned instruction = 16;
    Length length;
    for (const auto& [place, body] : Pass::bodies) {
        if (!place.first.ends_with(file)) continue;
        const Counts& c = body.counts;
        // AIE2P loads and stores 64 bytes at once, and has a unit of 16 lanes for exponentials.
        const std::uint64_t wide = __AIEARCH__ == 21 ? 2 : 1, loads = (c.loads + wide - 1) / wide,
                            stores = (c.stores + wide - 1) / wide;
        const std::uint64_t vector = c.conversions + c.others, lookups = c.lookups / (__AIEARCH__ == 21 ? 16 : 4);
        const std::uint64_t bytes = instruction * (body.is_pipelined ? 2 : 1);
        length.most += bytes * (c.macs + loads + stores + vector + lookups);
        length.least += bytes * std::max({c.macs, (loads + 1) / 2 + lookups, stores, vector});
    }
    return length;
}

}  // namespace aie
