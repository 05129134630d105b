//! Programs that steps start: the seam to whatever starts them.

use crate::stop::Stop;
use async_trait::async_trait;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Starts programs. Where there is none, no step may.
#[async_trait]
pub trait Programs: Send + Sync + fmt::Debug {
    /// Starts a program without a shell, gives it its input, and waits until it ends. It gets none of the program's own
    /// `OUTX_` variables, and is killed when its time is over or the run is stopped.
    async fn run(&self, program: &Program, stop: &Stop) -> Ran;

    /// Shows people what a program says of its work. `key` is what its effect is known by.
    fn tell(&self, key: &str, message: &str) {
        let _ = (key, message);
    }

    /// Starts a program that is talked to line by line, in a folder. What it writes beside that is shown to people.
    ///
    /// # Errors
    ///
    /// Why it could not be started.
    async fn talk(&self, path: &Path, folder: &Path) -> Result<Box<dyn Talk>, String>;
}

/// A program that is talked to line by line. It is killed when it is dropped.
#[async_trait]
pub trait Talk: Send {
    /// Says a line.
    ///
    /// # Errors
    ///
    /// When it does not listen any more.
    async fn say(&mut self, line: &str) -> Result<(), String>;

    /// Waits for its next line, of at most so many bytes. It may be dropped and asked anew.
    async fn hear(&mut self, limit: usize) -> Heard;

    /// Says no more, and lets it end by itself for a moment.
    async fn end(self: Box<Self>);
}

/// What was heard of a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// A line.
    Line(String),
    /// It ended; how, in a few words.
    Ended(String),
    /// A line that is longer than allowed.
    TooLong,
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
