//! Pictures of a workflow's graph.

mod layout;
mod svg;

pub use svg::svg;

use crate::definition::{Block, Body, Step, Workflow};
use crate::graph::Strength;
use crate::kind::KindEffect;
use serde_json::{Value, json};
use std::fmt::{self, Write as _};
use std::time::Duration;

/// The graph as Mermaid: solid arrows for what must have succeeded, thick ones for a fan-out whose items are
/// read, dotted ones for order only; a fan-out is a box around its steps, a write has a double border.
pub fn mermaid(workflow: &Workflow) -> String {
    let mut out = String::from("flowchart TD\n");
    // Mermaid has words of its own, such as `end`: no step's name may be one of them.
    block(&mut out, &workflow.block, "s_", 1);
    for (word, part) in ends(workflow) {
        line(&mut out, 1, format_args!("subgraph p_{word} [\"{word}\"]"));
        block(&mut out, part, &format!("p_{word}__"), 2);
        line(&mut out, 1, format_args!("end"));
    }
    out
}

/// What is done at the end of a run, by its key.
fn ends(workflow: &Workflow) -> impl Iterator<Item = (&'static str, &Block)> {
    let ends = [("on_failure", &workflow.on_failure), ("finally", &workflow.finally)];
    ends.into_iter().filter_map(|(word, part)| Some((word, part.as_ref()?)))
}

/// The steps inside of one, where the file has written them there.
fn written_inside(step: &Step) -> Option<&Block> {
    step.block().filter(|_| step.stands_for.is_none())
}

/// A step without steps inside: its kind, and what that does to the world.
fn kind(step: &Step) -> Option<(&str, KindEffect)> {
    // A kind that stands for other steps looks again and again.
    let stands_for = step.stands_for.as_deref().map(|name| (name, KindEffect::Read));
    stands_for.or_else(|| step.uses().map(|uses| (uses.kind.name(), uses.kind.effect())))
}

/// What stands above the steps inside of a step.
fn title(step: &Step) -> String {
    match &step.body {
        Body::Uses(_) => step.id.to_string(),
        Body::Each(each) => format!("{} for each {}", step.id, each.name),
        Body::Repeat(repeat) if repeat.every.is_zero() => format!("{} again and again", step.id),
        Body::Repeat(repeat) => format!("{} every {}", step.id, written(repeat.every)),
        Body::Call(call) => format!("{} calls {}", step.id, call.workflow.name),
    }
}

fn block(out: &mut String, block: &Block, prefix: &str, depth: usize) {
    let name = |step: usize| format!("{prefix}{}", block.steps[step].id);
    for (number, step) in block.steps.iter().enumerate() {
        let name = name(number);
        match (written_inside(step), kind(step)) {
            (Some(inner), _) => {
                line(out, depth, format_args!("subgraph {name} [\"{}\"]", title(step)));
                self::block(out, inner, &format!("{name}__"), depth + 1);
                line(out, depth, format_args!("end"));
            }
            (None, Some((kind, effect))) => {
                let label = format!("{}<br/><small>{kind}</small>", step.id);
                let write = effect == KindEffect::Write;
                let (open, close) = if write { ("[[\"", "\"]]") } else { ("[\"", "\"]") };
                line(out, depth, format_args!("{name}{open}{label}{close}"));
            }
            (None, None) => {}
        }
    }
    for (step, on, strength) in block.graph.edges() {
        let arrow = match strength {
            Strength::Need => "-->",
            Strength::Items => "==>",
            Strength::Order => "-.->",
        };
        line(out, depth, format_args!("{} {arrow} {}", name(on), name(step)));
    }
}

/// A duration as a file says it, in the largest unit in which it is a whole number.
pub(crate) fn written(duration: Duration) -> String {
    let millis = duration.as_millis();
    let units = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000)];
    let whole = units.into_iter().find(|(_, length)| millis > 0 && millis.is_multiple_of(*length));
    whole.map_or_else(|| format!("{millis}ms"), |(unit, length)| format!("{}{unit}", millis / length))
}

fn line(out: &mut String, depth: usize, text: fmt::Arguments<'_>) {
    // Writing to a text cannot fail.
    let _ = writeln!(out, "{}{text}", "  ".repeat(depth));
}

/// The graph as JSON: `{name, steps}`, each step with `id`, `uses`, `effect`, `needs`, `after`; one with steps inside with
/// `each`, `repeat` or `call` and its own `steps`; also `on_failure` and `finally` where there are such steps.
pub fn json(workflow: &Workflow) -> Value {
    let mut out = json!({ "name": workflow.name, "steps": steps(&workflow.block) });
    for (word, part) in ends(workflow) {
        out[word] = steps(part).into();
    }
    out
}

fn steps(block: &Block) -> Vec<Value> {
    let step = |(number, step): (usize, &Step)| {
        let on = |wanted: fn(Strength) -> bool| {
            let all = block.graph.dependencies(number).iter();
            all.filter(|(_, how)| wanted(*how)).map(|(on, _)| &*block.steps[*on].id).collect::<Vec<_>>()
        };
        let mut out = json!({
            "id": &*step.id,
            "needs": on(|how| how != Strength::Order),
            "after": on(|how| how == Strength::Order),
            "if": step.condition.is_some(),
        });
        match (kind(step), written_inside(step)) {
            (Some((kind, effect)), _) => {
                out["uses"] = kind.into();
                out["effect"] = effect.word().into();
            }
            (None, Some(inner)) => {
                match &step.body {
                    Body::Each(each) => out["each"] = (&*each.name).into(),
                    Body::Repeat(repeat) => out["repeat"] = written(repeat.every).into(),
                    Body::Call(call) => out["call"] = call.workflow.name.as_str().into(),
                    Body::Uses(_) => {}
                }
                out["steps"] = steps(inner).into();
            }
            (None, None) => {}
        }
        out
    };
    block.steps.iter().enumerate().map(step).collect()
}
