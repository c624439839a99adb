//! The program, as a developer uses it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use hark_kernels::txn::{GOLDENS, encode, to_bytes};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Exit code, output, errors.
fn run(arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_hark-kernels")).args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

fn file(name: &str, bytes: &[u8]) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

#[test]
fn goldens_are_printed_with_their_hashes() {
    let (code, text, _) = run(&["goldens"]);
    assert_eq!(code, Some(0));
    assert_eq!(text.lines().count(), GOLDENS.len());
    for (line, golden) in text.lines().zip(&GOLDENS) {
        let words: Vec<&str> = line.split_whitespace().collect();
        assert_eq!(words[..4], [golden.name, &golden.words.to_string(), "words", golden.sha256]);
        assert!(line.contains("identical to"), "{line}");
    }
}

#[test]
fn streams_are_shown_and_compared() {
    let words = encode(&GOLDENS[1].stream().unwrap());
    let bytes = file("stream.bin", &to_bytes(&words));
    let text: String = words.iter().map(|word| format!("{word:08X}\n")).collect();
    let text = file("stream.txt", text.as_bytes());
    let mut other = words;
    other[8] ^= 1;
    let other = file("other.bin", &to_bytes(&other));
    let [bytes, text, other] = [&bytes, &text, &other].map(|path| path.to_str().unwrap());

    let (code, shown, _) = run(&["disasm", bytes]);
    assert_eq!((code, shown.lines().count()), (Some(0), 69));
    assert_eq!(run(&["disasm", text]).1, shown, "bytes and text are one stream");
    assert_eq!(run(&["compare", bytes, text]).0, Some(0));
    let (code, shown, _) = run(&["compare", text, other]);
    assert_eq!(code, Some(1));
    assert!(shown.starts_with("word 8: 00000000 00000001  in 4  blockwrite"), "{shown}");
    assert!(shown.ends_with("1 words differ: 436 and 436 words\n"), "{shown}");
}

#[test]
fn the_design_and_its_streams_are_shown() {
    let (code, text, _) = run(&["design", "npu1"]);
    assert_eq!(code, Some(0));
    assert!(text.contains("16 × core") && text.contains("4 × memory tile"), "{text}");
    let (code, text, _) = run(&["stream", "base", "npu1", "block.5", "512"]);
    assert_eq!(code, Some(0));
    let operations: Vec<&str> = text.lines().take(7).filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(operations, ["query", "key", "value", "attention", "out", "up", "down"]);
    assert!(
        text.contains("TXN 0.1 (compiler), NPU1 (AIE2)") && text.contains("core 3,5 lock 0: 0x1"),
        "{text}"
    );
    for wrong in
        [&["stream", "base", "npu1", "block.6"][..], &["stream", "huge", "npu1", "stem"], &["design", "npu3"]]
    {
        assert_eq!(run(wrong).0, Some(2));
    }
}

#[test]
fn what_is_wrong_is_said() {
    let short = file("short.bin", &[1, 0, 3, 6, 0, 0]);
    let unknown = file("unknown.txt", b"06030001\n00000101\n00000001\n00000014\n00000060\n");
    let refused = |file: &Path, why: &str| {
        let (code, text, error) = run(&["disasm", file.to_str().unwrap()]);
        assert_eq!((code, text.as_str()), (Some(2), ""));
        assert!(error.contains(why), "{error}");
    };
    refused(&short, "6 bytes are no whole number of words");
    refused(&unknown, "word 4: there is no instruction 0x60");
    refused(Path::new("no such file"), "no such file");
    assert_eq!(run(&[]).0, Some(2));
    assert_eq!(run(&["help"]).0, Some(0));
}

#[test]
fn designs_are_printed_and_checked() {
    let (code, text, _) = run(&["mlir", "npu1"]);
    assert_eq!(code, Some(0));
    assert!(text.starts_with("module {\n  aie.device(npu1) {\n"));
    let (code, narrow, _) = run(&["mlir", "npu2", "--columns", "3"]);
    assert_eq!((code, narrow.matches(" = aie.core(").count()), (Some(0), 12));
    assert!(narrow.contains("aie.device(npu2_3col) {"));

    let design = file("design.mlir", text.as_bytes());
    let (code, found, _) = run(&["mlir", "--check", design.to_str().unwrap()]);
    assert_eq!(code, Some(0));
    assert!(found.contains("24 tiles, 16 cores, "), "{found}");
    let broken = file("broken.mlir", text.replacen("%go_0_2, Acq", "%gone, Acq", 1).as_bytes());
    let (code, found, _) = run(&["mlir", "--check", broken.to_str().unwrap()]);
    assert_eq!(code, Some(1));
    assert!(found.contains("nothing is called %gone here"), "{found}");

    let words = Path::new(env!("CARGO_TARGET_TMPDIR")).join("reference.bin");
    assert_eq!(run(&["mlir", "npu1", "--words", words.to_str().unwrap()]).0, Some(0));
    let (code, shown, _) = run(&["disasm", words.to_str().unwrap()]);
    assert_eq!(code, Some(0));
    // Two writes to each core, then three tasks and a wait in each column.
    assert_eq!(shown.matches("sync").count(), 4, "{shown}");

    for wrong in [["npu1", "--columns", "5"], ["npu2", "--columns", "0"], ["npu3", "--columns", "1"]] {
        assert_eq!(run(&[&["mlir"], &wrong[..]].concat()).0, Some(2));
    }
}
