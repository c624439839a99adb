"""Goldens for decoding, by openai-whisper in f32, greedy, temperature 0 without fallback.

    python decoding.py [--expected EXPECTED.tsv] [PART ...]

Writes into data/, one file per part:

* `strict-demo.json`, `strict-demo-tiny.json`: per clip and window the tokens fed and sampled, the
  gap between the two best filtered log-probabilities at each step, the log of the timestamps' mass
  and its distance from the best text token, the 20 best at some steps, and the transcript.
  `smallest_gap` is the nearest that any decision of the clip came to falling otherwise; `exact`
  lists the clips where it exceeds 1e-3, of which equality is demanded in free running.
* `without-timestamps.json`, `initial-prompt.json`, `words.json`, `beam.json`, `language.json`.
* `teacher-forced.json`: the 20 best raw log-probabilities per position for models from formulas.

`--expected` compares the strict texts with a table of expected ones and prints differences.
"""
import argparse
import csv
import json

import torch
import whisper
from whisper.audio import N_FRAMES, N_SAMPLES, log_mel_spectrogram, pad_or_trim

import audio
from layers import formula_tokens
from reference_model import build
from tracing import TOP, rounded, smallest_gap, traced

EXACT_GAP = 1e-3
STRICT = dict(temperature=0.0, fp16=False, condition_on_previous_text=True)
TINY_CLIPS = ("short01", "short05", "short18", "noisy03", "quiet01", "multi01", "silence30", "noise10")
WORD_CLIPS = ("short02", "short11", "short18", "noisy03", "quiet01", "multi01", "multi02", "long01")
BEAM_CLIPS = ("short01", "short03", "short11", "short14", "short18", "noisy02", "noisy03", "quiet01", "multi01", "multi02")
PROMPTS = {
    "short03": "The watches and the books.",
    "short14": "A letter to Thomas about tomorrow.",
    "multi01": "Peter, a writer, and the black cable.",
}


def write(name, head, rows):
    """One row per line, so that a change shows in a diff."""
    body = ",\n".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in rows)
    start = json.dumps(head, ensure_ascii=False)[:-1] + (", " if head else "")
    (audio.DATA / name).write_text(f'{start}"clips": [\n{body}\n]}}\n', encoding="utf-8")


def segments(result):
    return [{"start": round(s["start"], 4), "end": round(s["end"], 4), "text": s["text"], "tokens": s["tokens"]}
            for s in result["segments"]]


def columns(window):
    """A window with its steps turned into columns; `mass` and `mass_gap` are null where the rule was idle."""
    steps = window.pop("steps")
    window.pop("timestamp_begin")
    # The first token that ends the sampling is not among the tokens: it is the end of text.
    window["ended"] = len(steps) > len(window["tokens"])
    for kind in ("gap", "mass", "mass_gap"):
        window[kind] = [step.get(kind) for step in steps]
    window["top"] = {str(i): step["top"] for i, step in enumerate(steps) if "top" in step}
    return window


def greedy(model, clip, **options):
    with traced(model) as windows:
        result = whisper.transcribe(model, audio.samples(clip), **STRICT, **options)
    return {"clip": clip, "text": result["text"], "smallest_gap": smallest_gap(windows)}, result, windows


def strict(spec, clips, name, expected):
    model, rows = build(spec), []
    for clip in clips:
        row, result, windows = greedy(model, clip)
        rows.append({**row, "segments": segments(result), "windows": [columns(w) for w in windows]})
        print(spec, clip, row["smallest_gap"], row["text"][:60], flush=True)
        compare(row, result, expected)
    exact = [row["clip"] for row in rows if row["smallest_gap"] > EXACT_GAP]
    write(name, {"model": spec, "exact": exact}, rows)
    gaps = [gap for row in rows for w in row["windows"] for gap in w["gap"]]
    print(spec, "steps:", len(gaps), "with a gap of at most 1e-3:", sum(g <= EXACT_GAP for g in gaps),
          "clips not exact:", sorted(set(clips) - set(exact)))


def compare(row, result, expected):
    if expected is None:
        return
    want = expected[row["clip"] + ".wav"]
    text = " ".join(row["text"].split())
    spans = [[round(s["start"], 2), round(s["end"], 2), s["text"].strip()] for s in result["segments"]]
    if text != want["text"]:
        print("DIFFERS from the expected text:", row["clip"], "\n  ", text, "\n  ", want["text"])
    if spans != json.loads(want["segments"]):
        print("DIFFERS from the expected segments:", row["clip"], spans, want["segments"])


def without_timestamps(expected):
    model, rows = build("demo"), []
    for clip in audio.clips():
        row, result, windows = greedy(model, clip, without_timestamps=True)
        rows.append({**row, "windows": [{"seek": w["seek"], "tokens": w["tokens"]} for w in windows]})
        text = " ".join(row["text"].split())
        if expected and text != expected[clip + ".wav"]["text_without_timestamps"]:
            print("DIFFERS without timestamps:", clip, text)
    write("without-timestamps.json", {"model": "demo", "exact": [r["clip"] for r in rows if r["smallest_gap"] > EXACT_GAP]}, rows)


