//! Work that is done twice in one run.

use super::Checker;
use crate::definition::{Block, Step, Tree};
use crate::diagnostic::Diagnostic;
use std::collections::HashMap;

/// So many equal steps of a block are told.
const TOLD: usize = 20;

impl Checker<'_> {
    /// Steps beside each other that create the same task with the same constant input. One that waits for the other is
    /// left alone: it may look again at what has changed meanwhile; so is one with a condition.
    pub(super) fn twice(&mut self, block: &Block) {
        let mut first: HashMap<(String, String), usize> = HashMap::new();
        let mut told = 0;
        for (at, step) in block.steps.iter().enumerate() {
            if let Some(inner) = step.block().filter(|_| step.call().is_none()) {
                self.twice(inner);
            }
            let Some(work) = constant_work(step) else { continue };
            let Some(before) = first.get(&work).copied() else {
                first.insert(work, at);
                continue;
            };
            told += 1;
            if told > TOLD {
                return;
            }
            if !waits_for(block, at, before) && !waits_for(block, before, at) {
                let earlier = &block.steps[before];
                let message = format!("`{}` does the same as `{}`, at the same time", step.id, earlier.id);
                self.diagnostics.push(
                    Diagnostic::warning("OX324", message, step.span)
                        .with_note(earlier.span, "the same kind with the same input")
                        .with_help(format!(
                            "take one of the two out, or read `steps.{}` in both places",
                            earlier.id
                        )),
                );
            }
        }
    }
}

/// The kind and the input of a step that always creates the same task.
fn constant_work(step: &Step) -> Option<(String, String)> {
    let uses = step.uses().filter(|uses| uses.kind.endpoint().is_some() && uses.once.is_none())?;
    let Tree::Constant(input) = &uses.with else { return None };
    step.condition.is_none().then(|| (uses.kind.name().to_owned(), input.to_json().to_string()))
}

/// Whether one step of a block comes only after another one.
fn waits_for(block: &Block, step: usize, other: usize) -> bool {
    let mut seen = vec![false; block.steps.len()];
    let mut open = vec![step];
    while let Some(at) = open.pop() {
        for (on, _) in block.graph.dependencies(at) {
            if *on == other {
                return true;
            }
            if !std::mem::replace(&mut seen[*on], true) {
                open.push(*on);
            }
        }
    }
    false
}
