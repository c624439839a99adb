use super::server::{Act, Server};
use super::*;
use crate::models::published::Published;
use crate::models::{unfinished_path, verified};
use sha1::Sha1;
use sha2::{Digest, Sha256};
use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::sync::mpsc;
use std::thread;
use std::time::Instant;
use tempfile::TempDir;

/// Larger than a block, so that what breaks off breaks off in the middle.
const LENGTH: usize = 1_000_003;
/// A test that hangs fails.
const HANG: Duration = Duration::from_secs(15);

fn content() -> Vec<u8> {
    let mut state = 7u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    (0..LENGTH).map(|_| next()).collect()
}

fn hex(bytes: &[u8]) -> &'static str {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>().leak()
}

/// A model that is published as `content`.
fn model(content: &[u8]) -> &'static Published {
    let (sha1, sha256) = (hex(&Sha1::digest(content)), hex(&Sha256::digest(content)));
    Box::leak(Box::new(Published { name: "test", bytes: content.len() as u64, sha1, sha256 }))
}

/// A server, a folder and a model.
struct Place {
    server: Server,
    folder: TempDir,
    model: &'static Published,
}

const QUICK: Limits = Limits {
    connect: Duration::from_secs(5),
    silence: Duration::from_millis(400),
    tries: 2,
    pause: Duration::from_millis(5),
};

impl Place {
    fn new(acts: impl IntoIterator<Item = Act>) -> Self {
        let content = content();
        Self { server: Server::new(&content, acts), folder: TempDir::new().unwrap(), model: model(&content) }
    }

    fn fetch(&self) -> Fetch {
        Fetch::new(self.model, &self.server.place, self.folder.path(), QUICK)
    }

    fn run(&self) -> Result<PathBuf, DownloadError> {
        let began = Instant::now();
        let ended = self.fetch().run(|_| {});
        assert!(began.elapsed() < HANG);
        ended
    }

    fn part(&self) -> PathBuf {
        unfinished_path(self.folder.path(), self.model)
    }

    /// Everything in the folder, sorted.
    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path()).unwrap();
        let mut names: Vec<_> = entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[track_caller]
    fn is_whole(&self, ended: Result<PathBuf, DownloadError>) {
        assert_eq!(fs::read(ended.unwrap()).unwrap(), content());
        assert_eq!(self.names(), ["ggml-test.bin", "verified.json"]);
        let found = verified(self.folder.path(), "ggml-test.bin").unwrap();
        assert_eq!((found.sha1.as_str(), found.sha256.as_str()), (self.model.sha1, self.model.sha256));
    }
}

#[test]
fn a_file_comes_whole_with_its_progress() {
    let place = Place::new([]);
    let mut told = Vec::new();
    let ended = place.fetch().run(|progress| told.push(progress));
    place.is_whole(ended);
    assert_eq!(place.server.asked.lock().unwrap()[..], [("/ggml-test.bin".to_owned(), None)]);
    let last = told.last().unwrap();
    assert_eq!((last.done, last.total), (LENGTH as u64, LENGTH as u64));
    assert!(told.windows(2).all(|pair| pair[0].done <= pair[1].done));
    // It is there: nobody is asked again.
    place.is_whole(place.run());
    assert_eq!(place.server.ranges().len(), 1);
}

#[test]
fn what_breaks_off_goes_on_at_once() {
    let place = Place::new([Act::Cut(300_000), Act::Cut(100_000)]);
    place.is_whole(place.run());
    let range = |from: usize| Some(format!("bytes={from}-"));
    assert_eq!(place.server.ranges(), [None, range(300_000), range(400_000)]);
}

#[test]
fn after_giving_up_the_next_download_goes_on() {
    let place = Place::new([Act::Cut(300_000), Act::Cut(0)]);
    let error = place.run().unwrap_err();
    assert!(matches!(error, DownloadError::BrokeOff { .. }), "{error}");
    assert!(error.to_string().contains("what has come is kept"), "{error}");
    assert_eq!(place.part().metadata().unwrap().len(), 300_000);
    place.is_whole(place.run());
    assert_eq!(place.server.ranges().last().unwrap().as_deref(), Some("bytes=300000-"));
}

