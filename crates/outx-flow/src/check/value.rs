//! Values with expressions, and conditions.

use super::Checker;
use super::reference::{Found, Scopes};
use crate::definition::{Condition, TextPlace, Tree};
use crate::diagnostic::Span;
use crate::expr::{ExprError, Template, Value};
use crate::yaml::{Node, NodeValue, Text};
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
                self.text(node, &format!("`{key}`"))?;
                if !text.value.contains("${{") {
                    return Some(Tree::Constant(Value::from(text.value.as_str())));
                }
                let template = match Template::parse(&text.value) {
                    Ok(template) => template,
                    Err(error) => {
                        self.expression_error(&error, node.span, text);
                        return None;
                    }
                };
                self.template(&template, text, scopes, found);
                Some(Tree::Text(template, TextPlace { span: node.span, key: key.to_owned() }))
            }
            _ => Some(Tree::Constant(Value::from_json(node.to_json()))),
        }
    }

    /// An `if`: CEL, bare or as one `${{ }}`.
    pub(super) fn condition(
        &mut self,
        node: &Node,
        scopes: &Scopes<'_>,
        found: &mut Found,
    ) -> Option<Condition> {
        let text = match &node.value {
            NodeValue::Bool(known) => return Some(Condition::Constant(*known)),
            NodeValue::Text(text) => text,
            _ => {
                let message = format!("`if` must be an expression, not {}", node.type_name());
                self.error("OX208", message, node.span);
                return None;
            }
        };
        self.text(node, "`if`")?;
        let template = match Template::parse_condition(&text.value) {
            Ok(template) => template,
            Err(error) => {
                self.expression_error(&error, node.span, text);
                return None;
            }
        };
        self.template(&template, text, scopes, found);
        Some(Condition::Computed(template))
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

    fn expression_error(&mut self, error: &ExprError, span: Span, text: &Text) {
        let at = match error.offset() {
            Some(offset) => text.span_in_source(self.source.text(), Span::new(offset, offset + 1)),
            None => span,
        };
        self.error("OX201", error.message(), at).help = error.help().map(str::to_owned);
    }
}
