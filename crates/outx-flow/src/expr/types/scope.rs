//! The names that an expression may use, and what they hold.

use super::Type;

/// Names and their types. A name that is not there can be anything.
#[derive(Debug, Clone, Default)]
pub struct TypeScope {
    names: Vec<(String, Type)>,
}

impl TypeScope {
    /// No names.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same with a name more; it covers one of the same name.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, ty: Type) -> Self {
        self.set(name, ty);
        self
    }

    /// Adds a name; it covers one of the same name.
    pub fn set(&mut self, name: impl Into<String>, ty: Type) {
        let name = name.into();
        match self.names.iter_mut().find(|(known, _)| *known == name) {
            Some((_, old)) => *old = ty,
            None => self.names.push((name, ty)),
        }
    }

    /// The type of a name.
    pub fn get(&self, name: &str) -> Option<&Type> {
        self.names.iter().find(|(known, _)| known == name).map(|(_, ty)| ty)
    }
}
