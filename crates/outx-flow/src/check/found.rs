//! What a step was found to use: its dependencies, and what its expressions read.

use crate::definition::{Attribute, Used};
use crate::diagnostic::Span;
use crate::graph::Strength;
use std::collections::BTreeSet;
use std::sync::Arc;

/// A dependency: so many blocks out, the step's number there, how strongly.
pub(super) type Edge = (usize, usize, Strength);
/// What a step was found to use.
#[derive(Default)]
pub(super) struct Found {
    pub used: BTreeSet<UsedKey>,
    /// Dependencies of the step's own expressions; `after` makes them a matter of order.
    pub edges: Vec<Edge>,
    /// Dependencies that `after` does not weaken: `needs`, and those of steps inside.
    pub firm: Vec<Edge>,
    /// The steps that `after` names.
    pub after: Vec<(usize, usize)>,
    /// Where outputs are read.
    pub reads: Vec<Read>,
    /// Where secrets are named.
    pub secrets: Vec<Span>,
    /// The steps that the condition asks about.
    pub asked: Vec<(usize, usize)>,
}

/// A place where a step's output is read.
#[derive(Debug, Clone)]
pub(super) struct Read {
    pub level: usize,
    pub index: usize,
    /// As it is written.
    pub path: String,
    pub span: Span,
    /// The expression looks as if it could do without the value.
    pub guarded: bool,
}

/// [`Used`] in an order of its own, so that the order of a file's expressions does not matter.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum UsedKey {
    Step(usize, usize, Attribute),
    Var(usize, usize),
    Input(Arc<str>),
    Root(Arc<str>),
}

impl Found {
    /// Adds what is found in steps inside, as seen from the block around them.
    pub(super) fn add_outward(&mut self, inner: &Self) {
        let outward = inner.edges.iter().filter(|(level, ..)| *level > 0);
        self.firm.extend(outward.map(|(level, on, strength)| (level - 1, *on, *strength)));
        self.secrets.extend(&inner.secrets);
    }

    /// All dependencies.
    pub(super) fn into_edges(self) -> Vec<Edge> {
        let Self { edges, firm, after, .. } = self;
        let own = edges.into_iter().map(|(level, on, strength)| {
            (level, on, if after.contains(&(level, on)) { Strength::Order } else { strength })
        });
        let ordered = after.iter().map(|(level, on)| (*level, *on, Strength::Order));
        own.chain(firm).chain(ordered).collect()
    }

    /// What is used, in a stable order.
    pub(super) fn used(&self) -> Vec<Used> {
        let used = self.used.iter().map(|key| match key {
            UsedKey::Step(level, index, attribute) => {
                Used::Step { level: *level, index: *index, attribute: *attribute }
            }
            UsedKey::Var(level, index) => Used::Var { level: *level, index: *index },
            UsedKey::Input(name) => Used::Input(name.clone()),
            UsedKey::Root(root) => Used::Root(root.clone()),
        });
        used.collect()
    }
}
