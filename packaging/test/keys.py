"""Presses keys on an X11 desktop and looks at what the program makes of them.

    keys.py BINARY FOLDER           what the program said is left in FOLDER
    keys.py BINARY FOLDER ROUNDS    measures, so many times, how long it takes from a key to arming

The program's window is minimised. Needs a microphone (virtual-mic.sh), openbox, xdotool, setxkbmap, xset,
xterm and python3-xlib.
"""

import json
import pathlib
import statistics
import subprocess
import sys
import threading
import time

from recording import room, wait_for
from Xlib import XK, X, display, error

LONGEST_HOLD_S = 2
# Physical keys: for their names, xdotool would press other modifiers, too.
RIGHT_CTRL, U, A = "105", "30", "38"
SETTINGS = {
    "keys": [
        {"key": "F9", "action": "toggle"},
        {"key": "F8", "action": "hold_to_talk"},
        {"key": "F7", "action": "cancel"},
        {"key": "F6", "action": "toggle"},
        {"key": "Pause", "action": "toggle", "language": "de"},
        {"key": "Right Ctrl", "action": "hold_to_talk"},
        {"key": "Ctrl+Alt+Z", "action": "next_language"},
        {"key": "Space", "action": "toggle"},
    ],
    "languages": ["en", "auto"],
    "holding keys": {"longest_hold_s": LONGEST_HOLD_S},
}


class Desk:
    """The program with its keys, and another app that has the focus."""

    def __init__(self, here, binary):
        self.here, self.binary = here, binary
        config = here.work / ".config/hark"
        config.mkdir(parents=True)
        (config / "settings.json").write_text(json.dumps(SETTINGS))
        here.run(["openbox"], here.environment, stdout=here.log, stderr=here.log)
        self.call("setxkbmap", "us")
        self.call("xset", "r", "on", "r", "rate", "250", "30")
        self.typed = here.work / "typed"
        self.other = display.Display(here.environment["DISPLAY"])
        self.grab("F6")
        here.open_window()
        self.call("xdotool", "search", "--onlyvisible", "--name", "^Hark", "windowminimize")
        terminal = ["xterm", "-T", "receiver", "-e", f"cat > {self.typed}"]
        here.run(terminal, here.environment, stdout=here.log, stderr=here.log)
        found = lambda: self.call("xdotool", "search", "--onlyvisible", "--name", "receiver", may_fail=True).split()
        self.terminal = wait_for("a terminal", 20, found)[-1]
        self.call("xdotool", "windowfocus", "--sync", self.terminal)
        wait_for("a model", 60, lambda: self.status()["engine"] == "ready")
        wait_for("keys", 20, lambda: "grabbed" in self.status()["keys"]["way"])

    def call(self, *command, may_fail=False):
        done = subprocess.run(command, env=self.here.environment, capture_output=True, text=True, timeout=30)
        if done.returncode != 0 and not may_fail:
            raise SystemExit(f"FAILED: {' '.join(command)}: {done.stderr}")
        return done.stdout

    def xdo(self, *command):
        self.call("xdotool", *command)

    def status(self):
        return json.loads(self.call(self.binary, "status", "--format", "json"))

    def grab(self, name):
        """Another program takes a key, under any modifiers."""
        code = self.other.keysym_to_keycode(XK.string_to_keysym(name))
        refused = error.CatchError(error.BadAccess)
        root = self.other.screen().root
        root.grab_key(code, X.AnyModifier, False, X.GrabModeAsync, X.GrabModeAsync, onerror=refused)
        self.other.sync()
        return refused.get_error() is None

    def ungrab(self, name):
        code = self.other.keysym_to_keycode(XK.string_to_keysym(name))
        self.other.screen().root.ungrab_key(code, X.AnyModifier)
        self.other.sync()

    def comes_to(self, what, *states):
        wait_for(what, 10, lambda: self.status()["state"] in states)

    def records(self, what):
        self.comes_to(what, "arming", "recording")

    def rests(self, what):
        self.comes_to(what, "idle")

    def generation(self):
        return self.status()["generation"]

    def stays(self, what, generation, seconds=0.4):
        time.sleep(seconds)
        now = self.status()
        if (now["state"], now["generation"]) != ("idle", generation):
            raise SystemExit(f"FAILED: {what}: {now['state']}, recording {now['generation']} after {generation}")

    def focused(self):
        return self.call("xdotool", "getwindowfocus").strip()


