//! What the suite found.

use std::fmt;

/// What was found of one behaviour of one back end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// It holds.
    Held,
    /// It does not, and why.
    Broken(String),
    /// It cannot be tried on this back end, and what is missing.
    NotOffered(String),
}

impl Cell {
    /// The cell's word.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Broken(_) => "BROKEN",
            Self::NotOffered(_) => "not offered",
        }
    }
}

/// A row for each behaviour, a column for each back end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matrix {
    /// The names of the back ends.
    pub columns: Vec<String>,
    /// Each behaviour's name and sentence, and its cells in the order of the columns.
    pub rows: Vec<(&'static str, &'static str, Vec<Cell>)>,
}

impl Matrix {
    /// Whether nothing is broken.
    ///
    /// # Errors
    ///
    /// All that is broken.
    pub fn check(&self) -> Result<(), NotConformant> {
        let cells = self.rows.iter().flat_map(|(name, _, cells)| {
            cells.iter().zip(&self.columns).map(move |(cell, column)| (*name, column, cell))
        });
        let broken: Vec<_> = cells
            .filter_map(|(name, column, cell)| match cell {
                Cell::Broken(why) => Some(format!("{column}: {name}: {why}")),
                Cell::Held | Cell::NotOffered(_) => None,
            })
            .collect();
        if broken.is_empty() { Ok(()) } else { Err(NotConformant { broken }) }
    }

    /// One matrix of several with the same rows.
    pub fn beside(mut self, other: Self) -> Self {
        self.columns.extend(other.columns);
        for ((_, _, cells), (_, _, more)) in self.rows.iter_mut().zip(other.rows) {
            cells.extend(more);
        }
        self
    }

    /// The matrix as a table in Markdown.
    pub fn to_markdown(&self) -> String {
        let line = |cells: &[&str]| format!("| {} |\n", cells.join(" | "));
        let columns = || self.columns.iter().map(String::as_str);
        let mut out: Vec<&str> = vec!["behaviour", "what holds"];
        out.extend(columns());
        let mut text = line(&out);
        text.push_str(&line(&vec!["---"; out.len()]));
        for (name, says, cells) in &self.rows {
            let mut row = vec![*name, *says];
            row.extend(cells.iter().map(Cell::word));
            text.push_str(&line(&row));
        }
        text
    }
}

/// A table for people, with what is broken below it.
impl fmt::Display for Matrix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widest = self.rows.iter().map(|(name, ..)| name.len()).max().unwrap_or(0);
        write!(f, "{:widest$}", "")?;
        for column in &self.columns {
            write!(f, "  {column:>11}")?;
        }
        writeln!(f)?;
        for (name, _, cells) in &self.rows {
            write!(f, "{name:widest$}")?;
            for (cell, column) in cells.iter().zip(&self.columns) {
                write!(f, "  {:>width$}", cell.word(), width = column.len().max(11))?;
            }
            writeln!(f)?;
        }
        match self.check() {
            Ok(()) => Ok(()),
            Err(error) => write!(f, "{error}"),
        }
    }
}

/// A back end does not hold what every back end must.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotConformant {
    /// Back end, behaviour and reason of each.
    pub broken: Vec<String>,
}

impl fmt::Display for NotConformant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} behaviours are broken:", self.broken.len())?;
        self.broken.iter().try_for_each(|line| write!(f, "\n  {line}"))
    }
}

impl std::error::Error for NotConformant {}
