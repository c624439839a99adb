"""Dictates into the real window from the virtual microphone, and reads what became of it.

    dictation.py BINARY FOLDER [ROUNDS]     what the program said is left in FOLDER

Each round speaks a clip 0, 100 and 300 ms after the key when the microphone is warm, once after the
window shows that it records when it is cold, once with the window minimised, and once a single word; the
key to stop comes with the last word's end. The first and the last word must be there.

The virtual microphone has to run (virtual-mic.sh).
"""

import json
import pathlib
import re
import statistics
import subprocess
import sys
import time
import wave

from recording import room, wait_for

SAMPLES = pathlib.Path(__file__).resolve().parents[2] / "assets/demo/samples"
CLIPS = ["short04", "short10", "short01", "short14", "short22"]
# Longer than the microphone stays open after use.
COOLING_S = 4.0


def said(clip):
    lines = (SAMPLES / "transcripts.tsv").read_text().splitlines()[1:]
    return next(line.split("\t")[1] for line in lines if line.startswith(clip))


def words(text):
    return re.findall(r"[a-z0-9'$]+", text.lower())


class Dictation:
    def __init__(self, here):
        self.here = here
        self.problems, self.times, self.cold = [], [], []

    def state_is(self, *states):
        return lambda: self.here.status()["state"] in states

    def dictate(self, clip, wait=None, toggle=None):
        """What the clip becomes, spoken `wait` seconds after the key, or once the window records."""
        toggle = toggle or self.here.press_space
        began = time.monotonic()
        toggle()
        if wait is None:
            wait_for("a recording", 20, self.state_is("recording"))
            self.cold.append(time.monotonic() - began)
        else:
            time.sleep(wait)
        subprocess.run(["paplay", str(clip)], env=self.here.environment, check=True)
        toggle()
        stopped = time.monotonic()
        wait_for("the text", 20, self.state_is("idle"))
        self.times.append(time.monotonic() - stopped)
        return self.here.status().get("text") or ""

    def check(self, name, text, expected):
        heard, truth = words(text), words(expected)
        if not heard or (heard[0], heard[-1]) != (truth[0], truth[-1]):
            self.problems.append(f"{name}: {expected!r} became {text!r}")

    def cool(self):
        time.sleep(COOLING_S)


def one_word(here, binary):
    """The longest word of a clip, alone."""
    clip = SAMPLES / "short10.wav"
    command = [binary, "transcribe", "--model", "demo", "--word-timestamps", "--format", "json", str(clip)]
    answer = subprocess.run(command, env=here.environment, capture_output=True, text=True, check=True).stdout
    all_words = [word for segment in json.loads(answer)["segments"] for word in segment["words"]]
    word = max(all_words, key=lambda word: word["end"] - word["start"])
    path = here.work / "word.wav"
    with wave.open(str(clip), "rb") as source, wave.open(str(path), "wb") as target:
        target.setparams(source.getparams())
        source.setpos(int(word["start"] * 16_000))
        target.writeframes(source.readframes(int((word["end"] - word["start"]) * 16_000)))
    return path, word["end"] - word["start"]


def main(binary, out, rounds="1"):
    with room(binary, out, "dictation") as here:
        word, length = one_word(here, binary)
        here.open_window()
        talk = Dictation(here)
        wait_for("a model", 30, lambda: here.status()["engine"] == "ready")
        toggle = lambda: here.hark("toggle")
        dropped = 0
        for number in range(int(rounds)):
            clip = CLIPS[number % len(CLIPS)]
            path, expected = SAMPLES / f"{clip}.wav", said(clip)
            talk.cool()
            talk.check("cold", talk.dictate(path), expected)
            for wait in (0.0, 0.1, 0.3):
                talk.check(f"warm, {wait} s", talk.dictate(path, wait), expected)
            # Nothing draws a window that is minimised.
            minimise = ["xdotool", "search", "--onlyvisible", "--name", "^Hark", "windowminimize"]
            subprocess.run(minimise, env=here.environment, check=False)
            talk.check("minimised", talk.dictate(path, None, toggle), expected)
            dropped += talk.dictate(word, 0.1, toggle) == ""
            raise_it = ["xdotool", "search", "--name", "^Hark", "windowmap", "windowfocus", "--sync"]
            subprocess.run(raise_it, env=here.environment, check=False)
            time.sleep(0.5)
    times = sorted(1e3 * time for time in talk.times)
    print(f"{len(times)} dictations; stop to text at rest: median {statistics.median(times):.0f} ms, most {times[-1]:.0f}")
    print(f"cold and minimised, key to recording: {', '.join(f'{1e3 * t:.0f}' for t in talk.cold)} ms")
    print(f"a word of {1e3 * length:.0f} ms alone: {dropped} of {rounds} dropped")
    problems = talk.problems + [f"{dropped} single words dropped"] * (dropped > 0)
    if problems:
        raise SystemExit("FAILED: " + "; ".join(problems))


if __name__ == "__main__":
    main(*sys.argv[1:])
