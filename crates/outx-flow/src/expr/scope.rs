//! The names that an expression may use.

use super::contacts::Contacts;
use super::value::Value;

/// Names and their values, for one evaluation. Cheap to build: every value is shared.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    names: Vec<(String, Value)>,
    contacts: Option<Contacts>,
}

impl Scope {
    /// No names.
    pub fn new() -> Self {
        Scope::default()
    }

    /// The same with a name more; it covers one of the same name. A name is a simple identifier.
    pub fn with(mut self, name: impl Into<String>, value: Value) -> Self {
        let name = name.into();
        match self.names.iter_mut().find(|(known, _)| *known == name) {
            Some((_, old)) => *old = value,
            None => self.names.push((name, value)),
        }
        self
    }

    /// The same with what `contacted` is told; without it, `contacted` is an error.
    pub fn knowing(self, contacts: Contacts) -> Self {
        Self { contacts: Some(contacts), ..self }
    }

    /// What `contacted` is told.
    pub(super) fn contacts(&self) -> Option<&Contacts> {
        self.contacts.as_ref()
    }

    /// The value of a name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.names.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// All names with their values, in the order in which they were added.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.names.iter().map(|(name, value)| (name.as_str(), value))
    }
}
