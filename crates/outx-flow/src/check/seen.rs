//! What the expressions of a file read, over all of it: for what nobody reads.

use super::Checker;
use crate::definition::{Block, InputDecl, Step, Workflow};
use crate::diagnostic::{Diagnostic, Span};
use std::collections::HashSet;

/// What was read so far.
#[derive(Debug, Default)]
pub(super) struct Seen {
    inputs: HashSet<String>,
    /// `inputs` whole, or by a computed name: each of them may be meant.
    all_inputs: bool,
    /// Steps that are read, or waited for, by where their ids stand.
    steps: HashSet<usize>,
    /// Where the named values stand, by their numbers.
    vars_named: Vec<Span>,
    vars: HashSet<usize>,
    secrets_named: Vec<(String, Span)>,
    secrets: HashSet<String>,
}

impl Seen {
    /// An input that is read; nothing for `inputs` whole.
    pub(super) fn input(&mut self, name: Option<&String>) {
        match name {
            Some(name) => drop(self.inputs.insert(name.clone())),
            None => self.all_inputs = true,
        }
    }

    /// The next named value, and where its name stands.
    pub(super) fn named(&mut self, at: Span) {
        self.vars_named.push(at);
    }

    /// A named value that is read.
    pub(super) fn var(&mut self, index: usize) {
        self.vars.insert(index);
    }

    /// A secret, and where its name stands.
    pub(super) fn secret_named(&mut self, name: &str, at: Span) {
        self.secrets_named.push((name.to_owned(), at));
    }

    /// A secret that is read.
    pub(super) fn secret(&mut self, name: &str) {
        self.secrets.insert(name.to_owned());
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
        // A kind that stands for other steps has values of its own, whose names begin so.
        let vars = workflow.vars.iter().zip(&self.seen.vars_named).enumerate();
        let vars =
            vars.filter(|(index, (var, _))| !self.seen.vars.contains(index) && !var.name.starts_with('_'));
        found.extend(vars.map(|(_, (var, at))| {
            Diagnostic::warning("OX326", format!("no expression reads the value `{}`", var.name), *at)
                .with_help(format!("write `${{{{ vars.{} }}}}` where it is meant, or take it out", var.name))
        }));
        let secrets = self.seen.secrets_named.iter().filter(|(name, _)| !self.seen.secrets.contains(name));
        found.extend(secrets.map(|(name, at)| {
            Diagnostic::warning("OX327", format!("no step uses the secret `{name}`"), *at).with_help(format!(
                "a live run does not begin without a value for it; write `${{{{ secrets.{name} }}}}` where it is sent, or \
                 take it out"
            ))
        }));
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
