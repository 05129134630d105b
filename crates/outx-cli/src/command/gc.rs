//! `outx gc`

use super::print_json;
use crate::Exit;
use crate::args::{GcArgs, Output};
use crate::fault::Fault;
use crate::home::Home;
use crate::print::{say, tell};
use outx_flow::parse_duration;
use outx_store::Swept;
use outx_transport::{Clock, SystemClock};
use serde_json::json;

/// So many runs are held and removed at once; others wait for the store no longer than that takes.
const AT_ONCE: usize = 100;

pub(crate) fn gc(args: &GcArgs) -> Result<Exit, Fault> {
    let age = parse_duration(args.older_than.trim())
        .map_err(|why| Fault::usage(format!("--older-than: {why}"), ""))?;
    let home = Home::find()?;
    let before = SystemClock.now().checked_sub(age).unwrap_or(jiff::Timestamp::MIN);
    let keeper = home.keeper()?;
    let runs = keeper.ended_before(before)?;
    let swept = if args.dry_run {
        keeper.weigh(&runs)?
    } else {
        let mut swept = Swept::default();
        for some in runs.chunks(AT_ONCE) {
            // Whoever works on an ended run begins it anew; that one is left for the next time.
            let held: Vec<_> = some.iter().filter_map(|run| Some((run, home.own(run).ok()?))).collect();
            let free: Vec<_> = held.iter().map(|(run, _)| (*run).clone()).collect();
            swept.add(keeper.clear(&free)?);
        }
        swept.add(keeper.sweep()?);
        swept
    };
    let Swept { runs, facts, values, records, bytes } = swept;
    match args.output {
        Output::Json => print_json(&json!({
            "dry_run": args.dry_run, "runs": runs, "facts": facts, "values": values, "records": records,
            "bytes": bytes,
        })),
        Output::Text => {
            let done = if args.dry_run { "would be removed" } else { "removed" };
            tell!(
                "{done} of {runs} runs that ended before {}: {facts} facts, {values} values, {records} records of \
                 emulated services; {} KB",
                before.strftime("%Y-%m-%d"),
                bytes.div_ceil(1024)
            );
            say!("the ledger and the list of runs stay; the file keeps its size, and the room is used again");
        }
    }
    Ok(Exit::Success)
}
