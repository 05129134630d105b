//! When a sending is allowed.

use super::calendar::{day, week};
use super::rule::{Limits, Period, Rule, drawn};
use super::scope::{Scope, Sending, Which};
use jiff::{SignedDuration, Timestamp};

/// What an account has sent. Everything counts that may have been sent; what was refused, rejected or
/// provably not sent does not.
pub trait History {
    /// Why the past could not be looked at.
    type Error;

    /// The moment of the `n`-th latest sending of a scope, counted from 1; nothing when there are fewer.
    ///
    /// # Errors
    ///
    /// When the past cannot be read.
    fn latest(&self, scope: &Scope, n: u32) -> Result<Option<Timestamp>, Self::Error>;
}

/// Not before a moment, and by which rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delay {
    /// When it is allowed, if nothing else is sent before.
    pub until: Timestamp,
    /// Why, in a sentence.
    pub why: String,
}

/// How often hours may send each other on. Two kinds of hours that meet at all do so within a week or, where a
/// zone changes its clock between them, within a few.
const ROUNDS: usize = 100;

/// When a sending is allowed by some limits: nothing when it is allowed at its moment.
///
/// Several rules may hold it back; the one that does so longest is named. Hours come last, because a moment
/// that the others allow can be a closed one.
///
/// # Errors
///
/// When the past cannot be read.
pub fn earliest<H: History + ?Sized>(
    limits: &Limits,
    sending: &Sending,
    history: &H,
) -> Result<Option<Delay>, H::Error> {
    let mut delay: Option<Delay> = None;
    let rules = || limits.0.iter().filter(|rule| rule.of().holds(sending));
    for rule in rules() {
        let until = until(rule, sending, history)?.unwrap_or(sending.at);
        if until > delay.as_ref().map_or(sending.at, |delay| delay.until) {
            delay = Some(Delay { until, why: rule.to_string() });
        }
    }
    // What one kind of hours opens, another may close; those that never meet let nothing through.
    let mut moment = delay.as_ref().map_or(sending.at, |delay| delay.until);
    for round in 0.. {
        let opens = rules().filter_map(|rule| match rule {
            Rule::During { hours, .. } => Some((hours.open_from(moment).unwrap_or(Timestamp::MAX), rule)),
            _ => None,
        });
        let Some((opens, rule)) = opens.max_by_key(|(opens, _)| *opens).filter(|(opens, _)| *opens > moment)
        else {
            break;
        };
        moment = if round < ROUNDS { opens } else { Timestamp::MAX };
        delay = Some(Delay { until: moment, why: rule.to_string() });
        if moment == Timestamp::MAX {
            break;
        }
    }
    Ok(delay)
}

impl Limits {
    /// The first moment, not before this one, at which the hours of all writes are open;
    /// [`Timestamp::MAX`](jiff::Timestamp::MAX) where they never are. Hours of single endpoints do not count.
    pub fn open_from(&self, moment: Timestamp) -> Timestamp {
        let hours = || {
            self.0.iter().filter_map(|rule| match rule {
                Rule::During { of: Which::All | Which::Writes, hours } => Some(hours),
                _ => None,
            })
        };
        let mut open = moment;
        for _ in 0..ROUNDS {
            let latest = hours().map(|hours| hours.open_from(open).unwrap_or(Timestamp::MAX)).max();
            match latest {
                Some(latest) if latest > open => open = latest,
                _ => return open,
            }
        }
        Timestamp::MAX
    }
}

fn until<H: History + ?Sized>(
    rule: &Rule,
    sending: &Sending,
    history: &H,
) -> Result<Option<Timestamp>, H::Error> {
    match rule {
        Rule::AtMost { most: 0, .. } => Ok(Some(Timestamp::MAX)),
        Rule::AtMost { most, of, per } => {
            let Some(oldest) = history.latest(&Scope::of(of.clone()), *most)? else { return Ok(None) };
            Ok(frees(per, oldest, sending.at))
        }
        Rule::Apart { of, least, jitter } => {
            let before = history.latest(&Scope::of(of.clone()), 1)?;
            let pause = |before| SignedDuration::from_secs(i64::from(*least)) + drawn(*jitter, before);
            Ok(before.map(|before| later(before, pause(before))))
        }
        Rule::Gap { of, hours } => {
            let Some(person) = &sending.person else { return Ok(None) };
            let scope = Scope { which: of.clone(), person: Some(person.clone()) };
            let before = history.latest(&scope, 1)?;
            Ok(before.map(|before| later(before, SignedDuration::from_hours(i64::from(*hours)))))
        }
        Rule::During { .. } => Ok(None),
    }
}

/// When a period has room again, of which the oldest sending that counts is known. Nothing when it has room.
fn frees(per: &Period, oldest: Timestamp, now: Timestamp) -> Option<Timestamp> {
    let of_calendar = |span: Option<(Timestamp, Timestamp)>| match span {
        Some((begins, ends)) if oldest >= begins => Some(ends),
        _ => None,
    };
    match per {
        Period::Hours(hours) => Some(later(oldest, SignedDuration::from_hours(i64::from(*hours)))),
        // A clock that was set back must not empty a day: what lies ahead counts for the day it lies in.
        Period::Day(zone) => of_calendar(day(now.max(oldest), zone)),
        Period::Week(zone) => of_calendar(week(now.max(oldest), zone)),
    }
}

impl Period {
    /// Whether a sending of a moment counts in the period that it is now.
    pub fn holds(&self, moment: Timestamp, now: Timestamp) -> bool {
        frees(self, moment, now).is_some_and(|frees| frees > now)
    }
}

fn later(moment: Timestamp, by: SignedDuration) -> Timestamp {
    moment.checked_add(by).unwrap_or(Timestamp::MAX)
}

/// A list of sendings is a history, the simplest one.
impl History for [Sending] {
    type Error = std::convert::Infallible;

    fn latest(&self, scope: &Scope, n: u32) -> Result<Option<Timestamp>, Self::Error> {
        let mut moments: Vec<_> =
            self.iter().filter(|sending| scope.holds(sending)).map(|sending| sending.at).collect();
        moments.sort_unstable_by(|a, b| b.cmp(a));
        Ok(n.checked_sub(1).and_then(|at| moments.get(at as usize).copied()))
    }
}
