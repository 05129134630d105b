//! The ledger in memory: for tests, for emulated runs that need no memory, and as the simplest true store.

use crate::account::AccountView;
use crate::admit::{Admission, admit};
use crate::binding::Binding;
use crate::entry::{Entry, Intent};
use crate::error::{LedgerError, LedgerErrorKind};
use crate::limits::{Closures, History, Limits, Scope, Sending};
use crate::people::{Blocked, Tie, ties};
use crate::settle::{keep_output, settle};
use crate::store::{AccountStore, BindingStore, LedgerStore};
use async_trait::async_trait;
use jiff::Timestamp;
use outx_model::{AccountId, ActionFact, EntryKey, PersonName, TaskId, Token};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::convert::Infallible;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A ledger that lives as long as the process. Calls never wait; two calls at once are one after the other.
#[derive(Debug, Default, Clone)]
pub struct MemoryLedger {
    kept: std::sync::Arc<Mutex<HashMap<AccountId, Account>>>,
    bindings: std::sync::Arc<Mutex<Vec<Binding>>>,
}

/// All that is kept for one account.
#[derive(Debug, Default, Clone)]
struct Account {
    /// In the order in which they were begun first.
    entries: Vec<Entry>,
    by_key: HashMap<EntryKey, usize>,
    limits: Option<Limits>,
    closures: Closures,
    /// By permission, with whether it counts.
    sendings: BTreeMap<Token, (Sending, bool)>,
    blocked: BTreeMap<PersonName, Blocked>,
    ties: BTreeSet<Tie>,
}

impl MemoryLedger {
    /// An empty ledger.
    pub fn new() -> Self {
        Self::default()
    }

    fn with<T>(&self, account: &AccountId, work: impl FnOnce(&mut Account) -> T) -> T {
        let mut kept: MutexGuard<'_, _> = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        work(kept.entry(account.clone()).or_default())
    }
}

impl Account {
    fn get(&self, key: &EntryKey) -> Option<&Entry> {
        self.by_key.get(key).map(|place| &self.entries[*place])
    }

    fn put(&mut self, entry: Entry) {
        if let Some(place) = self.by_key.get(&entry.key) {
            self.entries[*place] = entry;
        } else {
            self.by_key.insert(entry.key.clone(), self.entries.len());
            self.entries.push(entry);
        }
    }

    /// All names of a person: each that is shown leads on.
    fn all_names_of(&self, person: &PersonName) -> Vec<PersonName> {
        let mut names = vec![person.clone()];
        let mut next = 0;
        while let Some(name) = names.get(next) {
            let Ok(others) = self.names_of(name);
            next += 1;
            for other in others {
                if !names.contains(&other) {
                    names.push(other);
                }
            }
        }
        names
    }

    fn last_contact(&self, person: &PersonName) -> Option<Timestamp> {
        let names = self.all_names_of(person);
        self.entries.iter().filter_map(|entry| entry.wrote_to(&names)).max()
    }

    fn begin(&mut self, intent: &Intent, token: Token, now: Timestamp) -> Admission {
        let Ok((admission, entry)) = admit(self.get(&intent.entry), intent, token, now, self);
        if let Some(entry) = entry {
            self.put(entry);
        }
        if let (Admission::Go { token, .. }, Some(sending)) = (&admission, intent.sending(now)) {
            self.sendings.insert(token.clone(), (sending, true));
        }
        admission
    }

    fn record(
        &mut self,
        mut entry: Entry,
        fact: &ActionFact,
        output: Option<&Value>,
        now: Timestamp,
    ) -> Entry {
        let is_new = settle(&mut entry, fact, now);
        keep_output(&mut entry, fact, output);
        let asked = entry.asked_of(fact);
        if is_new {
            self.closures.apply(asked.endpoint, fact, now);
        }
        if let Some(token) = fact.token()
            && let Some(counts) = entry.counts(token)
            && let Some(sending) = asked.sending(now)
        {
            self.sendings.entry(token.clone()).or_insert((sending, counts)).1 = counts;
        }
        if let Some(output) = output {
            self.ties.extend(ties(&asked.names, output));
        }
        self.put(entry.clone());
        entry
    }
}

impl History for Account {
    type Error = Infallible;

    fn latest(&self, scope: &Scope, n: u32) -> Result<Option<Timestamp>, Infallible> {
        let counting: Vec<_> = self
            .sendings
            .values()
            .filter(|(_, counts)| *counts)
            .map(|(sending, _)| sending.clone())
            .collect();
        counting.latest(scope, n)
    }
}

impl AccountView for Account {
    fn limits(&self) -> Result<Option<Limits>, Infallible> {
        Ok(self.limits.clone())
    }

    fn closures(&self) -> Result<Closures, Infallible> {
        Ok(self.closures.clone())
    }

    fn blocked(&self, name: &PersonName) -> Result<Option<Blocked>, Infallible> {
        Ok(self.blocked.get(name).cloned())
    }

