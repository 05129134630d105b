//! Which keys stand where, and what happens to others.

use super::{Checker, habits};
use crate::diagnostic::{Diagnostic, Fix, Span, nearest, surely_meant};
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
            let help = as_map(keys.what, node);
            self.error(
                "OX110",
                format!("{} must be a map, not {}", keys.what, node.type_name()),
                node.span,
            )
            .help = help;
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
            // What stands for it here is nearer than what is spelt like it.
            let near = nearest(name, keys.known.iter().chain(keys.not_yet).copied()).filter(|near| {
                surely_meant(name, [*near].into_iter()).is_some() || habit(keys.what, name).is_none()
            });
            let help = match near {
                Some(near) if keys.not_yet.contains(&near) => {
                    format!("did you mean `{near}`? it is not yet supported by this version of outx")
                }
                Some(near) => format!("did you mean `{near}`?"),
                None => match habit(keys.what, name) {
                    Some(habit) => habit.to_owned(),
                    None => format!("{} has the keys {}", keys.what, keys.known.join(", ")),
                },
            };
            let fix = renamed(key, keys.known.iter().copied(), entries)
                .or_else(|| instead(keys.what, key, entries));
            let error = self.error("OX111", format!("{} has no key `{name}`", keys.what), key.span);
            error.help = Some(help);
            error.fix = fix;
        }
        Some(entries)
    }
}

impl Checker<'_> {
    /// Notes a word that is none of those that are known; where one of them was surely meant, with a fix.
    pub(super) fn unknown<'a>(
        &mut self,
        code: &'static str,
        message: impl Into<String>,
        (word, span): (&str, Span),
        known: impl Iterator<Item = &'a str> + Clone,
        there_are: &str,
    ) -> &mut Diagnostic {
        let help = meant(word, known.clone(), there_are);
        let fix = surely_meant(word, known).map(|near| Fix::safe(span, near));
        let error = self.error(code, message, span);
        error.help = Some(help);
        error.fix = fix;
        error
    }
}

fn habit(what: &str, word: &str) -> Option<&'static str> {
    match what {
        "a step" => habits::of_step(word),
        "a workflow" => habits::of_workflow(word),
        what => habits::of_part(what, word),
    }
}

/// A key under the name that stands for it here to the letter, unless the map has that one, too.
fn instead(what: &str, key: &Key, entries: &[(Key, Node)]) -> Option<Fix> {
    let new = habits::same(what, &key.name)?;
    let is_free = !entries.iter().any(|(other, _)| other.name == new);
    is_free.then(|| Fix::safe(key.span, new))
}

/// How a map is written that somebody gave as a single value.
fn as_map(what: &str, node: &Node) -> Option<String> {
    let word = node.as_str();
    Some(match (what, &node.value) {
        ("a step", NodeValue::Text(_)) => {
            format!("write it as `{{ uses: {} }}`, with the rest of its keys", word.unwrap_or_default())
        }
        ("a step", _) => "write its keys below it, indented: `uses:`, `with:`".into(),
        ("`retry`", NodeValue::Int(count)) => format!("write `retry: {{ max: {count} }}`"),
        ("`retry`", _) => "such as `retry: { max: 3, delay: 2s }`".into(),
        ("`repeat`", NodeValue::Int(count)) => format!("write `repeat: {{ max: {count} }}`"),
        ("`repeat`", NodeValue::Text(_))
            if word.is_some_and(|word| outx_model::parse_duration(word).is_ok()) =>
        {
            format!("write `repeat: {{ every: {}, for: 14d }}`", word.unwrap_or_default())
        }
        ("`repeat`", _) => "such as `repeat: { every: 1h, until: CONDITION, for: 14d }`".into(),
        ("`poll`", NodeValue::Text(_)) => format!("write `poll: {{ every: {} }}`", word.unwrap_or_default()),
        ("`poll`", _) => "such as `poll: { first: 10s, every: 5s }`".into(),
        ("`schedule`", NodeValue::Text(_)) => {
            format!("write `schedule: {{ cron: \"{}\", time_zone: Europe/Oslo }}`", word.unwrap_or_default())
        }
        ("`schedule`", _) => "such as `schedule: { cron: \"0 7 * * 1-5\", time_zone: Europe/Oslo }`".into(),
        ("`defaults`", _) => "such as `defaults: { concurrency: 3, timeout: 10m }`".into(),
        _ => return None,
    })
}

/// Whether a key stands there in a spelling that is near to it: then it is not missing, but misspelt.
pub(super) fn is_misspelt(name: &str, entries: &[(Key, Node)], keys: &Keys) -> bool {
    let known = |key: &str| keys.known.contains(&key) || keys.not_yet.contains(&key);
    let near = |key: &str| nearest(key, keys.known.iter().copied()) == Some(name);
    let instead =
        |key: &str| habit(keys.what, key).is_some_and(|habit| habit.starts_with(&format!("write `{name}`")));
    entries.iter().any(|(key, _)| !known(&key.name) && (near(&key.name) || instead(&key.name)))
}

/// A key under the name that was surely meant, unless the map has that one, too.
pub(super) fn renamed<'a>(
    key: &Key,
    known: impl Iterator<Item = &'a str> + Clone,
    entries: &[(Key, Node)],
) -> Option<Fix> {
    let near = surely_meant(&key.name, known)?;
    let is_free = !entries.iter().any(|(other, _)| other.name == near);
    is_free.then(|| Fix::safe(key.span, near))
}

/// What may have been meant by a name: the nearest of those there are, or all of them.
pub(super) fn meant<'a>(name: &str, known: impl Iterator<Item = &'a str> + Clone, there_are: &str) -> String {
    match nearest(name, known.clone()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("{there_are} {}", known.collect::<Vec<_>>().join(", ")),
    }
}
