// Computes one operation with the kernels, tile by tile as a core does, for tests: a request comes on standard input,
// what comes out and what it cost go to standard output. Everything is little-endian and has 32 bits.
//
// A request: the operation, the mode, keys, then as many matrices as the operation takes, each as rows, columns,
// values.
//
// A reply: counts (calls that compute a tile, then those of aie::Counts), then a matrix.
#include "tiles.hpp"

#include "../attention.h"

#include <algorithm>
#include <initializer_list>
#include <string>

namespace {

using host::Matrix;
using host::Token;

// What is there twice, and what is never used, would hide a mistake.
constexpr float JUNK = 12345;

unsigned tiles(unsigned values) { return (values + TILE - 1) / TILE; }

uint32_t read_word() {
    uint32_t word = 0;
    if (std::fread(&word, sizeof word, 1, stdin) != 1) emulation_fault("the request ends early");
    return word;
}

Matrix read_matrix() {
    const unsigned rows = read_word(), columns = read_word();
    Matrix m(rows, columns);
    if (std::fread(m.values.data(), sizeof(float), m.values.size(), stdin) != m.values.size())
        emulation_fault("the request ends early");
    return m;
}

uint32_t tile_calls = 0;

// Weights as [outputs, inputs]; bias and sums of the weights as one row each, without which there are none.
Matrix product(uint32_t mode, const Matrix& x, const Matrix& weights, const Matrix& bias, const Matrix& sums,
               const Matrix& residual) {
    static Core core;
    Matrix out(x.rows, weights.rows);
    for (unsigned down = 0; down < tiles(x.rows); ++down)
        for (unsigned across = 0; across < tiles(weights.rows); ++across) {
            const uint32_t tile_mode = across == 0 ? mode : mode & ~uint32_t{STATISTICS};
            hark_begin(&core, tile_mode, 0);
            for (unsigned k = 0; k < tiles(x.columns); ++k) {
                const Token a = host::tile_of_a(x, down, k), b = host::tile_of_b(weights, k, across);
                hark_ab(&core, tile_mode, a.values, b.values);
            }
            Token token{};
            Parameters& parameters = *reinterpret_cast<Parameters*>(token.values);
            parameters.inverse_length = 1 / static_cast<float>(x.columns);
            for (unsigned column = 0; column < TILE; ++column) {
                const unsigned at = across * TILE + column, block = column / COLUMNS, lane = column % COLUMNS;
                for (unsigned row = 0; row < ROWS; ++row)
                    parameters.bias[block * LANES + row * COLUMNS + lane] = bias.at(0, at);
                bfloat16 terms[3];
                host::split_nearest(-sums.at(0, at), terms);
                constexpr unsigned order[] = {0, 1, 2, 0, 1, 0};
                for (unsigned k = 0; k < 6; ++k)
                    parameters.columns[block * RIGHT + k * COLUMNS + lane] = terms[order[k]];
            }
            hark_b(&core, tile_mode, token.values, nullptr);
            if (residual.rows > 0) {
                Matrix diagonal(TILE, TILE);
                for (unsigned i = 0; i < TILE; ++i) diagonal.values[i * TILE + i] = 1;
                const Token a = host::tile_of_a(residual, down, across), b = host::tile_of_b(diagonal, 0, 0);
                hark_ab(&core, tile_mode & ~uint32_t{STATISTICS}, a.values, b.values);
            }
            hark_end(&core, tile_mode, token.values);
            host::from_blocks(token, mode & TRANSPOSE, out, down, across);
            ++tile_calls;
        }
    return out;
}

// Of one head. Behind the keys lies what must not matter.
Matrix attention(uint32_t mode, const Matrix& queries, const Matrix& keys, const Matrix& values) {
    static Core core;
    Matrix out(queries.rows, TILE);
    for (unsigned down = 0; down < tiles(queries.rows); ++down) {
        hark_begin(&core, mode, static_cast<int32_t>(keys.rows));
        Token kept, other;
        std::fill(std::begin(other.values), std::end(other.values), host::nearest(JUNK));
        const Token mine = host::tile_of_a(queries, down, 0);
        for (uint32_t head = 0; head < 4; ++head)
            hark_a(head == 1 ? mine.values : other.values, kept.values, head == 1);
        // To the end of a tile of positions, whole tokens without keys among them.
        for (unsigned first = 0; first < tiles(keys.rows) * TILE; first += 32) {
            const auto get = [&](const Matrix& m, unsigned key, unsigned channel) {
                return first + key < keys.rows ? m.at(first + key, channel) : JUNK;
            };
            Token token;
            host::to_blocks(token.values, TILE, 32, DEPTH, COLUMNS,
                            [&](unsigned r, unsigned c) { return get(keys, c, r); });
            host::to_blocks(token.values + TILE * 32, 32, TILE, DEPTH, COLUMNS,
                            [&](unsigned r, unsigned c) { return get(values, r, c); });
            hark_b(&core, mode, token.values, kept.values);
        }
        hark_end(&core, mode, kept.values);
        host::from_blocks(kept, mode & TRANSPOSE, out, down, 0);
        ++tile_calls;
    }
    return out;
}

// Rows in tiles of as many as fit.
template <class Kernel>
Matrix by_rows(const Matrix& x, Kernel kernel) {
    const unsigned at_once = TOKEN / x.columns;
    if (at_once == 0 || x.columns % 16 != 0) emulation_fault("rows of this length do not lie in tiles");
    Matrix out(x.rows, x.columns);
    for (unsigned top = 0; top < x.rows; top += at_once) {
        const unsigned rows = std::min(at_once, x.rows - top);
        Token in{}, result{};
        for (unsigned i = 0; i < rows * x.columns; ++i)
            in.values[i] = host::nearest(x.values[std::size_t{top} * x.columns + i]);
        kernel(in.values, result.values, rows);
        std::copy_n(result.values, rows * x.columns, out.values.begin() + std::ptrdiff_t{top} * x.columns);
        ++tile_calls;
    }
    return out;
}

Matrix normalise_rows(uint32_t mode, const Matrix& x, const Matrix& gain, const Matrix& shift) {
    Token parameters{};
    for (unsigned i = 0; i < x.columns; ++i) {
        parameters.values[i] = host::nearest(gain.at(0, i));
        parameters.values[x.columns + i] = host::nearest(shift.at(0, i));
    }
    return by_rows(x, [&](const bfloat16* in, bfloat16* out, unsigned rows) {
        hark_normalise_rows(mode, in, parameters.values, out, rows, x.columns, 1 / static_cast<float>(x.columns));
    });
}

Matrix softmax_rows(uint32_t mode, const Matrix& x, uint32_t keys) {
    return by_rows(x, [&](const bfloat16* in, bfloat16* out, unsigned rows) {
        hark_softmax_rows(mode, in, out, rows, x.columns, keys);
    });
}

void write_words(std::initializer_list<uint64_t> words) {
    for (uint64_t word : words) {
        const auto low = static_cast<uint32_t>(word);
        if (word > UINT32_MAX) emulation_fault("a count does not fit");
        std::fwrite(&low, sizeof low, 1, stdout);
    }
}

// Goes once through everything that a core's program has.
void record_program() {
    aie::Pass::recording = true;
    static Core core;
    static Token a{}, b{}, out{};
    std::fill(std::begin(b.values), std::end(b.values), host::nearest(1));
    const auto tile = [&](uint32_t mode, int32_t keys) {
        const auto part = [](const char* name, auto run) {
            const aie::Pass whole(name, 0, false);
            run();
        };
        // Twice, so that maxima rise.
        part("begin", [&] { hark_begin(&core, mode, keys); });
        for (float size : {1.0f, 2.0f}) {
            std::fill(std::begin(a.values), std::end(a.values), host::nearest(size));
            part("a", [&] { hark_a(a.values, out.values, 1); });
            part("ab", [&] { hark_ab(&core, mode, a.values, b.values); });
            part("b", [&] { hark_b(&core, mode, b.values, out.values); });
        }
        part("end", [&] { hark_end(&core, mode, out.values); });
    };
    tile(STATISTICS | NORMALISE | GELU | TRANSPOSE, 0);
    tile(ATTENTION, 63);
    hark_normalise_rows(0, a.values, b.values, out.values, 2, 64, 1.0f / 64);
    hark_softmax_rows(0, a.values, out.values, 2, 64, 63);
    aie::Pass::recording = false;
}

// A core's memory: the bank, what is in it, and its bytes. The streams' tiles are there twice, so that one arrives
// while the other is used. Both tables share a bank, for no other has room: looking up takes twice as long for that.
void report() {
#if __AIEARCH__ == 21
    constexpr unsigned table = 0;
#else
    constexpr unsigned table = sizeof(Fractions);
#endif
    constexpr unsigned token = sizeof(Token), commands = 8 * sizeof(uint32_t), calls = 1024;
    struct Part {
        unsigned bank;
        const char* name;
        unsigned bytes;
    };
    const Part parts[] = {
        {0, "A, the one", token},
        {0, "B, the one", token},
        {1, "A, the other", token},
        {1, "B, the other", token},
        {2, "sums", sizeof Core::sums},
        {3, "of rows", sizeof(Core) - sizeof Core::sums},
        {3, "out", token},
        {3, "tables", 2 * table},
        {3, "commands", commands},
        {3, "stack, estimated", SPILLED + calls},
    };
    for (const Part& part : parts) std::printf("bank %u: %s: %u\n", part.bank, part.name, part.bytes);
    record_program();
    // Rows' own passes can be left out where they go with products.
    for (const char* file : {"", "rows.h"}) {
        const aie::Length length = aie::estimated_length(file);
        std::printf("program%s%s, estimated: %llu to %llu\n", *file ? ", of it " : "", file,
                    static_cast<unsigned long long>(length.least), static_cast<unsigned long long>(length.most));
    }
}

}  // namespace

