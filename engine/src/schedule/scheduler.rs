//! The part that computes what [`super::turns`] decides.

use super::course::{Course, PIECE};
use super::follow::{Followed, Pace};
use super::request::{Limits, LiveRequest, Refused, Request, Turned};
use super::seats::Seats;
use super::turns::{self, Room, Standing, Turn, Wish};
use crate::cancel::{Cancel, Cancelled};
use crate::decoder::MOST_ROWS;
use crate::encoder::npu::Moment;
use crate::encoder::{BackendError, BackendInfo};
use crate::error::{EngineError, guarded};
use crate::metrics::{Monitor, Timings, WallTime};
use crate::transcribe::News;
use crate::transcribe::listen::Source;
use crate::transcribe::recording::Recording;
use crate::transcribe::stages::Stages;
use crate::transcribe::window::{Rules, Window};
use crate::transcript::Transcript;
use crate::whisper::Whisper;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Memory for what the decoder looks up in the windows under way: large models take less at once.
const MOST_BYTES: usize = 1 << 30;
/// How long longer recordings let short ones go first before they have a turn themselves.
const LONGEST_YIELD: Duration = Duration::from_millis(250);
/// How long a turn waits for a recording that is being made, if nothing else is to be done.
const PATIENCE: Duration = Duration::from_millis(20);

/// Where a job is told about.
type OnNews<'n> = &'n mut dyn FnMut(u64, News);

/// Many recordings on one model. Whoever owns it calls [`Scheduler::turn`] until nothing is under way.
///
/// Each turn takes a step in everything that is to be done: recordings read a piece of their audio, side by side;
/// the window of whoever has had least is encoded; all sequences of the decoder take a token, in one pass over the
/// weights. A window that ends leaves at once and another one takes its place, so that no turn takes much longer
/// than one window of the encoder. A recording that is being made comes before all others, which rest as long as it
/// has work that is due.
///
/// What becomes of a recording does not depend on its company, to the bit.
pub struct Scheduler<'a> {
    stages: Stages<'a>,
    limits: Limits,
    monitor: Monitor,
    jobs: BTreeMap<u64, Job<'a>>,
    live: BTreeMap<u64, Followed<'a>>,
    seats: Seats<'a>,
    /// Windows that the encoder's own hardware has begun with, and when.
    ahead: Option<(Vec<Drawn>, Instant)>,
    /// What such hardware takes for a window.
    device: WallTime,
    /// Whether it was told that the decoder is busy.
    decoding: bool,
    /// Since when a batch waits for more windows.
    gathering: Option<Instant>,
    /// Since when longer recordings let short ones go first.
    yielding: Option<Instant>,
}

struct Job<'a> {
    cancel: Cancel,
    course: Course<'a>,
    /// What it has had of the engine.
    used: Duration,
    admitted: Instant,
    /// Whether none of its windows was encoded yet.
    waits: bool,
}

/// A window that was given out by a job.
struct Drawn {
    job: u64,
    window: Arc<Window>,
    rules: Rules,
}

impl<'a> Scheduler<'a> {
    /// Nothing under way.
    pub fn new(whisper: &'a mut Whisper, limits: Limits, monitor: Monitor) -> Self {
        let stages = Stages { monitor: monitor.clone(), ..Stages::new(whisper, &Cancel::new()) };
        let limits = Limits { batch: limits.batch.clamp(1, MOST_ROWS), jobs: limits.jobs.max(1), ..limits };
        Self {
            seats: Seats::new(stages.decoder, &stages.model.tokenizer),
            stages,
            limits,
            monitor,
            jobs: BTreeMap::new(),
            live: BTreeMap::new(),
            ahead: None,
            device: WallTime::default(),
            decoding: false,
            gathering: None,
            yielding: None,
        }
    }

    /// Whether another recording would be taken in.
    pub fn has_room(&self) -> bool {
        self.jobs.len() < self.limits.jobs
    }

    /// Who encodes.
    pub fn describe(&self) -> BackendInfo {
        self.stages.backend.describe()
    }

    /// Whether nothing is under way.
    pub fn is_idle(&self) -> bool {
        self.jobs.is_empty() && self.live.is_empty()
    }

