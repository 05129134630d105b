//! The top of a workflow file.

use super::reference::{Found, Known, Names, Scopes};
use super::step::Frame;
use super::{CONCURRENCY, Checker, keys};
use crate::definition::{Block, Workflow};
use crate::yaml::{Node, NodeValue};
use indexmap::IndexMap;
use outx_model::ContentHash;

impl Checker<'_> {
    pub(super) fn workflow(&mut self, root: &Node) -> Option<Workflow> {
        let entries = self.entries(root, &keys::TOP)?;
        let get = |name: &str| entries.iter().find(|(key, _)| key.name == name).map(|(_, value)| value);
        match get("outx").map(|node| (&node.value, node.span)) {
            Some((NodeValue::Int(1), _)) => {}
            Some((_, span)) => {
                self.error("OX101", "this version of outx reads `outx: 1`", span);
            }
            None => {
                self.error("OX101", "a workflow begins with `outx: 1`", root.span).help =
                    Some("add the line `outx: 1` at the top".into());
            }
        }
        let name = get("name").and_then(|node| self.text(node, "`name`"));
        if get("name").is_none() {
            self.error("OX102", "the workflow has no `name`", root.span).help =
                Some("add a line such as `name: warm-intro`".into());
        }
        let description = get("description").and_then(|node| self.text(node, "`description`"));
        let inputs = get("inputs").map(|node| self.inputs(node)).unwrap_or_default();
        let input_names: Vec<String> = inputs.iter().map(|input| input.name.clone()).collect();
        let (mut poll, mut concurrency) = (self.options.poll.clone(), CONCURRENCY);
        if let Some(node) = get("defaults") {
            for (key, value) in self.entries(node, &keys::DEFAULTS).unwrap_or_default() {
                match key.name.as_str() {
                    "poll" => poll = self.poll(value, &poll),
                    "concurrency" => {
                        concurrency = self.count(value, "`concurrency`").unwrap_or(concurrency);
                    }
                    _ => {}
                }
            }
        }
        let frame = Frame { inputs: &inputs, input_names: &input_names, poll: &poll, concurrency };
        let Some(steps) = get("steps") else {
            self.error("OX114", "the workflow has no `steps`", root.span);
            return None;
        };
        let (block, _) = self.block(steps, None, &mut Vec::new(), &frame);
        let mut outputs = IndexMap::new();
        let mut found = Found::default();
        let mut whole = true;
        if let (Some(node), Some(block)) = (get("outputs"), &block) {
            let blocks = [names_of(block)];
            let scopes = Scopes { blocks: &blocks, inputs: &input_names, has_step: false };
            whole = self.outputs(node, &scopes, &mut found, &mut outputs);
        }
        if !whole {
            return None;
        }
        Some(Workflow {
            name: name?.to_owned(),
            description: description.map(str::to_owned),
            source: self.source.clone(),
            hash: ContentHash::of_bytes(self.source.text().as_bytes()),
            inputs,
            block: block?,
            outputs,
            references: found.used(),
        })
    }
}

fn names_of(block: &Block) -> Names {
    let known = block.steps.iter().map(|step| {
        let kind = step.uses().map(|uses| uses.kind.clone());
        (step.id.clone(), Known { span: step.span, is_each: step.each().is_some(), kind })
    });
    Names { steps: known.collect(), item: None }
}
