#include "errors.hpp"

#include <xrt/experimental/xrt_kernel.h>
#include <xrt/xrt_device.h>
#include <xrt/xrt_kernel.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <new>
#include <system_error>

namespace {

struct Last {
    nx_error error{NX_OK, 0};
    char text[512] = "";
};

thread_local Last last;

// Copies into memory that is there already: no failure is lost for want of memory.
int keep(nx_status status, int os_error, const char* text) noexcept {
    last.error = {static_cast<int32_t>(status), static_cast<int32_t>(os_error)};
    std::strncpy(last.text, text, sizeof last.text - 1);
    return status;
}

nx_status status_of_errno(Step step, int os_error) noexcept {
    switch (os_error) {
    case ENODEV:
    case ENXIO:
        return NX_NO_DEVICE;
    case EAGAIN:
    case ENOMEM:
        return NX_MEMORY;
    case ETIME:
    case ETIMEDOUT:
        return NX_TIMEOUT;
    default:
        break;
    }
    if (step == Step::xclbin) return NX_XCLBIN;
    // The driver has one number for "all places are taken" and for other refusals.
    if (step == Step::context && (os_error == EINVAL || os_error == EBUSY || os_error == ENOSPC)) return NX_CONTEXT_LIMIT;
    return NX_DRIVER;
}

// What an errno means here, for those who read the message.
const char* hint(nx_status status, int os_error) noexcept {
    if (os_error == EAGAIN)
        return " (the memory that this process may lock, its memlock limit, is too little for the device's 64 MiB heap)";
    if (status == NX_CONTEXT_LIMIT) return " (all contexts of the device are taken, or it refuses this program)";
    return "";
}

int keep_errno(Step step, int os_error, const char* text) noexcept {
    // XRT has numbers of both signs.
    os_error = std::abs(os_error);
    const nx_status status = status_of_errno(step, os_error);
    try {
        return keep(status, os_error, (std::string(text) + hint(status, os_error)).c_str());
    } catch (...) {
        return keep(status, os_error, text);
    }
}

// XRT throws exceptions without a number as well; some of them say one in words.
int keep_text(Step step, const char* text) noexcept {
    if (const char* number = std::strstr(text, "err=")) {
        const int os_error = std::atoi(number + 4);
        if (os_error != 0) return keep_errno(step, os_error, text);
    }
    return keep(step == Step::xclbin ? NX_XCLBIN : NX_INTERNAL, 0, text);
}

} // namespace

int remember(Step step) noexcept {
    try {
        throw;
    } catch (const Failure& failure) {
        return keep(failure.status, failure.os_error, failure.text.c_str());
    } catch (const xrt::runlist::command_error& error) {
        return keep(NX_COMMAND, 0, error.what());
    } catch (const xrt::run::command_error& error) {
        return keep(NX_COMMAND, 0, error.what());
    } catch (const xrt::device::oom_error& error) {
        return keep(NX_MEMORY, 0, error.what());
    } catch (const std::system_error& error) {
        return keep_errno(step, error.code().value(), error.what());
    } catch (const std::bad_alloc&) {
        return keep(NX_MEMORY, ENOMEM, "the host has no memory left");
    } catch (const std::exception& error) {
        return keep_text(step, error.what());
    } catch (...) {
        return keep(NX_INTERNAL, 0, "the runtime threw something that is no exception");
    }
}

const char* last_error(nx_error* out) noexcept {
    if (out) *out = last.error;
    return last.text;
}
