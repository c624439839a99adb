//! Memory shared by two processes.
//!
//! Neither side trusts the other: values are copied out and in word by word, so that what the other side writes
//! meanwhile can make a value wrong and nothing else, and the memory can't be cut off while it is mapped.

use crate::error::{Error, ErrorKind};
use memmap2::{MmapOptions, MmapRaw};
use std::fs::File;
use std::sync::atomic::{AtomicU32, Ordering, fence};

/// The longest region, in bytes: 64 windows of a large model's states and more.
const LONGEST: usize = 1 << 30;

/// Memory shared by two processes, as 32-bit floating-point values. A value read is whatever the other process wrote:
/// it may be anything, NaN included.
pub struct SharedRegion {
    map: MmapRaw,
    values: usize,
    _backing: Backing,
}

impl SharedRegion {
    /// Makes a region of `values` values, all 0, and the description by which a child process opens it. It can be
    /// opened as long as this process holds it.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] if it is empty or over 1 GiB; [`ErrorKind::SharedMemory`].
    pub fn create(values: usize) -> Result<(Self, String), Error> {
        let len = byte_len(values)?;
        let (backing, description) = Backing::create(len as u64)?;
        let map = map(backing.file(), len)?;
        Ok((Self { map, values, _backing: backing }, description))
    }

    /// Opens the region of `values` values that another process made and described.
    ///
    /// # Errors
    /// [`ErrorKind::SharedMemory`] if there is none, or it is of another size; as [`SharedRegion::create`].
    pub fn open(description: &str, values: usize) -> Result<Self, Error> {
        let len = byte_len(values)?;
        let backing = Backing::open(description)?;
        let found = backing.file().metadata().map_err(failed)?.len();
        if found != len as u64 {
            return Err(failed(format_args!("it has {found} bytes, not {len}")));
        }
        let map = map(backing.file(), len)?;
        Ok(Self { map, values, _backing: backing })
    }

    /// How many values it has.
    pub fn len(&self) -> usize {
        self.values
    }

    /// It has no values, which is not allowed.
    pub fn is_empty(&self) -> bool {
        self.values == 0
    }

    /// Copies the values from `start` on into `values`.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] if they do not lie inside.
    pub fn read(&self, start: usize, values: &mut [f32]) -> Result<(), Error> {
        let words = self.part(start, values.len())?;
        fence(Ordering::Acquire);
        for (value, word) in values.iter_mut().zip(words) {
            *value = f32::from_bits(word.load(Ordering::Relaxed));
        }
        Ok(())
    }

    /// Copies `values` to where they lie from `start` on.
    ///
    /// # Errors
    /// As [`SharedRegion::read`].
    pub fn write(&mut self, start: usize, values: &[f32]) -> Result<(), Error> {
        for (value, word) in values.iter().zip(self.part(start, values.len())?) {
            word.store(value.to_bits(), Ordering::Relaxed);
        }
        fence(Ordering::Release);
        Ok(())
    }

    fn part(&self, start: usize, len: usize) -> Result<&[AtomicU32], Error> {
        let inside = start.checked_add(len).and_then(|end| self.words().get(start..end));
        inside.ok_or_else(|| {
            Error::argument(format_args!(
                "{len} values from {start} on of a shared region of {}",
                self.values
            ))
        })
    }

    fn words(&self) -> &[AtomicU32] {
        // SAFETY: the map holds `values` words, begins at a page and lives as long as `self`; it can't become
        // shorter. Both processes reach it by atomic operations only, and every pattern of bits is a value.
        unsafe { std::slice::from_raw_parts(self.map.as_ptr().cast::<AtomicU32>(), self.values) }
    }
}

fn byte_len(values: usize) -> Result<usize, Error> {
    let len = values.checked_mul(size_of::<f32>()).filter(|len| (1..=LONGEST).contains(len));
    len.ok_or_else(|| Error::argument(format_args!("a shared region of {values} values")))
}

fn map(file: &File, len: usize) -> Result<MmapRaw, Error> {
    MmapOptions::new().len(len).map_raw(file).map_err(failed)
}

fn failed(reason: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::SharedMemory, format_args!("memory can't be shared: {reason}"))
}

/// A file in memory, without a name: nothing is left behind, whoever dies.
#[cfg(target_os = "linux")]
struct Backing(File);

#[cfg(target_os = "linux")]
impl Backing {
    fn create(len: u64) -> Result<(Self, String), Error> {
        use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, memfd_create};
        use std::os::fd::AsRawFd;

        let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
        let file = File::from(memfd_create("hark", flags).map_err(failed)?);
        file.set_len(len).map_err(failed)?;
        fcntl_add_seals(&file, Self::SEALS | SealFlags::SEAL).map_err(failed)?;
        let description = format!("/proc/{}/fd/{}", std::process::id(), file.as_raw_fd());
        Ok((Self(file), description))
    }

    fn open(description: &str) -> Result<Self, Error> {
        let file = File::options().read(true).write(true).open(description).map_err(failed)?;
        // Without these, the other side could make the file shorter, and reading behind its end kills a process.
        let seals = rustix::fs::fcntl_get_seals(&file).map_err(failed)?;
        if !seals.contains(Self::SEALS) {
            return Err(failed("the other side could cut it off"));
        }
        Ok(Self(file))
    }

    const SEALS: rustix::fs::SealFlags = rustix::fs::SealFlags::SHRINK.union(rustix::fs::SealFlags::GROW);

    fn file(&self) -> &File {
        &self.0
    }
}

/// A temporary file, removed by the process that made it.
#[cfg(not(target_os = "linux"))]
enum Backing {
    Made(tempfile::NamedTempFile),
    Opened(File),
}

#[cfg(not(target_os = "linux"))]
impl Backing {
    fn create(len: u64) -> Result<(Self, String), Error> {
        let file = tempfile::NamedTempFile::new().map_err(failed)?;
        file.as_file().set_len(len).map_err(failed)?;
        let description = file.path().to_str().ok_or_else(|| failed("the path is no Unicode"))?.to_owned();
        Ok((Self::Made(file), description))
    }

    fn open(description: &str) -> Result<Self, Error> {
        Ok(Self::Opened(File::options().read(true).write(true).open(description).map_err(failed)?))
    }

    fn file(&self) -> &File {
        match self {
            Self::Made(file) => file.as_file(),
            Self::Opened(file) => file,
        }
    }
}
