//! What the behaviours share: a store, an account, and short words for what is done with them.

use crate::admit::Admission;
use crate::binding::Binding;
use crate::entry::{Entry, Intent};
use crate::error::LedgerError;
use crate::key::entry_key;
use crate::limits::{Closures, Limits, Sending};
use crate::people::Blocked;
use crate::store::Ledger;
use jiff::{SignedDuration, Timestamp};
use outx_model::{
    AccountId, ActionFact, ActionKey, ApiError, ContentHash, Endpoint, EntryKey, PersonName, Proof, Refusal,
    RefusalReason, TaskOutcome, Token, Word,
};
use serde_json::{Value, json};

/// Nothing, or what was seen instead.
pub(super) type Seen<T = ()> = Result<T, String>;

/// Returns from a behaviour with what was seen, unless something holds.
macro_rules! hold {
    ($holds:expr, $($seen:tt)+) => {
        if !$holds {
            return Err(format!($($seen)+));
        }
    };
}

/// Takes an admission apart, or returns from a behaviour with it.
macro_rules! want {
    ($admission:expr, $pattern:pat => $value:expr) => {
        match $admission {
            $pattern => $value,
            other => return Err(format!("wanted {}, got {other:?}", stringify!($pattern))),
        }
    };
}

pub(super) use {hold, want};

pub(super) struct Bench<'a, S: ?Sized> {
    pub(super) store: &'a S,
    pub(super) account: AccountId,
}

impl<'a, S: Ledger + ?Sized> Bench<'a, S> {
    pub(super) fn new(store: &'a S) -> Self {
        Self { store, account: AccountId::new("sales") }
    }

    /// The same store, asked for another account.
    pub(super) fn of_account(&self, account: &str) -> Self {
        Self { store: self.store, account: AccountId::new(account) }
    }

    /// An invitation of a person.
    pub(super) fn invite(&self, by: &str, person: &str) -> Intent {
        self.intent(Endpoint::SendConnectionRequest, by, json!({ "profile_urn": person }))
    }

    /// A reading of a profile.
    pub(super) fn look_up(&self, by: &str) -> Intent {
        self.intent(Endpoint::FetchProfile, by, json!({ "profile_slug": "ada-example" }))
    }

    /// A message to a person.
    pub(super) fn message(&self, by: &str, person: &str, text: &str) -> Intent {
        self.intent(Endpoint::SendMessage, by, json!({ "recipient_urn": person, "message": text }))
    }

    fn intent(&self, endpoint: Endpoint, by: &str, input: Value) -> Intent {
        let by = ActionKey::new(by);
        let spec = endpoint.spec();
        let entry = entry_key(spec, &input, &by, None);
        Intent::new(by, entry, self.account.clone(), endpoint, input)
    }

    pub(super) async fn begin(&self, intent: &Intent, token: &str, second: i64) -> Seen<Admission> {
        self.store.begin(intent, Token::new(token), at(second)).await.map_err(|error| told(&error))
    }

    /// Begins where it must be permitted.
    pub(super) async fn go(&self, intent: &Intent, token: &str, second: i64) -> Seen {
        want!(self.begin(intent, token, second).await?, Admission::Go { .. } => Ok(()))
    }

    pub(super) async fn record(&self, intent: &Intent, fact: &ActionFact, second: i64) -> Seen<Entry> {
        self.record_output(intent, fact, None, second).await
    }

    pub(super) async fn record_output(
        &self,
        intent: &Intent,
        fact: &ActionFact,
        output: Option<&Value>,
        second: i64,
    ) -> Seen<Entry> {
        let recorded = self.store.record(&self.account, &intent.entry, fact, output, at(second)).await;
        recorded.map_err(|error| told(&error))
    }

    pub(super) async fn entry(&self, key: &EntryKey) -> Seen<Entry> {
        self.entry_if(key).await?.ok_or_else(|| format!("no entry `{key}`"))
    }

