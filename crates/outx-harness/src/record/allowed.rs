//! What may stay as it is. All else is replaced.

use jiff::Timestamp;
use jiff::civil::Date;
use outx_flow::diagnostic::Source;
use outx_flow::yaml::{Node, NodeValue, load};
use outx_flow::{Document, parse_duration};
use outx_model::{CATALOGUE, ViewField, ViewType, company_slug, post_urn, profile_slug};
use std::collections::BTreeSet;

/// Words that a field takes from a list of the service's own.
const ENUMERATED: [(&str, &[&str]); 2] = [
    ("sort_type", &["RECENTLY_ADDED", "FIRSTNAME_LASTNAME", "LASTNAME_FIRSTNAME"]),
    ("method", &["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]),
];

/// Names of fields of which many answers of others are made.
const COMMON: [&str; 14] = [
    "id", "name", "url", "title", "type", "status", "ok", "error", "message", "count", "total", "rows",
    "items", "value",
];

/// So long is the longest text that may be a duration.
const LONGEST_DURATION: usize = 12;

/// What the workflow's own file says, and what names nobody.
#[derive(Debug, Default)]
pub(super) struct Allowed {
    /// Texts of the file.
    texts: BTreeSet<String>,
    /// Names of fields: those of the catalogue, and all words of the file.
    keys: BTreeSet<String>,
}

impl Allowed {
    /// What the texts of a definition allow. It is beside the test anyway.
    pub(super) fn of(document: &Document) -> Self {
        let mut allowed = Self::default();
        allowed.keys.extend(COMMON.map(str::to_owned));
        for spec in &CATALOGUE {
            allowed.keys.extend(spec.fields.iter().map(|field| field.name.to_owned()));
            allowed.keys.extend(spec.view.nested.iter().map(|key| (*key).to_owned()));
            allowed.fields(spec.view.fields);
        }
        for text in std::iter::once(&document.text).chain(document.called.values()) {
            if let Ok(root) = load(&Source::new("workflow", text.as_str())) {
                allowed.node(&root);
            }
            let words = text.split(|c: char| !c.is_alphanumeric() && c != '_' && c != '-');
            allowed.keys.extend(words.filter(|word| !word.is_empty()).map(str::to_owned));
        }
        allowed
    }

    fn fields(&mut self, fields: &[ViewField]) {
        for field in fields {
            self.keys.insert(field.name.to_owned());
            self.keys.extend(field.from.iter().map(|key| (*key).to_owned()));
            if let ViewType::Records(inner) = field.ty {
                self.fields(inner);
            }
        }
    }

    fn node(&mut self, node: &Node) {
        match &node.value {
            NodeValue::List(items) => items.iter().for_each(|item| self.node(item)),
            NodeValue::Map(entries) => entries.iter().for_each(|(_, node)| self.node(node)),
            NodeValue::Text(text) => {
                let parts = literals(&text.value).into_iter().chain([text.value.clone()]);
                for text in parts.filter(|text| !text.is_empty()) {
                    // A step sends the last part of an address that the file gives whole.
                    if text.contains('/') {
                        let forms = [profile_slug(&text), company_slug(&text), post_urn(&text)];
                        self.texts.extend(forms.into_iter().flatten());
                    }
                    self.texts.insert(text);
                }
            }
            _ => {}
        }
    }

    /// With a text more.
    pub(super) fn add(&mut self, text: &str) {
        self.texts.insert(text.to_owned());
    }

    /// With the name of a field more.
    pub(super) fn add_key(&mut self, key: &str) {
        self.keys.insert(key.to_owned());
    }

    /// Whether a field may keep its name.
    pub(super) fn has_key(&self, key: &str) -> bool {
        self.keys.contains(key)
    }

    /// Whether the file says this text.
    pub(super) fn is_said(&self, text: &str) -> bool {
        self.texts.contains(text)
    }

    /// Whether a text of a field may stay.
    pub(super) fn stays(&self, field: &str, text: &str) -> bool {
        let enumerated = ENUMERATED.iter().find(|(name, _)| *name == field);
        text.trim().is_empty()
            || self.is_said(text)
            || enumerated.is_some_and(|(_, words)| words.contains(&text))
            || is_moment(text)
            || text.len() <= LONGEST_DURATION && parse_duration(text).is_ok()
    }
}

/// A moment or a day, and nothing beside it.
fn is_moment(text: &str) -> bool {
    let is_part = |c: char| c.is_ascii_digit() || "-T:Z+.".contains(c);
    let begins = text.get(4..5) == Some("-") && text.get(7..8) == Some("-");
    begins && text.chars().all(is_part) && (text.parse::<Timestamp>().is_ok() || text.parse::<Date>().is_ok())
}

/// The texts in quotes within an expression.
fn literals(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['\'', '"']) {
        let quote = &rest[at..=at];
        let Some((inside, after)) = rest[at + 1..].split_once(quote) else { break };
        found.push(inside.to_owned());
        rest = after;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed() -> Allowed {
        Allowed::of(&Document::from(
            "outx: 1\nname: greet\nsteps:\n  a: { if: \"steps.b.output.text == 'ja'\", uses: core.set, with: { url: \
             'https://www.linkedin.com/in/Ada-L/', x: \"Hi ${{ inputs.who }}\" } }\n",
        ))
    }

    #[test]
    fn what_the_file_says_and_what_names_nobody_stays() {
        for (field, text) in [
            ("x", "ja"),
            ("x", "ada-l"),
            ("x", "greet"),
            ("x", "2026-03-02"),
            ("x", "2026-03-02T09:00:00+01:00"),
            ("x", "14d"),
            ("x", " "),
            ("sort_type", "RECENTLY_ADDED"),
        ] {
            assert!(allowed().stays(field, text), "{text}");
        }
        for (field, text) in [
            ("x", "Ada"),
            ("x", "RECENTLY_ADDED"),
            ("x", "Hi "),
            ("x", "2026-03-02 Ada"),
            ("x", "4711"),
            ("x", "succeeded"),
        ] {
            assert!(!allowed().stays(field, text), "{text}");
        }
        assert!(allowed().has_key("full_name") && allowed().has_key("who") && !allowed().has_key("ada"));
    }
}
