//! Fields and items: `x.y`, `x[y]`, `x.?y`, `x[?y]`, `has(x.y)`.

use cel::common::ast::{Expr as Node, IdedExpr, LiteralValue};

use super::finding::TypeFindingKind as Kind;
use super::shape::unwrapped;
use super::walk::Walk;
use super::{Record, Shape, Type};
use crate::diagnostic::nearest;

/// How many fields a message names.
const SHOWN: usize = 12;

/// What a field of a type is.
enum Found {
    There(Type),
    /// It is never there.
    Never,
    /// It is there only if somebody gives what nobody declared; and what it may have been meant for.
    Undeclared(Option<String>),
}

impl<'a> Walk<'a> {
    pub(super) fn select(
        &mut self,
        node: &'a IdedExpr,
        operand: &'a IdedExpr,
        of: &Type,
        field: &str,
        asks: bool,
    ) -> Type {
        let place = if asks {
            // The place of `has` is that of its parenthesis; the field ends what is in it.
            let (_, end) = self.span_of(node);
            (end.saturating_sub(1 + field.len()), end.saturating_sub(1))
        } else {
            self.field_span(node)
        };
        let ty = self.field(operand, of, field, place);
        if asks { Shape::Bool(None).into() } else { ty }
    }

    pub(super) fn optional_select(
        &mut self,
        node: &'a IdedExpr,
        of: &'a IdedExpr,
        field: &'a IdedExpr,
    ) -> Type {
        let ty = self.visit(of);
        let Node::Literal(LiteralValue::String(name)) = &field.expr else { return Type::ANY };
        let place = self.field_span(node);
        let found = self.field(of, &unwrapped(&ty), name.inner(), place);
        Shape::Optional(unwrapped(&found)).into()
    }

    pub(super) fn index(
        &mut self,
        node: &'a IdedExpr,
        of: &'a IdedExpr,
        key: &'a IdedExpr,
        optional: bool,
    ) -> Type {
        let ty = self.visit(of);
        let key_type = self.visit(key);
        let held = unwrapped(&ty);
        let is_optional =
            optional || ty.shapes().is_some_and(|all| all.iter().any(|it| matches!(it, Shape::Optional(_))));
        let given = match &key.expr {
            Node::Literal(LiteralValue::String(name))
                if !has_entry(&held) && (!is_optional || has_record(&held)) =>
            {
                let place = self.span_of(key);
                self.field(of, &held, name.inner(), place)
            }
            // Where an optional value has no such item, it is none.
            _ if is_optional => Type::ANY,
            _ => self.item(node, &held, &key_type, key),
        };
        if is_optional { Shape::Optional(unwrapped(&given)).into() } else { given }
    }

    /// A field by its name.
    fn field(&mut self, operand: &IdedExpr, of: &Type, name: &str, place: (usize, usize)) -> Type {
        let Some(shapes) = of.shapes() else { return Type::ANY };
        let mut given = Vec::new();
        let mut undeclared = None;
        for shape in shapes {
            match in_shape(shape, name) {
                Found::There(ty) => given.push(ty),
                Found::Undeclared(meant) => {
                    undeclared = meant;
                    given.push(Type::ANY);
                }
                Found::Never => {}
            }
        }
        if given.is_empty() && !shapes.is_empty() {
            self.no_field(operand, of, name, place);
            return Type::ANY;
        }
        if let (Some(meant), [_]) = (undeclared, of.without_null().shapes().unwrap_or_default()) {
            let message = format!("`{name}` is no declared column");
            let help =
                format!("did you mean `{meant}`? if the file has `{name}` too, declare it as a column");
            self.report_at(Kind::UndeclaredColumn, place.0, place.1, message, Some(help));
        }
        if given.is_empty() { Type::ANY } else { Type::join_all(given) }
    }

