//! What a person can do to find out about a write that is in doubt: advice, and nothing acts on it.

use crate::fault::Fault;
use crate::show::{self, moment};
use crate::table::cell;
use outx_flow::RunReport;
use outx_flow::journal::{Event, Journal};
use outx_ledger::{Entry, LedgerStore, seen_connected};
use outx_model::{AccountId, ActionState, Call, Effect, Hint, PersonName, Target};
use outx_store::Store;
use std::collections::HashMap;

/// Lines of advice, by the path of the step.
pub(crate) type Advice = HashMap<String, Vec<String>>;

/// What can be done about each step of a run that is in doubt.
pub(crate) async fn of_run(store: &Store, report: &RunReport) -> Result<Advice, Fault> {
    let mut advice = Advice::new();
    let paths = show::doubts(report);
    let Some(account) = report.account.as_ref().filter(|_| !paths.is_empty()) else { return Ok(advice) };
    let facts = store.facts(&report.run_id).await?;
    let all = store.entries(account).await?;
    for path in paths {
        let begun = facts.iter().rev().find_map(|fact| match &fact.event {
            Event::Begun { entry, .. } if fact.path.as_str() == path => Some(entry),
            _ => None,
        });
        if let Some(entry) = begun.and_then(|key| all.iter().find(|entry| entry.key == *key)) {
            advice.insert(path, of_entry(store, entry, &all).await?);
        }
    }
    Ok(advice)
}

/// What can be done about an entry of the ledger, if it is a write in doubt. `all` are the account's entries.
pub(crate) async fn of_entry(store: &Store, entry: &Entry, all: &[Entry]) -> Result<Vec<String>, Fault> {
    if !is_in_doubt(entry) {
        return Ok(Vec::new());
    }
    let mut lines =
        of_target(store, &entry.account, entry.endpoint, entry.target.as_ref(), &entry.names).await?;
    if let Some(reading) = seen_connected(entry, all) {
        let task = reading.action.task_ids().into_iter().next();
        let task = task.map(|task| format!(", task {task}")).unwrap_or_default();
        let at = moment(reading.begun_at);
        lines.push(format!("a reading of connections since then has the person ({at}{task})"));
    }
    Ok(lines)
}

/// What can be done about a write on a target.
pub(crate) async fn of_target(
    store: &Store,
    account: &AccountId,
    endpoint: Call,
    target: Option<&Target>,
    names: &[PersonName],
) -> Result<Vec<String>, Fault> {
    Ok(hint(store, account, endpoint, target, names).await?.map(|hint| lines(&hint)).unwrap_or_default())
}

/// The hint of an entry, if it is a write in doubt.
pub(crate) async fn hint_of(store: &Store, entry: &Entry) -> Result<Option<Hint>, Fault> {
    if !is_in_doubt(entry) {
        return Ok(None);
    }
    hint(store, &entry.account, entry.endpoint, entry.target.as_ref(), &entry.names).await
}

async fn hint(
    store: &Store,
    account: &AccountId,
    endpoint: Call,
    target: Option<&Target>,
    names: &[PersonName],
) -> Result<Option<Hint>, Fault> {
    let mut known_as = names.to_vec();
    if let Some(Target::Person(id)) = target {
        known_as.extend(store.names_of(account, &PersonName::Id(id.clone())).await?);
    }
    Ok(match endpoint {
        Call::Known(endpoint) => endpoint.spec().hint(target, &known_as),
        Call::Other(..) => {
            Some(unknown("look on LinkedIn whether it was done; nothing else is known of this endpoint"))
        }
        Call::Kind(_) => Some(unknown("look where it was sent to, or at what it does, whether it was done")),
    })
}

fn unknown(look: &str) -> Hint {
    Hint { look: look.to_owned(), read: None }
}

fn is_in_doubt(entry: &Entry) -> bool {
    entry.effect == Effect::Write && matches!(entry.action.state(), ActionState::InDoubt { .. })
}

fn lines(hint: &Hint) -> Vec<String> {
    let mut lines = vec![hint.look.clone()];
    if let Some(read) = &hint.read {
        let fields = read.input.as_object().into_iter().flatten();
        let fields: Vec<_> = fields.map(|(name, value)| format!(" -i {name}={}", cell(value))).collect();
        lines.push(format!("outx task create {}{}: {}", read.endpoint, fields.concat(), read.tells));
    }
    lines
}
