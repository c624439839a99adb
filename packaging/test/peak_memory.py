#!/usr/bin/env python3
"""Shows that memory does not grow with the length of a file.

usage: peak_memory.py HARK

Transcribes 3 minutes and then 3 hours of the same speech, and compares the peaks.
"""

import pathlib
import resource
import subprocess
import sys
import tempfile
import wave

CLIP = pathlib.Path(__file__).parents[2] / "assets/demo/samples/long01.wav"
# Text, segments and the progress of 3 hours are small; the samples alone would be 690 MB.
GROWTH_MB = 64


def repeat(seconds, path):
    """Writes the clip over and over until the file is that long."""
    with wave.open(str(CLIP), "rb") as clip, wave.open(str(path), "wb") as out:
        out.setparams(clip.getparams())
        rate = clip.getframerate()
        samples = clip.readframes(clip.getnframes())
        frame = clip.getsampwidth() * clip.getnchannels()
        left = seconds * rate * frame
        while left > 0:
            out.writeframes(samples[:left])
            left -= len(samples)


def peak_mb(hark, path):
    """Transcribes; gives the peak of all programs run so far, in MB."""
    command = [hark, "transcribe", "--model", "demo", "--format", "json", str(path)]
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "speech.wav"
        repeat(180, path)
        short = peak_mb(sys.argv[1], path)
        repeat(3 * 3600, path)
        long = peak_mb(sys.argv[1], path)
    print(f"peak memory: {short:.0f} MB for 3 minutes, {long:.0f} MB for 3 hours")
    if long > short + GROWTH_MB:
        sys.exit(f"it grew by more than {GROWTH_MB} MB")


if __name__ == "__main__":
    main()
