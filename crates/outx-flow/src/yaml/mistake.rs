//! What somebody probably did wrong where the parser could not go on.
//!
//! The parser says which rule of YAML was broken. People know the mistakes behind it: a tab, a colon in a text
//! without quotes, an expression in braces, a quote that does not end.

use super::refusal;
use super::words::{
    beginning, entry, exactly_quoted, line_from, line_start, quote_fix, quoted, rest_of_line,
};
use crate::diagnostic::{Diagnostic, Fix, Source, Span};
use granit_parser::{ErrorKind, ScanError};

/// What was known of the file when the parser stopped.
pub(super) struct Situation<'a> {
    pub(super) source: &'a Source,
    /// The last scalar or alias before the mistake.
    pub(super) last: Span,
    /// The key whose value is read.
    pub(super) key: Option<&'a str>,
    /// Where the innermost open `[` or `{` stands.
    pub(super) flow: Option<usize>,
}

/// The finding for an error of the parser.
pub(super) fn explain(error: &ScanError, situation: &Situation<'_>) -> Diagnostic {
    use ErrorKind as K;
    let text = situation.source.text();
    let at = text.floor_char_boundary(error.marker().byte_offset().unwrap_or(text.len()));
    let case = Case { text, at, situation };
    let tab_by_name = matches!(
        error.kind(),
        K::TabNotAllowed
            | K::TabInBlockIndentation
            | K::TabInIndentation
            | K::TabAtBlockScalarStart
            | K::TabInPlainScalar
    );
    let usual = case
        .tab(tab_by_name)
        .or_else(|| case.expression_in_braces())
        .or_else(|| case.negation())
        .or_else(|| case.choice_in_braces());
    if let Some(found) = usual {
        return found;
    }
    match error.kind() {
        K::MappingValueNotAllowed | K::InvalidColonPlacement => case.colon(),
        K::UnclosedQuotedScalar | K::InvalidQuotedScalarIndent | K::DocumentIndicatorInQuotedScalar => {
            case.open_quote()
        }
        K::InvalidTrailingSingleQuotedScalar | K::InvalidTrailingDoubleQuotedScalar => case.behind_quote(),
        K::UnknownQuotedScalarEscape | K::InvalidQuotedScalarHexEscape | K::InvalidUnicodeEscape => {
            case.escape()
        }
        K::UnexpectedCharacter { character } => case.character(*character),
        K::UnknownAnchor => case.unknown_anchor(),
        K::SimpleKeyExpected | K::InvalidSimpleKey => case.key_without_colon(),
        K::ExpectedBlockMappingKey | K::ExpectedBlockSequenceEntry | K::InvalidIndentation => {
            case.indentation()
        }
        K::BlockSequenceEntryNotAllowed | K::BlockEntryInFlowCollection => case
            .found("OX001", "a list item can't begin here", 1)
            .with_help("begin the list on a line of its own, or quote a text that begins with `-`"),
        K::CommentInterceptedScalar => case
            .found("OX001", "a comment in the middle of a text of several lines", 1)
            .with_help("end the text before the comment, or quote it"),
        K::RecursionLimitExceeded => refusal::too_deep(Span::new(at, at + 1)),
        K::UnclosedFlowCollection { .. }
        | K::MismatchedFlowCollectionEnd { .. }
        | K::UnexpectedEofFlowSequence
        | K::UnexpectedEofFlowMapping
        | K::UnexpectedEofImplicitFlowMapping
        | K::ExpectedFlowMappingSeparator
        | K::ExpectedFlowSequenceSeparator
        | K::InvalidFlowScalarIndent
        | K::MisplacedFlowCollectionEnd => case.bracket(error.kind()),
        _ => case.found("OX001", &format!("this is not YAML: {}", error.info()), 1),
    }
}

struct Case<'a> {
    text: &'a str,
    at: usize,
    situation: &'a Situation<'a>,
}