#[test]
fn silence_ends_by_a_limit_and_what_came_is_kept() {
    for act in [Act::Stall(200_000), Act::Silence] {
        let kept = if matches!(act, Act::Stall(_)) { Some(200_000) } else { None };
        let place = Place::new([act, Act::Silence, Act::Silence]);
        let error = place.run().unwrap_err();
        assert!(matches!(error, DownloadError::Stalled { .. }), "{error}");
        assert_eq!(place.part().metadata().ok().map(|part| part.len()), kept);
        // Two have been silent, the third is asked now.
        place.server.asked.lock().unwrap().clear();
    }
}

#[test]
fn a_server_that_refuses_ranges_starts_anew() {
    for act in [Act::RefuseRange, Act::NothingThere, Act::WrongRange] {
        let place = Place::new([Act::Cut(300_000), act.clone()]);
        place.is_whole(place.run());
        assert_eq!(place.server.ranges()[1].as_deref(), Some("bytes=300000-"), "{act:?}");
    }
}

#[test]
fn what_is_not_the_model_is_found_out_and_deleted() {
    let place = Place::new([Act::Corrupt]);
    let error = place.run().unwrap_err();
    assert!(matches!(error, DownloadError::Corrupt { .. }), "{error}");
    assert_eq!(place.names(), Vec::<String>::new());
    place.is_whole(place.run());
}

#[test]
fn either_checksum_alone_finds_it_out() {
    for (sha1, sha256, expected) in [(true, false, "SHA-256"), (false, true, "SHA-1")] {
        let place = Place::new([]);
        let other: &'static str = "0".repeat(64).leak();
        let sha1 = if sha1 { place.model.sha1 } else { &other[..40] };
        let sha256 = if sha256 { place.model.sha256 } else { other };
        let model = Box::leak(Box::new(Published { sha1, sha256, ..*place.model }));
        let fetch = Fetch::new(model, &place.server.place, place.folder.path(), QUICK);
        let error = fetch.run(|_| {}).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    }
}

#[test]
fn a_beginning_that_was_something_else_costs_one_more_try() {
    let place = Place::new([]);
    fs::write(place.part(), vec![1; 400_000]).unwrap();
    place.is_whole(place.run());
    assert_eq!(place.server.ranges(), [Some("bytes=400000-".into()), None]);
    // One that is longer than the file is not gone on with at all, and one that is whole is not fetched.
    let place = Place::new([]);
    fs::write(place.part(), vec![1; LENGTH + 1]).unwrap();
    place.is_whole(place.run());
    let place = Place::new([]);
    fs::write(place.part(), content()).unwrap();
    place.is_whole(place.run());
    assert_eq!(place.server.ranges().len(), 0);
}

#[test]
fn something_else_is_not_taken_for_the_model() {
    for act in [Act::Login, Act::Endless] {
        let place = Place::new([act.clone()]);
        let error = place.run().unwrap_err();
        assert!(matches!(error, DownloadError::OtherFile { .. }), "{act:?}: {error}");
        assert_eq!(place.names(), Vec::<String>::new(), "{act:?}");
    }
}

#[test]
fn what_the_server_refuses_is_said() {
    let table = [
        (404, "there is no such file", 1),
        (403, "not allowed", 1),
        (429, "too many requests", 1),
        (503, "its own trouble", 2),
    ];
    for (status, said, tries) in table {
        let place = Place::new(vec![Act::Status(status, String::new()); tries]);
        let error = place.run().unwrap_err();
        assert!(error.to_string().contains(said) && error.to_string().contains("127.0.0.1"), "{error}");
        assert_eq!((place.server.ranges().len(), place.names().len()), (tries, 0), "{status}");
    }
}

#[test]
fn nobody_there_is_said() {
    let place = Place::new([]);
    // Bound for a moment, so that nobody listens there now.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let error = Fetch::new(place.model, &format!("http://{free}"), place.folder.path(), QUICK)
        .run(|_| {})
        .unwrap_err();
    assert!(matches!(error, DownloadError::Unreachable { .. }), "{error}");
    assert!(error.to_string().contains("refused"), "{error}");
}

