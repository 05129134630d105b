//! Findings as a person reads them: the line, the mark under it, the remedy.

use super::{Diagnostic, Fix, Severity, Source, Span};
use annotate_snippets::{
    AnnotationKind, Group, Level, Origin, Patch, Renderer, Snippet, normalize_untrusted_str,
};

/// A line longer than this many bytes is shown in part, around its mark.
const LONG_LINE: usize = 2_000;
/// How much of such a line is shown before and after the mark, in bytes.
const AROUND: usize = 200;
/// Notes this many bytes away from the mark are told with their place and not drawn, so that what is drawn
/// stays small however large the file.
const FAR: usize = 64 * 1024;
/// A fix of more lines than these is told in words alone.
const MOST_LINES: usize = 12;

/// The findings as text, one after the other, with an empty line between two. Never panics, whatever the
/// spans. With `color`, ANSI sequences are used; control characters of the source are never passed on.
pub fn render(source: &Source, diagnostics: &[Diagnostic], color: bool) -> String {
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    let shown: Vec<String> =
        diagnostics.iter().map(|found| renderer.render(&groups(source, found))).collect();
    let mut text = shown.join("\n\n");
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

/// The finding, and behind it the lines as its fix would leave them, under the words of the remedy.
fn groups<'a>(source: &'a Source, found: &'a Diagnostic) -> Vec<Group<'a>> {
    let patch = found.fix.as_ref().and_then(|fix| patch(source, fix));
    let main = group(source, found, patch.is_none());
    let title = one_line(found.help.as_deref().unwrap_or("this mends it"));
    let patch = patch.map(|patch| Group::with_title(Level::HELP.secondary_title(title)).element(patch));
    [Some(main), patch].into_iter().flatten().collect()
}

/// A fix as it is drawn; nothing for one of long or of many lines.
fn patch<'a>(source: &'a Source, fix: &'a Fix) -> Option<Snippet<'a, Patch<'a>>> {
    let window = lines(source, source.clamp(fix.reach()));
    let shown = source.slice(window);
    let is_long = |text: &str| text.split('\n').any(|line| line.len() > LONG_LINE);
    let new = fix.edits.iter().map(|edit| edit.text.as_str());
    if !fix.fits(source.text())
        || shown.lines().count() > MOST_LINES
        || is_long(shown)
        || new.clone().any(is_long)
    {
        return None;
    }
    let inside = |span: Span| span.start - window.start..span.end - window.start;
    let patches = fix.edits.iter().map(|edit| Patch::new(inside(edit.span), edit.text.as_str()));
    let snippet = Snippet::source(drawable(shown)).line_start(source.place(window.start).line);
    Some(snippet.patches(patches))
}

fn group<'a>(source: &'a Source, found: &'a Diagnostic, with_help: bool) -> Group<'a> {
    let level = match found.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let primary = visible(source, found.span);
    let (near, far): (Vec<_>, Vec<_>) = found
        .notes
        .iter()
        .map(|(span, text)| (visible(source, *span), text))
        .partition(|(span, _)| span.start.abs_diff(primary.start) < FAR);

    let first = near.iter().map(|(span, _)| span.start).chain([primary.start]).min().unwrap_or_default();
    let last = near.iter().map(|(span, _)| span.end).chain([primary.end]).max().unwrap_or_default();
    let window = lines(source, Span::new(first, last));
    let shown = source.slice(window);

    let mut group = Group::with_title(level.primary_title(one_line(&found.message)).id(found.code));
    let mut told = far;
    if shown.split('\n').any(|line| line.len() > LONG_LINE) {
        told.extend(near);
        let place = source.place(primary.start);
        let excerpt = excerpt(source, primary);
        let mark = AnnotationKind::Primary
            .span(excerpt.mark.start..excerpt.mark.end)
            .label(found.label.as_deref().map(one_line));
        group = group
            .element(Origin::path(source.name()).line(place.line).char_column(place.column))
            .element(Snippet::source(excerpt.text).line_start(place.line).annotation(mark));
    } else {
        let inside = |span: Span| span.start - window.start..span.end - window.start;
        let mut snippet = Snippet::source(drawable(shown))
            .path(source.name())
            .line_start(source.place(window.start).line)
            .annotation(
                AnnotationKind::Primary.span(inside(primary)).label(found.label.as_deref().map(one_line)),
            );
        for (span, text) in near {
            snippet = snippet.annotation(AnnotationKind::Context.span(inside(span)).label(one_line(text)));
        }
        group = group.element(snippet);
    }
    for (span, text) in told {
        group =
            group.element(Level::NOTE.message(format!("{}: {}", source.locate(span.start), one_line(text))));
    }
    if let Some(help) = found.help.as_ref().filter(|_| with_help) {
        let help: Vec<String> = help.lines().map(normalize_untrusted_str).collect();
        group = group.element(Level::HELP.message(help.join("\n")));
    }
    group
}

/// The span as it is marked: within the text, and without the blank end that spans of several lines have.
fn visible(source: &Source, span: Span) -> Span {
    let span = source.clamp(span);
    let text = source.slice(span);
    let kept = if text.contains('\n') { text.trim_end().len() } else { text.len() };
    Span::new(span.start, span.start + kept)
}

/// The whole lines that a span touches, with the last one's end, so that `\r\n` stays whole.
fn lines(source: &Source, span: Span) -> Span {
    let text = source.text();
    let start = text[..span.start].rfind('\n').map_or(0, |at| at + 1);
    let end = text[span.end..].find('\n').map_or(text.len(), |at| span.end + at + 1);
    Span::new(start, end)
}

/// The renderer counts no line behind a last newline and can't mark one; another newline makes it a line.
fn drawable(shown: &str) -> String {
    if shown.ends_with('\n') { format!("{shown}\n") } else { shown.to_owned() }
}

struct Excerpt {
    text: String,
    mark: Span,
}

/// The part of a long line around its mark.
fn excerpt(source: &Source, span: Span) -> Excerpt {
    let text = source.text();
    let mut line = lines(source, Span::at(span.start));
    line.end = (line.start + source.slice(line).trim_end_matches(['\r', '\n']).len()).max(span.start);
    let end = span.end.min(line.end).max(span.start);
    let from = text.ceil_char_boundary(span.start.saturating_sub(AROUND)).max(line.start).min(span.start);
    let to = text.floor_char_boundary((span.start + AROUND).min(line.end)).max(span.start);
    let before = if from > line.start { "…" } else { "" };
    let after = if to < line.end { "…" } else { "" };
    let start = before.len() + span.start - from;
    let cut = format!("{before}{}{after}", text.get(from..to).unwrap_or_default());
    let end = (start + end.min(to) - span.start).max(start);
    Excerpt { text: cut, mark: Span::new(start, end) }
}

fn one_line(text: &str) -> String {
    text.split(['\n', '\r']).map(str::trim).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}
