#!/usr/bin/env python3
"""Hark's library over the NPU's runtime, against the genuine XRT and a fake driver.

    conformance.py TREE FOLDER BUILT

TREE is what fetch.sh unpacked; what is built here goes into FOLDER. BUILT has what cargo built: hark, the library of
hark-kernels, and the examples nx_scenario and npu_states. Each scenario is a process in a mount namespace of its own.
Says one line for each and ends with 1 if one is not as it should be.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import elf

HERE = Path(__file__).resolve().parent
SHIM = HERE.parents[2] / "engine/xdna/shim"
LIBRARY = "libhark_nx_xrt.so"
# Nothing takes as long that is not hung.
PATIENCE = 240

# Scenario, faults of the driver, generation, whether everything must be given back to the driver.
# Drivers differ in how commands are waited for, and XRT in what it makes of each way.
SCENARIOS = [
    ("whole", "", "xdna1", True),
    ("whole", "", "xdna2", True),
    ("whole", "numbered", "xdna1", True),
    ("hung-run", "hang:1", "xdna1", False),
    ("hung-run", "hang:1,numbered", "xdna1", False),
    ("hung-list", "hang:1", "xdna1", False),
    ("hung-list", "hang:1,numbered", "xdna2", False),
    ("memlock", "memlock", "xdna1", True),
    ("contexts", "contexts:2", "xdna1", True),
    ("group", "", "xdna1", True),
    ("lost", "lost:2", "xdna1", False),
    ("lost", "lost:2,numbered", "xdna1", False),
    ("failed-run", "error:1", "xdna1", True),
    ("failed-list", "error:1:5", "xdna1", True),
    ("other-device", "", "xdna1", True),
    ("elf", "", "xdna1", True),
    ("elf", "numbered", "xdna2", True),
    ("hung-elf", "hang:1", "xdna1", False),
    ("hung-elf", "hang:1,numbered", "xdna2", False),
    ("measure", "", "xdna1", True),
]

# What `hark doctor` says: files beside it, faults, and a part of its line.
DOCTOR = [
    ((), "", "warn  npu         Hark's library for the NPU is missing"),
    (("library",), "", "warn  npu         Hark's design for this NPU (xclbin) is missing"),
    (("library", "xdna2"), "", "the xclbin is for XDNA2, and this computer has XDNA1"),
    (("library", "xdna1"), "", "ok    npu         XDNA1 (Phoenix or Hawk Point), firmware 1.5.5.391, amdxdna 0.6, XRT 2.25.00\n"),
    (("library", "xdna1", "foreign.json"), "", "hark-npu.json beside the xclbin cannot be read"),
    (("library", "xdna1"), "contexts:0", "warn  npu         other programs use every place on the NPU"),
    (("library", "xdna1"), "memlock", "warn  npu         the driver found no memory to lock"),
    (("library", "xdna1"), "stall", "warn  npu         the NPU could not be opened: the driver does not answer"),
    (("broken", "xdna1"), "", "warn  npu         Hark's library for the NPU cannot be loaded"),
]


class Room:
    """Where programs meet the genuine XRT and the fake driver."""

    def __init__(self, tree, folder):
        self.tree, self.folder = tree, folder
        self.driver = folder / "libfake_driver.so"
        self.log = folder / "driver.log"
        self.programs = elf.make(tree, folder / "elf")

    def run(self, command, faults="", generation="xdna1", **extra):
        """Runs a program; gives its exit code (None if it hangs) and what it said."""
        self.log.unlink(missing_ok=True)
        other = "xdna2" if generation == "xdna1" else "xdna1"
        programs = self.programs or {generation: "", other: ""}
        environment = {**os.environ, "HARK_FAKE_DRIVER": faults, "HARK_FAKE_NPU": generation, "RUST_BACKTRACE": "0",
                       "HARK_FAKE_DRIVER_LOG": str(self.log), "HARK_ELF": str(programs[generation]),
                       "HARK_OTHER_ELF": str(programs[other]), **extra}
        inside = [HERE / "room.sh", self.tree, self.driver, *command]
        try:
            ended = subprocess.run(inside, env=environment, timeout=PATIENCE, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
        except subprocess.TimeoutExpired:
            return None, "it hangs"
        return ended.returncode, ended.stdout

    def balance(self):
        """Why the driver got less back than it gave; None if it got everything."""
        lines = re.findall(r"contexts (\d+) opened (\d+) closed, buffers (\d+) created (\d+) freed", self.log.read_text())
        if not lines:
            return "the driver was never unloaded: the process did not end normally"
        wrong = [line for line in lines if line[0] != line[1] or line[2] != line[3]]
        return f"the driver lacks something: {wrong}" if wrong else None


class Verdicts:
    def __init__(self):
        self.failed = 0

    def say(self, title, problem, output=""):
        print(f"{'FAILED' if problem else 'ok    '}  {title}" + (f": {problem}" if problem else ""))
        if problem:
            self.failed += 1
            print("\n".join("        " + line for line in output.splitlines()[-30:]))
        sys.stdout.flush()


def build(tree, folder):
    """Builds the fake driver, the library, the program that calls everything, and the same under ASan if possible."""
    compile_c = ["cc", "-std=c11", "-g", "-O2", "-Wall", "-Wextra", "-Werror"]
    driver = [HERE / "driver" / file for file in ("driver.c", "array.c")]
    subprocess.run([*compile_c, "-fPIC", "-shared", "-o", folder / "libfake_driver.so", *driver, "-ldl"], check=True)
    # Written for the GNU C that the library's other tests use.
    calls = ["cc", "-std=gnu11", "-g", SHIM / "test/calls.c", "-ldl"]
    subprocess.run([*calls, "-o", folder / "calls"], check=True)
    subprocess.run([SHIM / "build.sh", tree, folder], check=True, stdout=subprocess.DEVNULL)
    runtimes = [Path(subprocess.run(["cc", f"-print-file-name={name}"], check=True, stdout=subprocess.PIPE, text=True)
                     .stdout.strip()) for name in ("libasan.so", "libubsan.so")]
    if not all(runtime.is_absolute() for runtime in runtimes):
        return None
    subprocess.run([*calls, "-fsanitize=address", "-o", folder / "calls_asan"], check=True)
    subprocess.run([SHIM / "build.sh", "--asan", tree, folder / "asan"], check=True, stdout=subprocess.DEVNULL)
    return " ".join(str(runtime.resolve()) for runtime in runtimes)


def scenarios(room, program, verdicts):
    for name, faults, generation, whole in possible(room):
        code, said = room.run([program, name, room.folder / LIBRARY], faults, generation)
        problem = None if code == 0 else f"exit code {code}"
        if not problem and whole:
            problem = room.balance()
        verdicts.say(f"{name} on {generation}" + (f", driver with {faults}" if faults else ""), problem, said)
        if name == "measure" and not problem:
            print("".join("        " + line + "\n" for line in said.splitlines()[:-1]), end="")


def possible(room):
    """The scenarios for which there is everything."""
    return [scenario for scenario in SCENARIOS if room.programs or "elf" not in scenario[0]]


def bad_input(room, design, verdicts):
    code, said = room.run([room.folder / "calls", room.folder / LIBRARY, design])
    problem = None if code == 0 else f"exit code {code}"
    verdicts.say("every function with right and wrong values: " + last_line(said), problem or room.balance(), said)


def sanitised(room, program, design, runtimes, verdicts):
    """The same under ASan, whose findings include everything that is neither freed nor parked."""
    if runtimes is None:
        print("SKIPPED: under ASan: this compiler lacks libasan or libubsan")
        return
    # The loader keeps what it knows of libraries that were opened.
    suppressed = room.folder / "suppressed"
    suppressed.write_text("leak:ld-linux-x86-64\n")
    settings = {"HARK_PRELOAD": runtimes, "ASAN_OPTIONS": "detect_leaks=1",
                "LSAN_OPTIONS": f"suppressions={suppressed}:print_suppressions=0"}
    library = room.folder / "asan" / LIBRARY
    commands = [("every function", [room.folder / "calls_asan", library, design], "")]
    commands += [(f"{name}, driver with {faults}" if faults else name, [program, name, library], faults)
                 for name, faults, generation, _ in possible(room) if generation == "xdna1" and name != "measure"]
    for title, command, faults in commands:
        code, said = room.run(command, faults, **settings)
        verdicts.say(f"under ASan and UBSan: {title}", None if code == 0 else f"exit code {code}", said)


def last_line(text):
    return text.strip().splitlines()[-1] if text.strip() else ""


def on_the_array(room, scenario, states, array, designs, verdicts):
    """The demo's encoder on the simulated array: through the genuine XRT the same bits as without it."""
    code, said = room.run([scenario, "failed-run", room.folder / LIBRARY], HARK_FAKE_ARRAY=str(array))
    verdicts.say("failed-run on xdna1, since the array refuses what is no stream",
                 None if code == 0 and "no instruction stream" in said else f"exit code {code}", said)
    told = re.compile(r"^\d+ values, .*|^\d+ commands", re.MULTILINE)
    for generation, design in designs.items():
        alone = subprocess.run([states, array, design], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                               env={**os.environ, "HARK_NPU": "sim", "HARK_NPU_GENERATION": generation})
        code, said = room.run([states, room.folder / LIBRARY, design], "", generation, HARK_FAKE_ARRAY=str(array))
        expected, found = told.findall(alone.stdout), told.findall(said)
        carried_out = re.findall(r"carried out (\d+)", room.log.read_text())
        problem = None
        if code != 0:
            problem = f"exit code {code}"
        elif len(expected) != 2 or found != expected:
            problem = f"{found}, and without XRT {expected}"
        elif [f"{count} commands" for count in carried_out] != expected[1:]:
            problem = f"the array carried out {carried_out} commands"
        verdicts.say(f"the demo's encoder on {generation}, simulated: {'; '.join(found)}", problem or room.balance(), said)


