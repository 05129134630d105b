//! Kinds that are programs of one's own: where they are, and who they are.

use crate::home::Home;
use crate::preview::Unsent;
use outx_flow::{CheckOptions, Finder, Kind, Manifest, ProgramKind};
use std::collections::{BTreeMap, HashMap};
use std::fs::Metadata;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, SystemTime};

/// How often it is looked whether a program has ended.
const LOOK: Duration = Duration::from_millis(5);

/// What a definition is checked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// A person gave the file: a kind that is not there is a mistake.
    File,
    /// A preview of a file: of programs only those are started that look.
    Preview,
    /// It stands in the store: a run is shown also where a program of it is not there any more.
    Stored,
}

/// The shipped kinds, and a way to find those that are programs. They are asked who they are only where programs may be
/// started.
pub(crate) fn options(purpose: Purpose, may_start: bool) -> CheckOptions {
    let mut options = CheckOptions::shipped();
    let finder = Programs { purpose, may_start, known: Mutex::default() };
    options.registry = options.registry.finding(Arc::new(finder));
    options
}

#[derive(Debug)]
struct Programs {
    purpose: Purpose,
    may_start: bool,
    known: Mutex<HashMap<String, Found>>,
}

type Found = Result<Option<Arc<dyn Kind>>, String>;

impl Finder for Programs {
    fn find(&self, name: &str) -> Found {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.entry(name.to_owned()).or_insert_with(|| self.look(name)).clone()
    }
}

impl Programs {
    fn look(&self, name: &str) -> Found {
        let file = format!("{}{name}", ProgramKind::PREFIX);
        let kind = match (located(&file), self.may_start) {
            (None, _) if self.purpose != Purpose::Stored => return Ok(None),
            (None, _) => ProgramKind::unknown(name, format!("there is no program `{file}` any more")),
            (Some(_), false) => ProgramKind::unknown(name, "it was not asked who it is"),
            (Some(path), true) => match kind(name, &path) {
                Ok(kind) => kind,
                Err(why) if self.purpose == Purpose::Stored => ProgramKind::unknown(name, why),
                Err(why) => return Err(why),
            },
        };
        let kind: Arc<dyn Kind> = Arc::new(kind);
        Ok(Some(if self.purpose == Purpose::Preview { Arc::new(Unsent(kind)) } else { kind }))
    }
}

fn kind(name: &str, path: &Path) -> Result<ProgramKind, String> {
    ProgramKind::new(name, path, KNOWN.who(path, || Asked::start(path)?.manifest())?)
}

/// What programs have said of themselves to this process, which may take up many runs that use them.
static KNOWN: Acquaintances = Acquaintances(Mutex::new(BTreeMap::new()));

/// The programs that were asked who they are, by their paths, and what they said. One is asked anew when its file is
/// another, or is gone and comes back as another.
struct Acquaintances(Mutex<BTreeMap<PathBuf, (Stamp, Manifest)>>);

impl Acquaintances {
    fn who(&self, path: &Path, ask: impl FnOnce() -> Result<Manifest, String>) -> Result<Manifest, String> {
        let stamp = Stamp::of(path);
        // While one is asked, which may take seconds, others are not held up.
        let known = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((of, manifest)) = known().get(path)
            && stamp.as_ref() == Some(of)
        {
            return Ok(manifest.clone());
        }
        let manifest = ask()?;
        // What was changed meanwhile may have said it before or after.
        if let Some(stamp) = stamp.filter(|stamp| Stamp::of(path).as_ref() == Some(stamp)) {
            known().insert(path.to_owned(), (stamp, manifest.clone()));
        }
        Ok(manifest)
    }
}

/// What a file is known by without reading it.
#[derive(Debug, PartialEq, Eq)]
struct Stamp {
    length: u64,
    modified: SystemTime,
    /// Which file it is, and when it or its rights were changed, where the system says it.
    file: (u64, u64, i64, i64),
}

impl Stamp {
    fn of(path: &Path) -> Option<Self> {
        let meta = path.metadata().ok()?;
        Some(Self { length: meta.len(), modified: meta.modified().ok()?, file: file(&meta) })
    }
}

#[cfg(unix)]
fn file(meta: &Metadata) -> (u64, u64, i64, i64) {
    use std::os::unix::fs::MetadataExt;
    (meta.dev(), meta.ino(), meta.ctime(), meta.ctime_nsec())
}

#[cfg(not(unix))]
fn file(_: &Metadata) -> (u64, u64, i64, i64) {
    (0, 0, 0, 0)
}

