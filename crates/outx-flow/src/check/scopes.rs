//! Where expressions stand, and what they can see from there.

use super::step::Frame;
use crate::definition::{Attribute, Form};
use crate::diagnostic::Span;
use crate::kind::Kind;
use indexmap::IndexMap;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The steps of a block as others may refer to them.
#[derive(Default)]
pub(super) struct Names {
    /// Step numbers and what is known of each, by id.
    pub steps: IndexMap<Arc<str>, Known>,
    /// The item's name, inside a fan-out.
    pub item: Option<Arc<str>>,
    /// Whether they are done again and again.
    pub repeats: bool,
    /// The named values of the step that they are inside of.
    pub vars: VarNames,
}

/// Named values that can be read somewhere, with their numbers.
pub(super) type VarNames = IndexMap<Arc<str>, usize>;

/// What is known of a step before its body is checked.
pub(super) struct Known {
    pub span: Span,
    pub form: Form,
    pub kind: Option<Arc<dyn Kind>>,
    /// What a step that uses a kind makes of what it gave.
    pub outputs: Vec<String>,
    /// The ids of the steps inside of it.
    pub inner: BTreeSet<String>,
}
impl Known {
    /// The names of what can be read of it.
    pub(super) fn attributes(&self) -> Vec<&'static str> {
        use Attribute::{Already, Items, Output, Outputs, Raw, Rows, TaskId};
        let has = |attribute| match (self.form, attribute) {
            (Form::Uses, Outputs) => !self.outputs.is_empty(),
            (Form::Uses, Items | Rows)
            | (Form::Each, Output | Raw | TaskId | Already | Outputs)
            | (Form::Repeat | Form::Call, Raw | TaskId | Already | Items | Rows | Outputs) => false,
            _ => true,
        };
        Attribute::ALL.into_iter().filter(|(attribute, _)| has(*attribute)).map(|(_, name)| name).collect()
    }

    pub(super) fn is_each(&self) -> bool {
        self.form == Form::Each
    }
}
/// Where expressions stand: the blocks around them, outermost first.
pub(super) struct Scopes<'s> {
    pub blocks: &'s [Names],
    pub frame: &'s Frame<'s>,
    /// Whether `step` is in scope: not for outputs and keys.
    pub has_step: bool,
    /// The named values of the step itself.
    pub own: Option<&'s VarNames>,
}

impl<'s> Scopes<'s> {
    /// Where a step's own expressions stand.
    pub(super) fn of_step(blocks: &'s [Names], frame: &'s Frame<'s>) -> Self {
        Self { blocks, frame, has_step: true, own: None }
    }

    /// Where outputs and keys stand.
    pub(super) fn of_outputs(blocks: &'s [Names], frame: &'s Frame<'s>) -> Self {
        Self { blocks, frame, has_step: false, own: None }
    }

    /// Whether a name is that of an item around.
    pub(super) fn is_item(&self, name: &str) -> bool {
        let mut items = self.blocks.iter().filter_map(|names| names.item.as_deref()).peekable();
        items.peek().is_some() && (name == "item" || items.any(|item| item == name))
    }

    /// What an expression can begin with here.
    pub(super) fn roots(&self) -> Vec<String> {
        let has_vars = self.var_names().next().is_some();
        let repeats = self.blocks.iter().any(|names| names.repeats);
        let fixed = [
            (true, "steps"),
            (true, "inputs"),
            (has_vars, "vars"),
            (!self.frame.secrets.is_empty(), "secrets"),
            (true, "run"),
            (repeats, "iteration"),
            (repeats, "previous"),
        ];
        let mut roots: Vec<String> =
            fixed.iter().filter(|(has, _)| *has).map(|(_, word)| (*word).to_owned()).collect();
        let items = self.blocks.iter().filter_map(|names| names.item.as_deref());
        roots.extend(items.filter(|item| *item != "item").map(str::to_owned));
        if self.is_item("item") {
            roots.push("item".to_owned());
        }
        roots
    }
}
