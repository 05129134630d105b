//! Entries of the ledger. What is written, the rules of outx-ledger say; here it is read and written in one
//! transaction.

pub(crate) mod account;
mod binding;
mod contact;

use self::account::Account;
use crate::error::{StoreError, StoreErrorKind};
use crate::store::Store;
use async_trait::async_trait;
use jiff::Timestamp;
use outx_ledger::limits::{Closures, Limits, Sending};
use outx_ledger::{
    AccountStore, AccountView, Admission, Blocked, Entry, Intent, LedgerError, LedgerErrorKind, LedgerStore,
    admit, keep_output, settle, ties,
};
use outx_model::{AccountId, ActionFact, EntryKey, PersonName, TaskId, Token};
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::Value;

// An entry keeps its place when it is written again: its place is that of its first beginning.
const PUT: &str = "INSERT INTO entries (account, key, body) VALUES (?1, ?2, ?3)
    ON CONFLICT (account, key) DO UPDATE SET body = excluded.body RETURNING seq";
const GET: &str = "SELECT body FROM entries WHERE account = ?1 AND key = ?2";
const ALL: &str = "SELECT body FROM entries WHERE account = ?1 ORDER BY seq";
// Where two entries know one task, the one begun first has it.
const PUT_TASK: &str = "INSERT INTO entry_tasks (account, task_id, entry) VALUES (?1, ?2, ?3)
    ON CONFLICT (account, task_id) DO UPDATE SET entry = min(entry, excluded.entry)
    WHERE excluded.entry < entry";
const GET_OF_TASK: &str =
    "SELECT entries.body FROM entry_tasks JOIN entries ON entries.seq = entry_tasks.entry
    WHERE entry_tasks.account = ?1 AND entry_tasks.task_id = ?2";

#[async_trait]
impl LedgerStore for Store {
    async fn begin(&self, intent: &Intent, token: Token, now: Timestamp) -> Result<Admission, LedgerError> {
        let intent = intent.clone();
        let work = move |connection: &Connection| {
            let known = get(connection, &intent.account, &intent.entry)?;
            let account = Account { connection, account: &intent.account };
            let (admission, entry) = admit(known.as_ref(), &intent, token, now, &account)?;
            if let Some(entry) = entry {
                put(connection, &entry)?;
            }
            if let (Admission::Go { token, .. }, Some(sending)) = (&admission, intent.sending(now)) {
                account.send(token, &sending, true)?;
            }
            Ok(admission)
        };
        Ok(self.write(work).await?)
    }

    async fn record(
        &self,
        account: &AccountId,
        entry: &EntryKey,
        fact: &ActionFact,
        output: Option<&Value>,
        now: Timestamp,
    ) -> Result<Entry, LedgerError> {
        let (account, key, fact, output) = (account.clone(), entry.clone(), fact.clone(), output.cloned());
        let no_entry = format!("the account `{account}` has no entry `{key}`");
        let work = move |connection: &Connection| {
            let Some(mut entry) = get(connection, &account, &key)? else { return Ok(None) };
            let is_new = settle(&mut entry, &fact, now);
            keep_output(&mut entry, &fact, output.as_ref());
            put(connection, &entry)?;
            let asked = entry.asked_of(&fact);
            let account = Account { connection, account: &account };
            if let Some(token) = fact.token()
                && let Some(counts) = entry.counts(token)
                && let Some(sending) = asked.sending(now)
            {
                account.send(token, &sending, counts)?;
            }
            if is_new {
                let before = account.closures()?;
                let mut closures = before.clone();
                closures.apply(asked.endpoint, &fact, now);
                if closures != before {
                    account.set_closures(&closures)?;
                }
            }
            if let Some(output) = &output {
                account.tie(&ties(&asked.names, output))?;
            }
            Ok(Some(entry))
        };
        self.write(work).await?.ok_or_else(|| LedgerError::new(LedgerErrorKind::NoEntry, no_entry))
    }

    async fn entry(&self, account: &AccountId, key: &EntryKey) -> Result<Option<Entry>, LedgerError> {
        let (account, key) = (account.clone(), key.clone());
        Ok(self.read(move |connection| get(connection, &account, &key)).await?)
    }

    async fn entry_of_task(&self, account: &AccountId, task: &TaskId) -> Result<Option<Entry>, LedgerError> {
        let (account, task) = (account.clone(), task.clone());
        let work = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(GET_OF_TASK)?;
            let keys = [account.as_str(), task.as_str()];
            let body: Option<String> = statement.query_row(keys, |row| row.get(0)).optional()?;
            body.as_deref().map(decode).transpose()
        };
        Ok(self.read(work).await?)
    }

    async fn entries(&self, account: &AccountId) -> Result<Vec<Entry>, LedgerError> {
        let account = account.clone();
        let work = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(ALL)?;
            let rows = statement.query_map([account.as_str()], |row| row.get(0))?;
            Ok(rows.collect::<Result<Vec<String>, _>>()?)
        };
        let bodies = self.read(work).await?;
        Ok(bodies.iter().map(|body| decode(body)).collect::<Result<_, _>>()?)
    }

    async fn last_contacts(
        &self,
        account: &AccountId,
        people: &[PersonName],
    ) -> Result<Vec<Option<Timestamp>>, LedgerError> {
        let people = people.to_vec();
        Ok(self.look(account, move |account| account.last_contacts(&people)).await?)
    }
}

