//! An input as it is kept: as text, because a service holds many and reads each seldom.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use std::fmt;
use std::sync::Arc;

/// A JSON value that is kept as its text. Clones share it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Input(Arc<str>);

impl Input {
    /// The text of a value.
    pub fn new(value: &Value) -> Self {
        Self(value.to_string().into())
    }

    /// The value, read anew each time.
    pub fn value(&self) -> Value {
        serde_json::from_str(&self.0).unwrap_or_default()
    }

    /// Its JSON, without any white space between the tokens.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<Value> for Input {
    fn from(value: Value) -> Self {
        Self::new(&value)
    }
}

impl PartialEq<Value> for Input {
    fn eq(&self, other: &Value) -> bool {
        self.value() == *other
    }
}

impl Serialize for Input {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.value().serialize(to)
    }
}

impl<'de> Deserialize<'de> for Input {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Value::deserialize(from).map(Self::from)
    }
}
