//! The command line.

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// LinkedIn automations through the OutX API, from YAML that a person can read.
///
/// No task id is ever lost, no write is ever sent twice, every run can be stopped, killed and continued.
#[derive(Debug, Parser)]
#[command(name = "outx", version, propagate_version = true, after_help = AFTER)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub command: Command,
}

const AFTER: &str = "\
Environment:
  OUTX_API_KEY   the key of your OutX team; goes before any profile
  OUTX_PROFILE   the profile whose key is used, as --profile (default: `default`)
  OUTX_BASE_URL  where the API is (default: https://api.outx.ai)
  OUTX_WAIT      how long to stay with a run that waits, as --wait
  OUTX_HOME      where runs and the ledger are kept (default: the platform's data folder)
  OUTX_CONFIG    where profiles are kept (default: OUTX_HOME, else the platform's folder for settings)

Exit codes:
  0 succeeded              1 a step, task or check failed    2 wrong usage or invalid workflow
  3 key missing or refused 5 needs attention (a write is in doubt)
  7 network                8 waiting, nothing is wrong  130 interrupted
  `outx task`, `login` and `doctor` also: 4 extension asleep, 6 limit reached. 70: the program or its store failed.

Try it without a key:  outx run workflows/profile-lookup.yaml --emulate
Begin:                 outx login, then outx doctor";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Runs a workflow
    Run(RunArgs),
    /// Checks workflow files and says everything that is wrong with them
    Check(CheckArgs),
    /// Shows which step waits for which
    Graph(GraphArgs),
    /// Goes on with a run that was stopped, killed or waits
    Resume(ResumeArgs),
    /// Goes on with all runs that wait, for as long as it lives, and takes those that are detached or scheduled
    Serve(ServeArgs),
    /// Keeps the workflows that `outx serve` starts by itself, at the times of their `schedule`
    Schedule(ScheduleArgs),
    /// Lists the runs
    Runs(RunsArgs),
    /// Shows a run, one step, its items or its events
    Show(ShowArgs),
    /// Prints what runs did, step by step, for other programs
    Export(ExportArgs),
    /// Says what became of a write that is in doubt, or gives up a task that never ends
    Resolve(ResolveArgs),
    /// Says yes or no to a step that asks a person (`core.approve`)
    Approve(ApproveArgs),
    /// Does once more what failed in a run, and goes on from there
    Retry(RetryArgs),
    /// Ends a run; what it has sent stays sent, and its tasks can still be asked for
    Cancel(CancelArgs),
    /// Shows what the account has sent to whom, over all runs and commands
    Ledger(LedgerArgs),
    /// Shows or sets how much the account may send, and when
    Limits(LimitsArgs),
    /// Keeps the list of people who are never contacted
    Block(BlockArgs),
    /// Creates and follows single tasks
    Task(TaskArgs),
    /// Copies the store while others work with it, and reads the copy through
    Backup(BackupArgs),
    /// Removes what old runs did in detail; the ledger stays whole
    Gc(GcArgs),
    /// Forgets a person, as far as this machine's store can
    Forget(ForgetArgs),
    /// Keeps a team's key in a profile, after it was tried
    Login(LoginArgs),
    /// Lists the profiles, without their keys
    Profiles(ProfilesArgs),
    /// Looks whether key, service, extension, clock and store are as they should be
    Doctor(DoctorArgs),
    /// Serves the OutX API on loopback, for trying and testing
    Emulate(EmulateArgs),
}

/// How results are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Output {
    /// For people.
    #[default]
    Text,
    /// One JSON object on stdout.
    Json,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct RunArgs {
    /// The workflow file
    pub file: PathBuf,
    #[command(flatten)]
    pub inputs: InputArgs,
    /// Run on the embedded service: nothing is sent, no key is needed
    #[arg(long)]
    pub emulate: bool,
    /// Write all requests and answers into a cassette, without keys; the file must not be there yet
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
    /// Say that nothing was ever sent with this account that this store does not know; needed without a terminal for
    /// its first write
    #[arg(long)]
    pub new_store: bool,
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

/// What a workflow is given.
#[derive(Debug, ClapArgs)]
pub(crate) struct InputArgs {
    /// An input: NAME=VALUE, or NAME=@FILE for a file (csv, json, jsonl, txt)
    #[arg(short = 'i', long = "input", value_name = "NAME=VALUE")]
    pub pairs: Vec<String>,
    /// A YAML or JSON file with inputs; `-i` overrides it
    #[arg(long = "inputs", value_name = "FILE")]
    pub inputs_file: Option<PathBuf>,
}

/// Whose key is used.
#[derive(Debug, Clone, Default, ClapArgs)]
pub(crate) struct KeyArgs {
    /// The profile whose key is used [default: OUTX_PROFILE, else `default`; OUTX_API_KEY goes before both]
    #[arg(long, value_name = "NAME", global = true)]
    pub profile: Option<String>,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct LoginArgs {
    /// The profile that keeps the key [default: OUTX_PROFILE, else `default`]
    #[arg(long, value_name = "NAME")]
    pub profile: Option<String>,
    /// Have a code mailed to this address and sign in with it, instead of pasting a key
    #[arg(long, value_name = "ADDRESS")]
    pub email: Option<String>,
    /// Your name, for an address that is new to the service: an account, a team and a key are made for it
    #[arg(long, value_name = "NAME", requires = "email")]
    pub full_name: Option<String>,
    /// Give the profile to another team, whose ledger is another one
    #[arg(long)]
    pub replace: bool,
    #[arg(long, value_enum, default_value_t)]
    pub output: Output,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ProfilesArgs {
    #[arg(long, value_enum, default_value_t)]
    pub output: Output,
}

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
pub(crate) struct WaitArgs {
    /// How long to stay with a run that waits, such as 0s, 10m or forever [default: forever at a terminal, else 10m]
    #[arg(long, value_name = "DURATION", env = "OUTX_WAIT")]
    pub wait: Option<String>,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ResolveArgs {
    /// The run's id, or the beginning of it
    pub run: String,
    /// The step, such as `invite` or `person[ada].invite`
    pub step: String,
    #[command(flatten)]
    pub word: ResolveWord,
}

#[derive(Debug, ClapArgs)]
#[group(required = true, multiple = false)]
pub(crate) struct ResolveWord {
    /// It reached the service: the step counts as done, and is never sent again
    #[arg(long)]
    pub sent: bool,
    /// It reached the service as this task, whose result is asked for
    #[arg(long, value_name = "ID")]
    pub task: Option<String>,
    /// It did not reach the service: it is sent again when the run goes on
    #[arg(long)]
    pub not_sent: bool,
    /// Nobody knows: the step has failed, and is never sent again
    #[arg(long)]
    pub give_up: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ApproveArgs {
    /// The run's id, or the beginning of it
    pub run: String,
    /// The step, such as `release` or `person[ada].release`
    pub step: String,
    /// Say no: the step has failed, and what needs it is skipped
    #[arg(long)]
    pub no: bool,
    /// Who says it [default: who is signed in on this machine]
    #[arg(long, value_name = "NAME")]
    pub by: Option<String>,
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
    pub key: KeyArgs,
    #[command(flatten)]
    pub wait: WaitArgs,
    #[command(flatten)]
    pub notices: NoticeArgs,
    #[arg(long, value_enum, default_value_t)]
    pub output: Output,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct CancelArgs {
    /// The run's id, or the beginning of it
    pub run: String,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct AccountArgs {
    #[command(flatten)]
    pub key: KeyArgs,
    /// The account, as `outx runs --output json` names it [default: that of the key]
    #[arg(long, value_name = "ID")]
    pub account: Option<String>,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct LedgerArgs {
    #[command(flatten)]
    pub account: AccountArgs,
    /// Only what concerns this person: a profile's address, its last part, or a URN
    #[arg(long)]
    pub person: Option<String>,
    /// Only this endpoint
    #[arg(long)]
    pub endpoint: Option<String>,
    /// Only what stands so, such as in_doubt, pending or completed
    #[arg(long, value_parser = clap::builder::PossibleValuesParser::new(outx_model::ActionState::WORDS))]
    pub state: Option<String>,
    #[arg(long, value_enum, default_value_t)]
    pub output: Output,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct LimitsArgs {
    #[command(flatten)]
    pub account: AccountArgs,
    #[command(subcommand)]
    pub command: Option<LimitsCommand>,
    #[arg(long, value_enum, default_value_t)]
    pub output: Output,
}

#[derive(Debug, Subcommand)]
pub(crate) enum LimitsCommand {
    /// Prints the rules as YAML, to be edited and set
    Export,
    /// Sets the rules of a YAML or JSON file
    Set {
        /// The file
        file: PathBuf,
    },
    /// Sets no rule at all; for a live account this is rarely wise
    Off,
    /// Takes back what was set: the cautious rules that are shipped hold again
    Reset,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct BlockArgs {
    #[command(flatten)]
    pub account: AccountArgs,
    #[command(subcommand)]
    pub command: BlockCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum BlockCommand {
    /// Puts people on the list: profile addresses, their last parts, or URNs
    Add {
        /// The people
        #[arg(required = true)]
        people: Vec<String>,
        /// Why
        #[arg(long)]
        note: Option<String>,
    },
    /// Puts everybody of a file on the list: one a line, a note after a comma, `-` for standard input
    Import {
        /// The file
        file: PathBuf,
    },
    /// Prints the list as CSV, which `import` reads
    Export,
    /// Shows the list
    List {
        #[arg(long, value_enum, default_value_t)]
        output: Output,
    },
    /// Takes people from the list
    Remove {
        /// The people
        #[arg(required = true)]
        people: Vec<String>,
    },
}

#[derive(Debug, ClapArgs)]
pub(crate) struct CheckArgs {
    /// The workflow files
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    #[arg(long, value_enum, default_value_t)]
    pub output: Output,
}

/// How a graph is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum GraphFormat {
    /// Mermaid, as GitHub and many editors draw it.
    #[default]
    Mermaid,
    /// Steps and edges as JSON.
    Json,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct GraphArgs {
    /// The workflow file
    pub file: PathBuf,
    #[arg(long, value_enum, default_value_t)]
    pub format: GraphFormat,
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
pub(crate) struct NoticeArgs {
    /// Let workflows start programs of this machine, as `notify` with `command` does
    #[arg(long)]
    pub allow_commands: bool,
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
pub(crate) struct ResumeArgs {
    /// The run's id, or the beginning of it
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    pub run: Option<String>,
    /// Go on with every run that has not ended, each once
    #[arg(long)]
    pub all: bool,
    #[command(flatten)]
    pub key: KeyArgs,
    #[command(flatten)]
    pub wait: WaitArgs,
    #[command(flatten)]
    pub notices: NoticeArgs,
    #[arg(long, value_enum, default_value_t)]
    pub output: Output,
}

/// How a list is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Listing {
    /// For people.
    #[default]
    Text,
    /// JSON on stdout; for events, an object a line.
    Json,
    /// A table with a header.
    Csv,
}

/// How a run stands, as lists show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(crate) enum RunWord {
    Running,
    Succeeded,
    Failed,
    Waiting,
    NeedsAttention,
    Cancelled,
    /// It says that it is running, and nobody works on it: it was killed
    Interrupted,
}

impl RunWord {
    /// The word itself.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Waiting => "waiting",
            Self::NeedsAttention => "needs_attention",
            Self::Cancelled => "cancelled",
            Self::Interrupted => "interrupted",
        }
    }
}

/// How an item stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(crate) enum ItemWord {
    NotStarted,
    Running,
    Waiting,
    Succeeded,
    Failed,
    InDoubt,
    Cancelled,
}

impl ItemWord {
    /// The word itself.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::NotStarted => "not_started",
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::InDoubt => "in_doubt",
            Self::Cancelled => "cancelled",
        }
    }
}

#[derive(Debug, ClapArgs)]
pub(crate) struct RunsArgs {
    /// Only those that stand so; may be given several times
    #[arg(long, value_enum)]
    pub status: Vec<RunWord>,
    /// Only those of the workflow of this name
    #[arg(long)]
    pub name: Option<String>,
    /// Only those started since then: how long ago (7d), a day (2026-03-02) or a moment
    #[arg(long, value_name = "WHEN")]
    pub since: Option<String>,
    /// At most so many, the newest first
    #[arg(long, value_name = "COUNT")]
    pub limit: Option<std::num::NonZeroUsize>,
    /// Leave out so many of the newest
    #[arg(long, value_name = "COUNT", default_value_t = 0)]
    pub offset: usize,
    #[arg(long, value_enum, default_value_t)]
    pub output: Output,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ShowArgs {
    /// The run's id, or the beginning of it
    pub run: String,
    /// Its facts, one a line; with `--output json` as they are kept, in JSON Lines
    #[arg(long, conflicts_with_all = ["step", "items"])]
    pub events: bool,
    /// One step with its input and output, such as `invite` or `person[ada].invite`; with --items, only this fan-out
    #[arg(long, value_name = "STEP")]
    pub step: Option<String>,
    /// The items of its fan-outs, one a line
    #[arg(long)]
    pub items: bool,
    /// Only items that stand so
    #[arg(long, value_enum, requires = "items")]
    pub status: Option<ItemWord>,
    #[arg(long, value_enum, default_value_t)]
    pub output: Listing,
}

/// How runs are exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportFormat {
    /// A JSON object a line.
    Jsonl,
    /// A table with a header; what is no text stands in its cell as JSON.
    Csv,
}

#[derive(Debug, ClapArgs)]
#[command(
    after_help = "One line for the run, and one for each step and item, with input, output, error and times.\n\
    An export is as personal as the run was, and `outx forget` does not reach it."
)]
pub(crate) struct ExportArgs {
    /// The run's id, or the beginning of it
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    pub run: Option<String>,
    /// All runs, from the oldest on
    #[arg(long)]
    pub all: bool,
    #[arg(long, value_enum)]
    pub format: ExportFormat,
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

#[derive(Debug, ClapArgs)]
#[command(after_help = EMULATE_AFTER)]
pub(crate) struct EmulateArgs {
    /// The port; 0 for any free one
    #[arg(long, default_value_t = 0)]
    pub port: u16,
    /// The address to listen on; beyond this machine only with --api-key
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    pub listen: std::net::IpAddr,
    /// The one key that is accepted; without it any key is a team of its own
    #[arg(long, value_name = "KEY")]
    pub api_key: Option<String>,
    /// How long a task takes, such as 0s, 1s, or 5s..60s
    #[arg(long, value_name = "DURATION", default_value = "1s")]
    pub latency: String,
    /// The folder where the service's state is kept; without it, it is forgotten at the end
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// A YAML or JSON file that says what the service does otherwise than it would
    #[arg(long, value_name = "FILE")]
    pub scenario: Option<PathBuf>,
    /// What ids and people are made from; the same seed makes the same ones
    #[arg(long, value_name = "NUMBER")]
    pub seed: Option<u64>,
    /// How many times as fast as real time the service's time runs
    #[arg(long, value_name = "FACTOR", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub time_scale: u32,
    /// Opens the admin door on this port of this machine; 0 for any free one
    #[arg(long, value_name = "PORT")]
    pub admin_port: Option<u16>,
    /// The token of the admin door; without it one is made and printed
    #[arg(long, value_name = "TOKEN", env = "OUTX_ADMIN_TOKEN", hide_env_values = true)]
    pub admin_token: Option<String>,
    #[arg(long, value_enum, default_value_t)]
    pub output: Output,
}

const EMULATE_AFTER: &str = "\
The admin door is for testers and no part of the OutX API: it turns time forward, wakes and silences the
extension, reads mails with sign-in codes, lists requests and injects faults. GET /openapi.json describes the API.

One SIGINT or SIGTERM answers what had begun and ends; a second one ends at once.";
