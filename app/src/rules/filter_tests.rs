use super::*;
use std::fs;
use std::os::unix::fs::PermissionsExt;

/// A program of the person, in a folder of its own.
struct Script {
    folder: tempfile::TempDir,
    filter: Filter,
}

fn script(body: &str) -> Script {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a filter");
    fs::write(&path, format!("#!/bin/sh\ncd '{}'\n{body}\n", folder.path().display())).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    // Through the shell: another thread that starts a program just now may hold the file open for writing.
    let command = vec!["/bin/sh".into(), path.to_str().unwrap().into()];
    Script { folder, filter: Filter { on: true, command } }
}

fn why(script: &Script, text: &str) -> Why {
    script.filter.run(text, Some("en")).unwrap_err().why
}

fn made(body: &str, text: &str) -> String {
    script(body).filter.run(text, Some("de")).unwrap().unwrap()
}

#[test]
fn what_a_program_prints_is_the_text() {
    assert_eq!(made("tr a-z A-Z", "hello"), "HELLO");
    assert_eq!(made("cat", "äöü 世界 🎉\nzwei\tdrei"), "äöü 世界 🎉\nzwei\tdrei");
    assert_eq!(made("cat; echo \" $HARK_LANGUAGE\"", "text"), "text de");
    assert_eq!(made("cat; echo complaint >&2", "text"), "text");
    assert_eq!(made("cat >/dev/null; printf 'a\\r\\nb\\r\\n'", "text"), "a\nb");
    let long = "zwölf Wörter ".repeat(8_000);
    assert_eq!(made("cat", &long), long);
}

#[test]
fn one_line_break_at_the_end_is_the_program_s() {
    let table = [
        ("cat", "a", "a"),
        ("cat; echo", "a", "a"),
        ("cat; echo; echo", "a", "a\n"),
        ("cat", "a\n", "a\n"),
        ("cat; echo", "a\n", "a\n"),
        ("printf b; cat >/dev/null", "a\n", "b"),
    ];
    for (body, text, expected) in table {
        assert_eq!(made(body, text), expected, "{body} {text:?}");
    }
}

#[test]
fn a_program_that_is_off_or_has_nothing_to_do_is_not_run() {
    let Script { folder, mut filter } = script("touch ran; cat");
    assert_eq!(filter.run(" \n", None), Ok(None));
    filter.on = false;
    assert_eq!(filter.run("text", None), Ok(None));
    assert!(!folder.path().join("ran").exists());
}

#[test]
fn a_program_that_cannot_be_started_says_so() {
    let filter = Filter { on: true, command: vec!["no-such-program-anywhere".into(), "-x".into()] };
    let error = filter.run("text", None).unwrap_err();
    let expected = "The text is as it was before the filter program \"no-such-program-anywhere\": it cannot be \
                    started (No such file or directory).";
    assert_eq!(error.to_string(), expected);
    let nameless = Filter { on: true, command: Vec::new() };
    assert_eq!(nameless.run("text", None).unwrap_err().why, Why::Nameless);
}

#[test]
fn a_program_that_fails_is_quoted() {
    let Why::Failed(reason) = why(&script("cat; echo first >&2; echo 'so sorry' >&2; exit 3"), "text") else {
        panic!("it failed");
    };
    assert_eq!(reason, "exit status: 3; it says: so sorry");
    assert!(matches!(why(&script("cat; kill -9 $$"), "text"), Why::Failed(_)));
    assert!(matches!(
        why(&script("cat; yes complaint | head -c 9000000 >&2; exit 1"), "text"),
        Why::Failed(_)
    ));
}

#[test]
fn what_is_no_text_is_not_taken() {
    assert_eq!(why(&script("cat >/dev/null; printf '\\377\\376\\000'"), "text"), Why::NoText);
    assert_eq!(why(&script("cat >/dev/null; printf 'a\\033[31mb'"), "text"), Why::NoText);
    assert_eq!(why(&script("head -c 100000 /dev/urandom; cat >/dev/null"), "text"), Why::NoText);
    assert_eq!(why(&script("cat >/dev/null"), "text"), Why::Nothing);
    assert_eq!(why(&script("cat >/dev/null; echo; echo ' '"), "text"), Why::Nothing);
}

#[test]
fn a_flood_is_dammed() {
    let flood = script("yes 'more and more'");
    assert_eq!(why(&flood, "text"), Why::TooMuch);
    assert_eq!(why(&script("cat; cat /dev/zero"), "text"), Why::TooMuch);
    // Exactly as much as may be.
    let most = "x".repeat(OUTPUT);
    assert_eq!(made("cat", &most), most);
}

#[test]
fn a_program_that_does_not_read_blocks_nobody() {
    let long = "word ".repeat(20_000);
    assert_eq!(why(&script("exec <&-; echo short"), &long), Why::NotRead);
    assert_eq!(why(&script("head -c 10"), &long), Why::NotRead);
    // More than two pipes hold, printed before the first byte is read.
    assert_eq!(made("head -c 400000 /dev/zero | tr '\\0' x; cat >/dev/null", &long).len(), 400_000);
}

/// Programs that would never end, side by side: each costs the whole limit.
#[test]
fn a_program_that_hangs_is_ended_with_all_that_it_started() {
    let long = "word ".repeat(20_000);
    let cases = [
        ("sleep 1000 & echo $! > child; wait", "text", Why::TooLong),
        ("sleep 1000 & echo $! > child; cat; wait", long.as_str(), Why::TooLong),
        ("sleep 1000 & echo $! > child; exec >&- 2>&-; wait", "text", Why::TooLong),
        ("sleep 1000 & echo $! > child; cat", "text", Why::HeldOpen),
        ("sh -c 'sleep 1000 & echo $! > child' & cat; wait", "text", Why::HeldOpen),
    ];
    let run = |(body, text, expected): (&str, &str, Why)| {
        let script = script(body);
        let begun = Instant::now();
        assert_eq!(why(&script, text), expected, "{body}");
        assert!(begun.elapsed() < 3 * LIMIT, "{body}");
        let child = fs::read_to_string(script.folder.path().join("child")).unwrap();
        assert!(has_ended(child.trim()), "{body}: its child {child} lives");
    };
    thread::scope(|scope| cases.map(|case| scope.spawn(move || run(case))).into_iter().for_each(join));
}

fn join(thread: thread::ScopedJoinHandle<()>) {
    if let Err(panic) = thread.join() {
        std::panic::resume_unwind(panic);
    }
}

/// Whether the process is gone, or dead and not yet collected by whoever has inherited it.
fn has_ended(process: &str) -> bool {
    let ended = || {
        let status = Command::new("ps").args(["-o", "stat=", "-p", process]).output().unwrap();
        let state = String::from_utf8_lossy(&status.stdout).trim().to_owned();
        state.is_empty() || state.starts_with('Z')
    };
    // Its end is under way.
    (0..200).any(|_| {
        let now = ended();
        if !now {
            thread::sleep(Duration::from_millis(10));
        }
        now
    })
}
