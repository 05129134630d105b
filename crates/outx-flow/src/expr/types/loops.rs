//! Comprehensions: `map`, `filter`, `all`, `exists`, those with two variables, and `cel.bind`.

use cel::common::ast::{ComprehensionExpr, Expr as Node, IdedExpr};

use super::finding::TypeFindingKind as Kind;
use super::walk::Walk;
use super::{Shape, Type};

impl<'a> Walk<'a> {
    /// What a loop builds up begins as its first value and is what each turn adds to it. No turn reads it but to
    /// add to it, so that going through the loop once is enough.
    pub(super) fn comprehension(&mut self, it: &'a ComprehensionExpr) -> Type {
        let range = self.visit(&it.iter_range);
        let begins = self.visit(&it.accu_init);
        let free = self.bound.len();
        // A bind is a loop over nothing.
        if matches!(&it.iter_range.expr, Node::List(list) if list.elements.is_empty()) {
            self.bound.push((&it.accu_var, begins));
            let result = self.visit(&it.result);
            self.bound.truncate(free);
            return result;
        }
        let begins = begins.widened();
        let item = self.items(&it.iter_range, &range);
        self.bound.push((&it.accu_var, begins.clone()));
        self.bound.push((&it.iter_var, item));
        self.visit(&it.loop_cond);
        let turned = self.visit(&it.loop_step);
        self.bound.truncate(free);
        self.bound.push((&it.accu_var, begins.join(&turned)));
        let result = self.visit(&it.result);
        self.bound.truncate(free);
        result
    }

    /// What a loop over a type goes through.
    fn items(&mut self, range: &'a IdedExpr, ty: &Type) -> Type {
        let Some(shapes) = ty.shapes() else { return Type::ANY };
        let mut given = Vec::new();
        for shape in shapes {
            match shape {
                Shape::List(of) => given.push(of.clone()),
                Shape::Map(key, _) => given.push(key.clone()),
                Shape::Record(_) => given.push(Type::text()),
                Shape::Entry(key, value) => given.push(key.join(value)),
                _ => {}
            }
        }
        if given.is_empty() && !shapes.is_empty() {
            let message =
                format!("`{}` is {ty}: only a list or an object can be gone through", self.written(range));
            self.report(Kind::Argument, range, message, None);
            return Type::ANY;
        }
        let all = Type::join_all(given);
        if all.shapes().is_some_and(<[Shape]>::is_empty) { Type::ANY } else { all }
    }

    /// The entries of a list or an object, for a loop with two variables.
    pub(super) fn entries(&mut self, range: &'a IdedExpr) -> Type {
        let ty = self.visit(range);
        let Some(shapes) = ty.shapes() else { return Type::list(Shape::Entry(Type::ANY, Type::ANY).into()) };
        let some =
            |ty: &Type| if ty.shapes().is_some_and(<[Shape]>::is_empty) { Type::ANY } else { ty.clone() };
        let mut entries = Vec::new();
        for shape in shapes {
            match shape {
                Shape::List(of) => entries.push(Shape::Entry(Shape::Int.into(), some(of))),
                Shape::Map(key, value) => entries.push(Shape::Entry(some(key), some(value))),
                Shape::Record(record) => {
                    let values = if record.is_closed() {
                        Type::join_all(record.fields().map(|(_, ty)| ty.clone()))
                    } else {
                        Type::ANY
                    };
                    entries.push(Shape::Entry(Type::text(), some(&values)));
                }
                _ => {}
            }
        }
        if entries.is_empty() && !shapes.is_empty() {
            // Says what is wrong with it.
            self.items(range, &ty);
            return Type::ANY;
        }
        Type::list(Type::one_of(entries))
    }
}
