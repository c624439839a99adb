//! What a file that is no audio file probably is, in words.

/// Beginnings of files that people take for audio files, and what to call them.
const KNOWN: [(&[u8], &str); 17] = [
    (b"%PDF", "a PDF document"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"PK\x03\x04", "a ZIP archive or an office document"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a Windows program"),
    (b"lmgg", "a whisper.cpp model"),
    (b"GGUF", "a GGUF model"),
    (b"SQLite format", "a database"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "a Windows Media file (WMA or WMV), which Hark cannot decode"),
    (b"#!AMR", "an AMR recording, which Hark cannot decode"),
    (b"wvpk", "a WavPack file, which Hark cannot decode"),
    (b"MAC ", "a Monkey's Audio file, which Hark cannot decode"),
    (b"FLV", "a Flash video, which Hark cannot decode"),
];

/// Says what `start`, the first bytes of a file, looks like, if it looks like nothing with audio in it.
pub(super) fn describe(start: &[u8]) -> Option<&'static str> {
    if start.is_empty() {
        return Some("the file is empty");
    }
    if start.iter().all(|&byte| byte == 0) {
        return Some("the file holds only zeros");
    }
    if let Some((_, name)) = KNOWN.iter().find(|(magic, _)| start.starts_with(magic)) {
        return Some(name);
    }
    let printable = |byte: &u8| matches!(byte, b'\t' | b'\n' | b'\r' | 0x20..=0x7e | 0x80..);
    // The last character may be cut.
    let utf8 = std::str::from_utf8(start).map_or_else(|error| error.error_len().is_none(), |_| true);
    (utf8 && start.iter().all(printable)).then_some("a text file")
}

#[cfg(test)]
mod tests {
    use super::describe;

    #[test]
    fn common_mistakes_are_named() {
        assert_eq!(describe(b""), Some("the file is empty"));
        assert_eq!(describe(b"%PDF-1.4 ..."), Some("a PDF document"));
        assert_eq!(describe("Grüße, Welt".as_bytes()), Some("a text file"));
        assert_eq!(describe(&"Grü".as_bytes()[..3]), Some("a text file"));
        assert_eq!(describe(&[0; 64]), Some("the file holds only zeros"));
        assert_eq!(describe(&[1, 2, 3, 4]), None);
        assert_eq!(describe(b"RIFF\x24\0\0\0WAVE"), None);
    }
}
