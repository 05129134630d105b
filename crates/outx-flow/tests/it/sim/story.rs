//! What happened, as lines for a person: when, who, what.

use super::skew::Skewed;
use outx_flow::journal::{Event, Fact};
use outx_flow::{Observer, RunState, Values};
use outx_transport::Clock;
use std::sync::{Arc, Mutex};

/// The lines of one history; nothing is told where nobody listens.
#[derive(Clone)]
pub(super) struct Story {
    clock: Skewed,
    lines: Option<Arc<Mutex<Vec<String>>>>,
}

impl Story {
    pub(super) fn new(clock: Skewed, told: bool) -> Self {
        Self { clock, lines: told.then(Arc::default) }
    }

    pub(super) fn tell(&self, who: &str, what: impl FnOnce() -> String) {
        if let Some(lines) = &self.lines {
            let mut lines = lines.lock().unwrap();
            let (number, now) = (lines.len() + 1, self.clock.now().strftime("%a %d %H:%M:%S%.3f"));
            lines.push(format!("{number:4}  {now}  {who:<10} {}", what()));
        }
    }

    pub(super) fn lines(&self) -> Vec<String> {
        self.lines.as_ref().map(|lines| lines.lock().unwrap().clone()).unwrap_or_default()
    }
}

/// Tells what one process notes in its run.
pub(super) struct Teller {
    pub(super) story: Story,
    pub(super) who: String,
}

impl Observer for Teller {
    fn fact(&self, fact: &Fact, _: &RunState, _: &Values) {
        self.story.tell(&self.who, || format!("{} {}", fact.path, said(&fact.event)));
    }
}

fn said(event: &Event) -> String {
    match event {
        Event::RunResumed { .. } => "is taken up again".to_owned(),
        Event::RunStopped { status, waiting_for, .. } => {
            let reasons: Vec<_> =
                waiting_for.iter().map(|it| format!("{} ({})", it.path, it.message)).collect();
            format!("is left as {} {}", status.word(), reasons.join(", "))
        }
        Event::Started { .. } => "begins".to_owned(),
        Event::Expanded { keys, .. } => format!("has the items {keys:?}"),
        Event::Skipped { why } => format!("is skipped: {why:?}"),
        Event::Begun { entry, .. } => format!("is the entry {entry}"),
        Event::Accepted { task_id, joined } => {
            format!("has the task {task_id}{}", if *joined { " of another" } else { "" })
        }
        Event::InDoubt { what } => format!("is in doubt: {what}"),
        Event::Finished { result } => match &result.error {
            None => "succeeded".to_owned(),
            Some(error) => format!("failed: {}", error.message),
        },
        Event::RunStarted { .. } => "is started".to_owned(),
        Event::Revised { .. } => "has other inputs".to_owned(),
        Event::Retried => "is to be done once more".to_owned(),
    }
}
