//! The list of behaviours, and the run over it.

use super::matrix::{Cell, Matrix};
use super::stand::Stand;
use super::subject::{Subject, Unsupported, Wish};
use super::{account, contract, seam, world};
use futures_util::future::BoxFuture;

/// Why a behaviour was not found.
#[derive(Debug)]
pub(super) enum Fail {
    Broken(String),
    NotOffered(Unsupported),
}

impl From<Unsupported> for Fail {
    fn from(missing: Unsupported) -> Self {
        Self::NotOffered(missing)
    }
}

impl From<String> for Fail {
    fn from(why: String) -> Self {
        Self::Broken(why)
    }
}

pub(super) type Found = Result<(), Fail>;

/// One thing that every back end does.
pub struct Behaviour {
    /// Its name, for the matrix.
    pub name: &'static str,
    /// What holds, in a sentence.
    pub says: &'static str,
    pub(super) wish: fn() -> Wish,
    pub(super) run: for<'a> fn(&'a Stand) -> BoxFuture<'a, Found>,
}

impl std::fmt::Debug for Behaviour {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Behaviour").field("name", &self.name).finish_non_exhaustive()
    }
}

/// A row of the list.
macro_rules! behaviour {
    ($run:ident, $says:literal) => {
        behaviour!($run, $says, $crate::conformance::Wish::default)
    };
    ($run:ident, $says:literal, $wish:expr) => {
        $crate::conformance::Behaviour {
            name: stringify!($run),
            says: $says,
            wish: $wish,
            run: |stand| Box::pin($run(stand)),
        }
    };
}
pub(super) use behaviour;

/// All behaviours, in the order of the matrix.
pub fn behaviours() -> impl Iterator<Item = &'static Behaviour> {
    [contract::ALL, account::ALL, world::ALL, seam::ALL].into_iter().flatten()
}

/// Holds back ends to all behaviours, one after the other. It runs on any executor that the back ends run on.
pub async fn run(subjects: &[&dyn Subject]) -> Matrix {
    let mut rows: Vec<_> = behaviours().map(|b| (b.name, b.says, Vec::new())).collect();
    for subject in subjects {
        for (behaviour, (_, _, cells)) in behaviours().zip(&mut rows) {
            let cell = match subject.stage(&(behaviour.wish)()).await {
                Err(missing) => Cell::NotOffered(missing.to_string()),
                Ok(stage) => match (behaviour.run)(&Stand::new(stage)).await {
                    Ok(()) => Cell::Held,
                    Err(Fail::Broken(why)) => Cell::Broken(why),
                    Err(Fail::NotOffered(missing)) => Cell::NotOffered(missing.to_string()),
                },
            };
            cells.push(cell);
        }
    }
    Matrix { columns: subjects.iter().map(|subject| subject.name().to_owned()).collect(), rows }
}