/// Keys under which a map is meant, where what follows could be one.
const MAPS: [&str; 10] =
    ["with", "defaults", "poll", "once", "retry", "repeat", "schedule", "inputs", "outputs", "vars"];

impl Case<'_> {
    fn found(&self, code: &'static str, message: &str, length: usize) -> Diagnostic {
        Diagnostic::error(code, message, Span::new(self.at, self.at + length))
    }

    fn between(&self, from: usize, to: usize) -> &str {
        self.text.get(from..to).unwrap_or_default()
    }

    fn entry(&self, value: &str) -> String {
        entry(self.situation.key, value)
    }

    /// A tab in the indentation of this line; or of the next line that has one, where the parser named it.
    fn tab(&self, named: bool) -> Option<Diagnostic> {
        let mut start = line_start(self.text, self.at);
        let tab = loop {
            let line = line_from(self.text, start);
            let indentation = line.len() - line.trim_start_matches([' ', '\t']).len();
            if let Some(tab) = line[..indentation].find('\t') {
                break Span::new(start + tab, start + indentation);
            }
            start += line.len() + 1;
            if !named || start >= self.text.len() {
                return None;
            }
        };
        let found = Diagnostic::error("OX002", "a tab in the indentation", tab)
            .with_label("YAML takes only spaces here")
            .with_help("replace the tabs by spaces, two for each level")
            .with_fix(Fix::proposed(tab, self.between(tab.start, tab.end).replace('\t', "  ")));
        Some(found)
    }

    /// `{ a: ${{ x }} }`: inside braces and brackets the expression's own braces are YAML's.
    fn expression_in_braces(&self) -> Option<Diagnostic> {
        let open = self
            .situation
            .flow
            .or_else(|| self.text[self.at..].starts_with(['[', '{']).then_some(self.at))?;
        let line_end = self.at + line_from(self.text, self.at).len();
        let start = unquoted_expression(self.text.get(open..line_end)?).map(|found| open + found)?;
        let rest = line_from(self.text, start);
        let closed = expression_length(rest);
        let length = closed.or_else(|| rest.find("}}").map(|at| at + 2)).unwrap_or(3);
        // Text around the expression belongs into the same quotes.
        let last = self.situation.last;
        let begins = if (last.start..last.end).contains(&start) { last.start } else { start };
        let behind = rest[length.min(rest.len())..].split([',', ']', '}']).next().unwrap_or_default();
        let whole = self.text.get(begins..start + length + behind.len()).unwrap_or_default();
        let found = Diagnostic::error(
            "OX004",
            "an expression inside `{ }` or `[ ]` needs quotes",
            Span::new(start, start + length),
        )
        .with_label("its braces are read as YAML's")
        .with_help(format!("quote it: `{}`", self.entry(&quoted(whole))))
        .with_fix_if(closed.and_then(|_| {
            let written = whole.trim_end();
            Some(Fix::safe(Span::new(begins, begins + written.len()), exactly_quoted(written)?))
        }));
        Some(found)
    }

    /// `if: !(a > 3)`: what follows the tag is read as something else again.
    fn negation(&self) -> Option<Diagnostic> {
        let start = line_start(self.text, self.at);
        let line = line_from(self.text, start);
        let (colon, _) = line[..self.at - start].match_indices(": !").last()?;
        let bang = start + colon + ": ".len();
        let opens = self.text[bang + 1..].starts_with(['(', '_'])
            || self.text[bang + 1..].starts_with(char::is_alphabetic);
        // In brackets the condition ends at the next comma or bracket that is not its own.
        let length = match self.situation.flow.filter(|open| *open >= start) {
            Some(_) => flow_length(&self.text[bang..])?,
            None => rest_of_line(self.text, bang).len(),
        };
        let span = Span::new(bang, bang + length);
        let word = line[..colon].rsplit([' ', '{', ',', '-']).next().filter(|word| !word.is_empty());
        let quoted = entry(word, &quoted(self.between(bang, bang + length)));
        (opens && length > 1).then(|| {
            Diagnostic::error(
                "OX009",
                "what begins with `!` is read as a YAML tag, not as a part of the value",
                span,
            )
            .with_help(format!("quote a value that begins with `!`: `{quoted}`"))
            .with_fix_if(quote_fix(self.text, span, true))
        })
    }

    /// `{ if: a ? b : c }`, `{ message: Note: x }`: the colon is read as the end of a key.
    fn choice_in_braces(&self) -> Option<Diagnostic> {
        self.situation.flow?;
        let last = self.situation.last;
        let before = self.between(last.start, last.end);
        let is_choice = before.contains(" ? ");
        // `a: b: c` has no key in the middle; `a: b c: d` may lack a comma.
        let is_word = !before.is_empty()
            && !before.contains([' ', '\'', '"', '\n'])
            && self.situation.key.is_some_and(|key| key != before);
        let is_colon = self.text[self.at..].starts_with(": ");
        let length = flow_length(&self.text[last.start..])?;
        let span = Span::new(last.start, last.start + length);
        // A text with a comma goes on behind what looks like its end.
        let behind = self.text[span.end..].trim_start().trim_start_matches(',');
        let next = behind.split(':').next().unwrap_or_default().trim();
        let ends = behind.starts_with(['}', ']'])
            || next.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        let is_safe = is_choice || before.contains(char::is_uppercase);
        let is_key = is_word && !is_safe && self.situation.key.is_some_and(|key| MAPS.contains(&key));
        let is_text = is_colon && (is_choice || is_word) && self.between(last.end, self.at).trim().is_empty();
        let fix = if is_key {
            Some(Fix::proposed(span, format!("{{ {} }}", self.between(span.start, span.end))))
        } else {
            quote_fix(self.text, span, is_safe)
        };
        is_text.then(|| {
            Diagnostic::error("OX003", "`: ` inside a text without quotes", Span::new(self.at, self.at + 1))
                .with_label("read as the end of a key")
                .with_help(if is_key && ends {
                    self.map_or_text(self.between(span.start, span.end))
                } else if ends {
                    format!("quote the text: `{}`", self.entry(&quoted(self.between(span.start, span.end))))
                } else {
                    "put the whole text in quotes".to_owned()
                })
                .with_fix_if(fix.filter(|_| ends))
        })
    }

    /// `with: message: x` can be a map in a line, or a text.
    fn map_or_text(&self, written: &str) -> String {
        format!(
            "a map in a line is written in braces: `{}`; a text in quotes",
            self.entry(&format!("{{ {} }}", beginning(written)))
        )
    }

    fn colon(&self) -> Diagnostic {
        let last = self.situation.last;
        let before = self.between(last.start, last.end);
        let is_before = last.end <= self.at && self.between(last.end, self.at).trim().is_empty();
        if let Some(open) = self.situation.flow.filter(|open| self.between(*open, self.at).contains('\n')) {
            return unclosed(self.text, open).with_note(Span::new(self.at, self.at + 1), "noticed here");
        }
        if is_before && before.contains('\n') {
            if let Some(found) = self.glued_key() {
                return found;
            }
            let start = line_start(self.text, self.at);
            let blank = line_from(self.text, start).len() - line_from(self.text, start).trim_start().len();
            return Diagnostic::error(
                "OX001",
                "this line is read as a part of the text above it, which can't hold a `: `",
                Span::new(start + blank, self.at + 1),
            )
            .with_note(
                Span::new(last.start, last.start + line_from(self.text, last.start).len()),
                "the text begins here",
            )
            .with_help(
                "indent the line as the keys it belongs to; or quote the text, or write it after `|`",
            );
        }
        let found = self
            .found("OX003", "`: ` inside a text without quotes", 1)
            .with_label("read as the end of a key");
        let whole = rest_of_line(self.text, last.start);
        if is_before && self.situation.flow.is_none() && !whole.is_empty() {
            // `with: message: x` may lack a line end instead; no key of the language has a blank or a capital.
            let is_text = before.contains(|c: char| c.is_whitespace() || c.is_uppercase());
            let span = Span::new(last.start, last.start + whole.len());
            let is_key = !is_text && before.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
            if is_key
                && self.situation.key.is_some_and(|key| MAPS.contains(&key))
                && !whole.contains([',', '{', '['])
            {
                return found
                    .with_help(self.map_or_text(whole))
                    .with_fix(Fix::proposed(span, format!("{{ {whole} }}")));
            }
            return found
                .with_help(format!("quote the text: `{}`", self.entry(&quoted(whole))))
                .with_fix_if(quote_fix(self.text, span, is_text));
        }
        found.with_help("quote the text, or begin the key on a line of its own")
    }

    /// `uses:core.log` on the line above: no key, but the beginning of a text that goes on here.
    fn glued_key(&self) -> Option<Diagnostic> {
        let last = self.situation.last;
        let line = line_from(self.text, last.start);
        let (key, value) = line.split_once(':')?;
        let is_word = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        let is_glued = is_word && value.starts_with(|c: char| !c.is_whitespace() && c != '/');
        is_glued.then(|| {
            Diagnostic::error(
                "OX001",
                "a key without `: ` and a value",
                Span::new(last.start, last.start + line.len()),
            )
            .with_help(format!(
                "a space belongs behind the colon: `{}: {}`",
                beginning(key),
                beginning(value)
            ))
            .with_fix(Fix::safe(Span::at(last.start + key.len() + 1), " "))
        })
    }

    fn open_quote(&self) -> Diagnostic {
        let quote = self.text[self.at..].chars().next().filter(|quote| "'\"".contains(*quote)).unwrap_or('"');
        self.found("OX005", &format!("the quote `{quote}` is not closed"), 1)
            .with_label("begins here")
            .with_help(format!("write the closing `{quote}` at the end of the text"))
    }

    fn behind_quote(&self) -> Diagnostic {
        let behind = self.situation.last.end.min(self.at);
        let begin = self.between(behind, self.at).find(['\'', '"']).map_or(self.at, |found| behind + found);
        let written = rest_of_line(self.text, begin);
        let quote = written.chars().next().unwrap_or('"');
        let inner = written.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote)).unwrap_or(written);
        let again = if quote == '\'' { "write `''` for an apostrophe" } else { "write `\\\"` for a quote" };
        let found = self
            .found("OX005", "the text goes on behind its closing quote", 1)
            .with_note(Span::new(begin, self.at), "the quoted text");
        if self.situation.flow.is_some() {
            return found.with_help(format!("write a `,` between two entries; {again} inside the text"));
        }
        let both = written.len() > 1 && inner.len() + 2 == written.len();
        let fix = exactly_quoted(inner).filter(|_| both).map(|text| {
            let span = Span::new(begin, begin + written.len());
            let is_cut = line_from(self.text, begin).contains(" #");
            Fix { is_safe: !is_cut, ..Fix::safe(span, text) }
        });
        found
            .with_help(format!("{again}, or change the quotes: `{}`", self.entry(&quoted(inner))))
            .with_fix_if(fix)
    }

    fn escape(&self) -> Diagnostic {
        let body = &self.text[self.at..];
        let mut bytes = body.char_indices().skip(1);
        let mut wrong = None;
        while let Some((at, character)) = bytes.next() {
            match (character, wrong) {
                ('\\', _) => match bytes.next() {
                    Some((_, known)) if "0abtnvfre \"/\\N_LPxuU\t\n\r".contains(known) => {}
                    Some((end, unknown)) => {
                        wrong = Some((at, end + unknown.len_utf8()));
                        break;
                    }
                    None => break,
                },
                ('"', _) => break,
                _ => {}
            }
        }
        match wrong {
            Some((from, to)) => Diagnostic::error(
                "OX005",
                format!("`{}` means nothing inside `\"…\"`", &body[from..to]),
                Span::new(self.at + from, self.at + to),
            )
            .with_help("write `\\\\` for a backslash, or use `'…'`, where a backslash is itself")
            .with_fix(Fix::safe(Span::at(self.at + from), "\\")),
            None => self
                .found("OX005", "this text has an escape that is no character", 1)
                .with_help("write `\\\\` for a backslash, or use `'…'`, where a backslash is itself"),
        }
    }

    fn character(&self, character: char) -> Diagnostic {
        if character.is_control() {
            // The parser names the text that it is in.
            let at = self.text[self.at..].find(character).map_or(self.at, |found| self.at + found);
            let message =
                format!("the control character U+{:04X} is not allowed in YAML", u32::from(character));
            return Diagnostic::error("OX001", message, Span::new(at, at + 1)).with_help("remove it");
        }
        let whole = quoted(rest_of_line(self.text, self.at));
        self.found(
            "OX001",
            &format!("a text without quotes can't begin with `{character}`"),
            character.len_utf8(),
        )
        .with_help(format!("quote it: `{}`", self.entry(&whole)))
        .with_fix_if(self.quote_to_the_end_of_line(true))
    }

    fn unknown_anchor(&self) -> Diagnostic {
        let rest = line_from(self.text, self.at);
        let name = rest.split([' ', '\t', ',', ']', '}']).next().unwrap_or_default();
        let whole = quoted(rest_of_line(self.text, self.at));
        let message = format!("`{}` is read as an alias, and nothing above is named so", beginning(name));
        self.found("OX010", &message, name.len().max(1))
            .with_help(format!("quote a text that begins with `*`: `{}`", self.entry(&whole)))
            .with_fix_if(self.quote_to_the_end_of_line(!self.text.contains('&')))
    }

    /// Of a text that is not in brackets: there it may end before the line does.
    fn quote_to_the_end_of_line(&self, is_safe: bool) -> Option<Fix> {
        let length = rest_of_line(self.text, self.at).len();
        let fix = quote_fix(self.text, Span::new(self.at, self.at + length), is_safe);
        fix.filter(|_| self.situation.flow.is_none())
    }

    fn key_without_colon(&self) -> Diagnostic {
        let line = rest_of_line(self.text, self.at);
        let found = self.found("OX001", "a key without `: ` and a value", line.len().max(1));
        match line.split_once(':') {
            Some((key, value)) if !value.is_empty() => {
                let is_word = key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
                let written = line_from(self.text, self.at);
                let blank = written.len() - written.trim_start_matches([' ', '\t']).len();
                let behind = Span::at(self.at + blank + key.len() + 1);
                found
                    .with_help(format!(
                        "a space belongs behind the colon: `{}: {}`",
                        beginning(key),
                        beginning(value)
                    ))
                    .with_fix(Fix { is_safe: is_word, ..Fix::safe(behind, " ") })
            }
            _ => found.with_help("write `key: value`; a text of several lines is indented more than its key"),
        }
    }

    fn indentation(&self) -> Diagnostic {
        let line = line_start(self.text, self.at);
        let start = line + line_from(self.text, line).len() - line_from(self.text, line).trim_start().len();
        let words = rest_of_line(self.text, start);
        let found = Diagnostic::error(
            "OX001",
            "the indentation of this line fits nothing above it",
            Span::new(start, start + words.len()),
        );
        if words.starts_with('-') {
            return found.with_help("a list item stands under its key, not beside other keys");
        }
        found.with_help("keys of one map stand exactly under one another")
    }

    /// `{ message: a #b }`: the bracket is a part of the comment.
    fn hidden_bracket(&self) -> Option<Diagnostic> {
        let last = self.situation.last;
        let cut = super::words::comment_behind(self.text, last.end)?;
        let hides = self.situation.flow.is_some() && self.between(cut.start, cut.end).contains(['}', ']']);
        let length = flow_length(&self.text[last.start..])?;
        let span = Span::new(last.start, last.start + length);
        (hides && span.end > cut.start && !self.between(last.start, last.end).starts_with(['"', '\''])).then(
            || {
                let text = exactly_quoted(self.between(span.start, span.end));
                Diagnostic::error(
                    "OX113",
                    "the text ends before ` #`, and the brackets behind it are a comment in YAML",
                    cut,
                )
                .with_help(format!(
                    "quote the text: `{}`",
                    self.entry(&quoted(self.between(span.start, span.end)))
                ))
                .with_fix_if(text.map(|text| Fix::safe(span, text)))
            },
        )
    }

    fn bracket(&self, kind: &ErrorKind) -> Diagnostic {
        if *kind == ErrorKind::MisplacedFlowCollectionEnd {
            return self
                .found("OX001", "this bracket closes nothing", 1)
                .with_help("remove it, or quote the text");
        }
        let separator = matches!(
            kind,
            ErrorKind::ExpectedFlowMappingSeparator | ErrorKind::ExpectedFlowSequenceSeparator
        );
        if let Some(found) = self.hidden_bracket() {
            return found;
        }
        match self.situation.flow {
            Some(open) if separator && !self.between(open, self.at).contains('\n') => {
                let close = if self.text[open..].starts_with('{') { '}' } else { ']' };
                self.found("OX001", &format!("a `,` or `{close}` is missing here"), 1)
                    .with_note(Span::new(open, open + 1), "opened here")
                    .with_help("separate what stands in brackets by commas; quote texts that hold `,`, brackets or `: `")
            }
            Some(open) if open == self.at => unclosed(self.text, open),
            Some(open) => {
                unclosed(self.text, open).with_note(Span::new(self.at, self.at + 1), "noticed here")
            }
            None => unclosed(self.text, self.at),
        }
    }
}

