/* Calls every function of an nx library rightly and wrongly: with null, closed, made-up and foreign handles, absurd
 * sizes and unknown arguments, and closes things in the wrong order.
 *
 *   calls LIBRARY XCLBIN [INSTRUCTIONS]
 *
 * INSTRUCTIONS is a file with what a run may carry out; zeros without it. The xclbin has a kernel MLIR_AIE with eight arguments: a number of 8 bytes, instructions, a number of 4 bytes, and
 * five buffers. Each call that does not answer as nx.h says is a line; the exit code is 1 then. At the end nothing may
 * be alive. */
#include "../nx.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FUNCTIONS(each)                                                                                                \
    each(abi_version) each(last_error) each(enumerate) each(device_open) each(device_close) each(device_info)          \
    each(xclbin_load) each(xclbin_kernel) each(xclbin_free) each(ctx_open) each(ctx_open_elf) each(ctx_close)          \
    each(kernel_open) each(kernel_group) each(kernel_close) each(bo_alloc) each(bo_sub) each(bo_map) each(bo_sync)     \
    each(bo_address) each(bo_free) each(run_new) each(run_bo) each(run_u32) each(run_u64) each(run_start)              \
    each(run_wait) each(run_abort) each(run_release) each(list_new) each(list_add) each(list_execute)                  \
    each(list_wait) each(list_release) each(counts)

#define DECLARE(name) __typeof__(nx_##name) *name;
static struct { FUNCTIONS(DECLARE) } nx;

static int checks, mistakes;

static void expect(int wanted, int got, const char *call, int line) {
    nx_error error = {0, 0};
    const char *text = nx.last_error(&error);
    ++checks;
    if (got == wanted && (got == NX_OK || (error.status == got && text[0] != 0))) return;
    ++mistakes;
    printf("line %d: %s gives %d, not %d (last error %d: %s)\n", line, call, got, wanted, error.status, text);
}

#define IS(wanted, call) expect(wanted, nx.call, #call, __LINE__)
#define BAD(call) IS(NX_ARGUMENT, call)

/* On what was started and not waited for. A library may know already that the device is done. */
static void expect_busy(int got, const char *call, int line) { expect(got == NX_OK ? NX_OK : NX_BUSY, got, call, line); }

#define BUSY(call) expect_busy(nx.call, #call, __LINE__)

static void hold(bool it, const char *what, int line) {
    ++checks;
    if (it) return;
    ++mistakes;
    printf("line %d: not so: %s\n", line, what);
}

#define HOLDS(it) hold(it, #it, __LINE__)

static char *program, *instructions;
static size_t program_len, instructions_len;

static char *read_file(const char *path, size_t *len) {
    FILE *file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END) || ftell(file) <= 0) exit(2);
    *len = (size_t)ftell(file);
    rewind(file);
    char *bytes = malloc(*len);
    if (!bytes || fread(bytes, 1, *len, file) != *len) exit(2);
    fclose(file);
    return bytes;
}

static void open_library(const char *path) {
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        fprintf(stderr, "%s\n", dlerror());
        exit(2);
    }
