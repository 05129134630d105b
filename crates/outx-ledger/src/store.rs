//! The seam to wherever the ledger is kept.

use crate::admit::Admission;
use crate::binding::Binding;
use crate::entry::{Entry, Intent};
use crate::error::LedgerError;
use crate::limits::{Closures, Limits, Sending};
use crate::people::Blocked;
use async_trait::async_trait;
use jiff::Timestamp;
use outx_model::{AccountId, ActionFact, EntryKey, PersonName, TaskId, Token};
use serde_json::Value;

/// Where the ledger is kept. Each call is one transaction and is durable when it returns. Calls take effect, and become
/// durable, in the order in which their futures were polled first: whoever asks rests on what was told before.
///
/// The rules are not an implementer's: `begin` reads the entry, asks [`admit`](crate::admit), and writes what it
/// was told, with a permission also as a [`Sending`]; `record` does the same with [`settle`](crate::settle) and
/// [`keep_output`](crate::keep_output), and keeps what the evidence says besides: whether the sending still
/// counts ([`Entry::counts`]), what is closed ([`Closures::apply`], where it is new) and which names belong together
/// ([`ties`](crate::ties)), each by what was asked for by the try to which it belongs ([`Entry::asked_of`]).
/// [`suite::run`](crate::suite::run) tells whether a store keeps its promises.
#[async_trait]
pub trait LedgerStore: Send + Sync {
    /// Asks whether an effect may be sent, and if so notes that it is being sent. `token` names the
    /// permission that would be given; it must be new.
    ///
    /// # Errors
    ///
    /// When the store cannot be read or written. Nothing was noted then, and nothing may be sent.
    async fn begin(&self, intent: &Intent, token: Token, now: Timestamp) -> Result<Admission, LedgerError>;

    /// Takes evidence, in any state. `output` is the raw output where the fact is that a task completed.
    ///
    /// # Errors
    ///
    /// When the store cannot be read or written, or there is no such entry.
    async fn record(
        &self,
        account: &AccountId,
        entry: &EntryKey,
        fact: &ActionFact,
        output: Option<&Value>,
        now: Timestamp,
    ) -> Result<Entry, LedgerError>;

    /// One entry.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    async fn entry(&self, account: &AccountId, key: &EntryKey) -> Result<Option<Entry>, LedgerError>;

    /// The entry that a task belongs to.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    async fn entry_of_task(&self, account: &AccountId, task: &TaskId) -> Result<Option<Entry>, LedgerError>;

    /// All entries of an account, in the order in which they were begun first.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    async fn entries(&self, account: &AccountId) -> Result<Vec<Entry>, LedgerError>;

    /// When an account last wrote to each of some people, or may have, in their order; nothing for whom it never did. A
    /// person is known by every name that the service has shown ([`ties`](crate::ties)), over any number of them, and
    /// [`Entry::wrote_to`] says of an entry when that was.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    async fn last_contacts(
        &self,
        account: &AccountId,
        people: &[PersonName],
    ) -> Result<Vec<Option<Timestamp>>, LedgerError>;
}

/// What is kept of an account besides its entries. [`LedgerStore::begin`] looks at it, and
/// [`LedgerStore::record`] keeps it up to date.
#[async_trait]
pub trait AccountStore: Send + Sync {
    /// The limits that are set for an account; nothing where none were.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    async fn limits(&self, account: &AccountId) -> Result<Option<Limits>, LedgerError>;

    /// Sets the limits of an account, or takes them back.
    ///
    /// # Errors
    ///
    /// When the store cannot be written.
    async fn set_limits(&self, account: &AccountId, limits: Option<Limits>) -> Result<(), LedgerError>;

    /// What the service has closed for an account.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    async fn closures(&self, account: &AccountId) -> Result<Closures, LedgerError>;

    /// What an account has sent, or may have, since a moment, oldest first.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    async fn sendings(&self, account: &AccountId, since: Timestamp) -> Result<Vec<Sending>, LedgerError>;

    /// Puts people on the block list of an account; a line that is there already keeps its moment and takes the
    /// new note. Gives how many are new.
    ///
    /// # Errors
    ///
    /// When the store cannot be written.
    async fn block(&self, account: &AccountId, people: &[Blocked]) -> Result<usize, LedgerError>;

    /// Takes people from the block list. Gives how many were on it.
    ///
    /// # Errors
    ///
    /// When the store cannot be written.
    async fn unblock(&self, account: &AccountId, people: &[PersonName]) -> Result<usize, LedgerError>;

    /// The block list, by name.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    async fn blocked(&self, account: &AccountId) -> Result<Vec<Blocked>, LedgerError>;
}

/// Which account each key stands for. Keys themselves are kept nowhere; [`recognise`](crate::recognise) says what follows
/// from the bindings.
#[async_trait]
pub trait BindingStore: Send + Sync {
    /// Binds a key to an account. One that is bound already stays where it is. Gives the account whose it is from now on.
    ///
    /// # Errors
    ///
    /// When the store cannot be written.
    async fn bind(&self, binding: &Binding) -> Result<AccountId, LedgerError>;

    /// All keys that are bound at an origin, oldest first.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    async fn bindings(&self, origin: &str) -> Result<Vec<Binding>, LedgerError>;
}

/// A store of all three: what [`suite::run`](crate::suite::run) tries.
pub trait Ledger: LedgerStore + AccountStore + BindingStore {}

impl<S: LedgerStore + AccountStore + BindingStore + ?Sized> Ledger for S {}
