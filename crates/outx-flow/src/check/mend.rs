//! Mending a file without asking.

use super::{CheckOptions, Checked, check};
use crate::diagnostic::{Diagnostic, Mended, Place, Source, Span, mend};
use std::collections::HashSet;

/// So many times a file is mended and checked again: one fix may show the next mistake.
const ROUNDS: usize = 100;

/// A file after its safe fixes were made.
#[derive(Debug)]
pub struct Repaired {
    /// The file as it is now.
    pub source: Source,
    /// What was mended, in the order in which it was done.
    pub made: Vec<Repair>,
    /// What is left.
    pub checked: Checked,
}

/// One finding that was mended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repair {
    /// Its code.
    pub code: &'static str,
    /// What was wrong.
    pub message: String,
    /// Where it stood, in the file as it was then.
    pub place: Place,
    /// What stands there now.
    pub now: String,
}

/// Makes the safe fixes of a file, checking it again after each round. Nothing but the fixes' own words changes. A fix after
/// which an error stands where it was made, or the same finding as before, is taken back.
pub fn repair(source: &Source, options: &CheckOptions) -> Repaired {
    let mut source = source.clone();
    let mut checked = check(&source, options);
    let mut made = Vec::new();
    let mut given_up: HashSet<(&'static str, String, String)> = HashSet::new();
    for _ in 0..ROUNDS {
        let name = |found: &Diagnostic| {
            (found.code, found.message.clone(), source.slice(line_of(&source, found.span)).to_owned())
        };
        let names: Vec<_> = checked.diagnostics.iter().map(name).collect();
        let open: Vec<bool> = names.iter().map(|name| !given_up.contains(name)).collect();
        let all = mend(source.text(), &checked.diagnostics, |at, fix| fix.is_safe && open[at]);
        if all.made.is_empty() {
            break;
        }
        let mut tried = vec![all.clone()];
        // Where one of them was no good, each is tried by itself.
        if all.made.len() > 1 {
            let alone =
                all.made.iter().map(|(one, _)| mend(source.text(), &checked.diagnostics, |at, _| at == *one));
            tried.extend(alone);
        }
        let good = tried.into_iter().find_map(|mended| {
            let after = Source::new(source.name(), &mended.text);
            let again = check(&after, options);
            let good = is_good(&mended, &checked.diagnostics, &again.diagnostics);
            if !good && mended.made.len() == 1 {
                given_up.extend(mended.made.iter().map(|(at, _)| names[*at].clone()));
            }
            good.then_some((mended, after, again))
        });
        let Some((mended, after, again)) = good else { break };
        made.extend(mended.made.iter().map(|(at, now)| {
            let found = &checked.diagnostics[*at];
            Repair {
                code: found.code,
                message: found.message.clone(),
                place: source.place(found.span.start),
                now: after.slice(*now).to_owned(),
            }
        }));
        (source, checked) = (after, again);
    }
    Repaired { source, made, checked }
}

/// Whether no error is about what was put in, and none of what was mended is found again. An error of something larger, such
/// as the next part of a path, was hidden before.
fn is_good(mended: &Mended, before: &[Diagnostic], after: &[Diagnostic]) -> bool {
    mended.made.iter().all(|(at, place)| {
        let touches = |span: Span| span.start <= place.end && place.start <= span.end;
        // Of YAML itself anywhere in it, else of all of it: what an expression says was not read before.
        let about = |found: &Diagnostic| {
            let Span { start, end } = found.span;
            let inside = start >= place.start && end <= place.end;
            inside && (found.code < "OX101" || found.span == *place)
        };
        let known = |found: &Diagnostic| {
            before.iter().any(|old| (old.code, &old.message) == (found.code, &found.message))
        };
        let same =
            |found: &Diagnostic| (found.code, &found.message) == (before[*at].code, &before[*at].message);
        !after.iter().any(|found| {
            (found.is_error() && about(found) && !known(found)) || (touches(found.span) && same(found))
        })
    })
}

fn line_of(source: &Source, span: Span) -> Span {
    let text = source.text();
    let start = text.get(..span.start).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
    let end = text.get(start..).and_then(|rest| rest.find('\n')).map_or(text.len(), |at| start + at);
    Span::new(start, end)
}
