//! Commands about workflow files.

use super::shared::Output;
use clap::{Args as ClapArgs, ValueEnum};
use std::path::PathBuf;

#[derive(Debug, ClapArgs)]
pub(crate) struct CheckArgs {
    /// The workflow files
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    #[arg(long, value_enum, default_value_t)]
    pub output: Output,
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
}
