//! A service behaves as its scenario says.

use crate::support::{create, good_input, id, poll, start};
use jiff::{SignedDuration, Timestamp};
use outx_model::Endpoint::{self, *};
use outx_service::{Delivery, Host, MemoryServiceStore, Request, Response, Scenario, ServiceConfig};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

/// The store in memory is always ready, so that no runtime is needed.
fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("the store in memory waits for nothing"),
    }
}

fn config(scenario: &Value) -> ServiceConfig {
    let scenario = Scenario::read(scenario).unwrap_or_else(|error| panic!("{error}"));
    ServiceConfig { scenario, ..ServiceConfig::default() }
}

/// The host of a scenario, whose times count from the start.
fn host(mut scenario: Value) -> Host {
    scenario["outx-scenario"] = json!(1);
    let host = Host::in_memory(config(&scenario));
    ready(host.begin(start())).unwrap();
    host
}

fn page(name: &str) -> Host {
    let path = format!("{}/tests/data/scenario/ok/{name}.json", env!("CARGO_MANIFEST_DIR"));
    host(serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap())
}

fn after(text: &str) -> Timestamp {
    start() + SignedDuration::try_from(outx_model::parse_duration(text).unwrap()).unwrap()
}

fn ask(host: &Host, request: &Request, at: Timestamp) -> Delivery {
    ready(host.handle(request, at))
}

fn answer(host: &Host, request: &Request, at: Timestamp) -> Response {
    match ask(host, request, at) {
        Delivery::Answer(answer) => answer,
        other => panic!("{other:?}"),
    }
}

fn made(host: &Host, endpoint: Endpoint, input: &Value, at: Timestamp) -> String {
    id(&answer(host, &create(endpoint, input), at))
}

