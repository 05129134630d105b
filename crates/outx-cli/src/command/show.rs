//! `outx show`

use super::runs::status;
use super::{engine, print_json};
use crate::args::{Output, ShowArgs};
use crate::fault::Fault;
use crate::home::{Home, find_run};
use crate::print::stdout;
use crate::{Exit, Hooks, emulated, show as text};
use outx_flow::Engine;

pub(crate) async fn show(args: &ShowArgs) -> Result<Exit, Fault> {
    let home = Home::find()?;
    let store = home.store()?;
    let summary = find_run(&store, &args.run).await?;
    // Describing sends nothing, so any client will do; the embedded one needs no key.
    let client = emulated::idle_client(&summary.account);
    let poll = summary.emulated.then(emulated::poll);
    let report = engine(&store, client, poll, Hooks::default()).describe(&summary.run_id).await?;
    let status = status(&home, &summary);
    let report = if status == "interrupted" { report.interrupted() } else { report };
    match args.output {
        Output::Json => {
            let mut report = serde_json::json!(report);
            report["status"] = status.into();
            print_json(&report);
        }
        Output::Text => stdout(&text::report(&report, status)),
    }
    Ok(Exit::Success)
}