def toggles(desk):
    desk.xdo("key", "F9")
    desk.records("F9 starts")
    desk.comes_to("samples", "recording")
    desk.xdo("key", "F9")
    desk.rests("F9 stops")
    for lock in ("Caps_Lock", "Num_Lock"):
        desk.xdo("key", lock)
        desk.xdo("key", "F9")
        desk.records(f"F9 starts under {lock}")
        desk.xdo("key", "F7")
        desk.rests(f"F7 cancels under {lock}")
    desk.xdo("key", "Num_Lock", "Caps_Lock")
    before = desk.generation()
    desk.xdo("key", "F7")
    desk.stays("F7 at rest does nothing", before)
    print("toggle and cancel, also under CapsLock and NumLock")


def holds(desk):
    before = desk.generation()
    desk.xdo("keydown", "F8")
    desk.comes_to("a hold", "recording")
    # Long enough for the keyboard to repeat the key thirty times.
    time.sleep(1.2)
    now = desk.status()
    assert (now["state"], now["generation"]) == ("recording", before + 1), f"a repeat is a press: {now}"
    desk.xdo("keyup", "F8")
    desk.rests("a release ends it")
    assert desk.generation() == before + 1, "a repeat is a press"
    desk.xdo("keydown", "F8")
    desk.comes_to("another hold", "recording")
    wait_for("the longest hold", LONGEST_HOLD_S + 3, lambda: desk.status()["state"] != "recording")
    assert "held for as long as is allowed" in (desk.status()["notice"] or ""), desk.status()
    desk.rests("the end of it")
    time.sleep(0.5)
    assert desk.generation() == before + 2, "repeats after the longest hold are no presses"
    desk.xdo("keyup", "F8")
    desk.stays("its late release does nothing", before + 2)
    print("hold to talk, with repeats and without a release")


def modifiers(desk):
    before = desk.generation()
    desk.xdo("keydown", RIGHT_CTRL)
    desk.comes_to("right Ctrl alone", "recording")
    desk.xdo("keyup", RIGHT_CTRL)
    desk.rests("its release")
    # It still is a modifier: Ctrl+U empties the line in the terminal.
    desk.xdo("type", "wrong")
    desk.xdo("keydown", RIGHT_CTRL, "key", U, "keyup", RIGHT_CTRL)
    desk.xdo("type", "right\n")
    desk.stays("right Ctrl with another key", before + 1, 0.6)
    wait_for("the terminal's line", 5, lambda: desk.typed.read_text() == "right\n")
    desk.xdo("keydown", A, "keydown", RIGHT_CTRL)
    desk.stays("right Ctrl while another key is down", before + 1, 0.4)
    desk.xdo("keyup", RIGHT_CTRL, "keyup", A)
    desk.xdo("key", "Return")
    print("right Ctrl alone, and as the modifier that it is")


def grabbed(desk):
    before = desk.generation()
    root = desk.other.screen().root
    held = root.grab_keyboard(False, X.GrabModeAsync, X.GrabModeAsync, X.CurrentTime)
    assert held == X.GrabSuccess, held
    desk.xdo("keydown", RIGHT_CTRL)
    desk.stays("right Ctrl while another program has the keyboard", before, 0.6)
    desk.xdo("keyup", RIGHT_CTRL)
    desk.other.ungrab_keyboard(X.CurrentTime)
    desk.other.sync()
    desk.xdo("keydown", RIGHT_CTRL)
    desk.comes_to("right Ctrl once it is free again", "recording")
    desk.xdo("keyup", RIGHT_CTRL)
    desk.rests("its release")
    assert desk.focused() == desk.terminal, "the focus went away"
    print("right Ctrl while another program has the keyboard, such as a screen locker")


