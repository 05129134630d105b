//! `needs` and `after` that change nothing.

use super::Checker;
use super::found::{Edge, Found};
use super::step::Named;
use crate::diagnostic::{Diagnostic, Edit, Fix, Span};
use crate::graph::Strength;
use crate::yaml::{Key, Node};

/// What a step says of the order, and what would hold without it.
pub(super) struct Order<'n> {
    /// The entries of the step.
    pub entries: &'n [(Key, Node)],
    /// The steps that `needs` names.
    pub needs: &'n [Named],
    /// The steps that `after` names.
    pub after: &'n [Named],
}

impl Checker<'_> {
    /// Says what of a step's `needs` and `after` could be left out without another order. `found` has what the step
    /// reads itself, and what is read inside of it.
    pub(super) fn needless(&mut self, order: &Order<'_>, found: &Found) {
        let all =
            |edges: &[Edge], (level, index): (usize, usize)| edges.contains(&(level, index, Strength::Need));
        for (word, names) in [("needs", order.needs), ("after", order.after)] {
            for (at, named) in names.iter().enumerate() {
                let (id, place) = (&named.id, named.place);
                let (inside, own) = (all(&found.firm, place), all(&found.edges, place));
                let in_other = order.needs.iter().find(|other| word == "after" && other.place == place);
                let in_after = order.after.iter().any(|other| other.place == place);
                let twice = names[..at].iter().find(|other| other.place == place);
                let (message, help, note) = if let Some(first) = twice {
                    (
                        format!("`{word}` names `{id}` twice"),
                        "once is enough",
                        Some((first.span, "first here")),
                    )
                } else if let Some(other) = in_other {
                    let message = format!("`after` adds nothing to `needs`, which names `{id}`, too");
                    let help = "what must have succeeded has ended: keep one of the two";
                    (message, help, Some((other.span, "needed here")))
                } else if word == "after" && inside {
                    let message =
                        format!("`after` changes nothing: a step inside reads `{id}`, which must succeed");
                    (message, "take it out", None)
                } else if word == "needs" && (inside || (own && !in_after)) {
                    let message =
                        format!("`needs` adds nothing: this step reads `{id}`, and so needs it anyway");
                    (message, "take it out", None)
                } else {
                    continue;
                };
                let mut warning = Diagnostic::warning("OX320", message, named.span).with_help(help);
                if let Some((span, text)) = note {
                    warning = warning.with_note(span, text);
                }
                // Whoever names a step in both may have meant the weaker one.
                let fix = self.without_name(order.entries, word, named.span);
                warning.fix = fix.map(|fix| Fix { is_safe: in_other.is_none() || twice.is_some(), ..fix });
                self.diagnostics.push(warning);
            }
        }
    }

    /// The fix that takes a name out of a list of names.
    fn without_name(&self, entries: &[(Key, Node)], word: &str, span: Span) -> Option<Fix> {
        let (key, value) = entries.iter().find(|(key, _)| key.name == word)?;
        let taken_out = match value.as_list() {
            Some(items) if items.len() > 1 => self.without(span, "-")?,
            _ if entries.len() > 1 => self.without(Span::new(key.span.start, value.span.end), "")?,
            _ => return None,
        };
        Some(Fix { edits: vec![Edit { span: taken_out, text: String::new() }], is_safe: true })
    }

    /// What is to be taken out so that an entry is gone: its whole lines, where nothing but `before` stands before it, or
    /// the comma beside it.
    fn without(&self, entry: Span, before: &str) -> Option<Span> {
        let text = self.source.text();
        let line = text[..entry.start].rfind('\n').map_or(0, |at| at + 1);
        let (head, tail) = (text.get(line..entry.start)?, text.get(entry.end..)?);
        let rest = tail.split('\n').next().unwrap_or_default();
        if head.trim() == before && rest.trim().is_empty() && head.trim_start_matches([' ', '-']).is_empty() {
            let end = (entry.end + rest.len() + 1).min(text.len());
            return Some(Span::new(line, end));
        }
        if head.trim().is_empty() {
            // A comment beside it may say something that stays true.
            return None;
        }
        let behind = tail.len() - tail.trim_start().len();
        if tail.trim_start().starts_with(',') {
            let comma = entry.end + behind + 1;
            let blanks = text[comma..].len() - text[comma..].trim_start_matches(' ').len();
            return Some(Span::new(entry.start, comma + blanks));
        }
        let kept = text[..entry.start].trim_end();
        kept.ends_with(',').then(|| Span::new(kept.len() - 1, entry.end))
    }
}
