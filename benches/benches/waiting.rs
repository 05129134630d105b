//! What `outx serve` costs while many runs wait: memory, and processor time while nothing is due.
//!
//! ```text
//! cargo build --release --package outx-cli && cargo bench --package outx-benches --bench waiting
//! ```

#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]
#![expect(clippy::expect_used, reason = "a benchmark that cannot be set up must not go on")]

use outx_benches::{checked, engine, program, resident, submission, used};
use outx_flow::journal::Journal;
use outx_flow::{Engine, Submission};
use outx_store::{Mode, Store};
use outx_transport::{Clock, SystemClock};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::thread::sleep;
use std::time::Duration;

const TEXT: &str = "outx: 1\nname: waits\nsteps:\n  pause: { uses: core.wait, with: { for: 30d } }\n  last: { needs: pause, uses: core.log, with: { message: over } }\n";

const IDLE: Duration = Duration::from_secs(30);

fn main() {
    println!("{:>8} {:>12} {:>10} {:>16}", "runs", "taken in s", "memory MB", "idle CPU %");
    for runs in [0, 1_000, 10_000] {
        row(runs);
    }
}

fn row(runs: usize) {
    let home = tempfile::tempdir().expect("a folder");
    let file = home.path().join("outx.db");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let store = Arc::new(Store::open(&file, Mode::Threaded).expect("a store"));
    let engine = engine(store.clone(), store.clone());
    let workflow = checked(TEXT);
    runtime.block_on(async {
        for run in 0..runs {
            let submission = Submission { detached: true, ..submission(&format!("r{run}"), &workflow) };
            assert!(engine.submit(&submission).await.expect("submitted"));
        }
    });
    let mut command = Command::new(program());
    command.arg("serve").env("OUTX_HOME", home.path()).env_remove("OUTX_API_KEY");
    let mut serving =
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("a program that starts");
    let id = serving.id();
    let mut taken = 0;
    // Until each of them was begun, and waits.
    loop {
        let now = "2100-01-01T00:00:00Z".parse().expect("a moment");
        let soon = SystemClock.now() + Duration::from_mins(1);
        let due = runtime.block_on(store.due(soon, 1)).expect("readable");
        let all = runtime.block_on(store.due(now, runs + 1)).expect("readable");
        if due.is_empty() && all.len() == runs {
            break;
        }
        sleep(Duration::from_secs(1));
        taken += 1;
    }
    sleep(Duration::from_secs(3));
    let before = used(id);
    sleep(IDLE);
    let idle = used(id).saturating_sub(before).as_secs_f64() / IDLE.as_secs_f64() * 100.0;
    #[expect(clippy::cast_precision_loss, reason = "a few megabytes")]
    let memory = resident(&id.to_string()) as f64 / 1e6;
    println!("{runs:>8} {taken:>12} {memory:>10.1} {idle:>16.2}");
    serving.kill().expect("it lives");
    serving.wait().expect("it ends");
}
