//! What `outx kind` takes.

use super::Output;
use clap::{Args as ClapArgs, Subcommand};
use std::path::PathBuf;

#[derive(Debug, ClapArgs)]
pub(crate) struct KindArgs {
    #[command(subcommand)]
    pub command: KindCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum KindCommand {
    /// Starts a program and says whether it behaves as a kind must
    Verify(VerifyArgs),
}

#[derive(Debug, ClapArgs)]
pub(crate) struct VerifyArgs {
    /// The program, named outx-kind-NAME
    #[arg(value_name = "PROGRAM")]
    pub path: PathBuf,
    /// An input that it takes, as JSON; the work is then done, twice where that is harmless
    #[arg(long, value_name = "JSON")]
    pub input: Option<String>,
    /// How the result is printed
    #[arg(long, value_enum, default_value_t = Output::Text)]
    pub output: Output,
}
