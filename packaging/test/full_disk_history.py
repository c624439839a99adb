"""Dictates while the disk of the history is full, and looks for the texts there once it has room again.

    full_disk_history.py BINARY FOLDER     what the program said is left in FOLDER

The virtual microphone has to run (virtual-mic.sh). The disk is one in memory; without the right to mount it,
run this in a namespace of its own: unshare --map-root-user --mount full_disk_history.py ...
"""

import json
import subprocess
import sys
import threading

from recording import fill, room, wait_for

DISK_KB = 1024
CLIPS = ["short05", "short08"]


def main(binary, out):
    with room(binary, out, "full-disk-history") as here:
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_KB}k", "hark", str(here.data)], check=True)
        try:
            run(here)
        finally:
            here.close()
            subprocess.run(["umount", "-l", str(here.data)], check=False)


def run(here):
    app = here.open_window()
    wait_for("a model", 60, lambda: here.status()["engine"] == "ready")
    # Only the newest problem is in the status, and a recording that has no room is another one.
    follower = here.run([here.binary, "status", "--follow", "--format", "json"], here.environment, stdout=subprocess.PIPE)
    problems = []

    def follow():
        for line in follower.stdout:
            problems.append(json.loads(line).get("problem") or "")

    threading.Thread(target=follow, daemon=True).start()
    filler = here.data / "filler"
    fill(filler)
    spoken = [here.dictate(clip) for clip in CLIPS]
    told = lambda: next((problem for problem in problems if "history" in problem), None)
    problem = wait_for("it to be said", 20, told)
    print(f"while it is full: {problem}")
    if str(here.data / "history") not in problem or "make room" not in problem:
        raise SystemExit("FAILED: the folder, or what to do, is not said")
    if here.history():
        raise SystemExit("FAILED: the disk was not full")
    filler.unlink()
    kept = wait_for("the texts in the history", 30, lambda: len(here.history()) == len(CLIPS) and here.history())
    if [entry["text"] for entry in kept] != spoken:
        raise SystemExit(f"FAILED: {spoken} became {[entry['text'] for entry in kept]}")
    if app.poll() is not None:
        raise SystemExit("FAILED: the program has ended")
    print(f"with room: {len(kept)} texts are in the history, in their order")


if __name__ == "__main__":
    main(*sys.argv[1:])
