//! The fast path for plain conditions: paths compared with words and with each other, joined by `&&`, `||` and `!`.
//!
//! It answers only where both sides of each comparison that is looked at are texts, or both are truth values, which is
//! all that most conditions compare. Whatever else there is, and whatever fails, is left to the interpreter, so that
//! there is one meaning and one set of messages.

use cel::common::ast::{CallExpr, Expr as Node, IdedExpr, LiteralValue, operators};

use super::path::Path;
use super::scope::Scope;
use super::value::Value;

/// A plain condition.
#[derive(Debug)]
pub(super) enum Condition {
    Or(Box<Self>, Box<Self>),
    And(Box<Self>, Box<Self>),
    Not(Box<Self>),
    Equal(Side, Side),
    Is(Path),
}

/// What is compared.
#[derive(Debug)]
pub(super) enum Side {
    Path(Path),
    Text(String),
    Truth(bool),
}

impl Condition {
    /// The condition that a tree is, if it is a plain one. A path alone has a fast path of its own.
    pub(super) fn of(tree: &IdedExpr) -> Option<Self> {
        match &tree.expr {
            Node::Call(_) => Self::part(tree),
            _ => None,
        }
    }

    fn part(tree: &IdedExpr) -> Option<Self> {
        let Node::Call(CallExpr { func_name, target: None, args }) = &tree.expr else {
            return Path::of(tree).map(Self::Is);
        };
        let both = |left, right| Some((Box::new(Self::part(left)?), Box::new(Self::part(right)?)));
        match (func_name.as_str(), args.as_slice()) {
            (operators::LOGICAL_OR, [left, right]) => {
                both(left, right).map(|(left, right)| Self::Or(left, right))
            }
            (operators::LOGICAL_AND, [left, right]) => {
                both(left, right).map(|(left, right)| Self::And(left, right))
            }
            (operators::LOGICAL_NOT, [inner]) => Some(Self::Not(Box::new(Self::part(inner)?))),
            (operators::EQUALS, [left, right]) => Some(Self::Equal(Side::of(left)?, Side::of(right)?)),
            (operators::NOT_EQUALS, [left, right]) => {
                Some(Self::Not(Box::new(Self::Equal(Side::of(left)?, Side::of(right)?))))
            }
            _ => None,
        }
    }

    /// Whether it holds; nothing where the interpreter is to say so, or why not.
    pub(super) fn holds(&self, scope: &Scope) -> Option<bool> {
        Some(match self {
            Self::Or(left, right) => left.holds(scope)? || right.holds(scope)?,
            Self::And(left, right) => left.holds(scope)? && right.holds(scope)?,
            Self::Not(inner) => !inner.holds(scope)?,
            Self::Is(path) => path.follow(scope)?.as_bool()?,
            Self::Equal(left, right) => match (left, right) {
                (Side::Path(path), Side::Text(text)) | (Side::Text(text), Side::Path(path)) => {
                    path.follow(scope)?.as_str()? == text
                }
                (Side::Path(path), Side::Truth(is)) | (Side::Truth(is), Side::Path(path)) => {
                    path.follow(scope)?.as_bool()? == *is
                }
                (Side::Path(left), Side::Path(right)) => equal(&left.follow(scope)?, &right.follow(scope)?)?,
                _ => return None,
            },
        })
    }
}

fn equal(left: &Value, right: &Value) -> Option<bool> {
    match (left.as_str(), right.as_str()) {
        (Some(left), Some(right)) => Some(left == right),
        _ => Some(left.as_bool()? == right.as_bool()?),
    }
}

impl Side {
    fn of(tree: &IdedExpr) -> Option<Self> {
        match &tree.expr {
            Node::Literal(LiteralValue::String(text)) => Some(Self::Text(text.to_string())),
            Node::Literal(LiteralValue::Boolean(is)) => Some(Self::Truth(**is)),
            _ => Path::of(tree).map(Self::Path),
        }
    }
}
