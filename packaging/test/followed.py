"""What `hark status --follow` says, and when: how long each step took as another program sees it."""

import json
import subprocess
import threading
import time


class Followed:
    """The lines of one follower in a room, each with the moment at which it came."""

    def __init__(self, here):
        command = [here.binary, "status", "--follow", "--format", "json"]
        self.process = here.run(command, here.environment, stdout=subprocess.PIPE, stderr=here.log, text=True)
        self.lines, self.news = [], threading.Condition()
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            moment = time.monotonic()
            with self.news:
                self.lines.append((moment, json.loads(line)))
                self.news.notify_all()

    def mark(self):
        """A place between the lines that came and those that will come."""
        with self.news:
            return len(self.lines)

    def when(self, state, mark, seconds=20):
        """The moment and the line of the first one behind `mark` that says so. Who follows sees the newest state, so
        that one which was over at once may be missing: `state` can be several."""
        states = state.split(" or ")
        found = lambda: next((line for line in self.lines[mark:] if line[1]["state"] in states), None)
        with self.news:
            line = self.news.wait_for(found, seconds)
            last = self.lines[-1][1] if self.lines else None
        if not line:
            raise SystemExit(f"FAILED: no state {state!r} within {seconds} s; the last line says {last}")
        return line
