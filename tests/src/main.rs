//! The `outx` program with a hand on its fault points, so that tests can kill it between any two steps.
//!
//! * `OUTX_TEST_KILL=AfterSend:3` kills the process with SIGKILL when it passes that point for the third time.
//! * `OUTX_TEST_HOLD=AfterSend:3` stands still there, says so, and goes on when a line comes on the standard input.
//! * `OUTX_TEST_TRACE=FILE` appends a line to the file for each point that is passed.
//!
//! Without them it is the program.

use outx_cli::Hooks;
use outx_flow::{FaultPoint, Faults};
use std::env;
use std::fs::File;
use std::io::Write;
use std::process::{Command, ExitCode};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

fn main() -> ExitCode {
    let faults = match Script::from_environment() {
        Ok(script) => Arc::new(script),
        Err(why) => {
            // Something that no test expects, so that a mistyped script is noticed.
            drop(writeln!(std::io::stderr(), "OUTX_TEST: {why}"));
            return ExitCode::from(99);
        }
    };
    outx_cli::main(env::args_os(), Hooks { faults })
}

/// What is to happen at which point.
struct Script {
    kill: Option<Moment>,
    hold: Option<Moment>,
    trace: Option<File>,
}

/// A fault point that is passed for so many times.
struct Moment {
    point: FaultPoint,
    nth: usize,
    passed: AtomicUsize,
}

impl Script {
    fn from_environment() -> Result<Self, String> {
        let moment = |name| env::var(name).ok().map(|text| moment(&text)).transpose();
        let (kill, hold) = (moment("OUTX_TEST_KILL")?, moment("OUTX_TEST_HOLD")?);
        let trace = env::var_os("OUTX_TEST_TRACE")
            .map(|path| File::options().create(true).append(true).open(path))
            .transpose()
            .map_err(|error| error.to_string())?;
        Ok(Self { kill, hold, trace })
    }
}

impl Faults for Script {
    fn at(&self, point: FaultPoint) {
        if let Some(mut file) = self.trace.as_ref() {
            drop(writeln!(file, "{point:?}"));
        }
        let is_now = |moment: &Option<Moment>| moment.as_ref().is_some_and(|moment| moment.is_now(point));
        if is_now(&self.hold) {
            stand_still();
        }
        if is_now(&self.kill) {
            die();
        }
    }
}

impl Moment {
    /// Whether this passing is the one.
    fn is_now(&self, point: FaultPoint) -> bool {
        self.point == point && self.passed.fetch_add(1, Ordering::SeqCst) + 1 == self.nth
    }
}

/// `AfterSend:3`
fn moment(text: &str) -> Result<Moment, String> {
    let (name, nth) = text.split_once(':').ok_or_else(|| format!("`{text}` has no `:`"))?;
    let point = FaultPoint::ALL.into_iter().find(|point| format!("{point:?}") == name);
    let point = point.ok_or_else(|| format!("there is no point `{name}`"))?;
    let nth = nth.parse().ok().filter(|nth| *nth > 0).ok_or_else(|| format!("`{nth}` is no count"))?;
    Ok(Moment { point, nth, passed: AtomicUsize::new(0) })
}

/// The thread that came here waits until it is told to go on.
fn stand_still() {
    drop(writeln!(std::io::stderr(), "OUTX_TEST: stands still"));
    drop(std::io::stdin().read_line(&mut String::new()));
}

/// The thread that came here goes no further, and no destructor runs: the process ends as by a power cut.
fn die() -> ! {
    drop(Command::new("sh").args(["-c", "kill -9 $PPID"]).status());
    loop {
        thread::park();
    }
}