    pub(super) async fn entry_if(&self, key: &EntryKey) -> Seen<Option<Entry>> {
        self.store.entry(&self.account, key).await.map_err(|error| told(&error))
    }

    pub(super) async fn limits(&self) -> Seen<Option<Limits>> {
        self.store.limits(&self.account).await.map_err(|error| told(&error))
    }

    pub(super) async fn set_limits(&self, limits: Option<Limits>) -> Seen {
        self.store.set_limits(&self.account, limits).await.map_err(|error| told(&error))
    }

    pub(super) async fn closures(&self) -> Seen<Closures> {
        self.store.closures(&self.account).await.map_err(|error| told(&error))
    }

    pub(super) async fn sendings(&self, since: i64) -> Seen<Vec<Sending>> {
        self.store.sendings(&self.account, at(since)).await.map_err(|error| told(&error))
    }

    pub(super) async fn block(&self, people: &[Blocked]) -> Seen<usize> {
        self.store.block(&self.account, people).await.map_err(|error| told(&error))
    }

    pub(super) async fn unblock(&self, people: &[PersonName]) -> Seen<usize> {
        self.store.unblock(&self.account, people).await.map_err(|error| told(&error))
    }

    pub(super) async fn blocked(&self) -> Seen<Vec<Blocked>> {
        self.store.blocked(&self.account).await.map_err(|error| told(&error))
    }

    pub(super) async fn bind(&self, binding: &Binding) -> Seen<AccountId> {
        self.store.bind(binding).await.map_err(|error| told(&error))
    }

    pub(super) async fn bindings(&self, origin: &str) -> Seen<Vec<Binding>> {
        self.store.bindings(origin).await.map_err(|error| told(&error))
    }

    /// The entry that a task belongs to, by its key.
    pub(super) async fn key_of_task(&self, task: &str) -> Seen<Option<EntryKey>> {
        let found = self.store.entry_of_task(&self.account, &task.into()).await;
        Ok(found.map_err(|error| told(&error))?.map(|entry| entry.key))
    }

    pub(super) async fn entries(&self) -> Seen<Vec<Entry>> {
        self.store.entries(&self.account).await.map_err(|error| told(&error))
    }
}

/// Some seconds after an arbitrary moment.
pub(super) fn at(second: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_secs(1_800_000_000 + second)
}

pub(super) fn accepted(token: &str, task: &str) -> ActionFact {
    ActionFact::Accepted { token: token.into(), task_id: task.into() }
}

pub(super) fn completed(task: &str, output: &Value) -> ActionFact {
    let outcome = TaskOutcome::Completed { output: ContentHash::of_json(output) };
    ActionFact::Ended { task_id: task.into(), outcome }
}

pub(super) fn failed(task: &str) -> ActionFact {
    ActionFact::Ended {
        task_id: task.into(),
        outcome: TaskOutcome::Failed { reason: "not connected".to_owned() },
    }
}

pub(super) fn refused(token: &str, not_before: Option<i64>) -> ActionFact {
    let error = ApiError { status: 429, text: "Rate limit exceeded. Please try again later.".to_owned() };
    let reason = RefusalReason::RateLimited;
    ActionFact::Refused {
        token: token.into(),
        refusal: Refusal { reason, error, not_before: not_before.map(at) },
    }
}

pub(super) fn rejected(token: &str) -> ActionFact {
    let error = ApiError { status: 404, text: "No admin user found in the team".to_owned() };
    ActionFact::Rejected { token: token.into(), error }
}

pub(super) fn not_sent(token: &str) -> ActionFact {
    ActionFact::NotSent { token: token.into(), proof: Proof::BodySealed }
}

pub(super) fn said(token: &str, word: Word) -> ActionFact {
    ActionFact::Said { token: token.into(), word }
}

fn told(error: &LedgerError) -> String {
    format!("the store failed: {error}")
}
