//! Scalars: what must be a text, a number, or a list of names.

use super::Checker;
use crate::diagnostic::{Fix, Span};
use crate::yaml::{Node, NodeValue, Text};

/// What is a duration.
const DURATIONS: [&str; 6] = ["`timeout`", "`first`", "`every`", "`delay`", "`within`", "`for`"];

impl Checker<'_> {
    /// The text of a node; nothing, with an error, when it is no text.
    pub(super) fn text<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n str> {
        let text = node.as_str();
        if text.is_none() {
            let written = self.source.slice(node.span);
            let is_word = matches!(&node.value, NodeValue::Int(_) | NodeValue::Float(_) | NodeValue::Bool(_));
            // Elsewhere it is one of a few words, and none of those is a number.
            let is_free = ["`name`", "`description`", "`account`", "`from`"].contains(&what);
            let quoted = (is_word && is_free).then(|| quote(written));
            let error =
                self.error("OX110", format!("{what} must be a text, not {}", node.type_name()), node.span);
            let other = match (what, &node.value) {
                ("`name`", _) => Some("such as `name: warm-intro`"),
                ("`uses`", _) => Some("a step uses one kind, as in `uses: core.log`"),
                ("`limit`", NodeValue::Map(_)) => {
                    Some("declare it under `limits` at the top of the file, and give its name here")
                }
                ("`call`", NodeValue::List(_)) => Some("a step calls one workflow: make a step for each"),
                ("`call`", _) => Some("write the path of a workflow's file, such as `call: greet.yaml`"),
                ("`cache`", NodeValue::Int(_)) => {
                    Some("for how long it may be old, with a unit: `cache: 30d`")
                }
                ("`cache`", _) => Some("for how long what was read may be used again, such as `cache: 30d`"),
                ("`order`", _) => {
                    Some("write `order: any` for the order in which the items end, or leave it out")
                }
                (_, NodeValue::Int(_)) if DURATIONS.contains(&what) => {
                    Some("a duration has a unit: 20s, 20m, 20h")
                }
                _ => None,
            };
            let quoted_help = quoted.as_ref().map(|quoted| format!("in quotes it is a text: {quoted}"));
            error.help = quoted_help.or_else(|| other.map(str::to_owned));
            error.fix = quoted.map(|quoted| Fix::safe(node.span, quoted));
        }
        text
    }

    /// True or false; nothing, with an error, when it is neither.
    pub(super) fn boolean(&mut self, node: &Node, what: &str) -> Option<bool> {
        let known = node.as_bool();
        if known.is_none() {
            // YAML 1.1 took these words for truth values; 1.2 takes them as texts.
            let meant = match node.as_str() {
                Some("yes" | "Yes" | "on" | "On" | "y" | "true" | "True") => Some("true"),
                Some("no" | "No" | "off" | "Off" | "n" | "false" | "False") => Some("false"),
                _ => None,
            };
            let message = format!("{what} must be true or false, not {}", node.type_name());
            let error = self.error("OX110", message, node.span);
            error.help = meant.map(|meant| format!("write `{meant}`, without quotes"));
            error.fix = meant.map(|meant| Fix::safe(node.span, meant));
        }
        known
    }

    /// A whole number of at least one.
    pub(super) fn count(&mut self, node: &Node, what: &str) -> Option<usize> {
        match &node.value {
            NodeValue::Int(n) if *n >= 1 => usize::try_from(*n).ok(),
            _ => {
                let message = format!("{what} must be a whole number of at least 1");
                let help = match what {
                    "`concurrency`" => Some("leave it out for the usual 5 at a time".to_owned()),
                    "`max`" => Some("such as `max: 10`".to_owned()),
                    _ => None,
                };
                self.error("OX110", message, node.span).help = help;
                None
            }
        }
    }

    /// A text or a list of texts, with the place of each.
    pub(super) fn list_of_names<'n>(&mut self, node: &'n Node, what: &str) -> Vec<(&'n str, Span)> {
        match &node.value {
            NodeValue::List(items) => {
                items.iter().filter_map(|item| Some((self.text(item, what)?, item.span))).collect()
            }
            NodeValue::Text(text) => vec![(text.value.as_str(), node.span)],
            _ => {
                let message = format!("{what} must be a name or a list of names, not {}", node.type_name());
                let help = format!("write {what} with a list: {}: [one, other]", what.trim_matches('`'));
                self.error("OX110", message, node.span).help = Some(help);
                Vec::new()
            }
        }
    }

    /// What is sent is what is written: no text of a value may be cut by ` #`.
    pub(super) fn uncut(&mut self, node: &Node, key: &str) {
        match &node.value {
            NodeValue::Text(text) => self.uncut_text(text, node.span, key),
            NodeValue::List(items) => items.iter().for_each(|item| self.uncut(item, key)),
            NodeValue::Map(entries) => {
                for (key, value) in entries {
                    self.uncut(value, &key.name);
                }
            }
            _ => {}
        }
    }

    /// The same of one text.
    pub(super) fn uncut_text(&mut self, text: &Text, span: Span, key: &str) {
        let Some(cut) = text.cut_by_comment else { return };
        let written = self.source.text().get(span.start..cut.end).unwrap_or_default();
        let one_line = (!written.contains('\n')).then(|| quote(written));
        // Half an expression was no end of the text.
        let is_safe = text.value.matches("${{").count() > text.value.matches("}}").count();
        let end = span.start + written.trim_end().len();
        let fix = one_line.clone().map(|text| Fix { is_safe, ..Fix::safe(Span::new(span.start, end), text) });
        let quoted = one_line.unwrap_or_else(|| "…".to_owned());
        let message = format!("`{key}` ends before ` #`: what follows is a comment in YAML");
        let error = self.error("OX113", message, cut);
        error.help = Some(format!(
            "if it belongs to the text, put all of it in quotes: {quoted}; a comment can have a line of its own"
        ));
        error.fix = fix;
    }
}

/// A text in quotes, such as YAML reads back unchanged.
fn quote(text: &str) -> String {
    format!("\"{}\"", text.trim_end().replace('\\', "\\\\").replace('"', "\\\""))
}
