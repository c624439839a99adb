"""Other programs ask the real window for texts, while somebody dictates into it.

    programs.py BINARY FOLDER     what the program said is left in FOLDER

The switch is on in the settings. Each text has to be that of `hark transcribe`, the dictation has to have its own, and
nothing of the programs may be in the window's history or list of files. Then the window is closed while a program waits.

The virtual microphone has to run (virtual-mic.sh); programs are played by curl.
"""

import concurrent.futures
import json
import os
import pathlib
import socket
import subprocess
import sys
import time

from recording import room, wait_for

HERE = pathlib.Path(__file__).resolve().parent
SAMPLES = HERE.parents[1] / "assets/demo/samples"
CLIPS = ["short01.wav", "short04.wav", "short02.wav", "long01.wav"]
# How long the window is watched while nobody wants anything.
IDLE_S = 5
# Closing may take as long as what is in hand, within a bound of some seconds.
CLOSING_S = 20


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def turn_on(here, port):
    """Writes the settings with the switch on."""
    folder = here.work / ".config/hark"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "settings.toml").write_text(f"[service]\non = true\nport = {port}\n")


def curl(address, path, *arguments):
    asked = ["curl", "-sS", "-m", "100", *arguments, f"{address}{path}"]
    return subprocess.run(asked, capture_output=True, text=True, timeout=120).stdout


def in_one_line(text):
    """The command line ends a line with each segment, the service none."""
    return " ".join(text.split())


def text_of(address, clip):
    form = ["-F", f"file=@{SAMPLES / clip}", "-F", "model=whisper-1", "-F", "response_format=text"]
    return in_one_line(curl(address, "/v1/audio/transcriptions", *form))


def health(address):
    try:
        return json.loads(curl(address, "/health"))
    except ValueError:
        return {}


def cpu_seconds(process):
    fields = pathlib.Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def close_window(here):
    search = ["xdotool", "search", "--onlyvisible", "--name", "^Hark"]
    window = subprocess.run(search, env=here.environment, capture_output=True, text=True).stdout.split()[-1]
    subprocess.run(["/usr/bin/python3", str(HERE / "close_window.py"), window], env=here.environment, check=True)


def main(binary, out):
    problems = []
    with room(binary, out, "programs") as here:
        transcribe = lambda clip: in_one_line(here.hark("transcribe", "--model", "demo", str(SAMPLES / clip)))
        wanted = {clip: transcribe(clip) for clip in CLIPS}
        port = free_port()
        address = f"http://127.0.0.1:{port}"
        turn_on(here, port)
        app = here.open_window()
        wait_for("a model", 120, lambda: health(address).get("loaded"))
        if health(address)["model"] != "demo":
            problems.append(f"the model is not the window's: {health(address)}")

        before = cpu_seconds(app)
        time.sleep(IDLE_S)
        idle = cpu_seconds(app) - before

        here.hark("start")
        wait_for("a recording", 30, lambda: here.status()["state"] == "recording")
        speaking = here.run(["paplay", str(SAMPLES / "short04.wav")], here.environment)
        with concurrent.futures.ThreadPoolExecutor(len(CLIPS)) as programs:
            texts = dict(zip(CLIPS, programs.map(lambda clip: text_of(address, clip), CLIPS)))
        speaking.wait()
        here.hark("stop")
        wait_for("the dictation's text", 60, lambda: here.status()["state"] == "idle")
        problems += [f"{clip}: {texts[clip]!r} is not {wanted[clip]!r}" for clip in CLIPS if texts[clip] != wanted[clip]]
        dictated = here.status()["text"]
        if not (dictated or "").strip():
            problems.append("the dictation has no text")
        history = json.loads(here.hark("history", "list", "--json"))
        if len(history) != 1:
            problems.append(f"{len(history)} entries in the history")
        files = [path for path in (here.data / "files").glob("**/*") if path.is_file()]
        if any(clip in path.read_text(errors="replace") for path in files for clip in CLIPS):
            problems.append("a program's file is in the window's list")

        # A recording that is not there yet: its upload never ends.
        form = ["-H", "Content-Type: multipart/form-data; boundary=b"]
        endless = ["curl", "-sS", "-m", "100", "-X", "POST", "-T", "-", *form]
        waiting = here.run(
            [*endless, f"{address}/v1/audio/transcriptions"],
            here.environment, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        waiting.stdin.write(b"--b\r\n")
        waiting.stdin.flush()
        wait_for("the request", 20, lambda: health(address)["queue"]["requests"] == 1)
        asked = time.monotonic()
        close_window(here)
        code = app.wait(timeout=CLOSING_S)
        closing = time.monotonic() - asked
        if code != 0:
            problems.append(f"closing ended with {code}")
        if health(address):
            problems.append("somebody still answers")
    if problems:
        raise SystemExit("FAILED: " + "; ".join(problems))
    print(
        f"programs: {len(CLIPS)} texts beside a dictation, all as by hark transcribe; "
        f"{idle:.2f} s of CPU in {IDLE_S} s of rest; closed in {closing:.1f} s"
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
