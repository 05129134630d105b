//! A world of tasks that end, fail, are not answered for and whose accounts sleep, and a log of all that was asked.

use crate::fleet::ms;
use crate::support::{start, ticket};
use jiff::Timestamp;
use outx_model::{AccountId, TaskId, Ticket};
use outx_poller::{Pause, Phase, Seen, Source};
use outx_transport::{Clock, VirtualClock};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Arc, Mutex};

/// Times are milliseconds from the start; spans are half open.
#[derive(Debug, Clone, Default)]
pub(super) struct World {
    pub(super) round_trip: u64,
    /// When an origin answers nobody.
    pub(super) down: Vec<(&'static str, u64, u64)>,
    /// When an account's extension sleeps.
    pub(super) asleep: Vec<(&'static str, u64, u64)>,
    /// Of so many polls one tells nothing, by a number drawn from the task and the moment; none if zero.
    pub(super) flaky: u64,
}

/// One poll.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Asked {
    pub(super) task: TaskId,
    pub(super) account: AccountId,
    pub(super) began: u64,
    /// Nothing while it is on its way.
    pub(super) answered: Option<u64>,
    /// In a word, such as `alive`.
    pub(super) seen: &'static str,
}

impl Asked {
    /// True if it told nothing about the task.
    pub(super) fn is_error(&self) -> bool {
        !matches!(self.seen, "alive" | "completed" | "failed")
    }
}

pub(super) struct Told {
    world: World,
    clock: VirtualClock,
    log: Mutex<Vec<Asked>>,
}

impl World {
    pub(super) fn on(self, clock: &VirtualClock) -> Arc<Told> {
        Arc::new(Told { world: self, clock: clock.clone(), log: Mutex::default() })
    }
}

/// A ticket of a task that takes so long; `fails` says how it ends. What it is stands in its id.
pub(super) fn task(account: &str, number: usize, takes: u64, fails: bool, now: Timestamp) -> Ticket {
    let end = if fails { "fails" } else { "ends" };
    let id = format!("{account}-{number}-{end}-{takes}");
    Ticket { account: AccountId::new(account), created_at: now, ..ticket(&id) }
}

/// Accounts whose name begins with `s` are asked about at another origin.
pub(super) fn origin(account: &str) -> &'static str {
    if account.starts_with('s') { "south" } else { "north" }
}

impl Told {
    pub(super) fn log(&self) -> Vec<Asked> {
        self.log.lock().unwrap().clone()
    }

    /// The log as text.
    pub(super) fn written(&self) -> String {
        let mut text = String::new();
        for Asked { task, began, answered, seen, .. } in self.log() {
            writeln!(text, "{began} {answered:?} {task} {seen}").unwrap();
        }
        text
    }

    /// The moments of all polls, by what `of` says.
    pub(super) fn by<K: Ord>(&self, of: impl Fn(&Asked) -> K) -> BTreeMap<K, Vec<Asked>> {
        let mut by: BTreeMap<K, Vec<Asked>> = BTreeMap::new();
        for asked in self.log() {
            by.entry(of(&asked)).or_default().push(asked);
        }
        by
    }

    pub(super) fn now(&self) -> u64 {
        since_start(self.clock.now())
    }

    fn is_within(&self, spans: &[(&str, u64, u64)], name: &str) -> bool {
        let now = self.now();
        spans.iter().any(|(other, from, to)| *other == name && (*from..*to).contains(&now))
    }

    fn look(&self, ticket: &Ticket) -> Seen {
        let (account, id, now) = (ticket.account.as_str(), ticket.id.as_str(), self.now());
        let mixed = id.bytes().fold(now, |mixed, byte| mixed.wrapping_mul(31).wrapping_add(u64::from(byte)));
        if self.is_within(&self.world.down, origin(account)) {
            return Seen::Unanswered("no answer came".to_owned());
        }
        if self.is_within(&self.world.asleep, account) {
            return Seen::Paused(Pause::Extension, "no extension is awake".to_owned());
        }
        if self.world.flaky > 0 && mixed.is_multiple_of(self.world.flaky) {
            return match mixed / self.world.flaky % 3 {
                0 => Seen::Unreadable("a page of a gateway".to_owned()),
                1 => Seen::Unanswered("no answer came".to_owned()),
                _ => Seen::TooOften { not_before: None, why: "not so often".to_owned() },
            };
        }
        let (rest, takes) = id.rsplit_once('-').unwrap();
        if self.clock.now() < ticket.created_at + ms(takes.parse().unwrap()) {
            Seen::Alive(Phase::Pending)
        } else if rest.ends_with("fails") {
            Seen::Failed { reason: "it failed".to_owned(), raw: Value::Null }
        } else {
            Seen::Completed(json!(id))
        }
    }
}

pub(super) fn since_start(moment: Timestamp) -> u64 {
    u64::try_from(moment.as_millisecond() - start().as_millisecond()).unwrap()
}

fn word(seen: &Seen) -> &'static str {
    match seen {
        Seen::Alive(_) => "alive",
        Seen::Completed(_) => "completed",
        Seen::Failed { .. } => "failed",
        Seen::Paused(..) => "asleep",
        Seen::Unreadable(_) => "unreadable",
        Seen::Unanswered(_) => "unanswered",
        Seen::TooOften { .. } => "too often",
        _ => "something else",
    }
}

#[async_trait::async_trait]
impl Source for Told {
    type Ticket = Ticket;
    type Output = Value;

    async fn poll(&self, ticket: &Ticket) -> Seen {
        let number = {
            let mut log = self.log.lock().unwrap();
            let (task, account) = (ticket.id.clone(), ticket.account.clone());
            log.push(Asked { task, account, began: self.now(), answered: None, seen: "" });
            log.len() - 1
        };
        self.clock.sleep_until(self.clock.now() + ms(self.world.round_trip)).await;
        let seen = self.look(ticket);
        let entry = &mut self.log.lock().unwrap()[number];
        (entry.answered, entry.seen) = (Some(self.now()), word(&seen));
        seen
    }

    fn origin<'a>(&'a self, ticket: &'a Ticket) -> &'a str {
        origin(ticket.account.as_str())
    }
}
