// Computes one operation with the kernels, tile by tile as a core does, for tests: a request comes on standard input,
// what comes out and what it cost go to standard output. Everything is little-endian and has 32 bits.
//
// A request: the operation, the mode, keys, then as many matrices as the operation takes, each as rows, columns,
// values. Of the last operation, which is a command of a core: its column, the command's other words, and both
// streams, each as the number of tiles and their values.
//
// A reply: counts (calls that compute a tile, then those of aie::Counts), then a matrix.
#include "program.hpp"

#include "../attention.h"

#include <initializer_list>
#include <string>

namespace {

using host::Matrix;
using host::Stream;
using host::Token;

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

Token parameters(const Matrix& x, const Matrix& bias, const Matrix& sums, unsigned across) {
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
        for (unsigned k = 0; k < 6; ++k) parameters.columns[block * RIGHT + k * COLUMNS + lane] = terms[order[k]];
    }
    return token;
}

// Weights as [outputs, inputs]; bias and sums of the weights as one row each, without which there are none.
Matrix product(uint32_t mode, const Matrix& x, const Matrix& weights, const Matrix& bias, const Matrix& sums,
               const Matrix& residual) {
    const bool adds = residual.rows > 0;
    const unsigned rows = tiles(x.rows), outs = tiles(weights.rows), inner = tiles(x.columns);
    Matrix diagonal(TILE, TILE);
    for (unsigned i = 0; i < TILE; ++i) diagonal.values[i * TILE + i] = 1;
    Stream a, b;
    for (unsigned across = 0; across < outs; ++across) {
        for (unsigned k = 0; k < inner; ++k) b.push_back(host::tile_of_b(weights, k, across));
        b.push_back(parameters(x, bias, sums, across));
        if (adds) b.push_back(host::tile_of_b(diagonal, 0, 0));
    }
    for (unsigned down = 0; down < rows; ++down)
        for (unsigned across = 0; across < outs; ++across) {
            for (unsigned k = 0; k < inner; ++k) a.push_back(host::tile_of_a(x, down, k));
            if (adds) a.push_back(host::tile_of_a(residual, down, across));
        }
    const Stream made = host::run_program({mode, rows, outs, 0, inner, 1, adds, 0}, 0, a, b);
    Matrix out(x.rows, weights.rows);
    for (unsigned i = 0; i < made.size(); ++i) host::from_blocks(made[i], mode, out, i / outs, i % outs);
    tile_calls += static_cast<uint32_t>(made.size());
    return out;
}

// Of one head. Behind the keys lies what must not matter.
Matrix attention(uint32_t mode, const Matrix& queries, const Matrix& keys, const Matrix& values) {
    constexpr unsigned heads = 4, own = 1;
    const unsigned rows = tiles(queries.rows);
    Token other;
    std::fill(std::begin(other.values), std::end(other.values), host::nearest(host::JUNK));
    Stream a, b;
    for (unsigned down = 0; down < rows; ++down)
        for (unsigned head = 0; head < heads; ++head)
            a.push_back(head == own ? host::tile_of_a(queries, down, 0) : other);
    // To the end of a tile of positions, whole tiles of B without keys among them.
    for (unsigned first = 0; first < tiles(keys.rows) * TILE; first += HALF) {
        const auto get = [&](const Matrix& m, unsigned key, unsigned channel) {
            return first + key < keys.rows ? m.at(first + key, channel) : host::JUNK;
        };
        Token token;
        host::to_blocks(token.values, TILE, HALF, DEPTH, COLUMNS,
                        [&](unsigned r, unsigned c) { return get(keys, c, r); });
        host::to_blocks(token.values + TILE * HALF, HALF, TILE, DEPTH, COLUMNS,
                        [&](unsigned r, unsigned c) { return get(values, r, c); });
        b.push_back(token);
    }
    const auto count = static_cast<uint32_t>(b.size());
    const Stream made = host::run_program({mode, rows, 1, heads, 0, count, 0, keys.rows}, own, a, b);
    Matrix out(queries.rows, TILE);
    for (unsigned down = 0; down < rows; ++down) host::from_blocks(made[down], mode, out, down, 0);
    tile_calls += rows;
    return out;
}

Stream read_stream() {
    Stream stream(read_word());
    for (Token& token : stream)
        if (std::fread(token.values, sizeof token.values, 1, stdin) != 1) emulation_fault("the request ends early");
    return stream;
}

