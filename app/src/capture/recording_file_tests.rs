use super::super::moving::{Moving, Step};
use super::*;
use std::cell::Cell;
use std::time::UNIX_EPOCH;

thread_local! {
    /// Bytes that a file may grow to.
    pub static ROOM: Cell<Option<u64>> = const { Cell::new(None) };
}

const NOON: Duration = Duration::from_secs(1_795_262_400);

fn create(folder: &Path) -> RecordingFile {
    create_on(1, folder)
}

/// Recordings that go to the folder for temporary files must differ in their days, hence in their names.
fn create_on(day: u32, folder: &Path) -> RecordingFile {
    let (recording, error) = RecordingFile::create(folder, UNIX_EPOCH + day * NOON);
    assert!(error.is_none(), "{error:?}");
    recording
}

fn ramp(samples: usize) -> Vec<f32> {
    (0..samples).map(|i| ((i % 2_000) as f32 - 1_000.0) / 1_001.0).collect()
}

fn read(path: &Path) -> Vec<f32> {
    let mut reader = hound::WavReader::open(path).unwrap();
    assert_eq!(reader.spec(), SPEC);
    reader.samples::<i16>().map(|v| sample(v.unwrap())).collect()
}

fn as_written(samples: &[f32]) -> Vec<f32> {
    samples.iter().map(|s| sample(pcm16(*s))).collect()
}

#[test]
fn names_are_dates_in_utc() {
    let name = |seconds| utc_name(UNIX_EPOCH + Duration::from_secs(seconds));
    assert_eq!(name(0), "1970-01-01_00-00-00");
    assert_eq!(name(951_827_696), "2000-02-29_12-34-56");
    assert_eq!(name(951_868_800), "2000-03-01_00-00-00");
    assert_eq!(name(1_798_761_599), "2026-12-31_23-59-59");
    assert_eq!(name(4_107_542_400), "2100-03-01_00-00-00", "2100 has no leap day");
}

#[test]
fn values_survive_writing_and_reading() {
    for value in i16::MIN..=i16::MAX {
        assert_eq!(pcm16(sample(value)), value);
    }
    assert_eq!((pcm16(1.0), pcm16(2.0), pcm16(-2.0), pcm16(f32::NAN)), (32_767, 32_767, -32_768, 0));
}

#[test]
fn a_finished_recording_is_what_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let mut recording = create(folder.path());
    let samples = ramp(40_000);
    samples.chunks(999).for_each(|block| recording.write(block).unwrap());
    let recorded = recording.finish().unwrap();
    assert_eq!(recorded.length, Duration::from_millis(2_500));
    assert_eq!(recorded.memory, None);
    assert_eq!(read(&recorded.path), as_written(&samples));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no part is left");
}

#[test]
fn recordings_of_one_second_do_not_overwrite_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let mut paths = Vec::new();
    for length in [10, 20] {
        let mut recording = create(folder.path());
        recording.write(&ramp(length)).unwrap();
        paths.push(recording.finish().unwrap().path);
    }
    let (mut third, mut fourth) = (create(folder.path()), create(folder.path()));
    third.write(&ramp(30)).unwrap();
    fourth.write(&ramp(40)).unwrap();
    paths.push(fourth.finish().unwrap().path);
    paths.push(third.finish().unwrap().path);
    let lengths: Vec<_> = paths.iter().map(|p| read(p).len()).collect();
    assert_eq!(lengths, [10, 20, 40, 30]);
}

#[test]
fn nothing_recorded_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(create(folder.path()).finish(), None);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_kill_loses_only_what_came_after_the_checkpoint() {
    let folder = tempfile::tempdir().unwrap();
    let mut recording = create(folder.path());
    let samples = ramp(56_000);
    for second in samples.chunks(16_000) {
        recording.write(second).unwrap();
        if second.len() == 16_000 {
            recording.checkpoint().unwrap();
        }
    }
    let path = recording.path().to_owned();
    // Killed: nothing is closed or flushed any more.
    std::mem::forget(recording);
    assert_eq!(read(&path), as_written(&samples[..48_000]));
}

#[test]
fn a_full_disk_is_reported_once_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    ROOM.set(Some(HEADER_BYTES + 2 * 20_000));
    let mut recording = create(folder.path());
    let samples = ramp(64_000);
    let mut errors = 0;
    for second in samples.chunks(16_000) {
        errors += usize::from(recording.write(second).is_err());
        errors += usize::from(recording.checkpoint().is_err());
    }
    assert_eq!(errors, 1);
    assert!(!recording.is_full());
    assert_eq!(recording.length(), Duration::from_secs(4));
    assert_eq!(read(recording.path()).len(), 16_000, "the part is whole in itself");
    // The disk has room again when the recording ends.
    ROOM.set(None);
    let recorded = recording.finish().unwrap();
    assert_eq!(recorded.length, Duration::from_secs(4));
    assert_eq!(read(&recorded.path), as_written(&samples));
}

