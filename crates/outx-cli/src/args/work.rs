//! Commands that work on runs.

use super::shared::{InputArgs, KeyArgs, Listing, NoticeArgs, Output, WaitArgs};
use clap::{Args as ClapArgs, Subcommand};
use std::path::PathBuf;

#[derive(Debug, ClapArgs)]
pub(crate) struct RunArgs {
    /// The workflow file
    pub file: PathBuf,
    #[command(flatten)]
    pub inputs: InputArgs,
    /// Run on the embedded service: nothing is sent, no key is needed
    #[arg(long)]
    pub emulate: bool,
    /// A YAML or JSON file that says what the embedded service does otherwise than it would; kept with the run
    #[arg(long, value_name = "FILE", requires = "emulate")]
    pub scenario: Option<PathBuf>,
    /// Write all requests to OutX and their answers into a cassette, without keys; the file must not be there yet
    #[arg(long, value_name = "FILE", conflicts_with = "replay")]
    pub record: Option<PathBuf>,
    /// Be answered by a cassette: nothing is sent, no key is needed
    #[arg(long, value_name = "FILE", conflicts_with = "emulate")]
    pub replay: Option<PathBuf>,
    /// Do the reads, print every write as it would be sent, and send none; no file is written, nobody is asked
    #[arg(long, conflicts_with = "record")]
    pub preview: bool,
    /// Send without asking; needed for a live write without a terminal
    #[arg(long)]
    pub yes: bool,
    /// Leave the run to `outx serve`, and print its id
    #[arg(long, conflicts_with_all = ["record", "replay", "preview"])]
    pub detach: bool,
    /// Call the run so. Where there is a run of that name, it goes on with these inputs and this file: new keys of its
    /// lists begin, those that are gone get nothing more; what changes is shown and asked about
    #[arg(long = "as", value_name = "NAME", conflicts_with_all = ["record", "replay", "preview"])]
    pub name: Option<String>,
    /// Say that nothing was ever sent with this account that this store does not know; needed without a terminal for
    /// its first write
    #[arg(long)]
    pub new_store: bool,
    /// Say that the key is another team's than those that this store knows; needed without a terminal for the first
    /// write of a key that is new here
    #[arg(long)]
    pub new_account: bool,
    #[command(flatten)]
    pub key: KeyArgs,
    #[command(flatten)]
    pub wait: WaitArgs,
    #[command(flatten)]
    pub notices: NoticeArgs,
    /// How the result is printed; csv for --preview only
    #[arg(long, value_enum, default_value_t)]
    pub output: Listing,
}

/// How a run is gone on with.
#[derive(Debug, ClapArgs)]
pub(crate) struct GoOnArgs {
    #[command(flatten)]
    pub key: KeyArgs,
    #[command(flatten)]
    pub wait: WaitArgs,
    #[command(flatten)]
    pub notices: NoticeArgs,
    #[arg(long, value_enum, default_value_t)]
    pub output: Output,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ResumeArgs {
    /// The run's id, or the beginning of it
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    pub run: Option<String>,
    /// Go on with every run that has not ended, each once
    #[arg(long)]
    pub all: bool,
    #[command(flatten)]
    pub how: GoOnArgs,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct AddArgs {
    /// The run's id, or the beginning of it
    pub run: String,
    /// What a list is to be longer by: NAME=@FILE (csv, json, jsonl, txt), or NAME=VALUE; who is in it already stays as
    /// they are
    #[arg(required = true, value_name = "NAME=@FILE")]
    pub pairs: Vec<String>,
    /// Leave bad rows of tables out, and say which; otherwise any of them is refused
    #[arg(long)]
    pub skip_bad_rows: bool,
    /// Send without asking; needed for a live write without a terminal
    #[arg(long)]
    pub yes: bool,
    #[command(flatten)]
    pub how: GoOnArgs,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct RetryArgs {
    /// The run's id, or the beginning of it
    pub run: String,
    /// Do this step once more and what rests on it, also where it did not fail; what was sent stays
    #[arg(long, value_name = "STEP", conflicts_with = "failed")]
    pub from: Option<String>,
    /// Do once more what failed (that is what is done if nothing is said)
    #[arg(long)]
    pub failed: bool,
    #[command(flatten)]
    pub how: GoOnArgs,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ServeArgs {
    /// End as soon as nothing can be done at once any more
    #[arg(long)]
    pub once: bool,
    #[command(flatten)]
    pub key: KeyArgs,
    #[command(flatten)]
    pub notices: NoticeArgs,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ScheduleArgs {
    #[command(subcommand)]
    pub command: ScheduleCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ScheduleCommand {
    /// Schedules a workflow with its inputs, in the place of one of the same name
    Add {
        /// The workflow file, which has a `schedule`
        file: PathBuf,
        #[command(flatten)]
        inputs: InputArgs,
        /// Run on the embedded service: nothing is sent, no key is needed
        #[arg(long)]
        emulate: bool,
        /// Let it send without asking; needed for live writes without a terminal
        #[arg(long)]
        yes: bool,
        /// Say that nothing was ever sent with this account that this store does not know; needed without a terminal
        /// for its first write
        #[arg(long)]
        new_store: bool,
        /// Say that the key is another team's than those that this store knows; needed without a terminal for the
        /// first write of a key that is new here
        #[arg(long)]
        new_account: bool,
        #[command(flatten)]
        key: KeyArgs,
    },
    /// Lists what is scheduled, and when it is started the next time
    List {
        #[arg(long, value_enum, default_value_t)]
        output: Output,
    },
    /// Starts a workflow no more; runs that were started go on
    Remove {
        /// The workflow's name
        name: String,
    },
}

#[derive(Debug, ClapArgs)]
pub(crate) struct TaskArgs {
    #[command(flatten)]
    pub key: KeyArgs,
    #[command(subcommand)]
    pub command: TaskCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum TaskCommand {
    /// Creates a task through the ledger and prints its id
    Create {
        /// The endpoint, such as fetch-profile
        endpoint: String,
        /// An input field: NAME=VALUE
        #[arg(short = 'i', long = "input", value_name = "NAME=VALUE")]
        inputs: Vec<String>,
        /// Send a write without asking; needed without a terminal
        #[arg(long)]
        yes: bool,
        /// Say that nothing was ever sent with this account that this store does not know; needed without a terminal
        /// for its first write
        #[arg(long)]
        new_store: bool,
        /// Say that the key is another team's than those that this store knows; needed without a terminal for the
        /// first write of a key that is new here
        #[arg(long)]
        new_account: bool,
        #[arg(long, value_enum, default_value_t)]
        output: Output,
    },
    /// Asks once how a task stands
    Get {
        /// The task's id
        id: String,
        #[arg(long, value_enum, default_value_t)]
        output: Output,
    },
    /// Waits for a task's end
    Wait {
        /// The task's id
        id: String,
        #[arg(long, value_enum, default_value_t)]
        output: Output,
    },
}
