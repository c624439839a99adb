/* nx: the NPU as Hark sees it. A plain C interface with several implementations: over XRT (this folder), and by the
 * fake and the simulator of hark-kernels.
 *
 * Every function may be called from any thread, but no two at once on handles of the same device. Functions that can
 * fail return an nx_status; nx_last_error() says more about the calling thread's last failure. A null, closed or
 * foreign handle, an impossible size or an unknown argument is NX_ARGUMENT, never a crash. No exception leaves. A run
 * is under way from its start until the device is known to be done with it, which a wait finds out.
 *
 * A run that timed out can neither be waited for nor destroyed safely: nx_run_release and nx_list_release park it, with
 * its buffers and its context, until the process ends. Sizes and offsets are in bytes. */
#ifndef NX_H
#define NX_H

#include <stddef.h>
#include <stdint.h>

#define NX_ABI_VERSION 1u

#ifdef _WIN32
#define NX_API __declspec(dllexport)
#else
#define NX_API __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef struct nx_dev nx_dev;
typedef struct nx_xclbin nx_xclbin;
typedef struct nx_ctx nx_ctx;
typedef struct nx_kernel nx_kernel;
typedef struct nx_bo nx_bo;
typedef struct nx_run nx_run;
typedef struct nx_list nx_list;

enum nx_status {
    NX_OK = 0,
    NX_ARGUMENT = 1,      /* null, closed or foreign handle; impossible size, index or kind */
    NX_NO_DEVICE = 2,     /* no such device, or it went away */
    NX_DRIVER = 3,        /* the driver refused; nx_error.os_error has its errno */
    NX_XCLBIN = 4,        /* not an xclbin, or one for another device */
    NX_CONTEXT_LIMIT = 5, /* no hardware context is left */
    NX_MEMORY = 6,        /* no memory, or none may be locked */
    NX_GROUP = 7,         /* the buffer's memory group is not the argument's */
    NX_COMMAND = 8,       /* the device reports a failed command */
    NX_TIMEOUT = 9,       /* not done within the time limit, or an earlier run of the context never was */
    NX_BUSY = 10,         /* the run or one of its buffers is under way */
    NX_UNSUPPORTED = 11,  /* this implementation or this runtime cannot do that */
    NX_INTERNAL = 12      /* anything else; the message has it */
};

/* Of a run, as the device reports it (ERT's numbers). */
enum nx_state {
    NX_STATE_NEW = 1,
    NX_STATE_QUEUED = 2,
    NX_STATE_RUNNING = 3,
    NX_STATE_COMPLETED = 4,
    NX_STATE_ERROR = 5,
    NX_STATE_ABORTED = 6,
    NX_STATE_SUBMITTED = 7,
    NX_STATE_TIMEOUT = 8,
    NX_STATE_NO_RESPONSE = 9
};

enum nx_info {
    NX_INFO_NAME = 1,    /* as the driver says it */
    NX_INFO_ADDRESS = 2, /* PCI address, such as 0000:c5:00.1 */
    NX_INFO_RUNTIME = 3, /* the runtime and its version */
    NX_INFO_FIRMWARE = 4
};

enum nx_bo_kind {
    NX_BO_INSTRUCTIONS = 1, /* in the device's heap */
    NX_BO_DATA = 2          /* in the host's memory */
};

enum nx_direction { NX_TO_DEVICE = 0, NX_FROM_DEVICE = 1 };

typedef struct {
    int32_t status;   /* an nx_status */
    int32_t os_error; /* an errno, or 0 */
} nx_error;

typedef struct {
    char name[64];      /* ends with 0 */
    uint32_t arguments; /* how many the kernel has */
} nx_kernel_desc;

/* A wish of quality by its name in the runtime, such as "priority". */
typedef struct {
    const char* key;
    uint32_t value;
} nx_qos;

