//! Whom an account has written to, and when last.

use crate::entry::Entry;
use crate::settle::has_no_effect;
use jiff::Timestamp;
use outx_model::{ActionState, Effect, PersonName, Target, WriteDone, write_done};
use std::collections::BTreeSet;

impl Entry {
    /// The people that its writes are about, those of earlier tries too: by these a store finds the entry again.
    pub fn written_to(&self) -> BTreeSet<PersonName> {
        let writes = self.tries().filter(|tried| tried.effect == Effect::Write);
        writes.flat_map(|tried| tried.about()).collect()
    }

    /// When the account last wrote to a person under this entry, or may have, as far as these are the person's names;
    /// nothing where it certainly did not: refused, rejected, not sent, failed, or said by its output not to be done.
    /// What is being sent, in doubt or without a known outcome counts. The moment is that of its last permission.
    pub fn wrote_to(&self, names: &[PersonName]) -> Option<Timestamp> {
        let tries = self.tries().filter(|tried| {
            tried.effect == Effect::Write
                && tried.may_have_effect()
                && tried.about().iter().any(|name| names.contains(name))
        });
        tries.map(|tried| tried.begun_at).max()
    }

    /// All names of the person whom the present try is about.
    fn about(&self) -> Vec<PersonName> {
        let target = match &self.target {
            Some(Target::Person(key)) => Some(PersonName::Id(key.clone())),
            _ => None,
        };
        target.into_iter().chain(self.names.iter().cloned()).collect()
    }

    fn may_have_effect(&self) -> bool {
        if has_no_effect(&self.action) {
            return false;
        }
        let is_done = matches!(self.action.state(), ActionState::Completed { .. });
        let view = self.endpoint.spec().zip(self.output.as_ref()).map(|(spec, output)| spec.view(output));
        !(is_done && view.is_some_and(|view| write_done(&view) == WriteDone::NotDone))
    }
}
