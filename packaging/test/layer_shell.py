"""Dictates over another app under sway, on a screen in memory: the indicator is seen, takes neither the focus nor a
click, and goes.

    layer_shell.py BINARY FOLDER [PICTURES]     what the programs said is left in FOLDER, screenshots in PICTURES

The virtual microphone has to run (virtual-mic.sh). sway refuses the administrator, so that it runs as nobody.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

from recording import room, wait_for

CLIP = pathlib.Path(__file__).resolve().parents[2] / "assets/demo/samples/short04.wav"
CARD, RECORDING, ACCENT = (255, 255, 255), (0xC2, 0x36, 0x2F), (0x0B, 0x6E, 0x69)
CONFIG = """xwayland disable
output HEADLESS-1 resolution 1280x900 position 0,0
focus_follows_mouse no
bar {
    mode dock
    position bottom
    status_command while sleep 1; do echo; done
}
"""


class Sway:
    def __init__(self, here, pictures):
        self.here, self.pictures = here, pictures
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="sway"))
        (self.folder / "config").write_text(CONFIG)
        self.folder.chmod(0o700)
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "XDG_RUNTIME_DIR": str(self.folder),
            "WLR_BACKENDS": "headless",
            "WLR_LIBINPUT_NO_DEVICES": "1",
            "WLR_RENDERER": "pixman",
        }
        command = ["sway", "-c", str(self.folder / "config")]
        if os.geteuid() == 0:
            nobody = 65534
            os.chown(self.folder, nobody, nobody)
            command = ["setpriv", f"--reuid={nobody}", f"--regid={nobody}", "--clear-groups", *command]
        here.run(command, environment, stdout=here.log, stderr=here.log)
        display = wait_for("sway", 20, lambda: next(iter(self.folder.glob("wayland-[0-9]")), None))
        self.socket = wait_for("sway's socket", 20, lambda: next(iter(self.folder.glob("sway-ipc.*")), None))
        here.environment.update(WAYLAND_DISPLAY=str(display), SWAYSOCK=str(self.socket), GDK_BACKEND="wayland")
        here.environment.pop("DISPLAY", None)

    def do(self, *arguments, **how):
        return subprocess.run(arguments, env=self.here.environment, capture_output=True, **how).stdout

    def windows(self):
        """Every window: its app and whether it has the focus."""
        found = {}

        def look(node):
            if node.get("app_id"):
                found[node["app_id"]] = node["focused"]
            for inner in node["nodes"] + node["floating_nodes"]:
                look(inner)

        look(json.loads(self.do("swaymsg", "-t", "get_tree", "-r")))
        return found

    def focused(self):
        return next((app for app, focused in self.windows().items() if focused), None)

    def pixels(self, name=None):
        """How often each colour is where the indicator has its place."""
        if name and self.pictures:
            self.do("grim", str(pathlib.Path(self.pictures) / f"{name}.png"))
        picture = self.do("grim", "-t", "ppm", "-")
        width, height = (int(word) for word in picture.split(maxsplit=3)[1:3])
        data = picture[-3 * width * height :]
        counts = {}
        for y in range(height - 130, height):
            for x in range(width // 2 - 125, width // 2 + 125):
                place = 3 * (y * width + x)
                colour = tuple(data[place : place + 3])
                counts[colour] = counts.get(colour, 0) + 1
        return counts

    def sees(self, colour, least, name=None):
        return lambda: self.pixels(name).get(colour, 0) >= least


def main(binary, out, pictures=None):
    with room(binary, out, "layer-shell") as here:
        sway = Sway(here, pictures)
        log = {"stdout": here.log, "stderr": here.log}
        app = here.run([here.binary, "--model", "demo"], here.environment, **log)
        # A keyboard, without which no window is told that it has the focus.
        here.run(["wtype", "-s", "60000", "-k", "Shift_L"], here.environment, **log)
        hark = lambda *a: sway.do(here.binary, *a, check=True, text=True)
        status = lambda: json.loads(hark("status", "--format", "json"))
        wait_for("Hark's window", 30, lambda: "hark" in sway.windows())
        wait_for("a model", 30, lambda: status()["engine"] == "ready")
        here.run(["lxterminal"], here.environment, **log)
        receiver = wait_for("a terminal", 20, lambda: sway.focused() not in (None, "hark") and sway.focused())

        hark("start")
        wait_for("the sign of a recording", 10, sway.sees(RECORDING, 80))
        subprocess.run(["paplay", str(CLIP)], env=here.environment, check=True)
        sway.pixels("layer-shell")
        focus = sway.focused()
        hark("stop")
        wait_for("the end", 20, lambda: status()["state"] == "idle")
        wait_for("the sign that it ended", 2, sway.sees(ACCENT, 8))
        wait_for("that it goes", 4, lambda: sway.pixels().get(RECORDING, 0) + sway.pixels().get(ACCENT, 0) == 0)
        if (focus, sway.focused()) != (receiver, receiver):
            raise SystemExit(f"FAILED: the focus went from {receiver} to {focus} and {sway.focused()}")

        # Below the sign's left half is Hark's window, which a click must reach; the sign goes then.
        hark("start")
        wait_for("the sign again", 10, sway.sees(RECORDING, 80))
        for action in ("set 570 830", "press button1", "release button1"):
            sway.do("swaymsg", "seat", "seat0", "cursor", *action.split())
        wait_for("the click in the window below", 5, lambda: sway.focused() == "hark")
        wait_for("that it goes once Hark's window has the focus", 2, lambda: sway.pixels().get(RECORDING, 0) == 0)
        hark("cancel")
        sway.do("swaymsg", "[app_id=hark]", "kill")
        wait_for("its end", 10, lambda: app.poll() is not None)
        if app.returncode != 0:
            raise SystemExit(f"FAILED: it ended with {app.returncode}")
    print(f"seen under sway, with the focus in {receiver}")


if __name__ == "__main__":
    main(*sys.argv[1:])
