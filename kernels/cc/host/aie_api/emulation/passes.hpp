// Which code runs and how often, to estimate how long a program is, and how long it takes: only operations count.
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
    // The last that was inside: whoever comes after another begins a loop.
    std::pair<std::string, int> last_inside;

  public:
    // All without the loops in it.
    struct Body {
        // Of the longest pass, and of all.
        Counts longest, all;
        std::uint64_t passes = 0, entries = 0;
        bool is_pipelined = false;
    };
    static inline std::map<std::pair<std::string, int>, Body> bodies;
    // Costs time.
    static inline bool recording = false;

    Pass(const char* in, int at, bool pipelined) : file(in), line(at), is_pipelined(pipelined) {
        if (!recording) return;
        innermost = this;
        Body& body = bodies[{file, line}];
        if (!outer || outer->last_inside != std::pair<std::string, int>(file, line)) ++body.entries;
        if (outer) outer->last_inside = {file, line};
    }
    ~Pass() {
        if (!recording) return;
        Body& body = bodies[{file, line}];
        body.is_pipelined = is_pipelined;
        ++body.passes;
        for (auto kind : Counts::kinds) {
            const std::uint64_t whole = counts.*kind - before.*kind, own = whole - inside.*kind;
            body.longest.*kind = std::max(body.longest.*kind, own);
            body.all.*kind += own;
            if (outer) outer->inside.*kind += whole;
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
        const Counts& c = body.longest;
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
