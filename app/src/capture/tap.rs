//! A copy of what is being recorded, for whoever makes text of it while it grows.

use super::recording_file::as_read;
use crossbeam_channel::{Receiver, Sender, bounded};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The recorder's end of a live tap. Dropping it tells the other end that nothing more comes.
#[derive(Debug)]
pub struct Tap {
    blocks: Option<Sender<Vec<f32>>>,
    complete: Arc<AtomicBool>,
}

/// The other end: every sample of the recording in order, 16 kHz mono in [-1, 1), in blocks of any
/// length, with exactly the values that a reader of the recording's file gets.
#[derive(Debug)]
pub struct Tapped {
    /// Disconnected after the last block.
    pub blocks: Receiver<Vec<f32>>,
    complete: Arc<AtomicBool>,
}

/// A live tap whose reader may be this many blocks behind (one is about 20 ms) before it is cut off:
/// the recording waits for nobody.
pub fn tap(blocks: usize) -> (Tap, Tapped) {
    let (sender, receiver) = bounded(blocks);
    let complete = Arc::new(AtomicBool::new(true));
    (Tap { blocks: Some(sender), complete: complete.clone() }, Tapped { blocks: receiver, complete })
}

impl Tap {
    /// Passes on what goes into the file, or cuts the reader off if there is no room.
    pub fn push(&mut self, samples: &[f32]) {
        let Some(blocks) = &self.blocks else { return };
        if samples.is_empty() {
            return;
        }
        let block = samples.iter().map(|s| as_read(*s)).collect();
        if blocks.try_send(block).is_err() {
            // Before the disconnection, so that whoever sees that sees this.
            self.complete.store(false, Ordering::Release);
            self.blocks = None;
        }
    }
}

impl Tapped {
    /// Whether every sample up to now came or waits here. Once `blocks` is disconnected and empty: whether
    /// the whole recording came. Where this is `false`, the file has the rest.
    pub fn is_complete(&self) -> bool {
        self.complete.load(Ordering::Acquire)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_that_keeps_up_gets_everything() {
        let (mut tap, tapped) = tap(2);
        tap.push(&[0.25, -1.0]);
        tap.push(&[]);
        tap.push(&[0.5]);
        drop(tap);
        let heard: Vec<f32> = tapped.blocks.iter().flatten().collect();
        assert_eq!(heard, [0.25, -1.0, 0.5]);
        assert!(tapped.is_complete());
    }

    #[test]
    fn a_reader_that_is_behind_is_cut_off_and_knows_it() {
        let (mut tap, tapped) = tap(2);
        for value in 0..4 {
            tap.push(&[value as f32 / 4.0]);
        }
        assert!(!tapped.is_complete());
        let heard: Vec<f32> = tapped.blocks.iter().flatten().collect();
        assert_eq!(heard, [0.0, 0.25], "what came is whole, and nothing follows a gap");
    }

    #[test]
    fn a_reader_that_is_gone_does_not_matter() {
        let (mut tap, tapped) = tap(2);
        drop(tapped);
        tap.push(&[0.5]);
        tap.push(&[0.5]);
    }
}
