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
    known: &[
        "outx",
        "name",
        "description",
        "inputs",
        "account",
        "defaults",
        "limits",
        "schedule",
        "notify",
        "secrets",
        "vars",
        "steps",
        "on_failure",
        "finally",
        "outputs",
    ],
    not_yet: &[],
};

pub(super) const STEP: Keys = Keys {
    what: "a step",
    known: &[
        "uses",
        "with",
        "call",
        "each",
        "repeat",
        "as",
        "key",
        "concurrency",
        "order",
        "steps",
        "if",
        "needs",
        "after",
        "vars",
        "poll",
        "cache",
        "once",
        "in_doubt",
        "limit",
        "retry",
        "timeout",
        "outputs",
        "allow_failure",
        "description",
    ],
    not_yet: &[],
};

pub(super) const DEFAULTS: Keys =
    Keys { what: "`defaults`", known: &["poll", "retry", "timeout", "concurrency"], not_yet: &[] };

pub(super) const POLL: Keys =
    Keys { what: "`poll`", known: &["first", "every", "timeout", "policy"], not_yet: &[] };

pub(super) const REPEAT: Keys =
    Keys { what: "`repeat`", known: &["every", "for", "until", "max"], not_yet: &[] };

pub(super) const ONCE: Keys = Keys { what: "`once`", known: &["key", "within"], not_yet: &[] };

pub(super) const RETRY: Keys =
    Keys { what: "`retry`", known: &["max", "delay", "growth", "on"], not_yet: &[] };

pub(super) const SCHEDULE: Keys =
    Keys { what: "`schedule`", known: &["cron", "time_zone", "catch_up", "overlap"], not_yet: &[] };

pub(super) const NOTIFY: Keys =
    Keys { what: "a line of `notify`", known: &["on", "http", "command"], not_yet: &[] };

pub(super) const INPUT: Keys = Keys {
    what: "an input",
    known: &["type", "default", "description", "items", "columns", "required"],
    not_yet: &[],
};

pub(super) const ITEMS: Keys = Keys { what: "`items`", known: &["type"], not_yet: &[] };

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
                Some(near) if keys.not_yet.contains(&near) => {
                    format!("did you mean `{near}`? it is not yet supported by this version of outx")
                }
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("{} has the keys {}", keys.what, keys.known.join(", ")),
            };
            self.error("OX111", format!("{} has no key `{name}`", keys.what), key.span).help = Some(help);
        }
        Some(entries)
    }
}

/// What may have been meant by a name: the nearest of those there are, or all of them.
pub(super) fn meant<'a>(name: &str, known: impl Iterator<Item = &'a str> + Clone, there_are: &str) -> String {
    match nearest(name, known.clone()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("{there_are} {}", known.collect::<Vec<_>>().join(", ")),
    }
}
