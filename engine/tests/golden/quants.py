"""Blocks of ggml's types and their values, from the `gguf` package.

    python quants.py > ../data/quants.json

Needs gguf and numpy. `blocks` and `values` are hexadecimal: bytes as they lie in a file, and the
little-endian f32 that they stand for.
"""
import json
import sys

import numpy as np
from gguf import GGMLQuantizationType as T
from gguf.quants import dequantize, quantize

BLOCKS = 24
HALVES = {"Q4_0": 1, "Q4_1": 2, "Q5_0": 1, "Q5_1": 2, "Q8_0": 1}
BYTES = {"Q4_0": 18, "Q4_1": 20, "Q5_0": 22, "Q5_1": 24, "Q8_0": 34}
# Zeros, subnormals, the smallest normal, one, the largest.
SCALES = np.array([0x0000, 0x8000, 0x0001, 0x83FF, 0x03FF, 0x0400, 0x3C00, 0xBC00, 0x7BFF, 0xFBFF, 0x2E66], np.uint16)


def main():
    rng = np.random.default_rng(1)
    out = {"dequantise": {}, "quantise_q8_0": []}
    for name, count in HALVES.items():
        blocks = rng.integers(0, 256, (BLOCKS, BYTES[name]), dtype=np.uint8)
        halves = rng.integers(0, 0x7C00, (BLOCKS, count)).astype(np.uint16) | (rng.integers(0, 2, (BLOCKS, count)).astype(np.uint16) << 15)
        halves[: len(SCALES), 0] = SCALES
        if count == 2:
            halves[: len(SCALES), 1] = SCALES[::-1]
        blocks[:, : 2 * count] = halves.view(np.uint8).reshape(BLOCKS, -1)
        values = dequantize(blocks, T[name]).astype("<f4")
        out["dequantise"][name] = {"blocks": blocks.tobytes().hex(), "values": values.tobytes().hex()}
    for scale in (1.0, 1e-3, 1e4, 1e-7, 0.0):
        x = (rng.standard_normal(32) * scale).astype(np.float32)
        out["quantise_q8_0"].append({"values": x.astype("<f4").tobytes().hex(), "block": quantize(x, T.Q8_0).tobytes().hex()})
    halfway = (np.arange(32) - 16).astype(np.float32) + np.float32(0.5)
    halfway[0] = 127.0  # scale 1, so that every other value lies between two integers
    out["quantise_q8_0"].append({"values": halfway.tobytes().hex(), "block": quantize(halfway, T.Q8_0).tobytes().hex()})
    json.dump(out, sys.stdout, indent=0)
    print()


if __name__ == "__main__":
    main()
