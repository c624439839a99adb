//! A recording on disk: 16 kHz mono PCM16, readable up to the last checkpoint whatever happens.
//!
//! While it grows it is named `NAME.part.wav` and locked; finished, it is `NAME.wav`. A part that
//! nobody has locked is what a crash left behind (see [`super::recover`]).

use super::pending::{self, PART};
use crate::private_files;
use crate::text::utc_name;
use hark_engine::dims::SAMPLE_RATE_HZ;
use hound::{SampleFormat, WavSpec, WavWriter};
use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// Bytes before the first sample.
pub(super) const HEADER_BYTES: u64 = 44;
/// How much is kept in memory while the disk takes nothing.
const MOST_IN_MEMORY: usize = 10 * 60 * SAMPLE_RATE_HZ;

const SPEC: WavSpec = WavSpec {
    channels: 1,
    sample_rate: SAMPLE_RATE_HZ as u32,
    bits_per_sample: 16,
    sample_format: SampleFormat::Int,
};

/// A finished recording.
#[derive(Clone, Debug, PartialEq)]
pub struct Recorded {
    /// Where it is, or where as much of it is as could be written.
    pub path: PathBuf,
    /// Its whole length.
    pub length: Duration,
    /// All of it, if no disk would take it whole.
    pub memory: Option<Arc<[f32]>>,
    /// Why the rest is all that there is, if the disk does not give back the beginning.
    pub beginning_lost: Option<String>,
}

/// A recording that grows.
pub struct RecordingFile {
    part: PathBuf,
    finished: PathBuf,
    writer: Option<WavWriter<BufWriter<Disk>>>,
    /// The writer's own file. A second opening would meet its lock on some systems.
    file: Option<File>,
    /// Samples that a checkpoint has made safe.
    safe: usize,
    /// Samples since then.
    since: Vec<i16>,
}

/// The value that is written for a sample.
fn pcm16(sample: f32) -> i16 {
    (sample * 32_768.0).round().clamp(-32_768.0, 32_767.0) as i16
}

/// A sample as the reader of a recording gets it.
pub(super) fn as_read(written: f32) -> f32 {
    sample(pcm16(written))
}

/// The sample that a written value stands for.
fn sample(value: i16) -> f32 {
    f32::from(value) / 32_768.0
}

impl RecordingFile {
    /// A new recording in `folder`, named by the time in UTC, over no older one. If the disk refuses
    /// it, the recording goes on in memory; the error says why.
    pub fn create(folder: &Path, now: SystemTime) -> (Self, Option<io::Error>) {
        let name = utc_name(now);
        let (part, finished) = (folder.join(format!("{name}{PART}")), folder.join(format!("{name}.wav")));
        let mut recording = Self { part, finished, writer: None, file: None, safe: 0, since: Vec::new() };
        let error = recording.open(folder, &name).err();
        (recording, error)
    }

