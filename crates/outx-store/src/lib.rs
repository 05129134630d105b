//! SQLite behind the seams of ledger, journal, service and poller: the embedded default.
//!
//! ```
//! use outx_store::{Mode, Store};
//! # #[cfg(feature = "ledger")]
//! use outx_ledger::{Admission, Intent, LedgerStore};
//! # #[cfg(feature = "ledger")]
//! use outx_model::{Endpoint, Token};
//!
//! # #[cfg(not(feature = "ledger"))]
//! # fn main() {}
//! # #[cfg(feature = "ledger")]
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let dir = tempfile::tempdir()?;
//! # let path = dir.path().join("outx.db");
//! let spec = Endpoint::SendConnectionRequest.spec();
//! let input = serde_json::json!({ "profile_urn": "urn:li:fsd_profile:ACoA1" });
//! let intent = Intent::new(
//!     "run-1/invite".into(),
//!     "send-connection-request:ACoA1".into(),
//!     "sales".into(),
//!     spec.endpoint,
//!     input,
//! );
//! let now = "2026-03-02T09:00:00Z".parse()?;
//!
//! let store = Store::open(&path, Mode::Threaded)?;
//! let first = store.begin(&intent, Token::new("t1"), now).await?;
//! assert!(matches!(first, Admission::Go { .. }));
//! drop(store); // The process ends before it hears what became of the request …
//!
//! // … and the next one finds it: the invitation is not sent a second time.
//! let store = Store::open(&path, Mode::Threaded)?;
//! let again = store.begin(&intent, Token::new("t2"), "2026-03-02T10:00:00Z".parse()?).await?;
//! assert!(matches!(again, Admission::InDoubt(_)));
//! # Ok(())
//! # }
//! ```
//!
//! # Ideas
//!
//! * **One core, two drivers.** What an operation does is a plain function over a connection. [`Mode::Inline`]
//!   runs it on the caller's thread, so that a simulation stays deterministic; [`Mode::Threaded`] hands it to
//!   the one thread that writes.
//! * **Group commit.** The thread takes all that is queued, runs each operation in a savepoint of one
//!   transaction, commits once, and answers then. A failed operation undoes only itself.
//! * **An answer means durable.** The write-ahead log is synchronised at every commit. Whoever stops waiting
//!   for an answer does not stop the operation.
//! * **Care is apart.** [`Keeper`] checks, copies and sweeps a file beside those that work with it.
//! * **Nothing foreign is touched.** A file that is not a store, or one of a newer version, is refused and
//!   stays as it is. New files can be read and written by their owner only.
//! * **Nothing is forgotten without a word.** A log that is damaged, or that lies beside an emptied file, is refused.
//! * **Local disks only.** A file on a network file system is refused, because a sync promises nothing there.
//!
//! # Features
//!
//! All are on by default, and each works alone; the file has the same tables in any case.
//!
//! * `ledger`: [`Store`] is a `LedgerStore` of outx-ledger.
//! * `journal`: [`Store`] is a `Journal` of outx-flow.
//! * `service`: `Store::service` gives a `ServiceStore` of outx-service.
//! * `laws`: [`Store`] is a `Laws` of outx-poller, which keeps how long tasks take.
//!
//! The rules are not here: what may be sent is decided by outx-ledger, what a fact means by outx-flow.

#![cfg_attr(
    not(any(feature = "ledger", feature = "journal", feature = "service", feature = "laws")),
    allow(dead_code, unused_imports, reason = "without a seam nothing is asked of the core")
)]

mod damage;
mod db;
mod driver;
mod error;
mod file;
mod job;
mod keeper;
mod network;
mod schema;
mod store;

#[cfg(feature = "journal")]
mod journal;
#[cfg(feature = "laws")]
mod laws;
#[cfg(feature = "ledger")]
mod ledger;
#[cfg(feature = "journal")]
mod schedules;
#[cfg(feature = "journal")]
mod seen;
#[cfg(feature = "service")]
mod service;

pub use error::{StoreError, StoreErrorKind};
#[cfg(feature = "journal")]
pub use keeper::Swept;
#[cfg(all(feature = "journal", feature = "ledger"))]
pub use keeper::{Forgotten, Trace};
pub use keeper::{Health, Keeper};
#[cfg(feature = "service")]
pub use service::StoreService;
pub use store::{Mode, Store};
