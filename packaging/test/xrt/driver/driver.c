/* A fake amdxdna driver: a library that is loaded before all others and answers the ioctls that go to the device node,
 * behind which there is an empty file. Commands "run" at once and do nothing, or are carried out on a simulated array;
 * what a program must get right for that is checked, and refused with the errno that the driver uses.
 *
 * HARK_FAKE_DRIVER is a list of faults, separated by commas (N counts commands from 1, chains as one):
 *   hang:N        the N-th command and those after it never finish
 *   error:N[:I]   the N-th command fails; of a chain, its I-th command
 *   lost:N        the device is gone when the N-th command is waited for, and from then on
 *   contexts:N    no more than N contexts at a time (6 without this)
 *   memlock       no memory can be locked: mapping the heap fails
 *   stall         making a context never comes back
 *   numbered      contexts have no sync object: commands are waited for by their numbers, as older drivers have it
 * HARK_FAKE_NPU is the generation: xdna1 (or nothing) or xdna2.
 * HARK_FAKE_ARRAY names the library that has the simulated array.
 * HARK_FAKE_DRIVER_LOG names a file to which one line is added for each ioctl, and a balance when the process ends. */
#define _GNU_SOURCE
#include "array.h"
#include "interface.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define NODE "/dev/accel/accel0"
#define PAGE 4096ull
#define HEAP_SIZE (64ull << 20)
#define HEAP_ADDRESS 0x4000000ull
#define MOST_HEAP (512ull << 20)
#define LARGEST_BUFFER (4ull << 30)
#define MOST_BUFFERS 8192
#define MOST_CONTEXTS 64
#define NO_ADDRESS (~0ull)

struct buffer {
    uint32_t kind; /* 0: free */
    uint64_t size, offset, address;
    void *memory; /* of commands only */
};

struct context {
    bool open, configured;
    uint64_t submitted, finished; /* sequence numbers */
    void *array;
};

static struct {
    pthread_mutex_t lock;
    struct buffer buffers[MOST_BUFFERS];
    struct context contexts[MOST_CONTEXTS];
    uint64_t next_offset, heap_offset, heap_size, heap_used;
    uint64_t commands, hang, fail, fail_index, lose;
    uint32_t most_contexts, columns;
    bool no_memlock, numbered, stalls, lost;
    uint64_t opened, closed, created, freed, programs, carried_out;
    int log;
} driver = {.lock = PTHREAD_MUTEX_INITIALIZER, .most_contexts = 6, .columns = 5, .log = -1, .next_offset = PAGE};

__attribute__((format(printf, 1, 2))) static void note(const char *format, ...) {
    if (driver.log < 0) return;
    char line[200];
    va_list values;
    va_start(values, format);
    int length = vsnprintf(line, sizeof line - 1, format, values);
    va_end(values);
    if (length > (int)sizeof line - 2) length = sizeof line - 2;
    line[length] = '\n';
    if (write(driver.log, line, (size_t)length + 1) < 0) driver.log = -1;
}

static void read_fault(char *fault) {
    char *save = NULL, *name = strtok_r(fault, ":", &save);
    const char *first = strtok_r(NULL, ":", &save), *second = strtok_r(NULL, ":", &save);
    uint64_t n = first ? strtoull(first, NULL, 10) : 1;
    if (!strcmp(name, "hang")) driver.hang = n;
    else if (!strcmp(name, "error")) driver.fail = n, driver.fail_index = second ? strtoull(second, NULL, 10) : 0;
    else if (!strcmp(name, "lost")) driver.lose = n;
    else if (!strcmp(name, "contexts")) driver.most_contexts = (uint32_t)n;
    else if (!strcmp(name, "memlock")) driver.no_memlock = true;
    else if (!strcmp(name, "numbered")) driver.numbered = true;
    else if (!strcmp(name, "stall")) driver.stalls = true;
    else {
        fprintf(stderr, "fake driver: there is no fault %s\n", name);
        abort();
    }
}

__attribute__((constructor)) static void start(void) {
    const char *log = getenv("HARK_FAKE_DRIVER_LOG"), *faults = getenv("HARK_FAKE_DRIVER");
    const char *generation = getenv("HARK_FAKE_NPU");
    if (log) driver.log = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (generation && !strcmp(generation, "xdna2")) driver.columns = 8;
    if (!faults) return;
    char *copy = strdup(faults), *save = NULL;
    for (char *fault = strtok_r(copy, ",", &save); fault; fault = strtok_r(NULL, ",", &save)) read_fault(fault);
    free(copy);
}

