"""Checksums of the demo model's tensors, as they are and widened by `assets/demo/recipe/widen.py`.

    python widen.py > ../data/widen.json

Needs openai-whisper and what the recipe needs. Factor 1 is the demo model itself; the widened ones
are given in part.
"""
import json
import os
import sys
import zlib

import numpy as np

from reference_model import read_ggml

DEMO = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "assets", "demo")
sys.path.insert(0, os.path.join(DEMO, "recipe"))
from widen import widen  # noqa: E402

def main():
    dims, state = read_ggml(os.path.join(DEMO, "ggml-hark-demo.en.bin.gz"))
    dims = vars(dims)
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
