//! The names that an expression may use where it stands, with their types.

use super::Pass;
use crate::definition::Workflow;
use crate::expr::{Expr, Shape, Type, TypeScope};
use crate::run::RunStatus;
use indexmap::IndexMap;
use std::sync::Arc;

/// Names and their types.
pub(super) type Names = Vec<(Arc<str>, Type)>;

/// A block as its own expressions and those inside of it see it.
#[derive(Default)]
pub(super) struct Around {
    /// The steps that have their types already, by id.
    pub steps: IndexMap<Arc<str>, Type>,
    /// The names of the fan-out or the repetition that it belongs to.
    items: Names,
    /// The named values of the step that it is inside of, by their numbers.
    vars: Vec<usize>,
    /// Those of the one of its steps whose turn it is.
    pub own: Vec<usize>,
}

impl Around {
    pub(super) fn new(items: Names, vars: &[usize]) -> Self {
        Self { steps: IndexMap::new(), items, vars: vars.to_vec(), own: Vec::new() }
    }
}

impl Pass<'_> {
    /// The names that one expression reads, for the blocks around it, outermost first.
    pub(super) fn scope(&mut self, expr: &Expr, around: &[Around]) -> TypeScope {
        let mut scope = self.base.clone();
        let reads = |root: &str| expr.references().iter().any(|reference| reference.root == root);
        if reads("vars") {
            let vars = self.vars(expr, around);
            scope.set("vars", Type::record(vars, false));
        }
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

impl Pass<'_> {
    /// The named values that an expression reads.
    fn vars(&mut self, expr: &Expr, around: &[Around]) -> Names {
        let read = expr.references().iter().filter(|reference| reference.root == "vars");
        let names: Vec<_> = read.filter_map(|reference| reference.path.first()).collect();
        let mut typed = Vec::new();
        for name in names {
            let workflow = self.workflow;
            let is_it = |index: &&usize| workflow.vars.get(**index).is_some_and(|var| *var.name == **name);
            let own = around.last().and_then(|block| block.own.iter().find(is_it));
            let own = own.map(|index| (around.len(), *index));
            let outer = || {
                let mut blocks = around.iter().enumerate().rev();
                blocks.find_map(|(at, block)| Some((at + 1, *block.vars.iter().find(is_it)?)))
            };
            let global = || {
                let at = workflow.vars.iter().position(|var| var.is_global && *var.name == **name)?;
                Some((0, at))
            };
            let Some((blocks, index)) = own.or_else(outer).or_else(global) else { continue };
            let ty = self.var(index, &around[..blocks]);
            typed.push((Arc::from(name.as_str()), ty));
        }
        typed
    }

    /// A named value, where it is computed. What is wrong with it is noted once.
    pub(super) fn var(&mut self, index: usize, around: &[Around]) -> Type {
        if let Some(known) = self.typed_vars.get(&index) {
            return known.clone();
        }
        let workflow = self.workflow;
        let Some(var) = workflow.vars.get(index) else { return Type::ANY };
        let ty = self.tree(&var.tree, around);
        self.typed_vars.insert(index, ty.clone());
        ty
    }
}

/// What is the same in all expressions of a workflow, or of what is done at its end.
pub(super) fn base(workflow: &Workflow, inputs: Type, is_ending: bool) -> TypeScope {
    let ends = || Type::words([RunStatus::Succeeded, RunStatus::Failed].map(RunStatus::word));
    let mut run = vec![("id", Type::text()), ("name", Type::text()), ("started_at", Type::text())];
    run.extend(is_ending.then(|| ("status", ends())));
    let secrets = workflow.secrets.iter().map(|name| (name.as_str(), Type::text()));
    TypeScope::new()
        .with("inputs", inputs)
        .with("run", Type::record(run, false))
        .with("secrets", Type::record(secrets, true))
        .with("vars", Type::record::<&str>([], false))
        .with("step", Type::record([("started_at", Type::text())], true))
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
