//! The laws that hold for every run that was killed at any moment and resumed.

use super::kept::Kept;
use super::process::Done;
use super::report::Report;
use super::service::Service;
use super::world::World;
use outx_model::{Effect, TaskId};
use outx_service::RequestRecord;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

/// A workflow as it goes when nobody kills it.
pub(crate) struct Baseline {
    code: Option<i32>,
    status: String,
    /// Of each step by its path.
    statuses: BTreeMap<String, Value>,
    outputs: Value,
    written: Vec<(String, Vec<String>)>,
    creates: usize,
    /// How often each fault point is passed, by each process that works on the run.
    pub(crate) processes: Vec<BTreeMap<String, usize>>,
}

/// What came of a run that was killed and resumed.
pub(crate) struct Verdict {
    pub(crate) in_doubt: BTreeSet<String>,
    pub(crate) asked_again: BTreeSet<String>,
}

impl Baseline {
    pub(crate) fn of(name: &str, service: &Service) -> Self {
        let world = World::new(service);
        let trace = world.home().with_file_name("trace");
        let mut command = world.command(["run", &super::workflow(name), "--output", "json"]);
        command.env("OUTX_TEST_TRACE", &trace);
        let done = super::Process::start(&mut command).wait().expect(0);
        let baseline = Self::seen(&done, &world, service, vec![trace]);
        assert_eq!(baseline.status, "succeeded");
        let creates = baseline.creates;
        assert!(creates > 0 && baseline.passed().values().all(|count| *count == creates));
        baseline
    }

    /// A run as it ended, with the trace of each process that worked on it.
    pub(crate) fn seen(done: &Done, world: &World, service: &Service, traces: Vec<PathBuf>) -> Self {
        let report = Report::of(done);
        let statuses = report.steps().into_iter().map(|(path, step)| (path, step["status"].clone()));
        let passed = traces.into_iter().map(|trace| {
            let mut passed = BTreeMap::new();
            for point in fs::read_to_string(trace).unwrap_or_default().lines() {
                *passed.entry(point.to_owned()).or_default() += 1;
            }
            passed
        });
        Self {
            code: done.code(),
            status: report.status().to_owned(),
            statuses: statuses.collect(),
            outputs: report.outputs().clone(),
            written: world.written(),
            creates: service.requests().len(),
            processes: passed.collect(),
        }
    }

    /// How often each fault point is passed by the first process.
    pub(crate) fn passed(&self) -> &BTreeMap<String, usize> {
        &self.processes[0]
    }
}

/// Judges a run that was killed, when `at_kill` was durable, and then resumed to `report`.
///
/// * The steps in doubt are exactly the writes that were on the wire, and the run ends as *needs attention*
///   exactly if there are any.
/// * The reads that were on the wire, and no others, were asked once more, and say so.
/// * No write reached the service twice. Every create beyond those of an undisturbed run is a read of the
///   line before.
/// * A task whose acceptance was recorded is the one that its step used. A task that nobody recorded was on
///   the wire.
/// * Without a doubt, outputs and files are those of an undisturbed run. With one, every item that has none is as it
///   would be.
#[track_caller]
pub(crate) fn judge(
    what: &str,
    baseline: &Baseline,
    world: &World,
    service: &Service,
    at_kill: &Kept,
    code: Option<i32>,
    report: &Report,
) -> Verdict {
    let log = service.requests();
    let steps = report.steps();
    let after = world.kept();
    let with = |test: &dyn Fn(&Value) -> bool| -> BTreeSet<String> {
        // A fan-out stands as its items do, and a call as its steps.
        let holds_steps = |step: &Value| step.get("items").is_some() || step.get("steps").is_some();
        let steps = steps.iter().filter(|(_, step)| !holds_steps(step));
        steps.filter(|(_, step)| test(step)).map(|(path, _)| path.clone()).collect()
    };

    let in_doubt = with(&|step| step["status"] == "in_doubt");
    assert_eq!(in_doubt, at_kill.on_the_wire(Effect::Write), "{what}: what is in doubt");
    let undisturbed = (baseline.code, baseline.status.as_str());
    let expected = if in_doubt.is_empty() { undisturbed } else { (Some(5), "needs_attention") };
    assert_eq!((code, report.status()), expected, "{what}: {}", report.json);

    let mut asked_again = with(&|step| step["asked_again"] == 1);
    asked_again.extend(after.asked_again_besides(&steps));
    assert_eq!(asked_again, at_kill.on_the_wire(Effect::Read), "{what}: what was asked again");
    assert_eq!(with(&|step| step["asked_again"].as_u64() > Some(1)), BTreeSet::new(), "{what}");

    assert_eq!(twice(&log), Vec::<String>::new(), "{what}: writes that were sent twice");
    if in_doubt.is_empty() {
        let surplus = log.len().checked_sub(baseline.creates);
        assert!(surplus.is_some_and(|surplus| surplus <= asked_again.len()), "{what}: {log:?}");
    }

    let mut used: BTreeSet<TaskId> =
        steps.values().filter_map(|step| step["task_id"].as_str()).map(TaskId::from).collect();
    used.extend(after.tasks_besides(&steps));
    let lost = log.iter().filter_map(|request| request.task.as_ref()).filter(|task| {
        assert!(!at_kill.knows(task) || used.contains(task), "{what}: the recorded task {task} is not used");
        assert_eq!(after.knows(task), used.contains(task), "{what}: task {task}");
        !after.knows(task)
    });
    assert!(lost.count() <= in_doubt.len() + asked_again.len(), "{what}: a task was lost");

    if in_doubt.is_empty() {
        assert_eq!(report.outputs(), &baseline.outputs, "{what}");
        assert_eq!(world.written(), baseline.written, "{what}");
    } else {
        let item = |path: &str| path.split_once('.').map(|(item, _)| item.to_owned());
        let held: BTreeSet<_> = in_doubt.iter().filter_map(|path| item(path)).collect();
        for (path, step) in &steps {
            let status = step["status"].as_str().unwrap();
            let is_held = item(path).is_none_or(|item| held.contains(&item));
            let stays = ["in_doubt", "waiting", "not_started"];
            // An iteration that is in doubt is not the last one of an undisturbed run.
            let known = baseline.statuses.get(path);
            let is_allowed =
                known.is_none_or(|known| known == status) || (is_held && stays.contains(&status));
            assert!(is_allowed, "{what}: {path} is {status}");
        }
    }
    Verdict { in_doubt, asked_again }
}

/// Writes of the request log that created more than one task on the same target.
pub(crate) fn twice(log: &[RequestRecord]) -> Vec<String> {
    let mut counts = BTreeMap::<String, usize>::new();
    for request in log.iter().filter(|request| request.endpoint.effect() == Effect::Write) {
        let spec = request.endpoint.spec().unwrap();
        let target = spec.target(&request.input.value()).unwrap();
        *counts.entry(format!("{} {target}", request.endpoint)).or_default() += 1;
    }
    counts.into_iter().filter(|(_, count)| *count > 1).map(|(write, _)| write).collect()
}
