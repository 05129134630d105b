//! Commands by which a person says something to a run.

use clap::Args as ClapArgs;

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
pub(crate) struct CancelArgs {
    /// The run's id, or the beginning of it
    pub run: String,
}
