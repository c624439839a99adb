"""Dictates from a virtual microphone into a text view and a terminal under sway, and reads what they got.

    insertion_wayland.py BINARY FOLDER     what the programs said is left in FOLDER

The virtual microphone has to run (virtual-mic.sh).
"""

import json
import pathlib
import subprocess
import sys

from insertion import PYTHON, Problems
from layer_shell import CLIP, Sway
from recording import room, wait_for

RECEIVERS = pathlib.Path(__file__).resolve().parent / "receivers.py"
EARLIER = b"copied earlier"


def main(binary, out):
    problems = Problems()
    with room(binary, out, "insertion-wayland") as here:
        config = here.work / "config"
        config.mkdir()
        here.environment["HARK_CONFIG_DIR"] = str(config)
        sway = Sway(here, None)
        log = {"stdout": here.log, "stderr": here.log}
        # A keyboard, without which no window is told that it has the focus.
        here.run(["wtype", "-s", "600000", "-k", "Shift_L"], here.environment, **log)
        files = {app: here.work / f"{app}.txt" for app in ("gtkfield", "lxterminal")}
        here.run([PYTHON, str(RECEIVERS), "gtk", str(files["gtkfield"])], here.environment, **log)
        tty = f"{PYTHON} {RECEIVERS} tty {files['lxterminal']}"
        here.run(["lxterminal", "--no-remote", "-e", tty], here.environment, **log)
        wait_for("the receivers", 30, lambda: set(files) <= set(sway.windows()) and all(f.exists() for f in files.values()))
        hark = lambda *a: sway.do(here.binary, *a, check=True, text=True)
        status = lambda: json.loads(hark("status", "--format", "json"))
        for mode in ("copy", "restore"):
            choices = {"insert": True, "clipboard": mode, "space_after": True}
            # An older Hark's settings are taken over where there are none yet.
            (config / "settings.toml").unlink(missing_ok=True)
            (config / "settings.json").write_text(json.dumps({"schema": 1, "delivery": choices}))
            app = here.run([here.binary, "--model", "demo"], here.environment, **log)
            wait_for("Hark's window", 30, lambda: "hark" in sway.windows())
            wait_for("a model", 30, lambda: status()["engine"] == "ready")
            for name, file in files.items():
                # It stays in the background to offer this, so nothing of it is waited for.
                subprocess.run(["wl-copy", EARLIER], env=here.environment, **log, check=True)
                sway.do("swaymsg", f"[app_id={name}]", "focus")
                wait_for(f"the focus of {name}", 10, lambda: sway.focused() == name)
                before = file.read_bytes()
                hark("start")
                wait_for("a recording", 20, lambda: status()["state"] == "recording")
                subprocess.run(["paplay", str(CLIP)], env=here.environment, check=True)
                hark("stop")
                wait_for("the end", 30, lambda: status()["state"] == "idle")
                text = (status()["text"] or "").encode()
                got = lambda: file.read_bytes()[len(before) :]
                try:
                    wait_for("the text", 5, lambda: text and got() == text + b" ")
                except SystemExit:
                    problems.append(f"{mode}, {name}: {text!r} arrived as {got()!r}; {status()}")
                there = sway.do("wl-paste", "--no-newline", timeout=10)
                if there != (text if mode == "copy" else EARLIER):
                    problems.append(f"{mode}, {name}: on the clipboard is {there!r}")
                print(f"{mode}, {name}: {got().decode(errors='replace')!r}", flush=True)
            sway.do("swaymsg", "[app_id=hark]", "kill")
            wait_for("its end", 20, lambda: app.poll() is not None)
    if problems:
        raise SystemExit(f"FAILED: {len(problems)} problems")


if __name__ == "__main__":
    main(*sys.argv[1:])