def another_layout(desk):
    language = desk.status()["language"]
    assert language == "en", language
    desk.xdo("key", "ctrl+alt+z")
    wait_for("the next language", 5, lambda: desk.status()["language"] == "auto")
    # Z and Y change places: keycodes 52 and 29.
    desk.call("setxkbmap", "de")
    time.sleep(0.5)
    desk.xdo("keydown", "ctrl", "keydown", "alt", "key", "29", "keyup", "alt", "keyup", "ctrl")
    wait_for("Z where it is now", 5, lambda: desk.status()["language"] == "en")
    desk.xdo("keydown", "ctrl", "keydown", "alt", "key", "52", "keyup", "alt", "keyup", "ctrl")
    time.sleep(0.3)
    assert desk.status()["language"] == "en", "Z is where it was"
    desk.call("setxkbmap", "us")
    desk.call("xmodmap", "-e", "keycode 76 = F1", "-e", "keycode 67 = F10")
    time.sleep(0.5)
    desk.xdo("key", "F9")
    desk.records("F9 after xmodmap")
    desk.xdo("key", "F7")
    desk.rests("F7 after xmodmap")
    print("keys follow the layout")


def taken(desk):
    problems = " ".join(desk.status()["keys"]["problems"])
    assert "F6 is taken by another program" in problems, problems
    assert "Space alone would be missing" in problems, problems
    assert "F6 is taken" in (desk.status()["problem"] or ""), desk.status()["problem"]
    for command in ("doctor", "keys"):
        said = desk.call(desk.binary, command, may_fail=True)
        assert "F6 is taken by another program" in said, said
    assert not desk.grab("F9"), "F9 was free"
    desk.ungrab("F6")
    wait_for("F6 when it is free", 15, lambda: "F6" not in " ".join(desk.status()["keys"]["problems"]))
    desk.xdo("key", "F6")
    desk.records("F6")
    desk.xdo("key", "F7")
    desk.rests("F7")
    before = desk.generation()
    desk.xdo("key", "Pause")
    wait_for("why there is no German", 5, lambda: "knows only English" in (desk.status()["problem"] or ""))
    desk.stays("a language that the model does not know", before)
    said = subprocess.run(
        [desk.binary, "toggle", "--language", "de"], env=desk.here.environment, capture_output=True, text=True
    )
    assert said.returncode != 0 and "knows only English" in said.stderr, said
    print("a key that another program has, and a language that the model lacks")


def to_arming(desk, rounds):
    """From the key's press to the line that says so."""
    follow = subprocess.Popen(
        [desk.binary, "status", "--follow", "--format", "json"],
        env=desk.here.environment, stdout=subprocess.PIPE, text=True,
    )
    desk.here.running.append(follow)
    armed, seen = threading.Event(), []

    def read():
        for line in follow.stdout:
            if json.loads(line)["state"] == "arming":
                seen.append(time.monotonic())
                armed.set()

    threading.Thread(target=read, daemon=True).start()
    code = desk.other.keysym_to_keycode(XK.string_to_keysym("F9"))
    from Xlib.ext import xtest
    times = []
    for _ in range(rounds):
        armed.clear()
        began = time.monotonic()
        xtest.fake_input(desk.other, X.KeyPress, code)
        desk.other.sync()
        if not armed.wait(5):
            raise SystemExit("FAILED: F9 does not arm")
        times.append(1e3 * (seen[-1] - began))
        xtest.fake_input(desk.other, X.KeyRelease, code)
        desk.other.sync()
        desk.xdo("key", "F7")
        desk.rests("the end")
    times.sort()
    print(f"key to arming in {rounds} rounds: median {statistics.median(times):.1f} ms, most {times[-1]:.1f} ms")


def main(binary, out, rounds=None):
    with room(binary, out, "keys") as here:
        desk = Desk(here, binary)
        if rounds:
            return to_arming(desk, int(rounds))
        focus = desk.focused()
        for proof in (toggles, holds, modifiers, grabbed, another_layout, taken):
            proof(desk)
        assert desk.focused() == focus, "the focus has moved"
        print("the focus never moved")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except AssertionError as wrong:
        raise SystemExit(f"FAILED: {wrong}") from wrong
