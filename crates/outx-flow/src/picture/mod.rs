//! Pictures of a workflow's graph.

mod layout;
mod svg;

pub use svg::svg;

use crate::definition::{Block, Workflow};
use crate::graph::Strength;
use serde_json::{Value, json};
use std::fmt::{self, Write as _};

/// The graph as Mermaid: solid arrows for what must have succeeded, thick ones for a fan-out whose items are
/// read, dotted ones for order only; a fan-out is a box around its steps, a write has a double border.
pub fn mermaid(workflow: &Workflow) -> String {
    let mut out = String::from("flowchart TD\n");
    // Mermaid has words of its own, such as `end`: no step's name may be one of them.
    block(&mut out, &workflow.block, "s_", 1);
    out
}

fn block(out: &mut String, block: &Block, prefix: &str, depth: usize) {
    let name = |step: usize| format!("{prefix}{}", block.steps[step].id);
    for (number, step) in block.steps.iter().enumerate() {
        let name = name(number);
        match (step.each(), step.uses()) {
            (Some(each), _) => {
                line(out, depth, format_args!("subgraph {name} [\"{} for each {}\"]", step.id, each.name));
                self::block(out, &each.block, &format!("{name}__"), depth + 1);
                line(out, depth, format_args!("end"));
            }
            (None, Some(uses)) => {
                let label = format!("{}<br/><small>{}</small>", step.id, uses.kind.name());
                let write = uses.kind.effect() == crate::kind::KindEffect::Write;
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

fn line(out: &mut String, depth: usize, text: fmt::Arguments<'_>) {
    // Writing to a text cannot fail.
    let _ = writeln!(out, "{}{text}", "  ".repeat(depth));
}

/// The graph as JSON: `{name, steps}`, each step with `id`, `uses`, `effect`, `needs`, `after`, and a fan-out's
/// own `steps`.
pub fn json(workflow: &Workflow) -> Value {
    json!({ "name": workflow.name, "steps": steps(&workflow.block) })
}

fn steps(block: &Block) -> Vec<Value> {
    let step = |(number, step): (usize, &crate::definition::Step)| {
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
        match (step.uses(), step.each()) {
            (Some(uses), _) => {
                out["uses"] = uses.kind.name().into();
                out["effect"] = uses.kind.effect().word().into();
            }
            (None, Some(each)) => {
                out["each"] = (&*each.name).into();
                out["steps"] = steps(&each.block).into();
            }
            (None, None) => {}
        }
        out
    };
    block.steps.iter().enumerate().map(step).collect()
}
