//! Failures that a tester wished for.

use outx_model::Call;
use std::collections::VecDeque;

/// The failures that wait for their tasks, in order.
#[derive(Debug, Default)]
pub(crate) struct Wishes(VecDeque<Wish>);

/// Some tasks of an endpoint will fail.
#[derive(Debug)]
pub(crate) struct Wish {
    pub(crate) on: Call,
    pub(crate) reason: String,
    pub(crate) times: u32,
    /// Whether a record holds it.
    pub(crate) kept: bool,
}

impl Wishes {
    pub(crate) fn add(&mut self, wish: Wish) {
        if wish.times > 0 {
            self.0.push_back(wish);
        }
    }

    /// The wish that the next task of an endpoint will use up.
    pub(crate) fn next(&self, on: Call) -> Option<&Wish> {
        self.0.iter().find(|wish| wish.on == on)
    }

    /// Uses a wish up by one.
    pub(crate) fn take(&mut self, on: Call) {
        if let Some(at) = self.0.iter().position(|wish| wish.on == on) {
            self.0[at].times -= 1;
            if self.0[at].times == 0 {
                self.0.remove(at);
            }
        }
    }
}
