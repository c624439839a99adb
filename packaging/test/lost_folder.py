"""Takes the recordings' folder away from Hark while it records, and looks for the text and all of the sound.

    lost_folder.py BINARY FOLDER     what the program said is left in FOLDER

Once the folder is deleted, once it is moved away. The virtual microphone has to run (virtual-mic.sh).
"""

import re
import shutil
import sys
import time
import wave

from recording import SAMPLES, read, room, wait_for

CLIP = "short10"
# From the start of the clip until the folder goes: some of it has been written by then.
BEFORE_S = 1.5
MOST_MISSING_S = 1.0


def words(text):
    return re.findall(r"[a-z0-9']+", text.lower())


def lose(here, what, take_away):
    clip = SAMPLES / f"{CLIP}.wav"
    with wave.open(str(clip)) as file:
        spoken = file.getnframes() / file.getframerate()
    before = set(here.work.rglob("*.wav"))
    here.record()
    player = here.run(["paplay", str(clip)], here.environment)
    time.sleep(BEFORE_S)
    take_away()
    player.wait()
    text = here.stop()
    status = here.status()
    # A program that believes the sound to be where it was has nothing to say.
    told = f"{status['problem'] or ''} {status['notice'] or ''}".strip()
    new = [path for path in here.work.rglob("*.wav") if path not in before]
    lengths = {path: len(read(path)) / 16_000 for path in new}
    whole = [path for path in lengths if lengths[path] > spoken - MOST_MISSING_S]
    if not whole:
        left = ", ".join(f"{path.name} ({length:.1f} s)" for path, length in lengths.items())
        raise SystemExit(f"FAILED: {what}: the recording is gone, {left or 'nothing'} is left; it says {told!r}")
    named = [path for path in whole if str(path) in told]
    if not named:
        raise SystemExit(f"FAILED: {what}: the recording is {whole}, and the program says {told!r}")
    # Whatever a busy machine has lost of the sound is missing in both.
    again = here.hark("transcribe", "--model", "demo", str(named[0]))
    if not words(text) or words(text) != words(again):
        raise SystemExit(f"FAILED: {what}: the text is {text!r}, that of the recording {again!r}")
    print(f"{what}: the text is there, and {lengths[named[0]]:.2f} s of sound; {told}")


def main(binary, out):
    with room(binary, out, "lost-folder") as here:
        app = here.open_window()
        wait_for("a model", 30, lambda: here.status()["engine"] == "ready")
        lose(here, "folder deleted", lambda: shutil.rmtree(here.recordings))
        away = here.data / "moved away"
        lose(here, "folder moved away", lambda: here.recordings.rename(away))
        if app.poll() is not None:
            raise SystemExit("FAILED: the program has ended")
        print(f"the next dictation: {here.dictate('short12')}")


if __name__ == "__main__":
    main(*sys.argv[1:])
