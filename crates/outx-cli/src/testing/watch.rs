//! Testing again whenever a file changes.

use super::test;
use crate::Exit;
use crate::args::TestRunArgs;
use crate::fault::Fault;
use crate::print::{say, stdout};
use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// How often it is looked whether a file has changed.
const LOOK: Duration = Duration::from_millis(250);

/// Endings of files that a test can rest on.
const ENDINGS: [&str; 6] = ["yaml", "yml", "csv", "json", "jsonl", "txt"];

/// What was seen of files: when each was changed last, and how long it was.
type Seen = BTreeMap<PathBuf, (Option<SystemTime>, u64)>;

/// Tests, and tests again whenever a file changes, until it is stopped.
pub(crate) async fn watch(args: &TestRunArgs) -> Result<Exit, Fault> {
    let mut last = Exit::Success;
    loop {
        if std::io::stdout().is_terminal() {
            stdout("\u{1b}[2J\u{1b}[H");
        }
        let seen = look(args);
        match test(args) {
            Ok(exit) => last = exit,
            // While a file is being written it may be wrong for a moment.
            Err(fault) => say!("{}", fault.text()),
        }
        say!("waiting for a change; Ctrl-C ends");
        loop {
            tokio::select! {
                biased;
                _ = tokio::signal::ctrl_c() => return Ok(last),
                () = tokio::time::sleep(LOOK) => {}
            }
            if look(args) != seen {
                break;
            }
        }
    }
}

fn look(args: &TestRunArgs) -> Seen {
    let here = [PathBuf::from(".")];
    let paths = if args.paths.is_empty() { &here[..] } else { &args.paths };
    let mut seen = Seen::new();
    for path in paths {
        let folder = if path.is_dir() { path } else { path.parent().unwrap_or(Path::new(".")) };
        note(if folder.as_os_str().is_empty() { Path::new(".") } else { folder }, &mut seen);
    }
    seen
}

fn note(folder: &Path, seen: &mut Seen) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let Ok(kind) = entry.file_type() else { continue };
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if kind.is_dir() && !name.starts_with('.') && name != "target" && name != "node_modules" {
            note(&path, seen);
        } else if path.extension().is_some_and(|ending| ENDINGS.iter().any(|known| ending == *known))
            && !name.ends_with(".snap.yaml")
            && let Ok(found) = entry.metadata()
        {
            seen.insert(path, (found.modified().ok(), found.len()));
        }
    }
}
