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

use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const ROUNDS: usize = 101;

/// A name, how its process is made, and how long each took.
type Row<'a> = (&'static str, Box<dyn Fn() -> Command + 'a>, Vec<Duration>);

fn main() {
    let program = program();
    let home = tempfile::tempdir().expect("a folder");
    let emulator = Emulator::start(&program);
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
            command.env("OUTX_API_KEY", "bench").env("OUTX_BASE_URL", &emulator.base);
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

/// The released program, which this benchmark does not build itself.
fn program() -> PathBuf {
    let here = std::env::current_exe().expect("a path");
    let program = here.parent().and_then(Path::parent).expect("target/release/deps").join("outx");
    assert!(program.exists(), "build it first: cargo build --release --package outx-cli");
    program
}

/// The program's own emulator, on a free port.
struct Emulator {
    process: Child,
    base: String,
}

impl Emulator {
    fn start(program: &Path) -> Self {
        let mut command = Command::new(program);
        command.args(["emulate", "--port", "0", "--latency", "0s"]).stdout(Stdio::piped());
        let mut process = command.spawn().expect("a program that starts");
        let mut line = String::new();
        let out = process.stdout.as_mut().expect("its output");
        BufReader::new(out).read_line(&mut line).expect("a line");
        let base = line.trim().strip_prefix("listening on ").expect("its address").to_owned();
        Self { process, base }
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        // It is gone, or it goes now; there is nobody left to tell.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
