"""Records from the virtual microphone onto a disk that becomes full, and looks for all of it.

    full_disk.py BINARY FOLDER     what the program said is left in FOLDER

The virtual microphone has to run (virtual-mic.sh). The disk is one in memory; without the right to mount it,
run this in a namespace of its own: unshare --map-root-user --mount full_disk.py ...
"""

import subprocess
import sys
import time

from recording import position_of_the_end, read, room, wait_for

DISK_KB = 200
SPOKEN_S = 12.0
MOST_MISSING_S = 1.0


def finished(folder):
    return [p for p in folder.glob("**/*.wav") if not p.name.endswith(".part.wav")]


def main(binary, out):
    with room(binary, out, "full-disk") as here:
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_KB}k", "hark", str(here.data)], check=True)
        try:
            app = here.open_window()
            part = here.record()
            played = here.play()
            time.sleep(SPOKEN_S)
            if part.stat().st_size > DISK_KB * 1024:
                raise SystemExit("FAILED: the disk did not become full")
            stopped = time.monotonic()
            here.hark("stop")
            saved = wait_for("the recording elsewhere", 20, lambda: finished(here.temporary))[0]
            values = read(saved)
            if app.poll() is not None:
                raise SystemExit("FAILED: the program has ended")
        finally:
            here.close()
            subprocess.run(["umount", "-l", str(here.data)], check=False)
    spoken = stopped - played
    missing = spoken - position_of_the_end(values)
    print(f"saved {len(values) / 16_000:.2f} s elsewhere; of {spoken:.2f} s of sound, {missing:.2f} s are missing")
    if missing > MOST_MISSING_S:
        raise SystemExit(f"FAILED: more than {MOST_MISSING_S} s are missing")


if __name__ == "__main__":
    main(*sys.argv[1:])