NX_API uint32_t nx_abi_version(void);
/* The text stays valid until the thread's next call. Never null. */
NX_API const char* nx_last_error(nx_error* out);

NX_API int nx_enumerate(uint32_t* count);
NX_API int nx_device_open(uint32_t index, nx_dev** out);
NX_API void nx_device_close(nx_dev* dev);
/* Writes text that ends with 0; cut off if it does not fit. */
NX_API int nx_device_info(nx_dev* dev, int key, char* text, size_t capacity);

NX_API int nx_xclbin_load(nx_dev* dev, const void* bytes, size_t len, nx_xclbin** out);
NX_API int nx_xclbin_kernel(nx_xclbin* xclbin, uint32_t index, nx_kernel_desc* out);
NX_API void nx_xclbin_free(nx_xclbin* xclbin);

NX_API int nx_ctx_open(nx_dev* dev, nx_xclbin* xclbin, const nx_qos* qos, uint32_t qos_len, nx_ctx** out);
NX_API int nx_ctx_open_elf(nx_dev* dev, const void* bytes, size_t len, nx_ctx** out);
NX_API void nx_ctx_close(nx_ctx* ctx);

NX_API int nx_kernel_open(nx_ctx* ctx, const char* name, nx_kernel** out);
/* The memory group of an argument that the kernel's metadata has; NX_ARGUMENT for any other. */
NX_API int nx_kernel_group(nx_kernel* kernel, uint32_t argument, uint32_t* group);
NX_API void nx_kernel_close(nx_kernel* kernel);

NX_API int nx_bo_alloc(nx_ctx* ctx, size_t len, int kind, uint32_t group, nx_bo** out);
NX_API int nx_bo_sub(nx_bo* parent, size_t offset, size_t len, nx_bo** out);
/* The buffer's memory, until it is freed. */
NX_API int nx_bo_map(nx_bo* bo, void** out);
NX_API int nx_bo_sync(nx_bo* bo, int direction, size_t offset, size_t len);
NX_API int nx_bo_address(nx_bo* bo, uint64_t* address);
/* A buffer that a run under way uses is freed after that run, or parked with it. */
NX_API void nx_bo_free(nx_bo* bo);

NX_API int nx_run_new(nx_kernel* kernel, nx_run** out);
NX_API int nx_run_bo(nx_run* run, uint32_t argument, nx_bo* bo);
NX_API int nx_run_u32(nx_run* run, uint32_t argument, uint32_t value);
NX_API int nx_run_u64(nx_run* run, uint32_t argument, uint64_t value);
/* NX_ARGUMENT if one of the kernel's arguments was never set, or the run is part of a list. */
NX_API int nx_run_start(nx_run* run);
/* Waits at most `limit_ms`, which is never 0. NX_COMMAND tells `state`, and the run is over as after NX_OK. After any
 * other error of the device, NX_TIMEOUT above all, the run is given up and its context takes no more work. */
NX_API int nx_run_wait(nx_run* run, uint32_t limit_ms, int* state);
/* NX_UNSUPPORTED where there is no way to abort that is sure to come to an end. */
NX_API int nx_run_abort(nx_run* run);
NX_API void nx_run_release(nx_run* run);

NX_API int nx_list_new(nx_ctx* ctx, nx_list** out);
/* The run is executed by the list alone from then on; its arguments can be set between two executions. */
NX_API int nx_list_add(nx_list* list, nx_run* run);
NX_API int nx_list_execute(nx_list* list);
/* As nx_run_wait; `failed` is the index of the run that failed, or UINT32_MAX. */
NX_API int nx_list_wait(nx_list* list, uint32_t limit_ms, int* state, uint32_t* failed);
NX_API void nx_list_release(nx_list* list);

/* How many handles are open, and how many runs and lists are parked; for tests of leaks. */
NX_API int nx_counts(uint64_t* alive, uint64_t* parked);

#ifdef __cplusplus
}
#endif

#endif
