//! Pictures of a workflow's graph.

use crate::definition::{Block, Workflow};
use crate::graph::Strength;
use serde_json::{Value, json};

/// The graph as Mermaid: solid arrows for what must have succeeded, dotted ones for order only; a fan-out is
/// a box around its steps, a write has a double border.
pub fn mermaid(workflow: &Workflow) -> String {
    let mut out = String::from("flowchart TD\n");
    block(&mut out, &workflow.block, "", 1);
    out
}

fn block(out: &mut String, block: &Block, prefix: &str, depth: usize) {
    let indent = "  ".repeat(depth);
    let name = |step: usize| format!("{prefix}{}", block.steps[step].id);
    for (number, step) in block.steps.iter().enumerate() {
        let name = name(number);
        match (step.each(), step.uses()) {
            (Some(each), _) => {
                out.push_str(&format!("{indent}subgraph {name} [\"{} for each {}\"]\n", step.id, each.name));
                self::block(out, &each.block, &format!("{name}__"), depth + 1);
                out.push_str(&format!("{indent}end\n"));
            }
            (None, Some(uses)) => {
                let label = format!("{}<br/><small>{}</small>", step.id, uses.kind.name());
                let write = uses.kind.effect() == crate::kind::KindEffect::Write;
                let (open, close) = if write { ("[[\"", "\"]]") } else { ("[\"", "\"]") };
                out.push_str(&format!("{indent}{name}{open}{label}{close}\n"));
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
        out.push_str(&format!("{indent}{} {arrow} {}\n", name(on), name(step)));
    }
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
