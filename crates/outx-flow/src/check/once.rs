//! `once:` and `in_doubt:` — when a write is the same as another, and what becomes of one that may have been sent.

use super::found::Found;
use super::scopes::Scopes;
use super::{Checker, keys};
use crate::definition::{InDoubt, Once};
use crate::diagnostic::Diagnostic;
use crate::yaml::{Node, NodeValue};

impl Checker<'_> {
    pub(super) fn once(&mut self, node: &Node, scopes: &Scopes<'_>, found: &mut Found) -> Option<Once> {
        match &node.value {
            NodeValue::Text(text) if text.value == "none" => {
                let message = "with `once: none` each run sends it again, also to whoever had it before";
                self.diagnostics.push(Diagnostic::warning("OX305", message, node.span).with_help(
                    "within a run it is still sent once for each item; leave it out, or give a key",
                ));
                Some(Once::Each)
            }
            NodeValue::Text(text) if text.value.contains("${{") => {
                self.uncut(node, "once");
                let key = self.tree(node, "once", scopes, found)?;
                Some(Once::Key { key, within: None })
            }
            NodeValue::Map(_) => {
                let entries = self.entries(node, &keys::ONCE)?;
                let get =
                    |name: &str| entries.iter().find(|(key, _)| key.name == name).map(|(_, value)| value);
                let within = get("within").map(|node| self.duration(node, "`within`"));
                let Some(key) = get("key") else {
                    self.error("OX122", "`once` needs a `key`", node.span).help =
                        Some("such as `once: { key: \"${{ inputs.week }}\", within: 30d }`".into());
                    return None;
                };
                self.uncut(key, "key");
                let key = self.tree(key, "key", scopes, found)?;
                let within = match within {
                    Some(within) => Some(within?),
                    None => None,
                };
                Some(Once::Key { key, within })
            }
            _ => {
                self.error("OX122", "`once` is `none`, or says by which key the write is known", node.span)
                    .help = Some(
                    "such as `once: \"${{ inputs.week }}\"`, or with `key` and `within` below it".into(),
                );
                None
            }
        }
    }

    pub(super) fn in_doubt(&mut self, node: &Node) -> InDoubt {
        match self.text(node, "`in_doubt`") {
            Some("assume-sent") => InDoubt::AssumeSent,
            None | Some("ask") => InDoubt::Ask,
            Some(other) => {
                let known = ["ask", "assume-sent"].into_iter();
                let message = format!("there is no `in_doubt: {other}`");
                self.unknown("OX122", message, (other, node.span), known, "it is one of");
                InDoubt::Ask
            }
        }
    }
}
