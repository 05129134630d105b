//! What the rules look at besides an entry.

use crate::limits::{Closures, History, Limits, Scope};
use crate::people::Blocked;
use jiff::Timestamp;
use outx_model::PersonName;
use std::convert::Infallible;

/// What a store knows of an account, looked at within the transaction that gives or refuses a permission.
pub trait AccountView: History {
    /// The limits that are set for the account; nothing where none were.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    fn limits(&self) -> Result<Option<Limits>, Self::Error>;

    /// What the service has closed for it.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    fn closures(&self) -> Result<Closures, Self::Error>;

    /// The block list's line for a name.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    fn blocked(&self, name: &PersonName) -> Result<Option<Blocked>, Self::Error>;

    /// Other names of the same person, from what the service has shown.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    fn names_of(&self, name: &PersonName) -> Result<Vec<PersonName>, Self::Error>;
}

/// An account of which nothing is known: no limits, no block list, no past.
#[derive(Debug, Clone, Copy, Default)]
pub struct UnknownAccount;

impl History for UnknownAccount {
    type Error = Infallible;

    fn latest(&self, _: &Scope, _: u32) -> Result<Option<Timestamp>, Infallible> {
        Ok(None)
    }
}

impl AccountView for UnknownAccount {
    fn limits(&self) -> Result<Option<Limits>, Infallible> {
        Ok(None)
    }

    fn closures(&self) -> Result<Closures, Infallible> {
        Ok(Closures::default())
    }

    fn blocked(&self, _: &PersonName) -> Result<Option<Blocked>, Infallible> {
        Ok(None)
    }

    fn names_of(&self, _: &PersonName) -> Result<Vec<PersonName>, Infallible> {
        Ok(Vec::new())
    }
}
