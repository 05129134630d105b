//! A case as data: what is run, and all that happens to it. A failing one is made smaller by leaving parts out.

use outx_model::Endpoint;

/// One of a handful of people.
pub(super) type Person = u8;

/// One history to be.
#[derive(Debug, Clone)]
pub(super) struct Case {
    pub(super) seed: u64,
    /// Hours from a Monday's midnight to the beginning.
    pub(super) begins: u64,
    pub(super) workflows: Vec<Flow>,
    /// The runs, each of one of the workflows.
    pub(super) runs: Vec<usize>,
    pub(super) rules: Rules,
    /// Who is on the block list from the beginning.
    pub(super) blocked: Vec<Person>,
    /// The next task of each of these fails.
    pub(super) failing: Vec<Endpoint>,
    /// Of a hundred requests so many go wrong on the way.
    pub(super) chaos: u64,
    /// The shortest and the longest time of a task, in seconds.
    pub(super) latency: (u64, u64),
    /// Of a hundred syncs so many take long.
    pub(super) slow_disk: u64,
    /// What happens before the faults end.
    pub(super) phases: Vec<Phase>,
}

/// Processes work on all runs, until an end comes.
#[derive(Debug, Clone)]
pub(super) struct Phase {
    /// How many hours a process stays with a run that waits.
    pub(super) patience: u64,
    pub(super) right_key: bool,
    pub(super) end: End,
    /// What happens on the way, after so many polls.
    pub(super) also: Option<(usize, Also)>,
    pub(super) after: Vec<After>,
}

/// How the processes of a phase end.
#[derive(Debug, Clone, Copy)]
pub(super) enum End {
    /// By themselves.
    Rest,
    /// With the power, after so many polls.
    Polls(usize),
    /// With the power, after so many seconds.
    Seconds(u64),
}

/// What happens to one run, or to the browser, while processes work.
#[derive(Debug, Clone, Copy)]
pub(super) enum Also {
    /// Its process is killed, and the next one begins at once.
    Kill(usize),
    /// Another process works on it while the first still lives.
    TakeOver(usize),
    /// Somebody is put on the block list.
    Block(Person),
}

/// What happens while nobody works.
#[derive(Debug, Clone, Copy)]
pub(super) enum After {
    /// The machine's clock jumps by so many seconds.
    Jump(i64),
    /// The browser is closed, and stays so until somebody opens it.
    Close,
    /// As if it had been closed for more than two days.
    Silence,
    Open,
    /// A person says what became of what is in doubt, and yes or no to what is asked.
    Answer,
    /// LinkedIn takes no further invitation for now.
    InvitationLimit,
    /// A person takes somebody from the lists of a run, or puts them into those that lack them.
    Edit(usize, Person),
}

/// The limits of the account.
#[derive(Debug, Clone)]
pub(super) enum Rules {
    None,
    Shipped,
    Set(Vec<Rule>),
}

#[derive(Debug, Clone)]
pub(super) enum Rule {
    AtMost { most: usize, of: Of, per: Per },
    Apart { of: Of, least: u32, jitter: u32 },
    Gap { of: Of, hours: u32 },
    During { of: Of, days: Vec<Day>, from: i8, to: i8, zone: &'static str },
}

/// The days by their number from Monday, 0.
pub(super) type Day = u8;

#[derive(Debug, Clone, Copy)]
pub(super) enum Of {
    All,
    Reads,
    Writes,
    One(Endpoint),
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Per {
    Hours(u32),
    Day(&'static str),
    Week(&'static str),
}

/// A workflow: its steps, and what is done at the end of its runs.
#[derive(Debug, Clone, Default)]
pub(super) struct Flow {
    pub(super) steps: Vec<Step>,
    pub(super) on_failure: Vec<Step>,
    pub(super) finally: Vec<Step>,
}

impl Flow {
    /// Whether anything is done at the end of its runs.
    pub(super) fn has_ends(&self) -> bool {
        !(self.on_failure.is_empty() && self.finally.is_empty())
    }
}

#[derive(Debug, Clone)]
pub(super) struct Step {
    pub(super) id: String,
    pub(super) needs: Vec<String>,
    /// Only if that step ended with this status.
    pub(super) only_if: Option<(String, &'static str)>,
    pub(super) does: Does,
}

#[derive(Debug, Clone)]
pub(super) enum Does {
    /// Reads a profile by its slug.
    Profile(Person),
    /// The profile of the item, whose slug it is.
    ProfileOfItem,
    Company,
    Connections,
    Posts(Whom),
    Write(Write),
    /// So many minutes pass.
    Wait(u64),
    /// A person is asked, and so many hours waited for.
    Approve(Option<u64>),
    /// Fails, whatever happens.
    Fail,
    Set,
    Each {
        people: Vec<Person>,
        /// By their slugs; else by their URNs.
        by_slug: bool,
        at_once: usize,
        steps: Vec<Step>,
    },
    /// Its steps again and again.
    Repeat {
        /// So many minutes from one beginning to the next.
        every: u64,
        most: u64,
        /// It has succeeded after so many times; where it is not said, after the last.
        until: Option<u64>,
        steps: Vec<Step>,
    },
    /// Another workflow, of these steps.
    Call(Vec<Step>),
}

impl Does {
    /// The steps inside.
    pub(super) fn inner(&self) -> Option<&Vec<Step>> {
        match self {
            Self::Each { steps, .. } | Self::Repeat { steps, .. } | Self::Call(steps) => Some(steps),
            _ => None,
        }
    }

    pub(super) fn inner_mut(&mut self) -> Option<&mut Vec<Step>> {
        match self {
            Self::Each { steps, .. } | Self::Repeat { steps, .. } | Self::Call(steps) => Some(steps),
            _ => None,
        }
    }
}

#[derive(Debug, Clone)]
pub(super) struct Write {
    pub(super) endpoint: Endpoint,
    pub(super) whom: Whom,
    pub(super) once: Once,
    /// Whether it counts as sent when it is in doubt.
    pub(super) assume: bool,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Whom {
    One(Person),
    /// The item, which is a URN.
    Item,
    /// The item, whose profile was read.
    ItemByProfile,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Once {
    /// As the catalogue has it.
    ByTarget,
    /// Once in each run.
    EachRun,
    /// By a key, which holds for [`hours_of`] it.
    Key(u8),
}

/// So many hours a key holds; for ever where nothing is said.
pub(super) fn hours_of(key: u8) -> Option<u64> {
    (key % 2 == 1).then_some(2)
}

pub(super) fn urn(person: Person) -> String {
    format!("urn:li:fsd_profile:ACoAP{person}")
}

pub(super) fn slug(person: Person) -> String {
    format!("person-{person}")
}
