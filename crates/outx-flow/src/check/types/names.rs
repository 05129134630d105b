//! The names that an expression may use where it stands, with their types.

use super::Pass;
use crate::expr::{Expr, Shape, Type, TypeScope};
use indexmap::IndexMap;
use std::sync::Arc;

/// Names and their types.
pub(super) type Names = Vec<(Arc<str>, Type)>;

/// A block as its own expressions and those inside of it see it.
#[derive(Default)]
pub(super) struct Around {
    /// The steps that have their types already, by id.
    pub steps: IndexMap<Arc<str>, Type>,
    /// The names of the fan-out that it belongs to.
    items: Names,
}

impl Around {
    pub(super) fn new(items: Names) -> Self {
        Self { steps: IndexMap::new(), items }
    }
}

impl Pass<'_> {
    /// The names that one expression reads, for the blocks around it, outermost first.
    pub(super) fn scope(&self, expr: &Expr, around: &[Around]) -> TypeScope {
        let moment = || Type::record([("started_at", Type::text())], true);
        let run = [("id", Type::text()), ("name", Type::text()), ("started_at", Type::text())];
        let mut scope = TypeScope::new()
            .with("inputs", self.inputs.clone())
            .with("run", Type::record(run, false))
            .with("step", moment());
        for (name, ty) in around.iter().flat_map(|block| &block.items) {
            scope.set(&**name, ty.clone());
        }
        let read = expr.references().iter().filter(|reference| reference.root == "steps");
        let steps = read.filter_map(|reference| {
            let id = reference.path.first()?;
            let (id, ty) = around.iter().rev().find_map(|block| block.steps.get_key_value(id.as_str()))?;
            Some((id.clone(), ty.clone()))
        });
        // Those of which nothing is known may be there all the same.
        scope.set("steps", Type::record(steps, false));
        scope
    }
}

/// What a fan-out goes through.
pub(super) fn items_of(list: &Type) -> Type {
    let Some(shapes) = list.shapes() else { return Type::ANY };
    let items =
        shapes.iter().filter_map(|shape| if let Shape::List(of) = shape { Some(of.clone()) } else { None });
    let items = Type::join_all(items);
    if items.shapes().is_some_and(<[Shape]>::is_empty) { Type::ANY } else { items }
}

/// The names that a fan-out binds: its item's, and `item` with its key, place and columns. Without a name of its
/// own, `item` is the item itself, with `key`, `index` and `row` beside its fields.
pub(super) fn bind(name: &Arc<str>, item: &Type) -> Names {
    let about = [("key", Type::text()), ("index", Shape::Int.into()), ("row", item.clone())];
    if **name != *"item" {
        return vec![(name.clone(), item.clone()), (Arc::from("item"), Type::record(about, true))];
    }
    let merged = match item.shapes() {
        None => Type::ANY,
        Some(shapes) => Type::join_all(shapes.iter().map(|shape| match shape {
            Shape::Record(record) => {
                let own = record.fields().map(|(name, ty)| (name, ty.clone()));
                Type::record(about.clone().into_iter().chain(own), record.is_closed())
            }
            Shape::Map(..) => Type::ANY,
            other => other.clone().into(),
        })),
    };
    vec![(name.clone(), merged)]
}
