//! Endpoints that the catalogue has not and a scenario names.

use crate::support::{after, poll, start, with_latency};
use outx_model::{Call, Method};
use outx_service::{
    Command, Fault, Injection, Input, MemberConfig, On, Record, Request, Role, Scenario, Service,
    ServiceConfig, Step, TeamConfig,
};
use serde_json::{Value, json};

const JOBS: &str = "/linkedin-agent/fetch-jobs";

fn request(path: &str, input: &Value) -> Request {
    Request::new(Method::Post, path).with_key("k").with_json(input)
}

fn config(service: &Value) -> ServiceConfig {
    let scenario = json!({ "outx-scenario": 1, "service": service });
    let scenario = Scenario::read(&scenario).unwrap_or_else(|error| panic!("{error}"));
    ServiceConfig { scenario, ..with_latency(10) }
}

fn call(word: &str) -> Call {
    word.parse().unwrap()
}

/// The data of the task that a step made, some seconds after the start.
fn told(service: &mut Service, step: &Step, seconds: i64) -> Value {
    let id = step.task().unwrap_or_else(|| panic!("{:?}", step.response)).to_string();
    service.step(&poll(&id), after(seconds)).response.value()["data"].clone()
}

#[test]
fn one_that_no_scenario_names_is_an_unknown_path() {
    let others = json!({ "read:fetch-jobz": [], "*": [{ "output": { "found": 1 } }] });
    for config in [ServiceConfig::default(), config(&others)] {
        let step = Service::new(config).step(&request(JOBS, &json!({})), start());
        assert_eq!((step.response.status, step.records.len()), (404, 0));
    }
}

#[test]
fn one_that_is_named_answers_takes_and_fails_as_its_rules_say() {
    let rules = json!({ "read:fetch-jobs": [
        { "when": { "of": { "company": "fjord" } }, "takes": "30s", "output": { "jobs": [1, 2] } },
        { "times": 1, "status": "failed", "error": "no page" },
        { "from": "1h", "output": "late" },
    ] });
    let mut service = Service::new(config(&rules));
    let input = json!({ "of": { "company": "fjord", "city": "Oslo" } });
    let found = service.step(&request(JOBS, &input), start());
    assert_ne!(told(&mut service, &found, 29)["status"], "completed");
    let data = told(&mut service, &found, 30);
    assert_eq!((&data["status"], &data["task_output"]), (&json!("completed"), &json!({ "jobs": [1, 2] })));
    assert_eq!(data["task_input"], json!({ "task_type": "agent_fetch_jobs", "of": input["of"] }));

    let failed = service.step(&request(JOBS, &json!({})), start());
    let data = told(&mut service, &failed, 10);
    assert_eq!((&data["status"], &data["task_output"]), (&json!("failed"), &json!({ "error": "no page" })));
    // No rule is left, and the world knows nothing of it.
    let empty = service.step(&request(JOBS, &json!({})), start());
    assert_ne!(told(&mut service, &empty, 9)["status"], "completed", "the usual latency");
    assert_eq!(told(&mut service, &empty, 10)["task_output"], json!({}));
    assert!(service.requests().iter().all(|request| request.endpoint == call("read:fetch-jobs")));

    let get = Request::new(Method::Get, JOBS).with_key("k");
    assert_eq!(service.step(&get, start()).response.status, 405);
    for body in [json!([1]), json!("x"), Value::Null] {
        assert_eq!(service.step(&request(JOBS, &body), start()).response.status, 400, "{body}");
    }
}

#[test]
fn what_all_others_do_it_does_too() {
    let rules = json!({ "write:follow-company": [], "*": [{ "output": "from-schema", "takes": "5s" }] });
    let mut service = Service::new(config(&rules));
    let step = service.step(&request("/linkedin-agent/follow-company", &json!({ "a": 1 })), start());
    assert_ne!(told(&mut service, &step, 4)["status"], "completed");
    assert_eq!(told(&mut service, &step, 5)["task_output"], json!({}), "of its shape nothing is known");
}

