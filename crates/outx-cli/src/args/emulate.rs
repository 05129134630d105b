//! `outx emulate`

use super::shared::Output;
use clap::Args as ClapArgs;
use std::path::PathBuf;

#[derive(Debug, ClapArgs)]
#[command(after_help = EMULATE_AFTER)]
pub(crate) struct EmulateArgs {
    /// The port; 0 for any free one
    #[arg(long, default_value_t = 0)]
    pub port: u16,
    /// The address to listen on; beyond this machine only with --api-key
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    pub listen: std::net::IpAddr,
    /// The one key that is accepted; without it any key is a team of its own
    #[arg(long, value_name = "KEY")]
    pub api_key: Option<String>,
    /// How long a task takes, such as 0s, 1s, or 5s..60s
    #[arg(long, value_name = "DURATION", default_value = "1s")]
    pub latency: String,
    /// The folder where the service's state is kept; without it, it is forgotten at the end
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// A YAML or JSON file that says what the service does otherwise than it would
    #[arg(long, value_name = "FILE")]
    pub scenario: Option<PathBuf>,
    /// What ids and people are made from; the same seed makes the same ones
    #[arg(long, value_name = "NUMBER")]
    pub seed: Option<u64>,
    /// How many times as fast as real time the service's time runs
    #[arg(long, value_name = "FACTOR", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub time_scale: u32,
    /// Opens the admin door on this port of this machine; 0 for any free one
    #[arg(long, value_name = "PORT")]
    pub admin_port: Option<u16>,
    /// The token of the admin door; without it one is made and printed
    #[arg(long, value_name = "TOKEN", env = "OUTX_ADMIN_TOKEN", hide_env_values = true)]
    pub admin_token: Option<String>,
    #[arg(long, value_enum, default_value_t)]
    pub output: Output,
}

const EMULATE_AFTER: &str = "\
The admin door is for testers and no part of the OutX API: it turns time forward, wakes and silences the
extension, reads mails with sign-in codes, lists requests and injects faults. GET /openapi.json describes the API.

One SIGINT or SIGTERM answers what had begun and ends; a second one ends at once.";
