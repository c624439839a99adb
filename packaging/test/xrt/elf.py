"""A program for the NPU as one ELF, which XRT takes in place of an xclbin: made here with XRT's own assembler."""

import json
import struct
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent
# Arguments of the kernel main:sequence, all of them buffers.
ARGUMENTS = 5
# Columns of the array that the program takes.
COLUMNS = 4
# The driver of a shim's first channel from the host: its first descriptor, and the address in it.
DESCRIPTOR, ADDRESS = 0x1D000, 0x1D004


# The generations as streams of instructions number them.
GENERATIONS = {"xdna1": 3, "xdna2": 4}


def instructions(generation):
    """A stream in the first of the compilers' layouts: one descriptor, which gets the address of argument 0, and a wait."""
    words = [1024, 0, 0, 0, 0, 0, 0, 1 << 25]
    operations = [
        [1, 0, DESCRIPTOR, 4 * (4 + len(words)), *words],
        [0x81, 48, 0, 0, 0, 0, ADDRESS, 0, 0, 0, 0, 0],
        [0x80, 16, 0, 1 << 16 | 1 << 8],
    ]
    body = [word for operation in operations for word in operation]
    rows, memory_rows, minor, major = 6, 1, 1, 0
    header = [rows << 24 | generation << 16 | minor << 8 | major, memory_rows << 8 | COLUMNS, len(operations)]
    return struct.pack(f"<{len(body) + 4}I", *header, 4 * (len(body) + 4), *body)


def make(tree, folder):
    """Writes a program for each generation into the folder and gives their paths; None where the assembler cannot be linked."""
    folder.mkdir(exist_ok=True)
    # The fake driver runs nothing.
    (folder / "empty.pdi").write_bytes(bytes(64))
    arguments = [{"name": f"arg_{i}", "type": "char *", "offset": hex(8 * i)} for i in range(ARGUMENTS)]
    kernel = {"name": "main", "arguments": arguments, "PDIs": [{"id": 1, "PDI_file": "empty.pdi"}],
              "instance": [{"id": "sequence", "TXN_ctrl_code_file": "instructions.bin"}]}
    (folder / "config.json").write_text(json.dumps({"xrt-kernels": [kernel]}))
    # The assembler wants the C library that XRT was built for; so it is linked with that, and runs with it.
    libraries = tree / "usr/lib/x86_64-linux-gnu"
    loader = libraries / "ld-linux-x86-64.so.2"
    parts = [libraries / name for name in ("libaiebu.a", "libstdc++.so.6", "libm.so.6", "libc.so.6")] + [loader]
    compiler = ["cc", "-std=c11", "-O2", "-Wall", "-Wextra", "-Werror", "-I", tree / "usr/include", "-o", folder / "assemble"]
    linked = subprocess.run([*compiler, HERE / "assemble.c", *parts], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    if linked.returncode != 0:
        return None
    programs = {name: folder / f"{name}.elf" for name in GENERATIONS}
    for name, program in programs.items():
        (folder / "instructions.bin").write_bytes(instructions(GENERATIONS[name]))
        subprocess.run([loader, "--library-path", libraries, folder / "assemble", folder / "config.json", folder, program], check=True)
    return programs
