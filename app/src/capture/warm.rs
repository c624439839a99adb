//! Microphones that stay open for a moment after a recording, so that the next one begins at once.

use super::owner::system_microphone;
use super::stream::{OpenMicrophone, OpenStream};
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long a microphone stays open after a recording.
const STAYS_OPEN: Duration = Duration::from_secs(3);
/// How much of what it heard meanwhile begins the next recording: people speak as they click. It is in
/// memory only, and goes with the stream if there is no next recording.
const PRE_ROLL: Duration = Duration::from_millis(450);

/// The microphones of a machine, and the one that may still be open.
#[derive(Clone)]
pub struct Microphones {
    pub(super) open: OpenMicrophone,
    warm: Arc<Mutex<Option<Kept>>>,
    stays_open: Duration,
}

struct Kept {
    /// As it was asked for.
    microphone: Option<String>,
    stream: OpenStream,
    /// Told when the next recording takes the stream; disconnected when it is closed instead.
    taken: Sender<()>,
    number: u64,
}

/// The wait for the next recording, after which the microphone is closed.
pub(super) struct Lingering {
    warm: Arc<Mutex<Option<Kept>>>,
    taken: Receiver<()>,
    number: u64,
    until: Instant,
}

impl Microphones {
    /// This machine's.
    pub fn system() -> Self {
        Self::new(system_microphone(), STAYS_OPEN)
    }

    /// Others, which stay open this long after a recording.
    pub fn new(open: OpenMicrophone, stays_open: Duration) -> Self {
        Self { open, warm: Arc::default(), stays_open }
    }

    /// Closes the microphone that is open without a recording.
    pub fn close(&self) {
        lock(&self.warm).take();
    }

    /// The stream that is still open, if it is of this microphone, beginning a moment ago.
    pub(super) fn take(&self, microphone: Option<&str>) -> Option<OpenStream> {
        let Kept { microphone: kept, mut stream, taken, .. } = lock(&self.warm).take()?;
        let is_another = kept.as_deref() != microphone
            || (microphone.is_none() && stream.outdated.load(Ordering::Relaxed));
        if is_another || stream.lost().is_some() {
            return None;
        }
        let _ = taken.try_send(());
        stream.begin_anew(PRE_ROLL);
        Some(stream)
    }

    /// Keeps a stream open for the recording after the one with this number. A headset that listens
    /// by radio plays music like a telephone: it is closed, and `None` given.
    pub(super) fn keep(
        &self,
        microphone: Option<String>,
        stream: OpenStream,
        number: u64,
    ) -> Option<Lingering> {
        if self.stays_open.is_zero() || stream.is_bluetooth {
            return None;
        }
        let (taken, is_taken) = bounded(1);
        *lock(&self.warm) = Some(Kept { microphone, stream, taken, number });
        let until = Instant::now() + self.stays_open;
        Some(Lingering { warm: self.warm.clone(), taken: is_taken, number, until })
    }
}

impl Lingering {
    /// Waits; gives whether the microphone is closed then, as opposed to taken by another recording.
    pub fn ends_closed(self) -> bool {
        match self.taken.recv_deadline(self.until) {
            Ok(()) => false,
            Err(RecvTimeoutError::Disconnected) => true,
            Err(RecvTimeoutError::Timeout) => {
                let mut warm = lock(&self.warm);
                let mine = warm.take_if(|kept| kept.number == self.number).is_some();
                // Between the end of the wait and here, a recording can have taken it.
                mine || self.taken.try_recv().is_err()
            }
        }
    }
}

fn lock(warm: &Mutex<Option<Kept>>) -> MutexGuard<'_, Option<Kept>> {
    warm.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::super::synthetic;
    use super::*;

    #[test]
    fn a_microphone_that_is_no_longer_the_default_is_not_taken_for_it() {
        for (asked, taken) in [(None, false), (Some("chosen"), true)] {
            let (_device, stream) = synthetic::stream(16_000, 1);
            let outdated = Arc::clone(&stream.outdated);
            let microphones = Microphones::new(Arc::new(|_, _| ()), Duration::from_secs(600));
            let _lingers = microphones.keep(asked.map(Into::into), stream, 1).unwrap();
            outdated.store(true, Ordering::Relaxed);
            assert_eq!(microphones.take(asked).is_some(), taken, "{asked:?}");
        }
    }
}
