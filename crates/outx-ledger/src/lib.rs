//! May this be sent? The account's write-ahead record of every task creation.

mod entry;
mod error;
mod rules;
mod store;

pub use entry::{Entry, Intent};
pub use error::{LedgerError, LedgerErrorKind};
pub use rules::{Admission, admit, settle};
pub use store::LedgerStore;
