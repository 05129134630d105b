//! Programs that steps start, where the command line allows it.

use async_trait::async_trait;
use outx_flow::{Program, Programs, Ran, Stop};
use std::io;
use std::process::Stdio;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;

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
    command
}

#[async_trait]
impl Programs for Started {
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
            Ok((status, stdout, stderr)) => Ran::Ended { status: status.code(), stdout, stderr },
            Err(why) => {
                drop(child.kill().await);
                Ran::Killed(why.to_string())
            }
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
