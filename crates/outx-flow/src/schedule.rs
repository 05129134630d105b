//! When a workflow is started by itself.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use outx_model::{AccountId, ContentHash};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::run::RunId;

/// When a workflow is started by itself, as its file says it.
#[derive(Debug, Clone)]
pub struct Schedule {
    times: cronexpr::Crontab,
    /// What becomes of starts that nobody made in time, because no process served then.
    pub catch_up: CatchUp,
    /// What becomes of a start while the run before has not ended.
    pub overlap: Overlap,
}

/// What becomes of starts that nobody made in time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum CatchUp {
    /// The latest of them is made late.
    #[default]
    Latest,
    /// All of them are made late, up to [`Schedule::MOST_LATE`].
    All,
    /// None of them.
    None,
}

/// What becomes of a start while the run before has not ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Overlap {
    /// It is left out.
    #[default]
    Skip,
    /// It is made when that run has ended.
    Wait,
    /// It is made all the same.
    Allow,
}

/// Which starts are to be made, and when to look again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Starts {
    /// The moments that they belong to, oldest first.
    pub now: Vec<Timestamp>,
    /// The next moment after them; nothing where there is none within four years.
    pub next: Option<Timestamp>,
}

impl Schedule {
    /// A start is in time for so long after its moment.
    pub const IN_TIME: SignedDuration = SignedDuration::from_mins(1);
    /// So many starts at most are made up for.
    pub const MOST_LATE: usize = 100;

    /// From the five fields of a crontab, in a time zone by its IANA name.
    ///
    /// # Errors
    ///
    /// A sentence for people, when it is no such thing, or names no moment of the next four years.
    pub fn new(cron: &str, time_zone: &str, catch_up: CatchUp, overlap: Overlap) -> Result<Self, String> {
        if cron.split_whitespace().count() != 5 {
            return Err(format!(
                "`{cron}` is no schedule: it has five fields, minute hour day month weekday, such as `0 7 * * 1-5`"
            ));
        }
        if TimeZone::get(time_zone).is_err() {
            return Err(format!("`{time_zone}` is no time zone; write one such as Europe/Oslo"));
        }
        let times = cronexpr::parse_crontab(&format!("{cron} {time_zone}")).map_err(|error| {
            format!("`{cron}` in `{time_zone}` is no schedule: {}", last_line(&error.to_string()))
        })?;
        let schedule = Self { times, catch_up, overlap };
        match schedule.next_after(Timestamp::UNIX_EPOCH) {
            Some(_) => Ok(schedule),
            None => Err(format!("`{cron}` never comes")),
        }
    }

    /// The first moment after another; nothing where there is none within four years.
    pub fn next_after(&self, moment: Timestamp) -> Option<Timestamp> {
        let from = cronexpr::MakeTimestamp::from_second(moment.as_second()).ok()?;
        let next = self.times.find_next(from).ok()?;
        Timestamp::from_second(next.timestamp().as_second()).ok()
    }

    /// Which starts are to be made now, when the next one was to be at `planned`.
    pub fn starts(&self, planned: Timestamp, now: Timestamp) -> Starts {
        let mut missed = Vec::new();
        let mut next = Some(planned);
        while let Some(moment) = next.filter(|moment| *moment <= now) {
            missed.push(moment);
            // After years without anybody the last ones count.
            if missed.len() > Self::MOST_LATE {
                missed.remove(0);
            }
            next = self.next_after(moment);
        }
        let in_time = |moment: &Timestamp| now.duration_since(*moment) <= Self::IN_TIME;
        match self.catch_up {
            CatchUp::All => {}
            CatchUp::Latest => missed = missed.pop().into_iter().collect(),
            CatchUp::None => missed = missed.pop().filter(in_time).into_iter().collect(),
        }
        Starts { now: missed, next }
    }
}

/// A workflow with its inputs that is started by itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scheduled {
    /// Its name, which is the workflow's.
    pub name: String,
    /// The name of the file, for messages.
    pub file: String,
    /// The file's text, as it was when it was scheduled.
    pub text: String,
    /// The inputs, checked and completed.
    pub inputs: Value,
    /// The folder that relative paths start from.
    pub folder: String,
    /// The account that it runs under; nothing for an emulated one, each of whose runs is its own.
    pub account: Option<AccountId>,
    /// The run that was started last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_run: Option<RunId>,
}

impl Scheduled {
    /// The id of the run that belongs to a moment: always the same, so that no start is made twice.
    pub fn run_id(&self, moment: Timestamp) -> RunId {
        let hash = ContentHash::of_bytes(format!("{}\n{moment}", self.name).as_bytes()).to_string();
        RunId::new(format!("s{}", &hash[..10]))
    }
}

/// The library draws the place; the reason stands last.
fn last_line(text: &str) -> &str {
    text.lines()
        .rev()
        .map(|line| line.trim().trim_start_matches('^').trim())
        .find(|line| !line.is_empty())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn daily(catch_up: CatchUp) -> Schedule {
        Schedule::new("0 7 * * 1-5", "Europe/Oslo", catch_up, Overlap::Skip).unwrap()
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn moments_follow_the_clock_on_the_wall_through_the_change_to_summer_time() {
        // Friday; the clock changes on Sunday the 29th.
        let schedule = daily(CatchUp::Latest);
        let friday = schedule.next_after(at("2026-03-27T00:00:00Z")).unwrap();
        assert_eq!(friday, at("2026-03-27T06:00:00Z"));
        assert_eq!(schedule.next_after(friday), Some(at("2026-03-30T05:00:00Z")));
    }

    #[test]
    fn what_was_missed_is_made_up_for_as_the_file_says() {
        let (planned, now) = (at("2026-03-02T06:00:00Z"), at("2026-03-04T12:00:00Z"));
        let starts = |catch_up| daily(catch_up).starts(planned, now);
        let next = Some(at("2026-03-05T06:00:00Z"));
        let days = |days: &[&str]| {
            days.iter().map(|day| at(&format!("2026-03-{day}T06:00:00Z"))).collect::<Vec<_>>()
        };
        assert_eq!(starts(CatchUp::All), Starts { now: days(&["02", "03", "04"]), next });
        assert_eq!(starts(CatchUp::Latest), Starts { now: days(&["04"]), next });
        assert_eq!(starts(CatchUp::None), Starts { now: vec![], next });
        // In time it is none that was missed.
        let just = daily(CatchUp::None).starts(planned, at("2026-03-02T06:00:30Z"));
        assert_eq!(just.now, days(&["02"]));
        assert_eq!(daily(CatchUp::All).starts(planned, at("2026-03-02T05:59:59Z")).now, []);
    }

    #[test]
    fn what_is_no_schedule_is_refused_with_a_reason() {
        for (cron, zone) in [("* * * *", "UTC"), ("0 7 * * 1-5 UTC", "UTC"), ("61 * * * *", "UTC")] {
            let error = Schedule::new(cron, zone, CatchUp::Latest, Overlap::Skip).unwrap_err();
            assert!(error.contains("is no schedule"), "{error}");
        }
        let error = Schedule::new("0 7 * * *", "Mars/Base", CatchUp::Latest, Overlap::Skip).unwrap_err();
        assert!(error.contains("`Mars/Base` is no time zone"), "{error}");
        let error = Schedule::new("0 0 31 2 *", "UTC", CatchUp::Latest, Overlap::Skip).unwrap_err();
        assert!(error.contains("never comes"), "{error}");
    }
}
