//! Values with expressions, and conditions.

use super::Checker;
use super::found::Found;
use super::scopes::Scopes;
use super::slips::slip;
use crate::definition::{Condition, TextPlace, Tree};
use crate::diagnostic::{Fix, Span};
use crate::expr::{Expr, ExprError, Template, Value};
use crate::yaml::{Node, NodeValue, Text, TextStyle};
use indexmap::IndexMap;

impl Checker<'_> {
    /// A value in which expressions may stand.
    pub(super) fn tree(
        &mut self,
        node: &Node,
        key: &str,
        scopes: &Scopes<'_>,
        found: &mut Found,
    ) -> Option<Tree> {
        match &node.value {
            NodeValue::List(items) => {
                let trees: Vec<_> =
                    items.iter().map(|item| self.tree(item, key, scopes, found)).collect::<Vec<_>>();
                let trees: Vec<Tree> = trees.into_iter().collect::<Option<_>>()?;
                if trees.iter().all(|tree| matches!(tree, Tree::Constant(_))) {
                    return Some(Tree::Constant(Value::from_json(node.to_json())));
                }
                Some(Tree::List(trees))
            }
            NodeValue::Map(entries) => {
                let mut trees = IndexMap::new();
                let mut whole = true;
                for (key, value) in entries {
                    match self.tree(value, &key.name, scopes, found) {
                        Some(tree) => drop(trees.insert(key.name.clone(), tree)),
                        None => whole = false,
                    }
                }
                if trees.values().all(|tree| matches!(tree, Tree::Constant(_))) && whole {
                    return Some(Tree::Constant(Value::from_json(node.to_json())));
                }
                whole.then_some(Tree::Map(trees))
            }
            NodeValue::Text(text) => {
                if !text.value.contains("${{") {
                    // A bare list is told of where it is read.
                    if key != "each" {
                        self.bare_path(text, node.span, scopes);
                    }
                    return Some(Tree::Constant(Value::from(text.value.as_str())));
                }
                let template = match Template::parse(&text.value) {
                    Ok(template) => template,
                    Err(error) => {
                        self.expression_error(&error, node.span, text, key);
                        return None;
                    }
                };
                self.template(&template, text, scopes, found);
                let place = TextPlace { span: node.span, text: text.clone(), key: key.to_owned() };
                Some(Tree::Text(template, place))
            }
            _ => Some(Tree::Constant(Value::from_json(node.to_json()))),
        }
    }

    /// An `if` or `until`: CEL, bare or as one `${{ }}`.
    pub(super) fn condition(
        &mut self,
        node: &Node,
        word: &str,
        scopes: &Scopes<'_>,
        found: &mut Found,
    ) -> Option<Condition> {
        let text = match &node.value {
            NodeValue::Bool(known) => return Some(Condition::Constant(*known)),
            NodeValue::Text(text) => text,
            _ => {
                let message = format!("`{word}` must be an expression, not {}", node.type_name());
                self.error("OX208", message, node.span);
                return None;
            }
        };
        if !text.value.trim_start().starts_with("${{") {
            self.uncut_text(text, node.span, word);
        }
        let template = match Template::parse_condition(&text.value) {
            Ok(template) => template,
            Err(error) => {
                if let Some(joined) = joined(&text.value) {
                    self.pieces_of_condition(text, node.span, &joined);
                    return None;
                }
                self.expression_error(&error, node.span, text, word);
                return None;
            }
        };
        self.template(&template, text, scopes, found);
        if let Some((what, shape)) = scopes.shape(&template)
            && shape != "true or false"
        {
            let message = format!("`{word}` must be true or false, but `{what}` is {shape}");
            self.error("OX208", message, node.span).help = Some(match shape {
                _ if what.ends_with(".status") => format!("compare it: {what} == 'succeeded'"),
                "a list" => format!("ask whether it is empty: size({what}) > 0"),
                "a number" => format!("compare it: {what} > 0"),
                _ => format!("compare it, such as {what} != null"),
            });
        }
        let place = TextPlace { span: node.span, text: text.clone(), key: word.to_owned() };
        Some(Condition::Computed(template, place))
    }

    /// A condition that is put together of words and `${{ }}`, as a text is.
    fn pieces_of_condition(&mut self, text: &Text, span: Span, joined: &str) {
        let written = self.source.slice(span);
        let (quote, inner) = match text.style {
            TextStyle::Plain => ("", written),
            TextStyle::Single => ("'", written.trim_matches('\'')),
            TextStyle::Double => ("\"", written.trim_matches('"')),
            TextStyle::Literal | TextStyle::Folded => ("", ""),
        };
        // Only what stands in the file to the letter can be replaced by the letter.
        let is_plain = quote.is_empty()
            && joined.starts_with(|c: char| c.is_alphanumeric() || c == '(')
            && ![": ", " #"].iter().any(|cut| joined.contains(cut));
        let is_quoted = !quote.is_empty() && !joined.contains(quote) && !joined.contains('\\');
        let fits = inner == text.value && (is_plain || is_quoted) && text.cut_by_comment.is_none();
        let fix = fits.then(|| Fix::safe(span, format!("{quote}{joined}{quote}")));
        let error = self.error("OX201", "a condition is one expression, and no text around `${{ }}`", span);
        error.help = Some(format!("write it without `${{{{ }}}}`: {joined}"));
        error.fix = fix;
    }

    fn template(&mut self, template: &Template, text: &Text, scopes: &Scopes<'_>, found: &mut Found) {
        let source = self.source.clone();
        for (expr, start) in template.expressions() {
            let place = |at: usize, length: usize| {
                text.span_in_source(source.text(), Span::new(start + at, start + at + length))
            };
            self.refer(expr, scopes, &place, found);
        }
    }

    fn expression_error(&mut self, error: &ExprError, span: Span, text: &Text, key: &str) {
        if text.cut_by_comment.is_some() {
            // A comment that begins within an expression leaves half of it.
            self.uncut_text(text, span, key);
            return;
        }
        let at = match error.offset() {
            Some(offset) => text.span_in_source(self.source.text(), Span::new(offset, offset + 1)),
            None => span,
        };
        if let Some(slip) = error.offset().and_then(|offset| slip(&text.value, offset)) {
            let place = text.span_in_source(self.source.text(), slip.span);
            let is_there = self.source.slice(place) == &text.value[slip.span.start..slip.span.end];
            let fix = slip.instead.filter(|_| is_there).map(|instead| Fix::safe(place, instead));
            let error = self.error("OX201", slip.message, place);
            error.help = Some(slip.help);
            error.fix = fix;
            return;
        }
        self.error("OX201", error.message(), at).help = error.help().map(str::to_owned);
    }
}

/// The expression that a condition would be without the `${{ }}` in it; nothing where it would be none.
fn joined(text: &str) -> Option<String> {
    let text = text.trim();
    let template = Template::parse(text).ok()?;
    let (mut joined, mut at, mut pieces) = (String::new(), 0, 0);
    for (expr, start) in template.expressions() {
        let source = expr.source().trim();
        let is_path = source.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '.');
        joined.push_str(text.get(at..start - "${{".len())?);
        let (open, close) = if is_path { ("", "") } else { ("(", ")") };
        joined.extend([open, source, close]);
        at = start + expr.source().len() + "}}".len();
        pieces += 1;
    }
    joined.push_str(text.get(at..)?);
    (pieces > 0 && Expr::parse(&joined).is_ok()).then_some(joined)
}