fn unclosed(text: &str, open: usize) -> Diagnostic {
    let bracket = text[open..].chars().next().unwrap_or('[');
    let close = if bracket == '{' { '}' } else { ']' };
    Diagnostic::error("OX001", format!("the `{bracket}` is not closed"), Span::new(open, open + 1))
        .with_help(format!("write the `{close}`; a text that begins with a bracket needs quotes"))
}

/// How long a value in brackets is: up to the next comma or bracket that is not its own, outside of quotes.
fn flow_length(text: &str) -> Option<usize> {
    let (mut quote, mut depth) = (None, 0usize);
    for (at, character) in text.char_indices() {
        match character {
            '\n' | '\r' => return None,
            _ if quote.is_some() => quote = quote.filter(|open| *open != character),
            '\'' | '"' => quote = Some(character),
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' if depth > 0 => depth -= 1,
            ',' | ']' | '}' if depth == 0 => return Some(text[..at].trim_end().len()),
            _ => {}
        }
    }
    None
}

/// How long the expression is that a line begins with; nothing where its end does not come.
fn expression_length(line: &str) -> Option<usize> {
    let (mut quote, mut braces, mut escaped) = (None, 0usize, false);
    let body = line.strip_prefix("${{")?;
    for (at, character) in body.char_indices() {
        if let Some(open) = quote {
            quote = Some(open).filter(|_| escaped || character != open);
            escaped = character == '\\' && !escaped;
            continue;
        }
        match character {
            '\'' | '"' => quote = Some(character),
            '{' => braces += 1,
            '}' if braces > 0 => braces -= 1,
            '}' => return body[at..].starts_with("}}").then_some("${{".len() + at + 2),
            _ => {}
        }
    }
    None
}

/// Where `${{` stands outside quotes.
fn unquoted_expression(text: &str) -> Option<usize> {
    let mut quote = None;
    for (at, character) in text.char_indices() {
        if quote.is_some() {
            quote = quote.filter(|open| *open != character);
        } else if "'\"".contains(character) && !text[..at].ends_with(char::is_alphanumeric) {
            // An apostrophe inside a word opens nothing.
            quote = Some(character);
        } else if text[at..].starts_with("${{") {
            return Some(at);
        }
    }
    None
}
