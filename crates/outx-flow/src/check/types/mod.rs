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

use crate::definition::{Block, Body, Call, Each, Form, ItemKey, Once, Repeat, Step, Tree, Uses, Workflow};
use crate::diagnostic::Diagnostic;
use crate::expr::{Shape, Type, TypeScope};
use declared::inputs;
use indexmap::IndexMap;
use names::{Around, Names};
use std::collections::HashMap;
use std::sync::Arc;
use steps::{of_fan_out, of_step};

/// Adds what is wrong with the types of a workflow.
pub(super) fn check(workflow: &Workflow, diagnostics: &mut Vec<Diagnostic>) {
    Pass::of(workflow, diagnostics).workflow();
}

/// One pass over a workflow.
struct Pass<'p> {
    workflow: &'p Workflow,
    /// What all of its expressions can read.
    base: TypeScope,
    /// The named values whose types are known, by their numbers.
    typed_vars: HashMap<usize, Type>,
    diagnostics: &'p mut Vec<Diagnostic>,
}

impl<'p> Pass<'p> {
    fn of(workflow: &'p Workflow, diagnostics: &'p mut Vec<Diagnostic>) -> Self {
        let base = names::base(workflow, inputs(&workflow.inputs), false);
        Self { workflow, base, typed_vars: HashMap::new(), diagnostics }
    }

    /// Gives what the workflow gives.
    fn workflow(mut self) -> Type {
        let workflow = self.workflow;
        for (index, _) in workflow.vars.iter().enumerate().filter(|(_, var)| var.is_global) {
            self.var(index, &[]);
        }
        let mut around = Vec::new();
        let block = self.block(&workflow.block, Vec::new(), &[], &mut around);
        around.push(block);
        let outputs = self.outputs(&workflow.outputs, &around);
        self.base = names::base(workflow, inputs(&workflow.inputs), true);
        for (_, block) in workflow.blocks().skip(1) {
            self.block(block, Vec::new(), &[], &mut around);
        }
        Type::record(outputs, true)
    }

    /// The steps of a block. Gives what others can read of it.
    fn block(&mut self, block: &Block, items: Names, vars: &[usize], around: &mut Vec<Around>) -> Around {
        around.push(Around::new(items, vars));
        let mut order: Vec<usize> = (0..block.steps.len()).collect();
        order.sort_by_key(|step| block.graph.place(*step));
        for number in order {
            let step = &block.steps[number];
            if let Some(here) = around.last_mut() {
                here.own = if step.block().is_none() || step.call().is_some() {
                    step.vars.clone()
                } else {
                    Vec::new()
                };
            }
            let (output, form) = self.step(step, around);
            let known = |outputs: &Type| match form {
                Form::Each => output.clone(),
                _ => of_step(&output, outputs),
            };
            let empty = Type::record::<&str>([], true);
            let mut ty = known(&empty);
            for outputs in [&step.outputs].into_iter().filter(|outputs| !outputs.is_empty()) {
                if let Some(here) = around.last_mut() {
                    here.steps.insert(step.id.clone(), ty);
                }
                let outputs = self.outputs(outputs, around).into_iter();
                ty = known(&Type::record(outputs.map(|(name, ty)| (name, ty.or_null())), true));
            }
            if let Some(here) = around.last_mut() {
                here.steps.insert(step.id.clone(), ty);
                here.own = Vec::new();
            }
        }
        around.pop().unwrap_or_default()
    }

    /// Gives what a step gives: of a fan-out, what can be read of it.
    fn step(&mut self, step: &Step, around: &mut Vec<Around>) -> (Type, Form) {
        if let Some(condition) = &step.condition {
            self.condition(condition, around);
        }
        let ty = match &step.body {
            Body::Uses(uses) => self.uses(uses, around),
            Body::Each(each) => self.each(each, &step.vars, around),
            Body::Repeat(repeat) => self.repeat(repeat, &step.vars, around),
            Body::Call(call) => self.call(call, around),
        };
        (ty, step.form())
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
        output.or_null()
    }

    fn each(&mut self, each: &Each, vars: &[usize], around: &mut Vec<Around>) -> Type {
        let list = self.tree(&each.list, around);
        if list.is_never(|shape| matches!(shape, Shape::List(_)))
            && let Some(place) = values::place(&each.list)
        {
            let message = format!("`each` must be a list, not {list}");
            self.diagnostics.push(Diagnostic::error("OX117", message, place.span));
        }
        let row = names::items_of(&list);
        let items = names::bind(&each.name, &row);
        let inner = self.block(&each.block, items.clone(), vars, around);
        if let ItemKey::Computed(key) = &each.key {
            around.push(Around::new(items, vars));
            self.key(key, "OX302", "`key`", around);
            around.pop();
        }
        around.push(inner);
        let outputs = self.outputs(&each.outputs, around);
        around.pop();
        of_fan_out(outputs, row)
    }

    fn repeat(&mut self, repeat: &Repeat, vars: &[usize], around: &mut Vec<Around>) -> Type {
        // What the outputs are is found in the block, which reads those of the time before.
        let before = repeat.outputs.keys().map(|name| (name.as_str(), Type::ANY));
        let before = Type::record(before, true).or_null();
        let items = vec![(Arc::from("iteration"), Shape::Int.into()), (Arc::from("previous"), before)];
        let inner = self.block(&repeat.block, items, vars, around);
        around.push(inner);
        let outputs = self.outputs(&repeat.outputs, around);
        if let Some(until) = &repeat.until {
            self.condition(until, around);
        }
        around.pop();
        Type::record(outputs.into_iter().map(|(name, ty)| (name, ty.or_null())), true).or_null()
    }

    fn call(&mut self, call: &Call, around: &[Around]) -> Type {
        if let Tree::Map(fields) = &call.with {
            for (name, tree) in fields {
                let Some(place) = values::place(tree) else { continue };
                let ty = self.tree(tree, around);
                let declared = call.workflow.inputs.iter().find(|input| input.name == *name);
                if let Some(declared) = declared.filter(|declared| !declared::may_be(declared, &ty)) {
                    let message = format!("`{name}` must be {}, not {ty}", declared.ty.describe());
                    self.diagnostics.push(Diagnostic::error("OX132", message, place.span));
                }
            }
        }
        // What is wrong in there was told where that file was checked.
        let given = Pass::of(&call.workflow, &mut Vec::new()).workflow();
        given.or_null()
    }

    fn outputs(&mut self, outputs: &IndexMap<String, Tree>, around: &[Around]) -> Names {
        outputs.iter().map(|(name, tree)| (Arc::from(name.as_str()), self.tree(tree, around))).collect()
    }
}
