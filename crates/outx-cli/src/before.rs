//! What a person is told, and asked, before the first write leaves.

use crate::account::{self, Live};
use crate::ahead::{Whose, look_ahead};
use crate::command::plan::outrun;
use crate::fault::Fault;
use crate::home::Home;
use crate::print::say;
use crate::prompt;
use crate::recognise::{has_written, listed};
use indexmap::IndexMap;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use outx_flow::journal::Journal;
use outx_flow::{Forecast, Kind, KindEffect, Workflow};
use outx_ledger::limits::{Closures, Timetable, timetable};
use outx_ledger::{AccountStore, Binding, BindingStore, LedgerStore};
use outx_model::{AccountId, Effect};
use outx_store::Store;
use outx_transport::{Clock, SystemClock};
use serde_json::Value;
use std::fmt::Write;
use std::sync::Arc;

/// So many sendings are played through; a longer run's end is far off in any case.
const PLAYED: usize = 2_000;

/// What somebody has said beforehand, for want of a terminal.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Said {
    /// `--yes`
    pub yes: bool,
    /// `--new-store`
    pub new_store: bool,
    /// `--new-account`
    pub new_account: bool,
}

/// Says what a live run will write, and asks.
pub(crate) async fn run(
    workflow: &Arc<Workflow>,
    inputs: &Value,
    live: &Live,
    home: &Home,
    said: Said,
) -> Result<bool, Fault> {
    let now = SystemClock.now();
    let (account, store) = (live.client.account(), home.store_if_there()?);
    let whose = store.as_ref().map_or(Whose::New, |store| Whose::Of(store, account));
    let ahead = look_ahead(workflow, inputs, whose, now).await?;
    let table = if let Some(store) = &store {
        played(&ahead, store, account, workflow, now).await?
    } else {
        let limits = account::limits(true).unless_set.and(&workflow.limits);
        timetable(&limits, &Closures::default(), &[], ahead.demands(&IndexMap::new()), now, PLAYED)
    };
    let mut text = opening(&format!("`{}`", workflow.name), live);
    text.push_str(":\n");
    for (step, (endpoint, count)) in
        ahead.counts.iter().filter(|(_, (endpoint, _))| endpoint.effect() == Effect::Write)
    {
        let kind = if endpoint.endpoint().is_some() { "linkedin." } else { "outx.task " };
        let _ = writeln!(text, "  {step}: {kind}{endpoint}, {count} at most");
    }
    for (step, planned) in &ahead.steps {
        let writes = |kind: &Arc<dyn Kind>| kind.effect() == KindEffect::Write && !kind.creates_tasks();
        if let Some(kind) = planned.kind.as_ref().filter(|kind| writes(kind)) {
            let _ = writeln!(text, "  {step}: {}, {} at most", kind.name(), planned.count);
        }
    }
    for step in &ahead.unknown {
        let _ =
            writeln!(text, "  {step}: as many as its list will have, which is not known before it was read");
    }
    text.push_str(&finishing(&table, !ahead.unknown.is_empty(), now, &TimeZone::system()));
    if let Some(outrun) = outrun(workflow, &table, now) {
        text.extend(["\n", &outrun]);
    }
    ask(&text, live, home, said).await
}

/// Says what a change of a live run comes to, and asks.
pub(crate) async fn change(
    text: &str,
    what: &str,
    live: &Live,
    home: &Home,
    said: Said,
) -> Result<bool, Fault> {
    ask(&format!("{text}\n{}.", opening(what, live)), live, home, said).await
}

/// Says that one write is about to be sent, and asks.
pub(crate) async fn command(name: &str, live: &Live, home: &Home, said: Said) -> Result<bool, Fault> {
    ask(&format!("{}.", opening(&format!("`{name}`"), live)), live, home, said).await
}

fn opening(what: &str, live: &Live) -> String {
    format!(
        "{what} will write at {}, with {}, from the LinkedIn account of your team's oldest admin",
        live.base_url,
        live.whose()
    )
}

async fn ask(text: &str, live: &Live, home: &Home, said: Said) -> Result<bool, Fault> {
    let account = live.client.account();
    let is_new = !is_known(home, account).await?;
    let mut text = text.trim_end().to_owned();
    if is_new {
        let _ = write!(
            text,
            "\nThis store ({}) knows nothing of the account. What was sent with it before, from elsewhere, may be sent again.",
            home.folder().display()
        );
    }
    let others = others(home, live).await?;
    if !others.is_empty() {
        let _ = write!(
            text,
            "\nThe key is new here: the service does not show it to be of a team that this store knows ({}). If it is, what \
             was sent before may be sent again.",
            listed(&others)
        );
    }
    // Whoever says that the team is another one says that nothing was sent with it from here.
    let unsaid = if prompt::has_terminal() {
        None
    } else if !others.is_empty() {
        (!said.new_account).then_some(("--new-account", "the key is another team's"))
    } else {
        (is_new && !said.new_store).then_some(("--new-store", "nothing was ever sent with the account"))
    };
    if let (true, Some((word, what))) = (said.yes, unsaid) {
        let else_do = if others.is_empty() {
            "bring the store of then (outx.db) first"
        } else {
            "use the key of before, or log in with the new one into the team's profile"
        };
        return Err(Fault::usage(text, format!("add `{word}` if {what}; else {else_do}")));
    }
    if said.yes {
        say!("{text}");
    }
    let help = match unsaid {
        Some((word, what)) => format!(
            "add `--yes` to send without being asked and `{word}` if {what}, or `--emulate` to try it without sending"
        ),
        None => prompt::SEND.to_owned(),
    };
    prompt::confirm(&text, said.yes, &help)
}

