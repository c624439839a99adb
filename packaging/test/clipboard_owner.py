"""Dictates into another app while whoever holds the clipboard is killed or stuck, and ends while Hark holds it.

    clipboard_owner.py BINARY FOLDER     what the programs said is left in FOLDER

The virtual microphone has to run (virtual-mic.sh).
"""

import os
import signal
import subprocess
import sys
import time

from insertion import CLIPS, HERE, PYTHON, RECEIVERS, Desk, Problems, arrived, comes_back
from recording import room, wait_for

APP = "gtk"
EARLIER = b"copied earlier"


def holder(desk, content):
    """An app that holds text on the clipboard and can be killed."""
    command = ["xclip", "-quiet", "-selection", "clipboard", "-i"]
    owner = desk.here.run(command, desk.environment, stdin=subprocess.PIPE, stdout=desk.here.log, stderr=desk.here.log)
    owner.stdin.write(content)
    owner.stdin.close()
    wait_for("the clipboard's holder", 10, lambda: desk.clipboard("UTF8_STRING") == content)
    return owner


def stuck_holder(desk):
    """An app that begins to hand out its image and never goes on; and the file by which it says that it has."""
    begun = desk.here.work / "begun"
    begun.unlink(missing_ok=True)
    owner = desk.quietly(PYTHON, str(HERE / "receivers.py"), "holds", str(begun))
    targets = lambda: b"image/png" in desk.clipboard("TARGETS")
    wait_for("the clipboard's holder", 10, targets)
    return owner, begun


def dictation(desk, problems, what, meanwhile=lambda: None, after_stop=lambda: None):
    """A dictation into the app, whatever becomes of the clipboard's owner; gives what is said of it."""
    desk.focus(APP)
    before = desk.received(APP)
    desk.record()
    desk.call("paplay", str(HERE.parents[1] / f"assets/demo/samples/{CLIPS[0]}.wav"))
    meanwhile()
    desk.hark("toggle")
    after_stop()
    wait_for(f"the text ({what})", 30, lambda: desk.status()["state"] == "idle")
    text = desk.status().get("text") or ""
    if not text or arrived(desk, APP, before, text) != text:
        problems.append(f"{what}: {text!r} did not arrive: {desk.received(APP)[len(before):]!r}; {desk.status()}")
    said = desk.status().get("problem") or desk.status().get("notice") or ""
    print(f"{what}: {said or 'nothing needed to be said'}", flush=True)
    return text, said


def killed(desk, problems):
    """The owner is gone before the paste: there is nothing to bring back, and nothing is wrong."""
    owner = holder(desk, EARLIER)

    def kill():
        owner.kill()
        owner.wait()

    text, said = dictation(desk, problems, "killed while somebody speaks", kill)
    if "clipboard" in said:
        problems.append(f"there was nothing to lose: {said}")
    # It is gone after the paste: what it held was saved, and comes back.
    owner = holder(desk, EARLIER)
    dictation(desk, problems, "killed after the paste")
    owner.kill()
    owner.wait()
    if not comes_back(desk, "UTF8_STRING", EARLIER):
        problems.append("what a killed app had copied did not come back")


def killed_in_the_middle(desk, problems):
    """It is killed, or stuck, while it hands out what it holds."""
    for ends in (True, False):
        owner, begun = stuck_holder(desk)

        def after_stop():
            # On a busy machine it may not even be asked: it did not say in time what it has.
            wait_for("the handing out", 30, lambda: begun.exists() or desk.status()["state"] == "idle")
            if ends:
                owner.kill()

        what = "killed in the middle of handing out" if ends else "stuck in the middle of handing out"
        text, said = dictation(desk, problems, what, after_stop=after_stop)
        if "on the clipboard" not in said:
            problems.append(f"{what}: nobody said that something of the clipboard is lost")
        # In place of what is lost, the text stays there.
        if not comes_back(desk, "UTF8_STRING", text.encode()):
            problems.append(f"{what}: the clipboard has {desk.clipboard('UTF8_STRING')!r}")
        owner.kill()
        owner.wait()


def hark_ends(desk, problems):
    """Hark ends while it holds the clipboard: asked to, the text stays there; killed, it is in the history."""
    ends(desk, problems, "asked to end", signal.SIGTERM)
    there = desk.here.work / "manager"
    manager = desk.quietly(PYTHON, str(HERE / "receivers.py"), "manager", str(there))
    wait_for("the clipboard manager", 10, there.exists)
    ends(desk, problems, "asked to end beside a manager that is stuck", signal.SIGTERM)
    manager.kill()
    manager.wait()
    ends(desk, problems, "killed", signal.SIGKILL)


def ends(desk, problems, what, ending):
    app = desk.start(delivery={})
    text = desk.dictate(CLIPS[1])
    if desk.clipboard("UTF8_STRING").decode() != text:
        problems.append(f"{what}: a dictation was not copied")
    kept = lambda: [entry["text"] for entry in desk.here.history()][-1:] == [text]
    wait_for("the history", 20, kept)
    app.send_signal(ending)
    app.wait(30)
    has_clipboard = desk.clipboard("UTF8_STRING").decode() == text
    if ending == signal.SIGTERM and not has_clipboard:
        problems.append(f"{what}: Hark took the clipboard with it")
    if not kept():
        problems.append(f"{what}: a text was lost with Hark")
    print(f"{what}: the text is in the history{' and on the clipboard' if has_clipboard else ''}", flush=True)


def main(binary, out):
    problems = Problems()
    with room(binary, out, "clipboard-owner") as here:
        desk = Desk(here, os.path.abspath(binary))
        desk.quietly("openbox")
        seen = lambda: b"window id" in desk.call("xprop", "-root", "_NET_SUPPORTING_WM_CHECK").stdout
        wait_for("a window manager", 10, seen)
        desk.open_receiver(APP)
        app = desk.start(delivery={"insert": True, "clipboard": "restore"})
        killed(desk, problems)
        killed_in_the_middle(desk, problems)
        app.terminate()
        app.wait(30)
        hark_ends(desk, problems)
    if problems:
        raise SystemExit(f"FAILED: {len(problems)} problems")


if __name__ == "__main__":
    main(*sys.argv[1:])
