//! `outx task`: single tasks, through the same ledger as everything else.

use super::print_json;
use crate::account::Live;
use crate::args::{KeyArgs, Output, TaskArgs, TaskCommand};
use crate::before::Said;
use crate::fault::Fault;
use crate::home::Home;
use crate::learning::Learns;
use crate::print::{say, tell};
use crate::{Exit, before, doubts, given};
use outx_flow::journal::WaitReason;
use outx_flow::{EffectRunner, Given, Settled, Submitted, Waiting};
use outx_ledger::{Entry, Intent, LedgerStore, entry_key};
use outx_model::{ActionKey, ActionState, Effect, Endpoint, TaskId, TaskStatus, Ticket, Token};
use outx_poller::{Policy, Poller};
use outx_store::Store;
use outx_transport::{Clock, SystemClock};
use serde_json::{Map, Value, json};
use std::sync::Arc;
use std::time::Duration;

/// What single tasks are asked for by begins so.
const COMMANDS: &str = "command/";

pub(crate) async fn task(args: TaskArgs) -> Result<Exit, Fault> {
    let key = &args.key;
    match args.command {
        TaskCommand::Create { endpoint, inputs, yes, new_store, new_account, output } => {
            let said = Said { yes, new_store, new_account };
            create(key, &endpoint, &inputs, said, output).await
        }
        TaskCommand::Get { id, output } => get(key, &TaskId::from(id), output).await,
        TaskCommand::Wait { id, output } => wait(key, &TaskId::from(id), output).await,
    }
}

async fn create(
    key: &KeyArgs,
    endpoint: &str,
    inputs: &[String],
    said: Said,
    output: Output,
) -> Result<Exit, Fault> {
    let endpoint: Endpoint =
        endpoint.parse().map_err(|error: outx_model::UnknownEndpoint| Fault::usage(error.to_string(), ""))?;
    let spec = endpoint.spec();
    let mut fields = Map::new();
    for (name, value) in given::pairs(inputs)? {
        let text =
            matches!(spec.field(&name).map(|field| field.ty), Some(outx_model::FieldType::Text { .. }));
        let value = match value {
            Given::Text(value) if text => Value::from(value),
            Given::Text(value) => serde_json::from_str(&value).unwrap_or(Value::from(value)),
            Given::Json(value) => value,
            Given::File { name, bytes } => Value::from(
                String::from_utf8(bytes)
                    .map_err(|_| Fault::usage(format!("{name} is not UTF-8 text"), ""))?,
            ),
        };
        fields.insert(name, value);
    }
    let input = spec.prepare(&Value::Object(fields)).map_err(|error| {
        let names: Vec<_> = spec.fields.iter().map(|field| field.name).collect();
        Fault::usage(error.to_string(), format!("{endpoint} takes {}", names.join(", ")))
    })?;
    let home = Home::find()?;
    let mut live = Live::find(key)?.recognised(home.store_if_there()?.as_ref()).await?;
    if endpoint.effect() == Effect::Write
        && !live.is_loopback
        && !before::command(endpoint.name(), &live, &home, said).await?
    {
        say!("nothing was sent");
        return Ok(Exit::Interrupted);
    }
    let store = home.store()?;
    live.bind(&store).await?;
    let by = ActionKey::from(format!("{COMMANDS}{}", uuid::Uuid::new_v4()));
    let account = live.client.account().clone();
    let entry = entry_key(spec, &input, &by, None);
    let target = spec.target(&input);
    let runner = runner(&store, live);
    let intent = Intent::new(by, entry, account.clone(), endpoint, input);
    let intent = Intent { limits: runner.limits().clone(), ..intent };
    let submitted = runner.submit(&intent, async { true }).await?;
    Ok(match submitted {
        Some(Submitted::Task { ticket, joined, kept, .. }) => {
            kept.wait().await?;
            if joined {
                say!("this was asked for before: the task of then goes on, nothing was sent again");
            }
            match output {
                Output::Json => {
                    print_json(&json!({ "task_id": ticket.id, "endpoint": endpoint, "joined": joined }));
                }
                Output::Text => tell!("{}", ticket.id),
            }
            Exit::Success
        }
        Some(Submitted::Already(end)) => {
            say!("this was done before: nothing was sent again");
            if output == Output::Json {
                print_json(
                    &json!({ "task_id": null, "endpoint": endpoint, "already": true, "output": end.output }),
                );
            }
            if end.error.is_none() { Exit::Success } else { Exit::Failed }
        }
        Some(Submitted::InDoubt { what }) => {
            say!("IN DOUBT: {what}. It may have been sent, and is not sent again.");
            for line in doubts::of_target(&store, &account, endpoint.into(), target.as_ref(), &[]).await? {
                say!("  {line}");
            }
            Exit::NeedsAttention
        }
        Some(Submitted::Failed(error)) => {
            say!("error: {}", error.message);
            Exit::Failed
        }
        Some(Submitted::DoNotContact(why)) => {
            say!("{why}: nothing was sent");
            Exit::Failed
        }
        Some(Submitted::Waiting(waiting)) => waits(&waiting),
        // A command withholds nothing.
        Some(Submitted::Withheld) | None => Exit::Internal,
    })
}

