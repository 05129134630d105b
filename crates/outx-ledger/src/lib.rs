//! May this be sent? The account's write-ahead record of every task creation.
//!
//! Before a create leaves, [`LedgerStore::begin`] is asked, and its answer is durable before it is given: so
//! whoever comes after a crash, in the same run, in another run or from a single command, finds what was
//! about to happen. A write that may have been sent is never sent again by itself.
//!
//! ```
//! use jiff::Timestamp;
//! use outx_ledger::{Admission, Intent, LedgerStore, MemoryLedger, entry_key};
//! use outx_model::{AccountId, ActionFact, ActionKey, Endpoint, Token};
//! use serde_json::json;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let ledger = MemoryLedger::new();
//! let spec = Endpoint::SendConnectionRequest.spec();
//! let input = json!({ "profile_urn": "urn:li:fsd_profile:ACoA1" });
//! let by = ActionKey::new("run-1/invite");
//! let entry = entry_key(spec, &input, &by, None);
//! let intent = Intent::new(by, entry, AccountId::new("sales"), spec.endpoint, input);
//! let now: Timestamp = "2026-03-02T09:00:00Z".parse()?;
//!
//! let first = ledger.begin(&intent, Token::new("t1"), now).await?;
//! assert!(matches!(first, Admission::Go { .. }));
//!
//! // The request leaves, the service answers, and the answer is evidence.
//! let accepted = ActionFact::Accepted { token: Token::new("t1"), task_id: "a-task".into() };
//! ledger.record(&intent.account, &intent.entry, &accepted, None, now).await?;
//!
//! // Another run would invite the same person: it is given the task that exists.
//! let other = Intent { by: ActionKey::new("run-2/invite"), ..intent };
//! let second = ledger.begin(&other, Token::new("t2"), now).await?;
//! assert!(matches!(second, Admission::Known(ticket) if ticket.id.as_str() == "a-task"));
//! # Ok(())
//! # }
//! ```
//!
//! # Ideas
//!
//! * **The rules are pure.** [`admit`], [`settle`] and [`keep_output`] take an entry and give it back; a
//!   store only reads, asks them and writes, in one transaction.
//! * **Writes meet by what they do.** [`entry_key`] makes the key of a write from its endpoint and target, so
//!   two runs that would invite the same person ask about the same entry.
//! * **One suite.** [`suite::run`] holds every store to the same behaviour.
//!
//! * **Limits belong to the account.** [`limits`] says how much may be sent in which time, how far apart and at
//!   which hours; they are looked at in the transaction that gives the permission, and nothing is reserved
//!   ahead of it. Whoever brings limits along can only tighten. Persons on the block list are not written to.
//!
//! * **Keys change, accounts stay.** [`recognise`] says which account a key stands for, by the keys that are bound to
//!   accounts; a store keeps fingerprints and no keys.
//!
//! # Features
//!
//! `guarded`: `Guarded`, a client that asks the ledger before it sends, for programs without workflows.

mod account;
mod admit;
mod binding;
mod contact;
mod entry;
mod error;
mod forget;
#[cfg(feature = "guarded")]
mod guarded;
mod key;
pub mod limits;
mod memory;
mod people;
mod seen;
mod settle;
mod store;
pub mod suite;

pub use account::{AccountView, UnknownAccount};
pub use admit::{Admission, Admitted, Block, SENDING_PATIENCE, admit};
pub use binding::{Binding, Fingerprint, Recognised, proofs, recognise};
pub use entry::{Asked, Entry, Intent, Repeat, Tried, Wanted};
pub use error::{LedgerError, LedgerErrorKind};
pub use forget::{FORGOTTEN, Forget};
#[cfg(feature = "guarded")]
pub use guarded::{Acted, Guarded, GuardedError, GuardedErrorKind};
pub use key::{call_key, chosen_key, entry_key, shared_key};
pub use memory::MemoryLedger;
pub use people::{Blocked, Tie, ties};
pub use seen::seen_connected;
pub use settle::{keep_output, settle};
pub use store::{AccountStore, BindingStore, Ledger, LedgerStore};