/// The accounts at the same address that have written, where this one never has and nobody said by a profile which it is.
async fn others(home: &Home, live: &Live) -> Result<Vec<AccountId>, Fault> {
    let own = live.client.account();
    let Some(store) = home.store_if_there()?.filter(|_| !live.is_kept) else { return Ok(Vec::new()) };
    let mut others = Vec::new();
    if has_written(&store, own).await? {
        return Ok(others);
    }
    for Binding { account, .. } in store.bindings(&live.base_url).await? {
        if account != *own && !others.contains(&account) && has_written(&store, &account).await? {
            others.push(account);
        }
    }
    Ok(others)
}

/// Whether the store has ever worked for an account.
async fn is_known(home: &Home, account: &AccountId) -> Result<bool, Fault> {
    let Some(store) = home.store_if_there()? else { return Ok(false) };
    let has_run = store.runs().await?.iter().any(|run| run.account == *account);
    Ok(has_run || !store.entries(account).await?.is_empty())
}

async fn played(
    ahead: &Forecast,
    store: &Store,
    account: &AccountId,
    workflow: &Workflow,
    now: Timestamp,
) -> Result<Timetable, Fault> {
    let limits = store.limits(account).await?.unwrap_or_else(|| account::limits(true).unless_set);
    let limits = limits.and(&workflow.limits);
    let past = store.sendings(account, now - crate::command::limits::LOOK_BACK).await?;
    let closures = store.closures(account).await?;
    Ok(timetable(&limits, &closures, &past, ahead.demands(&IndexMap::new()), now, PLAYED))
}

/// How many writes go today, and when the last one goes.
fn finishing(table: &Timetable, more: bool, now: Timestamp, zone: &TimeZone) -> String {
    let day = |moment: Timestamp| zone.to_datetime(moment).date();
    let writes = || table.sendings.iter().filter(|sending| sending.endpoint.effect() == Effect::Write);
    let today = writes().filter(|sending| day(sending.at) == day(now)).count();
    let mut out = String::new();
    if let Some(last) = writes().next_back() {
        let count = writes().count();
        let last = zone.to_datetime(last.at).strftime("%a %-d %b %Y, %H:%M");
        let (of, then) = if table.left > 0 || more {
            ("the first ", "and more after that")
        } else {
            ("", "if nothing else is sent")
        };
        let _ = write!(
            out,
            "{today} of {of}{count} writes can be sent today; under the account's limits the last of them goes on {last} at \
             the earliest, {then}."
        );
    }
    if !table.never.is_empty() {
        let names: Vec<_> = table.never.iter().map(ToString::to_string).collect();
        let _ = write!(out, " The account's limits never allow all of {}.", names.join(", "));
    }
    out.trim_start().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use outx_ledger::limits::Sending;
    use outx_model::Endpoint;

    #[test]
    fn the_finishing_date_is_the_last_write_s() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let now = at("2026-03-02T22:30:00Z");
        let sending = |endpoint, text| Sending {
            endpoint: Endpoint::into(endpoint),
            at: at(text),
            person: None,
            label: None,
        };
        let sendings = vec![
            sending(Endpoint::LikePost, "2026-03-02T22:31:00Z"),
            sending(Endpoint::LikePost, "2026-03-02T23:30:00Z"),
            sending(Endpoint::FetchProfile, "2026-03-09T09:00:00Z"),
        ];
        let table = Timetable { sendings, left: 0, never: Vec::new() };
        let said = finishing(&table, false, now, &TimeZone::UTC);
        assert!(said.starts_with("2 of 2 writes") && said.contains("Mon 2 Mar 2026, 23:30"), "{said}");
        // In Oslo the second one goes tomorrow.
        let oslo = TimeZone::fixed(jiff::tz::offset(1));
        assert!(finishing(&table, false, now, &oslo).starts_with("1 of 2 writes"), "{said}");
        let more = Timetable { left: 7, ..table.clone() };
        assert!(finishing(&more, false, now, &oslo).contains("and more after that"));
        let never = Timetable { sendings: Vec::new(), left: 0, never: vec![Endpoint::LikePost.into()] };
        assert!(finishing(&never, false, now, &oslo).contains("never allow all of like-post"));
    }
}
