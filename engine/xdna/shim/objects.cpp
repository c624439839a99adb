#include "objects.hpp"

#include <xrt/detail/xclbin.h>
#include <xrt/experimental/xrt_elf.h>
#include <xrt/experimental/xrt_ext.h>

#include <cstring>
#include <exception>
#include <new>
#include <string_view>
#include <utility>

namespace {

// Instructions address a buffer's bytes with 32 bits.
constexpr size_t largest_buffer = UINT32_MAX;
// Runs of a list in one of XRT's.
constexpr size_t longest_part = 16;

// XRT believes what a container says of itself: its frame is checked before.
const char* checked_container(const char* bytes, size_t len) {
    const auto refuse = [](const char* why) { throw Failure{NX_XCLBIN, std::string("not an xclbin: ") + why}; };
    if (len < sizeof(axlf)) refuse("too short for its header");
    if (std::memcmp(bytes, "xclbin2", 8) != 0) refuse("it does not begin with xclbin2");
    axlf_header header;
    std::memcpy(&header, bytes + offsetof(axlf, m_header), sizeof header);
    if (header.m_length != len) refuse("its length is not the one in its header");
    const size_t room = (len - offsetof(axlf, m_sections)) / sizeof(axlf_section_header);
    if (header.m_numSections == 0 || header.m_numSections > room) refuse("its sections do not fit");
    for (size_t index = 0; index < header.m_numSections; ++index) {
        axlf_section_header section;
        std::memcpy(&section, bytes + offsetof(axlf, m_sections) + index * sizeof section, sizeof section);
        if (section.m_sectionOffset > len || section.m_sectionSize > len - section.m_sectionOffset)
            refuse("a section lies outside");
    }
    return bytes;
}

std::vector<KernelData> kernels_of(const xrt::xclbin& xclbin) {
    std::vector<KernelData> kernels;
    for (const auto& kernel : xclbin.get_kernels()) {
        KernelData data{kernel.get_name(), {}};
        for (const auto& found : kernel.get_args()) {
            Argument argument;
            // A pointer, or something that is connected to a memory.
            argument.buffer = !found.get_mems().empty() || found.get_host_type().find('*') != std::string::npos;
            argument.size = found.get_size();
            data.arguments.push_back(argument);
        }
        kernels.push_back(std::move(data));
    }
    return kernels;
}

xrt::elf checked_elf(const void* bytes, size_t len) {
    try {
        return xrt::elf(bytes, len);
    } catch (const std::bad_alloc&) {
        throw;
    } catch (const std::exception& error) {
        throw Failure{NX_XCLBIN, error.what()};
    }
}

std::vector<KernelData> kernels_of(const xrt::elf& elf) {
    std::vector<KernelData> kernels;
    for (const auto& kernel : elf.get_kernels()) {
        std::vector<Argument> arguments(kernel.get_num_args());
        for (size_t index = 0; index < arguments.size(); ++index)
            arguments[index].buffer = kernel.get_arg_data_type(index) == xrt::elf::kernel::data_type::global;
        for (const auto& instance : kernel.get_instances())
            kernels.push_back({kernel.get_name() + ":" + instance.get_name(), arguments});
    }
    return kernels;
}

} // namespace

Xclbin::Xclbin(std::shared_ptr<Device> of, const char* bytes, size_t len)
    : Object(own), device(std::move(of)), xclbin(std::string_view(checked_container(bytes, len), len)),
      uuid(device->device.register_xclbin(xclbin)), kernels(kernels_of(xclbin)) {}

Context::Context(std::shared_ptr<Xclbin> xclbin, const std::map<std::string, uint32_t>& qos)
    : Object(own), device(xclbin->device), elf(false), kernels(xclbin->kernels),
      context(device->device, xclbin->uuid, qos) {}

Context::Context(std::shared_ptr<Device> of, const void* bytes, size_t len)
    : Object(own), device(std::move(of)), elf(true) {
    const xrt::elf program = checked_elf(bytes, len);
    kernels = kernels_of(program);
    context = xrt::hw_context(device->device, program);
}

void Context::check_healthy() const {
    if (poisoned) throw Failure{NX_TIMEOUT, "an earlier run of this context never came back: it takes no more work"};
}

