"""The icon in the desktop's panel, and Hark without a window: registered, told of what happens, obeyed; the
window closed, dictation going on, the window back.

    dbus-run-session -- tray.py BINARY FOLDER     what the program said is left in FOLDER

The virtual microphone has to run (virtual-mic.sh). The panel is played by this program.
"""

import json
import pathlib
import subprocess
import sys

import gi

gi.require_version("Gio", "2.0")
from gi.repository import Gio, GLib

from recording import room, wait_for

CLOSE = pathlib.Path(__file__).with_name("close_window.py")
CLIP = pathlib.Path(__file__).resolve().parents[2] / "assets/demo/samples/short04.wav"
WATCHER = "org.kde.StatusNotifierWatcher"
INTERFACE = """<node><interface name="org.kde.StatusNotifierWatcher">
  <method name="RegisterStatusNotifierItem"><arg type="s" direction="in"/></method>
  <property name="IsStatusNotifierHostRegistered" type="b" access="read"/>
  <property name="ProtocolVersion" type="i" access="read"/>
</interface></node>"""
PROPERTIES = {
    "IsStatusNotifierHostRegistered": GLib.Variant("b", True),
    "ProtocolVersion": GLib.Variant("i", 0),
}


class Panel:
    """What a desktop's panel does: takes icons in, reads them, and clicks on them."""

    def __init__(self):
        self.bus = Gio.bus_get_sync(Gio.BusType.SESSION)
        self.items = []
        interface = Gio.DBusNodeInfo.new_for_xml(INTERFACE).interfaces[0]
        properties = lambda *asked: PROPERTIES[asked[4]]
        self.object = self.bus.register_object("/StatusNotifierWatcher", interface, self.register, properties)
        self.name = Gio.bus_own_name_on_connection(self.bus, WATCHER, Gio.BusNameOwnerFlags.NONE)

    def register(self, _bus, sender, _path, _interface, _method, arguments, call):
        self.items.append((sender, arguments[0]))
        call.return_value(None)

    def leave(self):
        Gio.bus_unown_name(self.name)
        self.bus.unregister_object(self.object)

    def wait(self, what, seconds, found):
        def look():
            while GLib.MainContext.default().iteration(False):
                pass
            return found()

        return wait_for(what, seconds, look)

    def call(self, path, interface, method, arguments):
        owner = self.items[-1][0]
        flags = Gio.DBusCallFlags.NONE
        return self.bus.call_sync(owner, path, interface, method, arguments, None, flags, 5000).unpack()

    def property(self, name):
        arguments = GLib.Variant("(ss)", ("org.kde.StatusNotifierItem", name))
        return self.call("/StatusNotifierItem", "org.freedesktop.DBus.Properties", "Get", arguments)[0]

    def menu(self):
        """What can be chosen, by its label."""
        arguments = GLib.Variant("(iias)", (0, -1, []))
        _, (_, _, children) = self.call("/MenuBar", "com.canonical.dbusmenu", "GetLayout", arguments)
        enabled = [(number, values) for number, values, _ in children if values.get("enabled", True)]
        return {values["label"]: number for number, values in enabled if "label" in values}

    def choose(self, label):
        number = self.wait(f"{label!r} in the menu", 5, lambda: self.menu().get(label))
        arguments = GLib.Variant("(isvu)", (number, "clicked", GLib.Variant("i", 0), 0))
        try:
            self.call("/MenuBar", "com.canonical.dbusmenu", "Event", arguments)
        except GLib.GError as error:
            # Who is told to quit may do so before it answers.
            if label != "Quit" or "NoReply" not in error.message:
                raise


class Program:
    def __init__(self, here):
        self.here = here

    def run(self, *arguments):
        done = subprocess.run([self.here.binary, *arguments], env=self.here.environment, capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(f"FAILED: hark {' '.join(arguments)}: {done.stderr}")
        return done.stdout

    def status(self):
        return json.loads(self.run("status", "--format", "json"))

    def window(self):
        search = ["xdotool", "search", "--onlyvisible", "--name", "^Hark"]
        return subprocess.run(search, env=self.here.environment, capture_output=True, text=True).stdout.split()

    def close_window(self):
        subprocess.run([sys.executable, str(CLOSE), self.window()[-1]], env=self.here.environment, check=True)


def main(binary, out):
    panel = Panel()
    with room(binary, out, "tray") as here:
        config = here.work / "config"
        config.mkdir()
        (config / "settings.json").write_text(json.dumps({"indicator": {"stay_in_tray": True}}))
        here.environment["HARK_CONFIG_DIR"] = str(config)
        app, hark = here.open_window(), Program(here)
        wait = panel.wait
        wait("an icon", 10, lambda: panel.items)
        if (panel.property("Id"), panel.property("Status")) != ("hark", "Active"):
            raise SystemExit("FAILED: the icon is not what it should be")
        wait("a model", 30, lambda: hark.status()["engine"] == "ready")

        idle = panel.property("IconPixmap")
        panel.choose("Start dictation")
        wait("a recording", 10, lambda: hark.status()["state"] == "recording")
        wait("another icon", 5, lambda: panel.property("IconPixmap") != idle)

        hark.close_window()
        wait("a closed window", 10, lambda: not hark.window())
        subprocess.run(["paplay", str(CLIP)], env=here.environment, check=True)
        panel.choose("Stop dictation")
        wait("the text without a window", 20, lambda: hark.status()["state"] == "idle" and hark.status()["text"])
        paste = ["xclip", "-o", "-selection", "clipboard"]
        copied = lambda: subprocess.run(paste, env=here.environment, capture_output=True, text=True).stdout
        wait("the text on the clipboard", 5, lambda: copied() == hark.status()["text"])
        wait("the first icon", 5, lambda: panel.property("IconPixmap") == idle)

        panel.choose("Show window")
        wait("the window, by the menu", 10, hark.window)
        hark.close_window()
        wait("a closed window", 10, lambda: not hark.window())
        panel.call("/StatusNotifierItem", "org.kde.StatusNotifierItem", "Activate", GLib.Variant("(ii)", (0, 0)))
        wait("the window, by a click", 10, hark.window)
        hark.close_window()
        wait("a closed window", 10, lambda: not hark.window())
        hark.run()
        wait("the window, by `hark`", 10, hark.window)

        # Without a panel nobody could get the window back.
        panel.leave()
        wait("that it hears that the panel went", 5, lambda: True)
        GLib.usleep(500_000)
        hark.close_window()
        if wait("its end", 10, lambda: app.poll() is not None) and app.returncode != 0:
            raise SystemExit(f"FAILED: it ended with {app.returncode}")

        panel = Panel()
        wait = panel.wait
        app = here.open_window()
        wait("an icon", 10, lambda: panel.items)
        hark.close_window()
        wait("a closed window", 10, lambda: not hark.window())
        panel.choose("Quit")
        wait("its end", 10, lambda: app.poll() is not None)
        if app.returncode != 0:
            raise SystemExit(f"FAILED: after Quit it ended with {app.returncode}")
    print("the icon is told, obeyed, and brings the window back")


if __name__ == "__main__":
    main(*sys.argv[1:])
