//! Values by address, as a run in progress holds them.

use crate::expr::Value;
use outx_model::ContentHash;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The values that a run in progress knows.
#[derive(Debug, Clone, Default)]
pub struct Values {
    known: HashMap<ContentHash, Value>,
    /// Named values that are the same wherever they are read, so that ten thousand items do not compute them each.
    vars: Arc<Mutex<HashMap<VarKey, Value>>>,
}

/// The definition, the value's number in it, and the inputs that it was computed from.
pub(crate) type VarKey = (ContentHash, usize, Option<ContentHash>);

impl Values {
    /// A value by its address; null for one that is not known.
    pub fn get(&self, hash: Option<ContentHash>) -> Value {
        hash.and_then(|hash| self.known.get(&hash)).cloned().unwrap_or(Value::NULL)
    }

    /// Adds a value. Gives its address, and its text where the journal may not have it yet.
    pub fn add(&mut self, value: Value) -> (ContentHash, Option<Arc<str>>) {
        let text = value.to_json().to_string();
        let hash = ContentHash::of_bytes(text.as_bytes());
        match self.known.insert(hash, value) {
            Some(_) => (hash, None),
            None => (hash, Some(text.into())),
        }
    }

    /// A named value that was computed before.
    pub(crate) fn var(&self, key: &VarKey) -> Option<Value> {
        self.vars.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }

    /// Keeps a named value.
    pub(crate) fn keep_var(&self, key: VarKey, value: &Value) {
        self.vars.lock().unwrap_or_else(PoisonError::into_inner).insert(key, value.clone());
    }

    /// Takes a value that the journal holds.
    ///
    /// # Errors
    ///
    /// When its text is not JSON.
    pub fn load(&mut self, hash: ContentHash, text: &str) -> Result<(), serde_json::Error> {
        let value = serde_json::from_str(text)?;
        self.known.insert(hash, Value::from_json(value));
        Ok(())
    }
}