#[test]
fn a_folder_that_cannot_be_written_sends_the_recording_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let blocked = folder.path().join("a file, no folder");
    fs::write(&blocked, "").unwrap();
    let (mut recording, error) = RecordingFile::create(&blocked, UNIX_EPOCH + NOON);
    assert!(error.is_some());
    let samples = ramp(16_000);
    recording.write(&samples).unwrap();
    recording.checkpoint().unwrap();
    let recorded = recording.finish().unwrap();
    assert_eq!(read(&recorded.path), as_written(&samples));
    assert!(!recorded.path.starts_with(folder.path()));
    fs::remove_file(recorded.path).unwrap();
}

#[test]
fn a_beginning_that_cannot_be_read_is_not_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    let mut recording = create_on(5, folder.path());
    let samples = ramp(24_000);
    recording.write(&samples[..16_000]).unwrap();
    recording.checkpoint().unwrap();
    // From here on, the disk takes nothing and gives nothing back.
    std::mem::forget(recording.writer.take());
    let other = folder.path().join("other");
    fs::write(&other, "").unwrap();
    recording.file = Some(File::open(other).unwrap());
    recording.write(&samples[16_000..]).unwrap();
    let recorded = recording.finish().unwrap();
    assert!(recorded.beginning_lost.is_some());
    assert_eq!(recorded.length, Duration::from_millis(500));
    assert_eq!(read(&recorded.path), as_written(&samples[16_000..]));
    fs::remove_file(recorded.path).unwrap();
}

#[test]
fn what_was_only_in_memory_is_written_once_more() {
    let folder = tempfile::tempdir().unwrap();
    let beginning = folder.path().join("beginning.part.wav");
    fs::write(&beginning, "the beginning").unwrap();
    rescue(folder.path(), &ramp(16_000), &beginning, true).unwrap();
    assert!(!beginning.exists());
    let found = crate::capture::recover(folder.path()).recovered;
    assert_eq!(read(&found[0].path), as_written(&ramp(16_000)));
    ROOM.set(Some(1_000));
    assert!(rescue(folder.path(), &ramp(16_000), &beginning, true).is_err());
    ROOM.set(None);
    assert_eq!(crate::capture::recover(folder.path()).recovered, found);
}

/// Moves a recording into another folder, a piece at a time.
fn move_to(recording: &mut RecordingFile, folder: &Path) -> io::Result<()> {
    let mut moving = Moving::begin(folder, UNIX_EPOCH + NOON)?;
    while let Step::Further(further) = moving.go_on(recording)? {
        moving = *further;
    }
    Ok(())
}

#[test]
fn a_recording_grows_while_it_is_moved() {
    let (full, roomy) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut recording = create(full.path());
    // More than two pieces on disk, and something behind them.
    let samples = ramp(70 * SAMPLE_RATE_HZ);
    let (first, rest) = samples.split_at(65 * SAMPLE_RATE_HZ);
    recording.write(first).unwrap();
    recording.checkpoint().unwrap();
    recording.fall_back(Err(io::ErrorKind::StorageFull.into())).unwrap_err();
    let mut moving = Moving::begin(roomy.path(), UNIX_EPOCH + NOON).unwrap();
    let mut steps = 0;
    let mut rest = rest.chunks(SAMPLE_RATE_HZ);
    let there = loop {
        steps += 1;
        match moving.go_on(&mut recording).unwrap() {
            Step::Further(further) => moving = *further,
            Step::There(folder) => break folder,
        }
        if let Some(second) = rest.next() {
            recording.write(second).unwrap();
        }
    };
    assert!(steps > 2 && there == roomy.path());
    rest.for_each(|second| recording.write(second).unwrap());
    let recorded = recording.finish().unwrap();
    assert!(recorded.path.starts_with(roomy.path()));
    assert!(read(&recorded.path) == as_written(&samples));
    assert_eq!(fs::read_dir(full.path()).unwrap().count(), 0, "the old part is gone");
}

