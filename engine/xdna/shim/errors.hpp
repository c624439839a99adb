// What can go wrong behind the C interface, and how it is said there.
#pragma once

#include "nx.h"

#include <string>

// What a body throws for a mistake that it finds itself.
struct Failure {
    nx_status status;
    std::string text;
    int os_error = 0;
};

// What is being done when XRT throws; the same errno has other causes at other places.
enum class Step { open, xclbin, context, kernel, memory, run };

// Turns the exception being handled into a status, which nx_last_error then explains to this thread. Called in a
// catch block; nothing leaves it.
int remember(Step step) noexcept;

// The last failure of this thread.
const char* last_error(nx_error* out) noexcept;

// Runs a body of the C interface: no exception leaves.
template <class Body>
int guarded(Step step, Body body) noexcept {
    try {
        body();
        return NX_OK;
    } catch (...) {
        return remember(step);
    }
}

// A pointer that the caller must give.
template <class T>
T* required(T* pointer, const char* what) {
    if (!pointer) throw Failure{NX_ARGUMENT, std::string(what) + " is null"};
    return pointer;
}
