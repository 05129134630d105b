//! The fields of `with` against what the kind takes, where expressions stand in them.

use super::Pass;
use super::names::Around;
use crate::definition::{TextPlace, Tree, Uses};
use crate::diagnostic::{Diagnostic, Span, nearest};
use crate::expr::{Shape, Type};
use crate::kind::{Kind, KindField, Takes};
use serde_json::{Value, json};

impl Pass<'_> {
    pub(super) fn fields(&mut self, uses: &Uses, around: &[Around]) {
        let (Tree::Map(given), Some(fields)) = (&uses.with, uses.kind.fields()) else { return };
        for field in &fields {
            let Some((tree, place)) = given.get(field.name).and_then(|tree| Some((tree, first_place(tree)?)))
            else {
                continue;
            };
            // What is wrong with the expression itself is said already.
            let before = self.diagnostics.len();
            let ty = self.tree(tree, around);
            let sound = self.diagnostics.len() == before;
            self.diagnostics.truncate(before);
            if sound {
                self.field(&*uses.kind, field, &ty, place);
            }
        }
    }

    fn field(&mut self, kind: &dyn Kind, field: &KindField, ty: &Type, place: &TextPlace) {
        if !ty.is_never(|shape| fits(kind, field, shape)) {
            return self.words(field, ty, place);
        }
        let message = format!("`{}` must be {}, not {ty}", field.name, field.takes.describe());
        let help = match (field.takes, ty.without_null().shapes().and_then(|shapes| shapes.first())) {
            (Takes::Text | Takes::Word(_), Some(Shape::Int | Shape::Double | Shape::Bool(_))) => {
                Some("write `string(…)` around the expression")
            }
            (Takes::Integer, Some(Shape::Text(_) | Shape::Double)) => {
                Some("write `int(…)` around the expression")
            }
            (Takes::List, Some(Shape::Text(_) | Shape::Int)) => {
                Some("a list of one is written in brackets: `[…]`")
            }
            _ => None,
        };
        let found = Diagnostic::error("OX132", message, whole(place));
        self.diagnostics.push(found.with_help_if(help));
    }

    /// A word that is none of those that the field takes.
    fn words(&mut self, field: &KindField, ty: &Type, place: &TextPlace) {
        let (Takes::Word(taken), Some([Shape::Text(Some(words))])) = (field.takes, ty.shapes()) else {
            return;
        };
        if let Some(word) = words.iter().find(|word| !taken.contains(&&***word)) {
            let message = format!("`{}` must be {}, not `{word}`", field.name, field.takes.describe());
            let help = nearest(word, taken.iter().copied()).map(|near| format!("did you mean `{near}`?"));
            self.diagnostics.push(Diagnostic::error("OX132", message, whole(place)).with_help_if(help));
        }
    }
}

fn whole(place: &TextPlace) -> Span {
    place.span
}

/// The first text with an expression in a value.
fn first_place(tree: &Tree) -> Option<&TextPlace> {
    match tree {
        Tree::Constant(_) => None,
        Tree::Text(_, place) => Some(place),
        Tree::List(items) => items.iter().find_map(first_place),
        Tree::Map(fields) => fields.values().find_map(first_place),
    }
}

/// Whether the field takes some value of the shape. In doubt it does.
fn fits(kind: &dyn Kind, field: &KindField, shape: &Shape) -> bool {
    let samples: Vec<Value> = match shape {
        // A null is as if the field were not there.
        Shape::Null => return !field.required || field.takes.accepts(&Value::Null),
        Shape::Bool(_) => vec![json!(true), json!(false)],
        Shape::Int | Shape::Uint => vec![json!(1), json!(10)],
        Shape::Double => vec![json!(1.5)],
        Shape::List(_) => vec![json!([]), json!(["a"])],
        Shape::Map(..) | Shape::Record(_) => vec![json!({}), json!({ "a": 1 })],
        Shape::Text(_) if matches!(field.takes, Takes::Word(_)) => return true,
        Shape::Text(_) => ["a", "1", "1h", "2026-03-02T09:00:00Z"].map(Value::from).to_vec(),
        _ => return true,
    };
    samples.iter().any(|sample| field.takes.accepts(sample) || kind.check_field(field, sample).is_ok())
}
