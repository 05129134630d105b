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
    let endpoint = args.endpoint.as_deref().map(str::parse::<Endpoint>).transpose();
    let endpoint = endpoint.map_err(|error| Fault::usage(error.to_string(), ""))?;
    let person = args.person.as_deref().map(PersonName::read).transpose();
    let person = person.map_err(|why| Fault::usage(why, ""))?;
    let store = home.store()?;
    let entries = store.entries(&account).await?;
    let names = match &person {
        Some(name) => store.names_of(&account, name).await?,
        None => Vec::new(),
    };
    let wanted = |entry: &&Entry| {
        endpoint.is_none_or(|endpoint| entry.endpoint == endpoint)
            && (person.is_none() || names.iter().any(|name| concerns(entry, name)))
            && args.state.as_ref().is_none_or(|state| entry.action.state().word() == state)
    };
    let found: Vec<_> = entries.iter().filter(wanted).collect();
    match args.output {
        Output::Json => {
            let mut list = Vec::new();
            for entry in found {
                list.push(as_json(entry, doubts::hint_of(&store, entry).await?));
            }
            print_json(&list);
        }
        Output::Text if found.is_empty() => say!("the ledger of {account} has nothing of that"),
        Output::Text => {
            for entry in found {
                tell!("{}", line(entry));
                for line in doubts::of_entry(&store, entry, &entries).await? {
                    tell!("    {line}");
                }
            }
        }
    }
    Ok(Exit::Success)
}

fn concerns(entry: &Entry, person: &PersonName) -> bool {
    let target = match (&entry.target, person) {
        (Some(Target::Person(key)), PersonName::Id(id)) => key == id,
        _ => false,
    };
    target || entry.names.contains(person)
}

fn line(entry: &Entry) -> String {
    let state = entry.action.state();
    let begun = entry.begun_at.strftime("%Y-%m-%d %H:%M:%SZ");
    let names: Vec<_> = entry.names.iter().map(PersonName::text).collect();
    let whom = entry.target.as_ref().map_or_else(|| names.join(", "), ToString::to_string);
    let doubt = match &state {
        ActionState::InDoubt { doubt, .. } => format!("  ({})", doubt.what),
        _ => String::new(),
    };
    let conflict = if entry.action.is_conflict() { "  CONFLICT: it became several tasks" } else { "" };
    let read = if entry.effect == Effect::Write { "" } else { "  (read)" };
    format!(
        "{begun}  {:<15}  {}  {whom}{read}  by {}{doubt}{conflict}",
        state.word(),
        entry.endpoint,
        entry.by
    )
}

fn as_json(entry: &Entry, hint: Option<Hint>) -> serde_json::Value {
    let tasks: Vec<_> = entry.action.task_ids().into_iter().collect();
    let mut json = json!({
        "key": entry.key,
        "endpoint": entry.endpoint,
        "effect": entry.effect,
        "state": entry.action.state().word(),
        "target": entry.target,
        "names": entry.names,
        "by": entry.by,
        "begun_at": entry.begun_at,
        "task_ids": tasks,
        "conflict": entry.action.is_conflict(),
    });
    if let Some(hint) = hint {
        json["hint"] = json!(hint);
    }
    json
}