#[test]
fn redirects_are_followed_with_the_range_and_not_for_ever() {
    let other = Server::new(&content(), [Act::Cut(300_000)]);
    let to = |place: &str| Act::Status(302, format!("Location: {place}/elsewhere\r\n"));
    let place = Place::new([to(&other.place), to(&other.place)]);
    place.is_whole(place.run());
    let asked = other.asked.lock().unwrap().clone();
    assert_eq!(asked, [("/elsewhere".into(), None), ("/elsewhere".into(), Some("bytes=300000-".into()))]);

    let place = Place::new([]);
    let round = vec![Act::Status(302, format!("Location: {}/again\r\n", place.server.place)); 40];
    let round = Server::new(&content(), round.iter().cloned());
    let fetch = Fetch::new(place.model, &round.place, place.folder.path(), QUICK);
    // Each goes to a server that serves: the first redirect ends there.
    place.is_whole(fetch.run(|_| {}));
    let server = Server::new(&content(), vec![Act::Status(302, "Location: /again\r\n".into()); 60]);
    let place = Place::new([]);
    assert!(Fetch::new(place.model, &server.place, place.folder.path(), QUICK).run(|_| {}).is_err());
    assert!(server.ranges().len() < 40);
}

#[test]
fn a_download_can_be_cancelled_at_any_time() {
    for act in [Act::Stall(200_000), Act::Silence] {
        let limits = Limits { silence: Duration::from_secs(60), ..QUICK };
        let place = Place::new([act.clone()]);
        let fetch = Fetch::new(place.model, &place.server.place, place.folder.path(), limits);
        let stop = fetch.stop();
        let (ended, end) = mpsc::channel();
        let download = thread::spawn(move || {
            let _ = ended.send(fetch.run(|_| {}));
        });
        let began = Instant::now();
        while place.server.ranges().is_empty() {
            assert!(began.elapsed() < HANG);
            thread::sleep(Duration::from_millis(5));
        }
        if matches!(act, Act::Stall(_)) {
            while place.part().metadata().is_ok_and(|part| part.len() < 200_000) {
                assert!(began.elapsed() < HANG);
                thread::sleep(Duration::from_millis(5));
            }
        }
        stop.stop();
        assert!(matches!(end.recv_timeout(HANG).unwrap(), Err(DownloadError::Cancelled)), "{act:?}");
        download.join().unwrap();
        // What came is gone on with.
        place.is_whole(place.run());
        let from = if matches!(act, Act::Stall(_)) { Some("bytes=200000-") } else { None };
        assert_eq!(place.server.ranges()[1].as_deref(), from);
    }
}

#[test]
fn one_file_is_downloaded_once_at_a_time() {
    let place = Place::new([Act::Stall(200_000)]);
    let limits = Limits { silence: Duration::from_secs(60), ..QUICK };
    let first = Fetch::new(place.model, &place.server.place, place.folder.path(), limits);
    let stop = first.stop();
    let download = thread::spawn(move || first.run(|_| {}));
    let began = Instant::now();
    while !place.part().metadata().is_ok_and(|part| part.len() == 200_000) {
        assert!(began.elapsed() < HANG);
        thread::sleep(Duration::from_millis(5));
    }
    let error = place.run().unwrap_err();
    assert_eq!(error.to_string(), "test is being downloaded already");
    assert!(crate::models::delete(place.folder.path(), "test").is_err());
    assert_eq!(place.part().metadata().unwrap().len(), 200_000, "the second has touched nothing");
    stop.stop();
    assert!(matches!(download.join().unwrap(), Err(DownloadError::Cancelled)));
    place.is_whole(place.run());
}

/// A device that is always full stands in for the file.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_said() {
    let place = Place::new([]);
    std::os::unix::fs::symlink("/dev/full", place.part()).unwrap();
    let error = place.run().unwrap_err();
    assert!(matches!(error, DownloadError::DiskFull { .. }), "{error}");
    assert!(!place.folder.path().join("ggml-test.bin").exists());
}

