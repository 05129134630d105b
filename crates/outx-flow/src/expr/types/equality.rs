//! Which values can be equal: `==`, `!=` and `in`.

use cel::common::ast::{Expr as Node, IdedExpr, ListExpr, LiteralValue, operators as op};

use super::super::program::known_by_itself;
use super::finding::TypeFindingKind as Kind;
use super::operators::remedy;
use super::walk::{Walk, literal};
use super::{Shape, Type};
use crate::diagnostic::nearest;

/// Whether a value of the one type can equal one of the other. In doubt it can.
pub(super) fn can_equal(one: &Type, other: &Type) -> bool {
    let (Some(one), Some(other)) = (one.shapes(), other.shapes()) else { return true };
    if one.is_empty() || other.is_empty() {
        return true;
    }
    one.iter().any(|a| other.iter().any(|b| shapes_can_equal(a, b)))
}

fn shapes_can_equal(one: &Shape, other: &Shape) -> bool {
    use Shape::{
        Bool, Bytes, Double, Duration, Entry, Int, List, Map, Moment, Null, Optional, Record, Text, TypeName,
        Uint,
    };
    match (one, other) {
        (Bool(a), Bool(b)) => a.is_none() || b.is_none() || a == b,
        (Text(Some(a)), Text(Some(b))) => a.iter().any(|word| b.contains(word)),
        (Null, Null)
        | (Int | Uint | Double, Int | Uint | Double)
        | (Text(_), Text(_))
        | (Bytes, Bytes)
        | (Moment, Moment)
        | (Duration, Duration)
        | (TypeName, TypeName)
        // Both may be empty, or nothing.
        | (List(_) | Entry(..), List(_) | Entry(..))
        | (Map(..) | Record(_), Map(..) | Record(_))
        | (Optional(_), Optional(_)) => true,
        _ => false,
    }
}

impl<'a> Walk<'a> {
    pub(super) fn equality(
        &mut self,
        node: &'a IdedExpr,
        name: &str,
        left: &'a IdedExpr,
        right: &'a IdedExpr,
    ) -> Type {
        let one = self.visit(left);
        let other = self.visit(right);
        let known = if can_equal(&one, &other) {
            written_out(left, right).then(|| known_by_itself(node)).flatten()
        } else {
            // Who asks for null is careful, not mistaken.
            let asks_null = [&one, &other].iter().any(|ty| matches!(ty.shapes(), Some([Shape::Null])));
            if asks_null {
                None
            } else {
                self.never_equal(node, (left, &one), (right, &other));
                Some(name == op::NOT_EQUALS)
            }
        };
        Shape::Bool(known).into()
    }

    fn never_equal(&mut self, node: &'a IdedExpr, left: (&'a IdedExpr, &Type), right: (&'a IdedExpr, &Type)) {
        for ((known, words), (other, said)) in [(left, right), (right, left)] {
            if let (Some(words), Some([Shape::Text(Some(said))])) = (closed(words), said.shapes())
                && let [said] = &**said
                && matches!(other.expr, Node::Literal(_))
                && !matches!(known.expr, Node::Literal(_))
            {
                let message = format!("`{}` is never `{said}`", self.written(known));
                let near = nearest(said, words.iter().map(|word| &**word));
                let help = match near {
                    Some(near) => format!("did you mean `'{near}'`?"),
                    None => format!("it is one of {}", words.join(", ")),
                };
                self.report(Kind::NeverEqual, other, message, Some(help));
                return;
            }
        }
        let message = format!(
            "`{}` is {}, and `{}` is {}: they are never equal",
            self.written(left.0),
            left.1,
            self.written(right.0),
            right.1
        );
        let message = if left.1.to_string() == right.1.to_string() {
            format!("`{}` and `{}` are never equal", self.written(left.0), self.written(right.0))
        } else {
            message
        };
        let help =
            self.other_spelling(left, right).or_else(|| self.other_spelling(right, left)).or_else(|| {
                let help =
                    remedy(op::LESS, (left.1, &self.written(left.0)), (right.1, &self.written(right.0)));
                help.filter(|_| !written_out(left.0, right.0)).map(|help| help.replace(" < ", " == "))
            });
        self.report(Kind::NeverEqual, node, message, help);
    }

