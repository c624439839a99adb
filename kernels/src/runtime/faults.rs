//! Faults on demand, from a text such as `hang:run@3,error:bo_alloc:6`.
//!
//! | fault | does |
//! |---|---|
//! | `hang:WHERE` | the call never returns; of `run`, the command never ends, and waits for it time out |
//! | `abort:WHERE`, `segfault:WHERE` | the process dies |
//! | `throw:WHERE` | the call panics inside, as the runtime might throw |
//! | `error:WHERE:STATUS` | the call fails, or the command, with that status of nx.h |
//! | `wrong:run` | the command leaves a wrong result |
//! | `swap:run` | the command leaves the rows of its result in the wrong places |
//! | `slow:N` | commands take N times as long as they do |
//!
//! WHERE is a function of nx.h without `nx_`, or `open`, `context`, `close` for those that open a device or context or
//! close either, or `run` for the commands themselves. `:N` behind one of the first five is the one call or command in
//! which it happens, counted from 1; `@N` behind any of them is the one from which on it happens.

use super::{Call, Failure, Status, Wrong};
use std::sync::atomic::{AtomicU64, Ordering};

/// What happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// Never an end.
    Hang,
    /// The process ends by `abort`.
    Abort,
    /// The process ends by touching memory that is not its own.
    Segfault,
    /// A panic in the call.
    Throw,
    /// A failure.
    Error(Status),
    /// A result that is wrong.
    Wrong(Wrong),
    /// So many times as long.
    Slow(u32),
}

/// Where it happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Where {
    Call(Call),
    Commands,
}

/// Lets it happen: returns only from a failure.
///
/// # Errors
/// The failure that was asked for.
pub(super) fn happen(what: What, place: &str) -> Result<(), Failure> {
    match what {
        What::Hang => loop {
            std::thread::park();
        },
        What::Abort => std::process::abort(),
        What::Segfault => crate::c_abi::segfault(),
        // As a panic, but without the message on standard error.
        What::Throw => std::panic::resume_unwind(Box::new("thrown on demand")),
        What::Error(status) => Err(Failure::new(status, format!("{place} fails on demand"))),
        What::Wrong(_) | What::Slow(_) => Ok(()),
    }
}

/// One fault.
#[derive(Debug)]
struct Fault {
    what: What,
    places: Vec<Where>,
    first: u64,
    last: u64,
    passed: AtomicU64,
}

/// All faults of a process.
#[derive(Debug, Default)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// Reads a list of them.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        text.split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .map(fault)
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// What happens to this call, if anything.
    pub(super) fn at_call(&self, call: Call) -> Option<What> {
        self.at(Where::Call(call)).next()
    }

    /// What happens to the next command.
    pub(super) fn at_command(&self) -> Vec<What> {
        self.at(Where::Commands).collect()
    }

    fn at(&self, place: Where) -> impl Iterator<Item = What> {
        self.0.iter().filter(move |fault| fault.places.contains(&place)).filter_map(|fault| {
            let n = fault.passed.fetch_add(1, Ordering::Relaxed) + 1;
            (fault.first..=fault.last).contains(&n).then_some(fault.what)
        })
    }
}

fn fault(text: &str) -> Result<Fault, String> {
    let wrong = |what: &str| format!("HARK_NPU_FAULT has {text:?}: {what}");
    let number = |text: &str| text.parse().ok().filter(|n| *n > 0).ok_or_else(|| wrong("no such number"));
    let (what, from) = text.split_once('@').unwrap_or((text, "1"));
    let words: Vec<&str> = what.split(':').collect();
    let (what, place, nth) = match words[..] {
        ["wrong", "run"] => (What::Wrong(Wrong::Values), "run", None),
        ["swap", "run"] => (What::Wrong(Wrong::Places), "run", None),
        ["slow", factor] => (What::Slow(factor.parse().map_err(|_| wrong("no such number"))?), "run", None),
        ["error", place, status, ref nth @ ..] => {
            let status = parse_status(status).ok_or_else(|| wrong("no such status"))?;
            (What::Error(status), place, Some(nth))
        }
        [name, place, ref nth @ ..] => {
            let what = match name {
                "hang" => What::Hang,
                "abort" => What::Abort,
                "segfault" => What::Segfault,
                "throw" => What::Throw,
                _ => return Err(wrong("no such fault")),
            };
            (what, place, Some(nth))
        }
        _ => return Err(wrong("no such fault")),
    };
    let (first, last) = match nth {
        Some(&[nth]) => (number(nth)?, number(nth)?),
        Some(&[]) | None => (number(from)?, u64::MAX),
        Some(_) => return Err(wrong("more than a fault")),
    };
    let places = places(place).ok_or_else(|| wrong("no such call"))?;
    Ok(Fault { what, places, first, last, passed: AtomicU64::new(0) })
}

fn parse_status(text: &str) -> Option<Status> {
    let number: i32 = text.parse().ok()?;
    Status::ALL.into_iter().find(|status| *status as i32 == number)
}

fn places(name: &str) -> Option<Vec<Where>> {
    let calls: &[Call] = match name {
        "run" => return Some(vec![Where::Commands]),
        "open" => &[Call::DeviceOpen],
        "context" => &[Call::CtxOpen, Call::CtxOpenElf],
        "close" => &[Call::CtxClose, Call::DeviceClose],
        name => {
            return Call::ALL.iter().find(|call| call.name() == name).map(|call| vec![Where::Call(*call)]);
        }
    };
    Some(calls.iter().map(|call| Where::Call(*call)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_happens_where_and_when_it_says() {
        let faults = Faults::parse("hang:open, error:bo_alloc:6:2,slow:50@3,throw:close:1").unwrap();
        assert_eq!(faults.at_call(Call::DeviceOpen), Some(What::Hang));
        let allocations: Vec<_> = (0..3).map(|_| faults.at_call(Call::BoAlloc)).collect();
        assert_eq!(allocations, [None, Some(What::Error(Status::Memory)), None]);
        let commands: Vec<_> = (0..4).map(|_| faults.at_command()).collect();
        assert_eq!(commands, [vec![], vec![], vec![What::Slow(50)], vec![What::Slow(50)]]);
        assert_eq!(faults.at_call(Call::CtxClose), Some(What::Throw));
        assert_eq!(faults.at_call(Call::DeviceClose), None);
        assert_eq!(faults.at_call(Call::BoSync), None);
    }

    #[test]
    fn every_call_can_throw_and_nonsense_is_refused() {
        for call in Call::ALL {
            let faults = Faults::parse(&format!("throw:{}", call.name())).unwrap();
            assert_eq!(faults.at_call(*call), Some(What::Throw));
        }
        assert!(Faults::parse("").unwrap().0.is_empty());
        for text in [
            "hang",
            "hang:nowhere",
            "hang:open:1:2",
            "melt:open",
            "wrong:run:1",
            "wrong:open",
            "swap:open",
            "error:open",
            "error:open:0",
            "error:open:13",
            "slow:x",
        ] {
            assert!(Faults::parse(text).unwrap_err().contains(text));
        }
        assert!(Faults::parse("hang:run@0").is_err() && Faults::parse("error:open:2:0").is_err());
    }
}
