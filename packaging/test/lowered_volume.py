"""Other audio is lowered while somebody dictates, and restored: after a stop, at the next start after a kill, and not
over what the person chose meanwhile.

    lowered_volume.py BINARY FOLDER     what the program said is left in FOLDER

The virtual microphone has to run (virtual-mic.sh); its loudspeaker is what is lowered.
"""

import json
import re
import subprocess
import sys

from recording import room, wait_for


def main(binary, out):
    with room(binary, out, "lowered-volume") as here:
        config = here.work / "config"
        config.mkdir()
        (config / "settings.json").write_text(json.dumps({"indicator": {"lower_other_audio": True}}))
        here.environment["HARK_CONFIG_DIR"] = str(config)

        def run(*command):
            done = subprocess.run(command, env=here.environment, capture_output=True, text=True, check=True)
            return done.stdout

        def volume():
            return [int(n) for n in re.findall(r"(\d+)%", run("pactl", "get-sink-volume", "@DEFAULT_SINK@"))]

        def becomes(what, expected):
            wait_for(f"{what}, which is {expected} % and not {volume()} %", 5, lambda: volume() == expected)

        run("pactl", "set-sink-volume", "@DEFAULT_SINK@", "80%", "60%")
        before, lowered = volume(), [20, 15]
        app = here.open_window()
        run(binary, "start")
        becomes("the lowered volume", lowered)
        run(binary, "cancel")
        becomes("the volume after the end", before)

        run(binary, "start")
        becomes("the lowered volume", lowered)
        app.kill()
        app.wait()
        if volume() != lowered:
            raise SystemExit("FAILED: something else restored the volume")
        app = here.open_window()
        becomes("the volume after the next start", before)

        run(binary, "start")
        becomes("the lowered volume", lowered)
        run("pactl", "set-sink-volume", "@DEFAULT_SINK@", "50%")
        chosen = volume()
        run(binary, "cancel")
        wait_for("that it forgets", 5, lambda: not (here.data / "lowered-volume.json").exists())
        if volume() != chosen:
            raise SystemExit(f"FAILED: {chosen} % was chosen, and {volume()} % came of it")

        run("pactl", "set-sink-volume", "@DEFAULT_SINK@", "80%", "60%")
        run(binary, "start")
        becomes("the lowered volume", lowered)
        app.terminate()
        app.wait()
        if not (here.data / "lowered-volume.json").exists():
            becomes("the volume after a clean end", before)
        here.open_window()
        becomes("the volume in the end", before)
        run("pactl", "set-sink-volume", "@DEFAULT_SINK@", "100%")
    print("lowered and restored")


if __name__ == "__main__":
    main(*sys.argv[1:])