def home_of(room, program):
    """A new folder with hark, beside which it looks for its files."""
    home = room.folder / "home"
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir()
    shutil.copy(program, home / "hark")
    return home


def npu_check(room, program, array, design, verdicts):
    """From hark over its worker, the library, the genuine XRT and the driver to the array, step by step."""
    home = home_of(room, program)
    shutil.copy(room.folder / LIBRARY, home)
    shutil.copy(design, home / "hark-npu.xclbin")
    # An array of software is slower than its limits allow.
    code, said = room.run([home / "hark", "npu-check"], HARK_DATA_DIR=str(home / "data"), HARK_FAKE_ARRAY=str(array),
                          HARK_NPU_LIMIT_MS="200000")
    problem = None if code == 0 and last_line(said).startswith("All steps are right") else f"exit code {code}"
    verdicts.say(f"hark npu-check on xdna1, simulated: {last_line(said)}", problem, said)


def doctor(room, program, designs, verdicts):
    for files, faults, expected in DOCTOR:
        home = home_of(room, program)
        for file in files:
            if file == "library":
                shutil.copy(room.folder / LIBRARY, home)
            elif file == "broken":
                (home / LIBRARY).write_bytes(b"\x7fELF and no more")
            elif file == "foreign.json":
                (home / "hark-npu.json").write_text("{}")
            else:
                shutil.copy(designs[file], home / "hark-npu.xclbin")
        code, said = room.run([home / "hark", "doctor"], faults, HARK_DATA_DIR=str(home / "data"))
        line = "".join(found + "\n" for found in said.splitlines() if "  npu  " in found)
        problem = None if expected in line else f"it has no {expected!r}, exit code {code}"
        verdicts.say(f"doctor says: {line.strip()}", problem, said)


def main():
    tree, folder, built = (Path(argument).resolve() for argument in sys.argv[1:])
    scenario, states, array, hark = (built / name for name in ("examples/nx_scenario", "examples/npu_states",
                                                               "libhark_kernels.so", "hark"))
    (folder / "asan").mkdir(parents=True, exist_ok=True)
    runtimes = build(tree, folder)
    room, verdicts = Room(tree, folder), Verdicts()
    if not room.programs:
        print("SKIPPED: programs as ELF: XRT's assembler cannot be linked here")
    designs = {}
    for generation in ("xdna1", "xdna2"):
        designs[generation] = folder / f"{generation}.xclbin"
        subprocess.run([scenario, "write", designs[generation]], check=True,
                       env={**os.environ, "HARK_FAKE_NPU": generation})
    scenarios(room, scenario, verdicts)
    bad_input(room, designs["xdna1"], verdicts)
    on_the_array(room, scenario, states, array, designs, verdicts)
    npu_check(room, hark, array, designs["xdna1"], verdicts)
    sanitised(room, scenario, designs["xdna1"], runtimes, verdicts)
    doctor(room, hark, designs, verdicts)
    return verdicts.failed > 0


if __name__ == "__main__":
    sys.exit(main())
