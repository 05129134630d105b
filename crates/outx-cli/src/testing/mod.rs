//! `outx test`: test files found, played side by side, and told.

mod files;
mod junit;
mod tell;
mod watch;

pub(crate) use watch::watch;

use crate::Exit;
use crate::args::{Output, TestRunArgs};
use crate::beside::replace_file;
use crate::fault::Fault;
use crate::kinds::{Purpose, options};
use files::{Found, find};
use outx_flow::diagnostic::Diagnostic;
use outx_harness::{Coverage, Explored, Snapshots, TestFile, Verdict, Wrong, explore, judge};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// A test file, read or not.
struct Tested {
    path: PathBuf,
    read: Result<TestFile, Wrong>,
    snapshots: Snapshots,
    /// Where its snapshots are.
    kept: PathBuf,
    cases: Vec<Option<Ended>>,
}

/// What came of a case.
struct Ended {
    verdict: Verdict,
    /// What exploring it came to, where it was explored; or why it could not be.
    explored: Option<Result<Explored, String>>,
    /// How long it took on this machine.
    took: Duration,
}

impl Ended {
    fn holds(&self) -> bool {
        let breaks = |explored: &Result<Explored, String>| {
            explored.as_ref().map_or(true, |explored| explored.broken.is_some())
        };
        self.verdict.holds() && !self.explored.as_ref().is_some_and(breaks)
    }
}

/// All that came of a round.
struct Round {
    files: Vec<Tested>,
    /// What was reached of each workflow, by its path.
    coverage: BTreeMap<String, (TestedWorkflow, Coverage)>,
    min: Option<u8>,
}

/// Where the findings about a workflow are shown.
struct TestedWorkflow {
    source: outx_flow::diagnostic::Source,
}

impl Round {
    fn cases(&self) -> impl Iterator<Item = &Ended> {
        self.files.iter().flat_map(|file| file.cases.iter().flatten())
    }

    fn is_valid(&self) -> bool {
        self.files.iter().all(|file| file.read.is_ok())
    }

    /// Workflows of which too little is reached.
    fn too_little(&self) -> impl Iterator<Item = (&str, usize)> {
        let least = usize::from(self.min.unwrap_or(0));
        let all = self.coverage.iter();
        all.map(|(path, (_, coverage))| (path.as_str(), coverage.percent()))
            .filter(move |(_, percent)| *percent < least)
    }

    fn exit(&self) -> Exit {
        if !self.is_valid() {
            return Exit::Usage;
        }
        if self.cases().all(Ended::holds) && self.too_little().next().is_none() {
            Exit::Success
        } else {
            Exit::Failed
        }
    }
}

/// Plays all cases once, and tells what came of them.
pub(crate) fn test(args: &TestRunArgs) -> Result<Exit, Fault> {
    let found = find(&args.paths)?;
    if found.is_empty() {
        let help = "name a file, or write one: `outx new` does so beside each workflow";
        return Err(Fault::usage("there is no test file (*.test.yaml) here", help));
    }
    let round = play(found, args)?;
    match args.output {
        Output::Text => tell::text(&round),
        Output::Json => crate::command::print_json(&tell::json(&round)),
    }
    if let Some(path) = &args.junit {
        let text = junit::report(&round)?;
        std::fs::write(path, text)
            .map_err(|error| Fault::io(&format!("cannot write {}", path.display()), &error))?;
    }
    Ok(round.exit())
}

fn play(found: Vec<Found>, args: &TestRunArgs) -> Result<Round, Fault> {
    let mut files: Vec<Tested> = Vec::new();
    let kinds = options(Purpose::File, false);
    for file in found {
        let read = TestFile::read(&file.source, &file.files, &kinds);
        let count = read.as_ref().map_or(0, |read| read.cases.len());
        let (snapshots, kept) = snapshots(&file)?;
        files.push(Tested {
            path: file.path,
            read,
            snapshots,
            kept,
            cases: (0..count).map(|_| None).collect(),
        });
    }
    let is_meant = |file: &Tested, name: &str| {
        args.filter
            .as_ref()
            .is_none_or(|text| name.contains(text) || file.path.display().to_string().contains(text))
    };
    let jobs: Vec<(usize, usize)> = files
        .iter()
        .enumerate()
        .flat_map(|(at, file)| {
            let cases = file.read.as_ref().map(|read| read.cases.as_slice()).unwrap_or_default();
            let meant = cases.iter().enumerate().filter(move |(_, case)| is_meant(file, &case.name));
            meant.map(move |(case, _)| (at, case))
        })
        .collect();
    for (at, case, ended) in side_by_side(&files, &jobs, args) {
        files[at].cases[case] = Some(ended);
    }
    if args.update {
        update(&mut files)?;
    }
    let mut coverage: BTreeMap<String, (TestedWorkflow, Coverage)> = BTreeMap::new();
    for file in &files {
        let Ok(read) = &file.read else { continue };
        let source = read.workflow.source.clone();
        let (_, reached) = coverage
            .entry(source.name().to_owned())
            .or_insert_with(|| (TestedWorkflow { source }, Coverage::of(&read.workflow)));
        for played in file.cases.iter().flatten().filter_map(|ended| ended.verdict.played.as_ref()) {
            reached.add(played);
        }
    }
    Ok(Round { files, coverage, min: args.min_coverage })
}