int main(int count, char** arguments) {
    if (count > 1 && std::string(arguments[1]) == "report") return report(), 0;
    // Whoever ran before left the core as it likes.
    aie::set_rounding(arguments[count - 1] == std::string("even") ? aie::rounding_mode::conv_even
                                                                  : aie::rounding_mode::floor);
    const uint32_t operation = read_word(), mode = read_word(), keys = read_word();
    Matrix m[5];
    const unsigned matrices[] = {5, 3, 3, 1};
    if (operation >= std::size(matrices)) emulation_fault("an operation that is none");
    for (unsigned i = 0; i < matrices[operation]; ++i) m[i] = read_matrix();
    Matrix out;
    if (operation == 0) out = product(mode, m[0], m[1], m[2], m[3], m[4]);
    if (operation == 1) out = attention(mode | ATTENTION, m[0], m[1], m[2]);
    if (operation == 2) out = normalise_rows(mode, m[0], m[1], m[2]);
    if (operation == 3) out = softmax_rows(mode, m[0], keys);
    const aie::Counts& counts = aie::counts;
    write_words(
        {tile_calls, counts.macs, counts.loads, counts.stores, counts.conversions, counts.lookups, counts.others});
    write_words({out.rows, out.columns});
    std::fwrite(out.values.data(), sizeof(float), out.values.size(), stdout);
    return std::fflush(stdout) == 0 ? 0 : 1;
}
