//! Which keys stand where, and what happens to others.

use super::Checker;
use crate::diagnostic::nearest;
use crate::yaml::{Key, Node, NodeValue};

/// The keys of one kind of map.
pub(super) struct Keys {
    /// What the map is, for messages: `a step`.
    pub what: &'static str,
    /// Those that are built.
    pub known: &'static [&'static str],
    /// Those that the format names and that this version does not build yet.
    pub not_yet: &'static [&'static str],
}

pub(super) const TOP: Keys = Keys {
    what: "a workflow",
    known: &["outx", "name", "description", "inputs", "defaults", "steps", "outputs"],
    not_yet: &["account", "secrets", "vars", "limits", "schedule", "notify", "on_failure", "finally"],
};

pub(super) const STEP: Keys = Keys {
    what: "a step",
    known: &[
        "uses",
        "with",
        "each",
        "as",
        "key",
        "concurrency",
        "order",
        "steps",
        "if",
        "needs",
        "after",
        "poll",
        "outputs",
        "description",
    ],
    not_yet: &[
        "repeat",
        "call",
        "vars",
        "retry",
        "timeout",
        "allow_failure",
        "cache",
        "once",
        "in_doubt",
        "limit",
    ],
};

pub(super) const DEFAULTS: Keys =
    Keys { what: "`defaults`", known: &["poll", "concurrency"], not_yet: &["retry", "timeout"] };

pub(super) const POLL: Keys =
    Keys { what: "`poll`", known: &["first", "every", "timeout", "policy"], not_yet: &[] };

pub(super) const INPUT: Keys = Keys {
    what: "an input",
    known: &["type", "default", "description", "items", "columns", "required"],
    not_yet: &[],
};

pub(super) const COLUMN: Keys =
    Keys { what: "a column", known: &["type", "from", "required", "description"], not_yet: &[] };

impl Checker<'_> {
    /// The entries of a map whose keys are known; nothing, with an error, when it is no map.
    pub(super) fn entries<'n>(&mut self, node: &'n Node, keys: &Keys) -> Option<&'n [(Key, Node)]> {
        let NodeValue::Map(entries) = &node.value else {
            self.error("OX110", format!("{} must be a map, not {}", keys.what, node.type_name()), node.span);
            return None;
        };
        for (key, _) in entries {
            let name = key.name.as_str();
            if keys.known.contains(&name) {
                continue;
            }
            if keys.not_yet.contains(&name) {
                let message = format!("`{name}` is not yet supported by this version of outx");
                self.error("OX112", message, key.span).help =
                    Some("leave it out; a key is refused rather than ignored".into());
                continue;
            }
            let near = nearest(name, keys.known.iter().chain(keys.not_yet).copied());
            let help = match near {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("{} has the keys {}", keys.what, keys.known.join(", ")),
            };
            self.error("OX111", format!("{} has no key `{name}`", keys.what), key.span).help = Some(help);
        }
        Some(entries)
    }

    /// The text of a node; nothing, with an error, when it is no text.
    pub(super) fn text<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n str> {
        let NodeValue::Text(text) = &node.value else {
            let message = format!("{what} must be a text, not {}", node.type_name());
            self.error("OX110", message, node.span);
            return None;
        };
        if let Some(cut) = text.cut_by_comment {
            let message = format!("{what} ends at ` #`: what follows is a comment in YAML");
            self.error("OX113", message, cut).help =
                Some(format!("put the text in quotes: \"{} #…\"", text.value.replace('"', "\\\"")));
        }
        Some(&text.value)
    }

    /// A whole number of at least one.
    pub(super) fn count(&mut self, node: &Node, what: &str) -> Option<usize> {
        match &node.value {
            NodeValue::Int(n) if *n >= 1 => usize::try_from(*n).ok(),
            _ => {
                self.error("OX110", format!("{what} must be a whole number of at least 1"), node.span);
                None
            }
        }
    }

    /// A text or a list of texts, with the place of each.
    pub(super) fn names<'n>(
        &mut self,
        node: &'n Node,
        what: &str,
    ) -> Vec<(&'n str, crate::diagnostic::Span)> {
        match &node.value {
            NodeValue::List(items) => {
                items.iter().filter_map(|item| Some((self.text(item, what)?, item.span))).collect()
            }
            _ => self.text(node, what).map(|text| (text, node.span)).into_iter().collect(),
        }
    }
}
