"""Records onto a disk that becomes full, clicks on the banner's button, chooses another folder, and looks there.

    other_folder.py BINARY FOLDER     what the program said is left in FOLDER

The desktop's dialog is one that answers by itself. The virtual microphone has to run (virtual-mic.sh), and who
runs this needs the right to mount: unshare --map-root-user --mount other_folder.py ...
"""

import os
import subprocess
import sys
import time

from own_window import OwnWindow
from recording import position_of_the_end, read, room, wait_for

DISK_KB = 200
SPOKEN_S = 5.0
MOST_MISSING_S = 1.0
# The button to the right in the banner, from the window's corner: further down, the longer the text is.
FROM_THE_RIGHT, LINES = 110, range(75, 125, 8)


def trouble(here):
    """What the program says of the disk, while it does."""
    problem = here.status()["problem"] or ""
    return problem if "cannot be written" in problem else None


def main(binary, out):
    with room(binary, out, "other-folder") as here:
        chosen, asked = here.work / "chosen", here.work / "asked"
        chosen.mkdir()
        dialog = here.work / "zenity"
        dialog.write_text(f"#!/bin/sh\necho \"$*\" >>'{asked}'\necho '{chosen}'\n")
        dialog.chmod(0o755)
        # Without a bus there is no portal, and that dialog is asked for.
        here.environment["PATH"] = f"{here.work}:{os.environ['PATH']}"
        here.environment["DBUS_SESSION_BUS_ADDRESS"] = f"unix:path={here.work}/no-bus"
        here.run(["openbox"], here.environment, stdout=here.log, stderr=here.log)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_KB}k", "hark", str(here.data)], check=True)
        try:
            app = here.open_window()
            own = OwnWindow(here)
            here.record()
            played = here.play()
            try:
                told = wait_for("a word on the full disk", 60, lambda: trouble(here))
            except SystemExit as failure:
                raise SystemExit(f"{failure}; the program says {here.status()}")
            print(told)
            left, top, width, _ = own.frame()
            for line in LINES:
                own.point_at((left + width - FROM_THE_RIGHT, top + line))
                time.sleep(0.3)
                own.click()
                time.sleep(0.7)
                if asked.exists():
                    break
            else:
                raise SystemExit("FAILED: the banner's button opens no dialog")
            moved = lambda: str(chosen) in (here.status()["notice"] or "")
            wait_for("a word on the other folder", 20, moved)
            print(here.status()["notice"])
            time.sleep(SPOKEN_S)
            stopped = time.monotonic()
            here.hark("stop")
            wait_for("the end", 30, lambda: here.status()["state"] == "idle")
            whole = [path for path in chosen.rglob("*.wav") if not path.name.endswith(".part.wav")]
            if not whole:
                raise SystemExit(f"FAILED: nothing is in the folder that was chosen; {here.status()}")
            values = read(whole[0])
            if app.poll() is not None:
                raise SystemExit("FAILED: the program has ended")
        finally:
            here.close()
            subprocess.run(["umount", "-l", str(here.data)], check=False)
    spoken = stopped - played
    missing = spoken - position_of_the_end(values)
    print(f"{len(values) / 16_000:.2f} s in the other folder; of {spoken:.2f} s of sound, {missing:.2f} s are missing")
    if missing > MOST_MISSING_S or len(values) / 16_000 < spoken - MOST_MISSING_S:
        raise SystemExit(f"FAILED: more than {MOST_MISSING_S} s are missing")


if __name__ == "__main__":
    main(*sys.argv[1:])
