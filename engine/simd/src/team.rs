//! Threads that share the work of short stages: fork and join in about a microsecond.
//!
//! A decoder's step is some fifty products of a few microseconds each, so that a pool that sleeps
//! between them would cost more than they do. Members wait spinning for at most [`SPIN`], then sleep.
//! A join does not wait for members that have not woken up: whoever is there does the work.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, TryLockError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long a thread waits spinning before it sleeps.
const SPIN: Duration = Duration::from_micros(50);

/// A fixed number of threads, the caller's among them, that work on one stage after the other.
///
/// Which member does which part of a stage is left to chance, so that fast and slow cores each take
/// what they can; results never depend on it.
pub struct Team {
    shared: Arc<Shared>,
    /// Held by whoever has a stage under way.
    turn: Mutex<()>,
    helpers: Vec<JoinHandle<()>>,
}

/// State of the stage under way: its number in the upper half, then a bit that says whether members
/// may still enter, then how many are inside.
const STAGE: u64 = 1 << 32;
const OPEN: u64 = 1 << 31;

struct Shared {
    state: AtomicU64,
    stage: Mutex<Stage>,
    sleepers: AtomicUsize,
    /// Guards nothing but the two conditions below, and says when to end.
    ended: Mutex<bool>,
    begun: Condvar,
    left: Condvar,
    panic: Mutex<Option<Box<dyn Any + Send>>>,
}

/// What the members of a stage call, with their number.
#[derive(Clone, Copy)]
struct Stage(*const (dyn Fn(usize) + Sync));

// SAFETY: the pointer is followed only by members inside a stage, and `run` does not return before
// all of them have left; what it points to is `Sync`.
unsafe impl Send for Stage {}

impl Team {
    /// A team of `threads` threads, or of as many as the system gives.
    pub fn new(threads: usize) -> Self {
        let shared = Arc::new(Shared {
            state: AtomicU64::new(0),
            stage: Mutex::new(Stage(&|_| {})),
            sleepers: AtomicUsize::new(0),
            ended: Mutex::new(false),
            begun: Condvar::new(),
            left: Condvar::new(),
            panic: Mutex::new(None),
        });
        let helper = |number: usize| {
            let shared = shared.clone();
            let name = format!("hark-worker-{number}");
            std::thread::Builder::new().name(name).spawn(move || shared.help(number)).ok()
        };
        let helpers = (1..threads).map_while(helper).collect();
        Self { shared, turn: Mutex::new(()), helpers }
    }

    /// Threads in the team, the caller's included.
    pub fn threads(&self) -> usize {
        self.helpers.len() + 1
    }

    /// Calls `task` with each number below `tasks`, on all members. Within a task, or while another
    /// thread has a stage under way, the caller does everything itself.
    pub fn indices(&self, tasks: usize, task: impl Fn(usize) + Sync) {
        self.members(tasks, |_, i| task(i));
    }

    /// Calls `work` with each item, on all members.
    pub fn for_each<T: Send>(&self, items: impl IntoIterator<Item = T>, work: impl Fn(T) + Sync) {
        let items: Vec<Mutex<Option<T>>> = items.into_iter().map(|item| Mutex::new(Some(item))).collect();
        self.indices(items.len(), |i| {
            if let Some(item) = lock(&items[i]).take() {
                work(item);
            }
        });
    }

    /// As [`Team::for_each`], lending each member a place of its own in `scratch`.
    ///
    /// # Panics
    /// If `scratch` has fewer places than the team has threads.
    pub fn for_each_with<S: Send, T: Send>(
        &self,
        scratch: &mut [S],
        items: impl IntoIterator<Item = T>,
        work: impl Fn(&mut S, T) + Sync,
    ) {
        assert!(scratch.len() >= self.threads(), "a place for every thread");
        let places: Vec<Mutex<&mut S>> = scratch.iter_mut().map(Mutex::new).collect();
        let items: Vec<Mutex<Option<T>>> = items.into_iter().map(|item| Mutex::new(Some(item))).collect();
        self.members(items.len(), |member, i| {
            if let Some(item) = lock(&items[i]).take() {
                work(&mut lock(&places[member]), item);
            }
        });
    }

