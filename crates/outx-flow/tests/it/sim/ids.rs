//! The law: no id is lost. A task that the service made is known to the ledger, or its entry says that it may be.

use super::verdict::{Law, Violation, violation};
use super::world::World;
use crate::lab::account;
use outx_ledger::{Entry, LedgerStore};
use outx_model::{Attempt, Call, ContentHash, Target};
use std::collections::{BTreeMap, BTreeSet};

pub(super) async fn kept(world: &World) -> Result<(), Violation> {
    let entries = world.disk.ledger().entries(&account()).await.unwrap();
    let tries: Vec<_> = entries.iter().flat_map(Entry::tries).collect();
    let known: BTreeSet<_> = tries.iter().flat_map(|tried| tried.action.task_ids()).collect();
    // Of which write, or read, how many attempts may have made a task that nobody heard of.
    let mut open = BTreeMap::<(Call, String), usize>::new();
    for tried in &tries {
        let unheard = |attempt: &Attempt| attempt.may_have_been_sent() && attempt.accepted.is_empty();
        let count = tried.action.attempts().filter(|(_, attempt)| unheard(attempt)).count();
        let what = what(tried.target.as_ref(), tried.input);
        *open.entry((tried.endpoint, what)).or_default() += count;
    }
    let requests = world.host.with(|service| service.requests().to_vec());
    for request in requests {
        let Some(task) = request.task.filter(|task| !known.contains(task)) else { continue };
        let input = request.input.value();
        let target = request.endpoint.spec().and_then(|spec| spec.target(&input));
        let what = what(target.as_ref(), ContentHash::of_json(&input));
        let Some(left @ 1..) = open.get_mut(&(request.endpoint, what)) else {
            let text = format!("the task {task} of {} at {} is lost", request.endpoint, request.at);
            return violation(Law::IdsKept, format!("{text}; the ledger has {}", told(&entries)));
        };
        *left -= 1;
    }
    Ok(())
}

/// A write is told by its target, because its try may have had other words before; a read by its input.
fn what(target: Option<&Target>, input: ContentHash) -> String {
    target.map_or_else(|| input.to_string(), ToString::to_string)
}

fn told(entries: &[Entry]) -> String {
    let lines: Vec<_> =
        entries.iter().map(|entry| format!("{} ({})", entry.key, entry.action.state().word())).collect();
    lines.join(", ")
}
