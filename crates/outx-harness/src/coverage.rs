//! What the cases of a workflow reach.

use crate::expect::ids;
use crate::play::Played;
use outx_flow::diagnostic::Span;
use outx_flow::journal::{Event, SkipReason, StepErrorKind};
use outx_flow::{Block, Body, Condition, KindEffect, Step, Workflow};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// One thing that a case can reach.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Point {
    /// The step, by its path without the keys of items.
    pub step: String,
    /// What about it.
    pub what: Reach,
    /// Where the step stands in the workflow.
    pub span: Span,
}

/// What can be reached of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reach {
    /// It was done.
    Done,
    /// Its condition was true.
    True,
    /// Its condition was false.
    False,
    /// Its repetition came to an end by what it waited for.
    Until,
    /// Its repetition was over before that.
    Expired,
    /// It failed, or was left in doubt.
    Failed,
}

impl Reach {
    /// What it is, in a few words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Done => "is never done",
            Self::True => "`if` is never true",
            Self::False => "`if` is never false",
            Self::Until => "`until` never holds",
            Self::Expired => "never expires",
            Self::Failed => "never fails",
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::True => "if_true",
            Self::False => "if_false",
            Self::Until => "until",
            Self::Expired => "expired",
            Self::Failed => "failed",
        }
    }
}

/// What of a workflow was reached, and what was not.
#[derive(Debug, Clone, Default)]
pub struct Coverage {
    points: Vec<Point>,
    reached: BTreeSet<(String, Reach)>,
}

impl Coverage {
    /// Nothing of a workflow.
    pub fn of(workflow: &Workflow) -> Self {
        let mut points = Vec::new();
        for (part, block) in workflow.blocks() {
            walk(part.unwrap_or_default(), block, &mut points);
        }
        Self { points, reached: BTreeSet::new() }
    }

    /// With what a case reached besides.
    pub fn add(&mut self, played: &Played) {
        for fact in played.facts.iter().flatten() {
            let step = ids(fact.path.as_str()).join(".");
            let reaches: &[Reach] = match &fact.event {
                Event::Skipped { why: SkipReason::Condition } => &[Reach::False],
                Event::Finished { result } => match result.error.as_ref().map(|error| error.kind) {
                    Some(StepErrorKind::Expired) => {
                        &[Reach::Done, Reach::True, Reach::Failed, Reach::Expired]
                    }
                    Some(_) => &[Reach::Done, Reach::True, Reach::Failed],
                    None => &[Reach::Done, Reach::True, Reach::Until],
                },
                Event::InDoubt { .. } => &[Reach::Done, Reach::True, Reach::Failed],
                Event::Started { .. }
                | Event::Expanded { .. }
                | Event::Begun { .. }
                | Event::Accepted { .. } => &[Reach::Done, Reach::True],
                _ => continue,
            };
            self.reached.extend(reaches.iter().map(|reach| (step.clone(), *reach)));
        }
    }

    fn is_reached(&self, point: &Point) -> bool {
        self.reached.contains(&(point.step.clone(), point.what))
    }

    /// How many things can be reached.
    pub fn all(&self) -> usize {
        self.points.len()
    }

    /// What was not reached, in the order of the file.
    pub fn missing(&self) -> Vec<&Point> {
        self.points.iter().filter(|point| !self.is_reached(point)).collect()
    }

    /// How much was reached, in percent, rounded down: 100 is all of it.
    pub fn percent(&self) -> usize {
        let all = self.all();
        ((all - self.missing().len()) * 100).checked_div(all).unwrap_or(100)
    }

    /// `reached`, `all`, `percent` and what is `missing`.
    pub fn to_json(&self) -> Value {
        let missing = self.missing();
        let told: Vec<_> =
            missing.iter().map(|point| json!({ "step": point.step, "what": point.what.word() })).collect();
        json!({
            "reached": self.all() - missing.len(), "all": self.all(), "percent": self.percent(), "missing": told,
        })
    }
}

fn walk(outer: &str, block: &Block, points: &mut Vec<Point>) {
    for step in &block.steps {
        let path = if outer.is_empty() { step.id.to_string() } else { format!("{outer}.{}", step.id) };
        let point = |what| Point { step: path.clone(), what, span: step.span };
        points.push(point(Reach::Done));
        if matches!(step.condition, Some(Condition::Computed(..))) {
            points.extend([Reach::True, Reach::False].map(point));
        }
        // What a kind stands for is its own affair, and a workflow that is called has tests of its own.
        let inside = step.block().filter(|_| step.stands_for.is_none() && step.call().is_none());
        let waits = |repeat: &outx_flow::Repeat| {
            !repeat.over_is_success && matches!(repeat.until, Some(Condition::Computed(..)))
        };
        if inside.is_some() && step.repeat().is_some_and(waits) {
            points.extend([Reach::Until, Reach::Expired].map(point));
        }
        if can_fail(step) {
            points.push(point(Reach::Failed));
        }
        if let Some(inside) = inside {
            walk(&path, inside, points);
        }
    }
}

/// Whether its failure is one that a workflow has to reckon with: that of a call of somebody else, or a person's no.
fn can_fail(step: &Step) -> bool {
    let Body::Uses(uses) = &step.body else { return false };
    let kind = &uses.kind;
    kind.creates_tasks()
        || kind.reaches_others()
        || matches!(kind.effect(), KindEffect::Write)
        || kind.name() == "core.approve"
        || kind.name() == "core.fail"
}
