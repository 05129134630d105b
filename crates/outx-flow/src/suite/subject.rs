//! What is held to the suite.

use crate::effect::{EffectRunner, Faults, Tokens};
use crate::engine::{Engine, LocalEngine, Setup};
use crate::journal::{Journal, MemoryJournal};
use outx_ledger::{LedgerStore, MemoryLedger};
use outx_transport::Client;
use std::sync::Arc;
use std::time::Duration;

/// An engine under test.
pub trait Subject: Send + Sync {
    /// The head of its column.
    fn name(&self) -> &str;

    /// New and empty stores. They are asked for once for each history.
    fn stores(&self) -> Stores;

    /// An engine of these parts. The first one of a history, or one that goes on after another or beside it: what it
    /// knows of the others stands in the stores.
    fn engine(&self, parts: Parts) -> Arc<dyn Engine>;
}

/// Where a history is kept. It outlives engines.
#[derive(Clone)]
pub struct Stores {
    /// Facts and values.
    pub journal: Arc<dyn Journal>,
    /// What was sent.
    pub ledger: Arc<dyn LedgerStore>,
}

/// In memory.
impl Default for Stores {
    fn default() -> Self {
        Self { journal: Arc::new(MemoryJournal::default()), ledger: Arc::new(MemoryLedger::new()) }
    }
}

/// What an engine is made of. Nothing of it does anything any more for an engine that was dropped.
#[derive(Clone)]
pub struct Parts {
    /// Its way to facts and values.
    pub journal: Arc<dyn Journal>,
    /// Its way to the ledger.
    pub ledger: Arc<dyn LedgerStore>,
    /// The client that it sends with; it holds the way to the service, the clock and the account.
    pub client: Arc<Client>,
    /// Makes the names of permissions.
    pub tokens: Tokens,
    /// Is told of each fault point that is passed.
    pub faults: Arc<dyn Faults>,
    /// How often it looks whether something was said to the run that it works on.
    pub listens: Duration,
}

impl Parts {
    /// The parts as a [`LocalEngine`] takes them.
    pub fn setup(self) -> Setup {
        let Self { journal, ledger, client, tokens, faults, listens } = self;
        let effects = EffectRunner::new(client, ledger, tokens).with_faults(faults);
        Setup { listens: Some(listens), ..Setup::new(journal, effects) }
    }
}

/// [`LocalEngine`] over any stores.
pub struct LocalSubject<F> {
    name: String,
    stores: F,
}

impl<F: Fn() -> Stores + Send + Sync> LocalSubject<F> {
    /// `stores` gives new and empty ones at each call.
    pub fn new(name: impl Into<String>, stores: F) -> Self {
        Self { name: name.into(), stores }
    }
}

impl<F: Fn() -> Stores + Send + Sync> Subject for LocalSubject<F> {
    fn name(&self) -> &str {
        &self.name
    }

    fn stores(&self) -> Stores {
        (self.stores)()
    }

    fn engine(&self, parts: Parts) -> Arc<dyn Engine> {
        Arc::new(LocalEngine::new(parts.setup()))
    }
}

impl<F> std::fmt::Debug for LocalSubject<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LocalSubject").field("name", &self.name).finish_non_exhaustive()
    }
}
