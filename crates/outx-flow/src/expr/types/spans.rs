//! Where a part of an expression begins and ends.

use std::ops::Range;

use cel::common::ast::{Expr as Node, IdedExpr, operators as op};

use super::super::limits::for_each_child;
use super::super::program::Places;
use super::super::scan::{TokenKind, Tokens};

/// The bytes that a node takes in the source, its brackets included.
pub(super) fn span(node: &IdedExpr, places: &Places, source: &str) -> Range<usize> {
    let mut range = bare(node, places, source);
    // The tree has no round brackets: those that begin within and end behind belong to it.
    let open = Tokens::new(source.get(..range.end).unwrap_or(source), range.start)
        .map(|token| match token.kind {
            TokenKind::Open => 1i32,
            TokenKind::Close => -1,
            _ => 0,
        })
        .sum::<i32>();
    if open > 0 {
        let mut missing = open;
        for token in Tokens::new(source, range.end) {
            match token.kind {
                TokenKind::Open => missing += 1,
                TokenKind::Close => missing -= 1,
                _ => {}
            }
            range.end = token.end;
            if missing == 0 {
                break;
            }
        }
    }
    range.start = range.start.min(source.len());
    range.end = range.end.clamp(range.start, source.len());
    range
}

/// From the first place of the node or of anything in it to the end of the last one.
fn bare(node: &IdedExpr, places: &Places, source: &str) -> Range<usize> {
    let (mut first, mut last) = (usize::MAX, 0);
    let mut open = vec![node];
    while let Some(node) = open.pop() {
        let at = places.of(node.id);
        let start = match &node.expr {
            // A place is that of the parenthesis, and the name stands before it.
            Node::Call(call) if call.target.is_none() && is_name(&call.func_name) => word_before(source, at),
            Node::Select(select) if select.test => word_before(source, at),
            _ => at,
        };
        first = first.min(start);
        last = last.max(end_of(node, places, source));
        // What a macro made stands where the macro does.
        for_each_child(&node.expr, |child| open.push(child));
    }
    if first == usize::MAX { 0..0 } else { first..last.max(first) }
}

fn end_of(node: &IdedExpr, places: &Places, source: &str) -> usize {
    let at = places.of(node.id);
    let token_end = |at: usize| Tokens::new(source, at).next().map_or(at, |token| token.end);
    match &node.expr {
        Node::Select(select) if !select.test => word_after(source, at),
        Node::Call(call) if call.func_name == op::OPT_SELECT => word_after(source, at),
        Node::Call(call) if call.target.is_none() && !is_name(&call.func_name) => {
            match call.func_name.as_str() {
                op::INDEX | op::OPT_INDEX => closing(source, at),
                _ => token_end(at),
            }
        }
        Node::Literal(_) => places.end_of(node.id).max(at),
        Node::Ident(_) => token_end(at),
        _ => closing(source, at),
    }
}

/// The end of the bracket that opens at a place; where none does, of the token there.
fn closing(source: &str, at: usize) -> usize {
    let mut depth = 0usize;
    for token in Tokens::new(source, at) {
        match token.kind {
            TokenKind::Open => depth += 1,
            TokenKind::Close => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return token.end;
        }
    }
    source.len()
}

/// The field behind a dot.
pub(super) fn field(source: &str, dot: usize) -> Range<usize> {
    let word = Tokens::new(source, dot).find(|token| token.kind == TokenKind::Word);
    word.map_or(dot..dot, |token| token.start..token.end)
}

fn word_after(source: &str, dot: usize) -> usize {
    field(source, dot).end
}

/// Where the name begins that stands before a parenthesis.
fn word_before(source: &str, at: usize) -> usize {
    let before = source.get(..at).unwrap_or_default().trim_end();
    let name = before.trim_end_matches(|c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.'));
    name.len()
}

fn is_name(function: &str) -> bool {
    function.starts_with(|c: char| c.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::super::super::program::Written;
    use super::*;

    #[test]
    fn a_span_is_what_was_written() {
        for (source, part) in [
            ("é_ == 1", ""),
            ("a.b.c", "a.b.c"),
            ("a . b", "a . b"),
            ("a.?b[0]['x']", "a.?b[0]['x']"),
            ("'a' + size( x )", "'a' + size( x )"),
            ("2 * (a + b)", "2 * (a + b)"),
            ("xs.map(p, p.x) + [1, 2]", "xs.map(p, p.x) + [1, 2]"),
            ("math.greatest(1, a.b)", "math.greatest(1, a.b)"),
            ("has(a . b)", "has(a . b)"),
            ("{'a': b, 'c': f(1)}", "{'a': b, 'c': f(1)}"),
            ("cel.bind(x, a, x + 1)", "cel.bind(x, a, x + 1)"),
            ("-a ? 'b' : !c", "-a ? 'b' : !c"),
        ] {
            let Ok(Written { tree, places }) = Written::parse(source) else { continue };
            let range = span(&tree, &places, source);
            let written = &source[range];
            // What stands before a macro's parenthesis is not a part of the tree.
            assert!(
                part.ends_with(written) && part.len() - written.len() <= "cel.bind".len(),
                "{source}: {written}"
            );
        }
    }
}
