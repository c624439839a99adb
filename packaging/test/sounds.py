"""Listens to the loudspeaker while somebody dictates: the sounds of a beginning and an end are heard where they were
chosen, and only there, and never in the recording, whose microphone hears all that the loudspeaker plays.

    sounds.py BINARY FOLDER     what the program said is left in FOLDER

The virtual microphone has to run (virtual-mic.sh).
"""

import contextlib
import json
import math
import os
import struct
import sys
import tempfile
import time

from recording import read, room, wait_for

RATE = 48_000
LOW_HZ, HIGH_HZ = 659.26, 880.0
PIECE_S = 0.03
PAUSE_S = 0.3
# Of full scale; a sound has a peak of an eighth.
HEARD, SILENT = 0.03, 0.001


def pitches(values, rate):
    """The loudness of both notes in each piece of a sound."""
    size = int(PIECE_S * rate)
    for start in range(0, len(values) - size, size):
        piece = values[start : start + size]
        yield [
            2 / size * abs(sum(v / 32768 * complex(math.cos(w := 2 * math.pi * hz * i / rate), math.sin(w)) for i, v in enumerate(piece)))
            for hz in (LOW_HZ, HIGH_HZ)
        ]


def sounds(values, rate):
    """What is heard, in the order in which it comes: `rise` where the low note comes before the high one, or `fall`."""
    groups, last = [], None
    for place, notes in enumerate(pitches(values, rate)):
        if max(notes) < HEARD:
            continue
        # A busy machine tears holes into a sound.
        if last is None or (place - last) * PIECE_S > PAUSE_S:
            groups.append([])
        groups[-1].append((place, notes))
        last = place
    middle = lambda group, note: sum(place * notes[note] for place, notes in group) / sum(notes[note] for _, notes in group)
    return ["rise" if middle(group, 0) < middle(group, 1) else "fall" for group in groups]


@contextlib.contextmanager
def listening(here):
    """What the loudspeaker plays meanwhile, as a file of samples."""
    with tempfile.TemporaryFile(dir=here.work) as file:
        command = ["parec", "--device", "hark-test.monitor", "--format=s16le", f"--rate={RATE}", "--channels=1", "--latency-msec=30"]
        listener = here.run(command, here.environment, stdout=file)
        wait_for("something to listen to", 10, lambda: os.fstat(file.fileno()).st_size > 0)
        values = []
        yield values
        time.sleep(1)
        listener.terminate()
        listener.wait()
        file.seek(0)
        data = file.read()
        values.extend(struct.unpack(f"<{len(data) // 2}h", data[: len(data) // 2 * 2]))


def dictate(here, seconds):
    """Records, and gives what was recorded."""
    before = set(here.recordings.glob("*.wav"))
    here.record()
    time.sleep(seconds)
    here.hark("stop")
    wait_for("the end", 20, lambda: here.status()["state"] == "idle")
    new = lambda: {path for path in here.recordings.glob("*.wav") if ".part" not in path.name} - before
    return read(wait_for("a recording", 5, new).pop())


def main(binary, out):
    with room(binary, out, "sounds") as here:
        config = here.work / "config"
        config.mkdir()
        here.environment["HARK_CONFIG_DIR"] = str(config)
        for chosen in (False, True):
            # An older Hark's settings are taken over where there are none yet.
            (config / "settings.toml").unlink(missing_ok=True)
            (config / "settings.json").write_text(json.dumps({"indicator": {"sounds": chosen}}))
            app = here.open_window()
            wait_for("a model", 60, lambda: here.status()["engine"] == "ready")
            # The second time, the microphone is still open from the first.
            for time_ in ("first", "second"):
                with listening(here) as played:
                    recorded = dictate(here, 0.7)
                expected = ["rise", "fall"] if chosen else []
                if sounds(played, RATE) != expected:
                    raise SystemExit(f"FAILED: {time_} time: heard {sounds(played, RATE)}, not {expected}")
                loudest = max(max(pair) for pair in pitches(recorded, 16_000))
                if loudest > SILENT:
                    raise SystemExit(f"FAILED: {time_} time: a sound of {loudest:.4f} is in the recording")
            app.terminate()
            app.wait()
    print("heard where they were chosen, and in no recording")


if __name__ == "__main__":
    main(*sys.argv[1:])
