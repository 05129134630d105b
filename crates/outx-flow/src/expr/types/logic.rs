//! What must be true or false: `&&`, `||`, `!`, and what stands before `?`.

use cel::common::ast::{IdedExpr, operators as op};

use super::finding::TypeFindingKind as Kind;
use super::walk::Walk;
use super::{Shape, Type};

impl<'a> Walk<'a> {
    pub(super) fn choice(&mut self, condition: &'a IdedExpr, yes: &'a IdedExpr, no: &'a IdedExpr) -> Type {
        self.boolean(condition, "?");
        let yes = self.visit(yes);
        let no = self.visit(no);
        yes.join(&no)
    }

    pub(super) fn logical(&mut self, name: &str, left: &'a IdedExpr, right: &'a IdedExpr) -> Type {
        let absorbs = name == op::LOGICAL_OR;
        let sign = if absorbs { "||" } else { "&&" };
        let left = self.boolean(left, sign);
        let right = self.boolean(right, sign);
        let known = match (left, right) {
            (Some(known), _) | (_, Some(known)) if known == absorbs => Some(known),
            (Some(one), Some(other)) if one == other => Some(one),
            _ => None,
        };
        Shape::Bool(known).into()
    }

    /// A part that must be true or false; which of them, where that is known.
    fn boolean(&mut self, node: &'a IdedExpr, sign: &str) -> Option<bool> {
        let ty = self.visit(node);
        if ty.is_never(|shape| matches!(shape, Shape::Bool(_))) {
            let help = self.comparison(node, &ty);
            let what = if sign == "?" {
                "what stands before `?`".to_owned()
            } else {
                format!("`{sign}` takes what")
            };
            let message = if sign == "?" {
                format!("{what} must be true or false, not {ty}")
            } else {
                format!("{what} is true or false, not {ty}")
            };
            self.report(Kind::Operator, node, message, Some(help));
            return None;
        }
        ty.known_bool()
    }

    /// How a value becomes a condition.
    fn comparison(&self, node: &IdedExpr, ty: &Type) -> String {
        let written = self.written(node);
        let ty = ty.without_null();
        match ty.shapes().and_then(|shapes| shapes.first()) {
            Some(Shape::List(_) | Shape::Map(..)) => {
                format!("ask whether it is empty: `size({written}) > 0`")
            }
            Some(Shape::Int | Shape::Uint | Shape::Double) => format!("compare it: `{written} > 0`"),
            Some(Shape::Text(_)) => format!("compare it: `{written} != ''`"),
            _ => format!("compare it, such as `{written} != null`"),
        }
    }

    pub(super) fn not(&mut self, of: &'a IdedExpr) -> Type {
        let known = self.boolean(of, "!");
        Shape::Bool(known.map(|known| !known)).into()
    }
}
