//! Commands about an account: its key, how much it may send, and to whom.

use super::shared::{AccountArgs, Output};
use clap::{Args as ClapArgs, Subcommand};
use std::path::PathBuf;

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
