/* The simulated array of the NPU, out of the library that HARK_FAKE_ARRAY names. */
#ifndef ARRAY_H
#define ARRAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Words that are mapped here. */
struct memory {
    const uint32_t *at;
    size_t count;
};

/* Whether there is one; without it, commands do nothing. */
bool array_is_there(void);

/* Carries out instructions on buffers. `array` is the context's: null at first, and made for that generation (1 or 2)
 * then. Says what went wrong, or gives null. */
const char *array_run(void **array, unsigned generation, struct memory instructions, const struct memory *buffers, size_t count);

void array_free(void *array);

#endif