    /// Takes in a recording. What is wrong with it is told when its turn comes.
    ///
    /// # Errors
    /// [`Refused`] if there is no room for it.
    pub fn admit(&mut self, request: Request, on_news: OnNews<'_>) -> Result<(), Refused> {
        if !self.has_room() {
            let remaining: Vec<_> = self.jobs.values().map(|job| job.course.remaining()).collect();
            let speed = self.monitor.figures().audio_per_second().unwrap_or(1.0);
            self.monitor.note(|figures| figures.refused += 1);
            let (jobs, wait) = (self.jobs.len(), turns::wait(&remaining, speed));
            return Err(Refused { request: request.into(), jobs, wait });
        }
        self.monitor.note(|figures| figures.admitted += 1);
        let Request { number, source, options, cancel } = request;
        self.stages.cancel = cancel.clone();
        let used = turns::start(self.jobs.values().map(|job| job.used));
        let opened = guarded(|| {
            cancel.check()?;
            Recording::open(Source::Own(source), &options, &self.stages)
        });
        match opened {
            Ok(listening) => {
                let course = Course::Listening(listening.into(), options);
                let job = Job { cancel, course, used, admitted: Instant::now(), waits: true };
                self.jobs.insert(number, job);
            }
            Err(error) => self.tell_end(number, Err(error), None, on_news),
        }
        Ok(())
    }

    /// Takes in a recording that is being made.
    pub fn follow(&mut self, request: LiveRequest, on_news: OnNews<'_>) {
        self.monitor.note(|figures| figures.admitted += 1);
        let number = request.number;
        self.stages.cancel = request.cancel.clone();
        match Followed::new(request, &self.stages) {
            Ok(followed) => drop(self.live.insert(number, followed)),
            Err(error) => self.tell_end(number, Err(error), None, on_news),
        }
    }

    /// Takes a step in everything that is to be done.
    ///
    /// # Errors
    /// [`EngineError`] if something went wrong that concerns all recordings, which have no other end then.
    pub fn turn(&mut self, on_news: OnNews<'_>) -> Result<Turned, EngineError> {
        let start = Instant::now();
        let evidence = self.stages.backend.evidence();
        self.dismiss_cancelled(on_news);
        let turned = if self.follow_on(Duration::ZERO, on_news) {
            Turned::Worked
        } else if !self.jobs.is_empty() {
            self.work(on_news)?;
            Turned::Worked
        } else if self.live.is_empty() {
            return Ok(Turned::Idle);
        } else if self.follow_on(PATIENCE, on_news) {
            Turned::Worked
        } else {
            return Ok(Turned::Waited);
        };
        let (now, spent) = (self.stages.backend.evidence(), start.elapsed());
        self.monitor.note(|figures| {
            figures.note_evidence(evidence, now);
            figures.busy += spent.into();
        });
        Ok(turned)
    }

    /// Whether something was done for a recording that is being made.
    fn follow_on(&mut self, patience: Duration, on_news: OnNews<'_>) -> bool {
        let mut worked = false;
        let numbers: Vec<u64> = self.live.keys().copied().collect();
        for number in numbers {
            let Some(mut followed) = self.live.remove(&number) else { continue };
            self.stages.cancel = followed.cancel().clone();
            let on_event = &mut |event| on_news(number, News::Event(event));
            match guarded(|| followed.go_on(patience, &mut self.stages, on_event)) {
                Ok(Pace::Over) => {
                    worked = true;
                    self.tell_end(number, Ok(followed.finish()), None, on_news);
                }
                Ok(pace) => {
                    worked |= pace == Pace::Worked;
                    self.live.insert(number, followed);
                }
                Err(error) => self.tell_end(number, Err(error), None, on_news),
            }
        }
        worked
    }

