//! Rows from whatever file they come in.

use super::header::{missing, plain, wanted};
use super::problem::Finder;
use super::{Column, Row, RowProblem, cell, delimited, json, lines};
use crate::diagnostic::{Source, Span};
use serde_json::Value;

/// What is done with rows that are not as the columns say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BadRows {
    /// The file is refused, with all that is wrong in it.
    #[default]
    Refuse,
    /// They are left out, and told.
    LeaveOut,
}

/// A table that was read.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Table {
    /// The good rows, in the order of the file.
    pub rows: Vec<Row>,
    /// What is wrong with the rows that were left out; empty under [`BadRows::Refuse`].
    pub left_out: Vec<RowProblem>,
}

/// Reads a table. `name` is the file's name as the person typed it; its ending tells the format (`.csv`,
/// `.tsv`, `.json`, `.jsonl`, `.ndjson`, `.txt`), and without a known one the content does.
///
/// CSV may be separated by `,`, `;` or tabs and must have headers. Headers and JSON keys are matched without
/// regard to case, spaces, `_` and `-`. Empty cells are null; columns that were not asked for are kept, under
/// their own names. A table of one column may also be text with one value a line, or a JSON list of values.
///
/// # Errors
///
/// All problems in the order of the file: of the file as a whole, such as a missing column, and of every bad
/// row unless those are left out.
pub fn read_rows(
    name: &str,
    bytes: &[u8],
    columns: &[Column],
    bad: BadRows,
) -> Result<Table, Vec<RowProblem>> {
    let (source, unreadable) = Source::from_bytes(name, bytes);
    if let Some(found) = unreadable {
        return Err(vec![Finder::new(&source).problem(found.span, None, found.message, found.help)]);
    }
    let mut builder = Builder::new(&source, columns, bad);
    let format = Format::of(&source, columns);
    let read = match format {
        Format::Delimited => delimited::read(&source, &mut builder),
        Format::Json => json::read_list(&source, &mut builder),
        Format::JsonLines => json::read_lines(&source, &mut builder),
        Format::Lines => lines::read(&source, &mut builder),
    };
    read.map_err(|problem| vec![problem])?;
    builder.finish()
}

/// Checks rows that are JSON already, such as those of an inputs file. Problems give the number of the row as
/// their line, `name` as their file.
///
/// # Errors
///
/// As [`read_rows`].
pub fn check_rows(
    name: &str,
    rows: &[Value],
    columns: &[Column],
    bad: BadRows,
) -> Result<Table, Vec<RowProblem>> {
    let lines: Vec<String> = rows.iter().map(Value::to_string).collect();
    let text = lines.join("\n");
    let source = Source::new(name, text);
    let mut builder = Builder::new(&source, columns, bad);
    json::read_lines(&source, &mut builder).map_err(|problem| vec![problem])?;
    builder.finish()
}

enum Format {
    Delimited,
    Json,
    JsonLines,
    Lines,
}

impl Format {
    fn of(source: &Source, columns: &[Column]) -> Self {
        let ending = source.name().rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
        match ending.as_deref() {
            Some("csv" | "tsv") => return Self::Delimited,
            Some("json") => return Self::Json,
            Some("jsonl" | "ndjson") => return Self::JsonLines,
            Some("txt" | "text" | "list") if columns.len() == 1 => return Self::Lines,
            _ => {}
        }
        match source.text().trim_start().chars().next() {
            Some('[') => Self::Json,
            Some('{') => Self::JsonLines,
            _ => Self::Delimited,
        }
    }
}

/// Takes rows one by one and keeps what is wrong with them.
pub(super) struct Builder<'a> {
    pub(super) columns: &'a [Column],
    /// For each column, its plain name in the file.
    pub(super) wanted: Vec<String>,
    finder: Finder<'a>,
    bad: BadRows,
    rows: Vec<Row>,
    problems: Vec<RowProblem>,
}

impl<'a> Builder<'a> {
    fn new(source: &'a Source, columns: &'a [Column], bad: BadRows) -> Self {
        Self {
            columns,
            wanted: wanted(columns),
            finder: Finder::new(source),
            bad,
            rows: Vec::new(),
            problems: Vec::new(),
        }
    }

    /// The column that a header or key names.
    pub(super) fn column(&self, header: &str) -> Option<usize> {
        let header = plain(header);
        self.wanted.iter().position(|wanted| *wanted == header)
    }

    /// A problem of the file.
    pub(super) fn fatal(
        &mut self,
        span: Span,
        message: impl Into<String>,
        help: Option<String>,
    ) -> RowProblem {
        self.finder.problem(span, None, message, help)
    }

    /// The problem of a required column that is not among the headers.
    pub(super) fn find_missing(&mut self, headers: &[&str], span: Span) -> Result<(), RowProblem> {
        let found: Vec<usize> = headers.iter().filter_map(|header| self.column(header)).collect();
        let absent = self
            .columns
            .iter()
            .enumerate()
            .find(|(number, column)| column.required && !found.contains(number));
        let Some((_, column)) = absent else { return Ok(()) };
        let (message, help) = missing(column, headers);
        Err(self.finder.problem(span, Some(&column.name), message, help))
    }

    /// Takes a problem of a row that can't be read.
    pub(super) fn keep(&mut self, problem: RowProblem) {
        self.problems.push(problem);
    }

    /// A row that can't even be taken apart.
    pub(super) fn bad_row(&mut self, span: Span, message: impl Into<String>, help: Option<String>) {
        let problem = self.finder.problem(span, None, message, help);
        self.problems.push(problem);
    }

    /// A row: a value for each column, what else the file has, and where a column's cell stands.
    pub(super) fn row(
        &mut self,
        values: &[Option<Value>],
        others: Vec<(String, Value)>,
        place: &dyn Fn(usize) -> Span,
    ) {
        let mut row = Row::new();
        let before = self.problems.len();
        for (number, (column, value)) in self.columns.iter().zip(values).enumerate() {
            let read = cell::read(column.ty, value.as_ref().unwrap_or(&Value::Null));
            let message = match read {
                Ok(Value::Null) if column.required => format!("`{}` is empty, and required", column.header()),
                Ok(value) => {
                    row.insert(column.name.clone(), value);
                    continue;
                }
                Err(message) => message,
            };
            let problem = self.finder.problem(place(number), Some(&column.name), message, None);
            self.problems.push(problem);
        }
        if self.problems.len() > before {
            return;
        }
        for (name, value) in others {
            // A declared column of this name comes from another header, and is what the workflow means.
            if !row.contains_key(&name) {
                row.insert(name, value);
            }
        }
        self.rows.push(row);
    }

    fn finish(self) -> Result<Table, Vec<RowProblem>> {
        match self.bad {
            BadRows::Refuse if !self.problems.is_empty() => Err(self.problems),
            _ => Ok(Table { rows: self.rows, left_out: self.problems }),
        }
    }
}
