"""Sets the clock of the running program forward and back, and looks for everything that it should keep.

    clock.py BINARY FOLDER     what the program said is left in FOLDER

The wall clock is libfaketime's, which takes the place of the system's inside the program alone; the monotonic one stays.
The virtual microphone has to run (virtual-mic.sh).
"""

import glob
import json
import os
import subprocess
import sys
import time
import wave

from mirror import Mirror
from recording import SAMPLES, read, room, wait_for

DAY_S = 86_400
# The library looks into its file each time, which may be under way.
TAKES_HOLD_S = 0.1
# Nothing that is timed here takes so long, and every jump is longer.
LONGEST_S = 600
CLIPS = ["short05", "short08", "short12", "short18", "short23"]
# A clip of three minutes so often takes long enough for the clock to be set meanwhile, on any machine.
SO_OFTEN = 5


class Clock:
    """The program's wall clock."""

    def __init__(self, here):
        library = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")
        if not library:
            raise SystemExit("FAILED: libfaketime is not installed")
        self.file = here.work / "clock"
        self.set(0)
        self.environment = {
            "LD_PRELOAD": library[0],
            "FAKETIME_TIMESTAMP_FILE": str(self.file),
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_NO_CACHE": "1",
            "NO_FAKE_STAT": "1",
        }
        # Commands have the system's own time.
        self.before = ["env", *(f"{name}={value}" for name, value in self.environment.items())]

    def set(self, by_s):
        beside = self.file.with_suffix(".new")
        beside.write_text(f"{by_s:+.0f}\n")
        os.replace(beside, self.file)
        time.sleep(TAKES_HOLD_S)

    def set_to(self, moment_s):
        """To so many seconds after the beginning of 1970."""
        self.set(moment_s - time.time())


def check(what, holds, *seen):
    if not holds:
        raise SystemExit(f"FAILED: {what}: {seen}")


def recordings(here):
    return sorted(path for path in here.recordings.glob("*.wav"))


def jumping_dictation(here, clip, jump):
    """A dictation in whose middle the clock jumps."""
    here.hark("start")
    wait_for("a recording", 20, lambda: here.status()["state"] == "recording")
    player = here.run(["paplay", str(SAMPLES / f"{clip}.wav")], here.environment)
    before = here.status()["elapsed_ms"]
    jump()
    elapsed = here.status()["elapsed_ms"]
    check("a recording's length is no matter of the wall clock", before <= elapsed < 1000 * LONGEST_S, before, elapsed)
    player.wait(30)
    return here.stop()


def sane_times(here):
    latency = here.status()["latency"]
    for step in ("first_sample", "stop_to_final", "delivered"):
        times = latency[step].values()
        check("latencies are no matter of the wall clock", all(0 <= ms < 1000 * LONGEST_S for ms in times), latency)


def dictations(here, clock):
    texts = []

    def dictated(text):
        texts.append(text)
        kept = wait_for("the text in the history", 20, lambda: len(here.history()) == len(texts) and here.history())
        check("texts stay, in their order", [entry["text"] for entry in kept] == texts, kept, texts)
        # Of each dictation all of the sound stays under a name of its own.
        names = [entry.get("audio") for entry in kept]
        check("recordings stay", len(set(names)) == len(texts) and None not in names, names)
        for entry in kept:
            length = len(read(here.recordings / entry["audio"])) / 16_000
            check("no recording was written over", abs(length - entry["audio_s"]) < 0.01, entry["audio"], length)
        check("nothing else is there", len(recordings(here)) == len(texts), recordings(here))
        sane_times(here)

    dictated(here.dictate(CLIPS[0]))
    dictated(jumping_dictation(here, CLIPS[1], lambda: clock.set(DAY_S)))
    dictated(jumping_dictation(here, CLIPS[2], lambda: clock.set(-365 * DAY_S)))
    # Twice the same second: two recordings of one name, were it not for their numbers.
    for clip in CLIPS[:2]:
        clock.set_to(0)
        dictated(here.dictate(clip))
    names = [path.name for path in recordings(here)]
    check("1970 is what the recordings say", sum(name.startswith("1970-01-01") for name in names) == 2, names)
    dictated(jumping_dictation(here, CLIPS[3], lambda: clock.set(180 * DAY_S)))
    clock.set(0)
    dictated(here.dictate(CLIPS[4]))
    return texts


def restarts(here, clock, texts):
    """What an earlier start left is looked through at each start."""
    for by_s in (180 * DAY_S, -time.time() + 5):
        clock.set(by_s)
        app = here.open_window(clock.before)
        wait_for("a model", 60, lambda: here.status()["engine"] == "ready")
        check("a start deletes nothing", len(recordings(here)) == len(texts) == len(here.history()), recordings(here))
        end(app)


def end(app):
    app.terminate()
    check("the window ends well", app.wait(30) == 0, app.returncode)


def transcription(here, clock):
    """A file while the clock jumps: its figures are those of the monotonic one."""
    clock.set(0)
    speech = here.work / "speech.wav"
    with wave.open(str(SAMPLES / "long01.wav")) as clip, wave.open(str(speech), "wb") as long:
        long.setparams(clip.getparams())
        long.writeframes(clip.readframes(clip.getnframes()) * SO_OFTEN)
    environment = dict(here.environment, **clock.environment)
    command = [here.binary, "transcribe", "--model", "demo", "--threads", "1", "--format", "json", "--output", "-", str(speech)]
    running = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    time.sleep(0.5)
    check("the file takes its time", running.poll() is None)
    clock.set(-365 * DAY_S)
    out, err = running.communicate(timeout=120)
    check("a file is transcribed", running.returncode == 0, err)
    figures = json.loads(out)
    times = [figures["processing_s"], *(figures[f"{stage}_ms"] / 1000 for stage in ("mel", "encode", "decode", "load"))]
    check("its times are no matter of the wall clock", all(0 < s < LONGEST_S for s in times), times)


def download(here, clock):
    """A server that waits while the clock jumps did not wait for a day."""
    clock.set(0)
    content = bytes(32_152_673)
    environment = dict(here.environment, **clock.environment, NO_PROXY="127.0.0.1")
    with Mirror(content, pauses_at=1 << 20) as mirror:
        command = [here.binary, "models", "download", "tiny-q5_1", "--mirror", mirror.address]
        running = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        check("the server is asked", mirror.paused.wait(60))
        clock.set(DAY_S)
        mirror.go_on.set()
        err = running.communicate(timeout=120)[1]
    # All of it came by one request; what it is not is the model.
    check("a download goes on", "is not the model that was published" in err and mirror.asked == [None], err, mirror.asked)


def main(binary, out):
    with room(binary, out, "clock") as here:
        clock = Clock(here)
        app = here.open_window(clock.before)
        wait_for("a model", 60, lambda: here.status()["engine"] == "ready")
        texts = dictations(here, clock)
        end(app)
        restarts(here, clock, texts)
        transcription(here, clock)
        download(here, clock)
        print(f"{len(texts)} dictations across a day, half a year, a year back and 1970: all are kept, none over another")


if __name__ == "__main__":
    main(*sys.argv[1:])
