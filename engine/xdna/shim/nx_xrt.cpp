// The C interface over XRT's C++ one.
#include "execution.hpp"

#include <xrt/experimental/xrt_system.h>
#include <xrt/experimental/xrt_version.h>

#include <algorithm>
#include <cstring>
#include <fstream>

namespace {

// More wishes of quality than there are names for.
constexpr uint32_t most_qos = 64;

template <class T>
std::shared_ptr<T> find(const void* handle) {
    return Registry::instance().find<T>(handle);
}

// Makes an object and writes its handle to `out`, or a null.
template <class Handle, class Make>
int make(Step step, Handle** out, Make create) noexcept {
    return guarded(step, [&] {
        *required(out, "the place for the handle") = nullptr;
        *out = static_cast<Handle*>(Registry::instance().add(create()));
    });
}

template <class T>
void close(const void* handle) noexcept {
    // Destroyed when the last that uses it is.
    guarded(Step::run, [&] { Registry::instance().close<T>(handle); });
}

std::string firmware(const std::string& address) {
    std::ifstream file("/sys/bus/pci/devices/" + address + "/fw_version");
    std::string version;
    if (!std::getline(file, version)) throw Failure{NX_UNSUPPORTED, "the driver does not say the firmware's version"};
    return version;
}

std::string runtime() {
    return "XRT " + std::to_string(xrt::version::major()) + "." + std::to_string(xrt::version::minor()) + "." +
           std::to_string(xrt::version::patch());
}

std::string info(const Device& device, int key) {
    switch (key) {
    case NX_INFO_NAME: return device.device.get_info<xrt::info::device::name>();
    case NX_INFO_ADDRESS: return device.device.get_info<xrt::info::device::bdf>();
    case NX_INFO_RUNTIME: return runtime();
    case NX_INFO_FIRMWARE: return firmware(device.device.get_info<xrt::info::device::bdf>());
    default: throw Failure{NX_ARGUMENT, "no property has the number " + std::to_string(key)};
    }
}

void write_text(const std::string& text, char* out, size_t capacity) {
    const size_t length = std::min(text.size(), capacity - 1);
    std::memcpy(out, text.data(), length);
    out[length] = 0;
}

// Sets an argument that is no buffer.
template <class T>
int set_scalar(nx_run* handle, uint32_t index, T value) noexcept {
    return guarded(Step::run, [&] {
        const auto run = find<Run>(handle);
        const Argument& argument = run->kernel->argument(index);
        run->check_idle();
        if (argument.buffer || (argument.size != 0 && argument.size != sizeof value))
            throw Failure{NX_ARGUMENT, "argument " + std::to_string(index) + " is not one of " +
                                           std::to_string(sizeof value) + " bytes"};
        run->run.set_arg(static_cast<int>(index), value);
        run->bind(index, nullptr);
    });
}

} // namespace

uint32_t nx_abi_version(void) { return NX_ABI_VERSION; }

const char* nx_last_error(nx_error* out) { return last_error(out); }

int nx_enumerate(uint32_t* count) {
    return guarded(Step::open, [&] {
        *required(count, "the place for the count") = 0;
        *count = xrt::system::enumerate_devices();
    });
}

int nx_device_open(uint32_t index, nx_dev** out) {
    return make(Step::open, out, [&] {
        const unsigned count = xrt::system::enumerate_devices();
        if (index >= count)
            throw Failure{NX_NO_DEVICE, "there are " + std::to_string(count) + " devices, no device " + std::to_string(index)};
        return std::make_shared<Device>(index);
    });
}

void nx_device_close(nx_dev* dev) { close<Device>(dev); }

int nx_device_info(nx_dev* dev, int key, char* text, size_t capacity) {
    return guarded(Step::open, [&] {
        required(text, "the place for the text");
        if (capacity == 0) throw Failure{NX_ARGUMENT, "no place for the text"};
        *text = 0;
        write_text(info(*find<Device>(dev), key), text, capacity);
    });
}

int nx_xclbin_load(nx_dev* dev, const void* bytes, size_t len, nx_xclbin** out) {
    return make(Step::xclbin, out, [&] {
        auto device = find<Device>(dev);
        return std::make_shared<Xclbin>(std::move(device), static_cast<const char*>(required(bytes, "the xclbin")), len);
    });
}

int nx_xclbin_kernel(nx_xclbin* xclbin, uint32_t index, nx_kernel_desc* out) {
    return guarded(Step::xclbin, [&] {
        *required(out, "the place for the kernel") = nx_kernel_desc{};
        const auto loaded = find<Xclbin>(xclbin);
        if (index >= loaded->kernels.size()) throw Failure{NX_ARGUMENT, "no kernel " + std::to_string(index)};
        const KernelData& kernel = loaded->kernels[index];
        write_text(kernel.name, out->name, sizeof out->name);
        out->arguments = static_cast<uint32_t>(kernel.arguments.size());
    });
}

