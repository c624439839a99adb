"""Builds openai-whisper's model with the same values as the engine's models.

    python reference_model.py [--check-hf FOLDER] [--formula-checks OUT.json]

Models, by name:

* `demo`: the shipped ggml file (assets/demo/ggml-hark-demo.en.bin.gz).
* `demo:tiny`, `demo:small`: the demo model widened by the rule of assets/demo/recipe/widen.py, with
  factor 2, and with factor 4 and 12 layers.
* `formula:SIZE[:multilingual][:outliers]`: every value from a formula. Where the rule leaves room:
  - the seed of a tensor is FNV-1a 64 over the UTF-8 bytes of its name in the reference's state dict;
  - element i, row-major in the reference's shape, is z = splitmix64(seed + i) in wrapping 64-bit
    arithmetic, with 0x9E3779B97F4A7C15 added before the mixing, and u = (z >> 40) / 2^23 - 1;
  - fan_in is the number of columns of a linear layer, and in_channels * 3 of a convolution;
  - every value is computed in f64, in the order written in `formula_tensor`, without fused
    multiply-add, and rounded once to f32; nothing is rounded to f16;
  - `outliers` multiplies the weights of channels 7 and 7 + d/2 by 30 in every LayerNorm;
  - encoder positions use f64 sines and cosines of t * exp(-(ln 10000 / (d/2 - 1)) * k), rounded to
    multiples of 2^-20; sines in the first d/2 columns, cosines in the others;
  - `tiny-128` is tiny with 128 mels and 51866 tokens; the large sizes are always multilingual.

`--check-hf` verifies that a Hugging Face folder of the demo model holds the same tensors as the
ggml file. `--formula-checks` writes a few values and a checksum per tensor, for the engine's tests.
"""
import argparse
import gzip
import json
import math
import pathlib
import struct

import numpy as np
import torch
from whisper.model import ModelDimensions, Whisper

DEMO = pathlib.Path(__file__).resolve().parents[3] / "assets" / "demo"
GGML_MAGIC = 0x67676D6C
F32_NAMES = ("encoder.positional_embedding", "decoder.positional_embedding")
# state, heads, encoder layers, decoder layers, mels, vocabulary (English-only where there is one)
SIZES = {
    "tiny": (384, 6, 4, 4, 80, 51864),
    "tiny-128": (384, 6, 4, 4, 128, 51866),
    "base": (512, 8, 6, 6, 80, 51864),
    "small": (768, 12, 12, 12, 80, 51864),
    "medium": (1024, 16, 24, 24, 80, 51864),
    "large": (1280, 20, 32, 32, 80, 51865),
    "large-v3": (1280, 20, 32, 32, 128, 51866),
    "large-v3-turbo": (1280, 20, 32, 4, 128, 51866),
}


def read_ggml(path):
    """Dimensions and f32 tensors of a whisper.cpp ggml file with f32 and f16 tensors (gzipped or not)."""
    data = pathlib.Path(path).read_bytes()
    data = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
    at = 0

    def ints(n):
        nonlocal at
        values = struct.unpack_from(f"<{n}i", data, at)
        at += 4 * n
        return values

    assert ints(1)[0] == GGML_MAGIC
    vocab, audio_ctx, audio_state, audio_head, audio_layer, text_ctx, text_state, text_head, text_layer, mels, _ = ints(11)
    dims = ModelDimensions(mels, audio_ctx, audio_state, audio_head, audio_layer, vocab, text_ctx, text_state,
                           text_head, text_layer)
    rows, columns = ints(2)
    at += 4 * rows * columns
    for _ in range(ints(1)[0]):
        length = ints(1)[0]
        at += length
    tensors = {}
    while at < len(data):
        rank, name_length, kind = ints(3)
        shape = tuple(reversed(ints(rank)))
        name = data[at:at + name_length].decode()
        at += name_length
        dtype = {0: np.float32, 1: np.float16}[kind]
        count = int(np.prod(shape))
        values = np.frombuffer(data, dtype, count, at).astype(np.float32).reshape(shape)
        at += count * dtype().itemsize
        if name.endswith(("conv1.bias", "conv2.bias")):
            values = values.reshape(-1)
        tensors[name] = torch.from_numpy(values)
    return dims, tensors


