//! What is unknown about the real service, each way it can be chosen.

use crate::support::{after, create, good_input, id, poll, start, with_latency};
use outx_model::Endpoint::{self, *};
use outx_model::{EndpointSpec, OverMax, failure_text};
use outx_service::{
    Choices, CompanyShape, FailedOutput, Limit, ProfileShape, Repeat, Response, Service, ServiceConfig,
    Statuses,
};
use serde_json::{Value, json};
use std::time::Duration;

fn with(choices: Choices) -> Service {
    Service::new(ServiceConfig { choices, ..with_latency(10) })
}

fn answer(service: &mut Service, endpoint: Endpoint, seconds: i64) -> Response {
    service.step(&create(endpoint, &good_input(endpoint)), after(seconds)).response
}

/// A task's data after so long.
fn data(service: &mut Service, endpoint: Endpoint, seconds: i64) -> Value {
    let created = answer(service, endpoint, 0);
    let task = created.value()["api_agent_task_id"].as_str().unwrap().to_owned();
    service.step(&poll(&task), after(seconds)).response.value()["data"].clone()
}

fn view(endpoint: Endpoint, raw: &Value) -> Value {
    EndpointSpec::view(endpoint.spec(), raw)
}

#[test]
fn a_file_sets_each_by_its_name() {
    let read: Choices = serde_json::from_value(json!({
        "create-status": 201, "over-max": "clamp", "statuses": "without-processing", "failed-output": "text",
        "profile": "flat", "company": "flat", "search-container": "people", "second-like": { "fails": "again" },
        "invitation-limit": { "count": 2, "per": "7d" }, "extension-of-new-account": "silent",
        "texts": { "wrong-method": "no" },
    }))
    .unwrap();
    assert_eq!((read.over_max, read.statuses), (OverMax::Clamp, Statuses::WithoutProcessing));
    assert_eq!(read.second_like, Repeat::Fails("again".into()));
    assert_eq!(read.invitation_limit, Some(Limit { count: 2, per: Duration::from_hours(168) }));
    let written = serde_json::to_value(&read).unwrap();
    assert_eq!(serde_json::from_value::<Choices>(written).unwrap(), read);
    for unknown in
        [json!({ "second-lik": "succeeds" }), json!({ "texts": { "x": "" } }), json!({ "profile": "round" })]
    {
        assert!(serde_json::from_value::<Choices>(unknown).is_err());
    }
    assert_eq!(serde_json::from_value::<Choices>(json!({})).unwrap(), Choices::default());
}

#[test]
fn the_status_of_a_create() {
    let mut service = with(Choices { create_status: 202, ..Choices::default() });
    assert_eq!(answer(&mut service, LikePost, 0).status, 202);
    assert_eq!(service.requests()[0].status, 202);
}

#[test]
fn a_count_over_its_maximum() {
    let request = create(FetchConnections, &json!({ "count": 500 }));
    assert_eq!(with(Choices::default()).step(&request, start()).response.status, 400);
    let mut service = with(Choices { over_max: OverMax::Clamp, ..Choices::default() });
    let task = id(&service.step(&request, start()).response);
    let echoed = service.step(&poll(&task), start()).response.value()["data"]["task_input"].clone();
    assert_eq!(echoed["count"], 100);
}

#[test]
fn the_words_of_a_status() {
    assert_eq!(data(&mut with(Choices::default()), LikePost, 9)["status"], "processing");
    let choices = Choices { statuses: Statuses::WithoutProcessing, ..Choices::default() };
    assert_eq!(data(&mut with(choices.clone()), LikePost, 9)["status"], "pending");
    assert_eq!(data(&mut with(choices), LikePost, 10)["status"], "completed");
}

