//! What the account had sent before the case begins.

use super::reader::{Reader, listed, many};
use outx_flow::Workflow;
use outx_flow::yaml::Node;
use outx_model::{CATALOGUE, Effect, Endpoint};
use serde_json::Value;
use std::time::Duration;

/// One thing that was sent before.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Before {
    pub(crate) endpoint: Endpoint,
    pub(crate) input: Value,
    /// So long before the case begins.
    pub(crate) ago: Duration,
    /// The step that sent it, where that is a part of what it is known by: `WORKFLOW/STEP`.
    pub(crate) step: Option<String>,
    pub(crate) came: Came,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Came {
    Done,
    Failed,
    InDoubt,
}

/// What stands beside a write.
pub(crate) const BEFORE: [&str; 3] = ["ago", "step", "was"];
/// What came of it.
pub(crate) const CAME: [&str; 3] = ["done", "failed", "in_doubt"];

impl Reader {
    /// `ledger`: a list of writes, each `ENDPOINT: { input }` with `ago`, `was` and `step` beside it. A step is one of the
    /// workflow, or `WORKFLOW/STEP` of another one.
    pub(crate) fn before(&mut self, node: &Node, workflow: &Workflow) -> Vec<Before> {
        let writes: Vec<_> =
            CATALOGUE.iter().filter(|spec| spec.effect == Effect::Write).map(|spec| spec.name).collect();
        let known: Vec<_> = writes.iter().chain(&BEFORE).copied().collect();
        let mut all = Vec::new();
        for node in many(node) {
            let Some(entries) = self.map(node, "an entry of the ledger", &known) else { continue };
            let mut calls = entries.iter().filter(|(key, _)| writes.contains(&key.name.as_str()));
            let (Some((key, input)), None) = (calls.next(), calls.next()) else {
                let help = format!("name one of {} with its input", listed(&writes));
                self.wrong("an entry of the ledger is of one write", node.span, help);
                continue;
            };
            let Ok(endpoint) = key.name.parse::<Endpoint>() else { continue };
            let input = match endpoint.spec().prepare(&input.to_json()) {
                Ok(prepared) => prepared,
                Err(error) => {
                    for problem in error.problems {
                        self.wrong(problem.text, input.span, "write the whole input, as the step sends it");
                    }
                    continue;
                }
            };
            let ago = node.get("ago").map(|node| self.duration(node, "`ago`"));
            let step = node.get("step").and_then(|node| Some((self.text(node, "`step`")?, node.span)));
            let step = step.map(|(step, span)| {
                if step.contains('/') {
                    return step.to_owned();
                }
                self.known_path(step, span, workflow);
                format!("{}/{step}", workflow.name)
            });
            let was = node.get("was").map(|node| self.word(node, "end of a write", &CAME));
            let came = match was {
                None | Some(Some("done")) => Came::Done,
                Some(Some("failed")) => Came::Failed,
                _ => Came::InDoubt,
            };
            let ago = ago.unwrap_or(Some(Duration::from_hours(24))).unwrap_or_default();
            all.push(Before { endpoint, input, ago, step, came });
        }
        all
    }
}
