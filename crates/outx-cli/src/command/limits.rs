//! `outx limits`

use super::print_json;
use crate::account::{self, named};
use crate::args::{LimitsArgs, LimitsCommand, Output};
use crate::fault::Fault;
use crate::home::Home;
use crate::print::{say, stdout, tell};
use crate::{Exit, given};
use jiff::{SignedDuration, Timestamp};
use outx_ledger::AccountStore;
use outx_ledger::limits::{Closures, Limits, Rule, Sending, earliest};
use outx_transport::{Clock, SystemClock};
use serde_json::{Value, json};

/// No rule looks further back than a week, but for long rolling windows of a person's own.
pub(crate) const LOOK_BACK: SignedDuration = SignedDuration::from_hours(31 * 24);

pub(crate) async fn limits(args: &LimitsArgs) -> Result<Exit, Fault> {
    let home = Home::find()?;
    let account = named(&args.account, &home).await?;
    let store = home.store()?;
    let set = store.limits(&account).await?;
    let shipped = || account::limits(account::is_live(&account)).unless_set;
    let hold = set.clone().unwrap_or_else(shipped);
    match &args.command {
        None => {
            let now = SystemClock.now();
            let past = store.sendings(&account, now - LOOK_BACK).await?;
            let closures = store.closures(&account).await?;
            match args.output {
                Output::Json => print_json(&as_json(&hold, set.is_some(), &past, &closures, now)),
                Output::Text => show(&hold, set.is_some(), &past, &closures, now),
            }
        }
        Some(LimitsCommand::Export) => {
            let text = serde_yaml::to_string(&hold).map_err(|error| {
                Fault::new(Exit::Internal, format!("the rules cannot be written: {error}"), "")
            })?;
            stdout(&text);
        }
        Some(LimitsCommand::Set { file }) => {
            let value = given::yaml(file)?;
            let limits: Limits = serde_json::from_value(value).map_err(|error| {
                let help = "`outx limits export` prints the present rules, as they are to be written";
                Fault::usage(format!("{}: {error}", file.display()), help)
            })?;
            let count = limits.0.len();
            store.set_limits(&account, Some(limits)).await?;
            say!("{count} rules hold for {account} from now on");
        }
        Some(LimitsCommand::Off) => {
            store.set_limits(&account, Some(Limits::none())).await?;
            say!(
                "no limits hold for {account}: a burst can cost the LinkedIn account; `outx limits reset` takes it back"
            );
        }
        Some(LimitsCommand::Reset) => {
            store.set_limits(&account, None).await?;
            say!("the shipped limits hold for {account} again");
        }
    }
    Ok(Exit::Success)
}

/// How much of a rule is used, and when there is room again.
fn used(rule: &Rule, past: &[Sending], now: Timestamp) -> (usize, Option<Timestamp>) {
    let of: Vec<_> = past.iter().filter(|sending| rule.of().holds(sending)).cloned().collect();
    let Some(last) = of.last() else { return (0, None) };
    let asks = Sending { at: now, ..last.clone() };
    let alone = Limits(vec![rule.clone()]);
    let Ok(delay) = earliest(&alone, &asks, &of[..]);
    let within = match rule {
        Rule::AtMost { per, .. } => of.iter().filter(|sending| per.holds(sending.at, now)).count(),
        _ => 0,
    };
    (within, delay.map(|delay| delay.until))
}

fn show(limits: &Limits, set: bool, past: &[Sending], closures: &Closures, now: Timestamp) {
    let whose = if set { "set by `outx limits`" } else { "as shipped" };
    if limits.0.is_empty() {
        tell!("no limits ({whose})");
    }
    for rule in &limits.0 {
        let (count, until) = used(rule, past, now);
        let used = match rule {
            Rule::AtMost { most, .. } => format!("  {count} of {most} used"),
            _ => String::new(),
        };
        let until = until.map(|until| format!("  closed until {until}")).unwrap_or_default();
        tell!("{rule}{used}{until}");
    }
    for closure in closures.0.iter().filter(|closure| closure.until > now) {
        tell!("{} closed by the service until {}: {}", closure.which, closure.until, closure.why);
    }
    if !limits.0.is_empty() {
        tell!("({whose}; all must hold)");
    }
}

fn as_json(limits: &Limits, set: bool, past: &[Sending], closures: &Closures, now: Timestamp) -> Value {
    let rules: Vec<_> = limits
        .0
        .iter()
        .map(|rule| {
            let (count, until) = used(rule, past, now);
            json!({ "rule": rule, "says": rule.to_string(), "used": count, "closed_until": until })
        })
        .collect();
    json!({ "set": set, "rules": rules, "closed_by_the_service": closures })
}
