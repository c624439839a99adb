// The table of live handles. A handle is a number that is never given twice, not an address: what is null, closed,
// made up or of another type is not in the table, and nothing is followed to find that out.
#pragma once

#include "objects.hpp"

#include <mutex>
#include <unordered_map>

class Registry {
  public:
    // Never destroyed, as the runtime below may be gone when static objects are destroyed at the end of the process.
    static Registry& instance();

    template <class T>
    void* add(std::shared_ptr<T> object) {
        return insert(std::move(object));
    }

    template <class T>
    std::shared_ptr<T> find(const void* handle) {
        return std::static_pointer_cast<T>(look_up(handle, T::own, false));
    }

    // Takes it out of the table.
    template <class T>
    std::shared_ptr<T> close(const void* handle) {
        return std::static_pointer_cast<T>(look_up(handle, T::own, true));
    }

    // Keeps what a run that never came back may still be using, until the process ends. Needs no memory, so that it
    // cannot fail.
    void park(std::shared_ptr<Object> object) noexcept;

    uint64_t alive();
    uint64_t parked();

  private:
    void* insert(std::shared_ptr<Object> object);
    std::shared_ptr<Object> look_up(const void* handle, Kind kind, bool take_out);

    std::mutex mutex;
    std::unordered_map<uintptr_t, std::shared_ptr<Object>> objects;
    std::shared_ptr<Object> first_parked;
    uint64_t parked_count = 0;
    uintptr_t last = 0;
};
