//! The thread that plays sounds. It may hang in the sound system: nobody waits for it.

use super::output::{Output, Voice};
use super::tones;
use crate::capture::Cue;
use crossbeam_channel::Receiver;
use std::thread;
use std::time::{Duration, Instant};

/// How long the recorder may take to agree: it looks up every 20 ms.
const AGREEING: Duration = Duration::from_millis(40);
/// A device that buffers more tells nobody anything in time.
const LONGEST_BUFFER: Duration = Duration::from_millis(400);
/// How much later than it says a loudspeaker may be heard, and a room echo.
const ECHO: Duration = Duration::from_millis(60);

/// What is to be played.
#[derive(Debug)]
pub enum Order {
    /// The sound of a beginning, as agreed with the recorder.
    Begin(Cue),
    /// The sound of an end, not to be heard before this moment.
    End {
        /// Until then, the microphone's sound is still recorded.
        earliest: Instant,
    },
}

/// Plays what is ordered until nobody orders any more.
pub fn run(orders: &Receiver<Order>) {
    for order in orders {
        // There is nobody to tell, and the indicator says the same.
        let _ = match order {
            Order::Begin(cue) => begin(&cue),
            Order::End { earliest } => end(earliest),
        };
    }
}

fn begin(cue: &Cue) -> Option<()> {
    let output = Output::open(&|rate| voice(tones::begin(rate)), Some(LONGEST_BUFFER))?;
    if !cue.wait() {
        return None;
    }
    let start = Instant::now() + AGREEING;
    let over = start + output.delay() + tones::LENGTH + ECHO;
    if cue.agree(over) && Instant::now() <= start {
        output.play();
        sleep_until(over);
    }
    Some(())
}

fn end(earliest: Instant) -> Option<()> {
    let output = Output::open(&|rate| voice(tones::end(rate)), Some(LONGEST_BUFFER))?;
    sleep_until(earliest);
    output.play();
    sleep_until(Instant::now() + output.delay() + tones::LENGTH + ECHO);
    Some(())
}

fn voice(samples: Vec<f32>) -> Voice {
    let mut samples = samples.into_iter();
    Box::new(move || samples.next())
}

fn sleep_until(moment: Instant) {
    thread::sleep(moment.saturating_duration_since(Instant::now()));
}
