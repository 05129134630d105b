//! What arrived at others.

use jiff::Timestamp;
use outx_model::{Call, Effect, TaskId};
use outx_service::Service;
use serde_json::Value;
use std::sync::{Mutex, PoisonError};

/// One call that arrived.
#[derive(Debug, Clone, PartialEq)]
pub struct Sent {
    /// When.
    pub at: Timestamp,
    /// What was called: an endpoint of OutX, `core.http` or `core.command`.
    pub call: Call,
    /// Whether it changes something there. A request to others does unless it is a GET or a HEAD; a program does.
    pub effect: Effect,
    /// With what. Of a request to others `method`, `url`, `headers` and `json` or `body`; of a program `program`, `args`
    /// and `stdin`.
    pub input: Value,
    /// The task that OutX made of it.
    pub task: Option<TaskId>,
}

impl Sent {
    /// What was called, as test files name it: `send-message`, `core.http`.
    pub fn name(&self) -> &str {
        self.call.name()
    }
}

/// What arrived at others than OutX, each with how many requests OutX had seen before it.
#[derive(Debug, Default)]
pub(super) struct Log(Mutex<Vec<(usize, Sent)>>);

impl Log {
    pub(super) fn note(&self, after: usize, sent: Sent) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push((after, sent));
    }

    /// All that arrived anywhere, in order.
    pub(super) fn with(&self, service: &Service) -> Vec<Sent> {
        let others = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut others = others.iter().peekable();
        let mut all = Vec::new();
        for (number, request) in service.requests().iter().enumerate() {
            while let Some((_, sent)) = others.next_if(|(after, _)| *after <= number) {
                all.push(sent.clone());
            }
            let Some(task) = &request.task else { continue };
            all.push(Sent {
                at: request.at,
                call: request.endpoint,
                effect: request.endpoint.effect(),
                input: request.input.value(),
                task: Some(task.clone()),
            });
        }
        all.extend(others.map(|(_, sent)| sent.clone()));
        all
    }
}