    fn open(&mut self, folder: &Path, name: &str) -> io::Result<()> {
        private_files::make_folder(folder)?;
        for number in 1.. {
            let name = if number == 1 { name.to_owned() } else { format!("{name}-{number}") };
            let (part, finished) = (folder.join(format!("{name}{PART}")), folder.join(format!("{name}.wav")));
            let mut options = private_files::options();
            let file = match options.read(true).write(true).create_new(true).open(&part) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                other => other?,
            };
            // Looked at only now: the part's name keeps everybody else off the finished one.
            if finished.try_exists()? {
                fs::remove_file(&part)?;
                continue;
            }
            // Some network file systems know no locks; a recording is worth more than its lock.
            let _ = file.try_lock();
            let same = file.try_clone()?;
            (self.part, self.finished) = (part, finished);
            let mut writer = WavWriter::new(BufWriter::new(Disk::new(file)), SPEC).map_err(to_io)?;
            writer.flush().map_err(to_io)?;
            (self.writer, self.file) = (Some(writer), Some(same));
            break;
        }
        Ok(())
    }

    /// Where it grows.
    #[cfg(test)]
    pub fn path(&self) -> &Path {
        &self.part
    }

    /// Where it is going to be.
    pub fn finished_path(&self) -> &Path {
        &self.finished
    }

    /// Its length up to now.
    pub fn length(&self) -> Duration {
        duration(self.samples())
    }

    /// Whether it grows in memory, and there is no room left.
    pub fn is_full(&self) -> bool {
        self.is_in_memory() && self.since.len() >= MOST_IN_MEMORY
    }

    /// Appends samples. The first error means that the recording goes on in memory.
    ///
    /// # Errors
    /// If the disk takes no more; once.
    pub fn write(&mut self, samples: &[f32]) -> io::Result<()> {
        let values: Vec<i16> = samples.iter().map(|s| pcm16(*s)).collect();
        self.append(&values)
    }

    /// As [`RecordingFile::write`], of values that a recording has.
    pub(super) fn append(&mut self, values: &[i16]) -> io::Result<()> {
        self.since.extend(values);
        let Some(writer) = &mut self.writer else { return Ok(()) };
        let written = append(writer, values);
        self.fall_back(written)
    }

    /// Makes everything up to here safe: header, data, and the disk's own cache.
    ///
    /// # Errors
    /// If the disk takes no more, or the file is not where it was any more; once.
    pub fn checkpoint(&mut self) -> io::Result<()> {
        let (Some(writer), Some(file)) = (&mut self.writer, &self.file) else { return Ok(()) };
        let saved = writer.flush().map_err(to_io).and_then(|()| file.sync_data());
        // What is written to a file that was deleted or moved away succeeds, and nobody finds it.
        let saved = saved.and_then(|()| if is_gone(&self.part) { Err(gone()) } else { Ok(()) });
        if saved.is_ok() {
            self.safe += self.since.len();
            self.since.clear();
        }
        self.fall_back(saved)
    }

    /// Whether it grows in memory, since the disk takes no more.
    pub(super) fn is_in_memory(&self) -> bool {
        self.writer.is_none()
    }

    /// How many samples it has.
    pub(super) fn samples(&self) -> usize {
        self.safe + self.since.len()
    }

    /// The values from the sample `from` on, at most so many; of one that grows in memory.
    ///
    /// # Errors
    /// If the disk does not give back what is there.
    pub(super) fn stretch(&self, from: usize, most: usize) -> io::Result<Vec<i16>> {
        let end = from.saturating_add(most).min(self.samples());
        let on_disk = from.min(self.safe)..end.min(self.safe);
        let in_memory = from.max(self.safe) - self.safe..end.max(self.safe) - self.safe;
        let mut bytes = vec![0; 2 * on_disk.len()];
        if !on_disk.is_empty() {
            let mut file = self.file.as_ref().ok_or(io::ErrorKind::NotFound)?;
            file.seek(SeekFrom::Start(HEADER_BYTES + 2 * on_disk.start as u64))?;
            file.read_exact(&mut bytes)?;
        }
        let values = bytes.chunks_exact(2).map(|b| i16::from_le_bytes([b[0], b[1]]));
        let in_memory = self.since.get(in_memory).unwrap_or_default();
        Ok(values.chain(in_memory.iter().copied()).collect())
    }

    /// Removes it.
    pub(super) fn discard(mut self) {
        let has_file = self.file.is_some();
        self.close();
        if has_file {
            let _ = fs::remove_file(&self.part);
        }
    }

    fn fall_back(&mut self, result: io::Result<()>) -> io::Result<()> {
        if result.is_err()
            && let Some(writer) = self.writer.take()
        {
            // Dropping it would write a header for samples that are not there.
            std::mem::forget(writer);
            if let Some(file) = &self.file {
                let _ = repair(file, self.safe as u64);
            }
        }
        result
    }

    /// Leaves the recording as a part, for the next start to find.
    pub fn leave(mut self) {
        let _ = self.checkpoint();
        if self.is_in_memory() {
            // Perhaps the disk has room again; nobody finds what is in memory.
            let _ = self.append_again();
        }
    }

    /// Gives the recording its finished name. What the disk did not take while recording is offered to
    /// it again, then to the folder for temporary files, and stays in memory if both refuse.
    /// `None` if nothing was recorded.
    pub fn finish(mut self) -> Option<Recorded> {
        let length = self.length();
        let _ = self.checkpoint();
        if length.is_zero() {
            self.close();
            let _ = fs::remove_file(&self.part);
            return None;
        }
        if self.since.is_empty() || self.append_again().is_ok() {
            self.writer = None;
            let renamed = fs::rename(&self.part, &self.finished).is_ok();
            // If only the name cannot be changed, the part is as good. One that is gone is still open here.
            if renamed || !is_gone(&self.part) {
                self.close();
                let path = if renamed { self.finished } else { self.part };
                return Some(Recorded { path, length, memory: None, beginning_lost: None });
            }
        }
        let (values, beginning_lost) = match self.stretch(0, usize::MAX) {
            Ok(values) => (values, None),
            Err(error) => (std::mem::take(&mut self.since), Some(error.to_string())),
        };
        self.close();
        let length = duration(values.len());
        Some(match self.write_elsewhere(&values) {
            Ok(path) => Recorded { path, length, memory: None, beginning_lost },
            Err(_) => {
                let memory = Some(values.into_iter().map(sample).collect());
                Recorded { path: self.part, length, memory, beginning_lost }
            }
        })
    }

    /// Lets others have the file. A writer that the disk failed was forgotten with its lock.
    fn close(&mut self) {
        self.writer = None;
        if let Some(file) = self.file.take() {
            let _ = file.unlock();
        }
    }

    fn append_again(&mut self) -> io::Result<()> {
        let mut file = self.file.as_ref().ok_or(io::ErrorKind::NotFound)?;
        let bytes: Vec<u8> = self.since.iter().flat_map(|v| v.to_le_bytes()).collect();
        let end = SeekFrom::Start(HEADER_BYTES + 2 * self.safe as u64);
        let appended = file
            .seek(end)
            .and_then(|_| file.write_all(&bytes))
            .and_then(|()| repair(file, self.samples() as u64));
        if appended.is_err() {
            repair(file, self.safe as u64)?;
        }
        appended
    }

    fn write_elsewhere(&self, values: &[i16]) -> io::Result<PathBuf> {
        let folder = std::env::temp_dir().join("hark-recordings");
        private_files::make_folder(&folder)?;
        let path = folder.join(self.finished.file_name().unwrap_or_default());
        if path.try_exists()? {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        // Under its name it is whole.
        let part = path.with_extension(&PART[1..]);
        let file = private_files::options().read(true).write(true).create_new(true).open(&part)?;
        let mut writer = WavWriter::new(BufWriter::new(file), SPEC).map_err(to_io)?;
        let written = append(&mut writer, values)
            .and_then(|()| writer.finalize().map_err(to_io))
            .and_then(|()| fs::rename(&part, &path));
        if written.is_err() {
            let _ = fs::remove_file(&part);
        }
        written.map(|()| path)
    }
}

