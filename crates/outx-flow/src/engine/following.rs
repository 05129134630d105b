//! Following the tasks of steps, and leaving them.

use super::EngineError;
use super::driver::{Driver, Halt};
use crate::definition::Polling;
use crate::state::NodeId;
use futures_util::FutureExt;

impl Driver {
    /// When the step's task is asked about.
    pub(super) fn polling(&self, node: NodeId) -> Polling {
        self.recorder.state.step(node).uses().map(|uses| uses.poll).unwrap_or_default()
    }

    /// Whether another step created the step's task, which then teaches by that one alone.
    pub(super) fn is_joined(&self, node: NodeId) -> bool {
        self.recorder.state.node(node).task.as_ref().is_some_and(|task| task.joined)
    }

    /// Follows the step's task.
    pub(super) fn follow(&mut self, node: NodeId) {
        if let Some((ticket, _)) = self.tickets.get(&node) {
            let pace = self.paces.of(self.polling(node), ticket);
            self.fleet.follow(node, ticket, pace);
        }
    }

    /// Ends following all tasks. What was seen of them is kept, also where nothing more is begun.
    pub(super) fn leave(&mut self, why: Halt) -> Result<(), EngineError> {
        for followed in self.fleet.take_ended() {
            self.task(followed)?;
        }
        let left = self.fleet.cancel_all();
        if why == Halt::SpokenTo {
            let known = left.into_iter().map(|left| left.checkpoint);
            self.fleet.set_aside(&self.recorder.run, known);
        } else {
            for left in left {
                if !self.is_joined(left.tag) {
                    self.paces.left(self.polling(left.tag), &left.checkpoint);
                }
            }
        }
        for kept in self.paces.rest() {
            self.writes.push(kept.map(Ok).boxed());
        }
        Ok(())
    }
}
