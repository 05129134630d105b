//! Commands that look at what was done.

use super::shared::{AccountArgs, Listing, Output};
use clap::{Args as ClapArgs, ValueEnum};

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

/// How runs are exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportFormat {
    /// A JSON object a line.
    Jsonl,
    /// A table with a header; what is no text stands in its cell as JSON.
    Csv,
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
