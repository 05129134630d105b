//! By what the ledger knows the effect of a step.

use crate::definition::{Once, Uses};
use jiff::SignedDuration;
use outx_ledger::{Repeat, chosen_key, entry_key};
use outx_model::{ActionKey, Endpoint, EntryKey};
use serde_json::Value;

/// What a step of a workflow would be known by. `step` is the workflow's name and the ids that lead to the step, without
/// the keys of items: `warm-intro/person.thanks`; `chosen` the key that its `once` gave.
pub fn entry_of(
    uses: &Uses,
    endpoint: Endpoint,
    step: &str,
    chosen: Option<&str>,
    input: &Value,
    by: &ActionKey,
) -> (EntryKey, Repeat) {
    match (&uses.once, chosen) {
        (Some(Once::Each), _) => (EntryKey::new(by.as_str()), Repeat::Never),
        (Some(Once::Key { within, .. }), Some(key)) => {
            let holds = within.and_then(|within| SignedDuration::try_from(within).ok());
            (chosen_key(key), Repeat::Chosen { holds })
        }
        _ => (entry_key(endpoint.spec(), input, by, Some(step)), Repeat::Never),
    }
}
