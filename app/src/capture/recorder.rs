//! The recorder: a thread per recording that takes samples from the ring and writes them to disk.

use super::CaptureError;
use super::prelude::Prelude;
use super::recording_file::RecordingFile;
use super::report::{CaptureEvent, CaptureReport, End};
use super::stream::{OpenMicrophone, OpenStream};
use super::take::Take;
use super::tap::Tap;
use super::warm::{Lingering, Microphones};
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, after, bounded, select};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

/// How often the ring is emptied.
const PERIOD: Duration = Duration::from_millis(20);
/// Speech that is under way when the person stops still belongs to the recording.
pub const TAIL: Duration = Duration::from_millis(300);
/// How long after the end of that it may still be on its way from the device.
const LATEST: Duration = Duration::from_millis(700);
/// A kill may lose a second, of which the ring, what waits for a channel to be chosen, and a slow disk take their part.
const CHECKPOINT: Duration = Duration::from_millis(600);
/// A sound system that has not opened a microphone by then never will.
const OPENING: Duration = Duration::from_secs(15);
/// Orders that can wait.
const ORDERS: usize = 4;
/// Places among them that only the end may take: a stop, and a cancel behind it.
const ENDS: usize = 2;

/// What is to be recorded.
#[derive(Debug)]
pub struct Request {
    /// Number of the recording, for its reports.
    pub generation: u64,
    /// Stable id of the microphone; `None` is the system's default.
    pub microphone: Option<String>,
    /// The channel to record, by the stable id of a microphone; of others it is the one with speech.
    pub channels: BTreeMap<String, usize>,
    /// Where its file goes.
    pub folder: PathBuf,
    /// Who hears it while it grows, if anybody.
    pub tap: Option<Tap>,
    /// How its text is to be made, for a start that finds it without one.
    pub note: String,
    /// The sound behind which it begins, if there is one.
    pub prelude: Option<Prelude>,
}

/// What a recorder is told.
enum Order {
    End(End),
    /// Go on in this folder.
    MoveTo(PathBuf),
}

/// The handle of a recording. Dropping it leaves the recording for the next start to find.
pub struct Recorder {
    control: Sender<Order>,
    /// Disconnected when the recorder's thread ends.
    ended: Receiver<()>,
}

impl Recorder {
    /// Opens a microphone and records it into a file. Everything else is told to `reports`.
    ///
    /// # Errors
    /// If the system refuses a thread.
    pub fn start(
        microphones: &Microphones,
        request: Request,
        reports: Sender<CaptureReport>,
    ) -> io::Result<Self> {
        let (control, controlled) = bounded(ORDERS);
        let (running, ended) = bounded::<()>(0);
        let microphones = microphones.clone();
        let generation = request.generation;
        let tell = move |event| {
            // Whoever asked for the recording is gone only while the program ends.
            let _ = reports.send(CaptureReport { generation, event });
        };
        thread::Builder::new().name("hark-recorder".into()).spawn(move || {
            let ended = Cell::new(false);
            let tell = |event: CaptureEvent| {
                ended.set(ended.get() || event.is_the_last());
                tell(event);
            };
            let _last_word = LastWord { ended: &ended, tell: &tell };
            let lingering = run(&microphones, request, &controlled, &tell);
            drop(running);
            if lingering.is_some_and(Lingering::ends_closed) {
                tell(CaptureEvent::Closed);
            }
        })?;
        Ok(Self { control, ended })
    }

    /// Ends the recording with what was said up to now.
    pub fn stop(&self) {
        let _ = self.control.try_send(Order::End(End::Stop(Instant::now())));
    }

    /// Ends the recording at once. It stays on disk.
    pub fn abandon(&self) {
        let _ = self.control.try_send(Order::End(End::Abandon));
    }

    /// Goes on in another folder, if its own takes no more.
    pub fn move_to(&self, folder: PathBuf) {
        // There is nobody else who gives orders. A person who chooses a fourth folder before the first is dealt
        // with will choose once more.
        if self.control.len() + ENDS < ORDERS {
            let _ = self.control.try_send(Order::MoveTo(folder));
        }
    }

    /// Leaves the recording for the next start to find, and waits until it is on disk, but no longer
    /// than that.
    pub fn leave(self, deadline: Instant) {
        drop(self.control);
        let _ = self.ended.recv_deadline(deadline);
    }
}

/// Ends a recording whose thread ends by a defect, so that nobody waits for it.
struct LastWord<'a> {
    ended: &'a Cell<bool>,
    tell: &'a dyn Fn(CaptureEvent),
}

impl Drop for LastWord<'_> {
    fn drop(&mut self) {
        if thread::panicking() && !self.ended.get() {
            // The part is closed by now, and has no lock.
            let reason = "the recorder failed; Hark finds the recording at its next start".into();
            (self.tell)(CaptureEvent::Lost { reason });
            (self.tell)(CaptureEvent::Closed);
            (self.tell)(CaptureEvent::Empty);
        }
    }
}

/// Records, and gives the wait after which the microphone is closed if it stays open.
fn run(
    microphones: &Microphones,
    request: Request,
    control: &Receiver<Order>,
    tell: &dyn Fn(CaptureEvent),
) -> Option<Lingering> {
    let (microphone, generation) = (request.microphone.clone(), request.generation);
    let warm = microphones.take(microphone.as_deref());
    let was_open = warm.is_some();
    let stream = match warm {
        Some(stream) => Ok(Some((stream, None))),
        None => wait_for_stream(&microphones.open, microphone.clone(), control),
    };
    let (stream, asked) = match stream {
        Ok(Some(stream)) => stream,
        Ok(None) => {
            tell(CaptureEvent::Empty);
            return None;
        }
        Err(error) => {
            tell(CaptureEvent::Failed(error));
            return None;
        }
    };
    let folder = request.folder.clone();
    let (take, end, stream) = record(stream, request, asked, control, tell)?;
    let reusable = matches!(end, End::Stop(_) | End::Abandon);
    let lingering = if reusable { microphones.keep(microphone, stream, generation) } else { None };
    if lingering.is_none() && (was_open || take.is_opened()) {
        tell(CaptureEvent::Closed);
    }
    take.close(end, &folder);
    lingering
}

