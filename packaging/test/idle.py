"""Lets the window stand idle with a loaded model, and counts what it computes meanwhile.

    idle.py BINARY FOLDER     what the program said is left in FOLDER

The time is that of all threads by the kernel's account, after the first frames are over. What the window shows
may not change, and the thread that draws it may not run.
"""

import os
import pathlib
import subprocess
import sys
import time

from recording import room, wait_for

SETTLING_S, MEASURED_S = 20.0, 60.0
MOST_PERCENT = 0.5
# A frame on a screen in memory takes several milliseconds; that of a thread which only looks around, far less.
FRAME_MS = 2.0


def used_ms(pid):
    """Milliseconds that each thread has computed, by its number, and their names."""
    times, names = {}, {}
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        times[task.name] = int((task / "schedstat").read_text().split()[0]) / 1e6
        names[task.name] = (task / "comm").read_text().strip()
    return times, names


def process_ticks_ms(pid):
    """Milliseconds of the whole process, with threads that have ended; in steps of a clock tick."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return 1e3 * (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def picture(here):
    shot = ["import", "-window", "root", "-depth", "8", "rgb:-"]
    return subprocess.run(shot, env=here.environment, capture_output=True, check=True).stdout


def main(binary, out):
    with room(binary, out, "idle") as here:
        app = here.open_window()
        wait_for("a model", 60, lambda: here.status()["engine"] == "ready")
        time.sleep(SETTLING_S)
        shown = picture(here)
        (before, _), ticks = used_ms(app.pid), process_ticks_ms(app.pid)
        began = time.monotonic()
        time.sleep(MEASURED_S)
        (after, names), ticks = used_ms(app.pid), process_ticks_ms(app.pid) - ticks
        seconds = time.monotonic() - began
        same = picture(here) == shown
        if app.poll() is not None:
            raise SystemExit("FAILED: the program has ended")
    spent = {task: after[task] - before.get(task, 0.0) for task in after}
    # A thread that came and went is in the ticks alone.
    whole = max(sum(spent.values()), ticks)
    percent = whole / seconds / 10
    busiest = sorted(spent, key=spent.get, reverse=True)[:3]
    print(f"idle for {seconds:.0f} s: {whole:.1f} ms of CPU time, {percent:.3f} % of a core")
    print("most of it: " + ", ".join(f"{names[task]} {spent[task]:.1f} ms" for task in busiest))
    # The window is drawn by the program's first thread.
    drawing = spent[str(app.pid)]
    print(f"the thread that draws: {drawing:.2f} ms")
    if percent > MOST_PERCENT:
        raise SystemExit(f"FAILED: more than {MOST_PERCENT} % of a core")
    if not same or drawing > FRAME_MS:
        raise SystemExit("FAILED: an idle window was drawn")


if __name__ == "__main__":
    main(*sys.argv[1:])
