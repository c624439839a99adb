"""Goldens for the encoder's and the decoder's layers, computed by the reference in f64.

    python layers.py

Writes data/layers.json (the index) and data/layers.f32 (values, little-endian). Per model and
layer: all channels at a few rows, and the L2 norm of more rows. `reference_f32` is how far the
reference itself is off when it computes in f32: the relative L2 distance in its worst row.

The input of every model is the first window of one clip, as log-mel in f64; the decoder is fed
fixed tokens. `mel_f32` in the index says what the reference's own f32 mel instead of the f64 one
changes at the encoder's end.
"""
import json

import numpy as np
import torch
import whisper.model
from torch import nn

import audio
from formula import fnv1a, unit
from reference_model import build

CLIP = "multi01"
MODELS = ("demo", "demo:tiny", "formula:tiny", "formula:tiny:outliers", "formula:tiny:multilingual", "formula:tiny-128")
# Start, transients, the padded end (the clip's content ends at row 1241), the last row.
ENCODER_ROWS = {"demo": [0, 57, 388, 777, 1239, 1241, 1377, 1499]}
FEW_ENCODER_ROWS = [0, 388, 1241]
DECODER_ROWS = [9, 29]
NORM_STEP = 25


def formula_tokens(model):
    """The start sequence, 36 text tokens and a few timestamps; no meaning."""
    tokenizer = whisper.tokenizer.get_tokenizer(model.is_multilingual, num_languages=model.num_languages, language="en")
    text = ((unit(fnv1a(b"tokens"), 36) + 1.0) / 2.0 * tokenizer.eot).astype(int).tolist()
    begin = tokenizer.timestamp_begin
    return list(tokenizer.sot_sequence) + [begin] + text + [begin + 120, begin + 120]


def demo_tokens(model):
    result = whisper.transcribe(model, audio.samples(CLIP), temperature=0.0, fp16=False)
    window = [t for segment in result["segments"] if segment["seek"] == 0 for t in segment["tokens"]]
    return [50257, *window]


def traced(part, run):
    """Outputs of a part's blocks, and what enters them, by name."""
    layers = {}
    first = "stem" if isinstance(part, whisper.model.AudioEncoder) else "embedding"
    last = part.ln_post if first == "stem" else part.ln
    name = "ln_post" if first == "stem" else "ln"
    hooks = [part.blocks[0].register_forward_pre_hook(lambda _, inputs: layers.__setitem__(first, inputs[0][0].clone()))]
    for number, block in enumerate(part.blocks):
        hooks.append(block.register_forward_hook(
            lambda _, __, output, key=f"block.{number}": layers.__setitem__(key, output[0].clone())))
    hooks.append(last.register_forward_hook(lambda _, __, output: layers.__setitem__(name, output[0].clone())))
    run()
    for hook in hooks:
        hook.remove()
    return layers


def worst_row(values, golden):
    difference = (values.double() - golden).norm(dim=-1) / golden.norm(dim=-1)
    return float(difference.max())


@torch.no_grad()
def run(model, mel, tokens):
    """All layers of one pass through encoder and decoder, and the logits in the model's precision."""
    encoder = traced(model.encoder, lambda: model.encoder(mel[None]))
    states = encoder["ln_post"][None]
    decoder = traced(model.decoder, lambda: model.decoder(torch.tensor([tokens]), states))
    # The decoder rounds its logits to f32; taken from the last LayerNorm they keep their precision.
    decoder["logits"] = decoder["ln"] @ model.decoder.token_embedding.weight.T
    return encoder, decoder


class Store:
    def __init__(self):
        self.parts, self.length = [], 0

    def add(self, values):
        raw = np.ascontiguousarray(values, dtype="<f4").reshape(-1)
        self.parts.append(raw)
        self.length += raw.size
        return self.length - raw.size

    def entry(self, name, golden, own, rows, norm_rows):
        values = golden[rows]
        if name == "logits":  # the vocabulary is wide: every 199th column
            values = values[:, ::199]
        return {"name": name, "rows": rows, "at": self.add(values), "columns": values.shape[1],
                "norms_at": self.add(golden[norm_rows].norm(dim=-1)), "reference_f32": float(f"{worst_row(own, golden):.2e}")}


def model_goldens(spec, store):
    model = build(spec)
    tokens = demo_tokens(model) if spec.startswith("demo") else formula_tokens(model)
    mel_f32, mel = audio.first_window(CLIP, model.dims.n_mels), audio.first_window_f64(CLIP, model.dims.n_mels)
    own_encoder, own_decoder = run(model, mel.float(), tokens)
    with_own_mel, _ = run(model, mel_f32, tokens)
    # The reference's LayerNorm always computes in f32; in the golden it must not.
    whisper.model.LayerNorm.forward = nn.LayerNorm.forward
    encoder, decoder = run(model.double(), mel, tokens)
    whisper.model.LayerNorm.forward = REFERENCE_LAYER_NORM
    rows, norm_rows = ENCODER_ROWS.get(spec, FEW_ENCODER_ROWS), list(range(0, 1500, NORM_STEP))
    entry = {"model": spec, "dims": model.dims.__dict__, "tokens": tokens, "norm_rows": norm_rows,
             "mel_f32": float(f"{worst_row(with_own_mel['ln_post'], encoder['ln_post']):.2e}")}
    # The multilingual model's encoder is that of `formula:tiny`.
    encoder = {} if "multilingual" in spec else encoder
    entry["encoder"] = [store.entry(n, v, own_encoder[n], rows, norm_rows) for n, v in encoder.items()]
    entry["decoder"] = [store.entry(n, v, own_decoder[n], DECODER_ROWS, list(range(len(tokens)))) for n, v in decoder.items()]
    for part in ("encoder", "decoder"):
        print(spec, part, {e["name"]: e["reference_f32"] for e in entry[part]}, "mel", entry["mel_f32"])
    return entry


REFERENCE_LAYER_NORM = whisper.model.LayerNorm.forward


def main():
    torch.set_num_threads(2)
    store = Store()
    models = [model_goldens(spec, store) for spec in MODELS]
    np.concatenate(store.parts).tofile(audio.DATA / "layers.f32")
    head = json.dumps({"clip": CLIP})[:-1]
    lines = ",\n".join(json.dumps(model) for model in models)
    (audio.DATA / "layers.json").write_text(f'{head}, "models": [\n{lines}\n]}}\n')


if __name__ == "__main__":
    main()
