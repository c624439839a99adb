//! A sound that tells that one can speak: it comes once the microphone hears, and the recording begins behind
//! it.
//!
//! Recorder and player agree on the moment at which it is over before it begins. Until then the recorder lets
//! samples wait, and drops those of the sound. Where no agreement comes in time nothing is played, and
//! nothing is dropped: a sound system that hangs costs the sound.

use super::stream::OpenStream;
use crossbeam_channel::{Receiver, Sender, TryRecvError, bounded};
use std::time::{Duration, Instant};

/// How long an agreement may take once the microphone hears.
const PATIENCE: Duration = Duration::from_millis(700);
/// How much later than it happened a microphone may hear something.
const LATEST: Duration = Duration::from_millis(700);

/// Both ends.
pub fn prelude() -> (Prelude, Cue) {
    let (hears, heard) = bounded(1);
    // Without room: what is agreed was taken by the recorder.
    let (agreed, over) = bounded(0);
    (Prelude { hears, over, stage: Stage::Deaf }, Cue { heard, agreed })
}

/// The recorder's end. Dropping it means that the recording has begun, or will not.
#[derive(Debug)]
pub struct Prelude {
    hears: Sender<()>,
    over: Receiver<Instant>,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    /// The microphone has given no sample yet.
    Deaf,
    /// The player was told that it has.
    Asked { until: Instant },
    /// It sounds.
    Agreed { over: Instant },
}

/// The player's end.
#[derive(Debug)]
pub struct Cue {
    heard: Receiver<()>,
    agreed: Sender<Instant>,
}

impl Cue {
    /// Waits until the microphone hears; `false` if there will be no recording.
    pub fn wait(&self) -> bool {
        self.heard.recv().is_ok()
    }

    /// Agrees that what is heard until `over` is no part of the recording. `false` if it has begun without a
    /// sound: then none must be played.
    pub fn agree(&self, over: Instant) -> bool {
        self.agreed.send(over).is_ok()
    }
}

impl Prelude {
    /// Whether samples are still to wait. Once they are not, those of the sound are gone.
    pub fn holds(&mut self, stream: &mut OpenStream) -> bool {
        let now = Instant::now();
        match self.stage {
            Stage::Deaf if stream.samples.is_empty() => true,
            Stage::Deaf => {
                self.stage = Stage::Asked { until: now + PATIENCE };
                self.hears.try_send(()).is_ok()
            }
            Stage::Asked { until } => match self.over.try_recv() {
                Ok(over) => {
                    self.stage = Stage::Agreed { over };
                    true
                }
                Err(TryRecvError::Disconnected) => false,
                Err(TryRecvError::Empty) => now < until,
            },
            Stage::Agreed { over } if stream.heard() < over && now < over + LATEST => true,
            Stage::Agreed { over } => {
                stream.skip_until(over);
                false
            }
        }
    }

    /// Whether it sounds, so that it has to be waited for.
    pub fn sounds(&self) -> bool {
        matches!(self.stage, Stage::Agreed { .. })
    }
}
