//! Servers in processes of their own: where they listen, which core they have, what they use.

use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// The released program, which no benchmark builds itself.
///
/// # Panics
///
/// When it was not built.
#[expect(clippy::expect_used, reason = "a benchmark that cannot be set up must not go on")]
pub fn program() -> PathBuf {
    let here = std::env::current_exe().expect("a path");
    let program = here.parent().and_then(Path::parent).expect("target/release/deps").join("outx");
    assert!(program.exists(), "build it first: cargo build --release --package outx-cli");
    program
}

/// A server in a process of its own, which ends with this value.
#[derive(Debug)]
pub struct Server {
    process: Child,
    address: SocketAddr,
}

impl Server {
    /// Starts the program's own emulator on a free port.
    ///
    /// # Panics
    ///
    /// When it does not start.
    pub fn emulator(arguments: &[&str], core: Option<usize>) -> Self {
        let mut command = on_core(&program(), core);
        command.args(["emulate", "--port", "0"]).args(arguments);
        Self::start(command, &[])
    }

    /// Starts a server that does nothing but answer with these bytes; `program` is the path of `bare-server`, which
    /// only a benchmark knows.
    ///
    /// # Panics
    ///
    /// When it does not start.
    pub fn bare(program: &str, answer: &[u8], core: Option<usize>) -> Self {
        Self::start(on_core(Path::new(program), core), answer)
    }

    #[expect(clippy::expect_used, reason = "a benchmark that cannot be set up must not go on")]
    fn start(mut command: Command, input: &[u8]) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().expect("a program that starts");
        process.stdin.take().expect("its input").write_all(input).expect("written");
        let mut line = String::new();
        let out = process.stdout.as_mut().expect("its output");
        BufReader::new(out).read_line(&mut line).expect("a line");
        let address = line.trim().strip_prefix("listening on http://").expect("where it listens");
        Self { address: address.parse().expect("an address"), process }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How long its threads have run, by the scheduler's count; zero where the system does not tell.
    pub fn cpu(&self) -> Duration {
        used(self.process.id())
    }

    /// Its resident memory in bytes.
    pub fn resident(&self) -> u64 {
        resident(&self.process.id().to_string())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It is gone, or it goes now; there is nobody left to tell.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A program that is kept to a core.
pub fn on_core(program: &Path, core: Option<usize>) -> Command {
    let Some(core) = core else { return Command::new(program) };
    let mut command = Command::new("taskset");
    command.args(["-c", &core.to_string()]).arg(program);
    command
}

/// Keeps this process on one core, and with it the threads that it makes from now on. False where there is no
/// second core or no `taskset`: then nobody is to be kept anywhere.
pub fn keep_to_core(core: usize) -> bool {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let arguments = ["-p", "-c", &core.to_string(), &std::process::id().to_string()];
    let taskset = || Command::new("taskset").args(arguments).stdout(Stdio::null()).status();
    cores > core && taskset().is_ok_and(|status| status.success())
}

/// How long the threads of a process have run, by the scheduler's count; zero where the system does not tell.
pub fn used(process: u32) -> Duration {
    let threads = std::fs::read_dir(format!("/proc/{process}/task"));
    threads.into_iter().flatten().flatten().map(|thread| cpu(&thread.path().join("schedstat"))).sum()
}

/// How long this thread has run, by the scheduler's count.
pub fn own_cpu() -> Duration {
    cpu(Path::new("/proc/thread-self/schedstat"))
}

fn cpu(schedstat: &Path) -> Duration {
    let text = std::fs::read_to_string(schedstat).unwrap_or_default();
    Duration::from_nanos(text.split(' ').next().and_then(|nanos| nanos.parse().ok()).unwrap_or(0))
}

/// A process's resident memory in bytes; 0 where the system does not tell.
pub fn resident(process: &str) -> u64 {
    memory(process, "VmRSS:")
}

/// The most that a process ever had of it; 0 where the system does not tell.
pub fn peak(process: &str) -> u64 {
    memory(process, "VmHWM:")
}

fn memory(process: &str, what: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(what));
    let kilobytes = line.and_then(|line| line.trim().trim_end_matches("kB").trim().parse::<u64>().ok());
    kilobytes.unwrap_or(0) * 1024
}
