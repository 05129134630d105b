//! What aliases stand for, and what copying it may cost.
//!
//! An anchor is remembered by where its node stands in the tree that is being built, so that naming a node
//! costs nothing; only an alias copies, and all copies of a file together are bounded.

use super::{MAX_BYTES, MAX_DEPTH, Node, NodeValue};
use crate::diagnostic::Span;
use std::collections::HashMap;

/// The nodes that all aliases of a file together may stand for.
pub const MAX_COPIED: usize = 10_000;

/// The anchors of a file.
#[derive(Default)]
pub(super) struct Anchors {
    by_id: HashMap<usize, Anchor>,
    copied: Size,
}

pub(super) struct Anchor {
    /// The numbers of the children to descend through from the root.
    pub(super) path: Vec<usize>,
    /// The `&name`.
    pub(super) span: Option<Span>,
    /// True where the anchor stands before a plain text, so that it may have been meant as its first word.
    pub(super) plain: bool,
    pub(super) node: Span,
    used: bool,
}

/// Why an alias can't be followed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refused {
    TooMuch,
    TooDeep,
}

#[derive(Default, Clone, Copy)]
struct Size {
    nodes: usize,
    bytes: usize,
}

impl Anchors {
    pub(super) fn insert(&mut self, id: usize, path: Vec<usize>, plain: bool, node: Span) {
        self.by_id.insert(id, Anchor { path, span: None, plain, node, used: false });
    }

    pub(super) fn name(&mut self, id: usize, span: Span) {
        if let Some(anchor) = self.by_id.get_mut(&id) {
            anchor.span = Some(span);
        }
    }

    /// The anchor that an alias names; from now on it is used.
    pub(super) fn follow(&mut self, id: usize) -> Option<Vec<usize>> {
        let anchor = self.by_id.get_mut(&id)?;
        anchor.used = true;
        Some(anchor.path.clone())
    }

    /// Admits a copy of `node` below `depth` open collections.
    pub(super) fn admit(&mut self, node: &Node, depth: usize) -> Result<(), Refused> {
        let mut size = self.copied;
        let height = measure(node, &mut size).ok_or(Refused::TooMuch)?;
        if depth + height > MAX_DEPTH {
            return Err(Refused::TooDeep);
        }
        self.copied = size;
        Ok(())
    }

    /// Anchors before plain texts that no alias names, in the order of the file.
    pub(super) fn unused(&self) -> Vec<(Span, Span)> {
        let mut unused: Vec<_> = self
            .by_id
            .values()
            .filter(|anchor| anchor.plain && !anchor.used)
            .filter_map(|anchor| Some((anchor.span?, anchor.node)))
            .collect();
        unused.sort();
        unused
    }
}

/// Adds what a copy costs, and tells how many collections are nested in it; `None` when the file's whole
/// budget is spent, found before anything is copied.
fn measure(node: &Node, size: &mut Size) -> Option<usize> {
    size.nodes += 1;
    if let NodeValue::Text(text) = &node.value {
        size.bytes += text.value.len();
    }
    if size.nodes > MAX_COPIED || size.bytes > MAX_BYTES {
        return None;
    }
    let mut height = 0;
    match &node.value {
        NodeValue::List(items) => {
            for item in items {
                height = height.max(measure(item, size)?);
            }
            Some(height + 1)
        }
        NodeValue::Map(entries) => {
            for (key, value) in entries {
                size.bytes += key.name.len();
                height = height.max(measure(value, size)?);
            }
            Some(height + 1)
        }
        _ => Some(0),
    }
}
