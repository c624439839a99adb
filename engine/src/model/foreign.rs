//! What a file is that is not the model it was taken for.

/// What the first bytes of a file that is no ggml file look like, and what to do about it.
pub(super) fn describe(head: &[u8]) -> String {
    let text = head.trim_ascii_start().to_ascii_lowercase();
    let looks = |start: &[u8]| text.starts_with(start);
    let what = if head.is_empty() {
        "it is empty; the download did not start, get it again"
    } else if head.starts_with(b"GGUF") {
        "it is a gguf file, a format that whisper.cpp does not use either; get the model's `ggml-*.bin` file"
    } else if head.starts_with(b"tjgg") || head.starts_with(b"fmgg") || head.starts_with(b"algg") {
        "it is an old llama.cpp file, not a speech model; get a whisper.cpp `ggml-*.bin` file"
    } else if head.starts_with(b"PK\x03\x04") {
        "it is a zip archive, probably a PyTorch .pt or .bin checkpoint; convert it, or get the `ggml-*.bin` file or the Hugging Face folder with model.safetensors"
    } else if head.len() > 2 && head[0] == 0x80 && (2..=5).contains(&head[1]) {
        "it is a Python pickle, probably an old PyTorch .pt checkpoint; get the `ggml-*.bin` file or the Hugging Face folder with model.safetensors"
    } else if head.starts_with(&[0x1f, 0x8b]) {
        "it is compressed by gzip; unpack it first (gunzip)"
    } else if head.starts_with(b"version https://git-lfs") {
        "it is a Git LFS pointer, not the model itself; run `git lfs pull`, or download the file"
    } else if looks(b"<!doctype") || looks(b"<html") || looks(b"<?xml") || looks(b"<head") {
        "it is a web page, probably an error page saved by the download; get the file again"
    } else if head.len() > 8 && head[8] == b'{' {
        "it is a safetensors file; give Hark the Hugging Face folder with config.json that it belongs to"
    } else if looks(b"{") || looks(b"[") {
        "it is JSON; give Hark the Hugging Face folder itself, or a ggml file"
    } else if head.starts_with(b"RIFF")
        || head.starts_with(b"ID3")
        || head.starts_with(b"fLaC")
        || head.starts_with(b"OggS")
    {
        "it is an audio file; the model is another argument"
    } else {
        "it does not start with ggml's magic number; get a whisper.cpp `ggml-*.bin` file"
    };
    format!("byte 0: {what}")
}
