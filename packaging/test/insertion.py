"""Dictates from a virtual microphone into other apps on a screen of its own, and reads what they got.

    insertion.py BINARY FOLDER [DICTATIONS [PART...]]     what the program said is left in FOLDER

With 0 dictations, all but those; with more than 8, or 0, what takes long as well; with PARTs, those only.

The apps are xterm, a VTE terminal, a GTK text view and a Qt text field; each gets its share of the
dictations, half of them while a clipboard manager runs. Each text has to be in its app exactly, what was on
the clipboard has to be there again, and nothing but this script may move the focus. Then come texts that
nobody can dictate into a small model: they are what a filter program makes of a dictation.

The virtual microphone has to run (virtual-mic.sh).
"""

import json
import os
import pathlib
import random
import signal
import socket
import statistics
import subprocess
import sys
import time

from recording import room, wait_for

HERE = pathlib.Path(__file__).resolve().parent
SAMPLES = HERE.parents[1] / "assets/demo/samples"
CLIPS = ["short12", "short18", "short23", "short08", "short05"]
PYTHON = "/usr/bin/python3"
RECEIVERS = ["xterm", "vte", "gtk", "qt"]
# Not of any keyboard's layout at once: umlauts, capitals, Cyrillic, Chinese, Japanese, symbols, emoji.
MIXED = "Größe & ÄÖÜ: “Ünïcode” – 10 €, АБВ где, 日本語のテキスト, 中文字符, Ελλάδα, 🎤🙂 {[\\|~]}@ End."


