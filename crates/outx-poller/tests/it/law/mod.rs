//! Completion laws: as data, as they are learned, and as they are kept.

mod data;
mod drawn;
mod keeping;
mod learning;
mod merging;
mod sampling;

pub(crate) use drawn::{Chance, any_law, at, learned, secs, seen};
