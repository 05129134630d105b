//! Kinds that stand for other steps: what a file says of one is read as if it said those.

use super::Checker;
use super::uses::{has_expression, known};
use crate::diagnostic::{Source, Span};
use crate::kind::Kind;
use crate::yaml::{self, Key, Node, NodeValue};
use std::sync::Arc;

/// A step that was written out.
pub(super) struct WrittenOut {
    pub entries: Vec<(Key, Node)>,
    /// The kind's name.
    pub kind: Arc<str>,
}

/// That something is wrong, and was told.
#[derive(Debug)]
pub(super) struct Told;

impl Checker<'_> {
    /// A step as what its kind stands for; nothing for any other step. What the kind is given is there by names of its own.
    ///
    /// # Errors
    ///
    /// When something is wrong with what the kind is given, which was told.
    pub(super) fn written_out(&mut self, entries: &[(Key, Node)]) -> Result<Option<WrittenOut>, Told> {
        let get = |name: &str| entries.iter().find(|(key, _)| key.name == name).map(|(_, value)| value);
        let Some(uses) = get("uses") else { return Ok(None) };
        let kind = uses.as_str().and_then(|name| self.options.registry.get(name)).cloned();
        let with = get("with");
        let Some((kind, text)) = kind.and_then(|kind| Some((kind.clone(), kind.stands_for(&known(with))?)))
        else {
            return Ok(None);
        };
        let errors = |checker: &Self| checker.diagnostics.iter().filter(|finding| finding.is_error()).count();
        let before = errors(self);
        self.not_of(
            entries,
            &["poll", "once", "in_doubt", "limit", "retry", "timeout", "cache", "outputs"],
            "a task of its own",
        );
        self.with(&kind, uses.span, with);
        let given = with.and_then(Node::as_map).unwrap_or_default();
        self.must_be_known(&kind, given);
        // What was written for it would be wrong in the same way, and it is nobody's words.
        if errors(self) > before {
            return Err(Told);
        }
        let Ok(written) = yaml::load(&Source::new(kind.name(), text)) else { return Ok(None) };
        let NodeValue::Map(written) = written.moved_to(uses.span).value else { return Ok(None) };
        let mut vars: Vec<(Key, Node)> = get("vars").and_then(Node::as_map).unwrap_or_default().to_vec();
        vars.extend(
            given
                .iter()
                .map(|(key, node)| (Key { name: format!("_{}", key.name), span: key.span }, node.clone())),
        );
        let mut all: Vec<_> = entries
            .iter()
            .filter(|(key, _)| !["uses", "with", "vars"].contains(&key.name.as_str()))
            .cloned()
            .collect();
        for (key, node) in written {
            match node.value {
                NodeValue::Map(more) if key.name == "vars" => vars.extend(more),
                _ => all.push((key, node)),
            }
        }
        let span = uses.span;
        all.push((Key { name: "vars".to_owned(), span }, Node { span, value: NodeValue::Map(vars) }));
        Ok(Some(WrittenOut { entries: all, kind: Arc::from(kind.name()) }))
    }

    /// What decides about the steps themselves is written down, and not computed.
    fn must_be_known(&mut self, kind: &Arc<dyn Kind>, given: &[(Key, Node)]) {
        let fields = kind.fields().unwrap_or_default();
        for (key, node) in given {
            let is_optional = fields.iter().any(|field| field.name == key.name && !field.required);
            if is_optional && has_expression(node) {
                let message = format!("`{}` must be known before anything runs", key.name);
                self.error("OX132", message, node.span).help = Some(format!("such as `{}: 14d`", key.name));
            }
        }
    }
}

impl Node {
    /// The same tree as if all of it stood in one place: what is wrong with it is shown there.
    fn moved_to(self, span: Span) -> Self {
        let value = match self.value {
            NodeValue::Text(text) => NodeValue::Text(text.moved_to(span)),
            NodeValue::List(items) => {
                NodeValue::List(items.into_iter().map(|item| item.moved_to(span)).collect())
            }
            NodeValue::Map(entries) => NodeValue::Map(
                entries.into_iter().map(|(key, value)| (Key { span, ..key }, value.moved_to(span))).collect(),
            ),
            other => other,
        };
        Self { span, value }
    }
}
