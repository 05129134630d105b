//! Commands about workflow files.

use super::shared::{InputArgs, KeyArgs, Output};
use clap::{Args as ClapArgs, ValueEnum};
use std::path::PathBuf;

#[derive(Debug, ClapArgs)]
pub(crate) struct CheckArgs {
    /// The workflow files
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    /// Make the fixes that are safe, in the files themselves
    #[arg(long)]
    pub fix: bool,
    /// How findings are printed
    #[arg(long, value_enum, default_value_t)]
    pub output: CheckOutput,
}

/// How findings are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum CheckOutput {
    /// For people, on stderr.
    #[default]
    Text,
    /// One JSON object on stdout.
    Json,
    /// A SARIF log on stdout, as code hosts read it.
    Sarif,
}

#[derive(Debug, Default, ClapArgs)]
pub(crate) struct NewArgs {
    /// Its name, which is the file's too
    pub name: Option<String>,
    /// What it is to do
    #[arg(long, value_enum)]
    pub task: Option<Task>,
    /// When it is started
    #[arg(long, value_enum)]
    pub starts: Option<Starts>,
    /// Where the file is written [default: here]
    #[arg(long, value_name = "FOLDER")]
    pub folder: Option<PathBuf>,
    #[arg(long, value_enum, default_value_t)]
    pub output: Output,
}

/// What a new workflow is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Task {
    /// Look people up, into a CSV file.
    People,
    /// Read what companies write, into a CSV file.
    Companies,
    /// Invite people of a list.
    Invite,
    /// Write to connections.
    Message,
}

/// When a new workflow is started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Starts {
    /// By hand.
    ByHand,
    /// By itself, on weekdays at 7:00 in this machine's time zone.
    Weekdays,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct PlanArgs {
    /// The workflow file
    pub file: PathBuf,
    #[command(flatten)]
    pub inputs: InputArgs,
    #[command(flatten)]
    pub key: KeyArgs,
    #[arg(long, value_enum, default_value_t)]
    pub output: Output,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct SchemaArgs {
    /// Prints that of test files, `*.test.yaml`, instead
    #[arg(long)]
    pub tests: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ExplainArgs {
    /// The finding, such as OX101; without it all are listed
    pub code: Option<String>,
    #[arg(long, value_enum, default_value_t)]
    pub output: Output,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct EvalArgs {
    /// The expression, with or without `${{ }}`
    #[arg(allow_hyphen_values = true)]
    pub expression: String,
    /// A YAML or JSON file with the names that it may read, such as `inputs: { topic: rust }`
    #[arg(long, value_name = "FILE")]
    pub with: Option<PathBuf>,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct GraphArgs {
    /// The workflow file
    pub file: PathBuf,
    #[arg(long, value_enum, default_value_t)]
    pub format: GraphFormat,
}

/// How a graph is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum GraphFormat {
    /// Mermaid, as GitHub and many editors draw it.
    #[default]
    Mermaid,
    /// Steps and edges as JSON.
    Json,
    /// A picture.
    Svg,
}