    /// A number that is written where a text is compared with it, or the other way round.
    fn other_spelling(&self, literal: (&IdedExpr, &Type), other: (&IdedExpr, &Type)) -> Option<String> {
        let written = self.written(literal.0);
        match &literal.0.expr {
            Node::Literal(LiteralValue::Int(_) | LiteralValue::Double(_))
                if !other.1.is_never(|shape| matches!(shape, Shape::Text(_))) =>
            {
                Some(format!("in quotes it is a text: `'{written}'`"))
            }
            Node::Literal(LiteralValue::String(text))
                if text.inner().parse::<f64>().is_ok()
                    && !other.1.is_never(|shape| matches!(shape, Shape::Int | Shape::Double)) =>
            {
                Some(format!("without quotes it is a number: `{}`", text.inner()))
            }
            _ => None,
        }
    }

    pub(super) fn contained(&mut self, node: &'a IdedExpr, left: &'a IdedExpr, right: &'a IdedExpr) -> Type {
        let item = self.visit(left);
        let container = self.visit(right);
        let may = |shape: &Shape| {
            matches!(shape, Shape::List(_) | Shape::Entry(..) | Shape::Map(..) | Shape::Record(_))
        };
        if container.is_never(may) {
            let is_text = container.is_never(|shape| !matches!(shape, Shape::Text(_) | Shape::Null));
            let help =
                is_text.then(|| format!("write `{}.contains({})`", self.written(right), self.written(left)));
            self.report(
                Kind::Operator,
                node,
                format!("`in` looks into a list or an object, not {container}"),
                help,
            );
            return Shape::Bool(None).into();
        }
        let lists = |shape: &Shape| matches!(shape, Shape::List(_) | Shape::Entry(..));
        if container.is_never(lists) && item.is_never(is_key) {
            let message = format!("`{}` is {item}, which is the key of no object", self.written(left));
            self.report(Kind::Operator, node, message, None);
            return Shape::Bool(None).into();
        }
        if let Node::List(list) = &right.expr {
            self.contained_in_list(left, &item, list);
        } else if !may_contain(&item, &container) && !matches!(item.shapes(), Some([Shape::Null])) {
            let message =
                format!("nothing in `{}` ever equals `{}`", self.written(right), self.written(left));
            self.report(Kind::NeverEqual, node, message, None);
            return Shape::Bool(Some(false)).into();
        }
        Shape::Bool(None).into()
    }

    /// Each element that is written out is compared by itself.
    fn contained_in_list(&mut self, left: &'a IdedExpr, item: &Type, list: &'a ListExpr) {
        for element in &list.elements {
            if let Node::Literal(value) = &element.expr {
                let ty = literal(value);
                if !can_equal(item, &ty) && !matches!(value, LiteralValue::Null) {
                    self.never_equal(element, (left, item), (element, &ty));
                }
            }
        }
    }
}

/// Whether both sides stand in the source as they are.
pub(super) fn written_out(left: &IdedExpr, right: &IdedExpr) -> bool {
    matches!((&left.expr, &right.expr), (Node::Literal(_), Node::Literal(_)))
}

/// Whether an item can be in a container.
fn may_contain(item: &Type, container: &Type) -> bool {
    container.shapes().is_none_or(|shapes| {
        shapes.iter().any(|shape| match shape {
            Shape::List(of) => can_equal(item, of),
            Shape::Map(key, _) => can_equal(item, key),
            Shape::Record(_) => can_equal(item, &Type::text()),
            Shape::Entry(..) => true,
            _ => false,
        })
    })
}

/// Whether a map can have such a key. Null may be another thing the next time.
fn is_key(shape: &Shape) -> bool {
    use Shape::{Bool, Double, Int, Null, Text, Uint};
    matches!(shape, Bool(_) | Int | Uint | Double | Text(_) | Null)
}

/// The words of a type that is nothing but one of some words, or null.
fn closed(ty: &Type) -> Option<Vec<String>> {
    match ty.without_null().shapes() {
        Some([Shape::Text(Some(words))]) => Some(words.iter().map(ToString::to_string).collect()),
        _ => None,
    }
}