    fn work(&mut self, on_news: OnNews<'_>) -> Result<(), EngineError> {
        let beside = self.stages.works_beside();
        let at_once = if beside { self.limits.batch } else { 1 };
        // For the batch in hand and the next, where the encoder takes several; otherwise so that a turn is short.
        let readers = if beside { 2 * at_once } else { self.stages.decoder.workers().threads() };
        let mut standings = self.standings();
        // Hardware of its own keeps nobody waiting.
        if !beside && self.yields(&standings) {
            standings.retain(|standing| standing.short);
        }
        let Turn { read, encode } = turns::turn(&standings, self.room(), readers, at_once);
        let reading = standings.iter().filter(|standing| standing.wish == Wish::Read).count();
        let waits = beside && self.gathers(encode.len(), reading);
        self.read(read, on_news);
        // While hardware of its own encodes, the decoder need not wait.
        if !encode.is_empty() && !waits && !(beside && (self.ahead.is_some() || !self.seats.is_empty())) {
            let drawn = self.draw(&encode, on_news);
            self.encode_first(drawn, on_news);
        }
        if beside {
            self.collect(on_news);
            self.begin_next(at_once, on_news);
        }
        self.step(on_news)
    }

    fn standings(&self) -> Vec<Standing> {
        let standing = |(job, at): (&u64, &Job<'_>)| Standing {
            job: *job,
            used: at.used,
            wish: at.course.wish(),
            short: at.course.is_short(),
        };
        self.jobs.iter().map(standing).collect()
    }

    /// Whether longer recordings let short ones go first in this turn.
    fn yields(&mut self, standings: &[Standing]) -> bool {
        if !turns::could_yield(standings) {
            self.yielding = None;
            return false;
        }
        let yields = self.yielding.get_or_insert_with(Instant::now).elapsed() < LONGEST_YIELD;
        if !yields {
            self.yielding = None;
        }
        yields
    }

    /// Whether a batch of `ready` windows is left for others to come.
    fn gathers(&mut self, ready: usize, others: usize) -> bool {
        if ready == 0 || !self.seats.is_empty() {
            self.gathering = None;
            return false;
        }
        let waited = self.gathering.get_or_insert_with(Instant::now).elapsed();
        let waits = turns::waits(ready, self.limits.batch, others, waited, self.limits.wait);
        if !waits {
            self.gathering = None;
        }
        waits
    }

    fn room(&self) -> Room {
        let dims = self.stages.decoder.dims();
        let bytes = dims.n_audio_ctx * dims.n_text_state * 2 * dims.n_text_layer * size_of::<f32>();
        let most = (MOST_BYTES / bytes.max(1)).clamp(1, self.limits.batch);
        Room { rows: (self.seats.rows(), self.limits.batch), windows: (self.seats.len(), most) }
    }

    /// These jobs read a piece, side by side as far as they read for the first time.
    fn read(&mut self, numbers: Vec<u64>, on_news: OnNews<'_>) {
        let take = |number| {
            let job = self.jobs.remove(&number)?;
            let mel = job.course.mel_time();
            Some((number, job, mel, Ok(()), Duration::ZERO))
        };
        let mut jobs: Vec<_> = numbers.into_iter().filter_map(take).collect();
        let readings = jobs.iter_mut().filter_map(|(_, job, _, result, time)| {
            let reading = job.course.reading()?;
            Some((reading, result, time))
        });
        self.stages.decoder.workers().for_each(readings, |(reading, result, time)| {
            let start = Instant::now();
            *result = guarded(|| reading.go_on(PIECE));
            *time = start.elapsed();
        });
        for (number, job, mel, result, time) in jobs {
            let Job { cancel, course, used, admitted, waits } = job;
            let began = Instant::now();
            self.stages.cancel = cancel.clone();
            let on_event = &mut |event| on_news(number, News::Event(event));
            let course = result.and_then(|()| guarded(|| course.go_on(&self.stages, on_event)));
            let time = time + began.elapsed();
            match course {
                Ok(mut course) => {
                    let mel = course.mel_time().seconds() - mel.seconds();
                    self.monitor.note(|figures| {
                        figures.mel.note(mel);
                        figures.read.note(time.as_secs_f64() - mel);
                    });
                    course.charge(began.elapsed().into());
                    let job = Job { cancel, course, used: used + time, admitted, waits };
                    self.keep_or_end(number, job, on_news);
                }
                Err(error) => self.tell_end(number, Err(error), Some(admitted), on_news),
            }
        }
    }

