"""Hark's own window on a desktop: clicked with a mouse, minimised, covered, and left on another workspace.

Openbox has to run in the room. The big button is found by its colours in the light theme, so that a click
lands on what a person sees.
"""

import contextlib
import re
import subprocess

from recording import wait_for

RECORD, STOP = (0x0B, 0x6E, 0x69), (0xC2, 0x36, 0x2F)
# Points: the height of the bar at the bottom, and how far left of the big button the one to cancel is.
BAR, TO_CANCEL = 90, 50
LEAST_PIXELS = 3000
NOWHERE = (2, 2)


class OwnWindow:
    def __init__(self, here):
        self.here = here
        self.window = wait_for("the window", 20, lambda: self.windows("^Hark$"))[-1]
        # One that reads commands takes no time to begin, so that a click comes when it is asked for.
        self.hand = here.run(["xdotool", "-"], here.environment, stdin=subprocess.PIPE, text=True, bufsize=1)
        self.point_at(NOWHERE)
        left, right, middle = wait_for("the record button", 20, lambda: self.button(RECORD))
        self.big_button = ((left + right) // 2, middle)
        self.cancel_button = (left - TO_CANCEL, middle)

    def call(self, *command):
        return subprocess.run(command, env=self.here.environment, capture_output=True, text=True, timeout=30).stdout

    def windows(self, name):
        return self.call("xdotool", "search", "--onlyvisible", "--name", name).split()

    def frame(self):
        """Left, top, width and height on the screen."""
        said = self.call("xwininfo", "-id", self.window)
        names = ("Absolute upper-left X", "Absolute upper-left Y", "Width", "Height")
        return [int(re.search(rf"{name}: +(-?\d+)", said)[1]) for name in names]

    def button(self, colour):
        """Left, right and middle line of what has this colour in the bar at the bottom, on the screen."""
        left, top, width, height = self.frame()
        top += height - BAR
        crop = ["import", "-window", "root", "-crop", f"{width}x{BAR}+{left}+{top}", "-depth", "8", "rgb:-"]
        shot = subprocess.run(crop, env=self.here.environment, capture_output=True, timeout=30).stdout
        if len(shot) != 3 * width * BAR:
            return None
        places = [i for i in range(0, len(shot), 3) if tuple(shot[i : i + 3]) == colour]
        if len(places) < LEAST_PIXELS:
            return None
        columns, rows = [i // 3 % width for i in places], [i // 3 // width for i in places]
        return left + min(columns), left + max(columns), top + (min(rows) + max(rows)) // 2

    def point_at(self, place):
        """Moves the mouse there beforehand, as a hand does."""
        self.hand.stdin.write(f"mousemove {place[0]} {place[1]}\n")

    def click(self):
        self.hand.stdin.write("click 1\n")

    def state(self):
        """What the window manager says: `Normal` or `Iconic`."""
        said = re.search(r"window state: (\w+)", self.call("xprop", "-id", self.window, "WM_STATE"))
        return said and said[1]

    def is_mapped(self):
        return "Map State: IsViewable" in self.call("xwininfo", "-id", self.window)

    def come_back(self):
        self.call("xdotool", "windowactivate", "--sync", self.window)
        # It moves for a moment.
        back = lambda: self.state() == "Normal" and self.is_mapped() and self.button(RECORD) and self.is_in_place()
        wait_for("the window again", 20, back)

    def is_in_place(self):
        left, right, middle = self.button(RECORD) or (0, 0, 0)
        return ((left + right) // 2, middle) == self.big_button

    @contextlib.contextmanager
    def minimised(self):
        self.call("xdotool", "windowminimize", self.window)
        hidden = lambda: "_NET_WM_STATE_HIDDEN" in self.call("xprop", "-id", self.window, "_NET_WM_STATE")
        gone = lambda: self.state() == "Iconic" and hidden() and not self.is_mapped()
        wait_for("a minimised window", 20, gone)
        yield
        self.must("minimised", gone())
        self.come_back()

    @contextlib.contextmanager
    def covered(self):
        cover = self.here.run(["xterm", "-fullscreen", "-T", "cover"], self.here.environment, stderr=self.here.log)
        gone = lambda: self.is_mapped() and self.button(RECORD) is None and self.button(STOP) is None
        wait_for("a window over it", 20, lambda: self.windows("^cover$") and gone())
        yield
        self.must("covered", gone())
        cover.kill()
        cover.wait()
        self.come_back()

    @contextlib.contextmanager
    def on_another_workspace(self):
        self.call("xdotool", "set_desktop", "1")
        elsewhere = lambda: "= 0" in self.call("xprop", "-id", self.window, "_NET_WM_DESKTOP")
        there = lambda: self.call("xdotool", "get_desktop").strip() == "1"
        gone = lambda: elsewhere() and there() and not self.is_mapped()
        wait_for("another workspace", 20, gone)
        yield
        self.must("on another workspace", gone())
        self.call("xdotool", "set_desktop", "0")
        self.come_back()

    def must(self, what, holds):
        if not holds:
            raise SystemExit(f"FAILED: the window is not {what} any more")
