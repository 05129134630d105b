//! Steps beside each other, and the graph that they form.

use super::Checker;
use super::found::{Edge, Found};
use super::scopes::{Known, Names};
use super::step::Frame;
use crate::definition::{Block, Form, Step};
use crate::graph::{Cycle, Graph};
use crate::yaml::{Key, Node, NodeValue};
use std::sync::Arc;

/// How many steps of a circle are shown.
const SHOWN: usize = 10;

/// Whether it is the name of steps that are done at the end of a run.
fn is_part(name: &str) -> bool {
    ["on_failure", "finally"].contains(&name)
}

impl Checker<'_> {
    /// A map of steps. Gives the block, the dependencies on steps of the blocks around it, and its names back.
    pub(super) fn block(
        &mut self,
        node: &Node,
        names: Names,
        around: &mut Vec<Names>,
        frame: &Frame<'_>,
    ) -> (Option<Block>, Vec<Edge>, Names) {
        let is_end = frame.is_ending && around.len() == 1;
        let NodeValue::Map(entries) = &node.value else {
            let what = if is_end { "what is done at the end" } else { "`steps`" };
            self.error("OX110", format!("{what} must be a map, not {}", node.type_name()), node.span).help =
                Some("write each step as `id:` with its keys below".into());
            return (None, Vec::new(), names);
        };
        if entries.is_empty() {
            self.error("OX114", "there are no steps", node.span).help =
                Some("write what is to be done, each step as `id:` with its keys below".into());
        }
        if let Some((key, _)) = entries.iter().find(|(key, it)| key.name == "uses" && it.as_str().is_some()) {
            self.error("OX110", "the step has no name", key.span).help =
                Some("steps are a map: write `id:` before it, with the step's keys below or in `{ }`".into());
            return (None, Vec::new(), names);
        }
        for (key, _) in entries {
            self.identifier("a step", &key.name, key.span);
            if around.is_empty() && is_part(&key.name) {
                self.error("OX118", format!("`{}` cannot be the name of a step", key.name), key.span).help =
                    Some(
                        "it is a part of a workflow: move it out of `steps`, and give each step in it an id"
                            .into(),
                    );
            }
            let outer = around.iter().find_map(|names| names.steps.get(key.name.as_str()));
            if let Some(outer) = outer {
                let before = outer.span;
                let (place, which) = if is_end { ("already", "this") } else { ("further out", "the inner") };
                let message = format!("there is a step `{}` {place}", key.name);
                let error = self.error("OX115", message, key.span);
                error.notes.push((before, "it stands here".to_owned()));
                error.help = Some(format!("give {which} step another id"));
            }
        }
        around.push(names);
        let mut steps = Vec::new();
        let mut edges: Vec<Edge> = Vec::new();
        let mut outer = Vec::new();
        for (index, (key, value)) in entries.iter().enumerate() {
            let mut found = Found::default();
            // Of a part of the workflow that stands in the wrong place, all was told.
            if around.len() == 1 && !frame.is_ending && is_part(&key.name) {
                continue;
            }
            steps.extend(self.step(key, value, around, frame, &mut found));
            for (level, on, strength) in found.into_edges() {
                match level {
                    0 => edges.push((index, on, strength)),
                    _ => outer.push((level - 1, on, strength)),
                }
            }
        }
        let names = around.pop().unwrap_or_default();
        let graph = match Graph::new(entries.len(), &edges) {
            Ok(graph) => graph,
            Err(cycle) => {
                self.cycle(&cycle, entries);
                return (None, outer, names);
            }
        };
        if steps.len() < entries.len() || entries.is_empty() {
            return (None, outer, names);
        }
        let by_id =
            steps.iter().enumerate().map(|(at, step): (usize, &Step)| (step.id.clone(), at)).collect();
        (Some(Block { steps, graph, by_id }), outer, names)
    }

    /// What a block's steps are to those who read them.
    pub(super) fn names(&self, steps: &Node, item: Option<Arc<str>>) -> Names {
        let known = steps.as_map().unwrap_or_default().iter().map(|(key, value)| {
            let kind = value.get("uses").and_then(Node::as_str).and_then(|n| self.options.registry.get(n));
            let form = match ["each", "repeat", "call"].map(|key| value.get(key).is_some()) {
                [true, ..] => Form::Each,
                [_, true, _] => Form::Repeat,
                [.., true] => Form::Call,
                _ if kind.is_some_and(|kind| kind.stands_for(&serde_json::Map::new()).is_some()) => {
                    Form::Repeat
                }
                _ => Form::Uses,
            };
            let ids = |word: &str| value.get(word).and_then(Node::as_map).unwrap_or_default();
            let known = Known {
                span: key.span,
                form,
                kind: kind.cloned(),
                outputs: ids("outputs").iter().map(|(key, _)| key.name.clone()).collect(),
                inner: ids("steps").iter().map(|(key, _)| key.name.clone()).collect(),
            };
            (Arc::from(key.name.as_str()), known)
        });
        Names { steps: known.collect(), item, ..Names::default() }
    }

    fn cycle(&mut self, Cycle(path): &Cycle, entries: &[(Key, Node)]) {
        let id = |step: &usize| entries[*step].0.name.as_str();
        // Nobody reads a long way round to its end: its first steps are enough to find it.
        let mut round: Vec<&str> = path.iter().take(SHOWN).map(id).collect();
        if path.len() > SHOWN {
            round.extend(["…"].into_iter().chain(path.last().map(id)));
        }
        let round = round.join(" → ");
        let Some(first) = path.first() else { return };
        let alone = path.len() == 2;
        let message = if alone {
            format!("the step `{}` waits for itself", id(first))
        } else {
            format!("these steps wait for each other: {round}")
        };
        let span = entries[*first].0.span;
        let rest: Vec<_> =
            path[1..path.len() - 1].iter().take(SHOWN).map(|step| entries[*step].0.span).collect();
        let error = self.error("OX303", message, span);
        error.notes.extend(rest.into_iter().map(|span| (span, "also in the circle".to_owned())));
        error.help = Some(if alone {
            "a step, and what is inside of it, cannot read the step itself".into()
        } else {
            "read each arrow as `waits for`: take one of these references out".into()
        });
    }
}