def widen(dims, tensors, factor, layers):
    """The same function with every channel repeated; see assets/demo/recipe/widen.py."""
    wide = {}
    for name, values in tensors.items():
        if name.endswith("positional_embedding") or name == "decoder.token_embedding.weight":
            wide[name] = values.repeat(1, factor)
        elif values.ndim == 1:
            wide[name] = values.repeat(factor)
        elif name == "encoder.conv1.weight":
            wide[name] = values.repeat(factor, 1, 1)
        else:
            wide[name] = values.repeat(factor, factor, *[1] * (values.ndim - 2)) / factor
    for part in ("weight", "bias"):
        wide["decoder.ln." + part] = wide["decoder.ln." + part] / factor
    for side, own in (("encoder", dims.n_audio_layer), ("decoder", dims.n_text_layer)):
        for layer in range(own, layers):
            for name in [n for n in wide if n.startswith(f"{side}.blocks.0.")]:
                adds = any(part in name for part in ("attn.out.", "mlp.2."))
                copy = torch.zeros_like(wide[name]) if adds else wide[name].clone()
                wide[name.replace(".0.", f".{layer}.", 1)] = copy
    for name, values in wide.items():
        if values.ndim > 1 and name not in F32_NAMES:
            wide[name] = values.half().float()
    shape = dict(dims.__dict__)
    for key in ("n_audio_state", "n_text_state", "n_audio_head", "n_text_head"):
        shape[key] *= factor
    return ModelDimensions(**dict(shape, n_audio_layer=layers, n_text_layer=layers)), wide


