//! The thread that owns a microphone's stream from its opening to its closing.

use super::CaptureError;
use super::stream::{OpenMicrophone, OpenStream, start};
use crossbeam_channel::{Sender, bounded};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

/// A new stream may miss its first wake-up, which a server under load sends while the stream is still being
/// set up; then it hears nothing for ever, while another one hears at once. A server that was asleep is late
/// as well, but goes on waking up when the stream is opened again. This is how long the first stream may hear
/// nothing; each further one may do so for as much longer.
const DEAF: Duration = Duration::from_millis(500);
/// How often a stream that hears nothing is opened again.
const AGAIN: u32 = 3;
const LOOK: Duration = Duration::from_millis(2);

/// Opens this machine's microphones.
pub fn system_microphone() -> OpenMicrophone {
    Arc::new(|id, answer| {
        let refused = answer.clone();
        let open = move || own(|open| start(id.as_deref(), open), &answer, DEAF);
        if let Err(error) = thread::Builder::new().name("hark-microphone".into()).spawn(open) {
            let _ = refused
                .send(Err(CaptureError::Refused { device: "thread".into(), reason: error.to_string() }));
        }
    })
}

/// The life of the owning thread: open, wait until nobody wants the stream any more, close. Closing
/// can hang for ever in the sound server, so nobody waits for this thread.
fn own<S>(
    start: impl Fn(Sender<()>) -> Result<(S, OpenStream), CaptureError>,
    answer: &Sender<Result<OpenStream, CaptureError>>,
    deaf: Duration,
) {
    for time in 1.. {
        let (open, closed) = bounded(0);
        match start(open) {
            // A card that is held cannot be opened: the deaf stream is closed before the next.
            Ok((stream, handle)) if time <= AGAIN && !hears_within(&handle, deaf * time) => {
                drop((handle, stream));
            }
            Ok((stream, handle)) => {
                if answer.send(Ok(handle)).is_ok() {
                    let _ = closed.recv();
                }
                return drop(stream);
            }
            Err(error) => {
                let _ = answer.send(Err(error));
                return;
            }
        }
    }
}

fn hears_within(stream: &OpenStream, patience: Duration) -> bool {
    let end = Instant::now() + patience;
    while !stream.hears() && Instant::now() < end {
        thread::sleep(LOOK);
    }
    stream.hears()
}

#[cfg(test)]
mod tests {
    use super::super::synthetic::{self, FakeDevice};
    use super::*;
    use std::cell::{Cell, RefCell};

    /// What comes of a microphone that hears from the `hearing`-th opening on, and how often it was opened.
    fn opened(hearing: u32) -> (Result<OpenStream, CaptureError>, u32) {
        let (answer, answered) = bounded(1);
        let opened = Cell::new(0);
        let devices: RefCell<Vec<FakeDevice>> = RefCell::default();
        let start = |_| {
            opened.set(opened.get() + 1);
            assert!(devices.borrow().iter().all(FakeDevice::is_closed), "the one before is closed first");
            let (mut device, stream) = synthetic::stream(16_000, 1);
            if opened.get() >= hearing {
                device.hear(&[0.5; 160]);
            }
            devices.borrow_mut().push(device);
            Ok(((), stream))
        };
        own(start, &answer, Duration::from_millis(20));
        (answered.try_recv().unwrap(), opened.get())
    }

    #[test]
    fn a_stream_that_hears_nothing_is_opened_again() {
        for hearing in 1..=1 + AGAIN {
            let (stream, times) = opened(hearing);
            let mut samples = Vec::new();
            stream.unwrap().take(&mut samples);
            assert_eq!((times, samples), (hearing, vec![0.5; 160]), "nothing that was heard is lost");
        }
    }

    #[test]
    fn a_microphone_that_never_hears_is_given_to_whoever_watches_it() {
        let (stream, times) = opened(u32::MAX);
        assert!(!stream.unwrap().hears());
        assert_eq!(times, 1 + AGAIN);
    }

    #[test]
    fn a_refusal_is_told_at_once() {
        let (answer, answered) = bounded(1);
        own(|_| Err::<((), _), _>(CaptureError::NoDevice), &answer, DEAF);
        assert!(matches!(answered.try_recv().unwrap(), Err(CaptureError::NoDevice)));
    }
}
