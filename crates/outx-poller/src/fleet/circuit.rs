//! When a whole origin is down, nobody asks it but a probe now and then: a pure law.

use crate::moment::later;
use crate::source::Seen;
use jiff::Timestamp;
use std::time::Duration;

/// When an origin counts as down, and how often it is tried then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CircuitLaw {
    /// After so many failures in a row, over all tasks. At least one.
    pub failures: u32,
    /// From the last of them to the first probe; twice as long after each probe that fails,
    pub pause: Duration,
    /// but never longer than this.
    pub longest: Duration,
}

impl Default for CircuitLaw {
    /// Ten failures, the first probe after 5 s, at most a minute from one to the next.
    fn default() -> Self {
        Self { failures: 10, pause: Duration::from_secs(5), longest: Duration::from_mins(1) }
    }
}

/// The circuit of one origin: closed while answers come; open after a row of failures, when nothing is asked; and half
/// open while one probe is on its way, which closes or opens it again. It decides and does nothing else.
///
/// ```
/// use jiff::{Timestamp, ToSpan};
/// use outx_poller::{Circuit, CircuitLaw};
///
/// let mut circuit = Circuit::new(CircuitLaw { failures: 2, ..CircuitLaw::default() });
/// let now = Timestamp::UNIX_EPOCH;
/// assert!(!circuit.failed(false, now) && circuit.is_closed());
/// assert!(circuit.failed(false, now) && !circuit.is_closed());
///
/// // After the pause one probe may go, and no second one beside it.
/// let then = circuit.probe_at().unwrap();
/// assert_eq!(then, now + 5.seconds());
/// assert!(circuit.probe(then) && !circuit.probe(then));
/// circuit.answered();
/// assert!(circuit.is_closed());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Circuit {
    law: CircuitLaw,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Closed {
        /// In a row.
        failures: u32,
    },
    Open {
        until: Timestamp,
        /// How many probes have failed.
        probes: u32,
    },
    HalfOpen {
        probes: u32,
    },
}

impl Circuit {
    /// A closed circuit.
    pub fn new(law: CircuitLaw) -> Self {
        Self { law, state: State::Closed { failures: 0 } }
    }

    /// True while everybody may ask.
    pub fn is_closed(&self) -> bool {
        matches!(self.state, State::Closed { .. })
    }

    /// When the next probe may go; nothing while the circuit is closed, or a probe is on its way.
    pub fn probe_at(&self) -> Option<Timestamp> {
        match self.state {
            State::Open { until, .. } => Some(until),
            State::Closed { .. } | State::HalfOpen { .. } => None,
        }
    }

    /// Sends a probe, if one may go now: true for whoever asks first.
    pub fn probe(&mut self, now: Timestamp) -> bool {
        match self.state {
            State::Open { until, probes } if until <= now => {
                self.state = State::HalfOpen { probes };
                true
            }
            _ => false,
        }
    }

    /// Somebody was answered: the origin is there.
    pub fn answered(&mut self) {
        self.state = State::Closed { failures: 0 };
    }

    /// Somebody was not. True if that opened the circuit, for the first time or again. What was asked before it opened
    /// and fails later changes nothing; `was_probe` tells it from the probe.
    pub fn failed(&mut self, was_probe: bool, now: Timestamp) -> bool {
        let probes = match self.state {
            State::Closed { failures } if failures.saturating_add(1) < self.law.failures => {
                self.state = State::Closed { failures: failures + 1 };
                return false;
            }
            State::Closed { .. } => 0,
            State::HalfOpen { probes } if was_probe => probes.saturating_add(1),
            State::HalfOpen { .. } | State::Open { .. } => return false,
        };
        let grown = self.law.pause.saturating_mul(1 << probes.min(16));
        let pause = grown.min(self.law.longest.max(self.law.pause));
        self.state = State::Open { until: later(now, pause), probes };
        true
    }

    /// A probe came to nothing that tells of the origin, so that another one may go.
    pub fn inconclusive(&mut self, now: Timestamp) {
        if let State::HalfOpen { probes } = self.state {
            self.state = State::Open { until: now, probes };
        }
    }
}

/// What a poll tells of the origin: whether it is there, or nothing.
pub(super) fn is_there<O>(seen: &Seen<O>) -> Option<bool> {
    match seen {
        Seen::Unaskable(_) => None,
        Seen::Unanswered(_) | Seen::Unreadable(_) => Some(false),
        _ => Some(true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Against a plain account of what happened, whatever happens.
        #[test]
        fn it_is_open_after_a_row_of_failures_and_never_lets_two_probes_go(
            failures in 1..5_u32,
            steps in prop::collection::vec((0..5_u8, 0..20_000_u64), 0..200),
        ) {
            let law = CircuitLaw { failures, ..CircuitLaw::default() };
            let (mut circuit, mut now) = (Circuit::new(law), Timestamp::UNIX_EPOCH);
            let (mut row, mut probing, mut opened, mut pause) = (0_u32, false, None, law.pause);
            for (what, wait) in steps {
                now = later(now, Duration::from_millis(wait));
                let closed = circuit.is_closed();
                match what {
                    0 => {
                        circuit.answered();
                        (row, probing, opened, pause) = (0, false, None, law.pause);
                    }
                    1 | 2 => {
                        let opens = circuit.failed(false, now);
                        if closed {
                            row += 1;
                            prop_assert_eq!(opens, row >= failures);
                            opened = opens.then_some(now);
                        } else {
                            prop_assert!(!opens, "a straggler changes nothing");
                        }
                    }
                    3 => {
                        let may = opened.is_some_and(|opened| now >= later(opened, pause)) && !probing;
                        prop_assert_eq!(circuit.probe(now), may);
                        probing |= may;
                    }
                    _ if probing => {
                        prop_assert!(circuit.failed(true, now));
                        (probing, opened, pause) = (false, Some(now), (pause * 2).min(law.longest));
                    }
                    _ => {}
                }
                prop_assert_eq!(circuit.is_closed(), opened.is_none());
                let next = opened.filter(|_| !probing).map(|opened| later(opened, pause));
                prop_assert_eq!(circuit.probe_at(), next);
            }
        }
    }
}
