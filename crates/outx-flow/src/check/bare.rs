//! Texts that look like expressions, and are sent as they stand.

use super::Checker;
use super::scopes::Scopes;
use crate::diagnostic::{Diagnostic, Fix, Span};
use crate::yaml::{Text, TextStyle};

impl Checker<'_> {
    /// Warns of a text that is a path without `${{ }}`, and of a path in another language's braces. Only what leads to
    /// something that there is: everything else may be meant to the letter.
    pub(super) fn bare_path(&mut self, text: &Text, span: Span, scopes: &Scopes<'_>) {
        let value = text.value.as_str();
        let found = if scopes.is_path(value.trim()) {
            Some((0, value.len(), value.trim(), "without braces"))
        } else {
            braces(value, scopes)
        };
        let Some((start, end, path, how)) = found else { return };
        let place = text.span_in_source(self.source.text(), Span::new(start, end));
        let expression = format!("${{{{ {path} }}}}");
        let message = format!("`{path}` {how} is no expression: the text is sent as it stands");
        // Of what is written in quotes or in a block, a part can be replaced; without quotes, all of it is quoted.
        let whole = format!("{}{expression}{}", &value[..start], &value[end..]);
        let is_there = self.source.slice(place) == &value[start..end];
        let fix = match text.style {
            TextStyle::Plain if self.source.slice(span) == value && !value.contains(['"', '\\']) => {
                Some(Fix::proposed(span, format!("\"{whole}\"")))
            }
            TextStyle::Plain => None,
            _ => is_there.then(|| Fix::proposed(place, expression.clone())),
        };
        self.diagnostics.push(
            Diagnostic::warning("OX325", message, place)
                .with_help(format!("write `{expression}` for its value"))
                .with_fix_if(fix),
        );
    }
}

/// A path in `{{ … }}` or `${ … }`.
fn braces<'t>(text: &'t str, scopes: &Scopes<'_>) -> Option<(usize, usize, &'t str, &'static str)> {
    for (open, close, how) in [("{{", "}}", "in `{{ }}`"), ("${", "}", "in `${ }`")] {
        for (start, _) in text.match_indices(open) {
            let Some(length) = text[start + open.len()..].find(close) else { continue };
            let path = text[start + open.len()..start + open.len() + length].trim();
            if scopes.is_path(path) {
                return Some((start, start + open.len() + length + close.len(), path, how));
            }
        }
    }
    None
}
