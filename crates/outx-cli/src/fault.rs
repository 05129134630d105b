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
    message: String,
    help: String,
    /// Whether the message is a text that is complete already.
    rendered: bool,
    /// Whether another process works on the run.
    taken_over: bool,
}

impl Fault {
    /// `message` says what is wrong; `help` what to do.
    pub(crate) fn new(exit: Exit, message: impl AsRef<str>, help: impl AsRef<str>) -> Self {
        let (message, help) = (message.as_ref().to_owned(), help.as_ref().to_owned());
        Self { exit, message, help, rendered: false, taken_over: false }
    }

    /// A text that is complete already, such as rendered diagnostics.
    pub(crate) fn rendered(exit: Exit, text: &str) -> Self {
        Self { rendered: true, ..Self::new(exit, text.trim_end(), "") }
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

    /// Whether another process works on the run now, so that it is not this one's to change.
    pub(crate) fn is_taken_over(&self) -> bool {
        self.taken_over
    }

    /// What is wrong.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// What to do; empty where nothing is known.
    pub(crate) fn help(&self) -> &str {
        &self.help
    }

    /// Both, as they are shown.
    pub(crate) fn text(&self) -> String {
        let Self { message, help, .. } = self;
        match (self.rendered, help.is_empty()) {
            (true, _) => message.clone(),
            (false, true) => format!("error: {message}"),
            (false, false) => format!("error: {message}\n  = help: {help}"),
        }
    }
}

impl From<EngineError> for Fault {
    fn from(error: EngineError) -> Self {
        let (exit, help) = match error.kind() {
            EngineErrorKind::NoRun => (Exit::Usage, "`outx runs` lists the runs"),
            EngineErrorKind::Refused => (Exit::Usage, "`outx show RUN` shows how it stands"),
            EngineErrorKind::Corrupt => (Exit::Internal, ""),
            EngineErrorKind::TakenOver => (
                Exit::Internal,
                "nothing is lost: `outx show RUN` shows how the other process gets on with it",
            ),
            _ => (Exit::Internal, "nothing is lost: `outx resume RUN` goes on after the cause is mended"),
        };
        let taken_over = error.kind() == EngineErrorKind::TakenOver;
        Self { taken_over, ..Self::new(exit, chain(&error), help) }
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

impl From<outx_poller::law::LawsError> for Fault {
    fn from(error: outx_poller::law::LawsError) -> Self {
        Self::new(
            Exit::Internal,
            chain(&error),
            "`outx poll forget ENDPOINT` forgets what was learned of one",
        )
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