#[test]
fn a_recording_goes_on_in_another_folder() {
    let (full, roomy) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    ROOM.set(Some(HEADER_BYTES + 2 * 20_000));
    let mut recording = create(full.path());
    let samples = ramp(80_000);
    for second in samples[..48_000].chunks(16_000) {
        let _ = recording.write(second).and_then(|()| recording.checkpoint());
    }
    let blocked = full.path().join("a file, no folder");
    fs::write(&blocked, "").unwrap();
    assert!(move_to(&mut recording, &blocked).is_err());
    assert_eq!(recording.length(), Duration::from_secs(3), "a refusal loses nothing");
    assert!(move_to(&mut recording, full.path()).is_err(), "it is still full");
    ROOM.set(None);
    move_to(&mut recording, roomy.path()).unwrap();
    let old = fs::read_dir(full.path()).unwrap().map(|e| e.unwrap().path()).collect::<Vec<_>>();
    assert_eq!(old, [blocked], "what is whole elsewhere is not there twice");
    recording.write(&samples[48_000..]).unwrap();
    let recorded = recording.finish().unwrap();
    assert!(recorded.path.starts_with(roomy.path()));
    assert_eq!(read(&recorded.path), as_written(&samples));
}

#[test]
fn a_program_that_ends_offers_the_disk_once_more_what_it_refused() {
    let folder = tempfile::tempdir().unwrap();
    let samples = ramp(24_000);
    let mut recording = create(folder.path());
    recording.write(&samples[..16_000]).unwrap();
    recording.checkpoint().unwrap();
    recording.fall_back(Err(io::ErrorKind::StorageFull.into())).unwrap_err();
    recording.write(&samples[16_000..]).unwrap();
    let path = recording.path().to_owned();
    recording.leave();
    assert_eq!(read(&path), as_written(&samples));
}

/// A recording of these samples, whose folder goes away behind the first second as `lose` says.
fn record_into_lost(samples: &[f32], folder: &Path, lose: impl FnOnce()) -> RecordingFile {
    let mut recording = create_on(3, folder);
    recording.write(&samples[..16_000]).unwrap();
    recording.checkpoint().unwrap();
    lose();
    let errors = samples[16_000..].chunks(16_000).map(|second| {
        recording.write(second).unwrap();
        recording.checkpoint().err()
    });
    let errors: Vec<_> = errors.map(|error| error.map(|error| error.kind())).collect();
    assert_eq!(errors, [Some(io::ErrorKind::NotFound), None], "told once");
    recording
}

#[test]
fn a_folder_that_is_deleted_or_moved_away_costs_nothing() {
    let home = tempfile::tempdir().unwrap();
    let (folder, aside) = (home.path().join("recordings"), home.path().join("aside"));
    let samples = ramp(48_000);
    for deleted in [true, false] {
        let lose = || {
            if deleted {
                fs::remove_dir_all(&folder).unwrap();
            } else {
                fs::rename(&folder, &aside).unwrap();
            }
        };
        let recorded = record_into_lost(&samples, &folder, lose).finish().unwrap();
        assert_eq!((recorded.memory, recorded.beginning_lost), (None, None));
        assert_eq!(recorded.length, Duration::from_secs(3));
        assert_eq!(read(&recorded.path), as_written(&samples), "deleted: {deleted}");
        fs::remove_file(recorded.path).unwrap();
    }
}

#[test]
fn a_recording_whose_folder_was_deleted_goes_on_in_another_one() {
    let (home, roomy) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let folder = home.path().join("recordings");
    let samples = ramp(48_000);
    let lose = || fs::remove_dir_all(&folder).unwrap();
    let mut recording = record_into_lost(&samples, &folder, lose);
    move_to(&mut recording, roomy.path()).unwrap();
    assert!(!recording.is_in_memory());
    let recorded = recording.finish().unwrap();
    assert!(recorded.path.starts_with(roomy.path()));
    assert_eq!(read(&recorded.path), as_written(&samples));
}

#[test]
fn a_file_that_goes_behind_the_last_checkpoint_costs_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let samples = ramp(16_000);
    let mut recording = create_on(4, folder.path());
    recording.write(&samples).unwrap();
    recording.checkpoint().unwrap();
    // As on a full disk that has room again.
    recording.fall_back(Err(io::ErrorKind::StorageFull.into())).unwrap_err();
    fs::remove_file(recording.path()).unwrap();
    let recorded = recording.finish().unwrap();
    assert_eq!(read(&recorded.path), as_written(&samples));
    fs::remove_file(recorded.path).unwrap();
}

#[test]
fn memory_has_room_for_ten_minutes() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let (mut recording, refused) =
        RecordingFile::create(&file.path().join("no folder"), UNIX_EPOCH + 2 * NOON);
    assert!(refused.is_some());
    let second = vec![0.25; SAMPLE_RATE_HZ];
    for _ in 0..599 {
        recording.write(&second).unwrap();
    }
    assert!(!recording.is_full());
    recording.write(&second).unwrap();
    assert!(recording.is_full());
    let Recorded { length, path, .. } = recording.finish().unwrap();
    assert_eq!((length, read(&path).len()), (Duration::from_secs(600), 600 * SAMPLE_RATE_HZ));
    fs::remove_file(path).unwrap();
}
