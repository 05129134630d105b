//! Durations of a scenario: fixed ones, ranges, and windows from its start.

use super::reader::{Reader, inside, shown};
use crate::world::Span;
use outx_model::parse_duration;
use serde_json::Value;
use std::time::Duration;

/// From one time after the start until another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Window {
    /// The first moment.
    pub(crate) from: Duration,
    /// The first moment after it; nothing for ever.
    pub(crate) to: Option<Duration>,
}

impl Window {
    pub(crate) fn holds(self, since: Duration) -> bool {
        self.from <= since && self.to.is_none_or(|to| since < to)
    }

    /// Whether it always holds.
    pub(super) fn is_all(self) -> bool {
        self == Self::default()
    }
}

/// How long a task takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Takes {
    /// From its creation to its end.
    All(Span),
    /// How long it waits, and how long it is worked on.
    Phases {
        /// `pending`.
        pending: Span,
        /// `processing`.
        processing: Span,
    },
}

impl Reader {
    pub(super) fn duration(&mut self, path: &str, value: &Value) -> Option<Duration> {
        let text = self.duration_text(path, value)?;
        self.parsed(path, text)
    }

    /// A duration, or two with `..` between them.
    pub(super) fn span(&mut self, path: &str, value: &Value) -> Option<Span> {
        let text = self.duration_text(path, value)?;
        let Some((from, to)) = text.split_once("..") else {
            return Some(Span::fixed(self.parsed(path, text)?));
        };
        let (from, to) = (self.parsed(path, from), self.parsed(path, to));
        let (from, to) = (from?, to?);
        if to < from {
            self.problem(
                path,
                format!("{} ends before it begins", shown(value)),
                "write the shorter one first",
            );
            return None;
        }
        Some(Span::new(from, to))
    }

    /// `from` and the key by which the window ends.
    pub(super) fn window(&mut self, path: &str, value: &Value, end: &str) -> Option<Window> {
        let mut at = |key: &str| match value.get(key) {
            Some(value) => self.duration(&inside(path, key), value).map(Some),
            None => Some(None),
        };
        let (from, to) = (at("from"), at(end));
        let (from, to) = (from?.unwrap_or_default(), to?);
        if to.is_some_and(|to| to <= from) {
            let reason = format!("it is over before it begins, at {}", shown(&value[end]));
            self.problem(
                &inside(path, end),
                reason,
                format!("write a longer `{end}`; both count from the start"),
            );
            return None;
        }
        Some(Window { from, to })
    }

    fn duration_text<'v>(&mut self, path: &str, value: &'v Value) -> Option<&'v str> {
        if value.as_str().is_none() {
            let reason = format!("{} is not a duration", shown(value));
            self.problem(path, reason, "write a whole number and a unit, such as 10ms, 30s, 5m, 6h or 14d");
        }
        value.as_str()
    }

    fn parsed(&mut self, path: &str, text: &str) -> Option<Duration> {
        match parse_duration(text.trim()) {
            Ok(duration) => Some(duration),
            Err(sentence) => {
                let (reason, remedy) =
                    sentence.split_once("; ").unwrap_or((sentence.as_str(), "write a shorter one"));
                self.problem(path, reason, remedy);
                None
            }
        }
    }
}