def initial_prompt():
    model, rows = build("demo"), []
    for clip, prompt in PROMPTS.items():
        row, result, windows = greedy(model, clip, initial_prompt=prompt)
        plain = whisper.transcribe(model, audio.samples(clip), **STRICT)
        rows.append({**row, "prompt": prompt, "segments": segments(result), "windows": [columns(w) for w in windows]})
        print("prompt", clip, row["smallest_gap"], "changes the text" if plain["text"] != row["text"] else "same text")
    write("initial-prompt.json", {"model": "demo", "exact": [r["clip"] for r in rows if r["smallest_gap"] > EXACT_GAP]}, rows)


def words():
    """Word times from all heads of the decoder's upper half, the reference's default."""
    model, rows = build("demo"), []
    heads = model.alignment_heads.indices().T.tolist()
    for clip in WORD_CLIPS:
        row, result, windows = greedy(model, clip, word_timestamps=True)
        rows.append({**row, "seeks": [w["seek"] for w in windows], "segments": [
            {"start": round(s["start"], 4), "end": round(s["end"], 4), "text": s["text"], "words": [
                [w["word"], round(float(w["start"]), 4), round(float(w["end"]), 4), rounded(w["probability"])] for w in s["words"]]}
            for s in result["segments"]]})
    write("words.json", {"model": "demo", "alignment_heads": heads,
                         "exact": [r["clip"] for r in rows if r["smallest_gap"] > EXACT_GAP]}, rows)


class Shaken:
    """The model's decoder with noise of up to `size` on its logits, to see whether a search is stable."""

    def __init__(self, model, size, seed):
        self.decoder, self.size, self.generator = model.decoder, size, torch.Generator().manual_seed(seed)

    def __enter__(self):
        self.hook = self.decoder.register_forward_hook(
            lambda _, __, logits: logits + self.size * (2 * torch.rand(logits.shape, generator=self.generator) - 1))

    def __exit__(self, *_):
        self.hook.remove()


def beam():
    """Five beams. `exact` lists the clips whose result withstands noise of 5e-4 on all logits, four times."""
    model, rows, exact = build("demo"), [], []

    def search(clip):
        with traced(model, steps=False) as windows:
            result = whisper.transcribe(model, audio.samples(clip), beam_size=5, **STRICT)
        return result, [{k: w[k] for k in ("seek", "initial", "tokens", "avg_logprob")} for w in windows]

    for clip in BEAM_CLIPS:
        result, windows = search(clip)
        stable = True
        for seed in range(4):
            with Shaken(model, EXACT_GAP / 2, seed):
                stable &= [w["tokens"] for w in search(clip)[1]] == [w["tokens"] for w in windows]
        exact += [clip] if stable else []
        rows.append({"clip": clip, "text": result["text"], "segments": segments(result), "windows": windows})
        plain = whisper.transcribe(model, audio.samples(clip), **STRICT)
        print("beam", clip, "stable" if stable else "NOT STABLE", "" if plain["text"] == result["text"] else "differs from greedy", flush=True)
    write("beam.json", {"model": "demo", "beam_size": 5, "exact": exact}, rows)


@torch.no_grad()
def language():
    """All languages' probabilities. The first 30 s are taken with silent audio behind them, not with
    zeros in the mel domain: that is how the reference detects."""
    model, rows = build("formula:tiny:multilingual"), []
    for clip in ("multi01", "short01"):
        mel = log_mel_spectrogram(audio.samples(clip), model.dims.n_mels, padding=N_SAMPLES)
        token, probabilities = model.detect_language(pad_or_trim(mel, N_FRAMES))
        best = sorted(probabilities.values(), reverse=True)
        print("language", clip, max(probabilities, key=probabilities.get), best[:2])
        rows.append({"clip": clip, "token": int(token), "probabilities": {c: rounded(p) for c, p in probabilities.items()}})
    write("language.json", {"model": "formula:tiny:multilingual"}, rows)


@torch.no_grad()
def teacher_forced():
    rows = []
    for spec in ("formula:tiny", "formula:tiny:multilingual", "formula:tiny-128", "formula:tiny:outliers"):
        model = build(spec)
        tokens = formula_tokens(model)
        states = model.encoder(audio.first_window("multi01", model.dims.n_mels)[None])
        best = torch.log_softmax(model.decoder(torch.tensor([tokens]), states)[0], -1).topk(TOP, dim=-1)
        rows.append({"model": spec, "clip": "multi01", "tokens": tokens, "top": [
            [ids.tolist(), [rounded(v) for v in values]] for ids, values in zip(best.indices, best.values)]})
    write("teacher-forced.json", {}, rows)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--expected")
    arguments.add_argument("parts", nargs="*")
    chosen = arguments.parse_args()
    torch.set_num_threads(2)
    expected = None
    if chosen.expected:
        with open(chosen.expected, encoding="utf-8") as file:
            expected = {row["file"]: row for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)}
    parts = {
        "strict": lambda: strict("demo", audio.clips(), "strict-demo.json", expected),
        "strict-tiny": lambda: strict("demo:tiny", TINY_CLIPS, "strict-demo-tiny.json", None),
        "without-timestamps": lambda: without_timestamps(expected),
        "initial-prompt": initial_prompt, "words": words, "beam": beam, "language": language,
        "teacher-forced": teacher_forced,
    }
    for part in chosen.parts or parts:
        parts[part]()


if __name__ == "__main__":
    main()