#[test]
fn the_output_of_a_failed_task() {
    for (failed_output, output) in [
        (FailedOutput::Error, json!({ "error": "it is \"gone\"" })),
        (FailedOutput::Text, json!("it is \"gone\"")),
        (FailedOutput::Null, json!(null)),
    ] {
        let mut service = with(Choices { failed_output, ..Choices::default() });
        service.fail_next(LikePost, "it is \"gone\"");
        let data = data(&mut service, LikePost, 10);
        assert_eq!((&data["status"], &data["task_output"]), (&json!("failed"), &output));
        if failed_output != FailedOutput::Null {
            assert_eq!(failure_text(&output), "it is \"gone\"");
        }
    }
}

#[test]
fn older_shapes_say_the_same_as_far_as_they_go() {
    let choices = Choices {
        profile: ProfileShape::Flat,
        company: CompanyShape::Flat,
        search_container: "people".into(),
        connections_container: "results".into(),
        ..Choices::default()
    };
    let (mut newer, mut older) = (with(Choices::default()), with(choices));
    let mut both = |endpoint| {
        let [newer, older] = [&mut newer, &mut older].map(|it| data(it, endpoint, 10)["task_output"].clone());
        (newer, older)
    };
    for endpoint in [FetchCompany, FetchConnections, SearchProfiles] {
        let (newer, older) = both(endpoint);
        assert_ne!(newer, older);
        assert_eq!(view(endpoint, &newer), view(endpoint, &older), "{endpoint}");
    }
    let (newer, older) = both(FetchProfile);
    assert_eq!(
        (&older["name"], &older["headline"]),
        (&newer["profile"]["full_name"], &newer["profile"]["headline"])
    );
    assert_eq!(older["profile_url"], "https://www.linkedin.com/in/ada-example");
    assert!(older.get("profile").is_none() && older.get("profile_urn").is_none());
    assert_eq!(view(FetchProfile, &older)["full_name"], view(FetchProfile, &newer)["full_name"]);
}

#[test]
fn a_second_like_fails_where_that_is_chosen() {
    let mut service =
        with(Choices { second_like: Repeat::Fails("liked before".into()), ..Choices::default() });
    assert_eq!(data(&mut service, LikePost, 10)["status"], "completed");
    let second = data(&mut service, LikePost, 10);
    assert_eq!(
        (&second["status"], &second["task_output"]["error"]),
        (&json!("failed"), &json!("liked before"))
    );
}

#[test]
fn the_limit_of_invitations_rolls_and_is_a_teams_own() {
    for retry_after in [false, true] {
        let mut service = with(Choices {
            invitation_limit: Some(Limit { count: 2, per: Duration::from_mins(1) }),
            invitation_retry_after: retry_after,
            ..Choices::default()
        });
        let invite = SendConnectionRequest;
        assert_eq!([0, 30].map(|second| answer(&mut service, invite, second).status), [200, 200]);
        let refused = answer(&mut service, invite, 45);
        let text = refused.value()["error"].as_str().unwrap().to_owned();
        assert_eq!((refused.status, text.starts_with("LinkedIn invitation limit r")), (429, true));
        assert_eq!(refused.header("retry-after"), retry_after.then_some("15"));
        assert_eq!(answer(&mut service, LikePost, 45).status, 200, "others are free");
        let other = create(invite, &good_input(invite)).with_key("another");
        assert_eq!(service.step(&other, after(45)).response.status, 200);
        assert_eq!(answer(&mut service, invite, 60).status, 200, "a refused one does not count");
    }
}

#[test]
fn the_older_general_limit_is_off_by_default() {
    let mut service = with(Choices::default());
    assert!((0..200).all(|_| answer(&mut service, LikePost, 0).status == 200));
    let rate_limit = Some(Limit { count: 100, per: Duration::from_hours(1) });
    let mut service = with(Choices { rate_limit, rate_retry_after: true, ..Choices::default() });
    assert!((0..100).all(|_| answer(&mut service, LikePost, 0).status == 200));
    let refused = answer(&mut service, FetchConnections, 1);
    let text = json!({ "error": "Rate limit exceeded. Please try again later." });
    assert_eq!((refused.status, refused.value(), refused.header("retry-after")), (429, text, Some("3599")));
}
