"""Takes the sound away from Hark while it records, and looks at what is left.

    lost_sound.py BINARY FOLDER     what the program said is left in FOLDER

The chosen source is unloaded, and the default one; the sound server is killed, and one of two channels is dead.
Another default alone ends nothing. It runs a virtual microphone of its own, because it breaks it.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import wave

from recording import position_of_the_end, read, room, wait_for

HERE = pathlib.Path(__file__).resolve().parent
SAMPLES = HERE.parents[1] / "assets/demo/samples"
SPOKEN_S = 4.0
MOST_MISSING_S = 1.0
# Nothing but the absence of samples tells that a server is gone, and that takes two seconds to be sure.
NOTICED_S = 6.0
CLIP, LAST_WORDS = "short01", 2


class Faults:
    def __init__(self, here, microphone):
        self.here, self.microphone = here, microphone

    def pactl(self, *arguments):
        done = subprocess.run(
            ["pactl", *arguments], env=self.here.environment, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    def server(self, action):
        subprocess.run(["sh", str(HERE / "virtual-mic.sh"), action, self.microphone], check=True)

    def start(self):
        self.here.hark("start")
        wait_for("a recording", 20, lambda: self.here.status()["state"] == "recording")

    def source(self, name):
        """Loads another source, which hears what is played to `name`; gives its module."""
        return self.pactl("load-module", "module-null-sink", f"sink_name={name}", "media.class=Audio/Sink")

    def make_default(self, name):
        self.pactl("set-default-source", f"{name}.monitor")
        wait_for("another default source", 10, lambda: self.pactl("get-default-source") == f"{name}.monitor")

    def lose(self, what, device, break_it):
        """Plays the tone to `device`, breaks something, and looks for all that was heard until then."""
        before = self.here.newest()
        self.start()
        player = self.here.run(["paplay", f"--device={device}", str(self.here.tone)], self.here.environment)
        played = time.monotonic()
        time.sleep(SPOKEN_S)
        broken = time.monotonic()
        break_it()
        wait_for(f"the end of the recording ({what})", NOTICED_S, lambda: self.here.status()["state"] == "idle")
        noticed = time.monotonic() - broken
        problem = self.here.status()["problem"] or ""
        player.kill()
        newest = self.here.newest()
        if newest == before or newest is None:
            raise SystemExit(f"FAILED: {what}: nothing was kept")
        if "microphone" not in problem.lower() or "lost" not in problem:
            raise SystemExit(f"FAILED: {what}: the window says {problem!r}")
        missing = broken - played - position_of_the_end(trimmed(read(newest)))
        print(f"{what}: noticed after {noticed:.1f} s, {missing:.2f} s of sound missing; {problem}")
        if missing > MOST_MISSING_S:
            raise SystemExit(f"FAILED: {what}: more than {MOST_MISSING_S} s are missing")

    def keep_on(self, what, devices, change):
        """Plays the tone to all devices and changes something that ends no recording, whichever is heard then."""
        self.start()
        play = lambda device: ["paplay", f"--device={device}", str(self.here.tone)]
        players = [self.here.run(play(device), self.here.environment) for device in devices]
        played = time.monotonic()
        time.sleep(SPOKEN_S)
        change()
        # Longer than it takes to notice that a source is gone.
        time.sleep(NOTICED_S)
        status = self.here.status()
        if status["state"] != "recording":
            raise SystemExit(f"FAILED: {what} ended the recording: {status['problem']}")
        stopped = time.monotonic()
        self.here.hark("stop")
        wait_for("the end", 20, lambda: self.here.status()["state"] == "idle")
        for player in players:
            player.kill()
        missing = stopped - played - position_of_the_end(trimmed(read(self.here.newest())))
        print(f"{what}: the recording goes on, {missing:.2f} s of sound missing")
        if missing > MOST_MISSING_S:
            raise SystemExit(f"FAILED: {what}: more than {MOST_MISSING_S} s are missing")

    def dictate(self, path, expected):
        self.start()
        subprocess.run(["paplay", str(path)], env=self.here.environment, check=True)
        self.here.hark("stop")
        wait_for("the text", 20, lambda: self.here.status()["state"] == "idle")
        text = self.here.status().get("text") or ""
        last = lambda text: [word.strip(".,!?").lower() for word in text.split()][-LAST_WORDS:]
        if last(text) != last(expected):
            raise SystemExit(f"FAILED: {expected!r} became {text!r}")


def trimmed(values):
    """Without the silence in which a server may end."""
    end = len(values)
    while end > 0 and abs(values[end - 1]) < 200:
        end -= 1
    return values[:end]


def dead_left(clip, path):
    """The clip as a stereo file whose left channel is silent."""
    with wave.open(str(clip), "rb") as source, wave.open(str(path), "wb") as target:
        target.setparams((2, 2, source.getframerate(), 0, "NONE", ""))
        frames = source.readframes(source.getnframes())
        target.writeframes(b"".join(b"\0\0" + frames[i : i + 2] for i in range(0, len(frames), 2)))


def main(binary, out):
    binary = os.path.abspath(binary)
    with tempfile.TemporaryDirectory() as microphone:
        os.environ["XDG_RUNTIME_DIR"] = microphone
        with room(binary, out, "lost-sound") as here:
            faults = Faults(here, microphone)
            faults.server("start")
            try:
                run(faults, here)
            finally:
                here.close()
                faults.server("stop")


def run(faults, here):
    module = faults.source("unplugged")
    settings = here.work / ".config/hark/settings.json"
    settings.parent.mkdir(parents=True)
    settings.write_text(json.dumps({"microphone": "server:unplugged.monitor"}))
    app = here.open_window()
    wait_for("a model", 30, lambda: here.status()["engine"] == "ready")
    faults.lose("source unloaded", "unplugged", lambda: faults.pactl("unload-module", module))
    app.terminate()
    app.wait()

    settings.with_suffix(".toml").unlink()
    app = here.open_window()
    wait_for("a model", 30, lambda: here.status()["engine"] == "ready")
    second = faults.source("second")
    faults.keep_on("another default source", ["hark-test", "second"], lambda: faults.make_default("second"))
    faults.lose("default source unloaded", "second", lambda: faults.pactl("unload-module", second))
    if faults.pactl("get-default-source") != "hark-test.monitor":
        raise SystemExit("FAILED: there is no other source to go on with")
    clip = SAMPLES / f"{CLIP}.wav"
    lines = (SAMPLES / "transcripts.tsv").read_text().splitlines()
    expected = next(line.split("\t")[1] for line in lines if line.startswith(CLIP))
    stereo = here.work / "dead-left.wav"
    dead_left(clip, stereo)
    faults.dictate(stereo, expected)
    print("dead left channel: the right one was recorded")
    faults.lose("server killed", "hark-test", lambda: faults.server("stop"))
    if app.poll() is not None:
        raise SystemExit("FAILED: the program has ended")
    faults.server("start")
    faults.dictate(clip, expected)
    print("server back: the next dictation works")


if __name__ == "__main__":
    main(*sys.argv[1:])
