//! The lists and maps that are being read, from the root inwards.

use super::{Key, Node, NodeValue};

/// A list or map whose end has not come.
pub(super) struct Open {
    pub(super) start: usize,
    pub(super) flow: bool,
    pub(super) children: Children,
}

pub(super) enum Children {
    List(Vec<Node>),
    Map(Vec<(Key, Node)>, Option<Key>),
}

impl Open {
    /// How many children are complete: the number of the one that comes.
    pub(super) fn len(&self) -> usize {
        match &self.children {
            Children::List(items) => items.len(),
            Children::Map(entries, _) => entries.len(),
        }
    }
}

/// The node at a path, when it is complete.
pub(super) fn complete<'t>(open: &'t [Open], path: &[usize]) -> Option<&'t Node> {
    let level = path.iter().zip(open).position(|(number, open)| *number < open.len())?;
    let mut node = match &open.get(level)?.children {
        Children::List(items) => items.get(path[level])?,
        Children::Map(entries, _) => &entries.get(path[level])?.1,
    };
    for number in &path[level + 1..] {
        node = match &node.value {
            NodeValue::List(items) => items.get(*number)?,
            NodeValue::Map(entries) => &entries.get(*number)?.1,
            _ => return None,
        };
    }
    Some(node)
}