__attribute__((destructor)) static void end(void) {
    note("balance: contexts %lu opened %lu closed, buffers %lu created %lu freed, commands %lu, programs %lu, carried out %lu",
         driver.opened, driver.closed, driver.created, driver.freed, driver.commands, driver.programs, driver.carried_out);
}

/* Everything below runs under the lock and gives 0 or an errno. */

static struct buffer *find_buffer(uint64_t handle) {
    if (handle == 0 || handle >= MOST_BUFFERS || driver.buffers[handle].kind == 0) return NULL;
    return &driver.buffers[handle];
}

static struct context *find_context(uint32_t handle) {
    if (handle == 0 || handle >= MOST_CONTEXTS || !driver.contexts[handle].open) return NULL;
    return &driver.contexts[handle];
}

static int create_context(struct create_context *a) {
    while (driver.stalls) pause();
    uint32_t open = 0, handle = 0;
    for (uint32_t i = MOST_CONTEXTS - 1; i > 0; i--) {
        if (driver.contexts[i].open) open++;
        else handle = i;
    }
    /* Both look the same to a program. */
    if (a->tiles == 0 || a->tiles > driver.columns * 4 || open >= driver.most_contexts || !handle) return EINVAL;
    driver.contexts[handle] = (struct context){.open = true};
    a->handle = handle;
    a->syncobj = driver.numbered ? 0 : handle;
    a->doorbell = ~0u;
    driver.opened++;
    return 0;
}

static int destroy_context(struct handle_only *a) {
    struct context *context = find_context(a->handle);
    if (!context) return EINVAL;
    context->open = false;
    array_free(context->array);
    driver.closed++;
    return 0;
}

static int configure_context(struct configure_context *a) {
    struct context *context = find_context(a->handle);
    if (!context) return EINVAL;
    if (a->kind != 0) return 0;
    const struct programs *programs = (const void *)(uintptr_t)a->value;
    if (!programs || a->value_size < sizeof *programs + programs->count * sizeof programs->of[0] || !programs->count)
        return EINVAL;
    for (unsigned i = 0; i < programs->count; i++) {
        const struct buffer *buffer = find_buffer(programs->of[i].buffer);
        if (!buffer || buffer->kind != IN_HEAP) return EINVAL;
        driver.programs++;
    }
    context->configured = true;
    return 0;
}

/* The device node's file has a place for each buffer but those in the heap. */
static uint64_t take(uint64_t size, uint64_t alignment) {
    uint64_t offset = (driver.next_offset + alignment - 1) / alignment * alignment;
    driver.next_offset = offset + (size + PAGE - 1) / PAGE * PAGE;
    return offset;
}

static int create_buffer(int fd, struct create_buffer *a) {
    uint64_t size = a->size;
    if (a->table) return EOPNOTSUPP; /* memory of the program's own */
    if (size == 0 || size > LARGEST_BUFFER) return EINVAL;
    uint32_t handle = 1;
    while (handle < MOST_BUFFERS && driver.buffers[handle].kind) handle++;
    if (handle == MOST_BUFFERS) return ENOMEM;
    struct buffer buffer = {.kind = a->kind, .size = size};
    switch (a->kind) {
    case HEAP:
        if (driver.heap_size == 0) driver.heap_offset = take(MOST_HEAP, HEAP_SIZE);
        if (driver.heap_size + size > MOST_HEAP) return ENOSPC;
        buffer.offset = driver.heap_offset + driver.heap_size;
        buffer.address = HEAP_ADDRESS + driver.heap_size;
        driver.heap_size += size;
        break;
    case IN_HEAP: {
        uint64_t room = (size + 32767) / 32768 * 32768;
        if (driver.heap_used + room > driver.heap_size) return EAGAIN; /* XRT then makes the heap larger */
        buffer.offset = driver.heap_offset + driver.heap_used;
        buffer.address = HEAP_ADDRESS + driver.heap_used;
        driver.heap_used += room;
        break;
    }
    case SHARED:
    case COMMAND:
        buffer.offset = take(size, PAGE);
        buffer.address = 0x100000000ull + buffer.offset;
        break;
    default:
        return EINVAL;
    }
    struct stat now;
    if (fstat(fd, &now) || ((uint64_t)now.st_size < driver.next_offset && ftruncate(fd, (off_t)driver.next_offset)))
        return ENOMEM;
    if (a->kind == COMMAND) {
        buffer.memory = (void *)syscall(SYS_mmap, NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, buffer.offset);
        if (buffer.memory == MAP_FAILED) return ENOMEM;
    }
    driver.buffers[handle] = buffer;
    driver.created++;
    a->handle = handle;
    return 0;
}

