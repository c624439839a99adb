"""The sample clips, as samples and as log-mel windows."""
import pathlib
import wave

import numpy as np
import torch
from whisper.audio import N_FRAMES, N_SAMPLES, log_mel_spectrogram, pad_or_trim

from reference_model import DEMO

DATA = pathlib.Path(__file__).resolve().parents[1] / "data"


def clips():
    """Names of all sample clips, sorted, without `.wav`."""
    return sorted(path.stem for path in (DEMO / "samples").glob("*.wav"))


def samples(clip):
    with wave.open(str(DEMO / "samples" / f"{clip}.wav")) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (16000, 1, 2)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float32) / 32768.0


def first_window(clip, mels):
    """The first window as `transcribe` makes it: behind the content, zeros in the mel domain."""
    mel = log_mel_spectrogram(samples(clip), mels, padding=N_SAMPLES)
    content = min(mel.shape[-1] - N_FRAMES, N_FRAMES)
    return pad_or_trim(mel[:, :content], N_FRAMES)


def first_window_f64(clip, mels):
    """The same in f64 throughout (the filters stay the reference's f32 values)."""
    from whisper.audio import HOP_LENGTH, N_FFT, mel_filters

    audio = torch.nn.functional.pad(torch.from_numpy(samples(clip)).double(), (0, N_SAMPLES))
    window = torch.hann_window(N_FFT, dtype=torch.float64)
    spectrum = torch.stft(audio, N_FFT, HOP_LENGTH, window=window, return_complex=True)[..., :-1].abs() ** 2
    mel = (mel_filters("cpu", mels).double() @ spectrum).clamp(min=1e-10).log10()
    mel = (torch.maximum(mel, mel.max() - 8.0) + 4.0) / 4.0
    content = min(mel.shape[-1] - N_FRAMES, N_FRAMES)
    return pad_or_trim(mel[:, :content], N_FRAMES)