    fn members(&self, tasks: usize, task: impl Fn(usize, usize) + Sync) {
        let next = AtomicUsize::new(0);
        let work = |member: usize| {
            loop {
                let i = next.fetch_add(1, Ordering::Relaxed);
                if i >= tasks {
                    return;
                }
                task(member, i);
            }
        };
        let shared = tasks > 1 && !self.helpers.is_empty();
        match shared.then(|| self.take_turn()).flatten() {
            Some(_turn) => self.run(&work),
            None => work(0),
        }
    }

    /// The turn, if nobody has it. A stage that panicked has ended like any other.
    fn take_turn(&self) -> Option<MutexGuard<'_, ()>> {
        match self.turn.try_lock() {
            Ok(turn) => Some(turn),
            Err(TryLockError::Poisoned(turn)) => Some(turn.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    /// Has `work` called by every member that comes in time. The caller holds the turn.
    fn run(&self, work: &(dyn Fn(usize) + Sync)) {
        let shared = &*self.shared;
        // SAFETY: only the lifetime is forgotten. The pointer is followed by members inside this
        // stage alone, and `close` below returns when the last of them has left and no other can
        // enter, whether or not `work` panics.
        let erased: &'static (dyn Fn(usize) + Sync) = unsafe { std::mem::transmute(work) };
        *lock(&shared.stage) = Stage(erased);
        let before = shared.state.load(Ordering::Relaxed);
        shared.state.store(((before & !(STAGE - 1)).wrapping_add(STAGE)) | OPEN, Ordering::SeqCst);
        if shared.sleepers.load(Ordering::SeqCst) > 0 {
            drop(lock(&shared.ended));
            shared.begun.notify_all();
        }
        let own = catch_unwind(AssertUnwindSafe(|| work(0)));
        shared.close();
        let others = lock(&shared.panic).take();
        if let Some(panic) = own.err().or(others) {
            resume_unwind(panic);
        }
    }
}

impl Shared {
    /// Lets nobody else in and waits for those inside.
    fn close(&self) {
        let inside = |state: u64| state & (OPEN - 1) > 0;
        if !inside(self.state.fetch_and(!OPEN, Ordering::SeqCst)) {
            return;
        }
        if spin(|| !inside(self.state.load(Ordering::SeqCst))) {
            return;
        }
        let mut guard = lock(&self.ended);
        while inside(self.state.load(Ordering::SeqCst)) {
            guard = self.left.wait(guard).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn help(&self, member: usize) {
        let mut seen = 0;
        while let Some(stage) = self.enter(seen) {
            seen = stage;
            let Stage(work) = *lock(&self.stage);
            // SAFETY: this member is inside the stage, so `run` has not returned and `work` lives.
            let work = unsafe { &*work };
            if let Err(panic) = catch_unwind(AssertUnwindSafe(|| work(member))) {
                *lock(&self.panic) = Some(panic);
            }
            let state = self.state.fetch_sub(1, Ordering::SeqCst) - 1;
            if state & (OPEN | (OPEN - 1)) == 0 {
                drop(lock(&self.ended));
                self.left.notify_all();
            }
        }
    }

    /// Waits for a stage other than `seen` and enters it; `None` when the team ends.
    fn enter(&self, seen: u64) -> Option<u64> {
        let open = |state: u64| state & OPEN != 0 && state / STAGE != seen;
        loop {
            let mut state = self.state.load(Ordering::SeqCst);
            while open(state) {
                match self.state.compare_exchange_weak(state, state + 1, Ordering::SeqCst, Ordering::SeqCst) {
                    Ok(_) => return Some(state / STAGE),
                    Err(now) => state = now,
                }
            }
            if spin(|| open(self.state.load(Ordering::SeqCst))) {
                continue;
            }
            self.sleepers.fetch_add(1, Ordering::SeqCst);
            let mut ended = lock(&self.ended);
            while !*ended && !open(self.state.load(Ordering::SeqCst)) {
                ended = self.begun.wait(ended).unwrap_or_else(PoisonError::into_inner);
            }
            self.sleepers.fetch_sub(1, Ordering::SeqCst);
            if *ended {
                return None;
            }
        }
    }
}

impl Drop for Team {
    fn drop(&mut self) {
        *lock(&self.shared.ended) = true;
        self.shared.begun.notify_all();
        for helper in self.helpers.drain(..) {
            let _ = helper.join();
        }
    }
}

/// Spins until `done` or for as long as is worth it; says which.
fn spin(done: impl Fn() -> bool) -> bool {
    let start = Instant::now();
    loop {
        for _ in 0..32 {
            if done() {
                return true;
            }
            std::hint::spin_loop();
        }
        if start.elapsed() > SPIN {
            return false;
        }
    }
}

/// A panic elsewhere leaves nothing half done behind these locks.
fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_task_runs_once_in_every_stage() {
        for threads in [1, 2, 5] {
            let team = Team::new(threads);
            assert_eq!(team.threads(), threads);
            for stage in 0..2000 {
                let tasks = stage % 17;
                let counts: Vec<AtomicUsize> = (0..tasks).map(|_| AtomicUsize::new(0)).collect();
                team.indices(tasks, |i| {
                    counts[i].fetch_add(1, Ordering::Relaxed);
                });
                assert!(counts.iter().all(|c| c.load(Ordering::Relaxed) == 1));
            }
        }
    }

    #[test]
    fn items_go_to_members_with_places_of_their_own() {
        let team = Team::new(3);
        let mut sums = [0usize; 3];
        let mut out = vec![0; 1000];
        team.for_each_with(&mut sums, out.iter_mut().enumerate(), |sum, (i, out)| {
            *out = i;
            *sum += i;
        });
        assert_eq!(sums.iter().sum::<usize>(), 499_500);
        assert!(out.iter().enumerate().all(|(i, v)| i == *v));
        // Sleeping members wake up again.
        std::thread::sleep(Duration::from_millis(2));
        team.for_each(out.iter_mut(), |v| *v += 1);
        assert_eq!(out[999], 1000);
    }

    #[test]
    fn a_stage_within_a_stage_and_two_callers_work() {
        let team = Team::new(2);
        let count = AtomicUsize::new(0);
        let stage = || team.indices(10, |_| team.indices(10, |_| _ = count.fetch_add(1, Ordering::Relaxed)));
        std::thread::scope(|scope| {
            scope.spawn(stage);
            scope.spawn(stage);
        });
        assert_eq!(count.load(Ordering::Relaxed), 200);
    }

    #[test]
    fn a_panic_reaches_the_caller_and_the_team_goes_on() {
        let team = Team::new(3);
        for guilty in 0..20 {
            let stage = || team.indices(20, |i| assert!(i != guilty, "task {i}"));
            assert!(catch_unwind(AssertUnwindSafe(stage)).is_err());
        }
        assert!(two_meet(&team), "helpers stay away after a panic");
    }

    /// Whether two threads come together in one stage, given time enough.
    fn two_meet(team: &Team) -> bool {
        let (start, threads) = (Instant::now(), Mutex::new(std::collections::HashSet::new()));
        team.indices(2, |_| {
            lock(&threads).insert(std::thread::current().id());
            while lock(&threads).len() < 2 && start.elapsed() < Duration::from_secs(5) {
                std::thread::yield_now();
            }
        });
        lock(&threads).len() == 2
    }

    #[test]
    fn a_stage_of_one_task_leaves_the_team_to_what_is_within() {
        let team = Team::new(2);
        let met = AtomicUsize::new(0);
        team.indices(1, |_| _ = met.fetch_add(usize::from(two_meet(&team)), Ordering::Relaxed));
        assert_eq!(met.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn results_are_there_when_a_stage_ends() {
        // Plain memory, written by whoever comes and read by the caller, in stages with and without
        // pauses in which members fall asleep.
        let team = Team::new(4);
        let mut out = vec![0u64; 64];
        for stage in 1..=20_000u64 {
            team.for_each(out.iter_mut(), |v| *v += stage);
            if stage.is_multiple_of(500) {
                std::thread::sleep(2 * SPIN);
            }
            let expected = stage * (stage + 1) / 2;
            assert!(out.iter().all(|v| *v == expected), "stage {stage}");
        }
    }

    #[test]
    fn teams_come_and_go() {
        for i in 0..200 {
            let team = Team::new(1 + i % 4);
            let count = AtomicUsize::new(0);
            if i % 3 > 0 {
                team.indices(i % 5, |_| _ = count.fetch_add(1, Ordering::Relaxed));
                assert_eq!(count.load(Ordering::Relaxed), i % 5);
            }
        }
    }
}