    /// Takes windows from these jobs.
    fn draw(&mut self, jobs: &[u64], on_news: OnNews<'_>) -> Vec<Drawn> {
        let mut all: Vec<Drawn> = Vec::new();
        for number in jobs {
            let Some(mut job) = self.jobs.remove(number) else { continue };
            let start = Instant::now();
            self.stages.cancel = job.cancel.clone();
            let on_event = &mut |event| on_news(*number, News::Event(event));
            let drawn = guarded(|| job.course.next(&mut self.stages, on_event));
            job.used += start.elapsed();
            job.course.charge(start.elapsed().into());
            match drawn {
                Ok(Some((window, rules))) => {
                    all.push(Drawn { job: *number, window: Arc::new(window), rules });
                    self.jobs.insert(*number, job);
                }
                Ok(None) => self.keep_or_end(*number, job, on_news),
                Err(error) => {
                    all.retain(|drawn| drawn.job != *number);
                    self.fail(*number, error, Some(job.admitted), on_news);
                }
            }
        }
        all
    }

    /// Encodes windows that nobody has begun with.
    fn encode_first(&mut self, drawn: Vec<Drawn>, on_news: OnNews<'_>) {
        if drawn.is_empty() {
            return;
        }
        let (count, time) = (drawn.len() as f64, self.encode(drawn, on_news));
        self.device = WallTime(time.seconds() / count);
    }

    /// Has the encoder's own hardware begin with the next windows while the decoder is busy. They have no seats yet.
    fn begin_next(&mut self, at_once: usize, on_news: OnNews<'_>) {
        if self.ahead.is_some() || self.seats.is_empty() {
            return;
        }
        let Room { rows: (_, rows), windows: (_, windows) } = self.room();
        let empty = Room { rows: (0, rows), windows: (0, windows) };
        let next = turns::turn(&self.standings(), empty, 0, at_once).encode;
        let drawn = self.draw(&next, on_news);
        if !drawn.is_empty() {
            self.stages.begin(drawn.iter().map(|drawn| &*drawn.window));
            self.ahead = Some((drawn, Instant::now()));
        }
    }

    /// Fetches what was begun as soon as it ought to be done and there is a seat for it, or nothing else is to be
    /// decoded.
    fn collect(&mut self, on_news: OnNews<'_>) {
        let Some((drawn, began)) = self.ahead.take() else { return };
        let done = began.elapsed().as_secs_f64() >= self.device.seconds() * drawn.len() as f64;
        let Room { rows, windows } = self.room();
        if self.seats.is_empty() || (done && rows.0 < rows.1 && windows.0 < windows.1) {
            self.encode(drawn, on_news);
        } else {
            self.ahead = Some((drawn, began));
        }
    }

    /// Encodes windows and gives each a seat at the decoder; the time that the encoder took.
    fn encode(&mut self, drawn: Vec<Drawn>, on_news: OnNews<'_>) -> WallTime {
        let start = Instant::now();
        let first = drawn.first().map(|drawn| drawn.job);
        let alone = drawn.iter().all(|drawn| Some(drawn.job) == first);
        let job = first.filter(|_| alone).and_then(|number| self.jobs.get(&number));
        self.stages.cancel = job.map_or_else(Cancel::new, |job| job.cancel.clone());
        let encoded = guarded(|| self.stages.encode_all(drawn.iter().map(|drawn| &*drawn.window)));
        let spent = start.elapsed();
        let (cross, time) = match encoded {
            Ok(encoded) => encoded.into_parts(),
            Err(error) => {
                self.fail_all(&drawn, error, on_news);
                return spent.into();
            }
        };
        let share = spent / drawn.len().max(1) as u32;
        let encode = time.share(drawn.len());
        for (Drawn { job: number, window, rules }, cross) in drawn.into_iter().zip(cross) {
            // Its job may be gone since the window was given out.
            let Some(job) = self.jobs.get_mut(&number) else { continue };
            job.used += share;
            if std::mem::take(&mut job.waits) {
                let waited = job.admitted.elapsed().as_secs_f64();
                self.monitor.note(|figures| figures.queue_wait.note(waited));
            }
            self.seats.take(number, window, cross, rules, (encode, share.into()));
        }
        time
    }

