//! `outx forget`

use super::print_json;
use crate::Exit;
use crate::args::{ForgetArgs, Output};
use crate::fault::Fault;
use crate::home::Home;
use crate::print::{say, stderr, stdout};
use crate::prompt;
use outx_flow::RunId;
use outx_model::PersonName;
use outx_store::{Forgotten, Trace};
use serde_json::json;
use std::fmt::Write;

/// What no command of this program can reach.
const BEYOND: &str = "cassettes (--record), exports, backups, files that workflows wrote, inputs of schedules, and what OutX and LinkedIn keep";

pub(crate) fn forget(args: &ForgetArgs) -> Result<Exit, Fault> {
    let name = PersonName::read(&args.person).map_err(|why| Fault::usage(why, ""))?;
    let home = Home::find()?;
    let keeper = home.keeper()?;
    let trace = keeper.trace(&name)?;
    if args.output == Output::Text {
        stdout(&found(&trace));
    }
    if args.dry_run {
        if args.output == Output::Json {
            print_json(&as_json(&trace, None));
        }
        return Ok(Exit::Success);
    }
    let help = "add `--yes` to forget without being asked, or `--dry-run` to look only";
    if !prompt::confirm("This cannot be taken back.", args.yes, help)? {
        say!("nothing was changed");
        return Ok(Exit::Interrupted);
    }
    let owned: Vec<_> =
        trace.runs.iter().filter_map(|run| Some((run.clone(), home.own(run).ok()?))).collect();
    let free: Vec<RunId> = owned.iter().map(|(run, _)| run.clone()).collect();
    let done = keeper.forget(&trace.person, &free)?;
    match args.output {
        Output::Json => print_json(&as_json(&trace, Some(done))),
        Output::Text => stdout(&said(&trace, done)),
    }
    if free.len() < trace.runs.len() {
        say!(
            "warning: other processes work on {} runs; forget again when they have ended",
            trace.runs.len() - free.len()
        );
    }
    if !done.is_wiped {
        stderr(
            "warning: another process holds the store, so that its file and log may still have what was removed; \
             forget again when it has ended\n",
        );
    }
    Ok(Exit::Success)
}

fn list(runs: &[RunId]) -> String {
    const SHOWN: usize = 10;
    let some: Vec<_> = runs.iter().take(SHOWN).map(RunId::as_str).collect();
    let more = if runs.len() > SHOWN { format!(" and {} more", runs.len() - SHOWN) } else { String::new() };
    some.join(", ") + &more
}

/// Where the store tells of the person, before anything is done.
fn found(trace: &Trace) -> String {
    let names: Vec<_> = trace.person.names().iter().map(PersonName::text).collect();
    let mut out = format!("{}\n", names.join(", "));
    let _ = writeln!(
        out,
        "  to be forgotten: {} runs that have ended, {} results in the ledger",
        trace.runs.len(),
        trace.results
    );
    let _ = writeln!(
        out,
        "  kept, so that nothing is sent again: {} writes in the ledger, and these names",
        trace.writes.len()
    );
    if trace.blocked.is_empty() {
        let _ = writeln!(
            out,
            "  not on a block list: `outx block add {}` keeps them from being written to",
            names.first().unwrap_or(&"")
        );
    } else {
        let accounts: Vec<_> = trace.blocked.iter().map(ToString::to_string).collect();
        let _ = writeln!(out, "  kept: the block list of {}", accounts.join(", "));
    }
    if !trace.open.is_empty() {
        let _ = writeln!(
            out,
            "  not reached: {} has not ended, and needs what it knows; cancel it or let it end, and forget again",
            list(&trace.open)
        );
    }
    if !trace.definitions.is_empty() {
        let _ = writeln!(
            out,
            "  not reached: the workflow's text of {} names the person; `outx gc` removes it with old runs",
            list(&trace.definitions)
        );
    }
    let _ = writeln!(out, "  not reached: {BEYOND}");
    out
}

fn said(trace: &Trace, done: Forgotten) -> String {
    let Forgotten { facts, values, results, .. } = done;
    format!(
        "forgotten in {} runs: {facts} facts changed, {values} values replaced; {results} results in the ledger emptied\n",
        trace.runs.len()
    )
}

fn as_json(trace: &Trace, done: Option<Forgotten>) -> serde_json::Value {
    let writes: Vec<_> = trace
        .writes
        .iter()
        .map(|entry| json!({ "account": entry.account, "endpoint": entry.endpoint, "key": entry.key }))
        .collect();
    let done = done.map(|done| {
        json!({ "facts": done.facts, "values": done.values, "results": done.results, "wiped": done.is_wiped })
    });
    json!({
        "names": trace.person.names(), "runs": trace.runs, "results": trace.results, "done": done,
        "kept": { "writes": writes, "blocked": trace.blocked },
        "not_reached": { "runs": trace.open, "definitions": trace.definitions, "beyond": BEYOND },
    })
}
