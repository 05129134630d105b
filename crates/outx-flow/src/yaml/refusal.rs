//! What well-formed YAML is refused for.

use super::scalar::NotTaken;
use super::words::{beginning, entry, exactly_quoted, quote_fix, quoted};
use super::{Key, MAX_BYTES, MAX_COPIED, MAX_DEPTH, MAX_NODES, Node};
use crate::diagnostic::{Diagnostic, Fix, Source, Span};

const LONG_LISTS: &str = "keep long lists in a CSV or JSON file, and give it with `-i name=@file`";

pub(super) fn too_long(source: &Source) -> Diagnostic {
    let message = format!("the file has {} bytes; the most is {MAX_BYTES}", source.text().len());
    Diagnostic::error("OX011", message, Span::at(0)).with_help(LONG_LISTS)
}

pub(super) fn too_many(span: Span) -> Diagnostic {
    Diagnostic::error("OX011", format!("the file has more than {MAX_NODES} values"), span)
        .with_help(LONG_LISTS)
}

pub(super) fn too_deep(span: Span) -> Diagnostic {
    Diagnostic::error("OX011", format!("lists and maps are nested more than {MAX_DEPTH} deep"), span)
        .with_help("a workflow needs no more than a dozen levels: is this the file you meant?")
}

pub(super) fn too_much_copied(span: Span) -> Diagnostic {
    let message = format!("the aliases of this file stand for more than {MAX_COPIED} values");
    Diagnostic::error("OX010", message, span)
        .with_help("write what you mean once, and let steps refer to it with `${{ … }}`")
}

pub(super) fn alias(of_value: bool, span: Span) -> Diagnostic {
    let message = if of_value { "an alias inside the value it names" } else { "an alias of a key" };
    Diagnostic::error("OX010", message, span)
        .with_help("an alias `*name` stands for a complete value written above with `&name`")
}

pub(super) fn unused_anchor(source: &Source, anchor: Span, node: Span) -> Diagnostic {
    let written = beginning(source.slice(anchor));
    let whole = quoted(source.slice(Span::new(anchor.start, node.end)));
    Diagnostic::error("OX010", format!("`{written}` is read as the name of an anchor"), anchor)
        .with_label("not a part of the text, and nothing refers to it")
        .with_help(format!("quote a text that begins with `&`: `{whole}`"))
        .with_fix_if(quote_fix(source.text(), Span::new(anchor.start, node.end), false))
}

pub(super) fn second_document(span: Span) -> Diagnostic {
    Diagnostic::error("OX008", "a second document begins here", span)
        .with_help("a file holds one document: remove the `---` or `...`, or make two files")
}

pub(super) fn equal_keys(first: &Key, again: &Key) -> Diagnostic {
    Diagnostic::error("OX006", format!("the key `{}` stands here twice", beginning(&again.name)), again.span)
        .with_label("again")
        .with_note(first.span, "first here")
        .with_help("rename or remove one of them")
}

pub(super) fn key_missing(span: Span) -> Diagnostic {
    Diagnostic::error("OX007", "a key is missing", span)
        .with_help("write a key before the `:`, or quote the text that contains it")
}

pub(super) fn merge_key(span: Span) -> Diagnostic {
    Diagnostic::error("OX007", "`<<` does not merge maps in YAML 1.2", span)
        .with_help("write the keys out, or give the whole map as an alias: `with: *name`")
}

pub(super) fn key_is_no_text(source: &Source, node: &Node) -> Diagnostic {
    let braces = source.slice(node.span).starts_with('{') && source.text()[..node.span.start].ends_with('{');
    let found = Diagnostic::error("OX007", "a key must be a text", node.span);
    if braces {
        return found
            .with_label("in YAML this is a map")
            .with_help("an expression is written `\"${{ … }}\"`")
            .with_fix_if(braced(source, node.span));
    }
    found
        .with_label(format!("this is {}", if node.is_null() { "an alias" } else { node.type_name() }))
        .with_help("quote it, if a text was meant")
}

/// `{{ x }}` as an expression, where it is all of a value.
fn braced(source: &Source, inner: Span) -> Option<Fix> {
    let outer = Span::new(inner.start.checked_sub(1)?, inner.end + 1);
    let written = source.slice(outer);
    let is_whole = written.starts_with("{{") && written.ends_with("}}") && !written.contains([':', ',']);
    let text = exactly_quoted(&format!("${written}")).filter(|_| is_whole)?;
    Some(Fix::safe(outer, text))
}

pub(super) fn tag_misfit(source: &Source, tag: Span) -> Diagnostic {
    let written = beginning(source.slice(tag));
    Diagnostic::error("OX009", format!("`{written}` does not fit what follows"), tag)
        .with_help("remove the tag, or quote the value to keep it as text")
}

pub(super) fn tag(source: &Source, key: Option<&Key>, tag: Span, node: Span) -> Diagnostic {
    let written = beginning(source.slice(tag));
    let whole = source.slice(Span::new(tag.start, node.end.max(tag.end)));
    let quoted = entry(key.map(|key| key.name.as_str()), &quoted(whole));
    let found = Diagnostic::error(
        "OX009",
        format!("`{written}` is read as a YAML tag, not as a part of the value"),
        tag,
    );
    // A list or map is told by its tag alone.
    if node == tag
        && source.text()[tag.end..].trim_start_matches(' ').starts_with(['{', '[', '\n', '\r', '#'])
    {
        return found.with_help(format!("remove it; or quote a text that begins with `!`: `{quoted}`"));
    }
    found.with_help(format!("quote a value that begins with `!`: `{quoted}`")).with_fix_if(quote_fix(
        source.text(),
        Span::new(tag.start, node.end.max(tag.end)),
        true,
    ))
}

pub(super) fn number(
    source: &Source,
    reason: NotTaken,
    value: &str,
    key: Option<&Key>,
    span: Span,
) -> Diagnostic {
    let message = match reason {
        NotTaken::TooLarge => format!("the number {} does not fit into 64 bits", beginning(value)),
        NotTaken::NotFinite => format!("`{value}` is a number that JSON does not have"),
    };
    let quoted = entry(key.map(|key| key.name.as_str()), &quoted(value));
    Diagnostic::error("OX012", message, span)
        .with_help(format!("quote it to keep it as text: `{quoted}`"))
        .with_fix_if(quote_fix(source.text(), span, true))
}