void nx_xclbin_free(nx_xclbin* xclbin) { close<Xclbin>(xclbin); }

int nx_ctx_open(nx_dev* dev, nx_xclbin* xclbin, const nx_qos* qos, uint32_t qos_len, nx_ctx** out) {
    return make(Step::context, out, [&] {
        const auto device = find<Device>(dev);
        auto program = find<Xclbin>(xclbin);
        if (program->device != device) throw Failure{NX_ARGUMENT, "the xclbin was loaded for another device"};
        if (qos_len > most_qos) throw Failure{NX_ARGUMENT, "too many wishes of quality"};
        std::map<std::string, uint32_t> wishes;
        for (uint32_t index = 0; index < qos_len; ++index) {
            const nx_qos& wish = required(qos, "the wishes of quality")[index];
            wishes[required(wish.key, "the name of a wish")] = wish.value;
        }
        return std::make_shared<Context>(std::move(program), wishes);
    });
}

int nx_ctx_open_elf(nx_dev* dev, const void* bytes, size_t len, nx_ctx** out) {
    return make(Step::context, out, [&] {
        auto device = find<Device>(dev);
        if (len < 4 || std::memcmp(required(bytes, "the ELF"), "\177ELF", 4) != 0) throw Failure{NX_XCLBIN, "not an ELF"};
        return std::make_shared<Context>(std::move(device), bytes, len);
    });
}

void nx_ctx_close(nx_ctx* ctx) { close<Context>(ctx); }

int nx_kernel_open(nx_ctx* ctx, const char* name, nx_kernel** out) {
    return make(Step::kernel, out, [&] {
        auto context = find<Context>(ctx);
        return std::make_shared<Kernel>(std::move(context), required(name, "the kernel's name"));
    });
}

int nx_kernel_group(nx_kernel* kernel, uint32_t argument, uint32_t* group) {
    return guarded(Step::kernel, [&] {
        *required(group, "the place for the group") = 0;
        const Argument& found = find<Kernel>(kernel)->argument(argument);
        if (!found.buffer) throw Failure{NX_ARGUMENT, "argument " + std::to_string(argument) + " is no buffer"};
        *group = found.group;
    });
}

void nx_kernel_close(nx_kernel* kernel) { close<Kernel>(kernel); }

int nx_bo_alloc(nx_ctx* ctx, size_t len, int kind, uint32_t group, nx_bo** out) {
    return make(Step::memory, out, [&] {
        auto context = find<Context>(ctx);
        if (kind != NX_BO_INSTRUCTIONS && kind != NX_BO_DATA)
            throw Failure{NX_ARGUMENT, "no buffer is of the kind " + std::to_string(kind)};
        return std::make_shared<Buffer>(std::move(context), len, static_cast<nx_bo_kind>(kind), group);
    });
}

int nx_bo_sub(nx_bo* parent, size_t offset, size_t len, nx_bo** out) {
    return make(Step::memory, out, [&] { return std::make_shared<Buffer>(find<Buffer>(parent), offset, len); });
}

int nx_bo_map(nx_bo* bo, void** out) {
    return guarded(Step::memory, [&] {
        *required(out, "the place for the address") = nullptr;
        const auto buffer = find<Buffer>(bo);
        *out = buffer->whole().bo.map<char*>() + buffer->start;
    });
}

int nx_bo_sync(nx_bo* bo, int direction, size_t offset, size_t len) {
    return guarded(Step::memory, [&] {
        const auto buffer = find<Buffer>(bo);
        if (direction != NX_TO_DEVICE && direction != NX_FROM_DEVICE)
            throw Failure{NX_ARGUMENT, "no direction has the number " + std::to_string(direction)};
        buffer->check_range(offset, len);
        Buffer& whole = buffer->whole();
        if (whole.users != 0) throw Failure{NX_BUSY, "a run under way has the buffer"};
        const auto way = direction == NX_TO_DEVICE ? XCL_BO_SYNC_BO_TO_DEVICE : XCL_BO_SYNC_BO_FROM_DEVICE;
        whole.bo.sync(way, len, buffer->start + offset);
    });
}

int nx_bo_address(nx_bo* bo, uint64_t* address) {
    return guarded(Step::memory, [&] {
        *required(address, "the place for the address") = 0;
        *address = find<Buffer>(bo)->bo.address();
    });
}

void nx_bo_free(nx_bo* bo) { close<Buffer>(bo); }