/// Status and output of a task.
fn seen(host: &Host, id: &str, at: Timestamp) -> (String, Value) {
    let answer = answer(host, &poll(id), at).value();
    (
        answer["data"]["status"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned(),
        answer["data"]["task_output"].clone(),
    )
}

/// What becomes of a task that is looked at when it is made.
fn at_once(host: &Host, endpoint: Endpoint, input: &Value, at: Timestamp) -> (String, Value) {
    seen(host, &made(host, endpoint, input, at), at)
}

fn completed(output: Value) -> (String, Value) {
    ("completed".to_owned(), output)
}

#[test]
fn the_page_example_of_the_one_who_accepts_on_the_third_day() {
    let host = page("warm-intro");
    let ada = made(&host, FetchProfile, &json!({ "profile_slug": "ada" }), start());
    assert_ne!(seen(&host, &ada, after("19s")).0, "completed");
    let profile = json!({ "profile": { "full_name": "Ada L.", "profile_urn": "urn:li:fsd_profile:A" } });
    assert_eq!(seen(&host, &ada, after("20s")), completed(profile));
    let other = at_once(&host, FetchProfile, &json!({ "profile_slug": "bo-berg" }), start());
    assert_eq!(other.1["profile"]["full_name"], "Bo Berg", "no rule holds, so the world answers");

    let connections = |at| at_once(&host, FetchConnections, &json!({}), at).1["connections"].clone();
    assert_eq!(connections(after("71h")), json!([]));
    let ada = json!([{ "public_identifier": "ada", "entity_urn": "urn:li:fsd_profile:A" }]);
    assert_eq!(connections(after("72h")), ada, "`until` is the first moment after");
    for endpoint in [SendConnectionRequest, SendMessage] {
        assert_eq!(
            at_once(&host, endpoint, &good_input(endpoint), start()),
            completed(json!({ "sent": true }))
        );
    }
}

#[test]
fn what_was_fixed_at_the_create_stays() {
    let host = page("warm-intro");
    let early = made(&host, FetchConnections, &json!({}), after("71h"));
    assert_eq!(seen(&host, &early, after("30d")), completed(json!({ "connections": [] })));
}

#[test]
fn the_page_example_of_the_lost_answer() {
    let host = page("lost-answer");
    let invite = create(SendConnectionRequest, &good_input(SendConnectionRequest));
    for n in 1..4 {
        assert_eq!(ask(&host, &invite, start()), Delivery::Broken);
        assert_eq!(host.with(|service| service.tasks().len()), n, "the work was done");
    }
    for endpoint in Endpoint::ALL
        .into_iter()
        .filter(|endpoint| ![SendConnectionRequest, FetchProfilesPosts].contains(endpoint))
    {
        let (status, output) = at_once(&host, endpoint, &good_input(endpoint), start());
        assert_eq!(status, "completed");
        let view = endpoint.spec().view(&output);
        assert!(nulls(&view).is_empty(), "{endpoint:?} lacks {:?}", nulls(&view));
    }
    let slug = json!({ "profile_slug": "ada-example" });
    let from_schema = at_once(&host, FetchProfile, &slug, start()).1;
    assert_eq!(from_schema["profile"]["profile_slug"], "ada-example");
    let of_world = at_once(&page("warm-intro"), FetchProfile, &slug, start()).1;
    assert_eq!(from_schema["profile"]["profile_urn"], of_world["profile"]["profile_urn"]);
}

fn nulls(value: &Value) -> Vec<String> {
    match value {
        Value::Null => vec![String::new()],
        Value::Object(map) => map
            .iter()
            .flat_map(|(key, inner)| nulls(inner).into_iter().map(move |path| format!("{key}.{path}")))
            .collect(),
        Value::Array(all) if all.is_empty() => vec!["empty".to_owned()],
        Value::Array(all) => all.iter().flat_map(nulls).collect(),
        _ => Vec::new(),
    }
}

#[test]
fn the_page_example_of_the_block_list() {
    let host = page("block-list");
    let posts = at_once(&host, FetchProfilesPosts, &good_input(FetchProfilesPosts), start());
    assert_eq!(posts, completed(json!({ "posts": [{ "text": "rust" }] })));
    let sent = at_once(&host, SendConnectionRequest, &good_input(SendConnectionRequest), start());
    assert_eq!(sent, completed(json!({ "sent": true })));
}

type Is = fn(&Delivery) -> bool;

#[test]
fn every_fault_has_its_effect() {
    let lost = |delivery: &Delivery| matches!(delivery, Delivery::Broken);
    let status = |delivery: &Delivery| match delivery {
        Delivery::Answer(answer) => answer.status,
        _ => 0,
    };
    let table: [(&str, bool, Is); 7] = [
        ("answer-lost", true, lost),
        ("reset", false, lost),
        ("not-sent", false, |delivery| matches!(delivery, Delivery::Unreachable)),
        ("timeout", true, |delivery| matches!(delivery, Delivery::Silent)),
        (
            "slow",
            true,
            |delivery| matches!(delivery, Delivery::Late(pause, _) if *pause == Duration::from_secs(30)),
        ),
        (
            "garbage",
            true,
            |delivery| matches!(delivery, Delivery::Answer(answer) if answer.value().is_null()),
        ),
        ("truncated", true, |delivery| matches!(delivery, Delivery::Cut(_))),
    ];
    for (fault, is_served, is) in table {
        let host = host(json!({ "service": { "like-post": [{ "fault": fault }] } }));
        let delivery = ask(&host, &create(LikePost, &good_input(LikePost)), start());
        assert!(is(&delivery), "{fault}: {delivery:?}");
        assert_eq!(host.with(|service| service.tasks().len()), usize::from(is_served), "{fault}");
    }
    for (fault, code, text) in [
        ("rate-limited", 429, "Rate limit exceeded"),
        ("server-error", 500, "Internal server error"),
        ("gateway", 502, "<html>"),
        ("unauthorized", 401, "Invalid API Key"),
        ("extension", 403, "Plugin installation required"),
        ("invitation-limit", 429, "LinkedIn invitation limit r"),
    ] {
        let host = host(
            json!({ "service": { "like-post": [{ "fault": fault }], "get-task-status": [{ "fault": fault }] } }),
        );
        for request in [create(LikePost, &good_input(LikePost)), poll("x")] {
            let delivery = ask(&host, &request, start());
            assert_eq!(status(&delivery), code, "{fault}");
            assert!(
                String::from_utf8_lossy(&answer(&host, &request, start()).body).contains(text),
                "{fault}"
            );
        }
        assert_eq!(host.with(|service| service.tasks().len()), 0, "{fault}");
    }
    let own =
        json!({ "status": 503, "body": { "a": 1 }, "headers": { "X-From": "proxy" }, "retry_after": "90s" });
    let answer = answer(
        &host(json!({ "service": { "*": [{ "fault": own }] } })),
        &create(LikePost, &json!({})),
        start(),
    );
    assert_eq!((answer.status, answer.value()), (503, json!({ "a": 1 })));
    assert_eq!((answer.header("x-from"), answer.header("retry-after")), (Some("proxy"), Some("90")));
}

#[test]
fn a_rule_answers_so_often_and_so_long() {
    let host = host(json!({ "service": { "like-post": [
        { "when": { "social_urn": "urn:li:activity:1" }, "from": "1h", "until": "2h", "times": 2, "status": "failed", "error": "Not now" },
        { "output": { "liked": true, "by": "rule" } },
    ] } }));
    let fails = |urn: &str, at| {
        let (status, output) = at_once(&host, LikePost, &json!({ "social_urn": urn }), at);
        assert_eq!(
            output,
            if status == "failed" {
                json!({ "error": "Not now" })
            } else {
                json!({ "liked": true, "by": "rule" })
            }
        );
        status == "failed"
    };
    assert!(!fails("urn:li:activity:1", after("59m")), "before `from`");
    assert!(!fails("urn:li:activity:2", after("1h")), "another input");
    assert!(fails("urn:li:activity:1", after("1h")));
    let refused = answer(&host, &create(LikePost, &json!({ "social_urn": 7 })), after("1h"));
    assert_eq!(refused.status, 400);
    assert!(fails("urn:li:activity:1", after("90m")), "a refused create uses nothing up");
    assert!(!fails("urn:li:activity:1", after("91m")), "twice is enough");
}

#[test]
fn phases_and_latencies_are_as_they_are_told() {
    let host = host(json!({
        "latency": { "fetch-company": "40s", "*": "5s..60s" },
        "service": { "like-post": [{ "phases": { "pending": "5s", "processing": "10s" }, "output": "world" }] },
    }));
    let like = made(&host, LikePost, &good_input(LikePost), start());
    for (at, status) in [
        ("0s", "pending"),
        ("4999ms", "pending"),
        ("5s", "processing"),
        ("14999ms", "processing"),
        ("15s", "completed"),
    ] {
        assert_eq!(seen(&host, &like, after(at)).0, status, "{at}");
    }
    let company = made(&host, FetchCompany, &good_input(FetchCompany), start());
    assert_ne!(seen(&host, &company, after("39999ms")).0, "completed");
    assert_eq!(seen(&host, &company, after("40s")).0, "completed");
    let ends: Vec<_> = (0..50)
        .map(|_| made(&host, FetchProfile, &good_input(FetchProfile), start()))
        .map(|id| {
            host.with(|service| service.tasks().iter().find(|task| *task.id.as_str() == id).unwrap().ends_at)
        })
        .collect();
    assert!(ends.iter().all(|end| (after("5s")..=after("60s")).contains(end)));
    assert!(ends.iter().any(|end| *end < after("20s")) && ends.iter().any(|end| *end > after("45s")));
}

#[test]
fn while_the_extension_sleeps_every_call_is_refused_and_tasks_wait() {
    let host = host(json!({ "latency": "30m", "asleep": [{ "from": "10m", "to": "10h" }] }));
    let like = made(&host, LikePost, &good_input(LikePost), start());
    for request in [create(LikePost, &good_input(LikePost)), poll(&like)] {
        assert_eq!(answer(&host, &request, after("9m")).status, 200);
        let refused = answer(&host, &request, after("10m"));
        assert_eq!(refused.status, 403);
        assert!(refused.value()["error"].as_str().unwrap().starts_with("Plugin installation required"));
        assert_eq!(answer(&host, &request, after("10h")).status, 200);
    }
    assert_ne!(seen(&host, &like, after("619m")).0, "completed");
    assert_eq!(seen(&host, &like, after("620m")).0, "completed", "20 of its 30 minutes were left");
}

#[test]
fn while_the_browser_is_closed_tasks_are_only_pending() {
    let host = host(json!({ "closed": { "to": "8h" } }));
    let like = made(&host, LikePost, &good_input(LikePost), start());
    assert_eq!(seen(&host, &like, after("479m")), ("pending".to_owned(), Value::Null));
    assert_eq!(seen(&host, &like, after("8h")).0, "completed");
}

#[test]
fn people_do_what_is_laid_down() {
    let world = json!({
        "connections": ["quinn-test", "urn:li:person:Old"], "accepts": { "ada-example": "2d", "urn:li:person:Own": "1h" },
        "never": ["bo-example"], "unknown_people": "strangers",
    });
    let host = host(json!({ "world": world }));
    let urn = |slug: &str| {
        at_once(&host, FetchProfile, &json!({ "profile_slug": slug }), start()).1["profile"]["profile_urn"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let (quinn, ada, bo) = (urn("quinn-test"), urn("ada-example"), urn("bo-example"));
    let own = "urn:li:fsd_profile:Own".to_owned();
    for urn in [&ada, &bo, &own] {
        at_once(&host, SendConnectionRequest, &json!({ "profile_urn": urn }), start());
    }
    let reaches = |urn: &str, at| {
        at_once(&host, SendMessage, &json!({ "recipient_urn": urn, "message": "Hi" }), at).0 == "completed"
    };
    let at = |at| [quinn.as_str(), &ada, &bo, &own, "urn:li:person:Nobody"].map(|urn| reaches(urn, at));
    assert_eq!(at(start()), [true, false, false, false, false]);
    assert_eq!(at(after("1h")), [true, false, false, true, false]);
    assert_eq!(at(after("48h")), [true, true, false, true, false]);
    assert_eq!(at(after("365d")), [true, true, false, true, false]);
    let recent = at_once(&host, FetchConnections, &json!({ "sort_type": "RECENTLY_ADDED" }), after("48h")).1;
    let urns: Vec<_> = (0..3).map(|n| recent["connections"][n]["entity_urn"].as_str().unwrap()).collect();
    assert_eq!(urns, [ada.as_str(), &own, &quinn]);
    assert_eq!(recent["connections"][2]["public_identifier"], "quinn-test");
    let old = &recent["connections"][3];
    assert_eq!(old["entity_urn"], "urn:li:fsd_profile:Old");
    let profile =
        at_once(&host, FetchProfile, &json!({ "profile_slug": old["public_identifier"] }), start()).1;
    assert_eq!(profile["profile"]["profile_urn"], old["entity_urn"], "the slug that is shown leads back");
}

#[test]
fn an_invitation_that_says_it_was_not_sent_is_never_accepted() {
    for (sent, connected) in [(true, true), (false, false)] {
        let host = host(json!({
            "world": { "acceptance": { "percent": 100, "after": "1h" }, "unknown_people": "strangers" },
            "service": { "send-connection-request": [{ "output": { "sent": sent } }] },
        }));
        at_once(&host, SendConnectionRequest, &json!({ "profile_urn": "Own" }), start());
        let message = json!({ "recipient_urn": "Own", "message": "Hi" });
        assert_eq!(at_once(&host, SendMessage, &message, after("1h")).0 == "completed", connected);
    }
}

#[test]
fn what_is_laid_down_is_not_judged_by_the_world() {
    let message = json!({ "recipient_urn": "urn:li:person:Nobody", "message": "Hi" });
    for (output, status) in
        [(json!("world"), "failed"), (json!("from-schema"), "completed"), (json!({}), "completed")]
    {
        let host = host(json!({
            "world": { "unknown_people": "strangers" }, "service": { "send-message": [{ "output": output }] },
        }));
        assert_eq!(at_once(&host, SendMessage, &message, start()).0, status, "{output}");
    }
}

#[test]
fn a_failed_task_shows_the_output_that_is_laid_down() {
    let host = host(json!({ "service": { "like-post": [{ "status": "failed", "output": { "code": 7 } }] } }));
    let ended = at_once(&host, LikePost, &good_input(LikePost), start());
    assert_eq!(ended, ("failed".to_owned(), json!({ "code": 7 })));
}

#[test]
fn rules_of_the_same_words_are_counted_apart() {
    let once = json!({ "times": 1, "fault": "reset" });
    let host = host(json!({ "service": { "like-post": [once, once, once] } }));
    let like = create(LikePost, &good_input(LikePost));
    let broken: Vec<_> = (0..4).map(|_| ask(&host, &like, start()) == Delivery::Broken).collect();
    assert_eq!(broken, [true, true, true, false]);
}

#[test]
fn choices_teams_and_seed_are_taken() {
    let host = page("everything");
    let answer = answer(&host, &create(FetchCompany, &good_input(FetchCompany)), after("1h"));
    assert_eq!(answer.status, 401, "only the keys of the teams are known");
    assert_eq!(
        host.with(|service| service.teams().iter().map(|team| team.id().to_owned()).collect::<Vec<_>>()),
        ["red", "blue"]
    );

    let host = self::host(
        json!({ "seed": 7, "choices": { "second-like": { "fails": "Again" }, "failed-output": "text" } }),
    );
    let like = |host: &Host| at_once(host, LikePost, &good_input(LikePost), start());
    assert_eq!((like(&host).0.as_str(), like(&host)), ("completed", ("failed".to_owned(), json!("Again"))));
    let ids = |host: &Host| host.with(|service| service.tasks()[0].id.clone());
    let same = ServiceConfig { id_seed: 7, ..ServiceConfig::default() };
    let same = Host::in_memory(same);
    like(&same);
    assert_eq!(ids(&host), ids(&same));
}

/// A scenario in which everything is counted, and things depend on the moment.
fn busy() -> Value {
    json!({
        "outx-scenario": 1, "seed": 3, "latency": "5s..60s",
        "service": {
            "like-post": [{ "times": 2, "fault": "answer-lost" }, { "times": 1, "fault": "rate-limited" }, { "times": 2, "status": "failed" }],
            "send-message": [{ "times": 3, "phases": { "pending": "1h" }, "output": { "sent": true } }, { "until": "2d", "output": "from-schema" }],
            "get-task-status": [{ "times": 4, "fault": "gateway" }, { "when": { "endpoint": "send-message" }, "times": 1, "fault": "timeout" }],
            "*": [{ "times": 3, "fault": "slow" }],
        },
        "asleep": { "from": "20h", "to": "30h" }, "closed": { "from": "40h", "to": "50h" },
        "world": { "acceptance": { "percent": 100, "after": "1h..20h" } },
    })
}

#[test]
fn uses_survive_a_restart() {
    let store = Arc::new(MemoryServiceStore::new());
    let like = create(LikePost, &good_input(LikePost));
    let deliveries: Vec<_> = (0..8)
        .map(|_| {
            let host = ready(Host::open(config(&busy()), store.clone())).unwrap();
            (ask(&host, &like, start()), ask(&host, &poll("x"), start()))
        })
        .collect();
    let lost = deliveries.iter().filter(|(create, _)| *create == Delivery::Broken).count();
    let status =
        |delivery: &Delivery, wanted| matches!(delivery, Delivery::Answer(answer) if answer.status == wanted);
    let limited = deliveries.iter().filter(|(create, _)| status(create, 429)).count();
    let gateways = deliveries.iter().filter(|(_, poll)| status(poll, 502)).count();
    assert_eq!((lost, limited, gateways), (2, 1, 4));
}

#[derive(Debug, Clone)]
enum Act {
    Create(usize),
    Poll(usize),
    Wait(i64),
    Restart,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => (0..10usize).prop_map(Act::Create),
        4 => (0..20usize).prop_map(Act::Poll),
        3 => (0..400i64).prop_map(Act::Wait),
        1 => Just(Act::Restart),
    ]
}

/// All that came back to the caller.
fn history(acts: &[Act], restarts: bool) -> Vec<Delivery> {
    let store = Arc::new(MemoryServiceStore::new());
    let open = || ready(Host::open(config(&busy()), store.clone())).unwrap();
    let mut host = open();
    ready(host.begin(start())).unwrap();
    let mut now = start();
    let mut out = Vec::new();
    for act in acts {
        match act {
            Act::Create(at) => {
                out.push(ask(&host, &create(Endpoint::ALL[*at], &good_input(Endpoint::ALL[*at])), now));
            }
            Act::Poll(at) => {
                let id = host.with(|service| service.tasks().get(*at).map(|task| task.id.to_string()));
                out.push(ask(&host, &poll(&id.unwrap_or_default()), now));
            }
            Act::Wait(minutes) => now += SignedDuration::from_mins(*minutes),
            Act::Restart if restarts => host = open(),
            Act::Restart => {}
        }
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn one_seed_is_one_history_whatever_is_restarted(acts in prop::collection::vec(act(), 1..60)) {
        let once = history(&acts, false);
        prop_assert_eq!(&once, &history(&acts, false));
        prop_assert_eq!(&once, &history(&acts, true));
    }
}

#[test]
fn a_poll_is_told_by_the_name_of_an_endpoint_that_only_the_scenario_has() {
    let host = host(json!({ "service": {
        "read:fetch-jobs": [],
        "get-task-status": [{ "when": { "endpoint": "fetch-jobs" }, "fault": "gateway" }],
    } }));
    let jobs = create(LikePost, &json!({ "q": "rust" }));
    let jobs = Request { path: "/linkedin-agent/fetch-jobs".into(), ..jobs };
    let task = id(&answer(&host, &jobs, start()));
    assert_eq!(answer(&host, &poll(&task), start()).status, 502);
    let other = made(&host, LikePost, &good_input(LikePost), start());
    assert_eq!(answer(&host, &poll(&other), start()).status, 200);
}
