//! Steps beside each other, and the graph that they form.

use super::Checker;
use super::reference::{Edge, Found, Known, Names};
use super::step::Frame;
use crate::definition::{Block, Step};
use crate::graph::{Cycle, Graph};
use crate::yaml::{Key, Node, NodeValue};
use std::sync::Arc;

/// How many steps of a circle are shown.
const SHOWN: usize = 10;

impl Checker<'_> {
    /// A map of steps. Gives the block, and the dependencies on steps of the blocks around it.
    pub(super) fn block(
        &mut self,
        node: &Node,
        item: Option<Arc<str>>,
        around: &mut Vec<Names>,
        frame: &Frame<'_>,
    ) -> (Option<Block>, Vec<Edge>) {
        let NodeValue::Map(entries) = &node.value else {
            self.error("OX110", format!("`steps` must be a map, not {}", node.type_name()), node.span).help =
                Some("write each step as `id:` with its keys below".into());
            return (None, Vec::new());
        };
        if entries.is_empty() {
            self.error("OX114", "there are no steps", node.span);
        }
        for (key, _) in entries {
            self.identifier("a step", &key.name, key.span);
            let outer = around.iter().find_map(|names| names.steps.get(key.name.as_str()));
            if let Some(outer) = outer {
                let before = outer.span;
                let message = format!("there is a step `{}` further out", key.name);
                let error = self.error("OX115", message, key.span);
                error.notes.push((before, "it stands here".to_owned()));
                error.help = Some("give the inner step another id".into());
            }
        }
        around.push(self.names(node, item));
        let mut steps = Vec::new();
        let mut edges: Vec<Edge> = Vec::new();
        let mut outer = Vec::new();
        for (index, (key, value)) in entries.iter().enumerate() {
            let mut found = Found::default();
            steps.extend(self.step(key, value, around, frame, &mut found));
            for (level, on, strength) in found.into_edges() {
                match level {
                    0 => edges.push((index, on, strength)),
                    _ => outer.push((level - 1, on, strength)),
                }
            }
        }
        around.pop();
        let graph = match Graph::new(entries.len(), &edges) {
            Ok(graph) => graph,
            Err(cycle) => {
                self.cycle(&cycle, entries);
                return (None, outer);
            }
        };
        if steps.len() < entries.len() || entries.is_empty() {
            return (None, outer);
        }
        let by_id =
            steps.iter().enumerate().map(|(at, step): (usize, &Step)| (step.id.clone(), at)).collect();
        (Some(Block { steps, graph, by_id }), outer)
    }

    /// What a block's steps are to those who read them.
    pub(super) fn names(&self, steps: &Node, item: Option<Arc<str>>) -> Names {
        let known = steps.as_map().unwrap_or_default().iter().map(|(key, value)| {
            let kind = value.get("uses").and_then(Node::as_str).and_then(|n| self.options.registry.get(n));
            let inner = value.get("steps").and_then(Node::as_map).unwrap_or_default();
            let known = Known {
                span: key.span,
                is_each: value.get("each").is_some(),
                kind: kind.cloned(),
                inner: inner.iter().map(|(key, _)| key.name.clone()).collect(),
            };
            (Arc::from(key.name.as_str()), known)
        });
        Names { steps: known.collect(), item }
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
