//! The keys of a fan-out's items, each another one.

use super::items::{MAX_ITEMS, wrong};
use crate::journal::StepError;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// The keys of the items of a list, taken one after the other.
#[derive(Debug)]
pub(crate) struct Keys {
    taken: Vec<Arc<str>>,
    known: HashSet<Arc<str>>,
    occurrences: HashMap<String, usize>,
}

impl Keys {
    /// For a list of so many items.
    ///
    /// # Errors
    ///
    /// When there are too many.
    pub(crate) fn of(length: usize) -> Result<Self, StepError> {
        if length > MAX_ITEMS {
            return Err(wrong(format!("`each` gave {length} items; there may be {MAX_ITEMS}")));
        }
        Ok(Self {
            taken: Vec::with_capacity(length),
            known: HashSet::with_capacity(length),
            occurrences: HashMap::new(),
        })
    }

    /// Takes the key of the next item. A second item of one key gets a number; which may be another's key, so the next
    /// one is tried.
    pub(crate) fn add(&mut self, key: &str) {
        let mut unique: Arc<str> = Arc::from(key);
        while !self.known.insert(unique.clone()) {
            let occurrence = self.occurrences.entry(key.to_owned()).or_insert(1);
            *occurrence += 1;
            unique = format!("{key}#{occurrence}").into();
        }
        self.taken.push(unique);
    }

    /// All of them, in the order of the list.
    pub(crate) fn all(self) -> Vec<Arc<str>> {
        self.taken
    }
}
