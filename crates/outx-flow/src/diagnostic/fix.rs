//! What mends a text, as edits that a program can make.

use super::{Diagnostic, Source, Span};
use serde_json::{Value, json};

/// A stretch of a text, and what is to stand there instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced; empty where something is only put in.
    pub span: Span,
    /// What stands there afterwards; empty where something is only taken out.
    pub text: String,
}

/// What mends one finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// The edits, in the order of the text; no two of them touch.
    pub edits: Vec<Edit>,
    /// True where nothing else can have been meant, so that a program may make it without asking.
    pub is_safe: bool,
}

impl Fix {
    /// One that may be made without asking.
    pub fn safe(span: Span, text: impl Into<String>) -> Self {
        Self { edits: vec![Edit { span, text: text.into() }], is_safe: true }
    }

    /// One that a person should look at, because something else can have been meant.
    pub fn proposed(span: Span, text: impl Into<String>) -> Self {
        Self { is_safe: false, ..Self::safe(span, text) }
    }

    /// The stretch from the first edit to the last.
    pub fn reach(&self) -> Span {
        let start = self.edits.iter().map(|edit| edit.span.start).min().unwrap_or_default();
        let end = self.edits.iter().map(|edit| edit.span.end).max().unwrap_or_default();
        Span::new(start, end)
    }

    /// Whether its edits can be made in a text: in order, apart, and between characters.
    pub fn fits(&self, text: &str) -> bool {
        let mut free = 0;
        !self.edits.is_empty()
            && self.edits.iter().enumerate().all(|(at, edit)| {
                let Span { start, end } = edit.span;
                let fits = (at == 0 || start > free) && text.get(start..end).is_some();
                free = end;
                fits
            })
    }

    /// The fix for programs: `safe`, and `edits` (each `line`, `column`, `end_line`, `end_column`, `start` and `end` in
    /// bytes behind a byte order mark, and the new `text`).
    pub fn to_json(&self, source: &Source) -> Value {
        let edits = self.edits.iter().map(|edit| {
            let (start, end) = (source.place(edit.span.start), source.place(edit.span.end));
            json!({
                "line": start.line, "column": start.column, "end_line": end.line, "end_column": end.column,
                "start": edit.span.start, "end": edit.span.end, "text": edit.text,
            })
        });
        json!({ "safe": self.is_safe, "edits": edits.collect::<Vec<_>>() })
    }
}

/// A text in which some findings are mended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mended {
    /// The text as it is now.
    pub text: String,
    /// What was mended: the finding's number in the list, and where the new words stand in the new text.
    pub made: Vec<(usize, Span)>,
}

/// Makes the fixes of some findings, of those that `wanted` picks. Of fixes that overlap or touch, the first in the text is
/// made, and the others are not.
///
/// ```
/// use outx_flow::diagnostic::{Diagnostic, Fix, Span, mend};
///
/// let finding = Diagnostic::error("OX000", "misspelt", Span::new(0, 3)).with_fix(Fix::safe(Span::new(0, 3), "uses"));
/// let mended = mend("use: x", &[finding], |_, fix| fix.is_safe);
/// assert_eq!((mended.text.as_str(), mended.made), ("uses: x", vec![(0, Span::new(0, 4))]));
/// ```
pub fn mend(text: &str, found: &[Diagnostic], wanted: impl Fn(usize, &Fix) -> bool) -> Mended {
    let mut fixes: Vec<(usize, &Fix)> = found
        .iter()
        .enumerate()
        .filter_map(|(at, finding)| Some((at, finding.fix.as_ref()?)))
        .filter(|(at, fix)| fix.fits(text) && wanted(*at, fix))
        .collect();
    fixes.sort_by_key(|(at, fix)| (fix.reach(), *at));
    let mut mended = Mended { text: String::with_capacity(text.len()), made: Vec::new() };
    let (mut taken, mut free) = (0, None);
    for (at, fix) in fixes {
        let reach = fix.reach();
        if free.is_some_and(|free| reach.start <= free) {
            continue;
        }
        mended.text.push_str(text.get(taken..reach.start).unwrap_or_default());
        let start = mended.text.len();
        taken = reach.start;
        for edit in &fix.edits {
            mended.text.push_str(text.get(taken..edit.span.start).unwrap_or_default());
            mended.text.push_str(&edit.text);
            taken = edit.span.end;
        }
        free = Some(reach.end);
        mended.made.push((at, Span::new(start, mended.text.len())));
    }
    mended.text.push_str(text.get(taken..).unwrap_or_default());
    mended
}
