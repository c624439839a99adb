"""Watches openai-whisper while it decodes, without changing what it does."""
import contextlib
import sys

import torch
import whisper.decoding

TOP = 20


class LogSoftmaxTap:
    """Stands in for `torch.nn.functional` inside whisper.decoding and keeps what log_softmax returns.

    With timestamps it is called twice per step: by the timestamp rules, before the rule about the
    timestamps' mass, and by the token decoder, on the logits as filtered in the end. Without
    timestamps there is only the second call.
    """

    def __init__(self, functional):
        self.functional, self.calls = functional, []

    def __getattr__(self, name):
        return getattr(self.functional, name)

    def log_softmax(self, logits, dim):
        result = self.functional.log_softmax(logits, dim=dim)
        self.calls.append(result)
        return result


def rounded(value):
    return float(f"{float(value):.6g}")


def describe_step(calls, token, timestamp_begin, with_top):
    """What is known about one greedy step from its calls of log_softmax (batch of one)."""
    final = calls[-1][0]
    best = final.topk(TOP)
    step = {"token": token, "gap": rounded(min(best.values[0] - best.values[1], torch.tensor(1e6)))}
    if len(calls) == 2:
        before = calls[0][0]
        mass, text = before[timestamp_begin:].logsumexp(-1), before[:timestamp_begin].max()
        if torch.isfinite(mass):
            step["mass"] = rounded(mass)
        if torch.isfinite(mass) and torch.isfinite(text):
            step["mass_gap"] = rounded((mass - text).abs())
    if with_top:
        finite = [i for i in range(TOP) if torch.isfinite(best.values[i])]
        step["top"] = [[int(best.indices[i]) for i in finite], [rounded(best.values[i]) for i in finite]]
    return step


@contextlib.contextmanager
def traced(model, steps=True):
    """While active, every window that `whisper.transcribe` decodes with `model` is appended to the
    list that this yields: where it starts, what was fed, what was sampled and how sure it was."""
    windows = []
    tap = LogSoftmaxTap(whisper.decoding.F)
    own_task, own_decode = whisper.decoding.DecodingTask, model.decode

    class Task(own_task):
        def __init__(self, *arguments):
            super().__init__(*arguments)
            windows.append({"initial": list(self.initial_tokens), "timestamp_begin": self.tokenizer.timestamp_begin})
            tap.calls = []
            if steps:
                windows[-1]["steps"] = []
                self.watch(windows[-1])

        def watch(self, window):
            update = self.decoder.update

            def watched(tokens, logits, sum_logprobs):
                result = update(tokens, logits, sum_logprobs)
                number = len(window["steps"])
                with_top = number < 3 or number % 10 == 0
                window["steps"].append(describe_step(tap.calls, int(result[0][0, -1]), window["timestamp_begin"], with_top))
                tap.calls = []
                return result

            self.decoder.update = watched

    def decode(segment, options):
        # decode is called by decode_with_fallback, and that by transcribe, which knows the position.
        seek = sys._getframe(2).f_locals["seek"]
        result = own_decode(segment, options)
        windows[-1].update(seek=seek, tokens=result.tokens, avg_logprob=rounded(result.avg_logprob),
                           no_speech_prob=rounded(result.no_speech_prob),
                           compression_ratio=rounded(result.compression_ratio))
        return result

    whisper.decoding.F = tap if steps else tap.functional
    whisper.decoding.DecodingTask, model.decode = Task, decode
    try:
        yield windows
    finally:
        whisper.decoding.F, whisper.decoding.DecodingTask = tap.functional, own_task
        del model.decode


def smallest_gap(windows, no_speech_threshold=0.6, logprob_threshold=-1.0):
    """How near the nearest decision was to falling otherwise: between the two best tokens, in the rule
    about the timestamps' mass, or in skipping a window as silent."""
    gaps = [step[kind] for window in windows for step in window["steps"] for kind in ("gap", "mass_gap") if kind in step]
    for window in windows:
        silent = window["no_speech_prob"] - no_speech_threshold
        unsure = logprob_threshold - window["avg_logprob"]
        # Skipped if both are positive: the decision turns when the smaller one crosses zero.
        gaps.append(rounded(abs(min(silent, unsure))))
    return min(gaps)
