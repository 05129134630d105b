//! `outx runs`

use super::print_json;
use crate::Exit;
use crate::args::{Output, RunsArgs};
use crate::fault::Fault;
use crate::home::Home;
use crate::moment;
use crate::print::{say, tell};
use crate::tape;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use outx_flow::RunStatus;
use outx_flow::journal::{Journal, RunSummary};
use outx_transport::{Clock, SystemClock};
use serde_json::json;

pub(crate) async fn runs(args: &RunsArgs) -> Result<Exit, Fault> {
    let home = Home::find()?;
    let since = args.since.as_deref();
    let since = since.map(|text| moment::past("--since", text, SystemClock.now(), &TimeZone::system()));
    let since = since.transpose()?;
    let all = home.store()?.runs().await?;
    let is_empty = all.is_empty();
    let found: Vec<_> = all
        .into_iter()
        .filter(|run| is_wanted(run, args, since))
        .map(|run| (status(&home, &run), run))
        .filter(|(status, _)| args.status.is_empty() || args.status.iter().any(|word| word.word() == *status))
        .collect();
    let end =
        args.limit.map_or(found.len(), |limit| args.offset.saturating_add(limit.get())).min(found.len());
    let page = found.get(args.offset..end).unwrap_or_default();
    match args.output {
        Output::Json => {
            let list: Vec<_> = page
                .iter()
                .map(|(status, run)| {
                    json!({
                        "run_id": run.run_id,
                        "name": run.name,
                        "status": status,
                        "started_at": run.started_at,
                        "emulated": run.emulated,
                        "account": run.account,
                    })
                })
                .collect();
            print_json(&list);
        }
        Output::Text if is_empty => say!("there are no runs in {}", home.folder().display()),
        Output::Text if found.is_empty() => say!("no run is so"),
        Output::Text => {
            for (status, run) in page {
                let emulated = match run.emulated {
                    true if tape::is_replayed(&run.account) => "  (replayed)",
                    true => "  (emulated)",
                    false => "",
                };
                let started = run.started_at.strftime("%Y-%m-%d %H:%M:%SZ");
                tell!("{}  {started}  {status:<15}  {}{emulated}", run.run_id, run.name);
            }
            if page.len() < found.len() {
                let next = if end < found.len() { format!("; next: --offset {end}") } else { String::new() };
                say!("{} of {} runs{next}", page.len(), found.len());
            }
        }
    }
    Ok(Exit::Success)
}

fn is_wanted(run: &RunSummary, args: &RunsArgs, since: Option<Timestamp>) -> bool {
    args.name.as_ref().is_none_or(|name| run.name == *name)
        && since.is_none_or(|since| run.started_at >= since)
}

/// A run that says it is running, and that nobody works on, was killed.
pub(super) fn status(home: &Home, run: &RunSummary) -> &'static str {
    if run.status == RunStatus::Running && !home.is_owned(&run.run_id) {
        return "interrupted";
    }
    run.status.word()
}
