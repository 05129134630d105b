//! Days, weeks and hours of a calendar.

use super::rule::Zone;
use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{Timestamp, ToSpan};
use std::fmt;

/// Hours of the week at which something is done. The day's last moment is not among them.
#[derive(Debug, Clone, PartialEq)]
pub struct Hours {
    /// The days.
    pub days: Vec<Weekday>,
    /// From this time of the day.
    pub from: Time,
    /// To this time of the day; a night, where it is before `from`, belongs to the day on which it begins.
    pub to: Time,
    /// Where.
    pub time_zone: Zone,
}

/// How many days are looked at for an open hour. A week and two days reach every weekday's whole night.
const DAYS: i32 = 9;

impl Hours {
    /// The first open moment that is not before this one; nothing where there is none.
    pub fn open_from(&self, moment: Timestamp) -> Option<Timestamp> {
        let local = self.time_zone.get().to_datetime(moment);
        // The night of the day before may not have ended.
        let first = local.date().checked_sub(1.day()).ok()?;
        (0..=DAYS).filter_map(|days| self.span_of(first.checked_add(days.days()).ok()?)).find_map(
            |(opens, closes)| {
                let begins = opens.max(moment);
                (begins < closes).then_some(begins)
            },
        )
    }

    /// When the hours that begin on a day begin and end.
    fn span_of(&self, date: Date) -> Option<(Timestamp, Timestamp)> {
        if !self.days.contains(&date.weekday()) {
            return None;
        }
        let zone = self.time_zone.get();
        // A beginning that a change of the clock skips or repeats is taken as jiff takes it: the later, the earlier.
        let opens = zone.to_timestamp(date.to_datetime(self.from)).ok()?;
        let night = self.to <= self.from;
        let last = if night { date.checked_add(1.day()).ok()? } else { date };
        Some((opens, end_of(zone, last.to_datetime(self.to))?))
    }
}

/// When hours end. Of a time that the clock shows twice it is the first; one that it skips has passed when it skips it:
/// hours until half past two are over when the clock jumps from two to three.
fn end_of(zone: &TimeZone, local: DateTime) -> Option<Timestamp> {
    let ambiguous = zone.to_ambiguous_timestamp(local);
    if !matches!(ambiguous.offset(), AmbiguousOffset::Gap { .. }) {
        return ambiguous.compatible().ok();
    }
    let before = ambiguous.earlier().ok()?;
    zone.following(before).next().map(|change| change.timestamp())
}

/// When the calendar day of a moment began, and when the next one begins.
pub(super) fn day(moment: Timestamp, zone: &Zone) -> Option<(Timestamp, Timestamp)> {
    span(zone.get().to_datetime(moment).date(), 1, zone)
}

/// When the week of a moment began, on Monday, and when the next one begins.
pub(super) fn week(moment: Timestamp, zone: &Zone) -> Option<(Timestamp, Timestamp)> {
    let date = zone.get().to_datetime(moment).date();
    let since = i64::from(date.weekday().to_monday_zero_offset());
    span(date.checked_sub(since.days()).ok()?, 7, zone)
}

fn span(first: Date, days: i64, zone: &Zone) -> Option<(Timestamp, Timestamp)> {
    let begins = |date: Date| zone.get().to_timestamp(date.to_datetime(Time::midnight())).ok();
    Some((begins(first)?, begins(first.checked_add(days.days()).ok()?)?))
}

const NAMES: [(Weekday, &str); 7] = [
    (Weekday::Monday, "mon"),
    (Weekday::Tuesday, "tue"),
    (Weekday::Wednesday, "wed"),
    (Weekday::Thursday, "thu"),
    (Weekday::Friday, "fri"),
    (Weekday::Saturday, "sat"),
    (Weekday::Sunday, "sun"),
];

/// A day's name in three letters.
pub(super) fn day_name(day: Weekday) -> &'static str {
    NAMES[usize::try_from(day.to_monday_zero_offset()).unwrap_or(0)].1
}

impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let days: Vec<_> = self.days.iter().map(|day| day_name(*day)).collect();
        let (from, to) = (self.from.strftime("%H:%M"), self.to.strftime("%H:%M"));
        write!(f, "{} {from} to {to} ({})", days.join(", "), self.time_zone.name())
    }
}

/// The day of a name in three letters.
pub(super) fn read_day(text: &str) -> Result<Weekday, String> {
    let known = NAMES.iter().find(|(_, name)| text.eq_ignore_ascii_case(name));
    known.map(|(day, _)| *day).ok_or_else(|| {
        let all = NAMES.map(|(_, name)| name).join(", ");
        format!("`{text}` is no weekday; write one of {all}")
    })
}
