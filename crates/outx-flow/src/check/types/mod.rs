//! The types through all expressions of a workflow, once everything else about it is right.
//!
//! Steps are taken in the order of their graph, so that what a step reads has its type already. What is not
//! known can be anything, and nothing is said about it: an error is an expression that fails whenever it is
//! computed, or a value that its reader never takes.

mod condition;
mod declared;
mod fields;
mod names;
mod steps;
mod values;

use crate::definition::{Block, Body, Each, ItemKey, Once, Step, Uses, Workflow};
use crate::diagnostic::{Diagnostic, Source};
use crate::expr::{Shape, Type};
use declared::inputs;
use names::{Around, Names};
use std::sync::Arc;
use steps::{of_fan_out, of_step, of_unknown};

/// Adds what is wrong with the types of a workflow.
pub(super) fn check(workflow: &Workflow, diagnostics: &mut Vec<Diagnostic>) {
    let mut pass = Pass { source: &workflow.source, inputs: inputs(&workflow.inputs), diagnostics };
    let mut around = Vec::new();
    let block = pass.block(&workflow.block, Vec::new(), &mut around);
    around.push(block);
    for tree in workflow.outputs.values() {
        pass.tree(tree, &around);
    }
}

/// One pass over a workflow.
struct Pass<'p> {
    source: &'p Source,
    inputs: Type,
    diagnostics: &'p mut Vec<Diagnostic>,
}

impl Pass<'_> {
    /// The steps of a block. Gives what others can read of it.
    fn block(&mut self, block: &Block, items: Names, around: &mut Vec<Around>) -> Around {
        around.push(Around::new(items));
        let mut order: Vec<usize> = (0..block.steps.len()).collect();
        order.sort_by_key(|step| block.graph.place(*step));
        for number in order {
            let step = &block.steps[number];
            let ty = self.step(step, around);
            if let Some(here) = around.last_mut() {
                here.steps.insert(step.id.clone(), ty);
            }
        }
        around.pop().unwrap_or_default()
    }

    /// Gives what can be read of a step.
    fn step(&mut self, step: &Step, around: &mut Vec<Around>) -> Type {
        if let Some(condition) = &step.condition {
            self.condition(condition, around);
        }
        match &step.body {
            Body::Uses(uses) => self.uses(uses, around),
            Body::Each(each) => self.each(each, around),
            #[expect(unreachable_patterns, reason = "what else a step may do one day can give anything")]
            _ => of_unknown(),
        }
    }

    fn uses(&mut self, uses: &Uses, around: &[Around]) -> Type {
        let input = self.tree(&uses.with, around);
        self.fields(uses, around);
        if let Some(Once::Key { key, .. }) = &uses.once {
            self.key(key, "OX122", "`once`", around);
        }
        let output = match uses.kind.view() {
            Some(view) => declared::view(view.fields),
            None if uses.kind.gives_its_input() => input,
            None => Type::ANY,
        };
        // A write that a person settled as sent has no output.
        of_step(&output.or_null())
    }

    fn each(&mut self, each: &Each, around: &mut Vec<Around>) -> Type {
        let list = self.tree(&each.list, around);
        if list.is_never(|shape| matches!(shape, Shape::List(_)))
            && let Some(place) = values::place(&each.list)
        {
            let message = format!("`each` must be a list, not {list}");
            self.diagnostics.push(Diagnostic::error("OX117", message, place.span));
        }
        let row = names::items_of(&list);
        let items = names::bind(&each.name, &row);
        let inner = self.block(&each.block, items.clone(), around);
        if let ItemKey::Computed(key) = &each.key {
            around.push(Around::new(items));
            self.key(key, "OX302", "`key`", around);
            around.pop();
        }
        around.push(inner);
        let outputs: Vec<(Arc<str>, Type)> = each
            .outputs
            .iter()
            .map(|(name, tree)| (Arc::from(name.as_str()), self.tree(tree, around)))
            .collect();
        around.pop();
        of_fan_out(outputs, row)
    }
}
