"""Checksums of the demo model's tensors, as they are and widened by `assets/demo/recipe/widen.py`.

    python widen.py > ../data/widen.json

Needs openai-whisper and what the recipe needs. Factor 1 is the demo model itself; the widened ones
are given in part.
"""
import gzip
import json
import os
import struct
import sys
import zlib

import numpy as np
import torch

DEMO = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "assets", "demo")
sys.path.insert(0, os.path.join(DEMO, "recipe"))
from widen import widen  # noqa: E402

HEADER = ["n_vocab", "n_audio_ctx", "n_audio_state", "n_audio_head", "n_audio_layer", "n_text_ctx", "n_text_state",
          "n_text_head", "n_text_layer", "n_mels"]


def read_ggml(data):
    at = 4

    def ints(n):
        nonlocal at
        at += 4 * n
        return struct.unpack_from(f"<{n}i", data, at - 4 * n)

    dims = dict(zip(HEADER, ints(10)))
    ints(1)
    rows, columns = ints(2)
    at += 4 * rows * columns
    for _ in range(ints(1)[0]):
        length = ints(1)[0]
        at += length
    state = {}
    while at < len(data):
        n_dims, length, kind = ints(3)
        shape = ints(n_dims)[::-1]
        name = data[at:at + length].decode()
        at += length
        dtype = (np.float32, np.float16)[kind]
        count = int(np.prod(shape))
        values = np.frombuffer(data, dtype, count, at).astype(np.float32)
        at += values.size * np.dtype(dtype).itemsize
        state[name] = torch.from_numpy(values.reshape(-1) if "conv" in name and name.endswith("bias") else values.reshape(shape))
    return dims, state


def main():
    dims, state = read_ggml(gzip.open(os.path.join(DEMO, "ggml-hark-demo.en.bin.gz")).read())
    out = []
    for factor, layers in ((1, 0), (2, 0), (4, 12)):
        wide = state if factor == 1 else widen(dims, state, factor, layers)[1]
        for name in sorted(wide):
            part = name.split(".")
            if factor == 4 and part[1] == "blocks" and part[2] not in ("1", "4", "11"):
                continue
            x = wide[name].numpy()
            out.append({"factor": factor, "name": name, "values": x.size, "crc32": zlib.crc32(np.ascontiguousarray(x).tobytes())})
    sys.stdout.write("[\n" + ",\n".join(json.dumps(o) for o in out) + "\n]\n")


if __name__ == "__main__":
    main()
