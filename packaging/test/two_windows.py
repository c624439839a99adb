"""Starts the window twice in the same instant, ten times: one window opens, and the other start hands over to it.

    two_windows.py BINARY FOLDER [ROUNDS]     what the programs said is left in FOLDER

Rounds end in turn by a request to end and by a kill, so that the next one finds the socket of a program that is no
more. Then a window with another folder for its sockets lives beside the first.
"""

import os
import pathlib
import signal
import subprocess
import sys
import time

from recording import room, wait_for

NOT_RUNNING = 5


class Starts:
    def __init__(self, here):
        self.here = here
        self.runtime = self.own_runtime("runtime")

    def own_runtime(self, name):
        """From now on, sockets are here."""
        folder = self.here.work / name
        folder.mkdir(mode=0o700)
        self.here.environment["XDG_RUNTIME_DIR"] = str(folder)
        return folder

    def at_once(self, number):
        """So many starts that wait for the same moment."""
        held, release = os.pipe()
        # The end of the pipe lets all of them go.
        script = 'read _; exec "$0"'
        piped = dict(stdin=held, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        started = [self.here.run(["sh", "-c", script, self.here.binary], self.here.environment, **piped) for _ in range(number)]
        os.close(held)
        time.sleep(0.1)
        os.close(release)
        return started

    def windows(self):
        search = ["xdotool", "search", "--onlyvisible", "--name", "^Hark"]
        found = subprocess.run(search, env=self.here.environment, capture_output=True, text=True).stdout.split()
        owner = lambda window: subprocess.run(
            ["xdotool", "getwindowpid", window], env=self.here.environment, capture_output=True, text=True
        ).stdout.strip()
        return {owner(window) for window in found}

    def asked(self):
        """Exit code and answer of a question to the window."""
        command = [self.here.binary, "status", "--format", "json"]
        done = subprocess.run(command, env=self.here.environment, capture_output=True, text=True, timeout=30)
        return done.returncode, done.stdout + done.stderr

    def left(self):
        return sorted(path.name for path in (self.runtime / "hark").iterdir())


def one_round(starts, killed):
    both = starts.at_once(2)
    wait_for("one of two starts to end", 60, lambda: any(start.poll() is not None for start in both))
    ended = [start for start in both if start.poll() is not None]
    if len(ended) != 1:
        raise SystemExit(f"FAILED: both have ended: {[start.communicate() for start in ended]}")
    said, problem = ended[0].communicate()
    if ended[0].returncode != 0 or "is running already" not in said or problem:
        raise SystemExit(f"FAILED: the second start ended with {ended[0].returncode}: {said!r} {problem!r}")
    first = next(start for start in both if start is not ended[0])
    wait_for("the window", 30, starts.windows)
    code, answer = starts.asked()
    if code != 0:
        raise SystemExit(f"FAILED: the window does not answer: {answer}")
    if starts.windows() != {str(first.pid)} or first.poll() is not None:
        raise SystemExit(f"FAILED: windows of {starts.windows()} in place of one of {first.pid}")
    first.send_signal(signal.SIGKILL if killed else signal.SIGTERM)
    said, problem = first.communicate(timeout=30)
    if not killed and (first.returncode, problem) != (0, ""):
        raise SystemExit(f"FAILED: asked to end, the window ended with {first.returncode}: {problem!r}")
    expected = ["control.lock", "control.sock"] if killed else ["control.lock"]
    if starts.left() != expected:
        raise SystemExit(f"FAILED: {starts.left()} are left, and {expected} were expected")
    if (code := starts.asked()[0]) != NOT_RUNNING:
        raise SystemExit(f"FAILED: without a window, status ends with {code}")
    return both.index(first)


def beside(starts):
    """Another folder for sockets, another data folder: another Hark."""
    first, = starts.at_once(1)
    wait_for("the first window", 30, lambda: starts.asked()[0] == 0)
    environment, runtime = dict(starts.here.environment), starts.runtime
    starts.own_runtime("another")
    data = pathlib.Path(starts.here.environment["HARK_DATA_DIR"] + "-2")
    data.mkdir()
    starts.here.environment["HARK_DATA_DIR"] = str(data)
    if starts.asked()[0] != NOT_RUNNING:
        raise SystemExit("FAILED: the window answers in a folder that is not its own")
    second, = starts.at_once(1)
    wait_for("the second window", 30, lambda: starts.asked()[0] == 0)
    wait_for("two windows", 30, lambda: starts.windows() == {str(first.pid), str(second.pid)})
    second.send_signal(signal.SIGTERM)
    second.communicate(timeout=30)
    starts.here.environment, starts.runtime = environment, runtime
    if starts.asked()[0] != 0 or first.poll() is not None:
        raise SystemExit("FAILED: the end of the other one ended the first")
    first.send_signal(signal.SIGTERM)
    first.communicate(timeout=30)


def main(binary, out, rounds="10"):
    with room(binary, out, "two-windows") as here:
        starts = Starts(here)
        winners = [one_round(starts, number % 2 == 1) for number in range(int(rounds))]
        beside(starts)
    print(f"{rounds} rounds: one window each; the first of two starts has opened it {winners.count(0)} times")


if __name__ == "__main__":
    main(*sys.argv[1:])