Kernel::Kernel(std::shared_ptr<Context> of, const std::string& name) : Object(own), context(std::move(of)) {
    const KernelData* data = nullptr;
    for (const auto& candidate : context->kernels)
        if (candidate.name == name) data = &candidate;
    if (!data) throw Failure{NX_ARGUMENT, "the program has no kernel " + name};
    arguments = data->arguments;
    if (context->elf) {
        kernel = xrt::ext::kernel(context->context, name);
        return;
    }
    kernel = xrt::kernel(context->context, name);
    for (size_t index = 0; index < arguments.size(); ++index)
        if (arguments[index].buffer) arguments[index].group = static_cast<uint32_t>(kernel.group_id(static_cast<int>(index)));
}

const Argument& Kernel::argument(uint32_t index) const {
    if (index >= arguments.size())
        throw Failure{NX_ARGUMENT, "the kernel has " + std::to_string(arguments.size()) + " arguments, no argument " +
                                       std::to_string(index)};
    return arguments[index];
}

static xrt::bo allocated(const Context& context, size_t len, nx_bo_kind place, uint32_t group) {
    if (len == 0 || len > largest_buffer) throw Failure{NX_ARGUMENT, "a buffer of " + std::to_string(len) + " bytes"};
    context.check_healthy();
    if (context.elf) {
        if (place != NX_BO_DATA) throw Failure{NX_UNSUPPORTED, "the instructions of an ELF are in the ELF"};
        return xrt::ext::bo(context.context, len);
    }
    const auto flags = place == NX_BO_INSTRUCTIONS ? xrt::bo::flags::cacheable : xrt::bo::flags::host_only;
    return xrt::bo(context.context, len, flags, group);
}

Buffer::Buffer(std::shared_ptr<Context> of, size_t bytes, nx_bo_kind place, uint32_t in)
    : Object(own), context(std::move(of)), len(bytes), group(in), bo(allocated(*context, bytes, place, in)) {}

// A part of a part is made from the whole: XRT counts offsets from there.
Buffer::Buffer(const std::shared_ptr<Buffer>& parent, size_t offset, size_t bytes)
    : Object(own), context(parent->context), root(parent->root ? parent->root : parent), len(bytes), group(parent->group) {
    parent->check_range(offset, bytes);
    start = parent->start + offset;
    bo = xrt::bo(root->bo, len, start);
}

void Buffer::check_range(size_t offset, size_t bytes) const {
    if (bytes == 0 || offset > len || bytes > len - offset)
        throw Failure{NX_ARGUMENT, std::to_string(bytes) + " bytes from " + std::to_string(offset) +
                                       " on of a buffer of " + std::to_string(len)};
}

Run::Run(std::shared_ptr<Kernel> of)
    : Object(own), kernel(std::move(of)), set(kernel->arguments.size()), run(kernel->kernel) {}

void Run::check_idle() const {
    if (under_way) throw Failure{NX_BUSY, "the run is under way"};
}

void Run::check_complete() const {
    for (size_t index = 0; index < set.size(); ++index)
        if (!set[index]) throw Failure{NX_ARGUMENT, "argument " + std::to_string(index) + " was never set"};
}

void Run::bind(uint32_t argument, std::shared_ptr<Buffer> buffer) {
    if (buffer) buffers[argument] = std::move(buffer);
    set[argument] = true;
}

void Run::begin() {
    under_way = true;
    for (const auto& bound : buffers) ++bound.second->whole().users;
}

void Run::end() {
    under_way = false;
    for (const auto& bound : buffers) --bound.second->whole().users;
}

List::List(std::shared_ptr<Context> of) : Object(own), context(std::move(of)) {}

List::~List() {
    for (const auto& run : runs) run->list = nullptr;
}

void List::check_idle() const {
    if (under_way) throw Failure{NX_BUSY, "the list is under way"};
}

void List::add(std::shared_ptr<Run> run) {
    runs.reserve(runs.size() + 1);
    if (runs.size() % longest_part == 0) parts.emplace_back(context->context);
    parts.back().add(run->run);
    run->list = this;
    runs.push_back(std::move(run));
}

void List::execute() {
    for (auto& part : parts) part.execute();
}

uint32_t List::index_of(const xrt::run& run) const {
    for (size_t index = 0; index < runs.size(); ++index)
        if (runs[index]->run.get_handle() == run.get_handle()) return static_cast<uint32_t>(index);
    return UINT32_MAX;
}

void List::begin() {
    under_way = true;
    for (const auto& run : runs) run->begin();
}

void List::end() {
    under_way = false;
    for (const auto& run : runs) run->end();
}
