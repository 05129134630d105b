//! The `outx` program: YAML in, results out.
//!
//! The only crate that prints, prompts and chooses exit codes. Results go to stdout, everything that is said
//! along the way to stderr; with `--output json` stdout holds exactly one JSON object (or one list).
//!
//! [`main`] is the whole program. Tests call it from a binary of their own, with [`Hooks`].
//!
//! ```
//! use std::process::ExitCode;
//!
//! let code = outx_cli::main(["outx", "--version"].map(Into::into), outx_cli::Hooks::default());
//! assert_eq!(format!("{code:?}"), format!("{:?}", ExitCode::SUCCESS));
//! ```

mod account;
mod ahead;
mod args;
mod before;
mod beside;
mod called;
mod checkup;
mod command;
mod doubts;
mod emulated;
mod exit;
mod fault;
mod given;
mod history;
mod home;
mod kinds;
mod learning;
mod moment;
mod notices;
mod preview;
mod print;
mod profile;
mod programs;
mod progress;
mod prompt;
mod recognise;
mod sarif;
mod secrets;
mod serving;
mod show;
mod table;
mod tape;
mod testing;
mod wait;

pub use exit::Exit;

use crate::print::say;
use args::{Args, Command};
use clap::Parser;
use fault::Fault;
use outx_flow::{Faults, NoFaults};
use std::ffi::OsString;
use std::process::ExitCode;
use std::sync::Arc;

/// Where tests reach into the program.
#[derive(Clone)]
pub struct Hooks {
    /// Called at each fault point of the effect runner.
    pub faults: Arc<dyn Faults>,
}

impl Default for Hooks {
    fn default() -> Self {
        Self { faults: Arc::new(NoFaults) }
    }
}

impl std::fmt::Debug for Hooks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hooks").finish_non_exhaustive()
    }
}

/// Runs the program with the given arguments, the first of which is its own name.
pub fn main(args: impl IntoIterator<Item = OsString>, hooks: Hooks) -> ExitCode {
    let args = match Args::try_parse_from(args) {
        Ok(args) => args,
        Err(error) => {
            // clap prints help and version to stdout, usage errors to stderr. Nobody may be reading either.
            drop(error.print());
            return if error.use_stderr() { Exit::Usage } else { Exit::Success }.into();
        }
    };
    let done = runtime(&args.command).and_then(|runtime| runtime.block_on(run(args, hooks)));
    match done {
        Ok(exit) => exit.into(),
        Err(fault) => {
            say!("{}", fault.text());
            fault.exit().into()
        }
    }
}

/// The emulator serves many clients at once; everything else lives on one thread and starts faster so.
fn runtime(command: &Command) -> Result<tokio::runtime::Runtime, Fault> {
    let mut builder = match command {
        Command::Emulate(_) => tokio::runtime::Builder::new_multi_thread(),
        _ => tokio::runtime::Builder::new_current_thread(),
    };
    builder.enable_all().build().map_err(|error| Fault::io("cannot start", &error))
}

async fn run(args: Args, hooks: Hooks) -> Result<Exit, Fault> {
    match args.command {
        Command::Run(args) => command::run::run(args, hooks).await,
        Command::New(args) => command::new::new(&args),
        Command::Check(args) => command::check::check(&args),
        Command::Test(args) => command::test::test(&args).await,
        Command::Explain(args) => command::explain::explain(&args),
        Command::Eval(args) => command::eval::eval(&args),
        Command::Schema(args) => command::schema::schema(&args),
        Command::Plan(args) => command::plan::plan(args).await,
        Command::Graph(args) => command::graph::graph(&args),
        Command::Resume(args) => command::resume::resume(args, hooks).await,
        Command::Serve(args) => command::serve::serve(&args, hooks).await,
        Command::Schedule(args) => command::schedule::schedule(args).await,
        Command::Runs(args) => command::runs::runs(&args).await,
        Command::Show(args) => command::show::show(&args).await,
        Command::Export(args) => command::export::export(&args).await,
        Command::Approve(args) => command::approve::approve(&args).await,
        Command::Resolve(args) => command::resolve::resolve(&args).await,
        Command::Add(args) => command::add::add(args, hooks).await,
        Command::Retry(args) => command::retry::retry(args, hooks).await,
        Command::Cancel(args) => command::cancel::cancel(&args).await,
        Command::Ledger(args) => command::ledger::ledger(&args).await,
        Command::Limits(args) => command::limits::limits(&args).await,
        Command::Block(args) => command::block::block(&args).await,
        Command::Kind(args) => command::kind::kind(args.command),
        Command::Backup(args) => command::backup::backup(&args),
        Command::Gc(args) => command::gc::gc(&args),
        Command::Forget(args) => command::forget::forget(&args),
        Command::Login(args) => command::login::login(&args).await,
        Command::Profiles(args) => command::profiles::profiles(&args),
        Command::Doctor(args) => command::doctor::doctor(&args).await,
        Command::Poll(args) => command::poll::poll(args).await,
        Command::Task(args) => command::task::task(args).await,
        Command::Emulate(args) => command::emulate::emulate(args).await,
    }
}
