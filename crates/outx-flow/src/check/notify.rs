//! `notify:` — whom to tell of what.

use super::{Checker, keys};
use crate::notice::{Address, Notify, Occasion};
use crate::yaml::{Node, NodeValue};
use std::collections::BTreeSet;

impl Checker<'_> {
    pub(super) fn notify(&mut self, node: &Node) -> Vec<Notify> {
        let lines = match &node.value {
            NodeValue::List(lines) => lines.as_slice(),
            _ => std::slice::from_ref(node),
        };
        lines.iter().filter_map(|line| self.notify_line(line)).collect()
    }

    fn notify_line(&mut self, node: &Node) -> Option<Notify> {
        let entries = self.entries(node, &keys::NOTIFY)?;
        let get = |name: &str| entries.iter().find(|(key, _)| key.name == name).map(|(_, value)| value);
        let mut on = BTreeSet::new();
        match get("on") {
            None => on.extend(Occasion::ALL),
            Some(node) => {
                let words = Occasion::ALL.map(|occasion| (occasion.word(), occasion));
                for (word, span) in self.list_of_names(node, "`on`") {
                    if let Some((_, occasion)) = words.iter().find(|(known, _)| *known == word) {
                        on.insert(*occasion);
                        continue;
                    }
                    let known = words.iter().map(|(word, _)| *word);
                    let message = format!("nothing is told `on: {word}`");
                    self.unknown("OX126", message, (word, span), known, "there are");
                }
            }
        }
        let to = match (get("http"), get("command")) {
            (Some(url), None) => {
                let text = self.text(url, "`http`")?;
                let is_safe = text.starts_with("https://")
                    || ["http://127.0.0.1", "http://localhost", "http://[::1]"]
                        .iter()
                        .any(|own| text.starts_with(own));
                if !is_safe {
                    self.error("OX126", "what is told must travel by https", url.span).help =
                        Some("http:// only leads to this machine".into());
                }
                Address::Http(text.to_owned())
            }
            (None, Some(command)) => {
                let words: Vec<_> = self
                    .list_of_names(command, "`command`")
                    .into_iter()
                    .map(|(word, _)| word.to_owned())
                    .collect();
                if words.is_empty() {
                    self.error("OX126", "`command` is a list: the program, then its arguments", command.span);
                    return None;
                }
                Address::Command(words)
            }
            _ => {
                self.error("OX126", "a line of `notify` has either `http` or `command`", node.span).help =
                    Some("such as { on: [doubt, end], http: \"https://hooks.example.org/x\" }".into());
                return None;
            }
        };
        Some(Notify { on, to })
    }
}
