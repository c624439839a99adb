// What stands behind the handles. An object holds what it was made from, so that everything is destroyed in the right
// order whatever the order in which the handles are closed.
#pragma once

#include "errors.hpp"

#include <xrt/experimental/xrt_kernel.h>
#include <xrt/experimental/xrt_xclbin.h>
#include <xrt/xrt_bo.h>
#include <xrt/xrt_device.h>
#include <xrt/xrt_hw_context.h>
#include <xrt/xrt_kernel.h>

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

// Which of the handle types an object is behind.
enum class Kind : unsigned { device = 1, xclbin, context, kernel, buffer, run, list };

struct Object {
    explicit Object(Kind of) : kind(of) {}
    Object(const Object&) = delete;
    Object& operator=(const Object&) = delete;
    virtual ~Object() = default;

    const Kind kind;
    std::shared_ptr<Object> next_parked;
};

struct Device : Object {
    static constexpr Kind own = Kind::device;
    explicit Device(unsigned index) : Object(own), device(index) {}

    xrt::device device;
};

// An argument of a kernel, as the program's metadata has it.
struct Argument {
    bool buffer = false;
    uint32_t group = 0; // of a buffer
    uint64_t size = 0;  // of a scalar in bytes; 0 where the metadata does not say
};

// A kernel of a program.
struct KernelData {
    std::string name;
    std::vector<Argument> arguments;
};

struct Xclbin : Object {
    static constexpr Kind own = Kind::xclbin;
    Xclbin(std::shared_ptr<Device> device, const char* bytes, size_t len);

    std::shared_ptr<Device> device;
    xrt::xclbin xclbin;
    xrt::uuid uuid;
    std::vector<KernelData> kernels;
};

struct Context : Object {
    static constexpr Kind own = Kind::context;
    Context(std::shared_ptr<Xclbin> xclbin, const std::map<std::string, uint32_t>& qos);
    Context(std::shared_ptr<Device> device, const void* elf, size_t len);

    // A run of it never came back: it takes no more work.
    void check_healthy() const;

    std::shared_ptr<Device> device;
    bool elf;
    std::vector<KernelData> kernels;
    std::atomic<bool> poisoned{false};
    xrt::hw_context context;
};

struct Kernel : Object {
    static constexpr Kind own = Kind::kernel;
    Kernel(std::shared_ptr<Context> context, const std::string& name);

    const Argument& argument(uint32_t index) const;

    std::shared_ptr<Context> context;
    std::vector<Argument> arguments;
    xrt::kernel kernel;
};

struct Buffer : Object {
    static constexpr Kind own = Kind::buffer;
    Buffer(std::shared_ptr<Context> context, size_t len, nx_bo_kind place, uint32_t group);
    Buffer(const std::shared_ptr<Buffer>& parent, size_t offset, size_t len);

    // The whole that this is a part of, or itself.
    Buffer& whole() { return root ? *root : *this; }
    void check_range(size_t offset, size_t len) const;

    std::shared_ptr<Context> context;
    std::shared_ptr<Buffer> root; // of a part
    size_t start = 0;             // of a part in the whole
    size_t len;
    uint32_t group;
    std::atomic<unsigned> users{0}; // runs under way, of a whole
    xrt::bo bo;
};

struct List;

struct Run : Object {
    static constexpr Kind own = Kind::run;
    explicit Run(std::shared_ptr<Kernel> kernel);

    void check_idle() const;
    // Every argument has a value.
    void check_complete() const;
    void begin();
    void end();
    // Marks an argument as set; a scalar has no buffer.
    void bind(uint32_t argument, std::shared_ptr<Buffer> buffer);

    std::shared_ptr<Kernel> kernel;
    std::vector<bool> set;
    std::map<uint32_t, std::shared_ptr<Buffer>> buffers;
    const List* list = nullptr; // that it is part of
    bool under_way = false;
    bool given_up = false; // under way for all that is known, and not to be waited for again
    xrt::run run;
};

struct List : Object {
    static constexpr Kind own = Kind::list;
    explicit List(std::shared_ptr<Context> context);
    ~List() override;

    void check_idle() const;
    void add(std::shared_ptr<Run> run);
    void execute();
    // UINT32_MAX if it is none of these.
    uint32_t index_of(const xrt::run& run) const;
    void begin();
    void end();

    std::shared_ptr<Context> context;
    std::vector<std::shared_ptr<Run>> runs;
    bool under_way = false;
    bool given_up = false; // as a run
    // XRT makes chains of 24 runs of a longer list, and when one fails, says so while the next are under way. Shorter
    // lists, one behind the other, can each be waited for.
    std::vector<xrt::runlist> parts;
};