// A command on tiles as they come over streams: a row of what comes out for each.
Matrix raw_program(uint32_t mode, uint32_t keys) {
    host::Command command{.mode = mode, .keys = keys};
    const uint32_t column = read_word();
    for (uint32_t* word : {&command.rows, &command.outs, &command.a, &command.ab, &command.b, &command.residual})
        *word = read_word();
    const Stream a = read_stream(), b = read_stream(), made = host::run_program(command, column, a, b);
    tile_calls = static_cast<uint32_t>(made.size());
    Matrix out(tile_calls, TOKEN);
    for (unsigned i = 0; i < tile_calls; ++i)
        std::copy_n(made[i].values, TOKEN, out.values.begin() + std::ptrdiff_t{i} * TOKEN);
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

// A call of a kernel, recorded under this name.
template <class Call>
void record(const char* name, Call call) {
    aie::Pass::recording = true;
    {
        const aie::Pass whole(name, 0, false);
        call();
    }
    aie::Pass::recording = false;
}

// Calls every kernel in every way that costs something of its own.
template <class Each>
void call_all(Each each) {
    static Core core;
    static Token a{}, b{}, out{};
    const auto fill = [](Token& token, float value) {
        std::fill(std::begin(token.values), std::end(token.values), host::nearest(value));
    };
    fill(a, 1);
    fill(b, 1);
    each("begin", [&] { hark_begin(&core, 0, 0); });
    each("begin-sums", [&] { hark_begin(&core, STATISTICS, 0); });
    each("a-other", [&] { hark_a(a.values, out.values, 0); });
    each("a-own", [&] { hark_a(a.values, out.values, 1); });
    each("ab", [&] { hark_ab(&core, 0, a.values, b.values); });
    each("ab-sums", [&] { hark_ab(&core, STATISTICS, a.values, b.values); });
    each("apply", [&] { hark_b(&core, 0, b.values, out.values); });
    each("apply-norm", [&] { hark_b(&core, NORMALISE, b.values, out.values); });
    each("apply-gelu", [&] { hark_b(&core, GELU, b.values, out.values); });
    each("apply-norm-gelu", [&] { hark_b(&core, NORMALISE | GELU, b.values, out.values); });
    each("end", [&] { hark_end(&core, 0, out.values); });
    each("end-keys", [&] { hark_end(&core, KEYS, out.values); });
    each("end-values", [&] { hark_end(&core, VALUES, out.values); });
    const auto attend = [&] { hark_b(&core, ATTENTION, b.values, out.values); };
    hark_begin(&core, ATTENTION, 2 * HALF + 1);
    fill(out, 1);
    each("attend-raising", attend);
    each("attend", attend);
    each("attend-masked", attend);
    each("attend-nothing", attend);
    each("end-attention", [&] { hark_end(&core, ATTENTION, out.values); });
}

// Of every call the loops: whether they are pipelined, how often they are gone through and begun, and operations.
void report_loops() {
    call_all([](const char* name, auto call) {
        aie::Pass::bodies.clear();
        record(name, call);
        for (const auto& [place, body] : aie::Pass::bodies) {
            std::printf("%s %d %llu %llu", name, body.is_pipelined, static_cast<unsigned long long>(body.passes),
                        static_cast<unsigned long long>(body.entries));
            for (auto kind : aie::Counts::kinds)
                std::printf(" %llu", static_cast<unsigned long long>(body.all.*kind));
            std::printf("\n");
        }
    });
}

// Goes once through everything that a core's program has.
void record_program() {
    static Token in{}, gains{}, out{};
    call_all([](const char* name, auto call) { record(name, call); });
    record("rows", [] {
        hark_normalise_rows(0, in.values, gains.values, out.values, 2, 64, 1.0f / 64);
        hark_softmax_rows(0, in.values, out.values, 2, 64, 63);
    });
}

// A core's memory: what is in it, and its bytes. The streams' tiles are there twice, so that one arrives while the
// other is used. Where each lies the design says; both tables share a bank, for no other has room.
void report() {
#if __AIEARCH__ == 21
    constexpr unsigned table = 0;
#else
    constexpr unsigned table = sizeof(Fractions);
#endif
    constexpr unsigned token = sizeof(Token), commands = 8 * sizeof(uint32_t), calls = 1024;
    struct Part {
        const char* name;
        unsigned bytes;
    };
    const Part parts[] = {
        {"A", 2 * token},        {"B", 2 * token},       {"sums", sizeof(Core)},
        {"out", token},          {"tables", 2 * table},  {"commands", commands},
        {"stack, estimated", SPILLED + calls},
    };
    for (const Part& part : parts) std::printf("memory: %s: %u\n", part.name, part.bytes);
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
    if (count > 1 && std::string(arguments[1]) == "loops") return report_loops(), 0;
    // Whoever ran before left the core as it likes.
    aie::set_rounding(arguments[count - 1] == std::string("even") ? aie::rounding_mode::conv_even
                                                                  : aie::rounding_mode::floor);
    const uint32_t operation = read_word(), mode = read_word(), keys = read_word();
    Matrix m[5];
    const unsigned matrices[] = {5, 3, 3, 1, 0};
    if (operation >= std::size(matrices)) emulation_fault("an operation that is none");
    for (unsigned i = 0; i < matrices[operation]; ++i) m[i] = read_matrix();
    Matrix out;
    if (operation == 0) out = product(mode, m[0], m[1], m[2], m[3], m[4]);
    if (operation == 1) out = attention(mode | ATTENTION, m[0], m[1], m[2]);
    if (operation == 2) out = normalise_rows(mode, m[0], m[1], m[2]);
    if (operation == 3) out = softmax_rows(mode, m[0], keys);
    if (operation == 4) out = raw_program(mode, keys);
    const aie::Counts& counts = aie::counts;
    write_words(
        {tile_calls, counts.macs, counts.loads, counts.stores, counts.conversions, counts.lookups, counts.others});
    write_words({out.rows, out.columns});
    std::fwrite(out.values.data(), sizeof(float), out.values.size(), stdout);
    return std::fflush(stdout) == 0 ? 0 : 1;
}