/// Plays cases on all cores; what came of each stands under its number, whichever ended first.
fn side_by_side(files: &[Tested], jobs: &[(usize, usize)], args: &TestRunArgs) -> Vec<(usize, usize, Ended)> {
    let (next, has_failed) = (AtomicUsize::new(0), AtomicBool::new(false));
    let done = Mutex::new(Vec::new());
    let cores = thread::available_parallelism().map_or(1, usize::from).min(jobs.len());
    let work = || {
        while let Some(&(at, number)) = jobs.get(next.fetch_add(1, Ordering::SeqCst)) {
            if args.fail_fast && has_failed.load(Ordering::SeqCst) {
                return;
            }
            let Ok(file) = &files[at].read else { continue };
            let ended = one(file, number, &files[at].snapshots, args);
            if !ended.holds() {
                has_failed.store(true, Ordering::SeqCst);
            }
            done.lock().unwrap_or_else(PoisonError::into_inner).push((at, number, ended));
        }
    };
    thread::scope(|scope| {
        for _ in 1..cores.max(1) {
            scope.spawn(work);
        }
        work();
    });
    done.into_inner().unwrap_or_else(PoisonError::into_inner)
}

#[expect(clippy::disallowed_methods, reason = "how long a case takes on this machine is told to people")]
fn one(file: &TestFile, number: usize, snapshots: &Snapshots, args: &TestRunArgs) -> Ended {
    let began = Instant::now();
    let case = &file.cases[number];
    let mut verdict = judge(file, case, snapshots);
    if args.update {
        // Whatever differs is taken as it is.
        verdict.findings.retain(|finding: &Diagnostic| finding.code != "OX614");
    }
    let explored = args
        .explore
        .filter(|_| verdict.holds())
        .map(|histories| explore(file, case, histories, args.seed).map_err(|error| error.to_string()));
    Ended { verdict, explored, took: began.elapsed() }
}

/// The snapshots of a test file, and where they are.
fn snapshots(file: &Found) -> Result<(Snapshots, PathBuf), Fault> {
    let name = file.path.file_name().unwrap_or_default().to_string_lossy();
    let name = name.strip_suffix(".test.yaml").unwrap_or(&name);
    let path = file.path.with_file_name(format!("{name}.snap.yaml"));
    match std::fs::read_to_string(&path) {
        Ok(text) => {
            let read = Snapshots::read(&text).map_err(|why| {
                Fault::usage(
                    format!("{}: {why}", path.display()),
                    "`outx test --update` writes it anew once it is removed",
                )
            })?;
            Ok((read, path))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok((Snapshots::default(), path)),
        Err(error) => Err(Fault::io(&format!("cannot read {}", path.display()), &error)),
    }
}

fn update(files: &mut [Tested]) -> Result<(), Fault> {
    for file in files {
        let Ok(read) = &file.read else { continue };
        let before = file.snapshots.clone();
        for (case, ended) in read.cases.iter().zip(&file.cases) {
            if let (true, Some(ended)) = (case.has_snapshot(), ended)
                && let Some(played) = &ended.verdict.played
            {
                file.snapshots.take(&case.name, played);
            }
        }
        let with = read.cases.iter().filter(|case| case.has_snapshot());
        file.snapshots.keep(with.map(|case| case.name.as_str()));
        let unwritable = |error| Fault::io(&format!("cannot write {}", file.kept.display()), &error);
        if file.snapshots.is_empty() && !before.is_empty() {
            std::fs::remove_file(&file.kept).map_err(unwritable)?;
        } else if file.snapshots != before {
            let text = file.snapshots.write();
            if file.kept.exists() {
                replace_file(&file.kept, text.as_bytes()).map_err(unwritable)?;
            } else {
                std::fs::write(&file.kept, text).map_err(unwritable)?;
            }
        }
    }
    Ok(())
}