/// The stream, and how the recording is to end if that is known already. `None` if the person did not
/// wait for the stream.
fn wait_for_stream(
    open: &OpenMicrophone,
    microphone: Option<String>,
    control: &Receiver<Order>,
) -> Result<Option<(OpenStream, Option<End>)>, CaptureError> {
    let (answer, opened) = bounded(1);
    open(microphone, answer);
    let patience = after(OPENING);
    loop {
        let end = select! {
            recv(opened) -> stream => {
                return stream.unwrap_or(Err(CaptureError::Hangs)).map(|s| Some((s, None)));
            }
            recv(control) -> order => match order {
                Ok(Order::End(end)) => end,
                // There is nothing yet to be moved.
                Ok(Order::MoveTo(_)) => continue,
                Err(_) => End::Leave,
            },
            recv(patience) -> _ => return Err(CaptureError::Hangs),
        };
        // If both are there, what the stream has heard already counts.
        return match opened.try_recv() {
            Ok(stream) => stream.map(|s| Some((s, Some(end)))),
            Err(_) => Ok(None),
        };
    }
}

/// Records until the end, which it gives with what is to be closed. `None` if the sound cannot be used.
fn record<'a>(
    mut stream: OpenStream,
    request: Request,
    asked: Option<End>,
    control: &Receiver<Order>,
    tell: &'a dyn Fn(CaptureEvent),
) -> Option<(Take<'a>, End, OpenStream)> {
    let (file, refused) = RecordingFile::create(&request.folder, SystemTime::now());
    if let Some(error) = refused {
        tell(CaptureEvent::DiskTrouble { reason: error.to_string() });
    }
    let channel = request.channels.get(&stream.id).copied();
    let mut take = match Take::new(&stream, channel, file, (request.tap, request.note), tell) {
        Ok(take) => take,
        Err(error) => {
            tell(CaptureEvent::Lost { reason: error.to_string() });
            tell(CaptureEvent::Empty);
            return None;
        }
    };
    let mut checkpoint = Instant::now() + CHECKPOINT;
    let mut lost = None;
    let mut prelude = request.prelude;
    let mut end = loop {
        prelude = prelude.and_then(|mut sound| sound.holds(&mut stream).then_some(sound));
        let pulled = if prelude.is_some() { Ok(()) } else { take.pull(&mut stream) };
        let broken = pulled.err().map(|e| e.to_string());
        take.go_on_moving(&request.folder);
        if Instant::now() >= checkpoint {
            take.checkpoint();
            checkpoint = Instant::now() + CHECKPOINT;
        }
        if let Some(reason) = broken.or_else(|| stream.lost()) {
            lost = Some(reason);
            break End::Break;
        }
        if take.is_full() {
            tell(CaptureEvent::Full);
            break End::Break;
        }
        if let Some(end) = asked {
            break end;
        }
        match control.recv_timeout(PERIOD) {
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break End::Leave,
            Ok(Order::End(end)) => break end,
            Ok(Order::MoveTo(folder)) => take.move_to(&folder),
        }
    };
    while let Some(sound) = prelude.as_mut().filter(|sound| sound.sounds()) {
        if !sound.holds(&mut stream) {
            break;
        }
        thread::sleep(PERIOD);
    }
    drop(prelude);
    if let End::Stop(at) = end {
        let (heard_out, silent) = hear_out(&mut stream, &mut take, at, control);
        end = heard_out;
        // Whoever has heard nothing at all is told that.
        lost = silent.filter(|_| take.is_opened());
    }
    let _ = take.pull(&mut stream);
    take.report_gaps(&stream);
    // Last, for it is what the person has to know.
    if let Some(reason) = lost {
        tell(CaptureEvent::Lost { reason });
    }
    Some((take, end, stream))
}

/// Takes what was said before the tail after `stopped` was over, however late it comes. Gives how the recording
/// ends after all, and why the microphone must be taken for lost, if it must.
fn hear_out(
    stream: &mut OpenStream,
    take: &mut Take,
    stopped: Instant,
    control: &Receiver<Order>,
) -> (End, Option<String>) {
    let last = stopped + TAIL;
    // Looked at before the ring is emptied: what was heard until then is in it.
    while stream.heard() < last && Instant::now() < last + LATEST {
        if let Some(reason) = stream.lost() {
            return (End::Break, Some(reason));
        }
        match control.recv_timeout(PERIOD) {
            Ok(Order::End(End::Abandon)) => return (End::Abandon, None),
            Ok(Order::MoveTo(folder)) => take.move_to(&folder),
            // A program that ends waits for the last word, too.
            Err(RecvTimeoutError::Disconnected) => thread::sleep(PERIOD),
            Ok(Order::End(_)) | Err(RecvTimeoutError::Timeout) => {}
        }
        let _ = take.pull(stream);
    }
    match stream.silent_since(stopped) {
        Some(reason) => (End::Break, Some(reason)),
        None => (End::Stop(stopped), None),
    }
}

#[cfg(test)]
#[path = "recorder_tests.rs"]
mod tests;
