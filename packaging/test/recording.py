"""The real window with the virtual microphone, for tests that record.

The microphone hears a tone that rises steadily, so that the last pitch in a recording tells how far into
the tone it goes.
"""

import contextlib
import json
import math
import os
import pathlib
import shutil
import struct
import subprocess
import tempfile
import time
import wave

LOWEST_HZ, HZ_PER_S = 300.0, 200.0
LONGEST_S = 30.0
RATE = 48_000
SAMPLES = pathlib.Path(__file__).resolve().parents[2] / "assets/demo/samples"
# How long the pitch is listened to.
LAST_S = 0.05


def wait_for(what, seconds, found):
    """The first thing that is found and true."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        result = found()
        if result:
            return result
        time.sleep(0.02)
    raise SystemExit(f"FAILED: {what} within {seconds} s")


def write_tone(path):
    def sample(at):
        return 0.5 * math.sin(2 * math.pi * (LOWEST_HZ + HZ_PER_S * at / 2) * at)

    values = [round(32767 * sample(i / RATE)) for i in range(int(LONGEST_S * RATE))]
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes(struct.pack(f"<{len(values)}h", *values))


def read(path):
    with wave.open(str(path), "rb") as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (16_000, 1, 2)
        frames = file.getnframes()
        return struct.unpack(f"<{frames}h", file.readframes(frames))


def position_of_the_end(values):
    """Seconds into the tone, by the pitch of its last moment."""
    last = values[-int(LAST_S * 16_000) :]
    crossings = [i for i in range(1, len(last)) if (last[i - 1] < 0) != (last[i] < 0)]
    if len(crossings) < 2:
        raise SystemExit("FAILED: the recording ends in silence")
    pitch = 16_000 * (len(crossings) - 1) / (2 * (crossings[-1] - crossings[0]))
    return (pitch - LOWEST_HZ) / HZ_PER_S + LAST_S / 2


def fill(path, leave=0):
    """Takes all room that a disk has, but so many bytes."""
    with open(path, "wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(1 << 12))
        except OSError:
            file.truncate(max(0, file.tell() - leave))


class Room:
    """A screen in memory, folders of its own, and what runs there."""

    def __init__(self, binary, log):
        self.binary, self.log = binary, log
        self.work = pathlib.Path(tempfile.mkdtemp())
        self.data, self.temporary = self.work / "data", self.work / "temporary"
        self.recordings = self.data / "recordings"
        self.data.mkdir()
        self.temporary.mkdir()
        self.running = []
        ours, theirs = os.pipe()
        screen = ["Xvfb", "-displayfd", str(theirs), "-screen", "0", "1280x900x24", "-nolisten", "tcp", "-noreset"]
        self.run(screen, os.environ, pass_fds=[theirs], stderr=subprocess.DEVNULL)
        os.close(theirs)
        with os.fdopen(ours) as number:
            display = ":" + number.readline().strip()
        folders = {"HOME": self.work, "HARK_DATA_DIR": self.data, "TMPDIR": self.temporary}
        self.environment = dict(os.environ, DISPLAY=display, LANG="C.UTF-8", **{k: str(v) for k, v in folders.items()})
        for name in ("WAYLAND_DISPLAY", "HARK_CONFIG_DIR", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
            self.environment.pop(name, None)
        self.tone = self.work / "tone.wav"
        write_tone(self.tone)

    def run(self, command, environment, **how):
        self.running.append(subprocess.Popen(command, env=environment, **how))
        return self.running[-1]

    def open_window(self, before=(), model="demo"):
        """The program, with the keyboard's focus in its window; `before` is put before its name."""
        app = self.run([*before, self.binary, "--model", model], self.environment, stdout=self.log, stderr=self.log)

        def window():
            search = ["xdotool", "search", "--onlyvisible", "--name", "^Hark"]
            found = subprocess.run(search, env=self.environment, capture_output=True, text=True).stdout.split()
            return found and found[-1]

        window = wait_for("a window", 30, window)
        subprocess.run(["xdotool", "windowfocus", "--sync", window], env=self.environment, check=True)
        # It may still be busy with its first frames.
        time.sleep(1)
        return app

    def hark(self, *arguments):
        """What a command prints."""
        command = [self.binary, *arguments]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=30)
        if done.returncode != 0:
            raise SystemExit(f"FAILED: hark {' '.join(arguments)}: {done.stderr}")
        return done.stdout

    def status(self):
        return json.loads(self.hark("status", "--format", "json"))

    def press_space(self):
        subprocess.run(["xdotool", "key", "space"], env=self.environment, check=True)

    def record(self):
        """Starts a recording by command, which no lost key can hinder; gives its part once there is sound in it."""
        self.hark("start")
        has_sound = lambda: next((p for p in self.recordings.glob("*.part.wav") if p.stat().st_size > 44), None)
        try:
            return wait_for("a recording that grows", 20, has_sound)
        except SystemExit as failure:
            raise SystemExit(f"{failure}; the program says {self.status()}")

    def play(self):
        """Plays the tone; gives when that began."""
        self.run(["paplay", str(self.tone)], self.environment)
        return time.monotonic()

    def dictate(self, clip):
        """The text of a bundled clip that is played while the program records."""
        self.hark("start")
        try:
            wait_for("a recording", 20, lambda: self.status()["state"] == "recording")
        except SystemExit as failure:
            raise SystemExit(f"{failure}; the program says {self.status()}")
        subprocess.run(["paplay", str(SAMPLES / f"{clip}.wav")], env=self.environment, check=True)
        return self.stop()

    def stop(self):
        """The text of the recording that is under way."""
        self.hark("stop")
        wait_for("the text", 30, lambda: self.status()["state"] == "idle")
        text = self.status().get("text")
        if not text:
            raise SystemExit(f"FAILED: no text; the program says {self.status()}")
        return text

    def newest(self):
        """The last recording that was finished, if there is one."""
        whole = [p for p in self.recordings.glob("*.wav") if not p.name.endswith(".part.wav")]
        return max(whole, key=lambda p: p.stat().st_mtime_ns, default=None)

    def history(self):
        """The dictations that are kept, the oldest first."""
        return json.loads(self.hark("history", "list", "--json"))[::-1]

    def close(self):
        for process in reversed(self.running):
            if process.poll() is None:
                process.kill()
                process.wait()


@contextlib.contextmanager
def room(binary, out, name):
    """A room for one test; what the program said is left in `out`."""
    out = pathlib.Path(out)
    out.mkdir(parents=True, exist_ok=True)
    with open(out / f"{name}.log", "w") as log:
        room = Room(os.path.abspath(binary), log)
        try:
            yield room
        finally:
            room.close()
            shutil.rmtree(room.work, ignore_errors=True)
