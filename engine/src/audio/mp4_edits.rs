//! Where the sound of an MP4 track begins.
//!
//! AAC encoders put 20 to 50 ms of priming in front of the sound, and MP4 files say so in an edit
//! list (ISO/IEC 14496-12, 8.6.6), which symphonia does not apply.
use std::io::{self, SeekFrom};
use symphonia::core::io::MediaSource;

/// No honest file has more boxes on the way to its edit lists.
const MOST_BOXES: usize = 10_000;

/// The start of a track's sound: `media_time` ticks of its own time scale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TrackStart {
    pub(super) track_id: u32,
    pub(super) media_time: u64,
}

/// A box, as the standard calls it: its type, and where its contents lie in the file.
struct Atom {
    kind: [u8; 4],
    body: u64,
    end: u64,
}

/// The track starts that the file states, those that can be read.
pub(super) fn track_starts(media: &mut dyn MediaSource) -> Vec<TrackStart> {
    let mut walker = Walker { media, boxes_left: MOST_BOXES, starts: Vec::new() };
    // What cannot be read is not there: the tracks then start at their first sample.
    let _ = walker.file();
    walker.starts
}

struct Walker<'a> {
    media: &'a mut dyn MediaSource,
    boxes_left: usize,
    starts: Vec<TrackStart>,
}

impl Walker<'_> {
    fn file(&mut self) -> io::Result<()> {
        let end = self.media.seek(SeekFrom::End(0))?;
        let mut at = 0;
        while let Some(found) = self.next(at, end)? {
            if &found.kind == b"moov" {
                return self.movie(&found);
            }
            at = found.end;
        }
        Ok(())
    }

    fn movie(&mut self, movie: &Atom) -> io::Result<()> {
        let mut at = movie.body;
        while let Some(found) = self.next(at, movie.end)? {
            if &found.kind == b"trak" {
                self.track(&found)?;
            }
            at = found.end;
        }
        Ok(())
    }

    fn track(&mut self, track: &Atom) -> io::Result<()> {
        let (mut track_id, mut media_time) = (None, None);
        let mut at = track.body;
        while let Some(found) = self.next(at, track.end)? {
            match &found.kind {
                b"tkhd" => track_id = Some(self.track_id(&found)?),
                b"edts" => {
                    if let Some(list) = self.next(found.body, found.end)?.filter(|b| &b.kind == b"elst") {
                        media_time = self.first_media_time(&list)?;
                    }
                }
                _ => {}
            }
            at = found.end;
        }
        if let (Some(track_id), Some(media_time)) = (track_id, media_time) {
            self.starts.push(TrackStart { track_id, media_time });
        }
        Ok(())
    }

    /// Version 1 has two times of 8 bytes in front of the id, version 0 of 4.
    fn track_id(&mut self, header: &Atom) -> io::Result<u32> {
        let version = self.bytes::<4>(header.body)?[0];
        let at = header.body + if version == 1 { 20 } else { 12 };
        Ok(u32::from_be_bytes(self.bytes(at)?))
    }

    /// The start of the first edit that shows something; an empty edit (-1) only delays it.
    fn first_media_time(&mut self, list: &Atom) -> io::Result<Option<u64>> {
        let version = self.bytes::<4>(list.body)?[0];
        let count = u32::from_be_bytes(self.bytes(list.body + 4)?).min(16);
        for entry in 0..u64::from(count) {
            let time = if version == 1 {
                i64::from_be_bytes(self.bytes(list.body + 16 + 20 * entry)?)
            } else {
                i64::from(i32::from_be_bytes(self.bytes(list.body + 12 + 12 * entry)?))
            };
            if let Ok(time) = u64::try_from(time) {
                return Ok(Some(time));
            }
        }
        Ok(None)
    }

    /// The box at `at`, if there is one before `end`.
    fn next(&mut self, at: u64, end: u64) -> io::Result<Option<Atom>> {
        if self.boxes_left == 0 || at.saturating_add(8) > end {
            return Ok(None);
        }
        self.boxes_left -= 1;
        let head: [u8; 8] = self.bytes(at)?;
        let [a, b, c, d, kind @ ..] = head;
        let (body, size) = match u32::from_be_bytes([a, b, c, d]) {
            0 => (at + 8, end - at),
            1 => (at + 16, u64::from_be_bytes(self.bytes(at + 8)?)),
            size => (at + 8, u64::from(size)),
        };
        let box_end = at.saturating_add(size);
        Ok((body <= box_end && box_end <= end).then_some(Atom { kind, body, end: box_end }))
    }

    fn bytes<const N: usize>(&mut self, at: u64) -> io::Result<[u8; N]> {
        let mut bytes = [0; N];
        self.media.seek(SeekFrom::Start(at))?;
        self.media.read_exact(&mut bytes)?;
        Ok(bytes)
    }
}
