//! `outx ledger`

use super::print_json;
use crate::account::named;
use crate::args::{LedgerArgs, Output};
use crate::fault::Fault;
use crate::home::Home;
use crate::print::{say, tell};
use crate::{Exit, doubts};
use outx_ledger::{Entry, LedgerStore};
use outx_model::{ActionState, Effect, Endpoint, Hint, PersonName, Target};
use serde_json::json;

pub(crate) async fn ledger(args: &LedgerArgs) -> Result<Exit, Fault> {
    let home = Home::find()?;
    let account = named(&args.account, &home).await?;
    let person = args.person.as_deref().map(PersonName::read).transpose();
    let person = person.map_err(|why| Fault::usage(why, ""))?;
    let store = home.store()?;
    let entries = store.entries(&account).await?;
    let endpoint = args.endpoint.as_deref();
    // A name that stands nowhere is a mistake, unless it is an endpoint's of which nothing was sent.
    if let Some(name) = endpoint.filter(|name| !entries.iter().any(|entry| entry.endpoint.name() == *name)) {
        name.parse::<Endpoint>().map_err(|error| Fault::usage(error.to_string(), ""))?;
    }
    let names = match &person {
        Some(name) => store.names_of(&account, name).await?,
        None => Vec::new(),
    };
    let wanted = |Try { entry, .. }: &Try| {
        endpoint.is_none_or(|name| entry.endpoint.name() == name)
            && (person.is_none() || names.iter().any(|name| concerns(entry, name)))
            && args.state.as_ref().is_none_or(|state| entry.action.state().word() == state)
    };
    let found: Vec<_> = entries.iter().flat_map(tries).filter(wanted).collect();
    match args.output {
        Output::Json => {
            let mut list = Vec::new();
            for tried in &found {
                list.push(as_json(tried, doubts::hint_of(&store, &tried.entry).await?));
            }
            print_json(&list);
        }
        Output::Text if found.is_empty() => say!("the ledger of {account} has nothing of that"),
        Output::Text => {
            for tried in &found {
                tell!("{}", line(tried));
                for line in doubts::of_entry(&store, &tried.entry, &entries).await? {
                    tell!("    {line}");
                }
            }
        }
    }
    Ok(Exit::Success)
}

/// A try of an entry, as an entry by itself.
struct Try {
    entry: Entry,
    is_present: bool,
    is_conflict: bool,
}

/// The tries of an entry that may have reached the service, and the present one in any case: the key of an entry may
/// have been about somebody else before.
fn tries(entry: &Entry) -> impl Iterator<Item = Try> {
    let is_conflict = entry.is_conflict();
    let tries = entry.tries().enumerate();
    let tries = tries.map(move |(place, entry)| Try { entry, is_present: place == 0, is_conflict });
    tries.filter(|tried| tried.is_present || tried.entry.action.maybe_sent() > 0)
}

fn concerns(entry: &Entry, person: &PersonName) -> bool {
    let target = match (&entry.target, person) {
        (Some(Target::Person(key)), PersonName::Id(id)) => key == id,
        _ => false,
    };
    target || entry.names.contains(person)
}

fn line(tried: &Try) -> String {
    let Try { entry, is_present, .. } = tried;
    let state = entry.action.state();
    let begun = entry.begun_at.strftime("%Y-%m-%d %H:%M:%SZ");
    let names: Vec<_> = entry.names.iter().map(PersonName::text).collect();
    let whom = entry.target.as_ref().map_or_else(|| names.join(", "), ToString::to_string);
    let doubt = match &state {
        ActionState::InDoubt { doubt, .. } => format!("  ({})", doubt.what),
        _ => String::new(),
    };
    let conflict = if tried.is_conflict { "  CONFLICT: it became several tasks" } else { "" };
    let before = if *is_present { "" } else { "  (an earlier try)" };
    let read = if entry.effect == Effect::Write { "" } else { "  (read)" };
    format!(
        "{begun}  {:<15}  {}  {whom}{read}{before}  by {}{doubt}{conflict}",
        state.word(),
        entry.endpoint,
        entry.by
    )
}

fn as_json(tried: &Try, hint: Option<Hint>) -> serde_json::Value {
    let Try { entry, is_present, .. } = tried;
    let tasks: Vec<_> = entry.action.task_ids().into_iter().collect();
    let mut json = json!({
        "key": entry.key,
        "present": is_present,
        "endpoint": entry.endpoint,
        "effect": entry.effect,
        "state": entry.action.state().word(),
        "target": entry.target,
        "names": entry.names,
        "by": entry.by,
        "begun_at": entry.begun_at,
        "task_ids": tasks,
        "conflict": tried.is_conflict,
    });
    if let Some(hint) = hint {
        json["hint"] = json!(hint);
    }
    json
}
