"""Kills Hark while it records from the virtual microphone, and looks at what its next start finds.

    kill_recording.py BINARY FOLDER     what the program said is left in FOLDER

What a program has handed to the system survives its death by kill -9. So this proves that a recording is handed
over as it grows, and that its next start finds it; it does not prove what a power cut leaves on the disk.

The virtual microphone has to run (virtual-mic.sh).
"""

import signal
import sys
import time

from recording import position_of_the_end, read, room, wait_for

MOST_MISSING_S = 1.0
SPOKEN_S = 6.0


def main(binary, out):
    with room(binary, out, "kill") as here:
        app = here.open_window()
        part = here.record()
        played = here.play()
        time.sleep(SPOKEN_S)
        killed = time.monotonic()
        app.send_signal(signal.SIGKILL)
        app.wait()
        if not part.exists():
            raise SystemExit("FAILED: the part is gone with the program")
        # Beside it, what a power cut can make of another one.
        unreadable = here.recordings / "2026-11-22_00-00-00.part.wav"
        unreadable.write_bytes(b"\xa5" * 64_044)
        here.open_window()
        recovered = here.recordings / part.name.replace(".part.wav", ".wav")
        wait_for("the recovered recording", 20, recovered.exists)
        wait_for("its mark", 5, recovered.with_suffix(".pending").exists)
        wait_for("a word on what cannot be read", 20, lambda: str(unreadable) in (here.status()["problem"] or ""))
        if unreadable.read_bytes() != b"\xa5" * 64_044:
            raise SystemExit("FAILED: what cannot be read was changed")
        values = read(recovered)
    spoken = killed - played
    # Playing takes its time to begin, which counts as missing.
    missing = spoken - position_of_the_end(values)
    print(f"recovered {len(values) / 16_000:.2f} s; of {spoken:.2f} s of sound, {missing:.2f} s are missing")
    print("kill -9 proves what was handed to the system, not what a power cut leaves on the disk")
    if missing > MOST_MISSING_S:
        raise SystemExit(f"FAILED: more than {MOST_MISSING_S} s are missing")


if __name__ == "__main__":
    main(*sys.argv[1:])
