//! What is wrong with a table.

use crate::diagnostic::{Diagnostic, Source, Span};
use std::fmt;
use std::sync::Arc;

/// One thing that is wrong with a row, or with the file as a whole. Displayed as `file:line:column: message`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowProblem {
    /// The file's name, as it was given.
    pub file: Arc<str>,
    /// The line, from 1.
    pub line: usize,
    /// The column of the text, from 1, in characters.
    pub column: usize,
    /// The table's column, when it is about one.
    pub column_name: Option<String>,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
    /// Where, in the bytes of [`Source::from_bytes`] of the file.
    pub span: Span,
}

impl RowProblem {
    /// The problem as a finding in the file's source.
    pub fn to_diagnostic(&self) -> Diagnostic {
        Diagnostic::error("OX020", self.message.as_str(), self.span).with_help_if(self.help.as_deref())
    }
}

impl fmt::Display for RowProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {}", self.file, self.line, self.column, self.message)?;
        self.help.as_ref().map_or(Ok(()), |help| write!(f, "; {help}"))
    }
}

/// Makes problems with their lines. Most come in the order of the file, so that it is walked through once
/// however many there are.
pub(super) struct Finder<'a> {
    source: &'a Source,
    offset: usize,
    line: usize,
    column: usize,
}

impl<'a> Finder<'a> {
    pub(super) fn new(source: &'a Source) -> Self {
        Self { source, offset: 0, line: 1, column: 1 }
    }

    pub(super) fn problem(
        &mut self,
        span: Span,
        column_name: Option<&str>,
        message: impl Into<String>,
        help: Option<String>,
    ) -> RowProblem {
        let text = self.source.text();
        let start = text.floor_char_boundary(span.start);
        if start < self.offset {
            (self.offset, self.line, self.column) = (0, 1, 1);
        }
        let passed = &text[self.offset..start];
        self.line += passed.matches('\n').count();
        self.column = match passed.rsplit_once('\n') {
            Some((_, last)) => last.chars().count() + 1,
            None => self.column + passed.chars().count(),
        };
        self.offset = start;
        RowProblem {
            file: self.source.shared_name(),
            line: self.line,
            column: self.column,
            column_name: column_name.map(str::to_owned),
            message: message.into(),
            help,
            span: Span::new(start, text.ceil_char_boundary(span.end.min(text.len())).max(start)),
        }
    }
}
