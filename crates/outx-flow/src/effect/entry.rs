//! By what the ledger knows the effect of a step.

use crate::definition::{Once, Uses};
use jiff::SignedDuration;
use outx_ledger::{Repeat, call_key, chosen_key, shared_key};
use outx_model::{ActionKey, Call, Effect, EntryKey};
use serde_json::Value;

/// What a step of a workflow is known by: the key that its `once` gave, or, where that says so, nothing but the action
/// itself. Both are those that it was begun under, whatever a later definition says. `step` is the workflow's name and the
/// ids that lead to the step, without the keys of items: `warm-intro/person.thanks`.
pub fn entry_of(
    uses: &Uses,
    (chosen, like_no_other): (Option<&str>, bool),
    call: Call,
    step: &str,
    input: &Value,
    by: &ActionKey,
) -> (EntryKey, Repeat) {
    match chosen {
        Some(key) => {
            let within = match &uses.once {
                Some(Once::Key { within, .. }) => *within,
                _ => None,
            };
            let holds = within.and_then(|within| SignedDuration::try_from(within).ok());
            (chosen_key(key), Repeat::Chosen { holds })
        }
        None if uses.cache.is_some() && call.effect() == Effect::Read => {
            let holds = uses.cache.and_then(|cache| SignedDuration::try_from(cache).ok());
            let holds = holds.unwrap_or(SignedDuration::MAX);
            (shared_key(call, input), Repeat::Fresh { holds })
        }
        None if like_no_other => (EntryKey::new(by.as_str()), Repeat::Never),
        None => (call_key(call, input, by, Some(step)), Repeat::Never),
    }
}
