//! The rules, as data.

use super::calendar::Hours;
use super::scope::Which;
use super::written::Written;
use jiff::SignedDuration;
use jiff::tz::TimeZone;
use outx_model::ContentHash;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Rules that must all hold.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Limits(pub Vec<Rule>);

/// One rule of an account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(into = "Written", try_from = "Written")]
pub enum Rule {
    /// At most so many in a period.
    AtMost {
        /// How many.
        most: u32,
        /// Of what.
        of: Which,
        /// In which period.
        per: Period,
    },
    /// Each at least so long after the one before.
    Apart {
        /// What is kept apart.
        of: Which,
        /// How long at least, in seconds.
        least: u32,
        /// Up to so many seconds more, drawn anew for each.
        jitter: u32,
    },
    /// Two to the same person at least so long apart.
    Gap {
        /// What is kept apart.
        of: Which,
        /// How long at least, in hours.
        hours: u32,
    },
    /// Only at these hours.
    During {
        /// What is held back at other hours.
        of: Which,
        /// The hours.
        hours: Hours,
    },
}

/// The time over which a rule counts.
#[derive(Debug, Clone, PartialEq)]
pub enum Period {
    /// The last so many hours, at any moment.
    Hours(u32),
    /// A day of the calendar in this time zone, by its IANA name.
    Day(Zone),
    /// A week of the calendar, from Monday, in this time zone.
    Week(Zone),
}

/// A time zone by its IANA name, such as `Europe/Oslo`; one that this machine does not know cannot be read.
#[derive(Debug, Clone, PartialEq)]
pub struct Zone(TimeZone);

impl Zone {
    /// The zone itself.
    pub fn get(&self) -> &TimeZone {
        &self.0
    }

    /// Its name; `UTC` where it has none.
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }
}

impl From<TimeZone> for Zone {
    fn from(zone: TimeZone) -> Self {
        Self(zone)
    }
}

impl Serialize for Zone {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Zone {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let name = String::deserialize(from)?;
        TimeZone::get(&name).map(Self).map_err(|_| {
            serde::de::Error::custom(format!("`{name}` is no time zone; write one such as Europe/Oslo"))
        })
    }
}

impl Limits {
    /// No rule at all.
    pub fn none() -> Self {
        Self::default()
    }

    /// These and others, all of which must hold. It never loosens.
    pub fn and(&self, others: &Self) -> Self {
        Self(self.0.iter().chain(&others.0).cloned().collect())
    }
}

impl Rule {
    /// What it is about.
    pub fn of(&self) -> &Which {
        match self {
            Self::AtMost { of, .. }
            | Self::Apart { of, .. }
            | Self::Gap { of, .. }
            | Self::During { of, .. } => of,
        }
    }
}

/// How much longer than the least a pause is: by a draw from the moment of the one before, so that everybody
/// who asks is told the same, and the next pause is another.
pub(super) fn drawn(jitter: u32, before: jiff::Timestamp) -> SignedDuration {
    let hash = ContentHash::of_bytes(before.as_nanosecond().to_string().as_bytes());
    let seconds = u64::from(jitter);
    let milliseconds = if seconds == 0 { 0 } else { hash.seed() % (seconds * 1_000 + 1) };
    SignedDuration::from_millis(i64::try_from(milliseconds).unwrap_or(0))
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtMost { most, of, per } => write!(f, "at most {most} {of} {per}"),
            Self::Apart { of, least, jitter: 0 } => write!(f, "{of} at least {least} s apart"),
            Self::Apart { of, least, jitter } => {
                write!(f, "{of} {least} to {} s apart", u64::from(*least) + u64::from(*jitter))
            }
            Self::Gap { of, hours } => write!(f, "{of} to one person at least {hours} h apart"),
            Self::During { of, hours } => write!(f, "{of} {hours} only"),
        }
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hours(1) => f.write_str("in an hour"),
            Self::Hours(24) => f.write_str("in 24 hours"),
            Self::Hours(hours) if hours % 24 == 0 => write!(f, "in {} days", hours / 24),
            Self::Hours(hours) => write!(f, "in {hours} hours"),
            Self::Day(zone) => write!(f, "a day ({})", zone.name()),
            Self::Week(zone) => write!(f, "a week ({})", zone.name()),
        }
    }
}
