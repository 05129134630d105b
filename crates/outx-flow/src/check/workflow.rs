//! The top of a workflow file.

use super::reference::{Found, Scopes};
use super::step::Frame;
use super::{CONCURRENCY, Checker, keys};
use crate::definition::Workflow;
use crate::diagnostic::Span;
use crate::yaml::Node;
use indexmap::IndexMap;
use outx_model::ContentHash;

impl Checker<'_> {
    pub(super) fn workflow(&mut self, root: &Node) -> Option<Workflow> {
        if root.as_map().is_none() {
            self.error("OX110", format!("a workflow must be a map, not {}", root.type_name()), root.span)
                .help =
                Some("begin with `outx: 1`, `name: …` and `steps:`, each on a line of its own".into());
            return None;
        }
        let entries = self.entries(root, &keys::TOP)?;
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
        let schedule = get("schedule").and_then(|node| self.schedule(node));
        let notify = get("notify").map(|node| self.notify(node)).unwrap_or_default();
        let (mut poll, mut concurrency, mut retry) = (self.options.poll, CONCURRENCY, None);
        if let Some(node) = get("defaults") {
            let entries = self.entries(node, &keys::DEFAULTS).unwrap_or_default();
            for (key, value) in entries {
                match key.name.as_str() {
                    "poll" => poll = self.poll(value, &poll),
                    "retry" => retry = self.retry(value),
                    "concurrency" => {
                        concurrency = self.count(value, "`concurrency`").unwrap_or(concurrency);
                    }
                    _ => {}
                }
            }
        }
        if let Some((_, node)) = get("defaults")
            .and_then(|node| node.as_map())
            .and_then(|entries| entries.iter().find(|(key, _)| key.name == "timeout"))
        {
            poll = self.patience(node, &poll);
        }
        let frame =
            Frame { inputs: &inputs, poll: &poll, retry: retry.as_ref(), limits: &limits, concurrency };
        let Some(steps) = get("steps") else {
            if !is_misspelt("steps") {
                self.error("OX114", "the workflow has no `steps`", start).help =
                    Some("add `steps:`, with a step for each thing to do".into());
            }
            return None;
        };
        let (block, _) = self.block(steps, None, &mut Vec::new(), &frame);
        self.unused_limits(&limits, block.as_ref());
        if let (Some(block), Some(schedule)) = (&block, &schedule) {
            self.pace(block, &limits, schedule);
        }
        let mut found = Found::default();
        let outputs = match get("outputs") {
            Some(node) => {
                let blocks = [self.names(steps, None)];
                let scopes = Scopes { blocks: &blocks, inputs: &inputs, has_step: false };
                self.outputs(node, &scopes, &mut found)
            }
            None => Some(IndexMap::new()),
        };
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
            block: block?,
            outputs: outputs?,
            references: found.used(),
        })
    }
}
