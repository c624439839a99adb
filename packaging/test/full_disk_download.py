"""Fetches a model onto a disk that becomes full meanwhile, and goes on when there is room again.

    full_disk_download.py BINARY

The disk is one in memory; without the right to mount it, run this in a namespace of its own: unshare
--map-root-user --mount full_disk_download.py ... The server is this script, and what it gives out is as long as the
model and is not it: that is found out at the end, by the checksum. That a right one is accepted after the same is
shown by a test of the module for downloads.
"""

import os
import pathlib
import random
import subprocess
import sys
import tempfile

from mirror import Mirror
from recording import fill, wait_for

MODEL, BYTES = "tiny-q5_1", 32_152_673
DISK_MB = 48
PAUSES_AT = 123 << 16


def download(binary, mirror, environment):
    command = [binary, "models", "download", MODEL, "--mirror", mirror.address]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def check(what, holds, *seen):
    if not holds:
        raise SystemExit(f"FAILED: {what}: {seen}")


def main(binary):
    binary = os.path.abspath(binary)
    with tempfile.TemporaryDirectory() as work:
        disk = pathlib.Path(work) / "disk"
        disk.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m", "hark", str(disk)], check=True)
        try:
            run(binary, work, disk)
        finally:
            subprocess.run(["umount", "-l", str(disk)], check=False)


def run(binary, work, disk):
    proxies = {"all_proxy", "http_proxy", "https_proxy", "no_proxy"}
    environment = {k: v for k, v in os.environ.items() if k.lower() not in proxies}
    environment.update(HOME=work, HARK_DATA_DIR=str(disk), HARK_CONFIG_DIR=work)
    models, filler = disk / "models", disk / "filler"
    part, whole = models / f"ggml-{MODEL}.bin.part", models / f"ggml-{MODEL}.bin"
    content = random.Random(9).randbytes(BYTES)
    with Mirror(content, pauses_at=PAUSES_AT) as mirror:
        fetch = download(binary, mirror, environment)
        wait_for("the beginning", 60, lambda: part.exists() and part.stat().st_size == PAUSES_AT)
        # Somebody else takes the room that was there when it began.
        fill(filler, 4_000_000)
        mirror.go_on.set()
        said = fetch.communicate(timeout=120)[1]
        kept = part.stat().st_size
        print(f"full after {kept} bytes: {said.strip()}")
        check("it ends with 1 and a reason", fetch.returncode == 1 and "the disk is full" in said, said)
        check("the folder is named", str(models) in said and "make room" in said, said)
        check("what came is kept", PAUSES_AT <= kept < BYTES and part.read_bytes() == content[:kept], kept)
        check("nothing has the model's name", not whole.exists())
        check("it was not tried again", mirror.asked == [None], mirror.asked)

        fetch = download(binary, mirror, environment)
        said = fetch.communicate(timeout=120)[1]
        print(f"still full: {said.strip()}")
        check("room is missed at once", fetch.returncode == 1 and "more are needed in" in said, said)
        check("the folder is named", str(models) in said, said)
        check("nobody was asked, nothing was lost", mirror.asked == [None] and part.stat().st_size == kept)

        filler.unlink()
        fetch = download(binary, mirror, environment)
        said = fetch.communicate(timeout=120)[1]
        print(f"with room: {said.strip()}")
        # The beginning could be to blame for a wrong checksum, so all of it is fetched once more.
        check("it goes on where it was", mirror.asked == [None, kept, None], mirror.asked)
        check("the checksum is compared", fetch.returncode == 1 and "is not the model that was published" in said, said)
        check("and nothing of it stays", not whole.exists() and not part.exists(), os.listdir(models))


if __name__ == "__main__":
    main(*sys.argv[1:])
