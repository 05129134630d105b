//! How large an expression may be. Checked on its tokens before the parser recurses, and on its tree after.

use cel::common::ast::{EntryExpr, Expr as Node, IdedExpr};

use super::error::{ExprError, ExprErrorKind};
use super::scan::{TokenKind, Tokens};

/// Bytes of source.
const MAX_SOURCE: usize = 4096;
/// Brackets and ternaries in each other.
const MAX_NESTING: usize = 48;
/// Levels of the tree, which is as deep as a chain of operators is long.
const MAX_DEPTH: usize = 200;
/// Levels that a balanced chain of `&&` or `||` of the longest source has.
const LOGICAL_DEPTH: usize = 12;

fn limit(message: String) -> ExprError {
    ExprError::new(ExprErrorKind::Limit, message)
}

fn too_deep() -> ExprError {
    limit(format!("the expression is nested too deeply (at most {MAX_DEPTH} levels)"))
        .with_help("compute a part of it in `vars` or in a core.set step")
}

/// What is known of one open bracket: an upper bound for the depth of what stands in it.
#[derive(Default)]
struct Level {
    /// Deepest part before the last comma or logical operator.
    best: usize,
    /// Operators since then.
    operators: usize,
    /// Deepest bracket since then.
    child: usize,
    /// Ternaries since the last comma, and the most of them between two commas.
    ternaries: usize,
    deepest: usize,
    logical: bool,
}

impl Level {
    fn operand(&mut self) {
        self.best = self.best.max(self.operators + self.child);
        (self.operators, self.child) = (0, 0);
    }

    fn depth(mut self) -> usize {
        self.operand();
        self.best + 1 + self.deepest + if self.logical { LOGICAL_DEPTH } else { 0 }
    }
}

/// Refuses a source that the parser or the interpreter could not take without overflowing the stack.
pub(super) fn check_source(text: &str) -> Result<(), ExprError> {
    if text.len() > MAX_SOURCE {
        return Err(limit(format!(
            "the expression is too long ({} bytes, at most {MAX_SOURCE})",
            text.len()
        ))
        .at(MAX_SOURCE));
    }
    let mut levels = vec![Level::default()];
    let mut nesting = 0usize;
    let mut before = TokenKind::Open;
    for token in Tokens::new(text, 0) {
        let Some(level) = levels.last_mut() else { break };
        match token.kind {
            TokenKind::Operator => level.operators += 1,
            TokenKind::Comma => {
                level.operand();
                nesting = nesting.saturating_sub(std::mem::take(&mut level.ternaries));
            }
            TokenKind::Logical => {
                level.operand();
                level.logical = true;
            }
            // After a dot, a bracket or a comma it marks an optional.
            TokenKind::Question
                if matches!(before, TokenKind::Operator | TokenKind::Open | TokenKind::Comma) => {}
            TokenKind::Question => {
                level.ternaries += 1;
                level.deepest = level.deepest.max(level.ternaries);
                nesting += 1;
            }
            TokenKind::Open => {
                level.operators += 1;
                levels.push(Level::default());
                nesting += 1;
            }
            TokenKind::Close if levels.len() > 1 => {
                let closed = levels.pop().unwrap_or_default();
                nesting = nesting.saturating_sub(1 + closed.ternaries);
                if let Some(parent) = levels.last_mut() {
                    parent.child = parent.child.max(closed.depth());
                }
            }
            _ => {}
        }
        before = token.kind;
        if nesting > MAX_NESTING {
            return Err(limit(format!(
                "too many brackets and ternaries in each other (at most {MAX_NESTING})"
            ))
            .at(token.start)
            .with_help("compute a part of it in `vars` or in a core.set step"));
        }
        if levels.last().is_some_and(|it| it.operators + it.child > MAX_DEPTH) {
            return Err(too_deep().at(token.start));
        }
    }
    let depth = levels.into_iter().rev().fold(0, |inner, mut level| {
        level.child = level.child.max(inner);
        level.depth()
    });
    if depth > MAX_DEPTH { Err(too_deep()) } else { Ok(()) }
}

/// Refuses a tree that the macros made too deep.
pub(super) fn check_tree(root: &IdedExpr) -> Result<(), ExprError> {
    let mut open = vec![(root, 1)];
    while let Some((expr, depth)) = open.pop() {
        if depth > MAX_DEPTH {
            return Err(too_deep());
        }
        for_each_child(&expr.expr, |child| open.push((child, depth + 1)));
    }
    Ok(())
}

/// Calls `visit` for each expression directly below a node.
pub(super) fn for_each_child<'a>(node: &'a Node, mut visit: impl FnMut(&'a IdedExpr)) {
    match node {
        Node::Call(call) => {
            if let Some(target) = &call.target {
                visit(target);
            }
            call.args.iter().for_each(visit);
        }
        Node::Comprehension(it) => {
            [&it.iter_range, &it.accu_init, &it.loop_cond, &it.loop_step, &it.result]
                .into_iter()
                .for_each(visit);
        }
        Node::List(list) => list.elements.iter().for_each(visit),
        Node::Map(map) => map.entries.iter().for_each(|entry| {
            if let EntryExpr::MapEntry(entry) = &entry.expr {
                visit(&entry.key);
                visit(&entry.value);
            }
        }),
        Node::Select(select) => visit(&select.operand),
        Node::Struct(it) => it.entries.iter().for_each(|entry| {
            if let EntryExpr::StructField(field) = &entry.expr {
                visit(&field.value);
            }
        }),
        Node::Unspecified | Node::Ident(_) | Node::Literal(_) => {}
    }
}
