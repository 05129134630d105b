//! Programs that steps start: the seam to whatever starts them.

use crate::stop::Stop;
use async_trait::async_trait;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// Starts programs. Where there is none, no step may.
#[async_trait]
pub trait Programs: Send + Sync + fmt::Debug {
    /// Starts a program without a shell, gives it its input, and waits until it ends. It gets none of the program's own
    /// `OUTX_` variables, and is killed when its time is over or the run is stopped.
    async fn run(&self, program: &Program, stop: &Stop) -> Ran;
}

/// A program to be started.
#[derive(Clone, PartialEq, Eq)]
pub struct Program {
    /// Its name, which is looked for in `PATH`, or its path.
    pub name: String,
    /// Its arguments.
    pub args: Vec<String>,
    /// What it reads.
    pub stdin: String,
    /// The folder that it is started in.
    pub folder: PathBuf,
    /// How long it may take.
    pub timeout: Duration,
    /// How many bytes it may write to each of its two outputs; a program that writes more is killed.
    pub output_limit: usize,
}

/// The name alone: arguments and input can hold what is nobody's business.
impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Program").field("name", &self.name).finish_non_exhaustive()
    }
}

/// What came of a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ran {
    /// It ended by itself.
    Ended {
        /// Its exit status; nothing where a signal ended it.
        status: Option<i32>,
        /// What it wrote.
        stdout: String,
        /// What it wrote beside that.
        stderr: String,
    },
    /// It was never started; why.
    NotStarted(String),
    /// It was started and killed, or lost; why.
    Killed(String),
}
