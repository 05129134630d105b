//! The `outx` program with a hand on its fault points, so that tests can kill it between any two steps.
//!
//! * `OUTX_TEST_KILL=AfterSend:3` kills the process with SIGKILL when it passes that point for the third time.
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
    kill: Option<(FaultPoint, usize)>,
    trace: Option<File>,
    passed: AtomicUsize,
}

impl Script {
    fn from_environment() -> Result<Self, String> {
        let kill = env::var("OUTX_TEST_KILL").ok().map(|text| moment(&text)).transpose()?;
        let trace = env::var_os("OUTX_TEST_TRACE")
            .map(|path| File::options().create(true).append(true).open(path))
            .transpose()
            .map_err(|error| error.to_string())?;
        Ok(Self { kill, trace, passed: AtomicUsize::new(0) })
    }
}

impl Faults for Script {
    fn at(&self, point: FaultPoint) {
        if let Some(mut file) = self.trace.as_ref() {
            drop(writeln!(file, "{point:?}"));
        }
        if let Some((at, nth)) = self.kill
            && at == point
            && self.passed.fetch_add(1, Ordering::SeqCst) + 1 == nth
        {
            die();
        }
    }
}

/// `AfterSend:3`
fn moment(text: &str) -> Result<(FaultPoint, usize), String> {
    let (name, nth) = text.split_once(':').ok_or_else(|| format!("`{text}` has no `:`"))?;
    let point = FaultPoint::ALL.into_iter().find(|point| format!("{point:?}") == name);
    let point = point.ok_or_else(|| format!("there is no point `{name}`"))?;
    let nth = nth.parse().ok().filter(|nth| *nth > 0).ok_or_else(|| format!("`{nth}` is no count"))?;
    Ok((point, nth))
}

/// The thread that came here goes no further, and no destructor runs: the process ends as by a power cut.
fn die() -> ! {
    drop(Command::new("sh").args(["-c", "kill -9 $PPID"]).status());
    loop {
        thread::park();
    }
}