static int close_buffer(int fd, struct handle_only *a) {
    struct buffer *buffer = find_buffer(a->handle);
    if (!buffer) return EINVAL;
    if (buffer->memory) munmap(buffer->memory, buffer->size);
    if (buffer->kind == SHARED || buffer->kind == COMMAND)
        fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)buffer->offset, (off_t)buffer->size);
    if (buffer->kind == HEAP) driver.heap_size -= buffer->size;
    buffer->kind = 0;
    driver.freed++;
    /* A heap that nothing is in begins anew. */
    bool in_use = false;
    for (uint32_t i = 1; i < MOST_BUFFERS; i++) in_use |= driver.buffers[i].kind == IN_HEAP;
    if (!in_use) driver.heap_used = 0;
    return 0;
}

static int buffer_info(struct buffer_info *a) {
    const struct buffer *buffer = find_buffer(a->handle);
    if (!buffer) return ENOENT;
    a->map_offset = buffer->kind == IN_HEAP ? NO_ADDRESS : buffer->offset;
    a->address_here = 0;
    a->address_there = buffer->address;
    return 0;
}

static int sync_buffer(const struct sync_buffer *a) {
    const struct buffer *buffer = find_buffer(a->handle);
    if (!buffer) return ENOENT;
    return a->offset > buffer->size || a->size > buffer->size - a->offset ? EINVAL : 0;
}

static struct packet *packet_of(uint64_t handle) {
    const struct buffer *buffer = find_buffer(handle);
    return buffer && buffer->kind == COMMAND ? buffer->memory : NULL;
}

static unsigned operation_of(const struct packet *packet) {
    return packet->header >> 23 & 31;
}

static void set_state(struct packet *packet, enum state state) {
    __atomic_store_n(&packet->header, (packet->header & ~15u) | state, __ATOMIC_RELEASE);
}

/* A buffer that is mapped here while a command is carried out. */
struct mapping {
    void *base;
    size_t size;
    struct memory memory; /* from the address that was asked for to the buffer's end */
};

static bool map_buffer(int fd, uint64_t address, struct mapping *mapping) {
    for (uint32_t i = 1; i < MOST_BUFFERS; i++) {
        const struct buffer *buffer = &driver.buffers[i];
        if (buffer->kind != SHARED && buffer->kind != IN_HEAP) continue;
        uint64_t inside = address - buffer->address;
        if (address < buffer->address || inside >= buffer->size) continue;
        mapping->base = (void *)syscall(SYS_mmap, NULL, buffer->size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, buffer->offset);
        mapping->size = buffer->size;
        mapping->memory.at = (const uint32_t *)((const char *)mapping->base + inside);
        mapping->memory.count = (buffer->size - inside) / sizeof *mapping->memory.at;
        return mapping->base != MAP_FAILED;
    }
    return false;
}

/* Says what went wrong, or gives null. */
static const char *on_array(int fd, struct context *context, const struct packet *packet) {
    uint32_t count = packet->header >> 12 & 0x7ff, masks = 1 + (packet->header >> 10 & 3);
    const struct call *call = (const void *)(packet->words + masks);
    if (operation_of(packet) != OPERATION_START || count < masks + sizeof *call / sizeof(uint32_t))
        return "it is no call of a kernel that takes instructions";
    if (call->opcode[0] != CALL_OPCODE || call->opcode[1]) return "another opcode";
    enum { PLACES = 1 + CALL_BUFFERS };
    struct mapping mappings[PLACES];
    unsigned mapped = 0;
    while (mapped < PLACES) {
        const uint32_t *address = mapped ? call->buffers[mapped - 1] : call->instructions;
        if (!map_buffer(fd, (uint64_t)address[1] << 32 | address[0], &mappings[mapped])) break;
        mapped++;
    }
    const char *wrong = "an address at which no buffer is";
    if (mapped == PLACES) {
        struct memory buffers[CALL_BUFFERS];
        for (unsigned i = 0; i < CALL_BUFFERS; i++) buffers[i] = mappings[i + 1].memory;
        struct memory instructions = mappings[0].memory;
        wrong = "more instructions than their buffer holds";
        if (call->words <= instructions.count) {
            instructions.count = call->words;
            wrong = array_run(&context->array, driver.columns == 8 ? 2 : 1, instructions, buffers, CALL_BUFFERS);
        }
    }
    while (mapped--) munmap(mappings[mapped].base, mappings[mapped].size);
    return wrong;
}