def fnv1a64(text):
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = ((value ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return value


def uniform(name, count):
    """`count` numbers u in [-1, 1), in f64, that belong to the tensor `name`."""
    with np.errstate(over="ignore"):
        z = np.uint64(fnv1a64(name)) + np.arange(count, dtype=np.uint64) + np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z ^= z >> np.uint64(31)
    return (z >> np.uint64(40)).astype(np.float64) / 2.0**23 - 1.0


def encoder_positions(length, channels):
    # Python's own math functions: numpy's vector versions differ from libm in the last bit.
    half = channels // 2
    step = math.log(10000.0) / (half - 1)
    inverse = [math.exp(-step * k) for k in range(half)]
    table = [[f(t * w) for f in (math.sin, math.cos) for w in inverse] for t in range(length)]
    return np.round(np.array(table) * 2.0**20) / 2.0**20


def formula_tensor(name, shape, outliers):
    if name == "encoder.positional_embedding":
        return encoder_positions(*shape).astype(np.float32)
    u = uniform(name, int(np.prod(shape))).reshape(shape)
    layer_norm = name.split(".")[-2].endswith("ln") or ".ln_post." in name
    if layer_norm and name.endswith("weight"):
        values = 1.0 + 0.1 * u
        if outliers:
            values[[7, 7 + shape[0] // 2]] *= 30.0
    elif name.endswith("bias") or name == "decoder.positional_embedding":
        values = 0.02 * u
    elif name == "decoder.token_embedding.weight":
        values = 0.05 * u
    else:
        values = u * np.sqrt(3.0 / np.prod(shape[1:]))
    return values.astype(np.float32)


def formula_dims(spec):
    size, *flags = spec.removeprefix("formula:").split(":")
    assert set(flags) <= {"multilingual", "outliers"}, spec
    state, heads, audio_layers, text_layers, mels, vocab = SIZES[size]
    if "multilingual" in flags:
        vocab = max(vocab, 51865)
    dims = ModelDimensions(mels, 1500, state, heads, audio_layers, vocab, 448, state, heads, text_layers)
    return dims, "outliers" in flags


def assemble(dims, tensors):
    model = Whisper(dims)
    missing, unexpected = model.load_state_dict(tensors, strict=False)
    assert not missing and not unexpected, (missing, unexpected)
    return model.eval()


def build(spec):
    """The reference's model of this name, in f32 on the CPU, with its default alignment heads."""
    if spec.startswith("formula:"):
        dims, outliers = formula_dims(spec)
        shapes = Whisper(dims).state_dict()
        return assemble(dims, {n: torch.from_numpy(formula_tensor(n, tuple(v.shape), outliers))
                               for n, v in shapes.items()})
    dims, tensors = read_ggml(DEMO / "ggml-hark-demo.en.bin.gz")
    if spec == "demo:tiny":
        dims, tensors = widen(dims, tensors, 2, dims.n_audio_layer)
    elif spec == "demo:small":
        dims, tensors = widen(dims, tensors, 4, 12)
    else:
        assert spec == "demo", spec
    return assemble(dims, tensors)


HF_RENAMES = (
    ("model.", ""), (".layers.", ".blocks."), ("encoder_attn_layer_norm", "cross_attn_ln"),
    ("self_attn_layer_norm", "attn_ln"), ("final_layer_norm", "mlp_ln"), ("fc1", "mlp.0"), ("fc2", "mlp.2"),
    ("encoder_attn.", "cross_attn."), ("self_attn.", "attn."), ("q_proj", "query"), ("k_proj", "key"),
    ("v_proj", "value"), ("out_proj", "out"), ("encoder.layer_norm", "encoder.ln_post"),
    ("decoder.layer_norm", "decoder.ln"), ("embed_tokens", "token_embedding"),
    ("embed_positions.weight", "positional_embedding"),
)


def check_hf(folder):
    """Fails unless the folder's model.safetensors holds the shipped demo model's tensors."""
    data = (pathlib.Path(folder) / "model.safetensors").read_bytes()
    start = 8 + struct.unpack_from("<Q", data)[0]
    _, tensors = read_ggml(DEMO / "ggml-hark-demo.en.bin.gz")
    seen = set()
    for hf_name, entry in json.loads(data[8:start]).items():
        if hf_name == "__metadata__":
            continue
        name = hf_name
        for old, new in HF_RENAMES:
            name = name.replace(old, new)
        first, last = entry["data_offsets"]
        dtype = {"F16": np.float16, "F32": np.float32}[entry["dtype"]]
        values = np.frombuffer(data[start + first:start + last], dtype).astype(np.float32).reshape(entry["shape"])
        assert np.array_equal(values, tensors[name].numpy()), name
        seen.add(name)
    assert seen == set(tensors), seen ^ set(tensors)
    print(f"{folder}: {len(seen)} tensors, all equal to the ggml file's")


def formula_checks(path):
    """First and last values of tensors of every kind, as f32 bits, and a checksum: the sum of
    bits[i] * (2 i + 1) modulo 2^64."""
    rows = []
    for spec in ("formula:tiny", "formula:tiny:multilingual:outliers", "formula:tiny-128"):
        for name, values in build(spec).state_dict().items():
            if ".blocks." in name and ".blocks.1." not in name:
                continue
            bits = values.numpy().astype("<f4").view("<u4").reshape(-1).astype(np.uint64)
            weights = np.arange(bits.size, dtype=np.uint64) * np.uint64(2) + np.uint64(1)
            rows.append({"model": spec, "tensor": name, "shape": list(values.shape),
                         "first": bits[:3].tolist(), "last": int(bits[-1]),
                         "checksum": f"{int((bits * weights).sum()):016x}"})
    pathlib.Path(path).write_text("[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]\n")


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--check-hf", metavar="FOLDER")
    arguments.add_argument("--formula-checks", metavar="OUT")
    chosen = arguments.parse_args()
    if chosen.check_hf:
        check_hf(chosen.check_hf)
    if chosen.formula_checks:
        formula_checks(chosen.formula_checks)


if __name__ == "__main__":
    main()
