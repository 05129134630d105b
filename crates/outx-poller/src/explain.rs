//! Why a task is polled when it is: a law and its schedule, told to people.

use crate::law::Statistics;
use crate::policy::Pattern;
use crate::schedule::{Expected, Schedule, expected};
use std::fmt;
use std::time::Duration;

/// So many of the next polls are told.
const POLLS: usize = 8;
/// The plot has so many lines,
const LINES: u32 = 20;
/// and its longest bar so many blocks.
const BLOCKS: f64 = 40.0;

/// What there is to tell of a schedule: the law, the next polls and why, and what it comes to against what OutX documents.
///
/// All of it is computed; nothing is read. Its text ([`fmt::Display`]) is for people, its fields for programs.
///
/// ```
/// use outx_poller::explain::Explanation;
/// use outx_poller::law::{Law, Statistics};
/// use outx_poller::schedule::{Aim, Bounds, Schedule};
/// use std::time::Duration;
///
/// let schedule = Schedule::new(&Law::prior(), Aim::default(), Bounds::default());
/// let told = Explanation::new(&schedule, Duration::ZERO, Duration::from_mins(5), &Statistics::new());
/// assert!(told.schedule.cost(0.407) < told.documented.cost(0.407));
/// assert!(told.to_string().contains("first poll after 13.9 s"), "{told}");
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// The law's version; 0 is the prior, from which every endpoint begins.
    pub version: u32,
    /// How many samples the law was learned from.
    pub samples: u64,
    /// The ages by which 5, 50 and 95 in a hundred tasks have ended, where so many do.
    pub quantiles: [Option<Duration>; 3],
    /// The share (0 to 1) of the tasks that never end or take longer than nine hours.
    pub never: f64,
    /// How many seconds of waiting a poll is worth.
    pub poll_worth: f64,
    /// The age at which the task was last seen pending; zero for a new one.
    pub age: Duration,
    /// The next polls, eight at most.
    pub next: Vec<NextPoll>,
    /// What the schedule comes to for new tasks under the law.
    pub schedule: Expected,
    /// What OutX documents comes to under the law: 30 polls 5 s apart, the first at once.
    pub documented: Expected,
    /// What both come to over the tasks that were seen, where there were any.
    pub history: Option<History>,
    /// The law as it is drawn: shares that end by line of the plot.
    plot: Vec<Line>,
}

/// A poll that is to come, if the task is pending until then.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NextPoll {
    /// The task's age.
    pub age: Duration,
    /// The pause before it.
    pub pause: Duration,
    /// How probable it is (0 to 1) that it finds the end.
    pub finds: f64,
    /// How probable it is (0 to 1), as things stand, that it is needed: that no poll before finds the end.
    pub needed: f64,
}

/// What two patterns come to over the tasks that were seen. Their ends are known between two looks; within these they are
/// spread as the law says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct History {
    /// How many tasks.
    pub tasks: u64,
    /// By the schedule.
    pub schedule: Expected,
    /// By what OutX documents.
    pub documented: Expected,
}

/// One line of the plot.
#[derive(Debug, Clone, PartialEq)]
struct Line {
    from: Duration,
    share: f64,
    polls: Vec<Duration>,
}

impl Explanation {
    /// Explains a schedule for a task that was last seen pending at an age (zero for a new one) and is followed for so
    /// long, and holds it against what the samples of a history show.
    pub fn new(schedule: &Schedule, age: Duration, patience: Duration, history: &Statistics) -> Self {
        let law = schedule.law();
        let documented = || (0..Pattern::DOCUMENTED_POLLS).map(|n| Pattern::DOCUMENTED_EVERY * n);
        let history = history.law_of(law).map(|seen| History {
            tasks: history.samples(),
            schedule: schedule.expected(&seen, patience),
            documented: expected(&seen, documented()),
        });
        Self {
            version: law.version(),
            samples: law.samples(),
            quantiles: [0.05, 0.5, 0.95].map(|share| law.quantile(share)),
            never: law.never(),
            poll_worth: schedule.cost(),
            age,
            next: next_polls(schedule, age, patience),
            schedule: schedule.expected(law, patience),
            documented: expected(law, documented()),
            history,
            plot: plot(schedule, age, patience),
        }
    }
}