/* Whether a command came to a good end. */
static bool carry_out(int fd, struct context *context, struct packet *packet) {
    if (!array_is_there()) return true;
    const char *wrong = on_array(fd, context, packet);
    if (wrong) fprintf(stderr, "fake driver: %s\n", wrong);
    driver.carried_out += !wrong;
    return !wrong;
}

static int run_chain(int fd, struct context *context, struct packet *packet, bool fails) {
    struct chain *chain = (struct chain *)packet->words;
    if (chain->count == 0 || chain->count > 64) return EINVAL;
    for (uint32_t i = 0; i < chain->count; i++)
        if (!packet_of(chain->commands[i])) return EINVAL;
    uint32_t fault = !fails ? chain->count : driver.fail_index < chain->count ? (uint32_t)driver.fail_index : 0;
    uint32_t done = 0;
    while (done < fault && carry_out(fd, context, packet_of(chain->commands[done]))) done++;
    if (done < chain->count) chain->failed = done;
    set_state(packet, done < chain->count ? FAILED : COMPLETED);
    return 0;
}

/* A command names one of its context's programs, unless it brings its own. */
static bool has_program(const struct context *context, const struct packet *packet) {
    if (operation_of(packet) != OPERATION_CHAIN) return context->configured || operation_of(packet) == OPERATION_ELF;
    const struct chain *chain = (const struct chain *)packet->words;
    for (uint32_t i = 0; i < chain->count && i < 64; i++) {
        const struct packet *part = packet_of(chain->commands[i]);
        if (!part || operation_of(part) == OPERATION_CHAIN || !has_program(context, part)) return false;
    }
    return true;
}

static int execute(int fd, struct execute *a) {
    struct context *context = find_context(a->context);
    if (!context || a->kind != 0 || a->command_count != 1) return EINVAL;
    struct packet *packet = packet_of(a->commands);
    if (!packet || !has_program(context, packet)) return EINVAL;
    const uint32_t *arguments = (const void *)(uintptr_t)a->arguments;
    for (uint32_t i = 0; i < a->argument_count; i++)
        if (!find_buffer(arguments[i])) return ENOENT;
    uint64_t number = ++driver.commands;
    a->sequence = ++context->submitted;
    bool chained = operation_of(packet) == OPERATION_CHAIN;
    note("execute %lu: context %u, %u words%s", number, a->context, packet->header >> 12 & 0x7ff, chained ? ", a chain" : "");
    if (driver.lose && number >= driver.lose) {
        driver.lost = true; /* noticed when it is waited for */
        return 0;
    }
    if (driver.hang && number >= driver.hang) return 0;
    bool fails = number == driver.fail;
    int refused = chained ? run_chain(fd, context, packet, fails) : 0;
    if (!chained) set_state(packet, !fails && carry_out(fd, context, packet) ? COMPLETED : FAILED);
    if (!refused) context->finished = context->submitted;
    return refused;
}

static int fill(struct get_info *a, const void *answer, size_t size) {
    if (a->size < size || !a->buffer) return EINVAL;
    memcpy((void *)(uintptr_t)a->buffer, answer, size);
    return 0;
}

static int get_info(struct get_info *a) {
    const struct metadata metadata = {.column_size = 1 << 27, .columns = (uint16_t)driver.columns, .rows = 6, .major = 1,
        .minor = 1, .core = {4, 2, 2, 16, 64, {0}}, .memory = {1, 1, 6, 64, 64, {0}}, .shim = {1, 0, 2, 16, 64, {0}}};
    const struct version array = {{1, 1}}, firmware = {{1, 5, 5, 391}};
    switch (a->what) {
    case INFO_METADATA: return fill(a, &metadata, sizeof metadata);
    case INFO_VERSION: return fill(a, &array, 2 * sizeof array.part[0]);
    case INFO_FIRMWARE: return fill(a, &firmware, sizeof firmware);
    default: return EOPNOTSUPP;
    }
}

