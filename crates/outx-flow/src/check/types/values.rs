//! Values with expressions in them.

use super::Pass;
use super::names::Around;
use crate::definition::{TextPlace, Tree};
use crate::diagnostic::{Diagnostic, Span};
use crate::expr::{Expr, Shape, Template, Type, TypeFinding, TypeFindingKind};
use indexmap::IndexMap;

impl Pass<'_> {
    /// What a value gives; what is wrong with the expressions in it is noted.
    pub(super) fn tree(&mut self, tree: &Tree, around: &[Around]) -> Type {
        match tree {
            Tree::Constant(value) => Type::of_json(&value.to_json()),
            Tree::Text(template, place) => self.template(template, place, around),
            Tree::List(items) => {
                let items: Vec<Type> = items.iter().map(|item| self.tree(item, around)).collect();
                Type::list(Type::join_all(items))
            }
            Tree::Map(fields) => {
                let fields: IndexMap<&str, Type> =
                    fields.iter().map(|(name, value)| (name.as_str(), self.tree(value, around))).collect();
                Type::record(fields, true)
            }
        }
    }

    /// What a text with expressions gives.
    pub(super) fn template(&mut self, template: &Template, place: &TextPlace, around: &[Around]) -> Type {
        let whole = template.is_whole();
        let mut given = Type::text();
        for (expr, start) in template.expressions() {
            let (ty, sound) = self.expression(expr, start, place, around);
            if whole {
                given = match ty.known_bool() {
                    // A switch that is written down may be another one tomorrow.
                    Some(_) => Shape::Bool(None).into(),
                    None => json(&ty),
                };
            } else if sound {
                self.printed(expr, start, place, &ty);
            }
        }
        given
    }

    /// What one expression gives, and whether nothing is wrong with it.
    pub(super) fn expression(
        &mut self,
        expr: &Expr,
        start: usize,
        place: &TextPlace,
        around: &[Around],
    ) -> (Type, bool) {
        let typed = expr.types(&self.scope(expr, around));
        for finding in &typed.findings {
            let span = self.span(place, start + finding.start, start + finding.end);
            self.diagnostics.push(diagnostic(finding, span));
        }
        (typed.ty, typed.findings.is_empty())
    }

    /// What stands in the middle of a text must be something that can be written there.
    fn printed(&mut self, expr: &Expr, start: usize, place: &TextPlace, ty: &Type) {
        let may = |shape: &Shape| {
            !matches!(
                shape,
                Shape::Null | Shape::List(_) | Shape::Map(..) | Shape::Record(_) | Shape::Entry(..)
            )
        };
        if !json(ty).is_never(may) {
            return;
        }
        let source = expr.source();
        let from = start + source.len() - source.trim_start().len();
        let span = self.span(place, from, from + source.trim().len());
        let message = format!("{ty} cannot stand in the middle of a text");
        let is_list = ty.is_never(|shape| !matches!(shape, Shape::List(_) | Shape::Null));
        let is_null = ty.is_never(|shape| !matches!(shape, Shape::Null));
        let help = if is_null {
            "say `default(x, '…')` where it may be null"
        } else if is_list {
            "say `x.join(', ')` for a list of texts, or let the value be one `${{ }}` alone"
        } else {
            "name a field of it, or let the value be one `${{ }}` alone"
        };
        self.diagnostics.push(Diagnostic::error("OX215", message, span).with_help(help));
    }

    /// A key by which something is known: a text or a number.
    pub(super) fn key(&mut self, tree: &Tree, code: &'static str, what: &str, around: &[Around]) {
        let ty = self.tree(tree, around);
        let may = |shape: &Shape| matches!(shape, Shape::Text(_) | Shape::Int | Shape::Uint | Shape::Double);
        if let Some(place) = place(tree).filter(|_| ty.is_never(may)) {
            let message = format!("{what} must be a text or a number, not {ty}");
            self.diagnostics.push(Diagnostic::error(code, message, place.span));
        }
    }

    /// A stretch of a text's value, as it stands in the file.
    pub(super) fn span(&self, place: &TextPlace, start: usize, end: usize) -> Span {
        place.text.span_in_source(self.workflow.source.text(), Span::new(start, end))
    }
}

/// The place of a value that is one text.
pub(super) fn place(tree: &Tree) -> Option<&TextPlace> {
    if let Tree::Text(_, place) = tree { Some(place) } else { None }
}

/// What becomes of a value when it leaves an expression: moments and durations are texts, and an optional value
/// is what is in it, or null.
fn json(ty: &Type) -> Type {
    let Some(shapes) = ty.shapes() else { return Type::ANY };
    Type::join_all(shapes.iter().map(|shape| match shape {
        Shape::Moment | Shape::Duration => Type::text(),
        Shape::Uint => Shape::Int.into(),
        Shape::Optional(of) => json(of).or_null(),
        Shape::List(of) => Type::list(json(of)),
        Shape::Map(_, of) => Shape::Map(Type::text(), json(of)).into(),
        Shape::Record(record) => {
            Type::record(record.fields().map(|(name, ty)| (name, json(ty))), record.is_closed())
        }
        other => other.clone().into(),
    }))
}

fn diagnostic(finding: &TypeFinding, span: Span) -> Diagnostic {
    let code = match finding.kind {
        TypeFindingKind::UnknownField => "OX210",
        TypeFindingKind::Operator => "OX211",
        TypeFindingKind::Argument => "OX212",
        TypeFindingKind::NeverEqual => "OX213",
        TypeFindingKind::UndeclaredColumn => "OX216",
        TypeFindingKind::Fails => "OX217",
    };
    let make = if finding.kind.is_warning() { Diagnostic::warning } else { Diagnostic::error };
    make(code, finding.message.as_str(), span).with_help_if(finding.help.as_deref())
}