/// Writes a recording that is in memory as a finished one into `folder`, in place of `beginning`, which
/// is what the disk took of it earlier. `wanted` marks it for the next start.
///
/// # Errors
/// If the disk still takes no more.
pub fn rescue(folder: &Path, samples: &[f32], beginning: &Path, wanted: bool) -> io::Result<()> {
    let (mut recording, refused) = RecordingFile::create(folder, SystemTime::now());
    refused.map_or(Ok(()), Err)?;
    let part = recording.part.clone();
    if let Err(error) = recording.write(samples).and_then(|()| recording.checkpoint()) {
        recording.close();
        let _ = fs::remove_file(part);
        return Err(error);
    }
    let marked = if wanted { pending::mark(&recording.finished, "") } else { Ok(()) };
    if recording.finish().is_some() {
        let _ = fs::remove_file(beginning);
    }
    marked
}

/// Whether nothing has this name any more. Where nobody knows, something has.
fn is_gone(part: &Path) -> bool {
    part.try_exists().is_ok_and(|exists| !exists)
}

fn gone() -> io::Error {
    io::Error::new(io::ErrorKind::NotFound, "its file was deleted or moved away")
}

fn duration(samples: usize) -> Duration {
    Duration::from_secs_f64(samples as f64 / SAMPLE_RATE_HZ as f64)
}

fn append<W: Write + Seek>(writer: &mut WavWriter<W>, values: &[i16]) -> io::Result<()> {
    values.iter().try_for_each(|v| writer.write_sample(*v)).map_err(to_io)
}

fn to_io(error: hound::Error) -> io::Error {
    match error {
        hound::Error::IoError(error) => error,
        other => io::Error::other(other),
    }
}

/// Cuts a recording's file to `samples` and writes its header anew.
pub(super) fn repair(mut file: &File, samples: u64) -> io::Result<()> {
    const PCM: u16 = 1;
    let data = samples * 2;
    file.set_len(HEADER_BYTES + data)?;
    // A WAV counts its bytes in 32 bits, which a day of 16 kHz mono does not fill.
    let size = |bytes: u64| u32::try_from(bytes).unwrap_or(u32::MAX).to_le_bytes();
    let WavSpec { channels, sample_rate, bits_per_sample, .. } = SPEC;
    let frame = channels * bits_per_sample / 8;
    let header = [
        b"RIFF".as_slice(),
        &size(HEADER_BYTES - 8 + data),
        b"WAVEfmt ",
        &16_u32.to_le_bytes(),
        &PCM.to_le_bytes(),
        &channels.to_le_bytes(),
        &sample_rate.to_le_bytes(),
        &(sample_rate * u32::from(frame)).to_le_bytes(),
        &frame.to_le_bytes(),
        &bits_per_sample.to_le_bytes(),
        b"data",
        &size(data),
    ];
    file.seek(SeekFrom::Start(0))?;
    file.write_all(&header.concat())?;
    file.sync_all()
}

/// The file, which tests can give an end.
struct Disk {
    file: File,
    #[cfg(test)]
    room: Option<u64>,
}

impl Disk {
    fn new(file: File) -> Self {
        Self {
            file,
            #[cfg(test)]
            room: tests::ROOM.get(),
        }
    }
}

impl Write for Disk {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        #[cfg(test)]
        if let Some(room) = self.room
            && self.file.stream_position()? + bytes.len() as u64 > room
        {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Seek for Disk {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

#[cfg(test)]
#[path = "recording_file_tests.rs"]
mod tests;
