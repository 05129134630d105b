//! How long to stay with a run that waits.

use crate::args::WaitArgs;
use crate::fault::Fault;
use std::io::{self, IsTerminal};
use std::time::Duration;

/// Without a terminal somebody else waits for the program.
const UNATTENDED: Duration = Duration::from_mins(10);

/// A thousand years.
const FOREVER: Duration = Duration::from_hours(24 * 365 * 1_000);

/// What `--wait` says; for ever at a terminal and 10 minutes elsewhere, where it says nothing.
pub(crate) fn patience(args: &WaitArgs) -> Result<Duration, Fault> {
    match args.wait.as_deref().map(str::trim) {
        None | Some("") => Ok(if io::stderr().is_terminal() { FOREVER } else { UNATTENDED }),
        Some("forever") => Ok(FOREVER),
        Some(text) => outx_flow::parse_duration(text)
            .map(|patience| patience.min(FOREVER))
            .map_err(|why| Fault::usage(format!("--wait: {why}"), "or `forever`")),
    }
}
