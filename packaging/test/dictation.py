"""Dictates into the real window from the virtual microphone, and reads what became of it.

    dictation.py BINARY FOLDER [ROUNDS]     what the program said is left in FOLDER

Each round speaks a clip by a click on the record button when the microphone is cold, once the window says that
it records; 0, 100 and 300 ms after the key or the click when it is warm; by command while the window is
minimised, covered and on another workspace, each time at another of these moments; and a single word. The wish
to stop comes with the last word's end. All words must be there, and the recording must be as long as the time
between the two wishes says. Then recordings are cancelled, and texts that are being made.

The virtual microphone has to run (virtual-mic.sh). Needs openbox, xterm, xdotool, xwininfo and import.
"""

import json
import pathlib
import re
import statistics
import subprocess
import sys
import time
import wave

from followed import Followed
from own_window import NOWHERE, OwnWindow
from recording import read, room, wait_for

SAMPLES = pathlib.Path(__file__).resolve().parents[2] / "assets/demo/samples"
CLIPS = ["short04", "short10", "short01", "short14", "short22"]
# Seconds from the wish to the speech; None is as soon as the window records, with a cold microphone.
WAITS = [None, 0.0, 0.1, 0.3]
# Longer than the microphone stays open after use.
COOLING_S = 4.0
# What the program says of a machine that was too busy for the sound, and how often a dictation is tried.
LOST_SOUND, TRIES = "The sound system lost", 3
# Behind the last use: it has heard enough by then to begin before the wish, and is surely still open.
READY_S, FRESH_S = 0.7, 2.0
# What is kept from before the wish when warm, and from behind the wish to stop.
PRE_ROLL_S, TAIL_S = 0.45, 0.3
# Of a recording's length: a buffer at each end, and what a click or a command needs to arrive on a busy machine.
TOLERANCE_S = 0.25
# A model that is slow enough to be interrupted.
CANCELS = 10
SLOW_MODEL = "demo:small"
STEPS = ("stream_open", "first_sample", "first_text", "stop_to_final", "delivered")


def moment(wait):
    return "cold" if wait is None else f"warm, {1e3 * wait:.0f} ms"


def words(text):
    return re.findall(r"[a-z0-9'$]+", text.lower())


def ask_model(here, clip, *options):
    command = [here.binary, "transcribe", "--model", "demo", *options, "--format", "json", str(clip)]
    answer = subprocess.run(command, env=here.environment, capture_output=True, text=True, check=True).stdout
    return json.loads(answer)["segments"]


def said(here, clip):
    """What is said in a clip, which the model must understand without a microphone, too."""
    lines = (SAMPLES / "transcripts.tsv").read_text().splitlines()[1:]
    truth = next(line.split("\t")[1] for line in lines if line.startswith(clip))
    text = "".join(segment["text"] for segment in ask_model(here, SAMPLES / f"{clip}.wav"))
    if words(text) != words(truth):
        raise SystemExit(f"FAILED: {clip} without a microphone: {truth!r} became {text!r}")
    return truth


def longest_word(here, clip):
    """A file with the longest word of a clip alone, and how long that is."""
    clip = SAMPLES / f"{clip}.wav"
    all_words = [word for part in ask_model(here, clip, "--word-timestamps") for word in part["words"]]
    word = max(all_words, key=lambda word: word["end"] - word["start"])
    path = here.work / f"word-{clip.name}"
    with wave.open(str(clip), "rb") as source, wave.open(str(path), "wb") as target:
        target.setparams(source.getparams())
        source.setpos(int(word["start"] * 16_000))
        target.writeframes(source.readframes(int((word["end"] - word["start"]) * 16_000)))
    return path, word["end"] - word["start"]


class Figures:
    """Milliseconds by name, in the order in which the names came."""

    def __init__(self):
        self.all = {}

    def add(self, name, ms):
        if ms is not None:
            self.all.setdefault(name, []).append(ms)

    def print(self):
        for name, values in self.all.items():
            values = sorted(values)
            p95 = values[min(len(values) - 1, int(0.95 * len(values)))]
            middle = statistics.median(values)
            print(f"{name}: p50 {middle:.0f} ms, p95 {p95:.0f}, most {values[-1]:.0f} ({len(values)} times)")


