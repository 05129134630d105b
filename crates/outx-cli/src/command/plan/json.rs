//! A plan for programs.

use super::{Known, effect, is_within_a_kind, kind_of, outrun, portions, seen};
use jiff::Timestamp;
use outx_flow::{Forecast, Workflow};
use serde_json::{Value, json};

pub(super) fn as_json(workflow: &Workflow, ahead: &Forecast, known: &Known, now: Timestamp) -> Value {
    let written = ahead.steps.iter().filter(|(name, _)| !is_within_a_kind(workflow, name));
    let steps = written.map(|(name, step)| {
        let inputs = step.known.iter().map(|known| json!({ "path": known.path, "input": seen(step, known) }));
        json!({
            "step": name,
            "kind": kind_of(workflow, name, step),
            "effect": effect(workflow, name, step),
            "count": step.count,
            "open": step.is_open,
            "conditional": step.is_conditional(),
            "already": known.already.get(name).copied().unwrap_or_default(),
            "inputs": inputs.collect::<Vec<_>>(),
        })
    });
    let portions = portions(workflow, ahead);
    let portions = portions.iter().map(|(kind, (portion, steps))| {
        json!({ "kind": kind, "steps": steps, "gives": portion.doc, "goes_on": portion.goes_on })
    });
    let held = known.tightest.as_ref().map(|held| {
        json!({ "rule": held.rule, "says": held.rule.to_string(), "count": held.count, "fills_seconds": held.fills.as_secs() })
    });
    json!({
        "name": workflow.name,
        "steps": steps.collect::<Vec<_>>(),
        "portions": portions.collect::<Vec<_>>(),
        "held_back_by": held,
        "ends_at": known.table.sendings.last().map(|sending| sending.at),
        "more": known.table.left > 0 || !ahead.unknown.is_empty(),
        "never": known.table.never,
        "outrun": outrun(workflow, &known.table, now).is_some(),
    })
}
