"""Watches every socket that the program asks the system for, while it does what it does every day.

    no_network.py BINARY FOLDER     what the program said, and its calls, are left in FOLDER

A file is transcribed, and a dictation is made in the real window: neither may ask for a socket of the internet
(AF_INET, AF_INET6) or of packets. Then a download is asked for, which has to: so that the watcher is known to see it.
The service is watched, too, while it is asked for a text, by itself and as the window's: it may listen on this machine's
own address and connect nowhere.

The virtual microphone has to run (virtual-mic.sh), and strace to be installed.
"""

import pathlib
import re
import shutil
import subprocess
import sys

from programs import free_port, health, text_of, turn_on
from recording import room, wait_for

SAMPLES = pathlib.Path(__file__).resolve().parents[2] / "assets/demo/samples"
INTERNET = re.compile(r"\b(AF_INET6?|AF_PACKET)\b")
# Nobody listens on that port of this machine.
NOWHERE = "http://127.0.0.1:9/models"


def watched(log):
    """What is put before a command so that its calls, and those of its children, go to `log`."""
    return ["strace", "-D", "-f", "-qq", "-e", "trace=socket", "-e", "signal=none", "-o", str(log)]


def watched_more(log):
    """As `watched`, with what is done with sockets."""
    return [part.replace("trace=socket", "trace=socket,bind,connect,sendto") for part in watched(log)]


def service(command, environment, log, clip):
    """What is wrong with the calls of `hark serve` while it gives a text."""
    with subprocess.Popen([*watched_more(log), *command], env=environment, stdout=subprocess.PIPE, text=True) as serving:
        try:
            text = text_of(serving.stdout.readline().split()[-1], clip)
        finally:
            serving.terminate()
    return answering("serve", log, text)


def window_service(here, log):
    """What is wrong with the calls of the window with its switch on, while it gives a text."""
    port = free_port()
    turn_on(here, port)
    app = here.open_window(watched_more(log))
    address = f"http://127.0.0.1:{port}"
    wait_for("a model", 120, lambda: health(address).get("loaded"))
    text = text_of(address, "short04.wav")
    app.terminate()
    app.wait()
    return answering("the window", log, text)


def answering(who, log, text):
    lines = pathlib.Path(log).read_text().splitlines()
    calls = [line for line in lines if re.search(r"(bind|connect|sendto)\(", line) and INTERNET.search(line)]
    allowed = [line for line in calls if " bind(" in f" {line}" and 'inet_addr("127.0.0.1")' in line]
    problems = [] if text.strip() else [f"no text of {who}"]
    if len(allowed) != 1:
        problems.append(f"{who} has {len(allowed)} listeners on this machine's own address")
    return problems + [f"{who}: {line}" for line in calls if line not in allowed]


def internet(log):
    return [line for line in pathlib.Path(log).read_text().splitlines() if INTERNET.search(line)]


def main(binary, out):
    problems = []
    with room(binary, out, "no-network") as here:
        logs = {name: pathlib.Path(out).resolve() / f"sockets-{name}.log" for name in ("file", "window", "download", "serve", "switch")}

        def command(name, *arguments):
            done = subprocess.run(
                [*watched(logs[name]), here.binary, *arguments],
                env=here.environment, capture_output=True, text=True, timeout=300,
            )
            return done.returncode, done.stdout

        code, text = command("file", "transcribe", "--model", "demo", str(SAMPLES / "short04.wav"))
        if code != 0 or not text.strip():
            problems.append(f"no text of a file ({code})")

        app = here.open_window(watched(logs["window"]))
        wait_for("a model", 120, lambda: here.status()["engine"] == "ready")
        here.hark("start")
        wait_for("a recording", 30, lambda: here.status()["state"] == "recording")
        subprocess.run(["paplay", str(SAMPLES / "short04.wav")], env=here.environment, check=True)
        here.hark("stop")
        wait_for("the text", 60, lambda: here.status()["state"] == "idle")
        if not here.status()["text"].strip():
            problems.append("no text of a dictation")
        app.terminate()
        app.wait()

        code, _ = command("download", "models", "download", "tiny", "--mirror", NOWHERE)
        if code == 0 or not internet(logs["download"]):
            problems.append("the watcher does not see a download")

        if shutil.which("curl"):
            serve = [here.binary, "serve", "--port", "0", "--model", "demo"]
            problems += service(serve, here.environment, logs["serve"], "short04.wav")
            problems += window_service(here, logs["switch"])
        for name in ("file", "window"):
            seen = internet(logs[name])
            problems += [f"{name}: {line}" for line in seen[:3]]
        calls = {name: len(logs[name].read_text().splitlines()) for name in ("file", "window")}
    if problems:
        raise SystemExit("FAILED: " + "; ".join(problems))
    print(f"sockets: {calls['file']} for a file, {calls['window']} for a dictation, none of them of the internet")


if __name__ == "__main__":
    main(*sys.argv[1:])
