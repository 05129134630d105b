//! The list of behaviours, and the run over it.

use super::stand::Stand;
use super::subject::Subject;
use super::{owners, past, restart, submitting};
use futures_util::future::BoxFuture;
use outx_transport::conformance::{Cell, FakeSubject, Matrix};

/// Nothing, or what was seen instead of what must hold.
pub(super) type Found<T = ()> = Result<T, String>;

/// One thing that every engine does.
pub struct Behaviour {
    /// Its name, for the matrix.
    pub name: &'static str,
    /// What holds, in a sentence.
    pub says: &'static str,
    pub(super) run: for<'a> fn(&'a Stand<'a>) -> BoxFuture<'a, Found>,
}

impl std::fmt::Debug for Behaviour {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Behaviour").field("name", &self.name).finish_non_exhaustive()
    }
}

/// A row of the list.
macro_rules! behaviour {
    ($run:ident, $says:literal) => {
        $crate::suite::Behaviour { name: stringify!($run), says: $says, run: |stand| Box::pin($run(stand)) }
    };
}
pub(super) use behaviour;

/// All behaviours, in the order of the matrix.
pub fn behaviours() -> impl Iterator<Item = &'static Behaviour> {
    [restart::ALL, submitting::ALL, owners::ALL, past::ALL].into_iter().flatten()
}

/// Holds engines to all behaviours, one after the other, each in a virtual time of its own.
pub fn run(subjects: &[&dyn Subject]) -> Matrix {
    let mut rows: Vec<_> = behaviours().map(|b| (b.name, b.says, Vec::new())).collect();
    for subject in subjects {
        for (behaviour, (_, _, cells)) in behaviours().zip(&mut rows) {
            let found = FakeSubject::simulate(async |service| {
                (behaviour.run)(&Stand { subject: *subject, service }).await
            });
            cells.push(match found {
                Ok(Ok(())) => Cell::Held,
                Ok(Err(seen)) => Cell::Broken(seen),
                Err(stalled) => Cell::Broken(stalled.to_string()),
            });
        }
    }
    Matrix { columns: subjects.iter().map(|subject| subject.name().to_owned()).collect(), rows }
}
