/* Makes an ELF of a program for the NPU and its instructions, with the assembler that comes with XRT.
 *
 *   assemble CONFIG FOLDER ELF     CONFIG is JSON that names the files, which are in FOLDER */
#include <aiebu/aiebu.h>
#include <stdio.h>

#define LONGEST 65536

int main(int count, char **argument) {
    static char config[LONGEST];
    if (count != 4) return 2;
    FILE *in = fopen(argument[1], "rb");
    size_t length = in ? fread(config, 1, sizeof config, in) : 0;
    void *elf = NULL;
    /* What is the first buffer of other kinds stands behind the result in this one. */
    int size = aiebu_assembler_get_elf(aiebu_assembler_buffer_type_aie2_config, NULL, 0, NULL, 0, &elf, config, length, "",
                                       argument[2], NULL, 0);
    if (size <= 0) {
        fprintf(stderr, "the assembler gives no ELF: %d\n", size);
        return 1;
    }
    FILE *out = fopen(argument[3], "wb");
    return !out || fwrite(elf, 1, (size_t)size, out) != (size_t)size || fclose(out);
}