/// The disk is one in memory, which this test mounts where only another run of itself sees it.
#[cfg(target_os = "linux")]
#[test]
fn a_disk_that_fills_up_keeps_what_came_and_the_rest_comes_when_there_is_room() {
    const DISK: &str = "HARK_TEST_DISK";
    if let Some(disk) = std::env::var_os(DISK) {
        return fills_up(disk.into());
    }
    let (outside, name) = (TempDir::new().unwrap(), thread::current().name().unwrap().to_owned());
    let mounted = |then: &str| {
        let script = format!("mount -t tmpfs -o size=2m hark \"${DISK}\" && {then}");
        let mut command = std::process::Command::new("unshare");
        command.args(["--map-root-user", "--mount", "sh", "-c", &script]).env(DISK, outside.path());
        command.arg(std::env::current_exe().unwrap()).arg(&name);
        command.output().unwrap()
    };
    if !mounted("true").status.success() {
        writeln!(std::io::stderr(), "SKIPPED: {name}: this system lets nobody mount a disk in memory")
            .unwrap();
        return;
    }
    let inside = mounted("exec \"$0\" --exact \"$1\" --nocapture");
    let said = String::from_utf8_lossy(&inside.stdout);
    assert!(inside.status.success() && said.contains("1 passed"), "{said}{inside:?}");
}

#[cfg(target_os = "linux")]
fn fills_up(disk: PathBuf) {
    let place = Place::new([]);
    let fetch = || Fetch::new(place.model, &place.server.place, &disk.join("models"), QUICK);
    let filler = disk.join("somebody else's");
    let mut other = fs::File::create(&filler).unwrap();
    let error = fetch().run(|_| while other.write_all(&[7; 4096]).is_ok() {}).unwrap_err();
    drop(other);
    let part = unfinished_path(&disk.join("models"), place.model);
    let kept = part.metadata().unwrap().len();
    assert!(0 < kept && kept < LENGTH as u64, "{kept}");
    assert_eq!(fs::read(&part).unwrap(), content()[..kept as usize]);
    assert!(error.to_string().contains(disk.join("models").to_str().unwrap()), "{error}");
    assert!(matches!(error, DownloadError::DiskFull { kept: said, .. } if said == kept), "{error}");
    // As long as there is no room nobody is asked.
    assert!(matches!(fetch().run(|_| {}), Err(DownloadError::NoRoom { .. })));
    assert_eq!((place.server.ranges().len(), part.metadata().unwrap().len()), (1, kept));
    fs::remove_file(&filler).unwrap();
    let whole = fetch().run(|_| {}).unwrap();
    assert_eq!(fs::read(whole).unwrap(), content());
    assert_eq!(place.server.ranges()[1].as_deref(), Some(format!("bytes={kept}-").as_str()));
    assert!(verified(&disk.join("models"), "ggml-test.bin").is_some() && !part.exists());
}

#[test]
fn a_disk_without_room_is_said_before_anybody_is_asked() {
    let place = Place::new([]);
    let model = Box::leak(Box::new(Published { bytes: 1 << 60, ..*place.model }));
    let error = Fetch::new(model, &place.server.place, place.folder.path(), QUICK).run(|_| {}).unwrap_err();
    assert!(matches!(error, DownloadError::NoRoom { .. }), "{error}");
    assert_eq!((place.server.ranges().len(), place.names().len()), (0, 0));
}

#[cfg(unix)]
#[test]
fn a_folder_that_cannot_be_made_is_said() {
    let place = Place::new([]);
    let file = place.folder.path().join("file");
    fs::write(&file, "").unwrap();
    let error =
        Fetch::new(place.model, &place.server.place, &file.join("models"), QUICK).run(|_| {}).unwrap_err();
    assert!(matches!(error, DownloadError::Disk { .. }), "{error}");
}

#[test]
fn a_mirror_is_an_address() {
    let original = "https://huggingface.co/ggerganov/whisper.cpp/resolve/main";
    let table = [
        (None, Some(original.to_owned())),
        (Some(""), Some(original.to_owned())),
        (Some("https://mirror.example"), Some(format!("https://mirror.example{WAY}"))),
        (Some(" http://mirror.example:8080/ "), Some(format!("http://mirror.example:8080{WAY}"))),
        (Some("https://mirror.example/models/"), Some("https://mirror.example/models".into())),
        (Some("mirror.example"), None),
        (Some("ftp://mirror.example"), None),
        (Some("https://"), None),
        (Some("https://a b"), None),
        (Some("file:///etc/passwd"), None),
    ];
    for (mirror, expected) in table {
        assert_eq!(place(mirror).ok(), expected, "{mirror:?}");
    }
}