    fn names_of(&self, name: &PersonName) -> Result<Vec<PersonName>, Infallible> {
        let other = |tie: &Tie| match name {
            name if *name == tie.slug => Some(tie.id.clone()),
            name if *name == tie.id => Some(tie.slug.clone()),
            _ => None,
        };
        Ok(self.ties.iter().filter_map(other).collect())
    }
}

#[async_trait]
impl LedgerStore for MemoryLedger {
    async fn begin(&self, intent: &Intent, token: Token, now: Timestamp) -> Result<Admission, LedgerError> {
        Ok(self.with(&intent.account, |account| account.begin(intent, token, now)))
    }

    async fn record(
        &self,
        account: &AccountId,
        entry: &EntryKey,
        fact: &ActionFact,
        output: Option<&Value>,
        now: Timestamp,
    ) -> Result<Entry, LedgerError> {
        let recorded = self.with(account, |kept| {
            let known = kept.get(entry).cloned()?;
            Some(kept.record(known, fact, output, now))
        });
        recorded.ok_or_else(|| {
            let message = format!("the account `{account}` has no entry `{entry}`");
            LedgerError::new(LedgerErrorKind::NoEntry, message)
        })
    }

    async fn entry(&self, account: &AccountId, key: &EntryKey) -> Result<Option<Entry>, LedgerError> {
        Ok(self.with(account, |kept| kept.get(key).cloned()))
    }

    async fn entry_of_task(&self, account: &AccountId, task: &TaskId) -> Result<Option<Entry>, LedgerError> {
        Ok(self.with(account, |kept| kept.entries.iter().find(|entry| entry.knows_task(task)).cloned()))
    }

    async fn entries(&self, account: &AccountId) -> Result<Vec<Entry>, LedgerError> {
        Ok(self.with(account, |kept| kept.entries.clone()))
    }

    async fn last_contacts(
        &self,
        account: &AccountId,
        people: &[PersonName],
    ) -> Result<Vec<Option<Timestamp>>, LedgerError> {
        Ok(self.with(account, |kept| people.iter().map(|person| kept.last_contact(person)).collect()))
    }
}

#[async_trait]
impl AccountStore for MemoryLedger {
    async fn limits(&self, account: &AccountId) -> Result<Option<Limits>, LedgerError> {
        Ok(self.with(account, |kept| kept.limits.clone()))
    }

    async fn set_limits(&self, account: &AccountId, limits: Option<Limits>) -> Result<(), LedgerError> {
        self.with(account, |kept| kept.limits = limits);
        Ok(())
    }

    async fn closures(&self, account: &AccountId) -> Result<Closures, LedgerError> {
        Ok(self.with(account, |kept| kept.closures.clone()))
    }

    async fn sendings(&self, account: &AccountId, since: Timestamp) -> Result<Vec<Sending>, LedgerError> {
        Ok(self.with(account, |kept| {
            let counting = kept.sendings.values().filter(|(sending, counts)| *counts && sending.at >= since);
            let mut found: Vec<_> = counting.map(|(sending, _)| sending.clone()).collect();
            found.sort_by_key(|sending| sending.at);
            found
        }))
    }

    async fn block(&self, account: &AccountId, people: &[Blocked]) -> Result<usize, LedgerError> {
        Ok(self.with(account, |kept| {
            let before = kept.blocked.len();
            for person in people {
                let known = kept.blocked.entry(person.name.clone()).or_insert_with(|| person.clone());
                known.note.clone_from(&person.note);
            }
            kept.blocked.len() - before
        }))
    }

    async fn unblock(&self, account: &AccountId, people: &[PersonName]) -> Result<usize, LedgerError> {
        Ok(self.with(account, |kept| people.iter().filter_map(|name| kept.blocked.remove(name)).count()))
    }

    async fn blocked(&self, account: &AccountId) -> Result<Vec<Blocked>, LedgerError> {
        Ok(self.with(account, |kept| kept.blocked.values().cloned().collect()))
    }
}

#[async_trait]
impl BindingStore for MemoryLedger {
    async fn bind(&self, binding: &Binding) -> Result<AccountId, LedgerError> {
        let mut bindings = self.bindings.lock().unwrap_or_else(PoisonError::into_inner);
        let is_same = |known: &&Binding| (&known.origin, known.key) == (&binding.origin, binding.key);
        if let Some(known) = bindings.iter().find(is_same) {
            return Ok(known.account.clone());
        }
        bindings.push(binding.clone());
        Ok(binding.account.clone())
    }

    async fn bindings(&self, origin: &str) -> Result<Vec<Binding>, LedgerError> {
        let bindings = self.bindings.lock().unwrap_or_else(PoisonError::into_inner);
        let mut here: Vec<_> = bindings.iter().filter(|binding| binding.origin == origin).cloned().collect();
        here.sort_by_key(|binding| binding.since);
        Ok(here)
    }
}
