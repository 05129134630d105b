//! `outx test`: a hundred cases of a campaign of two weeks, and one case of nothing, process start to exit, beside a
//! program that does nothing.
//!
//! ```text
//! cargo build --release --package outx-cli && cargo bench --package outx-benches --bench testing
//! ```

#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark prints its table and measures real time"
)]
#![expect(clippy::expect_used, reason = "a benchmark that cannot be set up must not go on")]

use outx_benches::program;
use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const ROUNDS: usize = 21;
const CASES: usize = 100;

/// Two weeks in which nobody accepts but at the end: each look at the connections is made.
const CAMPAIGN: &str = r#"
outx: 1
name: campaign
inputs: { people: { type: array, items: person } }
steps:
  person:
    each: ${{ inputs.people }}
    as: who
    steps:
      profile: { uses: linkedin.fetch-profile, with: { profile_slug: "${{ who }}" } }
      invite: { uses: linkedin.send-connection-request, with: { profile_urn: "${{ steps.profile.output.profile_urn }}" } }
      accepted: { needs: [invite], uses: linkedin.await-connection, with: { profile_urn: "${{ steps.profile.output.profile_urn }}", for: 14d } }
      thanks: { if: steps.accepted.output.connected, uses: linkedin.send-message, with: { recipient_urn: "${{ steps.profile.output.profile_urn }}", message: Thank you } }
"#;

const SERVICE: &str = r#"
service:
  fetch-profile:
    - { when: { profile_slug: ada }, output: { profile: { full_name: Ada, profile_urn: "urn:li:fsd_profile:A" } } }
    - { output: { profile: { full_name: Bo, profile_urn: "urn:li:fsd_profile:B" } } }
  send-connection-request: [{ takes: 20s, output: { sent: true } }]
  fetch-connections:
    - { until: 13d, output: { connections: [] } }
    - { output: { connections: [{ public_identifier: ada, entity_urn: "urn:li:fsd_profile:A" }] } }
  send-message: [{ output: { sent: true } }]
"#;

fn write(folder: &Path) {
    fs::write(folder.join("campaign.yaml"), CAMPAIGN).expect("written");
    let mut text = format!("workflow: campaign.yaml{SERVICE}cases:\n");
    for case in 0..CASES {
        let _ = writeln!(
            text,
            "  - {{ name: case {case}, inputs: {{ people: [ada, bo] }}, expect: {{ status: succeeded, sent_count: {{ send-connection-request: 2, send-message: 1 }}, elapsed: 13d..15d }} }}"
        );
    }
    fs::write(folder.join("campaign.test.yaml"), text).expect("written");
    fs::write(
        folder.join("nothing.yaml"),
        "outx: 1\nname: nothing\nsteps:\n  one: { uses: core.set, with: { a: 1 } }\n",
    )
    .expect("written");
    let nothing = "workflow: nothing.yaml\ncases:\n  - { name: one, expect: { status: succeeded } }\n";
    fs::write(folder.join("nothing.test.yaml"), nothing).expect("written");
}

fn main() {
    let program = program();
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path());
    let (campaign, nothing) =
        (folder.path().join("campaign.test.yaml"), folder.path().join("nothing.test.yaml"));
    let mut rows: [(&str, Vec<&OsStr>, Vec<Duration>); 3] = [
        ("100 cases of two weeks", vec!["test".as_ref(), campaign.as_ref()], Vec::new()),
        ("one case of nothing", vec!["test".as_ref(), nothing.as_ref()], Vec::new()),
        ("outx --version", vec!["--version".as_ref()], Vec::new()),
    ];
    // In turn, so that a busy moment of the machine meets all of them.
    for round in 0..=ROUNDS {
        for (_, args, times) in &mut rows {
            let mut command = Command::new(&program);
            command.args(&*args).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            let start = Instant::now();
            let status = command.status().expect("a program that starts");
            let time = start.elapsed();
            assert!(status.success(), "{command:?} failed: {status}");
            if round > 0 {
                times.push(time);
            }
        }
    }
    println!("{:<24} {:>9} {:>9} {:>9}", "process start to exit", "min ms", "median ms", "90% ms");
    for (name, _, times) in &mut rows {
        times.sort();
        let ms = |at: usize| times[at].as_secs_f64() * 1e3;
        println!("{name:<24} {:>9.2} {:>9.2} {:>9.2}", ms(0), ms(ROUNDS / 2), ms(ROUNDS * 9 / 10));
    }
    let median = |row: usize| rows[row].2[ROUNDS / 2].as_secs_f64();
    println!(
        "ratio of medians, one case of nothing to a program that does nothing: {:.2}",
        median(1) / median(2)
    );
}
