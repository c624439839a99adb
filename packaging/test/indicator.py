"""Dictates over a terminal by the control socket, and watches the indicator: it is seen, takes no focus and no
click, follows what happens, and goes.

    indicator.py BINARY FOLDER [PICTURES]     what the program said is left in FOLDER, screenshots in PICTURES

The virtual microphone has to run (virtual-mic.sh).
"""

import json
import pathlib
import subprocess
import sys
import time

from recording import room, wait_for

SAMPLES = pathlib.Path(__file__).resolve().parents[2] / "assets/demo/samples"
WIDTH, HEIGHT = 1280, 900
# The colours of the light theme.
CARD, RECORDING, ACCENT = (255, 255, 255), (0xC2, 0x36, 0x2F), (0x0B, 0x6E, 0x69)
# Switches the terminal's reports of clicks on, and keeps what it gets.
LISTEN = "stty -icanon -echo; printf '\\033[?1000h'; printf 'Some text to dictate into.\\n'; cat >\"$0\""


class Desk:
    """A screen with a terminal all over it."""

    def __init__(self, here, pictures):
        self.here, self.pictures = here, pictures
        self.typed = here.work / "typed"
        here.run(["openbox"], here.environment, stdout=here.log, stderr=here.log)
        terminal = ["xterm", "-geometry", "210x66+0+0", "-class", "receiver", "-e", "sh", "-c", LISTEN, str(self.typed)]
        here.run(terminal, here.environment, stdout=here.log, stderr=here.log)
        found = wait_for("a terminal", 20, lambda: self.windows("receiver") and self.typed.exists())
        self.terminal = self.windows("receiver")[0] if found else None
        self.problems = []

    def do(self, *arguments):
        return subprocess.run(arguments, env=self.here.environment, capture_output=True, text=True).stdout.strip()

    def windows(self, kind):
        return self.do("xdotool", "search", "--onlyvisible", "--class", kind).split()

    def hark(self, *arguments):
        command = [self.here.binary, *arguments]
        done = subprocess.run(command, env=self.here.environment, capture_output=True, text=True, timeout=30)
        if done.returncode != 0:
            raise SystemExit(f"FAILED: hark {' '.join(arguments)}: {done.stderr}")
        return done.stdout

    def state(self):
        return json.loads(self.hark("status", "--format", "json"))["state"]

    def focus(self):
        return self.do("xdotool", "getwindowfocus")

    def focus_terminal(self):
        """Gives the terminal the focus for good; a window manager that has just begun may not listen yet."""
        times = []

        def settled():
            has = self.focus() == self.terminal
            times.append(has)
            if not has:
                self.do("xdotool", "windowactivate", self.terminal)
            time.sleep(0.1)
            return len(times) >= 8 and all(times[-8:])

        wait_for("the focus in the terminal", 20, settled)
        return self.terminal

    def named(self, window):
        return self.do("xdotool", "getwindowname", window) or window

    def indicator(self):
        """Left, top, width and height of the indicator, if it is there."""
        found = self.windows("hark-indicator")
        if not found:
            return None
        lines = self.do("xdotool", "getwindowgeometry", "--shell", found[-1]).splitlines()
        values = dict(line.split("=") for line in lines)
        # It may have gone since.
        if "X" not in values:
            return None
        return tuple(int(values[name]) for name in ("X", "Y", "WIDTH", "HEIGHT"))

    def colours(self, area, name=None):
        """How often each colour is in this part of the screen; the screen is kept under `name`."""
        shot = subprocess.run(
            ["import", "-window", "root", "-depth", "8", "rgb:-"], env=self.here.environment, capture_output=True
        ).stdout
        if name and self.pictures:
            self.do("import", "-window", "root", str(pathlib.Path(self.pictures) / f"{name}.png"))
        left, top, width, height = area
        counts = {}
        for y in range(top, top + height):
            row = 3 * (y * WIDTH + left)
            for place in range(row, row + 3 * width, 3):
                colour = tuple(shot[place : place + 3])
                counts[colour] = counts.get(colour, 0) + 1
        return counts

    def check(self, what, holds):
        if not holds:
            self.problems.append(what)

    def sees(self, colour, least, name=None):
        def seen():
            area = self.indicator()
            return area and self.colours(area, name).get(colour, 0) >= least

        return seen


def main(binary, out, pictures=None):
    with room(binary, out, "indicator") as here:
        here.open_window()
        desk = Desk(here, pictures)
        ready = lambda: json.loads(desk.hark("status", "--format", "json"))["engine"] == "ready"
        wait_for("a model", 30, ready)
        focused = desk.focus_terminal()
        desk.check("it is there before anything is recorded", desk.indicator() is None)

        desk.hark("start")
        area = wait_for("the indicator", 5, desk.indicator)
        left, top, width, height = area
        middle, below = left + width / 2, HEIGHT - top - height
        desk.check(f"it is not at the bottom in the middle: {area}", abs(middle - WIDTH / 2) <= 1 and below == 24)
        wait_for("the sign of a recording", 10, desk.sees(RECORDING, 80))
        subprocess.run(["paplay", str(SAMPLES / "short04.wav")], env=here.environment, check=True)
        desk.check("it is no pill", desk.colours(desk.indicator(), "recording").get(CARD, 0) > 2000)
        now = desk.focus()
        desk.check(f"the focus went to {desk.named(now)!r} while it recorded", now == focused)

        reported = desk.typed.stat().st_size
        desk.do("xdotool", "mousemove", str(left + 22), str(top + 22), "click", "1")
        through = lambda: desk.typed.stat().st_size > reported
        wait_for("the click in the terminal below", 5, through)
        desk.check("the focus went away after a click", desk.focus() == focused)

        desk.hark("stop")
        wait_for("the end", 20, lambda: desk.state() == "idle")
        wait_for("the sign that it ended well", 2, desk.sees(ACCENT, 8, "ended"))
        desk.check("the focus went away at the end", desk.focus() == focused)
        wait_for("that it goes", 4, lambda: desk.indicator() is None)

        desk.hark("start")
        wait_for("the indicator again", 5, desk.indicator)
        desk.hark("cancel")
        wait_for("that it goes when cancelled", 1, lambda: desk.indicator() is None)

        own = desk.do("xdotool", "search", "--onlyvisible", "--name", "^Hark").split()[-1]
        desk.do("xdotool", "windowactivate", "--sync", own)
        wait_for("the focus in Hark's window", 5, lambda: desk.focus() != focused)
        time.sleep(0.3)
        desk.hark("start")
        wait_for("a recording", 10, lambda: desk.state() == "recording")
        time.sleep(0.3)
        desk.check("it is there while Hark's window has the focus", desk.indicator() is None)
        desk.do("xdotool", "windowactivate", "--sync", desk.terminal)
        wait_for("the indicator once another window has the focus", 5, desk.indicator)
        desk.hark("cancel")
    if desk.problems:
        raise SystemExit("FAILED: " + "; ".join(desk.problems))
    print(f"seen at {area}, with the focus and the clicks in the terminal")


if __name__ == "__main__":
    main(*sys.argv[1:])
