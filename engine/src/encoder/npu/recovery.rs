//! What a fault cost the window that was under way: read off the moments around the device.

use super::fault::FaultKind;
use super::stamps::{Moment, Stamp};
use serde::{Deserialize, Serialize};

/// How a fault was overcome. Times in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recovery {
    /// The fault.
    pub kind: FaultKind,
    /// From the last sign of life of a device that was at work or being opened to the moment at which the fault was
    /// noticed; `None` if it was not. The fault itself is somewhere in between.
    pub noticed_ms: Option<f64>,
    /// From there until the worker was gone or left behind.
    pub ended_ms: Option<f64>,
    /// From the moment at which the fault was noticed to the CPU's states of the windows that were wanted then or next.
    pub states_ms: Option<f64>,
}

/// The faults in a trace, oldest first.
pub fn recoveries(trace: &[Stamp]) -> Vec<Recovery> {
    let mut found: Vec<Recovery> = Vec::new();
    // What the device owes somebody, and its last sign of life.
    let (mut owed, mut alive) = (0, 0.0);
    // When the last of the faults were noticed, as long as no states have come since.
    let mut noticed: Vec<f64> = Vec::new();
    for stamp in trace {
        let now = stamp.at.seconds() * 1e3;
        match stamp.moment {
            Moment::Enters { .. } => (owed, alive) = (1, now),
            Moment::Opened => owed = 0,
            Moment::Asked { windows } => (owed, alive) = (windows, now),
            Moment::Encoded { .. } => (owed, alive) = (owed.saturating_sub(1), now),
            Moment::Failed { kind } => {
                let noticed_ms = (std::mem::take(&mut owed) > 0).then_some(now - alive);
                noticed.push(now);
                found.push(Recovery { kind, noticed_ms, ended_ms: None, states_ms: None });
            }
            Moment::Ended { .. } => {
                if let (Some(last), Some(noticed)) = (found.last_mut(), noticed.last()) {
                    last.ended_ms = Some(now - noticed);
                }
            }
            Moment::EncodedOnCpu { .. } => {
                let overcome = found.iter_mut().rev().zip(noticed.drain(..).rev());
                overcome.for_each(|(fault, noticed)| fault.states_ms = Some(now - noticed));
            }
            Moment::DecodingBegins => noticed.clear(),
            Moment::Waits | Moment::DecodingEnds => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoder::npu::call::Call;
    use crate::metrics::WallTime;

    fn of(moments: &[(f64, Moment)]) -> Vec<Recovery> {
        let stamp = |(ms, moment): &(f64, Moment)| Stamp { at: WallTime(ms / 1e3), moment: *moment };
        let mut found = recoveries(&moments.iter().map(stamp).collect::<Vec<_>>());
        // Milliseconds went through seconds.
        let round = |ms: &mut Option<f64>| *ms = ms.map(f64::round);
        found.iter_mut().for_each(|r| {
            [&mut r.noticed_ms, &mut r.ended_ms, &mut r.states_ms].into_iter().for_each(round);
        });
        found
    }

    #[test]
    fn a_fault_is_timed_from_the_last_sign_of_life_to_the_states() {
        let moments = [
            (0.0, Moment::Asked { windows: 2 }),
            (1.0, Moment::Waits),
            (40.0, Moment::Encoded { window: 0, device_ms: 30.0 }),
            (2040.0, Moment::Failed { kind: FaultKind::Hung }),
            (2050.0, Moment::Ended { stuck: false }),
            (2150.0, Moment::EncodedOnCpu { windows: 1 }),
            (2160.0, Moment::DecodingBegins),
            (2300.0, Moment::EncodedOnCpu { windows: 1 }),
        ];
        let expected = Recovery {
            kind: FaultKind::Hung,
            noticed_ms: Some(2000.0),
            ended_ms: Some(10.0),
            states_ms: Some(110.0),
        };
        assert_eq!(of(&moments), [expected]);
    }

    #[test]
    fn a_device_that_does_not_open_is_timed_from_the_call_that_it_was_in() {
        let moments = [
            (0.0, Moment::Enters { call: Call::Start }),
            (30.0, Moment::Enters { call: Call::Device }),
            (2030.0, Moment::Failed { kind: FaultKind::Hung }),
            (2040.0, Moment::Ended { stuck: false }),
            (2050.0, Moment::Enters { call: Call::Start }),
            (2055.0, Moment::Failed { kind: FaultKind::Died }),
            (2056.0, Moment::Ended { stuck: false }),
            (2340.0, Moment::EncodedOnCpu { windows: 1 }),
        ];
        let recovery = |kind, noticed, ended, states| Recovery {
            kind,
            noticed_ms: Some(noticed),
            ended_ms: Some(ended),
            states_ms: Some(states),
        };
        let expected =
            [recovery(FaultKind::Hung, 2000.0, 10.0, 310.0), recovery(FaultKind::Died, 5.0, 1.0, 285.0)];
        assert_eq!(of(&moments), expected);
    }

    #[test]
    fn one_that_comes_while_nobody_waits_costs_no_window() {
        let moments = [
            (-2.0, Moment::Enters { call: Call::Check }),
            (-1.0, Moment::Opened),
            (0.0, Moment::Asked { windows: 1 }),
            (9.0, Moment::Encoded { window: 0, device_ms: 8.0 }),
            (10.0, Moment::DecodingBegins),
            (20.0, Moment::DecodingEnds),
            (50.0, Moment::Failed { kind: FaultKind::Died }),
            (51.0, Moment::Ended { stuck: true }),
            (60.0, Moment::DecodingBegins),
            (90.0, Moment::EncodedOnCpu { windows: 1 }),
        ];
        let expected =
            Recovery { kind: FaultKind::Died, noticed_ms: None, ended_ms: Some(1.0), states_ms: None };
        assert_eq!(of(&moments), [expected]);
        assert!(of(&[]).is_empty() && of(&moments[8..]).is_empty());
    }
}
