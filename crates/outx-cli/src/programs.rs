//! Programs that steps start, where the command line allows it.

use crate::print::say;
use async_trait::async_trait;
use outx_flow::{Heard, Program, Programs, Ran, Stop, Talk};
use std::io;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};

/// Starts programs of this machine, with the environment of this one but for what is `OUTX_`'s.
#[derive(Debug)]
pub(crate) struct Started;

/// A program that is about to be started, and is killed when nobody waits for it any more.
pub(crate) fn command(name: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(name);
    for (variable, _) in std::env::vars_os() {
        // The key, and where the state lies, are nobody's business.
        if variable.to_string_lossy().starts_with("OUTX_") {
            command.env_remove(variable);
        }
    }
    command.kill_on_drop(true);
    // A group of its own: an interrupt at the terminal is this program's, which then asks or kills it.
    #[cfg(unix)]
    command.process_group(0);
    command
}

/// A program with all that it has started, which is killed when this is dropped.
struct Group(Option<u32>);

impl Group {
    fn of(child: &Child) -> Self {
        Self(child.id())
    }

    /// It ended by itself: what it has left behind was meant to stay.
    fn ended(&mut self) {
        self.0 = None;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        #[cfg(unix)]
        if let Some(group) = self.0.and_then(|id| rustix::process::Pid::from_raw(i32::try_from(id).ok()?)) {
            // It fails where all of them have ended.
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
    }
}

#[async_trait]
impl Programs for Started {
    fn tell(&self, key: &str, message: &str) {
        let path = key.split_once('/').map_or(key, |(_, path)| path);
        let message: String = message.chars().filter(|c| !c.is_control()).take(500).collect();
        say!("  {path}: {message}");
    }

    async fn talk(&self, path: &Path, folder: &Path) -> Result<Box<dyn Talk>, String> {
        let mut command = command(path);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        if !folder.as_os_str().is_empty() {
            command.current_dir(folder);
        }
        let mut child = command.spawn().map_err(|error| format!("it could not be started: {error}"))?;
        let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
        let stdout = stdout.ok_or_else(|| "it has no output".to_owned())?;
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if let Some(stderr) = child.stderr.take() {
            tokio::spawn(show(name, stderr));
        }
        let group = Group::of(&child);
        Ok(Box::new(Talking { child, group, stdin, stdout, heard: Vec::new() }))
    }

    async fn run(&self, program: &Program, stop: &Stop) -> Ran {
        let mut command = command(&program.name);
        command.args(&program.args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        if !program.folder.as_os_str().is_empty() {
            command.current_dir(&program.folder);
        }
        let mut child = match command.spawn() {
            Ok(child) => child,
            Err(error) => return Ran::NotStarted(error.to_string()),
        };
        let mut group = Group::of(&child);
        let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let input = async {
            if let Some(mut stdin) = stdin {
                // Who does not read it need not.
                drop(stdin.write_all(program.stdin.as_bytes()).await);
            }
            Ok::<_, io::Error>(())
        };
        let outputs = async {
            let limit = program.output_limit;
            tokio::try_join!(read(stdout, limit), read(stderr, limit), input)
        };
        let ended = async {
            let (stdout, stderr, ()) = outputs.await?;
            Ok::<_, io::Error>((child.wait().await?, stdout, stderr))
        };
        let ended = tokio::select! {
            biased;
            ended = ended => ended,
            () = stop.asked() => Err(io::Error::other("was killed, because the run was stopped")),
            () = tokio::time::sleep(program.timeout) => {
                Err(io::Error::other(format!("was killed, because it took longer than {:?}", program.timeout)))
            }
        };
        match ended {
            Ok((status, stdout, stderr)) => {
                group.ended();
                Ran::Ended { status: status.code(), stdout, stderr }
            }
            Err(why) => {
                drop(group);
                drop(child.kill().await);
                Ran::Killed(why.to_string())
            }
        }
    }
}

/// A program that is talked to.
struct Talking {
    child: Child,
    group: Group,
    stdin: Option<ChildStdin>,
    stdout: ChildStdout,
    /// What came and is no whole line yet.
    heard: Vec<u8>,
}

#[async_trait]
impl Talk for Talking {
    async fn say(&mut self, line: &str) -> Result<(), String> {
        let Some(stdin) = &mut self.stdin else { return Err("it listens no more".to_owned()) };
        let said = async {
            stdin.write_all(line.as_bytes()).await?;
            stdin.write_all(b"\n").await?;
            stdin.flush().await
        };
        said.await.map_err(|_| "does not listen".to_owned())
    }

    async fn hear(&mut self, limit: usize) -> Heard {
        let mut looked_at = 0;
        loop {
            let end = self.heard[looked_at..].iter().position(|byte| *byte == b'\n').map(|at| looked_at + at);
            looked_at = self.heard.len();
            if end.unwrap_or(looked_at) > limit {
                return Heard::TooLong;
            }
            if let Some(end) = end {
                let rest = self.heard.split_off(end + 1);
                let line = std::mem::replace(&mut self.heard, rest);
                return Heard::Line(String::from_utf8_lossy(&line[..end]).into_owned());
            }
            if self.stdout.read_buf(&mut self.heard).await.unwrap_or(0) == 0 {
                let how = match tokio::time::timeout(ENDS, self.child.wait()).await {
                    Ok(Ok(status)) => format!("ended ({status})"),
                    _ => "closed its output".to_owned(),
                };
                return Heard::Ended(how);
            }
        }
    }

    async fn end(mut self: Box<Self>) {
        drop(self.stdin.take());
        // Who does not end by itself is killed by being dropped.
        if tokio::time::timeout(ENDS, self.child.wait()).await.is_ok() {
            self.group.ended();
        }
    }
}

/// How long a program may take to end that has nothing more to do.
const ENDS: Duration = Duration::from_secs(2);

/// So much of what a program writes beside its words is shown.
const SHOWN: usize = 64 * 1024;

/// Shows what a program writes beside its words.
async fn show(name: String, stderr: ChildStderr) {
    let (mut lines, mut left) = (BufReader::new(stderr), SHOWN);
    loop {
        let mut line = Vec::new();
        // All of it is read, so that the program is not held up.
        let read = (&mut lines).take(4096).read_until(b'\n', &mut line).await;
        if read.unwrap_or(0) == 0 {
            return;
        }
        let text: String =
            String::from_utf8_lossy(&line).trim_end().chars().filter(|c| !c.is_control()).collect();
        if left > 0 {
            left = left.saturating_sub(line.len());
            say!("  {name}: {text}");
        }
    }
}

/// All that a program writes.
async fn read(stream: Option<impl AsyncRead + Unpin>, limit: usize) -> io::Result<String> {
    let mut bytes = Vec::new();
    if let Some(stream) = stream {
        stream.take(limit as u64 + 1).read_to_end(&mut bytes).await?;
    }
    if bytes.len() > limit {
        return Err(io::Error::other(format!("was killed, because it wrote more than {limit} bytes")));
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
