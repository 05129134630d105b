//! Which account a key stands for.

use crate::entry::Entry;
use jiff::Timestamp;
use outx_model::{AccountId, ContentHash, TaskId};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// What a key is recognised by: 128 bits of a SHA-256 over a fixed word, the origin and the key. The key cannot be
/// read from it, as the service makes keys by chance; whoever guesses a key can see that the guess was right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(ContentHash);

impl Fingerprint {
    /// That of a key of the service at an origin. The same key elsewhere has another one.
    pub fn of(origin: &str, key: &str) -> Self {
        Self(ContentHash::of_bytes(format!("outx key fingerprint 1\n{origin}\n{key}").as_bytes()))
    }

    /// Its first eight digits: enough for people to tell a team's keys apart.
    pub fn short(&self) -> String {
        self.0.to_string()[..8].to_owned()
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Fingerprint {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

/// That a key is an account's. An account has as many as its team was given one after the other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Binding {
    /// Where the service is, as the client spells it.
    pub origin: String,
    /// The key.
    pub key: Fingerprint,
    /// Whose it is.
    pub account: AccountId,
    /// Since when.
    pub since: Timestamp,
}

/// What is known of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recognised {
    /// It is this account's.
    Known(AccountId),
    /// Nobody's, and there is no account of its origin: it begins one.
    New,
    /// Nobody's, and it may be a new key of one of these: whether it is, only the service can tell. The account that was
    /// given a key last comes first.
    NeedsProof(Vec<AccountId>),
}

/// Recognises a key by what is bound at its origin.
pub fn recognise(bindings: &[Binding], origin: &str, key: Fingerprint) -> Recognised {
    let here = || bindings.iter().filter(|binding| binding.origin == origin);
    if let Some(binding) = here().find(|binding| binding.key == key) {
        return Recognised::Known(binding.account.clone());
    }
    let mut by_age: Vec<_> = here().collect();
    by_age.sort_by_key(|binding| std::cmp::Reverse(binding.since));
    let mut accounts: Vec<AccountId> = Vec::new();
    for binding in by_age {
        if !accounts.contains(&binding.account) {
            accounts.push(binding.account.clone());
        }
    }
    if accounts.is_empty() { Recognised::New } else { Recognised::NeedsProof(accounts) }
}

/// The tasks by which it can be proved that a key is of an account's team, at most so many, the latest first: a task is
/// there for the keys of its own team alone, and how long the service remembers one is not known.
pub fn proofs(entries: &[Entry], most: usize) -> Vec<TaskId> {
    let mut tasks: Vec<(Timestamp, TaskId)> = entries
        .iter()
        .flat_map(Entry::tries)
        .filter_map(|tried| Some((tried.accepted_at?, tried)))
        .flat_map(|(at, tried)| tried.action.task_ids().into_iter().map(move |task| (at, task)))
        .collect();
    tasks.sort_by(|a, b| b.cmp(a));
    tasks.into_iter().map(|(_, task)| task).take(most).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const API: &str = "https://api.outx.ai";

    fn bound(origin: &str, key: &str, account: &str, day: &str) -> Binding {
        let since = format!("2026-03-{day}T09:00:00Z").parse().unwrap();
        Binding {
            origin: origin.to_owned(),
            key: Fingerprint::of(origin, key),
            account: account.into(),
            since,
        }
    }

    #[test]
    fn a_key_is_known_new_or_to_be_proved() {
        let bindings = [
            bound(API, "k1", "sales", "02"),
            bound(API, "k2", "hiring", "03"),
            bound(API, "k3", "sales", "04"),
            bound("http://127.0.0.1:1", "k4", "emulated", "05"),
        ];
        let of = |origin, key| recognise(&bindings, origin, Fingerprint::of(origin, key));
        assert_eq!(of(API, "k1"), Recognised::Known("sales".into()));
        assert_eq!(of(API, "k2"), Recognised::Known("hiring".into()));
        assert_eq!(of(API, "k4"), Recognised::NeedsProof(vec!["sales".into(), "hiring".into()]));
        assert_eq!(of("https://elsewhere.example", "k1"), Recognised::New);
        assert_eq!(recognise(&[], API, Fingerprint::of(API, "k1")), Recognised::New);
    }

    #[test]
    fn the_latest_tasks_prove_first() {
        let entry = |begun: u8, accepted: Option<u8>, tasks: &[&str]| -> Entry {
            let at = |hour: u8| format!("2026-03-02T{hour:02}:00:00Z");
            let entry = serde_json::json!({
                "key": format!("k{begun}"), "account": "sales", "endpoint": "like-post", "effect": "write",
                "target": null, "input": ContentHash::of_bytes(b""), "by": "r1/like", "begun_at": at(begun),
                "accepted_at": accepted.map(at), "action": { "attempts": { "t": { "accepted": tasks } } },
            });
            serde_json::from_value(entry).unwrap()
        };
        let entries = [
            entry(1, Some(9), &["late"]),
            entry(2, Some(3), &["first"]),
            entry(4, None, &[]),
            entry(5, Some(6), &["a", "b"]),
        ];
        let tasks: Vec<_> = proofs(&entries, 3).iter().map(ToString::to_string).collect();
        assert_eq!(tasks, ["late", "b", "a"]);
        assert!(proofs(&entries[2..3], 3).is_empty() && proofs(&entries, 0).is_empty());
    }

    #[test]
    fn a_fingerprint_is_its_origins_and_shows_nothing_of_the_key() {
        let print = Fingerprint::of(API, "outx_key");
        assert_ne!(print, Fingerprint::of("https://elsewhere.example", "outx_key"));
        assert_ne!(print.to_string(), ContentHash::of_bytes(b"outx_key").to_string());
        assert_eq!(print.to_string().parse(), Ok(print));
        assert!(print.to_string().starts_with(&print.short()) && print.short().len() == 8);
        assert!("outx_key".parse::<Fingerprint>().is_err());
    }
}
