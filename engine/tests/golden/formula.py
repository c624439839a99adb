"""Weights of the formula models, bit for bit as `engine/src/model/formula.rs` makes them.

    python formula.py > ../data/formula.json

Needs numpy. `values(name, shape)` can be imported to give a reference implementation the same model.
"""
import json
import sys

import numpy as np


def fnv1a(data):
    h = 0xCBF29CE484222325
    for byte in data:
        h = ((h ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return h


def unit(seed, count):
    """`count` numbers in [-1, 1) with 24 bits, from splitmix64."""
    with np.errstate(over="ignore"):
        z = np.arange(count, dtype=np.uint64) + np.uint64(seed) + np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z ^= z >> np.uint64(31)
    return (z >> np.uint64(40)).astype(np.float64) / 2**23 - 1


def sinusoids(positions, channels):
    """The reference's sinusoids in f64, rounded to multiples of 2^-20."""
    half = channels // 2
    rates = np.exp(-(np.log(10000.0) / (half - 1)) * np.arange(half, dtype=np.float64))
    angles = np.arange(positions, dtype=np.float64)[:, None] * rates[None, :]
    table = np.concatenate([np.sin(angles), np.cos(angles)], axis=1)
    return (np.rint(table * 2**20) / 2**20).astype(np.float32)


def values(name, shape, outliers=False):
    """The tensor with this openai-whisper name."""
    if name == "encoder.positional_embedding":
        return sinusoids(*shape)
    u = unit(fnv1a(name.encode()), int(np.prod(shape)))
    part = name.split(".")[-2]
    if name.endswith(".bias"):
        x = 0.02 * u
    elif part in ("ln", "ln_post") or part.endswith("_ln"):
        x = 1.0 + 0.1 * u
        if outliers:
            x[[7, 7 + shape[0] // 2]] *= 30.0
    elif name == "decoder.token_embedding.weight":
        x = 0.05 * u
    elif name == "decoder.positional_embedding":
        x = 0.02 * u
    else:
        x = u * np.sqrt(3.0 / np.prod(shape[1:]))
    return x.astype(np.float32).reshape(shape)


def main():
    d = 384
    cases = [("encoder.positional_embedding", (1500, d)), ("encoder.positional_embedding", (1500, 512)),
             ("encoder.conv1.weight", (d, 80, 3)), ("encoder.conv1.weight", (d, 128, 3)), ("encoder.conv1.bias", (d,)),
             ("encoder.conv2.weight", (d, d, 3)), ("encoder.blocks.0.attn.query.weight", (d, d)),
             ("encoder.blocks.3.attn.value.bias", (d,)), ("encoder.blocks.2.mlp.0.weight", (4 * d, d)),
             ("encoder.blocks.2.mlp.2.weight", (d, 4 * d)), ("encoder.blocks.1.attn_ln.weight", (d,)),
             ("encoder.blocks.1.attn_ln.bias", (d,)), ("encoder.ln_post.weight", (d,)),
             ("decoder.positional_embedding", (448, d)), ("decoder.blocks.3.cross_attn.key.weight", (d, d)),
             ("decoder.blocks.0.cross_attn_ln.weight", (d,)), ("decoder.ln.weight", (d,)), ("decoder.ln.bias", (d,)),
             ("decoder.token_embedding.weight", (51864, 8))]
    out = []
    for name, shape in cases:
        for outliers in (False, True) if "ln" in name and name.endswith("weight") else (False,):
            x = values(name, shape, outliers)
            out.append({"name": name, "shape": list(shape), "outliers": outliers,
                        "fnv1a": f"{fnv1a(x.tobytes()):016x}",
                        "first": [int(v) for v in x.reshape(-1)[:4].view(np.uint32)]})
    sys.stdout.write("[\n" + ",\n".join(" " + json.dumps(o) for o in out) + "\n]\n")


if __name__ == "__main__":
    main()
