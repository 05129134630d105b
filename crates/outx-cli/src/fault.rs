//! What a person is told when the program cannot go on.

use crate::Exit;
use outx_flow::{EngineError, EngineErrorKind};
use outx_store::StoreError;
use std::error::Error;
use std::io;

/// Why the program ends: a text for people, and an exit code.
#[derive(Debug)]
pub(crate) struct Fault {
    exit: Exit,
    text: String,
}

impl Fault {
    /// `message` says what is wrong; `help` what to do.
    pub(crate) fn new(exit: Exit, message: impl AsRef<str>, help: impl AsRef<str>) -> Self {
        let (message, help) = (message.as_ref(), help.as_ref());
        let text = if help.is_empty() {
            format!("error: {message}")
        } else {
            format!("error: {message}\n  = help: {help}")
        };
        Self { exit, text }
    }

    /// A text that is complete already, such as rendered diagnostics.
    pub(crate) fn rendered(exit: Exit, text: &str) -> Self {
        Self { exit, text: text.trim_end().to_owned() }
    }

    pub(crate) fn usage(message: impl AsRef<str>, help: impl AsRef<str>) -> Self {
        Self::new(Exit::Usage, message, help)
    }

    pub(crate) fn io(what: &str, error: &io::Error) -> Self {
        Self::new(Exit::Internal, format!("{what}: {error}"), "")
    }

    pub(crate) fn exit(&self) -> Exit {
        self.exit
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }
}

impl From<EngineError> for Fault {
    fn from(error: EngineError) -> Self {
        let (exit, help) = match error.kind() {
            EngineErrorKind::NoRun => (Exit::Usage, "`outx runs` lists the runs"),
            EngineErrorKind::Refused => (Exit::Usage, "`outx show RUN` shows how it stands"),
            EngineErrorKind::Corrupt => (Exit::Internal, ""),
            _ => (Exit::Internal, "nothing is lost: `outx resume RUN` goes on after the cause is mended"),
        };
        Self::new(exit, chain(&error), help)
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::new(Exit::Internal, chain(&error), "")
    }
}

impl From<outx_flow::journal::JournalError> for Fault {
    fn from(error: outx_flow::journal::JournalError) -> Self {
        Self::new(Exit::Internal, chain(&error), "")
    }
}

impl From<outx_ledger::LedgerError> for Fault {
    fn from(error: outx_ledger::LedgerError) -> Self {
        Self::new(Exit::Internal, chain(&error), "")
    }
}

/// An error and all below it, on one line.
fn chain(error: &dyn Error) -> String {
    let mut out = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let text = error.to_string();
        if !out.contains(&text) {
            out.push_str(": ");
            out.push_str(&text);
        }
        source = error.source();
    }
    out
}