class Dictation:
    def __init__(self, here, own):
        self.here, self.own, self.follow = here, own, Followed(here)
        self.problems, self.repeated, self.figures = [], [], Figures()
        self.used = 0.0

    def note(self, name, seconds):
        self.figures.add(name, 1e3 * seconds)

    def toggle(self):
        self.here.hark("toggle")

    def dictate(self, what, clip, wait, wish):
        """What the clip becomes; tried again where the machine was too busy, by the program's own words."""
        for _ in range(TRIES):
            text, wrong = self.try_to_dictate(what, clip, wait, wish)
            status = self.here.status()
            reason = status["problem"] or ""
            if wait is not None and status["latency"]["stream_open"]["last_ms"] > 0:
                reason = "the microphone was closed before it was used again"
            elif LOST_SOUND not in reason:
                break
            self.repeated.append(f"{what}: {reason}")
        if wrong:
            self.problems.append(wrong)
        return text

    def try_to_dictate(self, what, clip, wait, wish):
        """What the clip becomes, spoken `wait` seconds after the wish, or once a cold microphone records; and
        what is wrong with the recording's length, if anything is."""
        cold, clicks = wait is None, wish == self.own.click
        if cold:
            time.sleep(COOLING_S)
        else:
            self.keep_warm()
        mark, began = self.follow.mark(), time.monotonic()
        wish()
        if cold:
            self.follow.when("recording", mark)
        else:
            time.sleep(max(0, began + wait - time.monotonic()))
        subprocess.run(["paplay", str(clip)], env=self.here.environment, check=True)
        stopped = time.monotonic()
        wish()
        self.follow.when("finishing", mark)
        ended, _ = self.follow.when("idle", mark)
        self.used = ended
        status = self.here.status()
        warmth, latency = "cold" if cold else "warm", status["latency"]
        if clicks:
            self.note(f"{warmth}, click to arming", self.follow.when("arming or recording", mark)[0] - began)
            name = "lost between a cold click and Recording" if cold else "warm, click to Recording"
            self.note(name, self.follow.when("recording", mark)[0] - began)
        self.note(f"{warmth}, wish to stop to text at rest", ended - stopped)
        for step in STEPS:
            self.figures.add(f"{warmth}, {step} in the ledger", latency[step]["last_ms"])
        wrong = self.wrong_length(f"{what}, {clip.stem}", stopped - began, cold, latency)
        return status.get("text") or "", wrong

    def begin(self):
        """Starts a recording by command; again where a busy machine gives no sound."""
        for _ in range(TRIES):
            mark = self.follow.mark()
            self.here.hark("start")
            self.follow.when("arming or recording", mark)
            wait_for("a recording", 20, lambda: self.here.status()["state"] in ("recording", "idle"))
            status = self.here.status()
            if status["state"] == "recording":
                return mark
            self.repeated.append(f"a start: {status['problem']}")
        raise SystemExit(f"FAILED: no recording: {status['problem']}")

    def keep_warm(self):
        if time.monotonic() - self.used > FRESH_S:
            mark = self.begin()
            self.here.hark("cancel")
            self.used, _ = self.follow.when("idle", mark)
        time.sleep(max(0, self.used + READY_S - time.monotonic()))

    def wrong_length(self, what, spoken, cold, latency):
        """Compares the newest recording with what was to be heard, `spoken` seconds and what is around them."""
        length = len(read(self.here.newest())) / 16_000
        before = -latency["first_sample"]["last_ms"] / 1e3 if cold else PRE_ROLL_S
        off = length - (before + spoken + TAIL_S)
        self.note("length of a recording against the time between the wishes, off by", abs(off))
        return abs(off) > TOLERANCE_S and f"{what}: the recording is {length:.2f} s long, {off:+.2f} s off"

    def check(self, name, clip, wait, wish, expected):
        text = self.dictate(name, SAMPLES / f"{clip}.wav", wait, wish)
        if words(text) != words(expected):
            self.problems.append(f"{name}: {expected!r} became {text!r}")

    def cancel_recordings(self, times):
        for _ in range(times):
            self.begin()
            self.cancel("while recording")

    def cancel_texts(self, times):
        """Stops recordings, and cancels while their texts are made, where that is not over already."""
        kept = 0
        for _ in range(times):
            before = self.here.status().get("text")
            mark = self.begin()
            subprocess.run(["paplay", str(SAMPLES / "short12.wav")], env=self.here.environment, check=True)
            self.here.hark("stop")
            self.follow.when("finishing", mark)
            # All has been heard by now, and the engine is at it.
            time.sleep(TAIL_S + 0.05)
            if self.here.status()["state"] == "finishing":
                self.cancel("while the text is made")
            kept += self.here.status().get("text") != before
        if kept > times / 2:
            self.problems.append(f"{kept} of {times} cancelled texts came all the same")

    def cancel(self, what):
        self.own.point_at(self.own.cancel_button)
        # The button is there once the window has been drawn.
        time.sleep(0.15)
        mark, clicked = self.follow.mark(), time.monotonic()
        self.own.click()
        self.note(f"click on Cancel to rest, {what}", self.follow.when("idle", mark)[0] - clicked)


