//! `outx runs`

use super::print_json;
use crate::Exit;
use crate::args::{Output, RunsArgs};
use crate::fault::Fault;
use crate::home::Home;
use crate::print::{say, tell};
use crate::tape;
use outx_flow::RunStatus;
use outx_flow::journal::{Journal, RunSummary};
use serde_json::json;

pub(crate) async fn runs(args: &RunsArgs) -> Result<Exit, Fault> {
    let home = Home::find()?;
    let runs = home.store()?.runs().await?;
    match args.output {
        Output::Json => {
            let list: Vec<_> = runs
                .iter()
                .map(|run| {
                    json!({
                        "run_id": run.run_id,
                        "name": run.name,
                        "status": status(&home, run),
                        "started_at": run.started_at,
                        "emulated": run.emulated,
                    })
                })
                .collect();
            print_json(&list);
        }
        Output::Text if runs.is_empty() => say!("there are no runs in {}", home.folder().display()),
        Output::Text => {
            for run in &runs {
                let emulated = match run.emulated {
                    true if tape::is_replayed(&run.account) => "  (replayed)",
                    true => "  (emulated)",
                    false => "",
                };
                let started = run.started_at.strftime("%Y-%m-%d %H:%M:%SZ");
                tell!("{}  {started}  {:<15}  {}{emulated}", run.run_id, status(&home, run), run.name);
            }
        }
    }
    Ok(Exit::Success)
}

/// A run that says it is running, and that nobody works on, was killed.
pub(super) fn status(home: &Home, run: &RunSummary) -> &'static str {
    if run.status == RunStatus::Running && !home.is_owned(&run.run_id) {
        return "interrupted";
    }
    run.status.word()
}