/// Where a program is: in the folder `kinds` of the state, else in `PATH`.
fn located(file: &str) -> Option<PathBuf> {
    let own = Home::find().ok().map(|home| home.folder().join("kinds"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    own.into_iter().chain(std::env::split_paths(&path)).map(|folder| folder.join(file)).find(|it| can_run(it))
}

#[cfg(unix)]
fn can_run(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn can_run(path: &Path) -> bool {
    path.is_file()
}

/// A program that is talked to while nothing else goes on: before a run, and to verify it. It is killed when it is
/// dropped.
pub(crate) struct Asked {
    child: Child,
    lines: mpsc::Receiver<io::Result<String>>,
}

impl Asked {
    /// Starts it, as runs do.
    pub(crate) fn start(path: &Path) -> Result<Self, String> {
        let mut command = Command::new(path);
        for (variable, _) in std::env::vars_os() {
            if variable.to_string_lossy().starts_with("OUTX_") {
                command.env_remove(variable);
            }
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().map_err(|error| format!("it could not be started: {error}"))?;
        let (sender, lines) = mpsc::channel();
        if let Some(stdout) = child.stdout.take() {
            thread::spawn(move || read(stdout, &sender));
        }
        Ok(Self { child, lines })
    }

    /// Says a line.
    pub(crate) fn say(&mut self, line: &str) -> Result<(), String> {
        let Some(stdin) = &mut self.child.stdin else { return Err("it listens no more".to_owned()) };
        writeln!(stdin, "{line}").and_then(|()| stdin.flush()).map_err(|_| "it does not listen".to_owned())
    }

    /// Waits for its next line; nothing at its end.
    pub(crate) fn hear(&mut self, patience: Duration) -> Result<Option<String>, String> {
        match self.lines.recv_timeout(patience) {
            Ok(Ok(line)) => Ok(Some(line)),
            Ok(Err(error)) => Err(format!("what it says cannot be read: {error}")),
            Err(RecvTimeoutError::Disconnected) => Ok(None),
            Err(RecvTimeoutError::Timeout) => Err(format!("it said nothing within {patience:?}")),
        }
    }

    /// Asks who it is.
    pub(crate) fn manifest(&mut self) -> Result<Manifest, String> {
        // Who does not listen is heard to have ended.
        drop(self.say(&Manifest::asked()));
        match self.hear(Manifest::PATIENCE)? {
            Some(line) => Manifest::read(&line),
            None => Err("it ended before it said who it is".to_owned()),
        }
    }

    /// Says no more, and waits for its end.
    pub(crate) fn ends(&mut self, patience: Duration) -> Result<(), String> {
        drop(self.child.stdin.take());
        let looks = patience.as_millis() / LOOK.as_millis();
        for _ in 0..=looks {
            match self.child.try_wait() {
                Ok(Some(_)) => return Ok(()),
                Ok(None) => thread::sleep(LOOK),
                Err(error) => return Err(error.to_string()),
            }
        }
        Err(format!("it did not end within {patience:?} after its input had ended"))
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Reads lines, none of them longer than a result may be.
fn read(stream: impl Read, lines: &mpsc::Sender<io::Result<String>>) {
    const LONGEST: u64 = 4 * 1024 * 1024;
    let mut reader = BufReader::new(stream);
    loop {
        let mut line = Vec::new();
        let read = reader.by_ref().take(LONGEST).read_until(b'\n', &mut line);
        let said = match read {
            Ok(0) => return,
            Ok(_) if line.last() != Some(&b'\n') && line.len() as u64 == LONGEST => {
                Err(io::Error::other("a line is longer than 4 MB"))
            }
            Ok(_) => String::from_utf8(line).map_err(|_| io::Error::other("it is no UTF-8")),
            Err(error) => Err(error),
        };
        let is_over = said.is_err();
        if lines.send(said).is_err() || is_over {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;
    use std::fs;

    fn manifest(version: &str) -> Manifest {
        let said = serde_json::json!({
            "outx": 1, "name": "mine", "version": version, "doc": "d", "effect": "none",
            "input": { "type": "object", "properties": {} },
        });
        Manifest::read(&said.to_string()).unwrap()
    }

    #[test]
    fn a_program_is_asked_anew_when_its_file_is_another_and_only_then() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("outx-kind-mine");
        let (known, asked) = (Acquaintances(Mutex::default()), Cell::new(0));
        let who = |version: &str| {
            let said = known.who(&path, || {
                asked.set(asked.get() + 1);
                Ok(manifest(version))
            });
            (said.unwrap() == manifest(version), asked.get())
        };
        fs::write(&path, "one").unwrap();
        assert_eq!((who("1"), who("1")), ((true, 1), (true, 1)));
        // Another file of the same length in its place, and of the same time.
        let times = fs::FileTimes::new().set_modified(path.metadata().unwrap().modified().unwrap());
        let other = folder.path().join("other");
        fs::write(&other, "two").unwrap();
        fs::File::options().write(true).open(&other).unwrap().set_times(times).unwrap();
        fs::rename(&other, &path).unwrap();
        assert_eq!((who("2"), who("2")), ((true, 2), (true, 2)));
        fs::write(&path, "longer").unwrap();
        assert_eq!(who("3"), (true, 3));
    }

    #[test]
    fn what_was_changed_while_it_was_asked_and_what_said_nothing_is_asked_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("outx-kind-mine");
        let known = Acquaintances(Mutex::default());
        fs::write(&path, "one").unwrap();
        assert!(known.who(&path, || Err("it said nothing".to_owned())).is_err());
        let changed = known.who(&path, || {
            fs::write(&path, "changed").unwrap();
            Ok(manifest("1"))
        });
        assert_eq!(changed, Ok(manifest("1")));
        assert_eq!(known.who(&path, || Ok(manifest("2"))), Ok(manifest("2")));
        // One that is gone cannot be told from another.
        fs::remove_file(&path).unwrap();
        assert_eq!(known.who(&path, || Ok(manifest("3"))), Ok(manifest("3")));
    }
}