def dictate_all(talk, here, rounds):
    truths = {clip: said(here, clip) for clip in CLIPS}
    alone = {clip: longest_word(here, clip) for clip in CLIPS}
    space, click = here.press_space, talk.own.click
    places = {
        "minimised": talk.own.minimised,
        "covered": talk.own.covered,
        "on another workspace": talk.own.on_another_workspace,
    }
    dropped = []
    for number in range(rounds):
        clip = CLIPS[number % len(CLIPS)]
        talk.own.point_at(talk.own.big_button)
        for wait, wish in zip(WAITS, (click, space, click, space)):
            talk.check(moment(wait), clip, wait, wish, truths[clip])
        # Under the mouse, the button has another colour.
        talk.own.point_at(NOWHERE)
        for place, (name, hidden) in enumerate(places.items()):
            with hidden():
                wait = WAITS[(number + place) % len(WAITS)]
                talk.check(f"{name}, {moment(wait)}", clip, wait, talk.toggle, truths[clip])
        word, length = alone[clip]
        if not talk.dictate("a word", word, None, talk.toggle):
            dropped.append(f"{1e3 * length:.0f} ms of {clip}")
    lengths = ", ".join(f"{1e3 * length:.0f}" for _, length in alone.values())
    print(f"single words of {lengths} ms: {len(dropped)} of {rounds} dropped")
    if dropped:
        talk.problems.append(f"single words dropped: {', '.join(dropped)}")


def main(binary, out, rounds="1"):
    rounds = int(rounds)
    with room(binary, out, "dictation") as here:
        here.run(["openbox"], here.environment, stdout=here.log, stderr=here.log)
        app = here.open_window()
        wait_for("a model", 30, lambda: here.status()["engine"] == "ready")
        talk = Dictation(here, OwnWindow(here))
        dictate_all(talk, here, rounds)
        talk.cancel_recordings(CANCELS)
        app.terminate()
        app.wait()
        here.open_window(model=SLOW_MODEL)
        wait_for("a slow model", 60, lambda: here.status()["engine"] == "ready")
        slow = Dictation(here, OwnWindow(here))
        slow.cancel_texts(CANCELS)
        for figures in (talk.figures, slow.figures):
            figures.print()
    for again in talk.repeated + slow.repeated:
        print(f"dictated again, {again}")
    problems = talk.problems + slow.problems
    if problems:
        raise SystemExit("FAILED: " + "; ".join(problems))


if __name__ == "__main__":
    main(*sys.argv[1:])
