//! Reading a tree by hand, so that every problem is found and has its place.

use jiff::Timestamp;
use outx_flow::diagnostic::{Diagnostic, Span, nearest};
use outx_flow::parse_duration;
use outx_flow::yaml::{Key, Node};
use std::time::Duration;

/// Collects what is wrong while a tree is read.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    pub(crate) findings: Vec<Diagnostic>,
}

impl Reader {
    /// Notes what is wrong with how the file is written.
    pub(crate) fn wrong(&mut self, message: impl Into<String>, span: Span, help: impl Into<String>) {
        self.findings.push(Diagnostic::error("OX601", message, span).with_help(help));
    }

    /// A map whose keys are all known.
    pub(crate) fn map<'n>(
        &mut self,
        node: &'n Node,
        what: &str,
        known: &[&str],
    ) -> Option<&'n [(Key, Node)]> {
        let entries = self.any_map(node, what)?;
        for (key, _) in entries.iter().filter(|(key, _)| !known.contains(&key.name.as_str())) {
            self.unknown(key, what, known);
        }
        Some(entries)
    }

    pub(crate) fn unknown(&mut self, key: &Key, what: &str, known: &[&str]) {
        let help = match nearest(&key.name, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("{what} takes {}", listed(known)),
        };
        self.wrong(format!("unknown key `{}`", key.name), key.span, help);
    }

    /// A map with any keys.
    pub(crate) fn any_map<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n [(Key, Node)]> {
        if node.as_map().is_none() {
            let message = format!("{what} is a map, and this is {}", node.type_name());
            self.wrong(message, node.span, "write `key: value`, one below the other");
        }
        node.as_map()
    }

    pub(crate) fn list<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n [Node]> {
        if node.as_list().is_none() {
            let message = format!("{what} is a list, and this is {}", node.type_name());
            self.wrong(message, node.span, "write `- …` for each, one below the other");
        }
        node.as_list()
    }

    pub(crate) fn text<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n str> {
        let text = node.as_str().filter(|text| !text.trim().is_empty());
        if text.is_none() {
            let message = format!("{what} is a text, and this is {}", node.type_name());
            self.wrong(message, node.span, "write a text that is not empty");
        }
        text
    }

    pub(crate) fn word<'n>(&mut self, node: &'n Node, what: &str, known: &[&str]) -> Option<&'n str> {
        let word = self.text(node, what)?;
        if known.contains(&word) {
            return Some(word);
        }
        let help = match nearest(word, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("it is one of {}", listed(known)),
        };
        self.wrong(format!("`{word}` is no {what}"), node.span, help);
        None
    }

    pub(crate) fn flag(&mut self, node: &Node, what: &str) -> Option<bool> {
        if node.as_bool().is_none() {
            let message = format!("{what} is true or false, and this is {}", node.type_name());
            self.wrong(message, node.span, "write `true` or `false`");
        }
        node.as_bool()
    }

    pub(crate) fn count(&mut self, node: &Node, what: &str) -> Option<u64> {
        let count = node.as_int().and_then(|count| u64::try_from(count).ok());
        if count.is_none() {
            self.wrong(
                format!("{what} is a whole number that is not negative"),
                node.span,
                "write one, such as 2",
            );
        }
        count
    }

    pub(crate) fn duration(&mut self, node: &Node, what: &str) -> Option<Duration> {
        const REMEDY: &str = "write a whole number and a unit, such as 30s, 5m, 6h or 14d";
        let Some(text) = node.as_str() else {
            self.wrong(format!("{what} is a duration, and this is {}", node.type_name()), node.span, REMEDY);
            return None;
        };
        match parse_duration(text.trim()) {
            Ok(duration) => Some(duration),
            Err(sentence) => {
                let (reason, remedy) = sentence.split_once("; ").unwrap_or((sentence.as_str(), REMEDY));
                self.wrong(reason, node.span, remedy);
                None
            }
        }
    }

    pub(crate) fn moment(&mut self, node: &Node, what: &str) -> Option<Timestamp> {
        let moment = node.as_str().and_then(|text| text.parse().ok());
        if moment.is_none() {
            let message = format!("{what} is a moment with its offset");
            self.wrong(message, node.span, "write one such as 2026-03-02T09:00:00+01:00");
        }
        moment
    }
}

/// The elements of a list, or one thing in the place of a list of one.
pub(crate) fn many(node: &Node) -> Vec<&Node> {
    match node.as_list() {
        Some(items) => items.iter().collect(),
        None if node.is_null() => Vec::new(),
        None => vec![node],
    }
}

/// Words as a sentence lists them.
pub(crate) fn listed(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

/// The node at a path such as `service.send-message[0].takes`; the last one on the way that there is.
pub(crate) fn at_path<'n>(root: &'n Node, path: &str) -> &'n Node {
    let mut node = root;
    let mut rest = path;
    while !rest.is_empty() {
        rest = rest.strip_prefix('.').unwrap_or(rest);
        let next = if let Some(inner) = rest.strip_prefix('[') {
            let Some((number, after)) = inner.split_once(']') else { break };
            rest = after;
            number.parse::<usize>().ok().and_then(|number| match node.as_list() {
                Some(items) => items.get(number),
                // One thing in the place of a list of one.
                None => Some(node).filter(|_| number == 0),
            })
        } else {
            // A key may hold points, so the longest one that fits is meant.
            let keys = node.as_map().unwrap_or_default();
            let fits = |name: &str| {
                rest.strip_prefix(name).is_some_and(|after| after.is_empty() || after.starts_with(['.', '[']))
            };
            let found = keys.iter().filter(|(key, _)| fits(&key.name)).max_by_key(|(key, _)| key.name.len());
            let Some((key, inner)) = found else { break };
            rest = &rest[key.name.len()..];
            Some(inner)
        };
        let Some(next) = next else { break };
        node = next;
    }
    node
}
