//! What happens to a run while its time passes.

use super::reader::{Reader, listed, many};
use outx_flow::table::BadRows;
use outx_flow::yaml::Node;
use outx_flow::{Given, Workflow, read_list};
use outx_model::PersonName;
use serde_json::Value;
use std::time::Duration;

/// Something that happens at a time.
#[derive(Debug, Clone, PartialEq)]
pub struct Then {
    /// So long after the case's start.
    pub after: Duration,
    pub(crate) what: What,
}

/// What happens.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum What {
    /// A person says yes or no to a step.
    Approve { step: String, yes: bool, by: String },
    /// A person says what became of a write in doubt.
    Resolve { step: String, word: Truth },
    /// What failed is done once more.
    Retry { from: Option<String> },
    /// The run goes on with other inputs.
    Revise(Vec<(String, Value)>),
    /// A list gets longer.
    Add { input: String, rows: Vec<Value> },
    /// The run is to end.
    Cancel,
    /// The workflow is run once more, with these inputs besides those of the case.
    Again(Vec<(String, Value)>),
    /// Nobody may write to these people any more.
    Block(Vec<PersonName>),
}

/// What a person says of a doubt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Truth {
    Sent,
    NotSent,
    GiveUp,
}

/// What can happen, each alone.
pub(crate) const THEN: [&str; 9] =
    ["approve", "reject", "resolve", "retry", "inputs", "add", "cancel", "again", "block"];

/// What stands beside it.
pub(crate) const WITH_THEN: [&str; 3] = ["after", "by", "as"];

/// What a person can say of a doubt.
pub(crate) const TRUTHS: [&str; 3] = ["sent", "not_sent", "give_up"];

impl Reader {
    /// `then`: what happens, each with `after`, a time from the case's start.
    pub(crate) fn then(&mut self, node: &Node, workflow: &Workflow) -> Vec<Then> {
        let known: Vec<_> = WITH_THEN.iter().chain(&THEN).copied().collect();
        let mut all: Vec<Then> = Vec::new();
        for node in many(node) {
            let Some(entries) = self.map(node, "what happens then", &known) else { continue };
            let after = if let Some(node) = node.get("after") {
                self.duration(node, "`after`")
            } else {
                self.wrong(
                    "it is not said when this happens",
                    node.span,
                    "add `after:`, a time from the case's start",
                );
                None
            };
            let mut whats = entries.iter().filter(|(key, _)| THEN.contains(&key.name.as_str()));
            let (Some((key, value)), None) = (whats.next(), whats.next()) else {
                let help = format!("say one of {}", listed(&THEN));
                self.wrong("one thing happens at a time", node.span, help);
                continue;
            };
            let what = self.what(node, &key.name, value, workflow);
            if let (Some(after), Some(what)) = (after, what) {
                all.push(Then { after, what });
            }
        }
        all.sort_by_key(|then| then.after);
        all
    }

    fn what(&mut self, node: &Node, key: &str, value: &Node, workflow: &Workflow) -> Option<What> {
        let by = node.get("by").and_then(|node| self.text(node, "`by`")).unwrap_or("a tester");
        Some(match key {
            "approve" | "reject" => {
                let step = self.text(value, "the step")?.to_owned();
                What::Approve { step, yes: key == "approve", by: by.to_owned() }
            }
            "resolve" => {
                let step = self.text(value, "the step")?.to_owned();
                let Some(word) = node.get("as") else {
                    self.wrong(
                        "it is not said what became of the write",
                        value.span,
                        format!("add `as:` with one of {}", listed(&TRUTHS)),
                    );
                    return None;
                };
                let word = match self.word(word, "word for a doubt", &TRUTHS)? {
                    "sent" => Truth::Sent,
                    "not_sent" => Truth::NotSent,
                    _ => Truth::GiveUp,
                };
                What::Resolve { step, word }
            }
            "retry" => match value.as_bool() {
                Some(true) => What::Retry { from: None },
                _ => What::Retry { from: Some(self.text(value, "the step (or `true` for all)")?.to_owned()) },
            },
            "inputs" => What::Revise(self.values(value)?),
            "again" => match value.as_bool() {
                Some(true) => What::Again(Vec::new()),
                _ => What::Again(self.values(value)?),
            },
            "add" => {
                let [(key, rows)] = self.any_map(value, "`add`")? else {
                    self.wrong("one list gets longer at a time", value.span, "write `add: { leads: [ … ] }`");
                    return None;
                };
                match read_list(workflow, &key.name, &Given::Json(rows.to_json()), BadRows::Refuse) {
                    Ok((rows, _)) => What::Add { input: key.name.clone(), rows },
                    Err(faults) => {
                        for fault in faults {
                            let (message, help) = super::case::told(&fault);
                            let help = help.unwrap_or_else(|| "write rows as in `inputs`".to_owned());
                            self.wrong(message, rows.span, help);
                        }
                        return None;
                    }
                }
            }
            "cancel" => {
                self.flag(value, "`cancel`")?;
                What::Cancel
            }
            _ => What::Block(self.people(value)),
        })
    }

    fn values(&mut self, node: &Node) -> Option<Vec<(String, Value)>> {
        let entries = self.any_map(node, "the inputs")?;
        Some(entries.iter().map(|(key, value)| (key.name.clone(), value.to_json())).collect())
    }
}
