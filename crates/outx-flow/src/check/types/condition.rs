//! Conditions: true or false, and not always the same.

use super::Pass;
use super::names::Around;
use crate::definition::{Condition, TextPlace};
use crate::diagnostic::Diagnostic;
use crate::expr::{Expr, ExprErrorKind, Scope, Shape, Type};

/// The longest expression that a remedy repeats, in bytes.
const LONGEST: usize = 60;

impl Pass<'_> {
    pub(super) fn condition(&mut self, condition: &Condition, around: &[Around]) {
        let Condition::Computed(template, place) = condition else { return };
        for (expr, start) in template.expressions() {
            let (ty, sound) = self.expression(expr, start, place, around);
            if !sound {
                continue;
            }
            let source = expr.source();
            let from = start + source.len() - source.trim_start().len();
            let span = self.span(place, from, from + source.trim().len());
            if ty.is_never(|shape| matches!(shape, Shape::Bool(_) | Shape::Optional(_))) {
                let message = format!("`{}` must be true or false, not {ty}", place.key);
                self.diagnostics
                    .push(Diagnostic::error("OX208", message, span).with_help(remedy(&ty, source)));
            } else if let Some(known) = self.always(expr, &ty, place) {
                let message = format!("this is always {known}");
                let help = if known { "take it out" } else { "what it guards never happens" };
                self.diagnostics.push(Diagnostic::warning("OX214", message, span).with_help(help));
            }
        }
    }

    /// What a condition always is, unless it was written down as plainly as that.
    fn always(&mut self, expr: &Expr, ty: &Type, place: &TextPlace) -> Option<bool> {
        if matches!(expr.source().trim(), "true" | "false") {
            return None;
        }
        if let Some(known) = ty.known_bool() {
            return Some(known);
        }
        // Whom the account has contacted is for its ledger to say.
        let asks = expr.functions().iter().any(|call| call.name == "contacted");
        if asks || !expr.references().is_empty() {
            return None;
        }
        // It reads nothing, so that it can be computed here and now.
        match expr.evaluate(&Scope::new()) {
            Ok(value) => value.as_bool(),
            Err(error) => {
                if error.kind() != ExprErrorKind::Type {
                    let found = Diagnostic::error("OX217", error.message(), place.span);
                    self.diagnostics.push(found.with_help_if(error.help()));
                }
                None
            }
        }
    }
}

fn remedy(ty: &Type, source: &str) -> String {
    let source = source.trim();
    let shown = if source.len() > LONGEST || source.contains('\n') { "…" } else { source };
    match ty.without_null().shapes().and_then(|shapes| shapes.first()) {
        Some(Shape::List(_) | Shape::Map(..) | Shape::Record(_)) => {
            format!("ask whether it is empty: `size({shown}) > 0`")
        }
        Some(Shape::Int | Shape::Uint | Shape::Double) => format!("compare it: `{shown} > 0`"),
        Some(Shape::Text(_)) => format!("compare it: `{shown} != ''`"),
        _ => format!("compare it, such as `{shown} != null`"),
    }
}
