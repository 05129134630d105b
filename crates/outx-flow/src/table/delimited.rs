//! CSV and its relatives.

use super::RowProblem;
use super::rows::Builder;
use crate::diagnostic::{Source, Span};
use csv::{ReaderBuilder, StringRecord};
use serde_json::Value;
use std::collections::HashSet;

pub(super) fn read(source: &Source, builder: &mut Builder<'_>) -> Result<(), RowProblem> {
    let text = source.text();
    let delimiter = delimiter(text);
    let mut reader = ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let mut record = StringRecord::new();
    let mut headers: Option<Headers> = None;
    loop {
        match reader.read_record(&mut record) {
            Ok(true) => {}
            Ok(false) => break,
            // The text is UTF-8 and rows may differ in length, so nothing is left that can go wrong.
            Err(error) => {
                return Err(builder.fatal(Span::at(0), format!("the CSV cannot be read: {error}"), None));
            }
        }
        let next = usize::try_from(reader.position().byte()).unwrap_or(text.len()).min(text.len());
        let start = record.position().and_then(|place| usize::try_from(place.byte()).ok()).unwrap_or(0);
        let raw = Raw::new(text, start, next, delimiter);
        if let Some(open) = raw.open_quote() {
            let help = "close it, or write `\"\"` for a quote inside a quoted cell";
            return Err(builder.fatal(
                Span::new(open, open + 1),
                "this quote is not closed",
                Some(help.into()),
            ));
        }
        match &headers {
            None => headers = Some(Headers::read(&record, &raw, builder)?),
            Some(headers) => headers.row(&record, &raw, builder),
        }
    }
    if headers.is_none() {
        builder.find_missing(&[], Span::at(0))?;
    }
    Ok(())
}

/// The separator: of `,`, `;` and tab the one that the header line has most of outside quotes.
fn delimiter(text: &str) -> u8 {
    let line = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let count = |delimiter: u8| {
        let mut quoted = false;
        line.bytes()
            .filter(|byte| {
                quoted ^= *byte == b'"';
                !quoted && *byte == delimiter
            })
            .count()
    };
    // Of equals the last is taken, and with none at all any will do.
    *b"\t;,".iter().max_by_key(|delimiter| count(**delimiter)).unwrap_or(&b',')
}

struct Headers {
    count: usize,
    /// For each column of the table, the number of its header.
    place: Vec<Option<usize>>,
    /// The other headers, with their numbers.
    others: Vec<(usize, String)>,
}

impl Headers {
    fn read(record: &StringRecord, raw: &Raw<'_>, builder: &mut Builder<'_>) -> Result<Self, RowProblem> {
        let names: Vec<String> = record.iter().map(|name| name.trim().to_owned()).collect();
        let mut place = vec![None; builder.columns.len()];
        let mut others: Vec<(usize, String)> = Vec::new();
        let mut taken = HashSet::new();
        for (number, name) in names.iter().enumerate() {
            let Some(column) = builder.column(name).filter(|_| !name.is_empty()) else {
                let name = if name.is_empty() { format!("column_{}", number + 1) } else { name.clone() };
                if taken.insert(name.clone()) {
                    others.push((number, name));
                }
                continue;
            };
            if place[column].is_some() {
                let message = format!("two columns are named `{name}`, and it can't be told which is meant");
                return Err(builder.fatal(raw.cell(number), message, Some("rename one of them".into())));
            }
            place[column] = Some(number);
        }
        let shown: Vec<&str> = names.iter().map(String::as_str).filter(|name| !name.is_empty()).collect();
        builder.find_missing(&shown, raw.span())?;
        Ok(Self { count: names.len(), place, others })
    }

    fn row(&self, record: &StringRecord, raw: &Raw<'_>, builder: &mut Builder<'_>) {
        // Spreadsheets write rows of nothing but separators below a table.
        if record.iter().all(|cell| cell.trim().is_empty()) {
            return;
        }
        let surplus = record.iter().enumerate().skip(self.count).find(|(_, cell)| !cell.trim().is_empty());
        if let Some((number, _)) = surplus {
            let message = format!("the row has {} cells, but there are {} headers", record.len(), self.count);
            let help = format!("quote cells that contain `{}`", char::from(raw.delimiter).escape_default());
            builder.bad_row(raw.cell(number), message, Some(help));
            return;
        }
        let values: Vec<Option<Value>> =
            self.place.iter().map(|place| record.get((*place)?).map(Value::from)).collect();
        let others = self.others.iter().map(|(number, name)| {
            let text = record.get(*number).unwrap_or_default().trim();
            (name.clone(), if text.is_empty() { Value::Null } else { Value::from(text) })
        });
        builder.row(&values, others.collect(), &|column| match self.place[column] {
            Some(number) => raw.cell(number),
            None => raw.span(),
        });
    }
}

/// A record as it stands in the file. The CSV reader tells where a record begins; where its cells do is only
/// asked for when something is wrong with one.
struct Raw<'a> {
    text: &'a str,
    start: usize,
    delimiter: u8,
}

impl<'a> Raw<'a> {
    fn new(text: &'a str, start: usize, next: usize, delimiter: u8) -> Self {
        let record = text.get(start..next).unwrap_or_default();
        // Ends of lines before it are counted to a record.
        let skipped = record.len() - record.trim_start_matches(['\r', '\n']).len();
        Self { text: record[skipped..].trim_end_matches(['\r', '\n']), start: start + skipped, delimiter }
    }

    fn span(&self) -> Span {
        Span::new(self.start, self.start + self.text.len())
    }

    /// Where a cell stands, quotes included; the record's end where there is none.
    fn cell(&self, number: usize) -> Span {
        let mut cells = Cells { raw: self, at: Some(0), open: None };
        cells.nth(number).unwrap_or_else(|| Span::at(self.start + self.text.len()))
    }

    /// The quote that has no end, which makes the rest of the file one cell.
    fn open_quote(&self) -> Option<usize> {
        if !self.text.contains('"') {
            return None;
        }
        let mut cells = Cells { raw: self, at: Some(0), open: None };
        cells.by_ref().for_each(drop);
        cells.open
    }
}

struct Cells<'r, 'a> {
    raw: &'r Raw<'a>,
    at: Option<usize>,
    open: Option<usize>,
}

impl Iterator for Cells<'_, '_> {
    type Item = Span;

    fn next(&mut self) -> Option<Span> {
        let from = self.at?;
        let bytes = self.raw.text.as_bytes();
        let mut at = from;
        // A quote counts only at a cell's beginning.
        if bytes.get(at) == Some(&b'"') {
            at += 1;
            loop {
                match (bytes.get(at), bytes.get(at + 1)) {
                    (Some(b'"'), Some(b'"')) => at += 2,
                    (Some(b'"'), _) => break at += 1,
                    (Some(_), _) => at += 1,
                    (None, _) => {
                        self.open = Some(self.raw.start + from);
                        break;
                    }
                }
            }
        }
        while bytes.get(at).is_some_and(|byte| *byte != self.raw.delimiter) {
            at += 1;
        }
        self.at = (at < bytes.len()).then_some(at + 1);
        Some(Span::new(self.raw.start + from, self.raw.start + at))
    }
}
