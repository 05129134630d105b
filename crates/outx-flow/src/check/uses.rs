//! Steps that use a kind.

use super::Checker;
use super::keys::meant;
use super::reference::{Found, Names, Scopes};
use super::step::Frame;
use crate::definition::{Tree, Uses};
use crate::diagnostic::Span;
use crate::kind::{Kind, KindEffect, KindField, NOT_YET, ProgramKind, Takes};
use crate::yaml::{Key, Node, NodeValue};
use std::sync::Arc;

/// What a step with a kind says.
pub(super) struct Task<'n> {
    pub uses: &'n Node,
    pub with: Option<&'n Node>,
    pub poll: Option<&'n Node>,
    pub once: Option<&'n Node>,
    pub in_doubt: Option<&'n Node>,
    pub limit: Option<&'n Node>,
    pub retry: Option<&'n Node>,
    pub timeout: Option<&'n Node>,
}

impl Checker<'_> {
    pub(super) fn uses(
        &mut self,
        task: &Task<'_>,
        around: &[Names],
        frame: &Frame<'_>,
        found: &mut Found,
    ) -> Option<Box<Uses>> {
        let Task { uses, with, poll, .. } = *task;
        let scopes = Scopes { blocks: around, inputs: frame.inputs, has_step: true };
        let with_tree = match with {
            Some(node) => {
                self.uncut(node, "with");
                self.tree(node, "with", &scopes, found)
            }
            None => Some(Tree::Constant(crate::expr::Value::from_json(serde_json::json!({})))),
        };
        let kind = self.kind(uses)?;
        let kind = kind.with_known(&known(with)).unwrap_or(kind);
        let is_task = kind.creates_tasks();
        let of_tasks = [
            ("poll", poll, is_task),
            ("limit", task.limit, is_task),
            ("retry", task.retry, kind.reaches_others()),
            ("timeout", task.timeout, is_task),
        ];
        for (name, node, does) in of_tasks {
            if let Some(node) = node.filter(|_| !does) {
                let has_own =
                    kind.fields().is_some_and(|fields| fields.iter().any(|field| field.name == name));
                let help =
                    has_own.then(|| format!("`{}` takes a `{name}` of its own, under `with`", kind.name()));
                self.error("OX116", format!("`{name}` does nothing for `{}`", kind.name()), node.span).help =
                    help;
            }
        }
        let mut policy = poll.filter(|_| is_task).map_or(*frame.poll, |node| self.poll(node, frame.poll));
        if let Some(node) = task.timeout {
            if poll.is_some_and(|poll| poll.get("timeout").is_some()) {
                self.error("OX120", "`timeout` stands in the step and in its `poll`", node.span).help =
                    Some("they are the same: take one of the two out".into());
            }
            policy = self.patience(node, &policy);
        }
        let limit = task.limit.and_then(|node| self.limit(node, frame.limits));
        let retry = task.retry.map_or_else(|| frame.retry.cloned(), |node| self.retry(node));
        self.with(&kind, uses.span, with);
        for (name, node) in [("once", task.once), ("in_doubt", task.in_doubt)] {
            if let Some(node) = node.filter(|_| kind.effect() != KindEffect::Write) {
                let message = format!("`{name}` does nothing for `{}`", kind.name());
                self.error("OX116", message, node.span).help = Some("it is for writes".into());
            }
        }
        let in_doubt = task.in_doubt.map(|node| self.in_doubt(node)).unwrap_or_default();
        let once = match task.once {
            Some(node) => Some(self.once(node, &scopes, found)?),
            None => None,
        };
        Some(Box::new(Uses { kind, with: with_tree?, poll: policy, once, in_doubt, limit, retry }))
    }

    fn kind(&mut self, node: &Node) -> Option<Arc<dyn Kind>> {
        let name = self.text(node, "`uses`")?;
        match self.options.registry.find(name) {
            Ok(Some(kind)) => return Some(kind),
            Ok(None) => {}
            Err(why) => {
                self.error("OX130", format!("the kind `{name}` cannot be used: {why}"), node.span);
                return None;
            }
        }
        if NOT_YET.contains(&name) {
            let message = format!("the kind `{name}` is not yet supported by this version of outx");
            self.error("OX112", message, node.span);
            return None;
        }
        let mut help = meant(name, self.options.registry.names(), "there are");
        if ProgramKind::is_name(name) {
            help = format!(
                "{help}; a kind without a dot is a program of one's own, `outx-kind-{name}`, in PATH or in the folder \
                 `kinds` of OUTX_HOME"
            );
        }
        self.error("OX130", format!("there is no kind `{name}`"), node.span).help = Some(help);
        None
    }

    /// The fields of `with` against those of the kind; where all of it is known, also as a whole.
    fn with(&mut self, kind: &Arc<dyn Kind>, uses: Span, with: Option<&Node>) {
        let entries: &[(Key, Node)] = match with.map(|node| (&node.value, node.span)) {
            Some((NodeValue::Map(entries), _)) => entries,
            None => &[],
            // What it gives is known when the step starts.
            Some((NodeValue::Text(text), _)) if text.value.contains("${{") => return,
            Some((_, span)) => {
                self.error("OX110", "`with` must be a map", span);
                return;
            }
        };
        let Some(fields) = kind.fields() else { return };
        let before = self.diagnostics.len();
        let span = with.map_or(uses, |node| node.span);
        for (key, value) in entries {
            self.field(kind, &fields, key, value);
        }
        for field in fields.iter().filter(|field| field.required) {
            if !entries.iter().any(|(key, _)| key.name == field.name) {
                let message = format!("`{}` needs `{}`", kind.name(), field.name);
                self.error("OX133", message, uses).help = Some(format!("`{}` is {}", field.name, field.doc));
            }
        }
        let constant = !entries.iter().any(|(_, value)| has_expression(value));
        if constant && self.diagnostics.len() == before {
            let input = with.map_or_else(|| serde_json::json!({}), Node::to_json);
            if let Err(error) = kind.start(&input) {
                self.error("OX132", error.message, span);
            }
        }
    }

    fn field(&mut self, kind: &Arc<dyn Kind>, fields: &[KindField], key: &Key, value: &Node) {
        let Some(field) = fields.iter().find(|field| field.name == key.name) else {
            let help = meant(&key.name, fields.iter().map(|field| field.name), "it takes");
            let message = format!("`{}` takes no `{}`", kind.name(), key.name);
            self.error("OX131", message, key.span).help = Some(help);
            return;
        };
        // A null is as if the field were not there.
        let absent = value.is_null() && !field.required;
        if !absent
            && !has_expression(value)
            && let Err(message) = kind.check_field(field, &value.to_json())
        {
            let written = self.source.text().get(value.span.start..value.span.end).unwrap_or_default();
            let help = match (&value.value, field.takes) {
                (NodeValue::Int(_) | NodeValue::Float(_) | NodeValue::Bool(_), Takes::Text) => {
                    Some(format!("in quotes it is a text: {}: \"{written}\"", key.name))
                }
                (NodeValue::Text(_), Takes::List) if !written.contains('\n') => {
                    Some(format!("a list of one is written in brackets: {}: [{written}]", key.name))
                }
                _ => None,
            };
            self.error("OX132", message, value.span).help = help;
        }
    }
}

/// The fields of `with` that need no evaluation.
fn known(with: Option<&Node>) -> serde_json::Map<String, serde_json::Value> {
    let entries = match with.map(|node| &node.value) {
        Some(NodeValue::Map(entries)) => entries.as_slice(),
        _ => &[],
    };
    let known = entries.iter().filter(|(_, value)| !has_expression(value));
    known.map(|(key, value)| (key.name.clone(), value.to_json())).collect()
}

fn has_expression(node: &Node) -> bool {
    match &node.value {
        NodeValue::Text(text) => text.value.contains("${{"),
        NodeValue::List(items) => items.iter().any(has_expression),
        NodeValue::Map(entries) => entries.iter().any(|(_, value)| has_expression(value)),
        _ => false,
    }
}
