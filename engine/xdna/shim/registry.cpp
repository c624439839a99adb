#include "registry.hpp"

namespace {

// The low bits of a handle are its kind.
constexpr unsigned kind_bits = 4;

const char* name(Kind kind) {
    switch (kind) {
    case Kind::device: return "device";
    case Kind::xclbin: return "xclbin";
    case Kind::context: return "context";
    case Kind::kernel: return "kernel";
    case Kind::buffer: return "buffer";
    case Kind::run: return "run";
    case Kind::list: return "run list";
    }
    return "object";
}

} // namespace

Registry& Registry::instance() {
    static Registry* const registry = new Registry;
    return *registry;
}

void* Registry::insert(std::shared_ptr<Object> object) {
    const auto kind = static_cast<uintptr_t>(object->kind);
    const std::lock_guard<std::mutex> lock(mutex);
    const uintptr_t handle = (++last << kind_bits) | kind;
    objects.emplace(handle, std::move(object));
    return reinterpret_cast<void*>(handle);
}

std::shared_ptr<Object> Registry::look_up(const void* handle, Kind kind, bool take_out) {
    const auto number = reinterpret_cast<uintptr_t>(handle);
    if (number == 0) throw Failure{NX_ARGUMENT, std::string("no ") + name(kind) + ": the handle is null"};
    if ((number & ((1u << kind_bits) - 1)) == static_cast<uintptr_t>(kind)) {
        const std::lock_guard<std::mutex> lock(mutex);
        const auto found = objects.find(number);
        if (found != objects.end()) {
            auto object = found->second;
            if (take_out) objects.erase(found);
            return object;
        }
    }
    throw Failure{NX_ARGUMENT, std::string("not the handle of an open ") + name(kind)};
}

void Registry::park(std::shared_ptr<Object> object) noexcept {
    const std::lock_guard<std::mutex> lock(mutex);
    object->next_parked = std::move(first_parked);
    first_parked = std::move(object);
    ++parked_count;
}

uint64_t Registry::alive() {
    const std::lock_guard<std::mutex> lock(mutex);
    return objects.size();
}

uint64_t Registry::parked() {
    const std::lock_guard<std::mutex> lock(mutex);
    return parked_count;
}
