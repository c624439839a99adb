// The program of a core: what it does with the kernels for one command.
#pragma once

#include "tiles.hpp"

#include <algorithm>

namespace host {

// In the order of its words.
struct Command {
    uint32_t mode = 0, rows = 1, outs = 1, a = 0, ab = 0, b = 0, residual = 0, keys = 0;
};

using Stream = std::vector<Token>;

// What is left in memory, and would hide a mistake if it were zeros.
constexpr float JUNK = 12345;

// Tiles that a stream brings, from the first on again when it ends.
class Input {
    const Stream& tiles;
    std::size_t taken = 0;

  public:
    explicit Input(const Stream& of) : tiles(of) {}

    const bfloat16* take() {
        if (tiles.empty()) emulation_fault("a stream is empty");
        return tiles[taken++ % tiles.size()].values;
    }
    bool is_at_end() const { return tiles.empty() || taken % tiles.size() == 0; }
};

// What goes out of the core in this column. Streams that repeat themselves may come once.
inline Stream run_program(const Command& command, uint32_t column, const Stream& a, const Stream& b) {
    static Core core;
    static Token out;
    std::fill(std::begin(core.sums), std::end(core.sums), JUNK);
    std::fill(std::begin(out.values), std::end(out.values), nearest(JUNK));
    Input next_a(a), next_b(b);
    Stream made;
    const auto both = [&](uint32_t mode) {
        const bfloat16 *one = next_a.take(), *other = next_b.take();
        hark_ab(&core, mode, one, other);
    };
    for (uint32_t row = 0; row < command.rows; ++row)
        for (uint32_t at = 0; at < command.outs; ++at) {
            const uint32_t without = command.mode & ~uint32_t{STATISTICS}, mode = at == 0 ? command.mode : without;
            hark_begin(&core, mode, static_cast<int32_t>(command.keys));
            for (uint32_t i = 0; i < command.a; ++i) hark_a(next_a.take(), out.values, i == column);
            for (uint32_t i = 0; i < command.ab; ++i) both(mode);
            for (uint32_t i = 0; i < command.b; ++i) hark_b(&core, mode, next_b.take(), out.values);
            for (uint32_t i = 0; i < command.residual; ++i) both(without);
            hark_end(&core, mode, out.values);
            made.push_back(out);
        }
    if (!next_a.is_at_end() || !next_b.is_at_end()) emulation_fault("a stream has another length than the command");
    return made;
}

}  // namespace host
