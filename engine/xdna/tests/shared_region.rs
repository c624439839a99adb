//! Memory that two processes share.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use hark_xdna::{Error, ErrorKind, SharedRegion};
use std::process::Command;

const LEN: usize = 3 * 512 * 80 + 1;
const DESCRIPTION: &str = "SHARED_REGION";

fn kind<T>(result: Result<T, Error>) -> ErrorKind {
    result.err().unwrap().kind
}

#[test]
fn another_process_reads_and_writes_it() {
    let test = "another_process_reads_and_writes_it";
    if let Ok(description) = std::env::var(DESCRIPTION) {
        let mut region = SharedRegion::open(&description, LEN).unwrap();
        let mut values = vec![0.0; LEN];
        region.read(0, &mut values).unwrap();
        values.iter_mut().for_each(|value| *value = -*value);
        return region.write(0, &values).unwrap();
    }
    let (mut region, description) = SharedRegion::create(LEN).unwrap();
    assert_eq!(region.len(), LEN);
    let values: Vec<f32> = (0..LEN).map(|i| i as f32 * 0.5 - 7.0).collect();
    region.write(0, &values).unwrap();
    region.write(5, &[f32::NAN, f32::INFINITY]).unwrap();
    let this = std::env::current_exe().unwrap();
    let child = Command::new(this).args(["--exact", test]).env(DESCRIPTION, description).status().unwrap();
    assert!(child.success());
    let mut back = vec![0.0; LEN];
    region.read(0, &mut back).unwrap();
    assert!(back[5].is_nan() && back[6] == f32::NEG_INFINITY);
    assert!(
        back.iter().zip(&values).enumerate().all(|(i, (own, right))| (5..7).contains(&i) || *own == -right)
    );
}

#[test]
fn only_what_lies_inside_is_reached() {
    let (mut region, _) = SharedRegion::create(10).unwrap();
    let mut values = [1.0; 4];
    region.write(6, &values).unwrap();
    for start in [7, 10, 11, usize::MAX, usize::MAX - 3] {
        assert_eq!(kind(region.read(start, &mut values)), ErrorKind::Argument);
        assert_eq!(kind(region.write(start, &values)), ErrorKind::Argument);
    }
    region.read(5, &mut values).unwrap();
    assert_eq!(values, [0.0, 1.0, 1.0, 1.0]);
    for values in [0, usize::MAX, usize::MAX / 4 + 1, 1 << 29] {
        assert_eq!(kind(SharedRegion::create(values)), ErrorKind::Argument);
    }
}

#[test]
fn what_is_no_region_of_that_size_is_refused() {
    let (region, description) = SharedRegion::create(100).unwrap();
    assert!(SharedRegion::open(&description, 100).is_ok());
    for values in [99, 101] {
        assert_eq!(kind(SharedRegion::open(&description, values)), ErrorKind::SharedMemory);
    }
    drop(region);
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing");
    for description in ["", "\0", folder.path().to_str().unwrap(), missing.to_str().unwrap()] {
        assert_eq!(kind(SharedRegion::open(description, 100)), ErrorKind::SharedMemory);
    }
}

/// A file that the other side can cut off would kill whoever reads behind its end.
#[test]
#[cfg(target_os = "linux")]
fn a_file_that_can_be_cut_off_is_refused() {
    let file = tempfile::NamedTempFile::new().unwrap();
    file.as_file().set_len(400).unwrap();
    let error = SharedRegion::open(file.path().to_str().unwrap(), 100).err().unwrap();
    assert_eq!(error.kind, ErrorKind::SharedMemory);
    let (_region, description) = SharedRegion::create(100).unwrap();
    let other = std::fs::File::options().write(true).open(description).unwrap();
    assert!(other.set_len(0).is_err() && other.set_len(4096).is_err());
}
