//! What several commands take.

use clap::{Args as ClapArgs, ValueEnum};
use std::path::PathBuf;

/// How results are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Output {
    /// For people.
    #[default]
    Text,
    /// One JSON object on stdout.
    Json,
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

/// What a workflow is given.
#[derive(Debug, ClapArgs)]
pub(crate) struct InputArgs {
    /// An input: NAME=VALUE, or NAME=@FILE for a file (csv, json, jsonl, txt)
    #[arg(short = 'i', long = "input", value_name = "NAME=VALUE")]
    pub pairs: Vec<String>,
    /// A YAML or JSON file with inputs; `-i` overrides it
    #[arg(long = "inputs", value_name = "FILE")]
    pub inputs_file: Option<PathBuf>,
    /// Leave bad rows of tables out, and say which; otherwise any of them is refused
    #[arg(long)]
    pub skip_bad_rows: bool,
}

/// Whose key is used.
#[derive(Debug, Clone, Default, ClapArgs)]
pub(crate) struct KeyArgs {
    /// The profile whose key is used [default: OUTX_PROFILE, else `default`; OUTX_API_KEY goes before both]
    #[arg(long, value_name = "NAME", global = true)]
    pub profile: Option<String>,
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
pub(crate) struct WaitArgs {
    /// How long to stay with a run that waits, such as 0s, 10m or forever [default: forever at a terminal, else 10m]
    #[arg(long, value_name = "DURATION", env = "OUTX_WAIT")]
    pub wait: Option<String>,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct NoticeArgs {
    /// Let workflows start programs of this machine, as `core.command` and `notify` with `command` do
    #[arg(long)]
    pub allow_commands: bool,
}
