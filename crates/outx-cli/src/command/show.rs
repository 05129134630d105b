//! `outx show`

use super::runs::status;
use super::{Wish, engine, print_json};
use crate::args::{Output, ShowArgs};
use crate::fault::Fault;
use crate::home::{Home, find_run};
use crate::print::stdout;
use crate::{Exit, Hooks, show as text};
use outx_flow::Engine;

pub(crate) async fn show(args: &ShowArgs) -> Result<Exit, Fault> {
    let home = Home::find()?;
    let store = home.store()?;
    let summary = find_run(&store, &args.run).await?;
    let report = engine(&store, Wish::to_look(&summary), Hooks::default()).describe(&summary.run_id).await?;
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