class Desk:
    """The screen with its apps."""

    def __init__(self, here, binary):
        self.here, self.binary = here, binary
        self.environment = here.environment
        self.windows, self.files, self.processes = {}, {}, {}
        self.focused = 0
        config = here.work / "config"
        config.mkdir()
        self.settings = config / "settings.json"
        self.environment["HARK_CONFIG_DIR"] = str(config)
        self.environment.update(GTK_IM_MODULE="gtk-im-context-simple", QT_QPA_PLATFORM="xcb", NO_AT_BRIDGE="1")
        self.environment.update(LC_ALL="C.UTF-8", XDG_CONFIG_HOME=str(here.work / "xdg"))

    def call(self, *command, **how):
        return subprocess.run(command, env=self.environment, capture_output=True, timeout=60, **how)

    def quietly(self, *command):
        return self.here.run(command, self.environment, stdout=self.here.log, stderr=self.here.log)

    def open_receivers(self):
        self.quietly("openbox")
        wait_for("a window manager", 10, lambda: b"window id" in self.call("xprop", "-root", "_NET_SUPPORTING_WM_CHECK").stdout)
        for name in RECEIVERS:
            self.open_receiver(name)

    def open_receiver(self, name):
        script = str(HERE / "receivers.py")
        file = self.files[name] = self.here.work / f"{name}.txt"
        tty = [PYTHON, script, "tty", str(file)]
        command = {
            "xterm": ["xterm", "-T", "receiver xterm", "-e", *tty],
            "vte": ["lxterminal", "--no-remote", "-t", "receiver vte", "-e", " ".join(tty)],
        }.get(name, [PYTHON, script, name, str(file)])
        self.processes[name] = self.quietly(*command)

        def window():
            found = self.call("xdotool", "search", "--onlyvisible", "--name", f"receiver {name}").stdout.split()
            return found and file.exists() and found[-1].decode()

        self.windows[name] = wait_for(f"the window of {name}", 30, window)

    def start(self, **delivery):
        """Starts the program with these choices, in the background."""
        # An older Hark's settings are taken over where there are none yet.
        self.settings.with_suffix(".toml").unlink(missing_ok=True)
        self.settings.write_text(json.dumps({"schema": 1, **delivery}))
        app = self.here.open_window()
        wait_for("a model", 60, lambda: self.status()["engine"] == "ready")
        return app

    def end(self, app):
        find = lambda: self.call("xdotool", "search", "--name", "^Hark").stdout.split()
        window = wait_for("the program's window", 10, find)[-1]
        self.call(PYTHON, str(HERE / "close_window.py"), window)
        try:
            app.wait(20)
        except subprocess.TimeoutExpired:
            app.send_signal(signal.SIGTERM)
            app.wait(20)

    def hark(self, *arguments):
        done = self.call(self.binary, *arguments, text=True)
        if done.returncode != 0:
            raise SystemExit(f"FAILED: hark {' '.join(arguments)}: {done.stderr}")
        return done.stdout

    def status(self):
        return json.loads(self.hark("status", "--format", "json"))

    def paste_last(self):
        folder = pathlib.Path(self.environment["XDG_RUNTIME_DIR"]) / "hark"
        with socket.socket(socket.AF_UNIX) as stream:
            stream.connect(str(folder / "control.sock"))
            stream.sendall(b'{"version":1,"request":"paste_last"}\n')
            return json.loads(stream.makefile().readline())

    def focus(self, name):
        self.focused += 1
        self.call("xdotool", "windowactivate", "--sync", self.windows[name])
        wait_for(f"the focus of {name}", 30, lambda: self.has_focus(name))
        time.sleep(0.1)

    def new_line(self, name):
        """Begins a line, for fields are slow with long ones; gives all that was received up to there."""
        before = self.received(name)
        self.call("xdotool", "key", "Return")
        wait_for(f"a new line in {name}", 10, lambda: self.received(name) != before)
        return self.received(name)

    def has_focus(self, name):
        return self.call("xdotool", "getactivewindow").stdout.strip().decode() == self.windows[name]

    def received(self, name):
        return self.files[name].read_bytes().decode(errors="replace")

    def record(self):
        self.hark("toggle")
        try:
            wait_for("a recording", 20, lambda: self.status()["state"] == "recording")
        except SystemExit as failure:
            raise SystemExit(f"{failure}; the program says {self.status()}")

    def dictate(self, clip):
        self.record()
        self.call("paplay", str(SAMPLES / f"{clip}.wav"))
        self.hark("toggle")
        wait_for("the text", 30, lambda: self.status()["state"] == "idle")
        return self.status().get("text") or ""

    def copy(self, kind, content):
        """Another program's clipboard. xclip stays in the background."""
        copy = subprocess.Popen(
            ["xclip", "-selection", "clipboard", "-t", kind, "-i"],
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        copy.communicate(content, timeout=20)

    def clipboard(self, kind):
        return self.call("xclip", "-selection", "clipboard", "-t", kind, "-o").stdout


def arrived(desk, name, before, expected, seconds=20):
    """What the app has got since, once it is what was expected or nothing more comes."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        got = desk.received(name)[len(before) :]
        if got == expected:
            break
        time.sleep(0.02)
    return got


def comes_back(desk, kind, content, seconds=10):
    """Whether the clipboard has this again, within some time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if desk.clipboard(kind) == content:
            return True
        time.sleep(0.02)
    return False


def contents(number):
    """Something to have on the clipboard: an image, a list of files, text, in turn."""
    noise = random.Random(number)
    return [
        ("image/png", b"\x89PNG\r\n\x1a\n" + noise.randbytes(3_000_000)),
        ("text/uri-list", b"file:///a%20b.txt\r\nfile:///c.txt\r\n"),
        ("UTF8_STRING", f"copied earlier: {number} äöü".encode()),
    ][number % 3]


class Problems(list):
    """What went wrong, said at once and counted at the end."""

    def append(self, problem):
        print(f"PROBLEM: {problem}", flush=True)
        super().append(problem)


def many(desk, dictations, problems):
    app = desk.start(delivery={"insert": True, "clipboard": "restore", "space_after": True})
    manager = None
    kind, content = contents(0)
    spy = desk.here.run(
        ["xprop", "-spy", "-root", "_NET_ACTIVE_WINDOW"],
        desk.environment,
        stdout=open(desk.here.work / "focus.log", "w"),
    )
    time.sleep(0.5)
    log = desk.here.work / "focus.log"
    spied = lambda: [int(line.split("#")[1].split(",")[0], 16) for line in log.read_text().splitlines() if "#" in line]
    exact = restored = moved = 0
    times = []
    for number in range(dictations):
        name = RECEIVERS[number % len(RECEIVERS)]
        if number == dictations // 2:
            # It takes text from its standard input, if there is any.
            manager = desk.here.run(["parcellite", "-n"], desk.environment, stdin=subprocess.PIPE, stdout=desk.here.log, stderr=desk.here.log)
            time.sleep(2)
        if number % 5 == 0:
            kind, content = contents(number // 5)
            desk.copy(kind, content)
            time.sleep(0.5)
        desk.focus(name)
        window = int(desk.windows[name])
        wait_for("the focus's log", 10, lambda: spied()[-1:] == [window])
        changes = len(spied())
        before = desk.received(name)
        text = desk.dictate(CLIPS[number % len(CLIPS)])
        got = arrived(desk, name, before, text + " ", 5)
        if text and got == text + " ":
            exact += 1
        else:
            problems.append(f"{number}, {name}: {text!r} arrived as {got!r}; {desk.status().get('problem')}")
        if comes_back(desk, kind, content):
            restored += 1
        else:
            problems.append(f"{number}, {name}: the clipboard's {kind} is not what it was")
        if not desk.has_focus(name) or set(spied()[changes:]) - {window}:
            moved += 1
            problems.append(f"{number}, {name}: the focus moved")
        latency = desk.status().get("latency") or {}
        times += [latency["delivered"]["last_ms"]] if latency.get("delivered") else []
    print(f"{dictations} dictations: {exact} exact texts, clipboard restored {restored} times, focus changed {moved} times")
    if times:
        print(f"final to inserted: median {statistics.median(times):.0f} ms, most {max(times):.0f} ms")
    if manager and manager.poll() is not None:
        problems.append("the clipboard manager did not stay")
    for process in [manager, spy]:
        if process:
            process.terminate()
    return app


class Texts:
    """Texts of any kind: a filter program makes them of whatever was said."""

    def __init__(self, desk, problems):
        self.desk, self.problems = desk, problems
        self.file = desk.here.work / "filtered.txt"
        command = ["sh", "-c", 'cat >/dev/null; cat "$0"', str(self.file)]
        rules = {"filter": {"on": True, "command": command}}
        typed = {"insert": True, "clipboard": "never"}
        pasted = {"insert": True, "clipboard": "restore"}
        mixed = {**pasted, "apps": {app: "type" for app in ("xterm", "lxterminal", "gtkfield", "qtfield", "receivers.py")}}
        self.choices = {"typed": typed, "pasted": pasted, "typed where it can be": mixed}
        self.rules = rules

    def run(self, way, text, names=RECEIVERS, rounds=1):
        """Delivers the text once by dictation and then some times more to each app, and says how long that took."""
        desk, times = self.desk, {name: [] for name in names}
        self.file.write_text(text)
        app = desk.start(**{"text rules": self.rules, "delivery": self.choices[way]})
        desk.copy("UTF8_STRING", b"copied earlier")
        desk.focus(names[0])
        before = desk.received(names[0])
        said = desk.dictate(CLIPS[0])
        if said != text:
            self.problems.append(f"{way}: the filter's text became {said[:80]!r}")
        self.compare(names[0], way, before, text)
        for name in names * rounds:
            desk.focus(name)
            before = desk.new_line(name)
            began = time.monotonic()
            desk.paste_last()
            self.compare(name, way, before, text)
            times[name].append(1e3 * (time.monotonic() - began))
        if not comes_back(desk, "UTF8_STRING", b"copied earlier"):
            self.problems.append(f"{way}: the clipboard is not what it was")
        desk.end(app)
        figures = ", ".join(f"{name} {statistics.median(ms):.0f} (most {max(ms):.0f}) ms" for name, ms in times.items())
        print(f"{len(text)} characters {way}: {figures}", flush=True)

    def compare(self, name, way, before, text):
        # A text view of GTK lays out its whole paragraph anew at each key: 10,000 in one take it 40 s, whoever types.
        patience = 40 + len(text) / 100 if way == "typed" else 5 + len(text) / 5000
        got = arrived(self.desk, name, before, text, patience)
        if got != text:
            at = next((i for i, (a, b) in enumerate(zip(got, text)) if a != b), min(len(got), len(text)))
            self.problems.append(
                f"{name}, {way}: {len(got)} of {len(text)} characters, other from {at} on: {got[at : at + 40]!r}"
                f" for {text[at : at + 40]!r}; {self.desk.status().get('problem')}"
            )


def others(desk, thorough, problems):
    texts = Texts(desk, problems)
    for way in ("pasted", "typed"):
        texts.run(way, (MIXED + " ") * 2 + "Done.", rounds=20 if thorough else 1)
        texts.run(way, ("The quick brown Fox jumps over the lazy Dog. " * 5)[:199] + ".")
    texts.run("typed", "".join(chr(0x4E00 + 7 * i) for i in range(200)), rounds=20 if thorough else 1)
    if thorough:
        texts.run("pasted", "".join(f"{i} Größe 日本, " for i in range(7000))[:99_999] + ".")
        texts.run("typed", "".join(f"{i} Größe 日本, " for i in range(700))[:9_999] + ".")


def tried(desk, problems):
    """The program tries itself out, leaves the clipboard as it was and gives the focus back."""
    desk.copy("UTF8_STRING", b"copied earlier")
    desk.focus("gtk")
    before = desk.received("gtk")
    checks = json.loads(desk.call(desk.binary, "doctor", "--insertion", "--json").stdout)
    found = next(check for check in checks if check["name"] == "tried out")
    print(f"tried out: {found['found']}")
    if found["status"] != "ok" or "typed: works" not in found["found"] or "pasted by Ctrl+V: works" not in found["found"]:
        problems.append(f"trying insertion out: {found}")
    if desk.clipboard("UTF8_STRING") != b"copied earlier":
        problems.append("trying insertion out changed the clipboard")
    desk.call("xdotool", "key", "a")
    if arrived(desk, "gtk", before, "a") != "a":
        problems.append("trying insertion out kept the focus")


def outlives(desk, problems):
    """What was copied is there when the program has ended."""
    app = desk.start(delivery={})
    text = desk.dictate(CLIPS[0])
    if desk.clipboard("UTF8_STRING").decode() != text:
        problems.append("a dictation was not copied")
    desk.end(app)
    if not text or desk.clipboard("UTF8_STRING").decode() != text:
        problems.append(f"the clipboard did not outlive the program: {desk.clipboard('UTF8_STRING')!r}")
    desk.copy("UTF8_STRING", b"something else")


def misfortunes(desk, problems):
    """The focus moves, an app is closed, the clipboard's owner never answers."""
    app = desk.start(delivery={"insert": True, "clipboard": "restore"})
    desk.focus("gtk")
    before = {name: desk.received(name) for name in RECEIVERS}
    desk.record()
    desk.call("paplay", str(SAMPLES / f"{CLIPS[0]}.wav"))
    desk.focus("qt")
    desk.hark("toggle")
    wait_for("the text", 30, lambda: desk.status()["state"] == "idle")
    text = desk.status()["text"]
    time.sleep(0.5)
    if {name: desk.received(name) for name in RECEIVERS} != before:
        problems.append("text was inserted although the focus had moved")
    desk.paste_last()
    if arrived(desk, "qt", before["qt"], text, 5) != text:
        problems.append("the text was not one key away")
    # A stopped owner holds the clipboard and never answers.
    silent = ["xclip", "-quiet", "-selection", "clipboard", "-i"]
    owner = desk.here.run(silent, desk.environment, stdin=subprocess.PIPE, stdout=desk.here.log, stderr=desk.here.log)
    owner.stdin.write(b"never to be had")
    owner.stdin.close()
    time.sleep(1)
    owner.send_signal(signal.SIGSTOP)
    try:
        desk.focus("gtk")
        text = desk.dictate(CLIPS[1])
        if arrived(desk, "gtk", before["gtk"], text, 5) != text:
            problems.append("an owner that never answers kept the text away")
        if "lost" not in (desk.status().get("problem") or ""):
            problems.append("nobody said that the clipboard's content is lost")
    finally:
        owner.send_signal(signal.SIGCONT)
    # Closed between the last word and the text: the text is kept, and the program goes on.
    desk.focus("xterm")
    desk.record()
    desk.call("paplay", str(SAMPLES / f"{CLIPS[2]}.wav"))
    desk.call("xdotool", "windowclose", desk.windows.pop("xterm"))
    desk.hark("toggle")
    wait_for("the text", 30, lambda: desk.status()["state"] == "idle")
    if not desk.status().get("text"):
        problems.append("a text was lost with its app")
    desk.end(app)


def large(desk, problems):
    """20 MB on the clipboard come back bit by bit."""
    app = desk.start(delivery={"insert": True, "clipboard": "restore"})
    image = b"\x89PNG\r\n\x1a\n" + random.Random(20).randbytes(20_000_000)
    desk.copy("image/png", image)
    time.sleep(0.5)
    for name in RECEIVERS:
        desk.focus(name)
        before = desk.received(name)
        text = desk.dictate(CLIPS[0])
        if not text or arrived(desk, name, before, text) != text:
            problems.append(f"{name}: no text over a large image; {desk.status().get('problem')}")
        time.sleep(0.5)
        if desk.clipboard("image/png") != image:
            problems.append(f"{name}: the large image is not what it was; {desk.status().get('problem')}")
    print(f"{len(image)} bytes of image restored after each of {len(RECEIVERS)} insertions")
    desk.end(app)


def grabbed(desk, problems):
    """Another program has all keys for itself: nothing is typed or lent, and that is said."""
    for choices in ({"clipboard": "restore"}, {"clipboard": "never"}):
        app = desk.start(delivery={"insert": True, **choices})
        for name in ("gtk", "xterm"):
            desk.copy("UTF8_STRING", b"copied earlier")
            desk.focus(name)
            before = desk.received(name)
            grabs = desk.here.work / "grabs"
            grabs.unlink(missing_ok=True)
            grabber = desk.quietly(PYTHON, str(HERE / "receivers.py"), "grab", str(grabs))
            wait_for("the grab", 10, grabs.exists)
            text = desk.dictate(CLIPS[0])
            said = desk.status().get("notice") or ""
            print(f"{name}, with the keyboard grabbed: {said}")
            if "another program has the keyboard" not in said or not text:
                problems.append(f"{name}: a grabbed keyboard was not told: {desk.status()}")
            if desk.clipboard("UTF8_STRING") != b"copied earlier":
                problems.append(f"{name}: something came to the clipboard although nothing could be pasted")
            grabber.terminate()
            grabber.wait()
            desk.focus(name)
            if desk.received(name) != before:
                problems.append(f"{name}: text arrived although another program had the keyboard")
            desk.paste_last()
            if arrived(desk, name, before, text) != text:
                problems.append(f"{name}: the text was not one key away after the grab")
        desk.end(app)


def late(desk, thorough, problems):
    """Apps that fetch late, that fetch before they are told, or never; a transfer that stalls meanwhile."""
    app = desk.start(delivery={"insert": True, "clipboard": "restore"})
    earlier = b"copied earlier"
    desk.copy("UTF8_STRING", earlier)
    desk.focus("gtk")
    before = desk.received("gtk")
    desk.record()
    desk.call("paplay", str(SAMPLES / f"{CLIPS[0]}.wav"))
    desk.processes["gtk"].send_signal(signal.SIGSTOP)
    try:
        desk.hark("toggle")
        wait_for("the text", 30, lambda: desk.status()["state"] == "idle")
        text, said = desk.status().get("text") or "", desk.status().get("notice") or ""
        if "not take the text" not in said:
            problems.append(f"nobody said that the app did not take the text: {desk.status()}")
        time.sleep(2)
    finally:
        desk.processes["gtk"].send_signal(signal.SIGCONT)
    if arrived(desk, "gtk", before, text) != text:
        problems.append("an app that was stuck for a while did not get the text")
    if not comes_back(desk, "UTF8_STRING", earlier):
        problems.append("after a late paste the clipboard is not what it was")
    before = desk.received("gtk")
    desk.call("xdotool", "key", "ctrl+v")
    if arrived(desk, "gtk", before, earlier.decode()) != earlier.decode():
        problems.append("a paste by hand after a late one was not of what was on the clipboard")

    desk.open_receiver("watcher")
    desk.focus("watcher")
    for _ in range(3):
        before = desk.received("watcher")
        desk.paste_last()
        if arrived(desk, "watcher", before, text) != text:
            problems.append(f"an app that watches the clipboard got {desk.received('watcher')[len(before):]!r}")
        if not comes_back(desk, "UTF8_STRING", earlier):
            problems.append("after the paste of an app that watches the clipboard, it is not what it was")
    if thorough:
        desk.open_receiver("deaf")
        desk.focus("deaf")
        desk.paste_last()
        wait_for("it to be told", 10, lambda: "not take the text" in (desk.status().get("notice") or ""))
        if not comes_back(desk, "UTF8_STRING", earlier, 40):
            problems.append("an app that never pastes kept the clipboard")
        desk.processes.pop("deaf").terminate()
    desk.end(app)
    desk.processes.pop("watcher").terminate()

    texts = Texts(desk, problems)
    long = "".join(f"{i} Größe 日本, " for i in range(7000))[:99_999] + "."
    texts.file.write_text(long)
    app = desk.start(**{"text rules": texts.rules, "delivery": {"insert": True, "clipboard": "copy"}})
    desk.focus("vte")
    desk.dictate(CLIPS[0])
    stalls = desk.here.work / "stalls"
    staller = desk.quietly(PYTHON, str(HERE / "receivers.py"), "stall", str(stalls))
    wait_for("a transfer that stalls", 10, stalls.exists)
    if stalls.read_text() != "INCR":
        problems.append("the text was too short to stall")
    before = desk.received("vte")
    desk.paste_last()
    got = arrived(desk, "vte", before, long, 60)
    if got != long:
        said = desk.status().get("notice")
        problems.append(f"{len(got)} of {len(long)} characters arrived beside a transfer that stalls; {said}")
    time.sleep(2.5)
    if "not take the text" in (desk.status().get("notice") or ""):
        problems.append("a transfer that stalls hid a paste")
    staller.terminate()
    desk.end(app)


def barren(desk, problems):
    """A keyboard without keys to spare, and a focus that moves while text is typed."""
    texts = Texts(desk, problems)
    texts.file.write_text("Für alle")
    codes = [line.split()[1] for line in desk.call("xmodmap", "-pke", text=True).stdout.splitlines() if line.endswith("=")]
    change = lambda meaning: [desk.call("xmodmap", "-e", f"keycode {code} = {meaning}") for code in codes]
    app = desk.start(**{"text rules": texts.rules, "delivery": texts.choices["typed"]})
    desk.focus("gtk")
    before = desk.received("gtk")
    change("F35")
    desk.dictate(CLIPS[0])
    said = desk.status().get("notice") or ""
    change("NoSymbol")
    print(f"without keys to spare: {said}")
    if "no keys to spare" not in said:
        problems.append(f"text that cannot be typed was not told: {desk.status()}")
    if desk.received("gtk") != before:
        problems.append(f"a part of a text was typed: {desk.received('gtk')[len(before):]!r}")
    long = "The quick brown Fox. " * 2000
    texts.file.write_text(long)
    desk.focus("vte")
    before = {name: desk.received(name) for name in ("vte", "qt")}
    desk.record()
    desk.call("paplay", str(SAMPLES / f"{CLIPS[0]}.wav"))
    desk.hark("toggle")
    wait_for("the beginning of the text", 30, lambda: desk.received("vte") != before["vte"])
    desk.focus("qt")
    wait_for("the end", 30, lambda: desk.status()["state"] == "idle")
    said = desk.status().get("notice") or ""
    print(f"with the focus moved while typing: {said}")
    time.sleep(1)
    got = {name: desk.received(name)[len(before[name]) :] for name in before}
    if "characters were typed" not in said or not long.startswith(got["vte"] + got["qt"]):
        problems.append(f"a focus that moved while text was typed was not told: {said}, {got['vte'][-40:]!r}, {got['qt'][:40]!r}")
    # So many keys are pressed between two looks at the focus.
    if len(got["qt"]) > 32:
        problems.append(f"{len(got['qt'])} characters went to another window")
    desk.end(app)


def main(binary, out, dictations="8", *only):
    problems = Problems()
    with room(binary, out, "insertion") as here:
        desk = Desk(here, os.path.abspath(binary))
        desk.open_receivers()
        thorough = not 0 < int(dictations) <= 8
        if int(dictations):
            desk.end(many(desk, int(dictations), problems))
        parts = {
            "large": lambda: large(desk, problems),
            "grabbed": lambda: grabbed(desk, problems),
            "late": lambda: late(desk, thorough, problems),
            "barren": lambda: barren(desk, problems),
            "others": lambda: others(desk, thorough, problems),
            "tried": lambda: tried(desk, problems),
            "outlives": lambda: outlives(desk, problems),
            "misfortunes": lambda: misfortunes(desk, problems),
        }
        for part in only or parts:
            parts[part]()
    if problems:
        raise SystemExit(f"FAILED: {len(problems)} problems")


if __name__ == "__main__":
    main(*sys.argv[1:])
