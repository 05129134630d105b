//! Commands that look after the store and what is around it.

use super::shared::{KeyArgs, Output};
use clap::Args as ClapArgs;
use std::path::PathBuf;

#[derive(Debug, ClapArgs)]
pub(crate) struct DoctorArgs {
    #[command(flatten)]
    pub key: KeyArgs,
    /// Look at the embedded service instead of the real one
    #[arg(long)]
    pub emulate: bool,
    #[arg(long, value_enum, default_value_t)]
    pub output: Output,
}

#[derive(Debug, ClapArgs)]
#[command(
    after_help = "To restore it, end all outx programs, put the copy in the place of outx.db and delete outx.db-wal and \
    outx.db-shm.\nWhat was sent after the backup was made is not known to it, and may be sent again."
)]
pub(crate) struct BackupArgs {
    /// The copy; there must be no such file yet
    pub file: PathBuf,
}

#[derive(Debug, ClapArgs)]
#[command(
    after_help = "Facts and values of runs that ended before then are removed. Runs that have not ended stay whole, also \
    those\nthat wait or are in doubt. The ledger stays: what was sent is not sent again, whenever that was."
)]
pub(crate) struct GcArgs {
    /// How long ago a run must have ended, such as 90d
    #[arg(long, value_name = "DURATION")]
    pub older_than: String,
    /// Only count what would be removed
    #[arg(long)]
    pub dry_run: bool,
    #[arg(long, value_enum, default_value_t)]
    pub output: Output,
}

#[derive(Debug, ClapArgs)]
#[command(
    after_help = "In runs that have ended and in results that the ledger holds, everything that stands beside a name of the \
    person\nis emptied, and their full name is blanked wherever else it stands in those runs; items that are known by the person \
    get\nanother key. All other people stay. What keeps the person from being written to again stays too: what was sent, under\n\
    their id, and the block list. What is not reached is said."
)]
pub(crate) struct ForgetArgs {
    /// A profile's address, its last part, or a URN
    pub person: String,
    /// Only say where the store tells of the person
    #[arg(long)]
    pub dry_run: bool,
    /// Forget without asking; needed without a terminal
    #[arg(long)]
    pub yes: bool,
    #[arg(long, value_enum, default_value_t)]
    pub output: Output,
}
