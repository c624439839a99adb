"""Makes ../data/mel.safetensors: log-mel goldens in f64, and the reference's own f32 error.

Needs openai-whisper 20250625, torch and safetensors; run it from anywhere:
    python engine/tests/golden/mel.py

The golden is the reference's `log_mel_spectrogram(audio, n_mels, padding=480000)` computed in f64
(window, transform, products; the filters are the shipped f32 values). Per case and mel count:
    NAME.MELS.frames    i32 [k]         which frames are kept
    NAME.MELS.golden    f64 [k, MELS]   scaled log-mel values of these frames
    NAME.MELS.loudest   f64 [1]         maximum of the unscaled log10 values, padding included
    NAME.MELS.error     f64 [1]         the reference's own largest f32 error in these frames
    NAME.samples        i32 [3]         first sample and number of samples of the clip, content frames
    filters.MELS        f32 [n]         the shipped filters' weights that are not 0
    filters.MELS.index  i32 [n, 2]      their mel bin and spectrum bin
"""
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.numpy import save_file
from whisper.audio import HOP_LENGTH, N_FFT, N_SAMPLES, load_audio, log_mel_spectrogram, mel_filters

HERE = Path(__file__).resolve().parent
SAMPLES = HERE.parents[2] / "assets/demo/samples"

# name: (clip, first sample, number of samples or None for all, frames kept)
CASES = {
    "short": ("short01.wav", 0, None, 16),
    "noisy": ("noisy04.wav", 0, None, 12),
    "quiet": ("quiet01.wav", 0, None, 12),
    "noise": ("noise10.wav", 0, None, 8),
    "silence": ("silence30.wav", 0, 16_123, 3),
    # Shorter than the reflection, and with ends that straddle frames.
    "len0": ("short01.wav", 9_000, 0, 1),
    "len1": ("short01.wav", 9_000, 1, 1),
    "len100": ("short01.wav", 9_000, 100, 1),
    "len199": ("short01.wav", 9_000, 199, 1),
    "len200": ("short01.wav", 9_000, 200, 1),
    "len359": ("short01.wav", 9_000, 359, 2),
    "len480": ("short01.wav", 9_000, 480, 3),
}


def in_f64(audio, n_mels):
    """The reference's formula in f64: (scaled values, maximum of the unscaled ones)."""
    audio = F.pad(torch.from_numpy(audio).double(), (0, N_SAMPLES))
    window = torch.hann_window(N_FFT, dtype=torch.float64)
    stft = torch.stft(audio, N_FFT, HOP_LENGTH, window=window, return_complex=True)
    energy = mel_filters("cpu", n_mels).double() @ (stft[..., :-1].abs() ** 2)
    log = energy.clamp(min=1e-10).log10()
    return ((torch.maximum(log, log.max() - 8.0) + 4.0) / 4.0).numpy(), float(log.max())


def main():
    out = {}
    for n_mels in (80, 128):
        weights = mel_filters("cpu", n_mels).numpy()
        index = np.argwhere(weights != 0)
        out[f"filters.{n_mels}"] = weights[weights != 0]
        out[f"filters.{n_mels}.index"] = np.ascontiguousarray(index, np.int32)
    for name, (clip, first, count, keep) in CASES.items():
        audio = load_audio(str(SAMPLES / clip))[first:]
        audio = audio[: len(audio) if count is None else count]
        content = (len(audio) + N_SAMPLES) // HOP_LENGTH - N_SAMPLES // HOP_LENGTH
        out[f"{name}.samples"] = np.array([first, len(audio), content], np.int32)
        frames = np.unique(np.linspace(0, max(content - 1, 0), keep).round().astype(np.int32))[:content]
        for n_mels in (80, 128):
            golden, loudest = in_f64(audio, n_mels)
            reference = log_mel_spectrogram(audio, n_mels, padding=N_SAMPLES).numpy()
            error = np.abs(reference - golden)[:, frames].max(initial=0.0)
            out[f"{name}.{n_mels}.frames"] = frames
            out[f"{name}.{n_mels}.golden"] = np.ascontiguousarray(golden.T[frames])
            out[f"{name}.{n_mels}.loudest"] = np.array([loudest])
            out[f"{name}.{n_mels}.error"] = np.array([error])
            print(f"{name} {n_mels}: {len(frames)} of {content} frames, reference's error {error:.2e}")
    target = HERE.parent / "data/mel.safetensors"
    save_file(out, str(target))
    target.chmod(0o644)


if __name__ == "__main__":
    main()
