//! `outx poll`: how long tasks take, and when results are asked for by that.

use super::print_json;
use crate::Exit;
use crate::account::named;
use crate::args::{AccountArgs, Output, PollArgs, PollCommand};
use crate::fault::Fault;
use crate::home::Home;
use crate::learning::{TURN_ON, is_on};
use crate::print::{say, tell};
use outx_flow::diagnostic::nearest;
use outx_model::{AccountId, Call, Endpoint};
use outx_poller::Policy;
use outx_poller::explain::{Explanation, History};
use outx_poller::law::{LawKey, Laws, Learned};
use outx_poller::schedule::{Aim, Bounds, Expected, Schedule};
use outx_store::Store;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// With fewer samples than these the law is mostly that of usual tasks.
const ENOUGH: u64 = 20;

pub(crate) async fn poll(args: PollArgs) -> Result<Exit, Fault> {
    match args.command {
        PollCommand::Explain { endpoint, account, output } => explain(&endpoint, &account, output).await,
        PollCommand::Laws { output } => laws(output).await,
        PollCommand::Forget { endpoint, account } => forget(&endpoint, &account).await,
    }
}

/// What is known of an endpoint.
struct Known {
    account: Option<AccountId>,
    key: Option<LawKey>,
    learned: Arc<Learned>,
}

impl Known {
    async fn find(endpoint: Call, args: &AccountArgs) -> Result<Self, Fault> {
        let home = Home::find()?;
        let account = match named(args, &home).await {
            Ok(account) => Some(account),
            // Whoever has no key yet sees what holds for everybody.
            Err(fault) if fault.exit() == Exit::Authentication && is_nobody_named(args) => None,
            Err(fault) => return Err(fault),
        };
        let nothing = Self { account: account.clone(), key: None, learned: Arc::default() };
        let (Some(account), Some(store)) = (account, home.store_if_there()?) else { return Ok(nothing) };
        let Some(key) = key_of(&store, &account, endpoint).await? else { return Ok(nothing) };
        let learned = store.learned(&key).await?;
        Ok(Self { key: Some(key), learned, ..nothing })
    }
}

fn is_nobody_named(args: &AccountArgs) -> bool {
    args.key.profile.is_none() && std::env::var_os("OUTX_PROFILE").is_none_or(|name| name.is_empty())
}

/// What was learned is kept by the service's address too, which an account's name stands for.
async fn key_of(store: &Store, account: &AccountId, endpoint: Call) -> Result<Option<LawKey>, Fault> {
    let keys = store.keys().await?;
    Ok(keys.into_iter().find(|key| key.account == *account && key.endpoint == endpoint))
}

async fn explain(endpoint: &str, args: &AccountArgs, output: Output) -> Result<Exit, Fault> {
    let endpoint = meant(endpoint)?;
    let learns = is_on()?;
    let known = Known::find(endpoint, args).await?;
    let (law, history) = (known.learned.law(), known.learned.statistics());
    let schedule = Schedule::new(&law, Aim::default(), Bounds::default());
    let told = Explanation::new(&schedule, Duration::ZERO, Policy::default().timeout(), history);
    if output == Output::Json {
        print_json(&as_json(endpoint, &known, &told, learns));
        return Ok(Exit::Success);
    }
    match &known.account {
        Some(account) => tell!("{endpoint}, for the account {account}"),
        None => tell!("{endpoint}, for an account that is not known: there is no API key"),
    }
    tell!("{told}");
    for line in remarks(&known, &told, learns) {
        tell!("{line}");
    }
    Ok(Exit::Success)
}

/// What the numbers come to, in words.
fn remarks(known: &Known, told: &Explanation, learns: bool) -> Vec<String> {
    let mut lines = Vec::new();
    match &told.history {
        Some(History { tasks, schedule, documented }) => lines.push(format!(
            "Each of the {tasks} tasks that were seen is asked about {:.2} times by this schedule and {:.2} times every 5 s; \
             its end is found after {:.2} s and {:.2} s.",
            schedule.polls, documented.polls, schedule.latency, documented.latency,
        )),
        None => lines.push("No task of it was seen yet.".to_owned()),
    }
    if known.learned.has_changed() {
        lines.push(
            "The newest tasks took another time than those before, which count for little now.".to_owned(),
        );
    }
    if told.history.is_some() && told.samples < ENOUGH {
        lines.push(format!(
            "With fewer than {ENOUGH} tasks, they are still taken for usual ones for the most part."
        ));
    }
    lines.push(if learns {
        "Learning is on; a workflow asks by it with `poll: { policy: learned }`.".to_owned()
    } else {
        format!("Learning is off: {TURN_ON} turns it on, and a workflow asks by it with `poll: {{ policy: learned }}`.")
    });
    lines
}

