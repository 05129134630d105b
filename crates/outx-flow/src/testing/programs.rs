//! Programs, played by a function.

use super::web::Place;
use crate::programs::{Program, Programs, Ran, Talk};
use crate::stop::Stop;
use async_trait::async_trait;
use outx_model::Effect;
use serde_json::{Value, json};
use std::fmt;
use std::path::Path;

type Runs = dyn Fn(&Program) -> Ran + Send + Sync;

/// All programs that steps would start, played by a function.
pub struct AnsweringPrograms {
    runs: Box<Runs>,
    place: Place,
}

impl AnsweringPrograms {
    pub(super) fn new(runs: impl Fn(&Program) -> Ran + Send + Sync + 'static, place: Place) -> Self {
        Self { runs: Box::new(runs), place }
    }
}

#[async_trait]
impl Programs for AnsweringPrograms {
    async fn run(&self, program: &Program, _: &Stop) -> Ran {
        let ran = (self.runs)(program);
        if !matches!(ran, Ran::NotStarted(_)) {
            self.place.note("core.command", Effect::Write, told(program));
        }
        ran
    }

    async fn talk(&self, _: &Path, _: &Path) -> Result<Box<dyn Talk>, String> {
        Err("no program of a person's own is started in a test".to_owned())
    }
}

/// A program as tests read it.
fn told(program: &Program) -> Value {
    json!({ "program": program.name, "args": program.args, "stdin": program.stdin })
}

impl fmt::Debug for AnsweringPrograms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AnsweringPrograms").finish_non_exhaustive()
    }
}