#[test]
fn a_latency_names_one_too() {
    let scenario =
        Scenario::read(&json!({ "outx-scenario": 1, "latency": { "read:fetch-jobs": "7s" } })).unwrap();
    let mut service = Service::new(ServiceConfig { scenario, ..ServiceConfig::default() });
    let step = service.step(&request(JOBS, &json!({})), start());
    assert_ne!(told(&mut service, &step, 6)["status"], "completed");
    assert_eq!(told(&mut service, &step, 7)["status"], "completed");
}

/// The effect that the scenario states decides whether somebody must act.
#[test]
fn a_write_needs_an_admin() {
    let member = MemberConfig { role: Role::Member, ..MemberConfig::new("Bo", "bo@a.example") };
    let team = TeamConfig { members: vec![member], ..TeamConfig::new("a", "k") };
    let of = |word: &str| {
        let config = ServiceConfig { teams: vec![team.clone()], ..config(&json!({ (word): [] })) };
        Service::new(config).step(&request(JOBS, &json!({})), start()).response.status
    };
    assert_eq!((of("read:fetch-jobs"), of("write:fetch-jobs")), (200, 404));
}

#[test]
fn testers_can_disturb_it_and_let_it_fail() {
    let jobs = call("read:fetch-jobs");
    let mut service = Service::new(config(&json!({ "read:fetch-jobs": [] })));
    let fail = |on| Command::Fail { on, reason: "gone".into(), times: 1 };
    service.command(fail(jobs), start()).unwrap();
    let step = service.step(&request(JOBS, &json!({})), start());
    assert_eq!(told(&mut service, &step, 10)["task_output"], json!({ "error": "gone" }));

    for unknown in [fail(call("write:fetch-jobs")), fail(call("read:fetch-people"))] {
        let error = service.command(unknown, start()).unwrap_err().to_string();
        assert!(error.contains("under `service` of the scenario"), "{error}");
    }
    let inject = |on| Command::Inject(Injection { on: On::Create(on), fault: Fault::Reset, times: 1 });
    assert!(service.command(inject(jobs), start()).is_ok());
    assert!(service.command(inject(call("read:fetch-people")), start()).is_err());
}

#[test]
fn its_tasks_outlive_the_scenario_that_named_it() {
    let mut service = Service::new(config(&json!({ "read:fetch-jobs": [{ "output": { "jobs": [] } }] })));
    let step = service.step(&request(JOBS, &json!({ "q": "rust" })), start());
    let stored = serde_json::to_string(&step.records).unwrap();
    assert!(stored.contains("read:fetch-jobs"), "{stored}");
    let records: Vec<Record> = serde_json::from_str(&stored).unwrap();
    let mut later = Service::restore(with_latency(10), records);
    assert_eq!(told(&mut later, &step, 10), told(&mut service, &step, 10));
    assert_eq!(later.step(&request(JOBS, &json!({})), start()).response.status, 404);
}

#[test]
fn a_scenario_that_it_begins_with_is_kept() {
    let scenario = json!({ "outx-scenario": 1, "seed": 7, "service": { "read:fetch-jobs": [{ "output": { "jobs": [] } }] } });
    let mut service = Service::new(with_latency(10));
    let begun = service.begin_with(&scenario, start()).unwrap();
    assert!(
        matches!(&begun[..], [Record::Start { seed: Some(7), scenario: Some(kept), .. }] if *kept == Input::new(&scenario))
    );
    let mut records = begun;
    let step = service.step(&request(JOBS, &json!({})), start());
    records.extend(step.records.clone());
    let mut later = Service::restore(with_latency(10), records);
    for service in [&mut service, &mut later] {
        assert_eq!(told(service, &step, 10)["task_output"], json!({ "jobs": [] }));
    }
    let request = request(JOBS, &json!({}));
    assert_eq!(later.step(&request, after(1)), service.step(&request, after(1)));

    let error = service.begin_with(&scenario, after(1)).unwrap_err().to_string();
    assert!(error.contains("begun already"), "{error}");
    let teams = json!({ "outx-scenario": 1, "teams": [{ "id": "a", "key": "outx_secret" }] });
    let error = Service::new(ServiceConfig::default()).begin_with(&teams, start()).unwrap_err();
    assert_eq!(error.problems[0].path, "teams");
    assert!(!error.to_string().contains("outx_secret"));
}
