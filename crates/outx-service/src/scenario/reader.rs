//! Reading JSON by hand, so that every problem is found and has its place.

use super::error::ScenarioProblem;
use serde_json::{Map, Value};

/// Collects problems while a scenario is read.
#[derive(Debug, Default)]
pub(super) struct Reader {
    pub(super) problems: Vec<ScenarioProblem>,
}

impl Reader {
    pub(super) fn problem(&mut self, path: &str, reason: impl Into<String>, remedy: impl Into<String>) {
        let (path, reason, remedy) = (path.to_owned(), reason.into(), remedy.into());
        self.problems.push(ScenarioProblem { path, reason, remedy });
    }

    /// An object that may have these keys.
    pub(super) fn object<'v>(
        &mut self,
        path: &str,
        value: &'v Value,
        known: &[&str],
    ) -> Option<&'v Map<String, Value>> {
        let map = self.map(path, value, &format!("write an object with {}", list(known)))?;
        for key in map.keys().filter(|key| !known.contains(&key.as_str())) {
            self.unknown(&inside(path, key), "key", key, known);
        }
        Some(map)
    }

    /// An object with any keys.
    pub(super) fn map<'v>(
        &mut self,
        path: &str,
        value: &'v Value,
        remedy: &str,
    ) -> Option<&'v Map<String, Value>> {
        if value.as_object().is_none() {
            self.problem(path, format!("{} is not an object", shown(value)), remedy);
        }
        value.as_object()
    }

    pub(super) fn text<'v>(&mut self, path: &str, value: &'v Value, what: &str) -> Option<&'v str> {
        let text = value.as_str().filter(|text| !text.trim().is_empty());
        if text.is_none() {
            self.problem(path, format!("{} is not a text", shown(value)), format!("write {what}"));
        }
        text
    }

    /// A whole number within bounds.
    pub(super) fn number(&mut self, path: &str, value: &Value, from: u64, to: u64) -> Option<u64> {
        let number = value.as_u64().filter(|number| (from..=to).contains(number));
        if number.is_none() {
            let remedy = if to == u64::MAX {
                format!("write a whole number of at least {from}")
            } else {
                format!("write a whole number from {from} to {to}")
            };
            self.problem(path, format!("{} is out of range or no whole number", shown(value)), remedy);
        }
        number
    }

    /// One of some words.
    pub(super) fn word<'v>(
        &mut self,
        path: &str,
        value: &'v Value,
        what: &str,
        known: &[&str],
    ) -> Option<&'v str> {
        let word = self.text(path, value, &format!("one of {}", list(known)))?;
        if known.contains(&word) {
            return Some(word);
        }
        self.unknown(path, what, word, known);
        None
    }

    pub(super) fn unknown(&mut self, path: &str, what: &str, word: &str, known: &[&str]) {
        let remedy = match nearest(word, known) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("the {what}s are {}", list(known)),
        };
        self.problem(path, format!("`{word}` is no known {what}"), remedy);
    }
}

/// A list, or one thing in place of a list of one, each with its place.
pub(super) fn one_or_many<'v>(path: &str, value: &'v Value) -> Vec<(String, &'v Value)> {
    match value {
        Value::Array(all) => all.iter().enumerate().map(|(at, one)| (format!("{path}[{at}]"), one)).collect(),
        one => vec![(path.to_owned(), one)],
    }
}

/// The place of a key.
pub(super) fn inside(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

/// A value as it is shown in a sentence.
pub(super) fn shown(value: &Value) -> String {
    const LONGEST: usize = 40;
    let text = value.to_string();
    match text.char_indices().nth(LONGEST) {
        Some((cut, _)) => format!("`{}…`", &text[..cut]),
        None => format!("`{text}`"),
    }
}

fn list(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

/// The known word nearest to what was written, if it is near enough.
pub(super) fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    // Nobody mistypes a word this long; the distance costs the product of the lengths.
    if word.len() > 80 {
        return None;
    }
    let plain = |text: &str| text.to_lowercase().replace('_', "-");
    let written = plain(word);
    let near = |known: &str| strsim::damerau_levenshtein(&written, &plain(known));
    let best = known.iter().map(|known| (near(known), *known)).min_by_key(|(distance, _)| *distance)?;
    (best.0 <= written.chars().count().max(3) / 3).then_some(best.1)
}