fn as_json(endpoint: Call, known: &Known, told: &Explanation, learns: bool) -> Value {
    let seconds = |age: Option<Duration>| age.map(|age| age.as_secs_f64());
    let expected = |it: &Expected| json!({ "polls": it.polls, "latency": it.latency, "unseen": it.unseen });
    let [early, half, late] = told.quantiles.map(seconds);
    let next = told.next.iter().map(|poll| {
        json!({
            "age": poll.age.as_secs_f64(), "pause": poll.pause.as_secs_f64(),
            "finds": poll.finds, "needed": poll.needed,
        })
    });
    let history = told.history.as_ref().map(|history| {
        json!({
            "tasks": history.tasks,
            "schedule": expected(&history.schedule),
            "documented": expected(&history.documented),
            "saved": {
                "polls": history.documented.polls - history.schedule.polls,
                "latency": history.documented.latency - history.schedule.latency,
            },
        })
    });
    json!({
        "endpoint": endpoint.name(),
        "account": known.account,
        "origin": known.key.as_ref().map(|key| &key.origin),
        "learning": learns,
        "law": {
            "version": told.version, "samples": told.samples, "trust": known.learned.trust(),
            "changed": known.learned.has_changed(),
            "q05": early, "q50": half, "q95": late, "never": told.never,
        },
        "poll_worth": told.poll_worth,
        "next": next.collect::<Vec<_>>(),
        "schedule": expected(&told.schedule),
        "documented": expected(&told.documented),
        "history": history,
    })
}

async fn laws(output: Output) -> Result<Exit, Fault> {
    let learns = is_on()?;
    let store = Home::find()?.store_if_there()?;
    let mut rows = Vec::new();
    if let Some(store) = &store {
        for key in store.keys().await? {
            rows.push((store.learned(&key).await, key));
        }
    }
    if output == Output::Json {
        let row = |(learned, key): &(Result<Arc<Learned>, _>, LawKey)| {
            let learned = learned.as_ref().ok();
            let law = learned.map(|learned| learned.law());
            let quantile = |share| Some(law.as_ref()?.quantile(share)?.as_secs_f64());
            json!({
                "endpoint": key.endpoint.name(), "account": key.account, "origin": key.origin,
                "version": law.as_ref().map(|law| law.version()),
                "samples": law.as_ref().map(|law| law.samples()),
                "trust": learned.map(|learned| learned.trust()),
                "q05": quantile(0.05), "q50": quantile(0.5), "q95": quantile(0.95),
            })
        };
        print_json(&rows.iter().map(row).collect::<Vec<_>>());
        return Ok(Exit::Success);
    }
    if rows.is_empty() {
        say!("nothing was learned{}", if learns { "" } else { ": OUTX_LEARN=on turns it on" });
    } else {
        tell!("{:<28} {:>7} {:>5} {:>10} {:>10}  account", "endpoint", "tasks", "law", "half by", "95% by");
    }
    for (learned, key) in rows {
        let endpoint = key.endpoint.name();
        match learned {
            Ok(learned) => {
                let law = learned.law();
                let by = |share| {
                    law.quantile(share)
                        .map_or("never".to_owned(), |age| format!("{:.1} s", age.as_secs_f64()))
                };
                let (samples, version, account) = (law.samples(), law.version(), key.account);
                tell!("{endpoint:<28} {samples:>7} {version:>5} {:>10} {:>10}  {account}", by(0.5), by(0.95));
            }
            Err(why) => tell!("{endpoint:<28} {why}  {}", key.account),
        }
    }
    Ok(Exit::Success)
}

async fn forget(endpoint: &str, args: &AccountArgs) -> Result<Exit, Fault> {
    let endpoint = meant(endpoint)?;
    let home = Home::find()?;
    let account = named(args, &home).await?;
    let key = match home.store_if_there()? {
        Some(store) => key_of(&store, &account, endpoint).await?.map(|key| (store, key)),
        None => None,
    };
    match key {
        Some((store, key)) => {
            store.forget(&key).await?;
            say!("forgotten: how long {endpoint} takes for the account {account} is learned anew");
        }
        None => say!("nothing was learned of {endpoint} for the account {account}"),
    }
    Ok(Exit::Success)
}

/// The endpoint that is meant by a word; also one that the catalogue has not (`read:fetch-something`).
fn meant(word: &str) -> Result<Call, Fault> {
    if let Some(call) = word.parse::<Call>().ok().filter(Call::is_task) {
        return Ok(call);
    }
    let names = || Endpoint::ALL.into_iter().map(Endpoint::name);
    let help = match nearest(word, names()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("there are {}", names().collect::<Vec<_>>().join(", ")),
    };
    Err(Fault::usage(format!("there is no endpoint `{word}`"), help))
}
