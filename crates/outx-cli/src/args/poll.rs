//! `outx poll`

use super::shared::{AccountArgs, Output};
use clap::{Args as ClapArgs, Subcommand};

#[derive(Debug, ClapArgs)]
#[command(after_help = AFTER)]
pub(crate) struct PollArgs {
    #[command(subcommand)]
    pub command: PollCommand,
}

const AFTER: &str = "\
With OUTX_LEARN=on, each task whose result a run asked for teaches how long tasks of its endpoint and account take, and
`poll: { policy: learned }` in a workflow asks when that says so. With fewer than 20 tasks, or with learning off, a task is
taken for a usual one. Tasks of emulated and replayed runs teach nothing.";

#[derive(Debug, Subcommand)]
pub(crate) enum PollCommand {
    /// Shows how long an endpoint's tasks take, when results are asked for by that and why, and what it saves
    Explain {
        /// The endpoint, such as fetch-profile
        endpoint: String,
        #[command(flatten)]
        account: AccountArgs,
        #[arg(long, value_enum, default_value_t)]
        output: Output,
    },
    /// Lists what was learned, of all accounts
    Laws {
        #[arg(long, value_enum, default_value_t)]
        output: Output,
    },
    /// Forgets what was learned of an endpoint, so that it is learned anew
    Forget {
        /// The endpoint
        endpoint: String,
        #[command(flatten)]
        account: AccountArgs,
    },
}