#define LOAD(name)                                                                                                     \
    *(void **)&nx.name = dlsym(library, "nx_" #name);                                                                  \
    if (!nx.name) {                                                                                                    \
        fprintf(stderr, "there is no nx_%s\n", #name);                                                                 \
        exit(2);                                                                                                       \
    }
    FUNCTIONS(LOAD)
}

/* One of each. */
struct all {
    nx_dev *dev;
    nx_xclbin *xclbin;
    nx_ctx *ctx;
    nx_kernel *kernel;
    nx_bo *instructions, *data, *part;
    nx_run *run;
    nx_list *list;
};

static void set_arguments(const struct all *it, nx_run *run) {
    IS(NX_OK, run_u64(run, 0, 3));
    IS(NX_OK, run_bo(run, 1, it->instructions));
    IS(NX_OK, run_u32(run, 2, instructions ? (uint32_t)(instructions_len / 4) : 16));
    for (uint32_t argument = 3; argument < 8; ++argument)
        IS(NX_OK, run_bo(run, argument, argument == 7 ? it->part : it->data));
}

static void open_all(struct all *it) {
    uint32_t instruction_group = 0, data_group = 0, count = 0;
    IS(NX_OK, enumerate(&count));
    HOLDS(count == 1);
    IS(NX_OK, device_open(0, &it->dev));
    IS(NX_OK, xclbin_load(it->dev, program, program_len, &it->xclbin));
    const nx_qos qos = {"priority", 0x180};
    IS(NX_OK, ctx_open(it->dev, it->xclbin, &qos, 1, &it->ctx));
    IS(NX_OK, kernel_open(it->ctx, "MLIR_AIE", &it->kernel));
    IS(NX_OK, kernel_group(it->kernel, 1, &instruction_group));
    IS(NX_OK, kernel_group(it->kernel, 3, &data_group));
    IS(NX_OK, bo_alloc(it->ctx, 4096, NX_BO_INSTRUCTIONS, instruction_group, &it->instructions));
    void *memory = NULL;
    IS(NX_OK, bo_map(it->instructions, &memory));
    memset(memory, 0, 4096);
    if (instructions && instructions_len <= 4096) memcpy(memory, instructions, instructions_len);
    IS(NX_OK, bo_sync(it->instructions, NX_TO_DEVICE, 0, 4096));
    IS(NX_OK, bo_alloc(it->ctx, 1 << 20, NX_BO_DATA, data_group, &it->data));
    IS(NX_OK, bo_map(it->data, &memory));
    memset(memory, 0, 1 << 20);
    IS(NX_OK, bo_sync(it->data, NX_TO_DEVICE, 0, 1 << 20));
    IS(NX_OK, bo_sub(it->data, 8192, 4096, &it->part));
    IS(NX_OK, run_new(it->kernel, &it->run));
    IS(NX_OK, list_new(it->ctx, &it->list));
}

static void right(void) {
    struct all it;
    char text[64] = "";
    int state = 0;
    uint32_t failed = 0;
    uint64_t whole = 0, part = 0;
    unsigned char *memory = NULL, *part_memory = NULL;
    nx_kernel_desc kernel;
    nx_bo *part_of_part = NULL;
    nx_run *second = NULL;
    HOLDS(nx.abi_version() == NX_ABI_VERSION);
    open_all(&it);
    for (int key = NX_INFO_NAME; key <= NX_INFO_FIRMWARE; ++key) {
        const int status = nx.device_info(it.dev, key, text, sizeof text);
        HOLDS(status == NX_UNSUPPORTED || (status == NX_OK && text[0]));
        if (status == NX_OK) printf("property %d: %s\n", key, text);
    }
    IS(NX_OK, device_info(it.dev, NX_INFO_ADDRESS, text, 3));
    HOLDS(strlen(text) == 2);
    IS(NX_OK, xclbin_kernel(it.xclbin, 0, &kernel));
    HOLDS(!strcmp(kernel.name, "MLIR_AIE") && kernel.arguments == 8);
    IS(NX_OK, bo_map(it.data, (void **)&memory));
    IS(NX_OK, bo_map(it.part, (void **)&part_memory));
    HOLDS(part_memory == memory + 8192);
    memset(memory, 7, 1 << 20);
    IS(NX_OK, bo_sync(it.data, NX_TO_DEVICE, 0, 1 << 20));
    IS(NX_OK, bo_sync(it.part, NX_FROM_DEVICE, 4095, 1));
    IS(NX_OK, bo_sub(it.part, 1024, 512, &part_of_part));
    IS(NX_OK, bo_map(part_of_part, (void **)&part_memory));
    HOLDS(part_memory == memory + 8192 + 1024);
    IS(NX_OK, bo_address(it.data, &whole));
    IS(NX_OK, bo_address(part_of_part, &part));
    HOLDS(part == whole + 8192 + 1024);
    nx.bo_free(part_of_part);
    IS(NX_OK, run_new(it.kernel, &second));
    set_arguments(&it, it.run);
    set_arguments(&it, second);
    for (int again = 0; again < 2; ++again) {
        IS(NX_OK, run_start(it.run));
        IS(NX_OK, run_wait(it.run, 1000, &state));
        HOLDS(state == NX_STATE_COMPLETED);
    }
    IS(NX_OK, list_add(it.list, it.run));
    IS(NX_OK, list_add(it.list, second));
    for (int again = 0; again < 2; ++again) {
        IS(NX_OK, list_execute(it.list));
        IS(NX_OK, list_wait(it.list, 1000, &state, &failed));
        HOLDS(state == NX_STATE_COMPLETED && failed == UINT32_MAX);
        IS(NX_OK, run_u64(second, 0, 3));
    }
    BAD(list_add(it.list, it.run));
    BAD(run_start(it.run));
    BAD(run_wait(it.run, 10, &state));
    /* From the outside in, which is the wrong order, and what was closed is closed. */
    nx.device_close(it.dev);
    nx.xclbin_free(it.xclbin);
    nx.ctx_close(it.ctx);
    nx.kernel_close(it.kernel);
    nx.bo_free(it.data);
    IS(NX_OK, list_execute(it.list));
    IS(NX_OK, list_wait(it.list, 1000, &state, &failed));
    nx.run_release(it.run);
    nx.list_release(it.list);
    IS(NX_OK, run_start(second));
    nx.run_release(second);
    nx.bo_free(it.instructions);
    nx.bo_free(it.part);
}

/* Handles of every type where one is wanted, none of which is right. */
static void with_handles(const void *const *wrong, int count, const struct all *it) {
    for (int i = 0; i < count; ++i) {
        void *h = (void *)wrong[i], *out = &out;
        char text[8];
        nx_kernel_desc kernel;
        uint32_t group;
        uint64_t address;
        int state;
        if (h != it->dev) {
            BAD(device_info(h, NX_INFO_NAME, text, sizeof text));
            BAD(xclbin_load(h, program, program_len, (nx_xclbin **)&out));
            BAD(ctx_open(h, it->xclbin, NULL, 0, (nx_ctx **)&out));
            BAD(ctx_open_elf(h, "\177ELF1234", 8, (nx_ctx **)&out));
            nx.device_close(h);
        }
        if (h != it->xclbin) {
            BAD(xclbin_kernel(h, 0, &kernel));
            BAD(ctx_open(it->dev, h, NULL, 0, (nx_ctx **)&out));
            nx.xclbin_free(h);
        }
        if (h != it->ctx) {
            BAD(kernel_open(h, "MLIR_AIE", (nx_kernel **)&out));
            BAD(bo_alloc(h, 4096, NX_BO_DATA, 0, (nx_bo **)&out));
            BAD(list_new(h, (nx_list **)&out));
            nx.ctx_close(h);
        }
        if (h != it->kernel) {
            BAD(kernel_group(h, 1, &group));
            BAD(run_new(h, (nx_run **)&out));
            nx.kernel_close(h);
        }
        if (h != it->data) {
            BAD(bo_sub(h, 0, 4096, (nx_bo **)&out));
            BAD(bo_map(h, &out));
            BAD(bo_sync(h, NX_TO_DEVICE, 0, 1));
            BAD(bo_address(h, &address));
            BAD(run_bo(it->run, 3, h));
            nx.bo_free(h);
        }
        if (h != it->run) {
            BAD(run_bo(h, 3, it->data));
            BAD(run_u32(h, 2, 1));
            BAD(run_u64(h, 0, 3));
            BAD(run_start(h));
            BAD(run_wait(h, 1, &state));
            BAD(run_abort(h));
            BAD(list_add(it->list, h));
            nx.run_release(h);
        }
        if (h != it->list) {
            BAD(list_add(h, it->run));
            BAD(list_execute(h));
            BAD(list_wait(h, 1, &state, &group));
            nx.list_release(h);
        }
    }
}

static void wrong_handles(void) {
    struct all it, closed;
    open_all(&it);
    open_all(&closed);
    nx.list_release(closed.list);
    nx.run_release(closed.run);
    nx.bo_free(closed.part);
    nx.bo_free(closed.data);
    nx.bo_free(closed.instructions);
    nx.kernel_close(closed.kernel);
    nx.ctx_close(closed.ctx);
    nx.xclbin_free(closed.xclbin);
    nx.device_close(closed.dev);
    const void *wrong[] = {
        NULL,          (void *)1,        (void *)-1,    (void *)0x1000, &it,
        program,       closed.dev,       closed.xclbin, closed.ctx,     closed.kernel,
        closed.data,   closed.part,      closed.run,    closed.list,    closed.instructions,
    };
    with_handles(wrong, sizeof wrong / sizeof *wrong, &it);
    const void *foreign[] = {it.dev, it.xclbin, it.ctx, it.kernel, it.data, it.run, it.list};
    /* No handle is closed by the function of another type. */
    with_handles(foreign, sizeof foreign / sizeof *foreign, &it);
    set_arguments(&it, it.run);
    nx.list_release(it.list);
    nx.run_release(it.run);
    nx.bo_free(it.part);
    nx.bo_free(it.data);
    nx.bo_free(it.instructions);
    nx.kernel_close(it.kernel);
    nx.ctx_close(it.ctx);
    nx.xclbin_free(it.xclbin);
    nx.device_close(it.dev);
}

static void wrong_values(void) {
    struct all it, other;
    char text[8], long_name[5000];
    nx_kernel_desc kernel;
    nx_dev *dev = NULL;
    nx_xclbin *xclbin = NULL;
    nx_ctx *ctx = NULL;
    nx_kernel *none = NULL;
    nx_bo *bo = NULL;
    uint32_t group = 0, failed = 0;
    int state = 0;
    uint64_t count = 0;
    const nx_qos nameless = {NULL, 1};
    open_all(&it);
    BAD(enumerate(NULL));
    IS(NX_NO_DEVICE, device_open(1, &dev));
    IS(NX_NO_DEVICE, device_open(UINT32_MAX, &dev));
    HOLDS(dev == NULL);
    BAD(device_open(0, NULL));
    BAD(device_info(it.dev, 0, text, sizeof text));
    BAD(device_info(it.dev, -1, text, sizeof text));
    BAD(device_info(it.dev, NX_INFO_NAME, NULL, 8));
    BAD(device_info(it.dev, NX_INFO_NAME, text, 0));
    BAD(xclbin_load(it.dev, NULL, 8, &xclbin));
    BAD(xclbin_load(it.dev, program, program_len, NULL));
    for (size_t len = 0; len < program_len; len += len < 700 ? 1 : 97)
        IS(NX_XCLBIN, xclbin_load(it.dev, program, len, &xclbin));
    BAD(xclbin_kernel(it.xclbin, 1, &kernel));
    BAD(xclbin_kernel(it.xclbin, UINT32_MAX, &kernel));
    BAD(xclbin_kernel(it.xclbin, 0, NULL));
    BAD(ctx_open(it.dev, it.xclbin, NULL, 1, &ctx));
    BAD(ctx_open(it.dev, it.xclbin, &nameless, 1, &ctx));
    BAD(ctx_open(it.dev, it.xclbin, &nameless, UINT32_MAX, &ctx));
    BAD(ctx_open(it.dev, it.xclbin, NULL, 0, NULL));
    /* Not every library takes ELFs at all. */
    const int no_elf = nx.ctx_open_elf(it.dev, "no ELF at all", 13, &ctx);
    HOLDS(no_elf == NX_XCLBIN || no_elf == NX_UNSUPPORTED);
    IS(no_elf, ctx_open_elf(it.dev, "\177EL", 3, &ctx));
    BAD(ctx_open_elf(it.dev, NULL, 64, &ctx));
    memset(long_name, 'k', sizeof long_name - 1);
    long_name[sizeof long_name - 1] = 0;
    BAD(kernel_open(it.ctx, NULL, &none));
    BAD(kernel_open(it.ctx, "", &none));
    BAD(kernel_open(it.ctx, long_name, &none));
    BAD(kernel_open(it.ctx, "MLIR_AIE", NULL));
    BAD(kernel_group(it.kernel, 0, &group));
    BAD(kernel_group(it.kernel, 2, &group));
    BAD(kernel_group(it.kernel, 8, &group));
    BAD(kernel_group(it.kernel, UINT32_MAX, &group));
    BAD(kernel_group(it.kernel, 1, NULL));
    IS(NX_OK, kernel_group(it.kernel, 3, &group));
    BAD(bo_alloc(it.ctx, 0, NX_BO_DATA, group, &bo));
    BAD(bo_alloc(it.ctx, SIZE_MAX, NX_BO_DATA, group, &bo));
    BAD(bo_alloc(it.ctx, SIZE_MAX - 4095, NX_BO_DATA, group, &bo));
    BAD(bo_alloc(it.ctx, (size_t)1 << 50, NX_BO_DATA, group, &bo));
    BAD(bo_alloc(it.ctx, 4096, 0, group, &bo));
    BAD(bo_alloc(it.ctx, 4096, 3, group, &bo));
    BAD(bo_alloc(it.ctx, 4096, NX_BO_DATA, group, NULL));
    HOLDS(bo == NULL);
    BAD(bo_sub(it.data, 0, 0, &bo));
    BAD(bo_sub(it.data, 0, (1 << 20) + 1, &bo));
    BAD(bo_sub(it.data, (1 << 20) + 1, 1, &bo));
    BAD(bo_sub(it.data, SIZE_MAX, 2, &bo));
    BAD(bo_sub(it.data, 4096, SIZE_MAX - 4000, &bo));
    BAD(bo_sub(it.part, 4096, 1, &bo));
    BAD(bo_sub(it.data, 0, 4096, NULL));
    BAD(bo_map(it.data, NULL));
    BAD(bo_sync(it.data, 2, 0, 1));
    BAD(bo_sync(it.data, -1, 0, 1));
    BAD(bo_sync(it.data, NX_TO_DEVICE, 0, 0));
    BAD(bo_sync(it.data, NX_TO_DEVICE, 1 << 20, 1));
    BAD(bo_sync(it.data, NX_TO_DEVICE, 1, SIZE_MAX));
    BAD(bo_sync(it.part, NX_TO_DEVICE, 4095, 2));
    BAD(bo_address(it.data, NULL));
    BAD(run_new(it.kernel, NULL));
    BAD(run_start(it.run));
    BAD(run_wait(it.run, 10, &state));
    BAD(run_bo(it.run, 0, it.data));
    BAD(run_bo(it.run, 2, it.data));
    BAD(run_bo(it.run, 8, it.data));
    BAD(run_bo(it.run, UINT32_MAX, it.data));
    BAD(run_u32(it.run, 0, 3));
    BAD(run_u32(it.run, 1, 3));
    BAD(run_u32(it.run, 8, 3));
    BAD(run_u64(it.run, 2, 3));
    BAD(run_u64(it.run, UINT32_MAX, 3));
    IS(NX_OK, bo_alloc(it.ctx, 4096, NX_BO_DATA, group + 5, &bo));
    IS(NX_GROUP, run_bo(it.run, 3, bo));
    IS(NX_GROUP, run_bo(it.run, 1, it.data));
    nx.bo_free(bo);
    open_all(&other);
    BAD(run_bo(it.run, 3, other.data));
    BAD(list_add(it.list, other.run));
    BAD(list_execute(it.list));
    BAD(list_wait(it.list, 10, &state, &failed));
    IS(NX_OK, list_add(it.list, it.run));
    BAD(list_execute(it.list));
    set_arguments(&it, it.run);
    IS(NX_OK, list_execute(it.list));
    BUSY(list_execute(it.list));
    BUSY(run_u32(it.run, 2, 1));
    BUSY(run_bo(it.run, 3, it.data));
    BUSY(bo_sync(it.data, NX_FROM_DEVICE, 0, 64));
    BAD(list_wait(it.list, 0, &state, &failed));
    BAD(list_wait(it.list, 10, NULL, &failed));
    BAD(list_wait(it.list, 10, &state, NULL));
    IS(NX_OK, list_wait(it.list, UINT32_MAX, &state, &failed));
    set_arguments(&other, other.run);
    IS(NX_OK, run_start(other.run));
    BUSY(run_start(other.run));
    BUSY(run_u64(other.run, 0, 3));
    BAD(run_wait(other.run, 0, &state));
    BAD(run_wait(other.run, 10, NULL));
    IS(NX_OK, run_wait(other.run, 1000, &state));
    BAD(counts(NULL, &count));
    BAD(counts(&count, NULL));
    const struct all both[] = {it, other};
    for (int i = 0; i < 2; ++i) {
        nx.run_release(both[i].run);
        nx.list_release(both[i].list);
        nx.bo_free(both[i].part);
        nx.bo_free(both[i].data);
        nx.bo_free(both[i].instructions);
        nx.kernel_close(both[i].kernel);
        nx.ctx_close(both[i].ctx);
        nx.xclbin_free(both[i].xclbin);
        nx.device_close(both[i].dev);
    }
}

int main(int argc, char **argv) {
    uint64_t alive = 0, parked = 0;
    if (argc != 3 && argc != 4) return 2;
    open_library(argv[1]);
    program = read_file(argv[2], &program_len);
    if (argc == 4) instructions = read_file(argv[3], &instructions_len);
    right();
    wrong_handles();
    wrong_values();
    IS(NX_OK, counts(&alive, &parked));
    printf("alive %lu, parked %lu\n", (unsigned long)alive, (unsigned long)parked);
    HOLDS(alive == 0 && parked == 0);
    printf("%d checks, %d mistakes\n", checks, mistakes);
    fflush(stdout);
    free(program);
    free(instructions);
    return mistakes != 0;
}
