//! Commands about tests of workflows.

use super::shared::Output;
use clap::{Args as ClapArgs, Subcommand};
use std::path::PathBuf;

#[derive(Debug, ClapArgs)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct TestArgs {
    #[command(subcommand)]
    pub command: Option<TestCommand>,
    #[command(flatten)]
    pub run: TestRunArgs,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct TestRunArgs {
    /// Test files, or folders in which all `*.test.yaml` are taken [default: here]
    pub paths: Vec<PathBuf>,
    /// Only cases whose file or name holds this text
    #[arg(long, value_name = "TEXT")]
    pub filter: Option<String>,
    /// Begin no further case once one has failed
    #[arg(long)]
    pub fail_fast: bool,
    /// Stay, and run again whenever a file changes
    #[arg(long, conflicts_with = "junit")]
    pub watch: bool,
    /// Take snapshots anew, where cases have them
    #[arg(long)]
    pub update: bool,
    /// Write the results as JUnit XML, as CI services read it
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
    /// Fail where less of a workflow is reached, in percent
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(0..=100))]
    pub min_coverage: Option<u8>,
    /// Play each case that holds in so many ways, with faults and kills, and look for broken laws
    #[arg(long, value_name = "HISTORIES")]
    pub explore: Option<usize>,
    /// What the faults of --explore are drawn from
    #[arg(long, default_value_t = 1, requires = "explore")]
    pub seed: u64,
    /// How results are printed
    #[arg(long, value_enum, default_value_t)]
    pub output: Output,
}

#[derive(Debug, Subcommand)]
pub(crate) enum TestCommand {
    /// Makes a case of a run of the past, with stand-ins for people and secrets
    Record(RecordArgs),
}

#[derive(Debug, ClapArgs)]
pub(crate) struct RecordArgs {
    /// The run's id, or the beginning of it
    pub run: String,
    /// Keep what stands in fields of this name, such as `headline`; may be given again
    #[arg(long, value_name = "FIELD")]
    pub keep: Vec<String>,
    /// How the case calls the workflow's file [default: the workflow's name with .yaml]
    #[arg(long, value_name = "PATH")]
    pub workflow: Option<String>,
}
