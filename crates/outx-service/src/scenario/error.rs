//! What is wrong with a scenario.

use std::error::Error;
use std::fmt;

/// All that is wrong with a scenario.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScenarioError {
    /// In the order of the file; never empty.
    pub problems: Vec<ScenarioProblem>,
}

/// One thing that is wrong with a scenario.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScenarioProblem {
    /// Where, such as `service.send-message[0].takes`; empty for the whole.
    pub path: String,
    /// What is wrong.
    pub reason: String,
    /// What to write instead.
    pub remedy: String,
}

impl ScenarioError {
    /// One thing is wrong.
    pub(crate) fn one(path: &str, reason: &str, remedy: &str) -> Self {
        let (path, reason, remedy) = (path.to_owned(), reason.to_owned(), remedy.to_owned());
        Self { problems: vec![ScenarioProblem { path, reason, remedy }] }
    }
}

impl fmt::Display for ScenarioProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = if self.path.is_empty() { "scenario" } else { &self.path };
        write!(f, "{path}: {}; {}", self.reason, self.remedy)
    }
}

/// One line for each problem.
impl fmt::Display for ScenarioError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, problem) in self.problems.iter().enumerate() {
            let line = if at == 0 { "" } else { "\n" };
            write!(f, "{line}{problem}")?;
        }
        Ok(())
    }
}

impl Error for ScenarioError {}
