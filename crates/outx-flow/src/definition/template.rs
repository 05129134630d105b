//! A value with expressions in it.

use crate::diagnostic::{Place, Source, Span};
use crate::expr::{ExprError, Reference, Scope, Template, Value};
use crate::yaml::Text;
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

/// Where a text stands in the file: enough to place an error inside it.
#[derive(Debug, Clone)]
pub struct TextPlace {
    /// The scalar's span.
    pub span: Span,
    /// The scalar.
    pub text: Text,
    /// The key it stands under, for messages.
    pub key: String,
}

impl TextPlace {
    /// The line and column of an error in it; those of its start where the error has no place.
    pub fn of_error(&self, source: &Source, error: &ExprError) -> Place {
        let offset = error.offset().map(|offset| self.text.place_in_source(source.text(), offset));
        source.place(offset.unwrap_or(self.span.start))
    }
}

/// An expression of a tree that could not be evaluated.
#[derive(Debug)]
pub struct TreeError {
    /// What went wrong.
    pub error: ExprError,
    /// In which text.
    pub place: Box<TextPlace>,
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
                template.evaluate(scope).map_err(|error| TreeError { error, place: Box::new(place.clone()) })
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

    /// The field of a binding that it is, as it stands.
    pub fn field_of(&self, root: &str) -> Option<&str> {
        let Self::Text(template, _) = self else { return None };
        let (only, _) = template.expressions().next().filter(|_| template.is_whole())?;
        only.field_of(root)
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
