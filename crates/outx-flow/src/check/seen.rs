//! What the expressions of a file read, over all of it: for what nobody reads.

use super::Checker;
use crate::definition::{Block, InputDecl, Step, Workflow};
use crate::diagnostic::Diagnostic;
use std::collections::HashSet;

/// What was read so far.
#[derive(Debug, Default)]
pub(super) struct Seen {
    inputs: HashSet<String>,
    /// `inputs` whole, or by a computed name: each of them may be meant.
    all_inputs: bool,
    /// Steps that are read, or waited for, by where their ids stand.
    steps: HashSet<usize>,
}

impl Seen {
    /// An input that is read; nothing for `inputs` whole.
    pub(super) fn input(&mut self, name: Option<&String>) {
        match name {
            Some(name) => drop(self.inputs.insert(name.clone())),
            None => self.all_inputs = true,
        }
    }

    /// A step that is read or waited for.
    pub(super) fn step(&mut self, id_at: usize) {
        self.steps.insert(id_at);
    }
}

impl Checker<'_> {
    /// Inputs and values that nobody reads. Asked for only where nothing is wrong with the file: what is broken may have
    /// been meant to read them.
    pub(super) fn unread(&mut self, workflow: &Workflow) {
        let unread = |input: &&InputDecl| !self.seen.all_inputs && !self.seen.inputs.contains(&input.name);
        let inputs = workflow.inputs.iter().filter(unread).map(|input| {
            Diagnostic::warning(
                "OX321",
                format!("no expression reads the input `{}`", input.name),
                input.span,
            )
            .with_help(format!("write `${{{{ inputs.{} }}}}` where it is meant, or take it out", input.name))
        });
        let mut found: Vec<_> = inputs.collect();
        let mut steps = Vec::new();
        for (_, block) in workflow.blocks() {
            all_steps(block, &mut steps);
        }
        if steps.iter().any(|step| step.has_effect()) {
            let idle = |step: &&&Step| {
                let sets = step.uses().is_some_and(|uses| uses.kind.name() == "core.set");
                sets && !self.seen.steps.contains(&step.span.start)
            };
            found.extend(steps.iter().filter(idle).map(|step| {
                let message = format!("nothing reads the step `{}`, and it does nothing else", step.id);
                let help = format!("read `steps.{}.output` where it is meant, or take the step out", step.id);
                Diagnostic::warning("OX322", message, step.span).with_help(help)
            }));
        }
        self.diagnostics.extend(found);
    }
}

/// Every step of a block and inside of it, but for those of workflows that it calls, which are another file's.
pub(super) fn all_steps<'w>(block: &'w Block, found: &mut Vec<&'w Step>) {
    for step in &block.steps {
        found.push(step);
        if let Some(inner) = step.block().filter(|_| step.call().is_none()) {
            all_steps(inner, found);
        }
    }
}
