//! The state folder: one store, and a lock for each run that is worked on.

use crate::Exit;
use crate::fault::Fault;
use outx_flow::RunId;
use outx_flow::journal::{Journal, RunSummary};
use outx_store::{Keeper, Mode, Store};
use std::env;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

/// How often a run that somebody holds is tried again before it counts as taken.
const OWN_ATTEMPTS: usize = 5;

/// The pause between.
const OWN_PAUSE: std::time::Duration = std::time::Duration::from_millis(10);

/// Locked by whoever goes on with all runs that wait.
const SERVING: &str = "serving";

/// Where runs and the ledger are kept.
#[derive(Debug, Clone)]
pub(crate) struct Home {
    folder: PathBuf,
}

/// The right to work on a run; given up when it is dropped, also by a kill.
#[derive(Debug)]
pub(crate) struct Owned {
    _file: File,
}

impl Home {
    /// `OUTX_HOME`, else the platform's folder for data of programs.
    pub(crate) fn find() -> Result<Self, Fault> {
        let folder = set("OUTX_HOME").or_else(|| platform_folder("XDG_DATA_HOME", ".local/share"));
        let no_home =
            || Fault::usage("there is no home folder", "set OUTX_HOME to a folder for outx's state");
        Ok(Self { folder: folder.ok_or_else(no_home)? })
    }

    /// The file of the store, whether or not it is there.
    pub(crate) fn store_path(&self) -> PathBuf {
        self.folder.join("outx.db")
    }

    /// The folder.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Opens the store, which is made where it is missing.
    pub(crate) fn store(&self) -> Result<Store, Fault> {
        Ok(Store::open(&self.store_path(), Mode::Threaded)?)
    }

    /// Opens the store if there is one: looking makes none.
    pub(crate) fn store_if_there(&self) -> Result<Option<Store>, Fault> {
        self.store_path().exists().then(|| self.store()).transpose()
    }

    /// Opens the store to look after it; it is not made.
    pub(crate) fn keeper(&self) -> Result<Keeper, Fault> {
        let path = self.store_path();
        if !path.exists() {
            let help = "the first run makes it; OUTX_HOME says where";
            return Err(Fault::usage(format!("there is no store {}", path.display()), help));
        }
        Ok(Keeper::open(&path)?)
    }

    /// Takes the run for this process.
    pub(crate) fn own(&self, run: &RunId) -> Result<Owned, Fault> {
        match patiently(|| self.try_own(run)) {
            Ok(Some(owned)) => Ok(owned),
            Ok(None) => Err(Fault::new(
                Exit::Usage,
                format!("another process works on the run {run}"),
                "wait for it, or stop it",
            )),
            Err(error) => Err(Fault::io("cannot lock the run", &error)),
        }
    }

    /// Takes the run, unless another process works on it.
    pub(crate) fn own_if_free(&self, run: &RunId) -> Result<Option<Owned>, Fault> {
        self.try_own(run).map_err(|error| Fault::io("cannot lock the run", &error))
    }

    /// The right to go on with all runs that wait, of which there is one; nothing where another process has it.
    pub(crate) fn serve(&self) -> Result<Option<Owned>, Fault> {
        patiently(|| lock(&self.folder.join(SERVING)))
            .map_err(|error| Fault::io("cannot lock the store for serving", &error))
    }

    /// Whether some process goes on with all runs that wait.
    pub(crate) fn is_served(&self) -> bool {
        let path = self.folder.join(SERVING);
        path.exists() && matches!(lock(&path), Ok(None))
    }

    /// Whether some process works on the run now.
    pub(crate) fn is_owned(&self, run: &RunId) -> bool {
        // A run without a lock file was never taken.
        self.lock_path(run).exists() && matches!(self.try_own(run), Ok(None))
    }

    fn try_own(&self, run: &RunId) -> io::Result<Option<Owned>> {
        lock(&self.lock_path(run))
    }

    fn lock_path(&self, run: &RunId) -> PathBuf {
        self.folder.join("locks").join(run.as_str())
    }
}

/// Tries a few times: whoever only looks whether something is locked holds it for a moment.
fn patiently(lock: impl Fn() -> io::Result<Option<Owned>>) -> io::Result<Option<Owned>> {
    let mut tried = lock();
    for _ in 0..OWN_ATTEMPTS {
        if !matches!(tried, Ok(None)) {
            break;
        }
        std::thread::sleep(OWN_PAUSE);
        tried = lock();
    }
    tried
}

fn lock(path: &Path) -> io::Result<Option<Owned>> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let file = File::options().create(true).truncate(false).write(true).open(path)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(Owned { _file: file })),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Where profiles are: `OUTX_CONFIG`, else beside the state if `OUTX_HOME` says where that is, else the platform's
/// folder for settings.
pub(crate) fn config_folder() -> Result<PathBuf, Fault> {
    let folder = set("OUTX_CONFIG")
        .or_else(|| set("OUTX_HOME"))
        .or_else(|| platform_folder("XDG_CONFIG_HOME", ".config"));
    folder.ok_or_else(|| {
        Fault::usage("there is no home folder", "set OUTX_CONFIG to a folder for outx's profiles")
    })
}

/// The platform's folder for this program; `xdg` and `below_home` name it where the system does not.
fn platform_folder(xdg: &str, below_home: &str) -> Option<PathBuf> {
    let home = || set("HOME").or_else(|| set("USERPROFILE"));
    Some(if cfg!(target_os = "macos") {
        home()?.join("Library/Application Support/outx")
    } else if cfg!(windows) {
        set("APPDATA")?.join("outx")
    } else {
        set(xdg).or_else(|| Some(home()?.join(below_home)))?.join("outx")
    })
}

fn set(name: &str) -> Option<PathBuf> {
    env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// The run that somebody means: by its id or the beginning of it.
pub(crate) async fn find_run(store: &Store, typed: &str) -> Result<RunSummary, Fault> {
    if let Some(summary) = store.run(&RunId::new(typed)).await? {
        return Ok(summary);
    }
    let runs = store.runs().await?;
    let mut found =
        runs.into_iter().filter(|run| !typed.is_empty() && run.run_id.as_str().starts_with(typed));
    match (found.next(), found.next()) {
        (Some(run), None) => Ok(run),
        (Some(_), Some(_)) => {
            Err(Fault::usage(format!("several runs begin with `{typed}`"), "write more of the id"))
        }
        (None, _) => Err(Fault::usage(format!("there is no run `{typed}`"), "`outx runs` lists the runs")),
    }
}

/// A run whose facts `outx gc` has removed: nothing is left of it but its line in the list.
pub(crate) fn cleared(run: &RunSummary) -> Fault {
    let message = format!(
        "of the run {} only its end is known ({}): what it did was removed",
        run.run_id,
        run.status.word()
    );
    Fault::usage(message, "`outx ledger` still knows what was sent; `outx runs` lists the run")
}
