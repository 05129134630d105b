//! Steps that use a kind.

use super::Checker;
use super::found::Found;
use super::habits::{self, duration};
use super::keys::{self, meant, renamed};
use super::scopes::Scopes;
use crate::definition::{Tree, Uses};
use crate::diagnostic::{Fix, Span, nearest};
use crate::kind::{Kind, KindEffect, KindField, LATER, NOT_YET, ProgramKind, Takes};
use crate::yaml::{Key, Node, NodeValue};
use std::sync::Arc;
use std::time::Duration;

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
    pub cache: Option<&'n Node>,
}

impl Checker<'_> {
    pub(super) fn uses(
        &mut self,
        task: &Task<'_>,
        scopes: &Scopes<'_>,
        found: &mut Found,
    ) -> Option<Box<Uses>> {
        let Task { uses, with, poll, .. } = *task;
        let frame = scopes.frame;
        let with_tree = match with {
            Some(node) => {
                self.uncut(node, "with");
                self.tree(node, "with", scopes, found)
            }
            None => Some(Tree::Constant(crate::expr::Value::from_json(serde_json::json!({})))),
        };
        let kind = self.kind(uses)?;
        let kind = kind.with_known(&known(with)).unwrap_or(kind);
        self.secrets_of(found, with, Some(&*kind));
        found.secrets.clear();
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
                let help = if has_own {
                    format!("`{}` takes a `{name}` of its own, under `with`", kind.name())
                } else {
                    "take it out: this kind creates no task that could be waited for".to_owned()
                };
                self.error("OX116", format!("`{name}` does nothing for `{}`", kind.name()), node.span).help =
                    Some(help);
            }
        }
        let mut polling = poll.filter(|_| is_task).map_or(*frame.poll, |node| self.poll(node, frame.poll));
        if let Some(node) = task.timeout {
            if poll.is_some_and(|poll| poll.get("timeout").is_some()) {
                self.error("OX120", "`timeout` stands in the step and in its `poll`", node.span).help =
                    Some("they are the same: take one of the two out".into());
            }
            polling = self.patience(node, &polling);
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
        let cache = task.cache.and_then(|node| self.cache(node, &*kind));
        let in_doubt = task.in_doubt.map(|node| self.in_doubt(node)).unwrap_or_default();
        let once = match task.once {
            // On a read it does nothing, which is told already.
            Some(_) if kind.effect() != KindEffect::Write => None,
            Some(node) => Some(self.once(node, scopes, found)?),
            None => None,
        };
        Some(Box::new(Uses { kind, with: with_tree?, poll: polling, once, in_doubt, limit, retry, cache }))
    }

    /// For how long what was read is as good as what would be read.
    fn cache(&mut self, node: &Node, kind: &dyn Kind) -> Option<Duration> {
        if kind.effect() != KindEffect::Read || kind.endpoint().is_none() {
            self.error("OX116", format!("`cache` does nothing for `{}`", kind.name()), node.span).help =
                Some("it is for reads of LinkedIn".into());
            return None;
        }
        self.duration(node, "`cache`")
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
            let message = format!("the kind `{name}` {LATER}");
            self.error("OX112", message, node.span);
            return None;
        }
        let registry = &self.options.registry;
        let message = format!("there is no kind `{name}`");
        // People leave the word before the dot out.
        let mut whole =
            registry.names().filter(|known| known.split_once('.').is_some_and(|(_, it)| it == name));
        if let (Some(known), None) = (whole.next(), whole.next()) {
            let error = self.error("OX130", message, node.span);
            error.help = Some(format!("did you mean `{known}`?"));
            error.fix = Some(Fix::safe(node.span, known));
            return None;
        }
        // Kinds have no versions of their own in a file.
        if let Some((known, _)) = name.split_once('@').filter(|(known, _)| registry.get(known).is_some()) {
            let error = self.error("OX130", message, node.span);
            error.help = Some(format!("kinds have no versions: write `{known}`"));
            error.fix = Some(Fix::safe(node.span, known));
            return None;
        }
        let is_near = nearest(name, registry.names()).is_some();
        let error = self.unknown("OX130", message, (name, node.span), registry.names(), "there are");
        if let Some(own) = name.strip_prefix(ProgramKind::PREFIX).filter(|own| ProgramKind::is_name(own)) {
            error.help = Some(format!("a program of one's own is named without that: write `uses: {own}`"));
            error.fix = Some(Fix::proposed(node.span, own));
        } else if let Some(habit) = habits::of_kind(name).filter(|_| !is_near) {
            error.help = Some(habit.to_owned());
        } else if ProgramKind::is_name(name) {
            let near = error.help.take().filter(|_| is_near).map(|near| format!("{near} or else: "));
            error.help = Some(format!(
                "{}a kind without a dot is a program of one's own, and there is no `{}{name}` in PATH or in the folder \
                 `kinds` of OUTX_HOME",
                near.unwrap_or_default(),
                ProgramKind::PREFIX
            ));
        }
        None
    }

    /// The fields of `with` against those of the kind; where all of it is known, also as a whole.
    pub(super) fn with(&mut self, kind: &Arc<dyn Kind>, uses: Span, with: Option<&Node>) {
        let entries: &[(Key, Node)] = match with.map(|node| (&node.value, node.span)) {
            Some((NodeValue::Map(entries), _)) => entries,
            None => &[],
            // What it gives is known when the step starts.
            Some((NodeValue::Text(text), _)) if text.value.contains("${{") => return,
            Some((_, span)) => {
                let fields = kind.fields().unwrap_or_default();
                let first = fields.iter().find(|field| field.required).or(fields.first());
                let name = first.map_or("name", |field| field.name);
                self.error("OX110", "`with` must be a map", span).help =
                    Some(format!("write each field with its name: `with: {{ {name}: … }}`"));
                return;
            }
        };
        let Some(fields) = kind.fields() else { return };
        let before = self.diagnostics.len();
        let span = with.map_or(uses, |node| node.span);
        for (key, value) in entries {
            self.field(kind, &fields, (key, value), entries);
        }
        for field in fields.iter().filter(|field| field.required) {
            // One under another name is told of already.
            let is_renamed = entries.iter().any(|(key, _)| {
                let habit = habits::of_field(kind.name(), &key.name).unwrap_or_default();
                !fields.iter().any(|other| other.name == key.name)
                    && (likely(&key.name, &fields) == Some(field.name)
                        || habit.starts_with(&format!("write `{}`", field.name)))
            });
            if !is_renamed && !entries.iter().any(|(key, _)| key.name == field.name) {
                let message = format!("`{}` needs `{}`", kind.name(), field.name);
                self.error("OX133", message, uses).help = Some(format!("`{}` is {}", field.name, field.doc));
            }
        }
        let constant = !entries.iter().any(|(_, value)| has_expression(value));
        if constant && self.diagnostics.len() == before && kind.stands_for(&known(with)).is_none() {
            let input = with.map_or_else(|| serde_json::json!({}), Node::to_json);
            if let Err(error) = kind.start(&input) {
                self.error("OX132", error.message, span);
            }
        }
    }

    fn field(
        &mut self,
        kind: &Arc<dyn Kind>,
        fields: &[KindField],
        (key, value): (&Key, &Node),
        entries: &[(Key, Node)],
    ) {
        let Some(field) = fields.iter().find(|field| field.name == key.name) else {
            let is_of_step = keys::STEP.known.contains(&key.name.as_str());
            let help = match likely(&key.name, fields) {
                Some(name) => format!("did you mean `{name}`?"),
                None if habits::of_field(kind.name(), &key.name).is_some() => {
                    habits::of_field(kind.name(), &key.name).unwrap_or_default().to_owned()
                }
                None if is_of_step => format!("`{}` stands beside `with`, as a key of the step", key.name),
                None => meant(&key.name, fields.iter().map(|field| field.name), "it takes"),
            };
            let message = format!("`{}` takes no `{}`", kind.name(), key.name);
            let part =
                likely(&key.name, fields).filter(|name| !entries.iter().any(|(key, _)| key.name == *name));
            let fix = renamed(key, fields.iter().map(|field| field.name), entries)
                .or_else(|| part.map(|name| Fix::proposed(key.span, name)));
            let error = self.error("OX131", message, key.span);
            error.help = Some(help);
            error.fix = fix;
            return;
        };
        // A null is as if the field were not there.
        let absent = value.is_null() && !field.required;
        if !absent
            && !has_expression(value)
            && let Err(message) = kind.check_field(field, &value.to_json())
        {
            let (help, fix) = self.as_taken(kind, field, key, value).unzip();
            let error = self.error("OX132", message, value.span);
            error.help = help;
            error.fix = fix;
        }
    }
}