    /// One token for every sequence.
    fn step(&mut self, on_news: OnNews<'_>) -> Result<(), EngineError> {
        let windows = self.seats.len();
        if windows == 0 {
            return Ok(());
        }
        if !std::mem::replace(&mut self.decoding, true) {
            self.stages.backend.note(Moment::DecodingBegins);
        }
        let start = Instant::now();
        let (done, jobs) = self.seats.step()?;
        let spent = start.elapsed();
        if self.seats.is_empty() {
            self.decoding = false;
            self.stages.backend.note(Moment::DecodingEnds);
        }
        self.monitor.note(|figures| figures.note_step(windows, spent.into()));
        for number in jobs {
            if let Some(job) = self.jobs.get_mut(&number) {
                job.used += spent / windows as u32;
            }
        }
        for (number, asked, timings) in done {
            let Some(mut job) = self.jobs.remove(&number) else { continue };
            self.stages.cancel = job.cancel.clone();
            let on_event = &mut |event| on_news(number, News::Event(event));
            let taken = guarded(|| {
                let window = Arc::clone(&asked.window);
                let decoded = self.stages.decoded(asked, timings)?;
                job.course.give_back(&window, decoded, on_event);
                Ok::<_, EngineError>(())
            });
            match taken {
                Ok(()) => self.keep_or_end(number, job, on_news),
                Err(error) => self.fail(number, error, Some(job.admitted), on_news),
            }
        }
        Ok(())
    }

    fn keep_or_end(&mut self, number: u64, job: Job<'a>, on_news: OnNews<'_>) {
        if !job.course.is_over() {
            self.jobs.insert(number, job);
            return;
        }
        let on_event = &mut |event| on_news(number, News::Event(event));
        let finished = job.course.finish(on_event);
        let finished = finished.ok_or_else(|| EngineError::Defect("a recording has no end".into()));
        self.tell_end(number, finished, Some(job.admitted), on_news);
    }

    fn dismiss_cancelled(&mut self, on_news: OnNews<'_>) {
        let cancelled: Vec<_> = self.jobs.extract_if(.., |_, job| job.cancel.is_raised()).collect();
        for (number, job) in cancelled {
            self.fail(number, Cancelled.into(), Some(job.admitted), on_news);
        }
    }

    /// The end of a job that is in no list any more: its windows go, too.
    fn fail(&mut self, number: u64, error: EngineError, admitted: Option<Instant>, on_news: OnNews<'_>) {
        self.seats.dismiss(number);
        self.tell_end(number, Err(error), admitted, on_news);
    }

    /// The end of all that had a window in a launch that failed.
    fn fail_all(&mut self, drawn: &[Drawn], error: EngineError, on_news: OnNews<'_>) {
        let (cancelled, text) = (matches!(error, EngineError::Cancelled(_)), error.to_string());
        let mut error = Some(error);
        for Drawn { job: number, .. } in drawn {
            let Some(job) = self.jobs.remove(number) else { continue };
            let same = || {
                if cancelled { Cancelled.into() } else { BackendError::Device(text.clone()).into() }
            };
            let error = error.take().unwrap_or_else(same);
            self.fail(*number, error, Some(job.admitted), on_news);
        }
    }

    fn tell_end(
        &mut self,
        number: u64,
        result: Result<(Transcript, Timings), EngineError>,
        admitted: Option<Instant>,
        on_news: OnNews<'_>,
    ) {
        self.monitor.note(|figures| {
            match &result {
                Ok((_, timings)) => {
                    figures.finished += 1;
                    figures.audio.0 += timings.audio.seconds();
                }
                Err(EngineError::Cancelled(_)) => figures.cancelled += 1,
                Err(_) => figures.failed += 1,
            }
            if let Some(admitted) = admitted {
                figures.job.note(admitted.elapsed().as_secs_f64());
            }
        });
        on_news(number, News::Ended(result));
    }
}
