//! A whole run of three chained tasks, process start to exit, beside bare tokio and reqwest code that does the same
//! requests, and beside a program that does nothing. Latency 0, journal durable, store already made.
//!
//! ```text
//! cargo build --release --package outx-cli && cargo bench --package outx-benches --bench whole_run
//! ```

#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark prints its table and measures real time"
)]
#![expect(clippy::expect_used, reason = "a benchmark that cannot be set up must not go on")]

use outx_benches::{Server, program};
use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const ROUNDS: usize = 101;

/// A name, how its process is made, and how long each took.
type Row<'a> = (&'static str, Box<dyn Fn() -> Command + 'a>, Vec<Duration>);

fn main() {
    let program = program();
    let home = tempfile::tempdir().expect("a folder");
    let emulator = Server::emulator(&["--latency", "0s"], None);
    let base = format!("http://{}", emulator.address());
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches");
    let chain = folder.join("chain.yaml");
    let outx = |args: &[&OsStr]| {
        let mut command = Command::new(&program);
        command.args(args).env("OUTX_HOME", home.path());
        command
    };
    let mut rows: Vec<Row<'_>> = vec![
        ("outx run", Box::new(|| outx(&["run".as_ref(), chain.as_ref()])), Vec::new()),
        ("bare tokio and reqwest", Box::new(|| Command::new(env!("CARGO_BIN_EXE_bare-chain"))), Vec::new()),
        ("outx --version", Box::new(|| outx(&["--version".as_ref()])), Vec::new()),
    ];
    // In turn, so that a busy moment of the machine meets all of them; the first round makes the store.
    for round in 0..=ROUNDS {
        for (_, make, times) in &mut rows {
            let mut command = make();
            command.env("OUTX_API_KEY", "bench").env("OUTX_BASE_URL", &base);
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
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
    println!("ratio of medians, outx run to bare: {:.2}", median(0) / median(1));
}
