"""Builds openai-whisper's model with the same values as the engine's models.

    python reference_model.py [--check-hf FOLDER]

Models, by name:

* `demo`: the shipped ggml file (assets/demo/ggml-hark-demo.en.bin.gz).
* `demo:tiny`, `demo:small`: the demo model widened by the rule of assets/demo/recipe/widen.py, with
  factor 2, and with factor 4 and 12 layers.
* `formula:SIZE[:multilingual][:outliers]`: every value from the formula of formula.py, by the
  tensor's name in the reference's state dict and its shape there; nothing is rounded to f16.
  `tiny-128` is tiny with 128 mels and 51866 tokens; the large sizes are always multilingual.

`--check-hf` verifies that a Hugging Face folder of the demo model holds the same tensors as the
ggml file.
"""
import argparse
import gzip
import json
import pathlib
import struct

import numpy as np
import torch
from whisper.model import ModelDimensions, Whisper

import formula

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
    "large-v1": (1280, 20, 32, 32, 80, 51865),
    "large-v2": (1280, 20, 32, 32, 80, 51865),
    "large-v3": (1280, 20, 32, 32, 128, 51866),
    "large-v3-turbo": (1280, 20, 32, 4, 128, 51866),
    "turbo": (1280, 20, 32, 4, 128, 51866),
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
        return assemble(dims, {n: torch.from_numpy(formula.values(n, tuple(v.shape), outliers))
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


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--check-hf", metavar="FOLDER")
    chosen = arguments.parse_args()
    if chosen.check_hf:
        check_hf(chosen.check_hf)


if __name__ == "__main__":
    main()
