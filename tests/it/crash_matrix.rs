//! Every workflow of a table, killed at every fault point in turn, at each of its passings, and resumed to its end.

use crate::support::{Baseline, Done, Process, Report, Service, World, judge, workflow};
use outx_model::Endpoint;
use std::fs;
use std::path::PathBuf;
use std::sync::Mutex;
use std::thread;

/// A workflow of the test data, and what it is run under.
#[derive(Clone, Copy)]
struct Row {
    name: &'static str,
    /// Its effects come one after the other, so that it is known for each moment what was on the wire.
    in_turn: bool,
    /// Some of its reads are answered by others before them.
    reuses: bool,
    /// The limits of the account.
    limits: Option<&'static str>,
    /// The next task of this endpoint fails.
    fails: Option<Endpoint>,
    /// The list that it is started with, under a name, and the one with which it goes on then.
    leads: Option<[&'static str; 2]>,
    /// How it ends when nobody kills it.
    code: i32,
}

const PLAIN: Row =
    Row { name: "", in_turn: true, reuses: false, limits: None, fails: None, leads: None, code: 0 };

/// Never reached, and reached by each write after the first.
const LIMITS: &str = "- { at_most: 50, of: writes, per: 24h }\n- { apart: 1s, of: writes }\n";

const TABLE: [Row; 10] = [
    Row { name: "chain", ..PLAIN },
    Row { name: "fan-out", in_turn: false, ..PLAIN },
    Row { name: "writes-in-turn", ..PLAIN },
    Row { name: "writes-at-once", in_turn: false, ..PLAIN },
    Row { name: "limited", limits: Some(LIMITS), ..PLAIN },
    Row { name: "waits", ..PLAIN },
    Row { name: "approval", ..PLAIN },
    Row { name: "within", reuses: true, ..PLAIN },
    Row {
        name: "named",
        leads: Some([r#"["ada-example", "bo-example"]"#, r#"["bo-example", "cy-example"]"#]),
        ..PLAIN
    },
    Row { name: "failing", fails: Some(Endpoint::CommentPost), code: 1, ..PLAIN },
];

/// Where a process is killed: which of those that work on the run, and at which passing of which point.
#[derive(Clone)]
struct Moment {
    process: usize,
    point: String,
    nth: usize,
}

/// One run from its beginning to its end, or to the process that is killed.
struct Played {
    service: Service,
    world: World,
    traces: Vec<PathBuf>,
    last: Done,
}

impl Row {
    fn service(&self) -> Service {
        let service = Service::immediate();
        if let Some(endpoint) = self.fails {
            service.host.with(|service| service.fail_next(endpoint, "it did not work"));
        }
        service
    }

    /// The commands by which it is begun and changed.
    fn commands(&self) -> Vec<Vec<String>> {
        let run = ["run".to_owned(), workflow(self.name)];
        let Some(leads) = self.leads else { return vec![run.to_vec()] };
        let named = |leads: &str| ["--as", "spring", "-i", &format!("leads={leads}")].map(str::to_owned);
        leads.map(|leads| [run.as_slice(), &named(leads)].concat()).to_vec()
    }

    /// Runs the workflow, a person says yes to all that it asks, and one process after the other goes on.
    fn play(&self, moment: Option<&Moment>) -> Played {
        let service = self.service();
        let world = World::new(&service).that_waits("20s");
        if let Some(limits) = self.limits {
            let file = world.work().join("limits.yaml");
            fs::write(&file, limits).unwrap();
            world.run(["limits", "set", &file.display().to_string()]).expect(0);
        }
        let mut played = Played { last: world.run(["runs"]), service, world, traces: Vec::new() };
        for command in self.commands() {
            played.process(&command, moment);
            played.go_on(moment);
            if played.last.was_killed() {
                break;
            }
        }
        played
    }

    fn baseline(&self) -> Baseline {
        let Played { service, world, traces, last } = self.play(None);
        assert_eq!(last.code(), Some(self.code), "{}: {}", self.name, last.stderr);
        Baseline::seen(&last, &world, &service, traces)
    }

    /// Kills at a moment, goes on to the end, and judges. Gives the writes in doubt and the reads asked again.
    fn killed_at(&self, moment: &Moment, baseline: &Baseline) -> (usize, usize) {
        let what = format!("{}, process {} killed at {}", self.name, moment.process, moment.script());
        let mut played = self.play(Some(moment));
        assert!(played.last.was_killed(), "{what}: {}", played.last.stderr);
        assert_eq!(played.last.stdout, "", "{what}");
        let (at_kill, reached) = (played.world.kept(), played.service.requests().len());
        let resume = ["resume".to_owned(), played.run()];
        played.process(&resume, None);
        played.go_on(None);
        for command in self.commands().iter().skip(moment.process + 1) {
            played.process(command, None);
        }
        let Played { service, world, last, .. } = played;
        let report = Report::of(&last);
        let verdict = judge(&what, baseline, &world, &service, &at_kill, last.code(), &report);
        let (in_doubt, asked_again) = (verdict.in_doubt.len(), verdict.asked_again.len());
        if self.in_turn {
            // Nobody who resumes can tell a request that left from one that was about to; the service can.
            let before: usize = baseline.processes[..moment.process]
                .iter()
                .filter_map(|passed| passed.get("AfterSend"))
                .sum();
            let (on_the_wire, arrived) = match moment.point.as_str() {
                "AfterBegin" => (1, Some(before + moment.nth - 1)),
                "AfterSend" => (1, Some(before + moment.nth)),
                // Who has to wait for a limit asks again, and who finds an answer asks nobody else.
                "BeforeBegin" => {
                    let is_one_each = self.limits.is_none() && !self.reuses;
                    (0, is_one_each.then_some(before + moment.nth - 1))
                }
                _ => (0, Some(before + moment.nth)),
            };
            assert_eq!(in_doubt + asked_again, on_the_wire, "{what}");
            assert!(arrived.is_none_or(|arrived| arrived == reached), "{what}: {reached} arrived");
        }
        // Resumed once more, a run in doubt stays so and a run that ended stays as it ended.
        let before = (service.requests().len(), service.polls());
        let again = world.run(resume).code();
        assert_eq!(
            (again, service.requests().len(), service.polls()),
            (last.code(), before.0, before.1),
            "{what}"
        );
        (in_doubt, asked_again)
    }
}

impl Played {
    /// One process works on the run.
    fn process(&mut self, command: &[String], kill: Option<&Moment>) {
        let mut command = self.world.command(command.iter().map(String::as_str).chain(["--output", "json"]));
        let trace = self.world.home().with_file_name(format!("trace-{}", self.traces.len()));
        command.env("OUTX_TEST_TRACE", &trace);
        if let Some(moment) = kill.filter(|moment| moment.process == self.traces.len()) {
            command.env("OUTX_TEST_KILL", moment.script());
        }
        self.traces.push(trace);
        self.last = Process::start(&mut command).wait();
    }

    /// One process after the other goes on, for as long as one can, or until one is killed.
    fn go_on(&mut self, kill: Option<&Moment>) {
        while self.goes_on() {
            let resume = ["resume".to_owned(), self.run()];
            self.process(&resume, kill);
        }
    }

    fn run(&self) -> String {
        self.world.kept().runs[0].run_id.to_string()
    }

    /// Says yes to what the run asks; false when it asks nothing, and no process can go on by itself.
    fn goes_on(&self) -> bool {
        if self.last.code() != Some(8) {
            return false;
        }
        let report = Report::of(&self.last);
        for waiting in report.json["waiting_for"].as_array().unwrap() {
            if waiting["reason"] == "approval" {
                let step = waiting["path"].as_str().unwrap();
                self.world.run(["approve", report.run(), step, "--by", "Ada"]).expect(0);
            }
        }
        true
    }
}

impl Moment {
    fn script(&self) -> String {
        format!("{}:{}", self.point, self.nth)
    }

    /// All of a run that nobody kills.
    fn all(baseline: &Baseline) -> Vec<Self> {
        let mut all = Vec::new();
        for (process, passed) in baseline.processes.iter().enumerate() {
            for (point, count) in passed {
                all.extend((1..=*count).map(|nth| Self { process, point: point.clone(), nth }));
            }
        }
        all
    }
}

/// What became of one row.
#[derive(Default)]
struct Totals {
    points: usize,
    in_doubt: usize,
    asked_again: usize,
}

#[test]
fn killed_at_every_point_of_every_workflow_each_write_is_sent_once_and_the_end_is_the_same() {
    let baselines = TABLE.map(|row| row.baseline());
    let moments = baselines
        .iter()
        .enumerate()
        .flat_map(|(row, baseline)| Moment::all(baseline).into_iter().map(move |moment| (row, moment)));
    let left = Mutex::new(moments.collect::<Vec<_>>());
    let totals = Mutex::new(TABLE.map(|_| Totals::default()));
    // The limits let time pass, in which others are tried.
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let next = left.lock().unwrap().pop();
                    let Some((row, moment)) = next else { return };
                    let (in_doubt, asked_again) = TABLE[row].killed_at(&moment, &baselines[row]);
                    let row = &mut totals.lock().unwrap()[row];
                    row.points += 1;
                    row.in_doubt += in_doubt;
                    row.asked_again += asked_again;
                }
            });
        }
    });
    let totals = totals.into_inner().unwrap();
    for (row, Totals { points, in_doubt, asked_again }) in TABLE.iter().zip(&totals) {
        eprintln!(
            "{}: {points} points, {in_doubt} writes in doubt, {asked_again} reads asked again",
            row.name
        );
        assert!(*points >= 5, "{} passes only {points} points", row.name);
        assert!(in_doubt + asked_again > 0, "{} was never killed with a request on the wire", row.name);
    }
    let points: usize = totals.iter().map(|row| row.points).sum();
    eprintln!("{} workflows, {points} points in all", TABLE.len());
    assert!(points > 200, "{points}");
}
