//! What is wrong with the types of an expression.

use super::Type;

/// What an expression gives, and what is wrong with it.
#[derive(Debug, Clone)]
pub struct Typed {
    /// What it gives.
    pub ty: Type,
    /// What is wrong with it, in the order of the source.
    pub findings: Vec<TypeFinding>,
}

/// One thing that is wrong with the types of an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeFinding {
    /// What is wrong.
    pub kind: TypeFindingKind,
    /// The same in a lower-case sentence.
    pub message: String,
    /// The first byte of the expression that it is about.
    pub start: usize,
    /// The byte after the last one.
    pub end: usize,
    /// What to write instead.
    pub help: Option<String>,
}

/// What can be wrong with the types of an expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TypeFindingKind {
    /// It reads a field that is not there.
    UnknownField,
    /// It reads a column that no one declared and whose name is near that of a declared one. Not certain.
    UndeclaredColumn,
    /// An operator stands beside values that it does not take.
    Operator,
    /// A function is called with other arguments than it takes.
    Argument,
    /// It compares what is never equal. It can be computed; the answer is always the same.
    NeverEqual,
    /// What stands in it can be computed already, and fails.
    Fails,
}

impl TypeFindingKind {
    /// True if the expression can be computed all the same.
    pub fn is_warning(self) -> bool {
        matches!(self, Self::UndeclaredColumn | Self::NeverEqual)
    }
}
