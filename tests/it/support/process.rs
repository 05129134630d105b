//! One execution of the program, whose output is seen while it comes.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

/// How long a process may say nothing. Nothing that is tested here takes nearly so long.
const SILENCE: Duration = Duration::from_mins(1);

/// A process that may still run. It is killed when it is dropped.
pub(crate) struct Process {
    child: Child,
    lines: Receiver<(Stream, String)>,
    what: String,
    stdout: String,
    stderr: String,
}

/// A process that has ended.
#[derive(Debug)]
pub(crate) struct Done {
    status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    what: String,
}

#[derive(Clone, Copy)]
enum Stream {
    Stdout,
    Stderr,
}

impl Process {
    pub(crate) fn start(command: &mut Command) -> Self {
        Self::start_with(command, Stdio::null())
    }

    /// Starts a process that is told things on its standard input.
    pub(crate) fn start_told(command: &mut Command) -> Self {
        Self::start_with(command, Stdio::piped())
    }

    /// Says a line to a process that is told things.
    pub(crate) fn tell(&mut self, line: &str) {
        writeln!(self.child.stdin.as_mut().unwrap(), "{line}").unwrap();
    }

    fn start_with(command: &mut Command, stdin: Stdio) -> Self {
        let what = format!("{:?}", command.get_args().collect::<Vec<_>>());
        command.stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (sender, lines) = mpsc::channel();
        read(child.stdout.take().unwrap(), Stream::Stdout, sender.clone());
        read(child.stderr.take().unwrap(), Stream::Stderr, sender);
        Self { child, lines, what, stdout: String::new(), stderr: String::new() }
    }

    /// Waits until a text stands on stderr; false when the process ended without it.
    pub(crate) fn says(&mut self, text: &str) -> bool {
        while !self.stderr.contains(text) {
            if !self.next() {
                return self.stderr.contains(text);
            }
        }
        true
    }

    /// Waits for a line on stdout that begins so, and gives the rest of it.
    pub(crate) fn prints(&mut self, beginning: &str) -> String {
        loop {
            if let Some(rest) = self.stdout.lines().find_map(|line| line.strip_prefix(beginning)) {
                return rest.to_owned();
            }
            assert!(self.next(), "{} ended without printing `{beginning}`: {}", self.what, self.stderr);
        }
    }

    /// SIGKILL, as the system does it when the power goes.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
    }

    /// SIGINT, as a person does it with Ctrl-C.
    pub(crate) fn interrupt(&self) {
        let kill = format!("kill -INT {}", self.child.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    }

    pub(crate) fn wait(mut self) -> Done {
        drop(self.child.stdin.take());
        while self.next() {}
        let status = self.child.wait().unwrap();
        let (stdout, stderr) = (std::mem::take(&mut self.stdout), std::mem::take(&mut self.stderr));
        assert!(!stderr.contains("panicked"), "{}: {stderr}", self.what);
        Done { status, stdout, stderr, what: std::mem::take(&mut self.what) }
    }

    /// Takes the next line; false at the end of both streams.
    fn next(&mut self) -> bool {
        match self.lines.recv_timeout(SILENCE) {
            Ok((Stream::Stdout, line)) => self.stdout += &line,
            Ok((Stream::Stderr, line)) => self.stderr += &line,
            Err(RecvTimeoutError::Disconnected) => return false,
            Err(RecvTimeoutError::Timeout) => {
                panic!("{} says nothing and does not end; before: {}", self.what, self.stderr)
            }
        }
        true
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn read(stream: impl Read + Send + 'static, which: Stream, sender: Sender<(Stream, String)>) {
    thread::spawn(move || {
        let mut reader = BufReader::new(stream);
        let mut line = Vec::new();
        while reader.read_until(b'\n', &mut line).is_ok_and(|length| length > 0) {
            let text = String::from_utf8_lossy(&std::mem::take(&mut line)).into_owned();
            if sender.send((which, text)).is_err() {
                return;
            }
        }
    });
}

impl Done {
    /// The exit code; nothing when a signal ended the process.
    pub(crate) fn code(&self) -> Option<i32> {
        self.status.code()
    }

    pub(crate) fn was_killed(&self) -> bool {
        self.status.signal() == Some(9)
    }

    /// Fails unless the process ended with this code.
    #[track_caller]
    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(
            self.code(),
            Some(code),
            "{} ended otherwise\n--- stdout\n{}\n--- stderr\n{}",
            self.what,
            self.stdout,
            self.stderr
        );
        self
    }
}
