//! Services that answer as real ones do on bad days.

use crate::support::{Report, World};
use serde_json::json;
use std::time::Duration;
use tokio::runtime::Runtime;
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

const LIKE: &str = "/linkedin-agent/like-post";
const PROFILE: &str = "/linkedin-agent/fetch-profile";

/// A server that answers creates so; the runtime serves it while the program runs.
fn answering(path_of: &str, answer: ResponseTemplate) -> (Runtime, MockServer, World) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let server = runtime.block_on(async {
        let server = MockServer::start().await;
        Mock::given(method("POST")).and(path(path_of)).respond_with(answer).mount(&server).await;
        server
    });
    let world = World::at(server.uri());
    (runtime, server, world)
}

fn asked(runtime: &Runtime, server: &MockServer) -> usize {
    runtime.block_on(server.received_requests()).unwrap().len()
}

#[test]
fn a_write_whose_answer_tells_nothing_is_in_doubt_and_is_not_sent_again() {
    for answer in [
        ResponseTemplate::new(502).set_body_string("<html>Bad gateway</html>"),
        ResponseTemplate::new(500).set_body_json(json!({ "error": "Internal server error" })),
        ResponseTemplate::new(200).set_body_string("it is done, but what"),
        ResponseTemplate::new(200).set_body_json(json!({ "success": true })),
    ] {
        let (runtime, server, world) = answering(LIKE, answer);
        let report = world.report("like", 5);
        assert_eq!(
            (report.status(), report.step("like")["status"].as_str()),
            ("needs_attention", Some("in_doubt"))
        );
        assert_eq!(Report::of(&world.resume().expect(5)).status(), "needs_attention");
        world.workflow("like").expect(5);
        let task = ["task", "create", "like-post", "-i", "social_urn=urn:li:activity:7000000000000000001"];
        let done = world.run(task).expect(5);
        assert!(done.stderr.contains("IN DOUBT"), "{}", done.stderr);
        assert_eq!(asked(&runtime, &server), 1);
    }
}

#[test]
fn a_read_whose_answer_tells_nothing_is_asked_again_a_few_times() {
    let (runtime, server, world) = answering(PROFILE, ResponseTemplate::new(502));
    let report = world.report("lookup", 7);
    assert_eq!((report.status(), report.waits_for()), ("waiting", vec!["network"]));
    assert!((2..=5).contains(&asked(&runtime, &server)), "asked {} times", asked(&runtime, &server));
}

#[test]
fn a_write_that_the_service_rejects_has_failed_and_is_free() {
    let answer = ResponseTemplate::new(400).set_body_json(json!({ "error": "Invalid 'social_urn'" }));
    let (runtime, server, world) = answering(LIKE, answer);
    let report = world.report("like", 1);
    assert_eq!(report.step("like")["error"]["kind"], "rejected");
    world.workflow("like").expect(1);
    assert_eq!(asked(&runtime, &server), 2);
}

#[test]
fn an_extension_asleep_and_a_limit_are_waited_for_and_are_no_failure() {
    let asleep =
        json!({ "error": "Plugin installation required: Please install the OutX browser extension" });
    let limit = json!({ "error": "Too many requests" });
    for (status, body, code_of_task, reason) in [(403, asleep, 4, "extension"), (429, limit, 6, "limit")] {
        let answer = ResponseTemplate::new(status).set_body_json(body).insert_header("retry-after", "3600");
        let (_runtime, _server, world) = answering(LIKE, answer);
        let report = world.report("like", 8);
        assert_eq!((report.status(), report.waits_for()), ("waiting", vec![reason]), "{}", report.json);
        let task = ["task", "create", "like-post", "-i", "social_urn=urn:li:activity:9"];
        world.run(task).expect(code_of_task);
    }
}

#[test]
fn an_answer_that_comes_after_the_kill_is_a_doubt() {
    let answer = ResponseTemplate::new(200).set_delay(Duration::from_secs(30));
    let (runtime, server, world) = answering(LIKE, answer);
    let mut process = world.start(["run", &crate::support::workflow("like"), "--output", "json"]);
    assert!(process.says("run "));
    // The request is on the wire, and the answer takes longer than anybody waits here.
    let arrived = (0..2_000).any(|_| {
        std::thread::sleep(Duration::from_millis(5));
        asked(&runtime, &server) == 1
    });
    assert!(arrived);
    process.kill();
    process.wait();
    let report = Report::of(&world.resume().expect(5));
    assert_eq!(report.step("like")["status"], "in_doubt");
    assert_eq!(asked(&runtime, &server), 1);
}
