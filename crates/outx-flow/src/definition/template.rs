//! A value with expressions in it.

use crate::expr::{ExprError, Reference, Scope, Template, Value};
use indexmap::IndexMap;

/// A value as the file gives it: plain parts, and texts with `${{ }}`.
#[derive(Debug)]
pub enum Tree {
    /// A value without expressions.
    Constant(Value),
    /// A text with expressions, and where it stands in the file.
    Text(Template, TextPlace),
    /// A list in which an expression stands somewhere.
    List(Vec<Tree>),
    /// A map in which an expression stands somewhere.
    Map(IndexMap<String, Tree>),
}

/// Where a text stands in the file, and the text of its scalar: enough to place an error inside it.
#[derive(Debug, Clone)]
pub struct TextPlace {
    /// The scalar's span.
    pub span: crate::diagnostic::Span,
    /// The key it stands under, for messages.
    pub key: String,
}

/// An expression of a tree that could not be evaluated.
#[derive(Debug)]
pub struct TreeError {
    /// What went wrong.
    pub error: ExprError,
    /// In which text.
    pub place: TextPlace,
}

impl Tree {
    /// Evaluates it.
    ///
    /// # Errors
    ///
    /// The first expression that cannot be evaluated, with its place.
    pub fn evaluate(&self, scope: &Scope) -> Result<Value, TreeError> {
        match self {
            Self::Constant(value) => Ok(value.clone()),
            Self::Text(template, place) => {
                template.evaluate(scope).map_err(|error| TreeError { error, place: place.clone() })
            }
            Self::List(items) => {
                let items: Result<Vec<_>, _> = items.iter().map(|item| item.evaluate(scope)).collect();
                Ok(Value::list(items?))
            }
            Self::Map(fields) => {
                let pairs: Result<Vec<_>, _> =
                    fields.iter().map(|(key, value)| Ok((key.clone(), value.evaluate(scope)?))).collect();
                Ok(Value::map(pairs?))
            }
        }
    }

    /// Every path that its expressions read.
    pub fn references(&self) -> Vec<Reference> {
        let mut out = Vec::new();
        self.collect(&mut out);
        out
    }

    fn collect(&self, out: &mut Vec<Reference>) {
        match self {
            Self::Constant(_) => {}
            Self::Text(template, _) => out.extend(template.references()),
            Self::List(items) => items.iter().for_each(|item| item.collect(out)),
            Self::Map(fields) => fields.values().for_each(|value| value.collect(out)),
        }
    }
}
