//! One finding.

use super::{Fix, Source, Span};
use serde_json::{Value, json};

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// Nothing runs before it is mended.
    Error,
    /// It runs, but probably not as meant.
    Warning,
}

impl Severity {
    /// The word, as it is shown and stands in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// One thing that is wrong with a text: where, why, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// How much it weighs.
    pub severity: Severity,
    /// A lasting name such as `OX101`, by which documentation and tests know this kind of finding.
    pub code: &'static str,
    /// What is wrong, in one line.
    pub message: String,
    /// Where.
    pub span: Span,
    /// What to say beside the marked text.
    pub label: Option<String>,
    /// Other places that explain it, such as the first of two equal keys.
    pub notes: Vec<(Span, String)>,
    /// The remedy; it may have several lines.
    pub help: Option<String>,
    /// The remedy as edits, where there is one that a program can make.
    pub fix: Option<Fix>,
}

impl Diagnostic {
    /// A finding after which nothing may run.
    pub fn error(code: &'static str, message: impl Into<String>, span: Span) -> Self {
        Self {
            severity: Severity::Error,
            code,
            message: message.into(),
            span,
            label: None,
            notes: Vec::new(),
            help: None,
            fix: None,
        }
    }

    /// A finding that a person should see, though the workflow may run.
    pub fn warning(code: &'static str, message: impl Into<String>, span: Span) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, message, span) }
    }

    /// Says something beside the marked text.
    #[must_use]
    pub fn with_label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Says what to do, where something is known.
    #[must_use]
    pub fn with_help_if(mut self, help: Option<impl Into<String>>) -> Self {
        self.help = help.map(Into::into).or(self.help);
        self
    }

    /// Marks another place that explains the finding.
    #[must_use]
    pub fn with_note(mut self, span: Span, text: impl Into<String>) -> Self {
        self.notes.push((span, text.into()));
        self
    }

    /// Says how a program can mend it.
    #[must_use]
    pub fn with_fix(mut self, fix: Fix) -> Self {
        self.fix = Some(fix);
        self
    }

    /// Says how a program can mend it, where something is known.
    #[must_use]
    pub fn with_fix_if(mut self, fix: Option<Fix>) -> Self {
        self.fix = fix.or(self.fix);
        self
    }

    /// True for what keeps a workflow from running.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// The finding for programs: `severity`, `code`, `message`, `file`, `line`, `column`, `end_line`,
    /// `end_column`, `label`, `help`, `notes` (each `line`, `column`, `message`) and `fix` (as [`Fix::to_json`] says it, or
    /// null). Lines and columns count from 1, columns in characters; the end is the place behind the last marked character.
    pub fn to_json(&self, source: &Source) -> Value {
        let span = source.clamp(self.span);
        let (start, end) = (source.place(span.start), source.place(span.end));
        let notes: Vec<Value> = self
            .notes
            .iter()
            .map(|(span, text)| {
                let place = source.place(span.start);
                json!({ "line": place.line, "column": place.column, "message": text })
            })
            .collect();
        json!({
            "severity": self.severity.word(),
            "code": self.code,
            "message": self.message,
            "file": source.name(),
            "line": start.line,
            "column": start.column,
            "end_line": end.line,
            "end_column": end.column,
            "label": self.label,
            "help": self.help,
            "notes": notes,
            "fix": self.fix.as_ref().map(|fix| fix.to_json(source)),
        })
    }
}