fn next_polls(schedule: &Schedule, age: Duration, patience: Duration) -> Vec<NextPoll> {
    let law = schedule.law();
    let alive = law.alive(age);
    let mut before = age;
    let mut next = Vec::new();
    while next.len() < POLLS && before < patience {
        let poll = schedule.after(before).min(patience);
        let needed = if alive > 0.0 { (law.alive(before) / alive).min(1.0) } else { 1.0 };
        let finds = law.ended_between(before, poll);
        next.push(NextPoll { age: poll, pause: poll.saturating_sub(before), finds, needed });
        before = poll;
    }
    next
}

/// From zero to the age by which nearly all have ended, in even steps.
fn plot(schedule: &Schedule, age: Duration, patience: Duration) -> Vec<Line> {
    let law = schedule.law();
    let nearly = law.quantile(0.98 * (1.0 - law.never())).unwrap_or(patience);
    let step = Duration::from_secs((nearly.as_secs() / u64::from(LINES) + 1).max(1));
    let polls: Vec<_> = std::iter::successors(Some(schedule.after(age)), |poll| Some(schedule.after(*poll)))
        .take_while(|poll| *poll <= patience)
        .take(1_000)
        .collect();
    let line = |n: u32| {
        let (from, to) = (step * n, step * (n + 1));
        let polls = polls.iter().copied().filter(|poll| (from..to).contains(poll)).collect();
        Line { from, share: law.done_by(to) - law.done_by(from), polls }
    };
    (0..LINES).map(line).collect()
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.version {
            0 => writeln!(f, "law 0: nothing was learned yet, so tasks are taken for usual ones")?,
            version => writeln!(f, "law {version}, learned from {} tasks", self.samples)?,
        }
        let [early, half, late] = self.quantiles.map(|age| age.map_or("never".to_owned(), seconds));
        writeln!(f, "half of the tasks end within {half}; 5% within {early}, 95% within {late}")?;
        if self.never >= 0.000_5 {
            writeln!(f, "{:.1}% never end", self.never * 100.0)?;
        }
        writeln!(f)?;
        self.draw(f)?;
        writeln!(f)?;
        if self.age.is_zero() {
            if let Some(first) = self.next.first() {
                writeln!(
                    f,
                    "first poll after {}, by when {:.0}% of the tasks have ended; before, it would mostly be in vain",
                    seconds(first.age),
                    first.finds * 100.0
                )?;
            }
        } else {
            writeln!(f, "pending at {}", seconds(self.age))?;
        }
        writeln!(
            f,
            "a poll is taken to be worth {:.3} s of waiting; so each comes when it is likely to pay:",
            self.poll_worth
        )?;
        writeln!(f, "{:>10} {:>10} {:>14} {:>12}", "age", "pause", "finds the end", "is needed")?;
        for next in &self.next {
            let (age, pause) = (seconds(next.age), seconds(next.pause));
            writeln!(
                f,
                "{age:>10} {pause:>10} {:>13.0}% {:>11.0}%",
                next.finds * 100.0,
                next.needed * 100.0
            )?;
        }
        writeln!(f)?;
        writeln!(f, "{:<34} {:>7} {:>10} {:>9}", "for each task", "polls", "found in", "not seen")?;
        row(f, "this schedule, under the law", &self.schedule)?;
        row(f, "every 5 s, 30 times, under the law", &self.documented)?;
        if let Some(history) = &self.history {
            row(f, &format!("this schedule, over {} tasks", history.tasks), &history.schedule)?;
            row(f, &format!("every 5 s, over {} tasks", history.tasks), &history.documented)?;
        }
        Ok(())
    }
}

impl Explanation {
    fn draw(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let most = self.plot.iter().map(|line| line.share).fold(1e-9, f64::max);
        for line in &self.plot {
            let blocks = (line.share / most * BLOCKS).round();
            let bar: String = (1_u8..).take_while(|n| f64::from(*n) <= blocks).map(|_| '█').collect();
            write!(f, "{:>8} {:>5.1}%", seconds(line.from), line.share * 100.0)?;
            if !bar.is_empty() {
                write!(f, " {bar}")?;
            }
            if !line.polls.is_empty() {
                let polls: Vec<_> = line.polls.iter().map(|poll| seconds(*poll)).collect();
                write!(f, "  ← {}", polls.join(", "))?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

fn row(f: &mut fmt::Formatter<'_>, what: &str, seen: &Expected) -> fmt::Result {
    writeln!(f, "{what:<34} {:>7.2} {:>8.2} s {:>8.1}%", seen.polls, seen.latency, seen.unseen * 100.0)
}

fn seconds(age: Duration) -> String {
    format!("{:.1} s", age.as_secs_f64())
}
