//! The definitions of a run: the one that it was started with, and those that it was given later.

use crate::definition::Workflow;
use outx_model::ContentHash;
use std::collections::HashMap;
use std::sync::Arc;

/// The definitions that a run's facts name.
#[derive(Debug, Clone)]
pub struct Definitions {
    pub(super) first: Arc<Workflow>,
    pub(super) later: HashMap<ContentHash, Arc<Workflow>>,
}

impl Definitions {
    /// With one that a change ([`Event::Revised`](crate::journal::Event::Revised)) names by this address.
    #[must_use]
    pub fn with(mut self, address: ContentHash, workflow: Arc<Workflow>) -> Self {
        self.later.insert(address, workflow);
        self
    }
}

impl From<Arc<Workflow>> for Definitions {
    fn from(first: Arc<Workflow>) -> Self {
        Self { first, later: HashMap::new() }
    }
}
