//! `limits:` of a file and `limit:` of a step: how much a workflow allows itself, within what its account does.

use super::Checker;
use super::seen::all_steps;
use crate::definition::Block;
use crate::diagnostic::{Diagnostic, Span};
use crate::kind::KindEffect;
use crate::yaml::{Node, NodeValue};
use indexmap::IndexMap;
use jiff::Timestamp;
use outx_ledger::limits::{Limits, Rule, Sending, Which};
use outx_model::{Call, Effect};
use serde_json::{Value, json};
use std::sync::Arc;

/// The limits of a file, by their names.
#[derive(Default)]
pub(super) struct Named {
    rules: IndexMap<String, Declared>,
}

struct Declared {
    span: Span,
    rule: Option<Rule>,
    /// Under which name those steps count that name it; nothing where the rule says itself what it is about.
    label: Option<Arc<str>>,
}

impl Named {
    /// The limits that could be read, with where their names stand.
    pub(super) fn declared(&self) -> impl Iterator<Item = (&str, Span, &Rule)> {
        self.rules.iter().filter_map(|(name, it)| Some((name.as_str(), it.span, it.rule.as_ref()?)))
    }

    /// The rules, all of which hold besides those of the account.
    pub(super) fn rules(&self) -> Limits {
        Limits(self.rules.values().filter_map(|declared| declared.rule.clone()).collect())
    }
}

impl Checker<'_> {
    pub(super) fn limits(&mut self, node: &Node, workflow: &str) -> Named {
        let mut named = Named::default();
        let NodeValue::Map(entries) = &node.value else {
            self.error("OX110", format!("`limits` must be a map, not {}", node.type_name()), node.span)
                .help = Some("such as `limits: { greetings: { at_most: 5, per: 24h } }`".into());
            return named;
        };
        for (key, value) in entries {
            let mut line = value.to_json();
            let counts_named = matches!(&line, Value::Object(line) if !line.contains_key("of"));
            let label: Option<Arc<str>> = counts_named.then(|| format!("{workflow}/{}", key.name).into());
            if let (Value::Object(line), Some(label)) = (&mut line, &label) {
                line.insert("of".to_owned(), json!(format!("label:{label}")));
            }
            let rule = serde_json::from_value::<Rule>(line).map_err(|error| {
                let why = error.to_string().replace("expected u32", "expected a whole number");
                let entries = value.as_map().unwrap_or_default();
                let why = if value.as_map().is_some() { why } else { format!("it is {}", value.type_name()) };
                // The reader names the word that it could not take; that is the place.
                let named = |node: &Node| node.as_str().is_some_and(|word| why.contains(&format!("`{word}`")));
                let place = entries.iter().find(|(_, node)| named(node)).map_or(value.span, |(_, node)| node.span);
                self.error("OX123", format!("`{}` is no limit: {why}", key.name), place).help =
                    Some("such as { at_most: 5, per: 24h }, { apart: 10m } or { at_most: 20, of: writes, per: 24h }".into());
            });
            named.rules.insert(key.name.clone(), Declared { span: key.span, rule: rule.ok(), label });
        }
        named
    }

    /// The name under which a step counts.
    pub(super) fn limit(&mut self, node: &Node, named: &Named) -> Option<Arc<str>> {
        let name = self.text(node, "`limit`")?;
        let Some(declared) = named.rules.get(name) else {
            let known = named.rules.keys().map(String::as_str);
            let message = format!("there is no limit `{name}` in this file");
            let error = self.unknown("OX123", message, (name, node.span), known, "there are");
            if named.rules.is_empty() {
                error.help = Some("declare it under `limits` at the top of the file".to_owned());
            }
            return None;
        };
        // Of one that could not be read, it is told already what is wrong with it.
        declared.rule.as_ref()?;
        if declared.label.is_none() {
            let message = format!("the limit `{name}` says itself what it is `of`");
            self.error("OX123", message, node.span).help =
                Some("take `of` out of it, or `limit` out of the step: it holds anyway".into());
            return None;
        }
        self.limits_used.insert(name.to_owned());
        declared.label.clone()
    }

    /// Says which limits hold nothing back, `blocks` being the file's steps, where nothing is wrong with them.
    pub(super) fn unused_limits(&mut self, named: &Named, blocks: &[&Block]) {
        let mut steps = Vec::new();
        for block in blocks {
            all_steps(block, &mut steps);
        }
        // What a workflow that is called sends is in another file.
        let is_whole = !steps.is_empty() && steps.iter().all(|step| step.call().is_none());
        let sends_more = steps.iter().filter_map(|step| step.uses()).any(|uses| {
            let effect = uses.kind.effect();
            uses.kind.task().is_none() && matches!(effect, KindEffect::Read | KindEffect::Write)
        });
        let calls: Vec<_> = steps.iter().filter_map(|step| step.uses()?.kind.task()).collect();
        for (name, span, rule) in named.declared().filter(|(.., rule)| !matches!(rule.of(), Which::Label(_)))
        {
            let counts = |endpoint: &Call| {
                let at = Timestamp::UNIX_EPOCH;
                rule.of().holds(&Sending { endpoint: *endpoint, at, person: None, label: None })
            };
            if is_whole && !sends_more && !calls.iter().any(counts) {
                let of = rule.of().word();
                let message = format!("no step sends what the limit `{name}` is about: `of: {of}`");
                let same =
                    |call: &&Call| matches!(rule.of(), Which::Endpoint(of) if of.name() == call.name());
                let help = match calls.iter().find(same) {
                    Some(call) => format!(
                        "the file says that it is a {}: write `of: {}`",
                        word(call.effect()),
                        call.word()
                    ),
                    None => "a limit of the file holds for its own steps alone: take it out, or mend `of`"
                        .to_owned(),
                };
                self.diagnostics.push(Diagnostic::warning("OX306", message, span).with_help(help));
            }
        }
        for (name, declared) in &named.rules {
            if declared.rule.is_some() && declared.label.is_some() && !self.limits_used.contains(name) {
                let message = format!("no step counts for the limit `{name}`");
                self.diagnostics.push(
                    Diagnostic::warning("OX306", message, declared.span)
                        .with_help(format!("write `limit: {name}` in a step, or say what it is `of`")),
                );
            }
        }
    }
}

fn word(effect: Effect) -> &'static str {
    match effect {
        Effect::Read => "read",
        Effect::Write => "write",
    }
}
