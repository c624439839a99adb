/* What passes between a program and the amdxdna driver: the ioctls that XRT uses, and the fields of them that the
 * fake driver reads or fills. Numbers and offsets are those of the kernel's public interface (amdxdna_accel.h, drm.h)
 * and of XRT's command packets (ert.h). */
#ifndef INTERFACE_H
#define INTERFACE_H

#include <stdint.h>

/* The last byte of a request; the kernel's own stand at 0x40 and above for a driver, elsewhere for DRM itself. */
enum request {
    GEM_CLOSE = 0x09,
    CREATE_CONTEXT = 0x40,
    DESTROY_CONTEXT = 0x41,
    CONFIGURE_CONTEXT = 0x42,
    CREATE_BUFFER = 0x43,
    BUFFER_INFO = 0x44,
    SYNC_BUFFER = 0x45,
    EXECUTE = 0x46,
    GET_INFO = 0x47,
    SET_STATE = 0x48,
    WAIT = 0x49,
    GET_ARRAY = 0x4a,
    SYNCOBJ_DESTROY = 0xc0,
    SYNCOBJ_TIMELINE_WAIT = 0xca
};

struct create_context {
    uint64_t extension[2], qos;
    uint32_t queue_buffer, log_buffer, operations, tiles, memory, doorbell; /* doorbell: out */
    uint32_t handle, syncobj;                                               /* out */
};

struct handle_only {
    uint32_t handle, padding;
};

struct configure_context {
    uint32_t handle, kind;
    uint64_t value;
    uint32_t value_size, padding;
};

/* One program for each kernel, in the buffer that configure_context points to. */
struct programs {
    uint16_t count, padding[3];
    struct {
        uint32_t buffer;
        uint8_t function, padding[3];
    } of[];
};

enum buffer_kind { SHARED = 1, HEAP = 2, IN_HEAP = 3, COMMAND = 4 };

struct create_buffer {
    uint64_t flags, table, size;
    uint32_t kind, handle; /* handle: out */
};

struct buffer_info {
    uint64_t extension[2];
    uint32_t handle, padding;
    uint64_t map_offset, address_here, address_there; /* out */
};

struct sync_buffer {
    uint32_t handle, direction;
    uint64_t offset, size;
};

struct execute {
    uint64_t extension[2];
    uint32_t context, kind;
    uint64_t commands, arguments;
    uint32_t command_count, argument_count;
    uint64_t sequence; /* out */
};

struct wait {
    uint32_t context, milliseconds; /* 0 milliseconds: for ever */
    uint64_t sequence;
};

struct timeline_wait {
    uint64_t handles, points;
    int64_t until; /* nanoseconds of the monotonic clock */
    uint32_t count, flags, first, padding;
};

struct get_info {
    uint32_t what, size;
    uint64_t buffer;
};

enum info { INFO_METADATA = 1, INFO_VERSION = 2, INFO_FIRMWARE = 8 };

struct tiles {
    uint16_t rows, first_row, channels, locks, events, padding[3];
};

struct metadata {
    uint32_t column_size;
    uint16_t columns, rows;
    uint32_t major, minor;
    struct tiles core, memory, shim;
};

struct version {
    uint32_t part[4];
};

/* A command: state in bits 0-3, count of words in 12-22, operation in 23-27. */
struct packet {
    uint32_t header;
    uint32_t words[];
};

/* What a command to start has behind its masks: the kernel's arguments, at the offsets of the xclbin that Hark's tests
 * write, which are those of compiled designs. */
enum { CALL_OPCODE = 3, CALL_BUFFERS = 5 };
struct call {
    uint32_t opcode[2], instructions[2], words, buffers[CALL_BUFFERS][2];
};

struct chain {
    uint32_t count, submitted, failed, reserved[3];
    uint64_t commands[];
};

enum { OPERATION_START = 0, OPERATION_CHAIN = 19, OPERATION_ELF = 22 };
enum state { COMPLETED = 4, FAILED = 5 };

#endif
