//! One person's machine: a state folder, a working folder, a key, an address.

use super::kept::Kept;
use super::process::{Done, Process};
use super::report::Report;
use super::service::Service;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// A machine that is gone at the end of the test.
pub(crate) struct World {
    folder: TempDir,
    key: Option<String>,
    base_url: String,
    wait: &'static str,
}

/// A key that can be told from everything else.
const KEY: &str = "outx_live_3xKq9secret7Wm2";

impl World {
    pub(crate) fn new(service: &Service) -> Self {
        Self::at(service.base_url())
    }

    pub(crate) fn at(base_url: impl Into<String>) -> Self {
        let folder = TempDir::new().unwrap();
        fs::create_dir(folder.path().join("work")).unwrap();
        Self { folder, key: Some(KEY.to_owned()), base_url: base_url.into(), wait: "0s" }
    }

    pub(crate) fn with_key(mut self, key: Option<&str>) -> Self {
        self.set_key(key);
        self
    }

    /// With processes that stay so long with a run that waits.
    pub(crate) fn that_waits(mut self, wait: &'static str) -> Self {
        self.wait = wait;
        self
    }

    pub(crate) fn set_key(&mut self, key: Option<&str>) {
        self.key = key.map(str::to_owned);
    }

    /// The key of the environment.
    pub(crate) fn key(&self) -> Option<String> {
        self.key.clone()
    }

    /// `OUTX_HOME`.
    pub(crate) fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    /// Where the program is started, and where relative paths lead.
    pub(crate) fn work(&self) -> PathBuf {
        self.folder.path().join("work")
    }

    /// The program, about to be started.
    pub(crate) fn command<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_outx-under-test"));
        command.args(args).current_dir(self.work()).env_clear();
        command.envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
        command
            .env("OUTX_HOME", self.home())
            .env("OUTX_BASE_URL", &self.base_url)
            .env("OUTX_WAIT", self.wait);
        command.envs(self.key.iter().map(|key| ("OUTX_API_KEY", key)));
        command
    }

    pub(crate) fn start<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Process {
        Process::start(&mut self.command(args))
    }

    /// Runs a command that reads a line.
    pub(crate) fn run_told<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>, line: &str) -> Done {
        let mut process = Process::start_told(&mut self.command(args));
        process.tell(line);
        let done = process.wait();
        assert!(!done.stdout.contains(line) && !done.stderr.contains(line), "a secret is shown: {done:?}");
        done
    }

    pub(crate) fn run<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Done {
        let done = self.start(args).wait();
        for text in [&done.stdout, &done.stderr] {
            let shown = self.key.as_ref().is_some_and(|key| !key.trim().is_empty() && text.contains(key));
            assert!(!shown, "the key is shown: {text}");
        }
        done
    }

    /// Starts a workflow of the test data and waits for its end.
    pub(crate) fn workflow(&self, name: &str) -> Done {
        self.run(["run", &workflow(name), "--output", "json"])
    }

    /// Starts a workflow and kills it at a fault point, such as `AfterSend:3`.
    pub(crate) fn workflow_killed_at(&self, name: &str, moment: &str) -> Done {
        let mut command = self.command(["run", &workflow(name), "--output", "json"]);
        Process::start(command.env("OUTX_TEST_KILL", moment)).wait()
    }

    /// Goes on with the only run that there is.
    pub(crate) fn resume(&self) -> Done {
        let runs = self.kept().runs;
        assert_eq!(runs.len(), 1, "{runs:?}");
        self.run(["resume", runs[0].run_id.as_str(), "--output", "json"])
    }

    /// Goes on with the only run and is killed at a fault point.
    pub(crate) fn resume_killed_at(&self, moment: &str) -> Done {
        let run = self.kept().runs[0].run_id.clone();
        let mut command = self.command(["resume", run.as_str(), "--output", "json"]);
        Process::start(command.env("OUTX_TEST_KILL", moment)).wait()
    }

    /// Goes on with the only run until it no longer says that nothing is wrong and it waits.
    pub(crate) fn resume_to_the_end(&self) -> Done {
        for _ in 0..500 {
            let done = self.resume();
            if done.code() != Some(8) {
                return done;
            }
        }
        panic!("the run still waits after 500 times");
    }

    /// What the state folder holds, seen on a copy.
    pub(crate) fn kept(&self) -> Kept {
        Kept::of(&self.home().join("outx.db"))
    }

    /// The files that workflows wrote, by name; the lines sorted, since items end in any order.
    pub(crate) fn written(&self) -> Vec<(String, Vec<String>)> {
        let mut files: Vec<_> = fs::read_dir(self.work().join("out"))
            .into_iter()
            .flatten()
            .map(|file| {
                let path = file.unwrap().path();
                let text = fs::read_to_string(&path).unwrap();
                let mut lines: Vec<_> = text.lines().map(str::to_owned).collect();
                lines.sort();
                (path.file_name().unwrap().to_string_lossy().into_owned(), lines)
            })
            .collect();
        files.sort();
        files
    }

    /// All files below the state folder and the working folder, with their bytes.
    pub(crate) fn files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut found = Vec::new();
        let mut folders = vec![self.folder.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    found.push((path.clone(), fs::read(&path).unwrap()));
                }
            }
        }
        found
    }

    /// Starts a workflow that is expected to end with this code, and reads its report.
    #[track_caller]
    pub(crate) fn report(&self, name: &str, code: i32) -> Report {
        Report::of(&self.workflow(name).expect(code))
    }
}

/// The path of a workflow of the test data.
pub(crate) fn workflow(name: &str) -> String {
    data().join("workflows").join(format!("{name}.yaml")).display().to_string()
}

/// Where the bad inputs are.
pub(crate) fn bad_folder() -> PathBuf {
    data().join("bad")
}

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data")
}