int nx_run_new(nx_kernel* kernel, nx_run** out) {
    return make(Step::run, out, [&] {
        auto opened = find<Kernel>(kernel);
        opened->context->check_healthy();
        return std::make_shared<Run>(std::move(opened));
    });
}

int nx_run_bo(nx_run* handle, uint32_t index, nx_bo* bo) {
    return guarded(Step::run, [&] {
        const auto run = find<Run>(handle);
        auto buffer = find<Buffer>(bo);
        const Argument& argument = run->kernel->argument(index);
        run->check_idle();
        if (!argument.buffer) throw Failure{NX_ARGUMENT, "argument " + std::to_string(index) + " is no buffer"};
        if (buffer->context != run->kernel->context) throw Failure{NX_ARGUMENT, "the buffer is another context's"};
        if (buffer->group != argument.group)
            throw Failure{NX_GROUP, "argument " + std::to_string(index) + " wants memory group " +
                                        std::to_string(argument.group) + ", the buffer has " + std::to_string(buffer->group)};
        run->run.set_arg(static_cast<int>(index), buffer->bo);
        run->bind(index, std::move(buffer));
    });
}

int nx_run_u32(nx_run* run, uint32_t argument, uint32_t value) { return set_scalar(run, argument, value); }

int nx_run_u64(nx_run* run, uint32_t argument, uint64_t value) { return set_scalar(run, argument, value); }

int nx_run_start(nx_run* handle) {
    return guarded(Step::run, [&] {
        const auto run = find<Run>(handle);
        if (run->list) throw Failure{NX_ARGUMENT, "the run is part of a list"};
        run->check_complete();
        start(*run, *run->kernel->context, [&] { run->run.start(); });
    });
}

int nx_run_wait(nx_run* handle, uint32_t limit_ms, int* state) {
    return guarded(Step::run, [&] {
        const auto run = find<Run>(handle);
        if (run->list) throw Failure{NX_ARGUMENT, "the run is part of a list"};
        wait_for(*run, *run->kernel->context, limit_ms, state, [&](auto limit) { return waited(*run, limit); });
    });
}

int nx_run_abort(nx_run* handle) {
    return guarded(Step::run, [&] {
        find<Run>(handle);
        throw Failure{NX_UNSUPPORTED, "XRT's abort waits without a limit"};
    });
}

void nx_run_release(nx_run* handle) {
    guarded(Step::run, [&] {
        auto run = Registry::instance().close<Run>(handle);
        // One in a list goes with it.
        if (!run->list) release(std::move(run), [](const Run& given, auto limit) { return waited(given, limit); });
    });
}

int nx_list_new(nx_ctx* ctx, nx_list** out) {
    return make(Step::run, out, [&] {
        auto context = find<Context>(ctx);
        context->check_healthy();
        return std::make_shared<List>(std::move(context));
    });
}

int nx_list_add(nx_list* handle, nx_run* added) {
    return guarded(Step::run, [&] {
        const auto list = find<List>(handle);
        const auto run = find<Run>(added);
        list->check_idle();
        run->check_idle();
        if (run->list) throw Failure{NX_ARGUMENT, "the run is part of a list already"};
        if (run->kernel->context != list->context) throw Failure{NX_ARGUMENT, "the run is another context's"};
        list->add(run);
    });
}

int nx_list_execute(nx_list* handle) {
    return guarded(Step::run, [&] {
        const auto list = find<List>(handle);
        if (list->runs.empty()) throw Failure{NX_ARGUMENT, "the list is empty"};
        for (const auto& run : list->runs) run->check_complete();
        start(*list, *list->context, [&] { list->execute(); });
    });
}

int nx_list_wait(nx_list* handle, uint32_t limit_ms, int* state, uint32_t* failed) {
    return guarded(Step::run, [&] {
        *required(failed, "the place for the run that failed") = UINT32_MAX;
        const auto list = find<List>(handle);
        uint32_t index = UINT32_MAX;
        wait_for(*list, *list->context, limit_ms, state, [&](auto limit) {
            auto verdict = waited(*list, limit, index);
            // XRT names a run even when none has failed.
            if (is_end(verdict.state)) *failed = index;
            return verdict;
        });
    });
}

void nx_list_release(nx_list* handle) {
    guarded(Step::run, [&] {
        release(Registry::instance().close<List>(handle), [](const List& given, auto limit) {
            uint32_t failed = 0;
            return waited(given, limit, failed);
        });
    });
}

int nx_counts(uint64_t* alive, uint64_t* parked) {
    return guarded(Step::run, [&] {
        *required(alive, "the place for the count") = Registry::instance().alive();
        *required(parked, "the place for the count") = Registry::instance().parked();
    });
}