/* Waits without the lock for what will not come: until a moment of the monotonic clock, or for ever. */
static int wait_for(uint32_t handle, uint64_t sequence, const int64_t *until) {
    struct context *context = find_context(handle);
    if (!context || sequence > context->submitted) return EINVAL;
    if (sequence <= context->finished) return 0;
    pthread_mutex_unlock(&driver.lock);
    if (until) {
        struct timespec at = {.tv_sec = *until / 1000000000, .tv_nsec = *until % 1000000000};
        while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL) == EINTR) {}
    } else {
        for (;;) pause();
    }
    pthread_mutex_lock(&driver.lock);
    return ETIME;
}

static int wait_by_number(const struct wait *a) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    int64_t until = now.tv_sec * 1000000000ll + now.tv_nsec + a->milliseconds * 1000000ll;
    return wait_for(a->context, a->sequence, a->milliseconds ? &until : NULL);
}

static int wait_by_syncobj(const struct timeline_wait *a) {
    if (a->count != 1) return EINVAL;
    const uint32_t *handle = (const void *)(uintptr_t)a->handles;
    const uint64_t *point = (const void *)(uintptr_t)a->points;
    return wait_for(*handle, *point, a->until == INT64_MAX ? NULL : &a->until);
}

static int answer(int fd, unsigned request, void *a) {
    bool waits = request == WAIT || request == SYNCOBJ_TIMELINE_WAIT;
    if (driver.lost && (waits || request == EXECUTE || request == CREATE_CONTEXT || request == CREATE_BUFFER)) return ENODEV;
    switch (request) {
    case GEM_CLOSE: return close_buffer(fd, a);
    case CREATE_CONTEXT: return create_context(a);
    case DESTROY_CONTEXT: return destroy_context(a);
    case CONFIGURE_CONTEXT: return configure_context(a);
    case CREATE_BUFFER: return create_buffer(fd, a);
    case BUFFER_INFO: return buffer_info(a);
    case SYNC_BUFFER: return sync_buffer(a);
    case EXECUTE: return execute(fd, a);
    case GET_INFO: return get_info(a);
    case WAIT: return wait_by_number(a);
    case SYNCOBJ_TIMELINE_WAIT: return wait_by_syncobj(a);
    case SYNCOBJ_DESTROY: return 0;
    default: return EOPNOTSUPP;
    }
}

static bool is_node(int fd) {
    struct stat node, file;
    return fd >= 0 && !fstat(fd, &file) && !stat(NODE, &node) && node.st_ino == file.st_ino && node.st_dev == file.st_dev;
}

int ioctl(int fd, unsigned long request, ...) {
    va_list rest;
    va_start(rest, request);
    void *argument = va_arg(rest, void *);
    va_end(rest);
    if (_IOC_TYPE(request) != 'd' || !is_node(fd)) return (int)syscall(SYS_ioctl, fd, request, argument);
    pthread_mutex_lock(&driver.lock);
    int refused = answer(fd, _IOC_NR(request), argument);
    if (_IOC_NR(request) != EXECUTE || refused) note("%#lx: %s", _IOC_NR(request), refused ? strerrorname_np(refused) : "ok");
    pthread_mutex_unlock(&driver.lock);
    if (!refused) return 0;
    errno = refused;
    return -1;
}

static void *map(void *address, size_t size, int protection, int flags, int fd, off_t offset) {
    if (!(flags & MAP_ANONYMOUS) && (flags & MAP_LOCKED) && is_node(fd)) {
        if (driver.no_memlock && size >= HEAP_SIZE) {
            note("map %zu: EAGAIN", size);
            errno = EAGAIN;
            return MAP_FAILED;
        }
        /* The file's memory is not worth locking, and not every user may. */
        flags &= ~MAP_LOCKED;
    }
    return (void *)syscall(SYS_mmap, address, size, protection, flags, fd, offset);
}

void *mmap(void *address, size_t size, int protection, int flags, int fd, off_t offset) {
    return map(address, size, protection, flags, fd, offset);
}

void *mmap64(void *address, size_t size, int protection, int flags, int fd, off_t offset) {
    return map(address, size, protection, flags, fd, offset);
}