async fn get(key: &KeyArgs, id: &TaskId, output: Output) -> Result<Exit, Fault> {
    use outx_model::PollAnswer;
    let live = Live::find(key)?;
    let answer = live.client.poll(id).await.map_err(|error| {
        Fault::new(Exit::Network, error.chain(), "the task goes on without us: ask again later")
    })?;
    let (error, exit) = match answer {
        PollAnswer::Snapshot(task) => {
            match output {
                Output::Json => {
                    print_json(&json!({ "task_id": id, "status": task.status, "output": task.output }));
                }
                Output::Text if task.output.is_null() => tell!("{}", task.status),
                Output::Text => tell!("{}\n{:#}", task.status, task.output),
            }
            return Ok(if task.status == TaskStatus::Failed { Exit::Failed } else { Exit::Success });
        }
        PollAnswer::NotFound(error) | PollAnswer::Rejected(error) => (error, Exit::Failed),
        PollAnswer::Unreadable(error) => (error, Exit::Network),
        PollAnswer::Refused(refusal) => {
            let exit = match refusal.reason {
                outx_model::RefusalReason::Unauthorized => Exit::Authentication,
                outx_model::RefusalReason::ExtensionAsleep => Exit::ExtensionAsleep,
                _ => Exit::LimitReached,
            };
            (refusal.error, exit)
        }
    };
    Err(Fault::new(exit, error.to_string(), ""))
}

async fn wait(key: &KeyArgs, id: &TaskId, output: Output) -> Result<Exit, Fault> {
    let store = Home::find()?.store()?;
    let live = Live::find(key)?.recognised(Some(&store)).await?;
    let account = live.client.account().clone();
    let entry = store.entry_of_task(&account, id).await?;
    // Of a task that was created elsewhere the endpoint is unknown. It only says how an output reads, and then
    // the raw output is printed.
    let ticket = match &entry {
        Some(entry) => entry.ticket(id.clone()),
        None => Ticket {
            id: id.clone(),
            endpoint: Endpoint::FetchProfile.into(),
            account,
            created_at: SystemClock.now(),
            law: 0,
        },
    };
    let learns = Learns::from_account(&live)?;
    let runner = runner(&store, live);
    let poller = Poller::new(runner.client().clone(), runner.client().clock().clone(), at_once());
    let followed = poller.follow(&ticket).await;
    if let Some(learns) = learns.filter(|_| entry.as_ref().is_some_and(|entry| teaches(entry, id))) {
        let learning = learns.in_store(&store);
        if let Some(sample) = learning.end(&followed, &at_once().into())
            && let Err(why) =
                learning.laws.learn(&learning.key(&ticket.account, ticket.endpoint), &[sample]).await
        {
            say!("how long tasks take could not be learned: {why}");
        }
    }
    match runner.settle(&ticket, followed.outcome) {
        Settled::Ended { end, fact, output: raw } => {
            if let (Some(entry), Some(fact)) = (&entry, fact) {
                runner.record_end(entry.key.clone(), fact, raw).await?;
            }
            let unknown_endpoint = entry.is_none();
            let value = if unknown_endpoint { end.raw } else { end.output.or(end.raw) };
            let word = if end.error.is_none() { "completed" } else { "failed" };
            let failed = end.error.as_ref();
            match output {
                Output::Json => print_json(&json!({
                    "task_id": id, "status": word, "output": value,
                    "error": failed.map(|error| &error.message),
                })),
                Output::Text => {
                    tell!("{word}");
                    if let Some(value) = value.filter(|value| !value.is_null()) {
                        tell!("{value:#}");
                    }
                    if let Some(error) = failed {
                        say!("error: {}", error.message);
                    }
                }
            }
            Ok(if end.error.is_none() { Exit::Success } else { Exit::Failed })
        }
        Settled::Waiting(waiting) => {
            if output == Output::Json {
                print_json(
                    &json!({ "task_id": id, "status": "pending", "waiting_for": waiting.reason.word() }),
                );
            }
            Ok(waits(&waiting))
        }
    }
}

/// Each task teaches once: those of runs have done so there, and one that is asked about after its end shows nothing.
fn teaches(entry: &Entry, id: &TaskId) -> bool {
    let is_pending = matches!(entry.action.state(), ActionState::Pending { task_id } if task_id == *id);
    is_pending && entry.by.as_str().starts_with(COMMANDS)
}

/// The default policy, but for its first poll: somebody waits, and the task may have ended long ago.
fn at_once() -> Policy {
    let usual = Policy::default();
    Policy::delay_then_fixed(Duration::ZERO, usual.every(), usual.timeout()).unwrap_or(usual)
}

fn runner(store: &Store, live: Live) -> EffectRunner {
    let tokens = Arc::new(|| Token::from(uuid::Uuid::new_v4().to_string()));
    let limits = crate::account::limits(!live.is_loopback);
    EffectRunner::new(Arc::new(live.client), Arc::new(store.clone()), tokens).with_limits(limits)
}

fn waits(waiting: &Waiting) -> Exit {
    let until = waiting.until.map(|until| format!(" (not before {until})")).unwrap_or_default();
    say!("waits for {}: {}{until}", waiting.reason.word(), waiting.message);
    match waiting.reason {
        WaitReason::Key | WaitReason::Secret => Exit::Authentication,
        WaitReason::Network => Exit::Network,
        WaitReason::Extension => Exit::ExtensionAsleep,
        WaitReason::Limit => Exit::LimitReached,
        WaitReason::StillPending
        | WaitReason::Stopped
        | WaitReason::Time
        | WaitReason::Approval
        | WaitReason::Permission => Exit::Waiting,
    }
}