/// The fields of `with` that need no evaluation.
pub(super) fn known(with: Option<&Node>) -> serde_json::Map<String, serde_json::Value> {
    let entries = match with.map(|node| &node.value) {
        Some(NodeValue::Map(entries)) => entries.as_slice(),
        _ => &[],
    };
    let known = entries.iter().filter(|(_, value)| !has_expression(value));
    known.map(|(key, value)| (key.name.clone(), value.to_json())).collect()
}

impl Checker<'_> {
    /// The value as the field takes it: a number in quotes, a text as a list of one.
    fn as_taken(
        &self,
        kind: &Arc<dyn Kind>,
        field: &KindField,
        key: &Key,
        value: &Node,
    ) -> Option<(String, Fix)> {
        let written = self.source.slice(value.span);
        let (why, new, json) = match (&value.value, field.takes) {
            (NodeValue::Text(text), _) if duration(&text.value).is_some() => {
                let meant = duration(&text.value)?;
                ("a duration is one word", meant.clone(), serde_json::json!(meant))
            }
            (NodeValue::Int(_) | NodeValue::Float(_) | NodeValue::Bool(_), Takes::Text) => {
                ("in quotes it is a text", format!("\"{written}\""), serde_json::json!(written))
            }
            (NodeValue::Text(text), Takes::Word(words)) => {
                let word = words.iter().find(|word| word.eq_ignore_ascii_case(&text.value))?;
                ("large and small letters differ", (*word).to_owned(), serde_json::json!(word))
            }
            (NodeValue::Text(text), Takes::List) if !written.contains('\n') => (
                "a list of one is written in brackets",
                format!("[{written}]"),
                serde_json::json!([text.value]),
            ),
            _ => return None,
        };
        // In brackets, a comma or another bracket would make something else of a text without quotes.
        let is_kept = written.starts_with(['"', '\'']) || !written.contains([',', '[', ']', '{', '}']);
        let is_taken = is_kept && kind.check_field(field, &json).is_ok();
        is_taken.then(|| (format!("{why}: {}: {new}", key.name), Fix::safe(value.span, new)))
    }
}

/// The field that is meant by another name: the nearest, or the only one that has the word as its first or last part.
fn likely(word: &str, fields: &[KindField]) -> Option<&'static str> {
    let names = || fields.iter().map(|field| field.name);
    if let Some(near) = nearest(word, names()) {
        return Some(near);
    }
    let has_part =
        |name: &&str| name.split('_').next() == Some(word) || name.rsplit('_').next() == Some(word);
    let mut parts = names().filter(has_part);
    parts.next().filter(|_| parts.next().is_none())
}

pub(super) fn has_expression(node: &Node) -> bool {
    match &node.value {
        NodeValue::Text(text) => text.value.contains("${{"),
        NodeValue::List(items) => items.iter().any(has_expression),
        NodeValue::Map(entries) => entries.iter().any(|(_, value)| has_expression(value)),
        _ => false,
    }
}
