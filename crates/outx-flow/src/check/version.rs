//! The first line: in which version of the language a file is written.

use super::Checker;
use crate::diagnostic::{Fix, Span};
use crate::yaml::{Node, NodeValue};

impl Checker<'_> {
    /// `start` is where the file's map begins. Only a file that has steps is surely a workflow.
    pub(super) fn version(&mut self, node: Option<&Node>, start: Span, has_steps: bool) {
        let Some(node) = node else {
            let text = self.source.text();
            let (before, behind) = text.split_at(start.start);
            let is_block = (before.is_empty() || before.ends_with('\n')) && !behind.starts_with('{');
            let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
            let fix = (is_block && has_steps).then(|| Fix::safe(start, format!("outx: 1{end}")));
            let error = self.error("OX101", "a workflow begins with `outx: 1`", start);
            error.help = Some("add the line `outx: 1` at the top".into());
            error.fix = fix;
            return;
        };
        let is_one = match &node.value {
            NodeValue::Int(1) => return,
            NodeValue::Text(text) => matches!(text.value.trim(), "1" | "v1" | "1.0"),
            NodeValue::Float(_) => self.source.slice(node.span) == "1.0",
            _ => false,
        };
        let error = self.error("OX101", "this version of outx reads `outx: 1`", node.span);
        if is_one {
            error.help = Some("write the version as a whole number: `outx: 1`".into());
            error.fix = Some(Fix::safe(node.span, "1"));
        } else {
            error.help = Some("write `outx: 1`; a file for a later version needs a later program".into());
        }
    }
}