    fn no_field(&mut self, operand: &IdedExpr, of: &Type, name: &str, (start, end): (usize, usize)) {
        let before = self.written(operand);
        let shapes = of.shapes().unwrap_or_default();
        let record = shapes
            .iter()
            .find_map(|shape| if let Shape::Record(record) = shape { Some(record) } else { None });
        if let Some(record) = record {
            let message = format!("`{before}` has no `{name}`");
            let known = || record.fields().map(|(name, _)| name);
            let help = match nearest(name, known()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => there_are(known()),
            };
            return self.report_at(Kind::UnknownField, start, end, message, Some(help));
        }
        let message = format!("`{before}` is {of}: it has no `{name}`");
        let is_list = shapes.iter().any(|shape| matches!(shape, Shape::List(_)));
        let help = is_list.then(|| {
            format!("read one item: `{before}[0].{name}`, or all of them: `{before}.map(x, x.{name})`")
        });
        self.report_at(Kind::UnknownField, start, end, message, help);
    }

    /// An item by a number, or an entry by a key that is computed.
    fn item(&mut self, node: &'a IdedExpr, of: &Type, key: &Type, written: &IdedExpr) -> Type {
        let Some(shapes) = of.shapes() else { return Type::ANY };
        let number = |shape: &Shape| matches!(shape, Shape::Int | Shape::Uint | Shape::Double);
        let text = |shape: &Shape| matches!(shape, Shape::Text(_));
        let mut given = Vec::new();
        for shape in shapes {
            match shape {
                Shape::List(of) if !key.is_never(number) => given.push(of.clone()),
                Shape::Map(_, of) => given.push(of.clone()),
                Shape::Record(record) if !key.is_never(text) => given.push(any_of(record)),
                Shape::Entry(first, second) => given.push(match &written.expr {
                    Node::Literal(LiteralValue::Int(at)) if *at.inner() == 0 => first.clone(),
                    _ => second.clone(),
                }),
                _ => {}
            }
        }
        if given.is_empty() && !shapes.is_empty() {
            let what = self.written(node);
            let message =
                if of.is_never(|shape| matches!(shape, Shape::List(_) | Shape::Map(..) | Shape::Record(_))) {
                    format!("`{what}`: {of} has no items")
                } else {
                    format!("`{what}`: {of} is not read by {key}")
                };
            self.report(Kind::UnknownField, node, message, None);
            return Type::ANY;
        }
        let all = Type::join_all(given);
        // What nothing is in has no items; whoever reads one reads nothing that is known.
        if all.shapes().is_some_and(<[Shape]>::is_empty) { Type::ANY } else { all }
    }
}

fn has_record(ty: &Type) -> bool {
    ty.shapes().is_some_and(|shapes| shapes.iter().any(|shape| matches!(shape, Shape::Record(_))))
}

fn has_entry(ty: &Type) -> bool {
    ty.shapes().is_some_and(|shapes| shapes.iter().any(|shape| matches!(shape, Shape::Entry(..))))
}

fn in_shape(shape: &Shape, name: &str) -> Found {
    match shape {
        Shape::Map(_, of) => Found::There(of.clone()),
        Shape::Optional(of) => match of.shapes() {
            None => Found::There(Type::ANY),
            Some(shapes) => {
                let inner = shapes.iter().find_map(|shape| match in_shape(shape, name) {
                    Found::There(ty) => Some(ty),
                    Found::Undeclared(_) => Some(Type::ANY),
                    Found::Never => None,
                });
                // An optional gives an optional, whatever is in it.
                Found::There(Shape::Optional(inner.unwrap_or(Type::ANY)).into())
            }
        },
        Shape::Record(record) => match record.field(name) {
            Some(ty) => Found::There(ty.clone()),
            None if record.is_closed() => Found::Never,
            None => {
                Found::Undeclared(nearest(name, record.fields().map(|(name, _)| name)).map(str::to_owned))
            }
        },
        _ => Found::Never,
    }
}

/// Whatever a record holds.
fn any_of(record: &Record) -> Type {
    if record.is_closed() { Type::join_all(record.fields().map(|(_, ty)| ty.clone())) } else { Type::ANY }
}

fn there_are<'n>(names: impl Iterator<Item = &'n str> + Clone) -> String {
    let shown: Vec<_> = names.clone().take(SHOWN).collect();
    let more = if names.count() > SHOWN { ", …" } else { "" };
    if shown.is_empty() {
        "it has no fields".to_owned()
    } else {
        format!("it has {}{more}", shown.join(", "))
    }
}
