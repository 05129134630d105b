//! The top of a workflow file.

use super::found::Found;
use super::scopes::{Scopes, VarNames};
use super::step::Frame;
use super::{CONCURRENCY, Checker, keys};
use crate::definition::{Polling, Workflow};
use crate::diagnostic::Span;
use crate::effect::Retry;
use crate::yaml::Node;
use indexmap::IndexMap;
use outx_model::ContentHash;

/// What holds for all steps that say nothing else.
struct Defaults {
    poll: Polling,
    retry: Option<Retry>,
    concurrency: usize,
}

impl Checker<'_> {
    pub(super) fn workflow(&mut self, root: &Node) -> Option<Workflow> {
        if root.as_map().is_none() {
            self.error("OX110", format!("a workflow must be a map, not {}", root.type_name()), root.span)
                .help =
                Some("begin with `outx: 1`, `name: …` and `steps:`, each on a line of its own".into());
            return None;
        }
        let entries = self.entries(root, &keys::TOP)?;
        Self::names_of_all_vars(root, &mut self.all_vars);
        let get = |name: &str| entries.iter().find(|(key, _)| key.name == name).map(|(_, value)| value);
        // What the whole file lacks is shown at its beginning.
        let start = Span::at(root.span.start);
        let is_misspelt = |name: &str| keys::is_misspelt(name, entries, &keys::TOP);
        if get("outx").is_some() || !is_misspelt("outx") {
            self.version(get("outx"), start, get("steps").is_some());
        }
        let name = get("name").and_then(|node| self.text(node, "`name`"));
        if (get("name").is_none() && !is_misspelt("name")) || name.is_some_and(|name| name.trim().is_empty())
        {
            self.error("OX102", "the workflow has no `name`", start).help =
                Some("add a line such as `name: warm-intro`".into());
        }
        let description = get("description").and_then(|node| self.text(node, "`description`"));
        let inputs = get("inputs").map(|node| self.inputs(node)).unwrap_or_default();
        let limits =
            get("limits").map(|node| self.limits(node, name.unwrap_or_default())).unwrap_or_default();
        let account = get("account").and_then(|node| self.text(node, "`account`"));
        self.account = account.map(str::to_owned);
        let schedule = get("schedule").and_then(|node| self.schedule(node));
        let notify = get("notify").map(|node| self.notify(node)).unwrap_or_default();
        let defaults = self.defaults(get("defaults"));
        let secrets = get("secrets").map(|node| self.secrets(node)).unwrap_or_default();
        let none = VarNames::new();
        let frame = Frame {
            inputs: &inputs,
            vars: &none,
            secrets: &secrets,
            is_ending: false,
            poll: &defaults.poll,
            retry: defaults.retry.as_ref(),
            limits: &limits,
            concurrency: defaults.concurrency,
        };
        let vars = self.vars(get("vars"), &[], &frame, true);
        let frame = Frame { vars: &vars, ..frame };
        let Some(steps) = get("steps") else {
            if !is_misspelt("steps") {
                self.error("OX114", "the workflow has no `steps`", start).help =
                    Some("add `steps:`, with a step for each thing to do".into());
            }
            return None;
        };
        let names = self.names(steps, None);
        let (block, _, names) = self.block(steps, names, &mut Vec::new(), &frame);
        let blocks = [names];
        let mut found = Found::default();
        let outputs = match get("outputs") {
            Some(given) => self.outputs(given, &Scopes::of_outputs(&blocks, &frame), &mut found),
            None => Some(IndexMap::new()),
        };
        self.no_secrets(&found.secrets, "`outputs`");
        let frame = Frame { is_ending: true, ..frame };
        let mut around = blocks.into();
        let [on_failure, finally] = ["on_failure", "finally"].map(|word| {
            get(word).map(|node| {
                let names = self.names(node, None);
                self.block(node, names, &mut around, &frame).0
            })
        });
        let [on_failure, finally] = match (on_failure, finally) {
            (Some(None), _) | (_, Some(None)) => return None,
            (on_failure, finally) => [on_failure.flatten(), finally.flatten()],
        };
        let blocks: Vec<_> = [&block, &on_failure, &finally].into_iter().flatten().collect();
        self.unused_limits(&limits, &blocks);
        if let (Some(block), Some(schedule)) = (&block, &schedule) {
            self.pace(block, &limits, schedule);
        }
        self.untold(&notify);
        let called = self.sources_called();
        Some(Workflow {
            name: name?.to_owned(),
            description: description.map(str::to_owned),
            source: self.source.clone(),
            hash: ContentHash::of_bytes(self.source.text().as_bytes()),
            limits: limits.rules(),
            account: account.map(str::to_owned),
            schedule,
            notify,
            inputs,
            secrets,
            vars: std::mem::take(&mut self.vars),
            block: block?,
            on_failure,
            finally,
            outputs: outputs?,
            references: found.used(),
            called,
        })
    }
    fn defaults(&mut self, node: Option<&Node>) -> Defaults {
        let mut defaults = Defaults { poll: self.options.poll.into(), retry: None, concurrency: CONCURRENCY };
        let entries = node.and_then(|node| self.entries(node, &keys::DEFAULTS)).unwrap_or_default();
        for (key, value) in entries {
            match key.name.as_str() {
                "poll" => defaults.poll = self.poll(value, &defaults.poll),
                "retry" => defaults.retry = self.retry(value),
                "concurrency" => {
                    let count = self.count(value, "`concurrency`");
                    defaults.concurrency = count.unwrap_or(defaults.concurrency);
                }
                _ => {}
            }
        }
        if let Some((_, node)) = entries.iter().find(|(key, _)| key.name == "timeout") {
            defaults.poll = self.patience(node, &defaults.poll);
        }
        defaults
    }
}
