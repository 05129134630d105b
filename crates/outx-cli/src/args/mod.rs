//! The command line.

mod account;
mod care;
mod emulate;
mod file;
mod history;
mod kind;
mod poll;
mod shared;
mod test;
mod word;
mod work;

pub(crate) use account::{BlockArgs, BlockCommand, LimitsArgs, LimitsCommand, LoginArgs, ProfilesArgs};
pub(crate) use care::{BackupArgs, DoctorArgs, ForgetArgs, GcArgs};
pub(crate) use emulate::EmulateArgs;
pub(crate) use file::{
    CheckArgs, CheckOutput, EvalArgs, ExplainArgs, GraphArgs, GraphFormat, NewArgs, PlanArgs, SchemaArgs,
    Starts, Task,
};
pub(crate) use history::{ExportArgs, ExportFormat, LedgerArgs, RunsArgs, ShowArgs};
pub(crate) use kind::{KindArgs, KindCommand, VerifyArgs};
pub(crate) use poll::{PollArgs, PollCommand};
pub(crate) use shared::{AccountArgs, InputArgs, KeyArgs, Listing, Output, WaitArgs};
pub(crate) use test::{RecordArgs, TestArgs, TestCommand, TestRunArgs};
pub(crate) use word::{ApproveArgs, CancelArgs, ResolveArgs, ResolveWord};
pub(crate) use work::{
    AddArgs, GoOnArgs, ResumeArgs, RetryArgs, RunArgs, ScheduleArgs, ScheduleCommand, ServeArgs, TaskArgs,
    TaskCommand,
};

use clap::{Parser, Subcommand};

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
  OUTX_LEARN     `on` learns how long tasks take, for `policy: learned`; see `outx poll` (default: off)
  OUTX_HOME      where runs and the ledger are kept (default: the platform's data folder)
  OUTX_CONFIG    where profiles are kept (default: OUTX_HOME, else the platform's folder for settings)

Exit codes:
  0 succeeded              1 a step, task or check failed    2 wrong usage or invalid workflow
  3 key missing or refused 5 needs attention (a write is in doubt)
  7 network                8 waiting, nothing is wrong  130 interrupted
  `outx task`, `login` and `doctor` also: 4 extension asleep, 6 limit reached. 70: the program or its store failed,
  or another process took the run over.

Try it without a key:  outx run workflows/profile-lookup.yaml --emulate
Begin:                 outx login, then outx doctor";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Runs a workflow
    Run(RunArgs),
    /// Writes a workflow to begin with, after three questions
    New(NewArgs),
    /// Checks workflow files and says everything that is wrong with them
    Check(CheckArgs),
    /// Tests workflows in virtual time: runs the cases of `*.test.yaml`
    Test(TestArgs),
    /// Explains a finding of `outx check`, with an example and its remedy
    Explain(ExplainArgs),
    /// Computes an expression and prints its value as JSON
    Eval(EvalArgs),
    /// Prints the JSON Schema of workflow files, for editors
    Schema(SchemaArgs),
    /// Shows what a run would do, send and cost, and when it would end; creates nothing
    Plan(PlanArgs),
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
    /// Puts more rows into a list of a run, and goes on with it
    Add(AddArgs),
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
    /// Shows how long tasks take, and when their results are asked for by that
    Poll(PollArgs),
    /// Creates and follows single tasks
    Task(TaskArgs),
    /// Looks after kinds that are programs of one's own
    Kind(KindArgs),
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