#[async_trait]
impl AccountStore for Store {
    async fn limits(&self, account: &AccountId) -> Result<Option<Limits>, LedgerError> {
        Ok(self.look(account, |account| account.limits()).await?)
    }

    async fn set_limits(&self, account: &AccountId, limits: Option<Limits>) -> Result<(), LedgerError> {
        Ok(self.change(account, move |account| account.set_limits(limits.as_ref())).await?)
    }

    async fn closures(&self, account: &AccountId) -> Result<Closures, LedgerError> {
        Ok(self.look(account, |account| account.closures()).await?)
    }

    async fn sendings(&self, account: &AccountId, since: Timestamp) -> Result<Vec<Sending>, LedgerError> {
        Ok(self.look(account, move |account| account.sendings(since)).await?)
    }

    async fn block(&self, account: &AccountId, people: &[Blocked]) -> Result<usize, LedgerError> {
        let people = people.to_vec();
        Ok(self.change(account, move |account| account.block(&people)).await?)
    }

    async fn unblock(&self, account: &AccountId, people: &[PersonName]) -> Result<usize, LedgerError> {
        let people = people.to_vec();
        Ok(self.change(account, move |account| account.unblock(&people)).await?)
    }

    async fn blocked(&self, account: &AccountId) -> Result<Vec<Blocked>, LedgerError> {
        let list = |account: &Account<'_>| account.block_list();
        Ok(self.look(account, list).await?)
    }
}

impl Store {
    /// What [`LedgerStore::begin`] would answer at a moment. Nothing is noted, and nothing may be sent upon it.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn would_begin(&self, intent: &Intent, now: Timestamp) -> Result<Admission, LedgerError> {
        let intent = intent.clone();
        let work = move |connection: &Connection| {
            let known = get(connection, &intent.account, &intent.entry)?;
            let account = Account { connection, account: &intent.account };
            let (admission, _) = admit(known.as_ref(), &intent, Token::from("none"), now, &account)?;
            Ok(admission)
        };
        Ok(self.read(work).await?)
    }

    /// All names that the service has shown to be one person's with this one, and the name itself, sorted.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn names_of(
        &self,
        account: &AccountId,
        name: &PersonName,
    ) -> Result<Vec<PersonName>, LedgerError> {
        let name = name.clone();
        Ok(self.look(account, move |account| account.all_names_of(name)).await?)
    }

    async fn look<T: Send + 'static>(
        &self,
        account: &AccountId,
        work: impl FnOnce(&Account<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let account = account.clone();
        self.read(move |connection| work(&Account { connection, account: &account })).await
    }

    async fn change<T: Send + 'static>(
        &self,
        account: &AccountId,
        work: impl FnOnce(&Account<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let account = account.clone();
        self.write(move |connection| work(&Account { connection, account: &account })).await
    }
}

fn get(connection: &Connection, account: &AccountId, key: &EntryKey) -> Result<Option<Entry>, StoreError> {
    let mut statement = connection.prepare_cached(GET)?;
    let keys = [account.as_str(), key.as_str()];
    let body: Option<String> = statement.query_row(keys, |row| row.get(0)).optional()?;
    body.as_deref().map(decode).transpose()
}

pub(crate) fn put(connection: &Connection, entry: &Entry) -> Result<(), StoreError> {
    let body = serde_json::to_string(entry).map_err(|error| {
        StoreError::new(StoreErrorKind::Other, "an entry of the ledger has no JSON").with_source(error)
    })?;
    let account = entry.account.as_str();
    let keys = params![account, entry.key.as_str(), body];
    let seq: i64 = connection.prepare_cached(PUT)?.query_row(keys, |row| row.get(0))?;
    let mut statement = connection.prepare_cached(PUT_TASK)?;
    for action in entry.actions() {
        for task in action.task_ids() {
            statement.execute(params![account, task.as_str(), seq])?;
        }
    }
    contact::note(connection, entry, seq)
}

pub(crate) fn decode(body: &str) -> Result<Entry, StoreError> {
    serde_json::from_str(body).map_err(|error| StoreError::unreadable("an entry of the ledger", error))
}

impl From<StoreError> for LedgerError {
    fn from(error: StoreError) -> Self {
        let kind = match error.kind() {
            StoreErrorKind::Corrupt => LedgerErrorKind::Corrupt,
            _ => LedgerErrorKind::Store,
        };
        Self::new(kind, "the ledger could not be read or written").with_source(error)
    }
}
