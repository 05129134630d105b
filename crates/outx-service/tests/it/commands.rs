//! What a tester does to a running service, and that a restart changes none of it.

use crate::support::{after, create, good_input, id, poll, start, with_latency};
use outx_model::Endpoint::{self, *};
use outx_service::ExtensionState::{Closed, Open, Silent};
use outx_service::{
    Command, CommandError, Delivery, ExtensionState, Fault, Host, Injection, MemoryServiceStore, On, Record,
    Service, ServiceConfig, ServiceStore, TeamConfig,
};
use serde_json::{Value, json};
use std::sync::Arc;

fn extension(state: ExtensionState) -> Command {
    Command::Extension { team: None, member: None, state }
}

fn read(command: Value) -> Command {
    serde_json::from_value(command).unwrap()
}

#[test]
fn commands_are_read_as_they_are_written() {
    for (text, command) in [
        (json!({ "do": "extension", "state": "closed" }), extension(ExtensionState::Closed)),
        (
            json!({ "do": "fail", "on": "like-post", "reason": "gone" }),
            Command::Fail { on: LikePost.into(), reason: "gone".into(), times: 1 },
        ),
        (
            json!({ "do": "inject", "on": { "create": "send-message" }, "fault": "answer-lost", "times": 2 }),
            Command::Inject(Injection {
                on: On::Create(SendMessage.into()),
                fault: Fault::AnswerLost,
                times: 2,
            }),
        ),
        (json!({ "do": "reset" }), Command::Reset),
    ] {
        assert_eq!(read(text), command);
        assert_eq!(read(serde_json::to_value(&command).unwrap()), command);
    }
}

#[test]
fn closing_lets_tasks_wait_and_opening_lets_them_go_on() {
    let mut service = Service::new(with_latency(100));
    let mut status = |commands: &[(i64, ExtensionState)], seconds: i64| {
        service.command(Command::Reset, start()).unwrap();
        let poll = poll(&id(&service.step(&create(LikePost, &good_input(LikePost)), start()).response));
        for (at, state) in commands {
            service.command(extension(*state), after(*at)).unwrap();
        }
        let answer = service.step(&poll, after(seconds)).response;
        answer.value()["data"]["status"].as_str().unwrap_or("403").to_owned()
    };
    assert_eq!(status(&[], 100), "completed");
    assert_eq!(status(&[(90, Closed)], 10_000), "processing");
    assert_eq!(status(&[(90, Closed), (1000, Open)], 1009), "processing");
    assert_eq!(status(&[(90, Closed), (1000, Open)], 1010), "completed");
    assert_eq!(status(&[(100, Closed)], 100), "completed", "what is done stays done");
    assert_eq!(status(&[(50, Silent)], 50), "403");
    assert_eq!(status(&[(50, Silent), (60, Open)], 110), "completed");
}

#[test]
fn commands_name_teams_and_members_that_are_there() {
    let teams = vec![TeamConfig::new("one", "a"), TeamConfig::new("two", "b")];
    let mut service = Service::new(ServiceConfig { teams, ..ServiceConfig::default() });
    let mut close = |team: Option<&str>, member: Option<&str>| {
        let (team, member) = (team.map(str::to_owned), member.map(str::to_owned));
        let command = Command::Extension { team, member, state: ExtensionState::Closed };
        let done = service.command(command, start());
        let states: Vec<_> = service.teams().iter().map(|team| team.extension(0, start()).unwrap()).collect();
        done.map(|_| states)
    };
    assert!(matches!(close(Some("three"), None), Err(CommandError::UnknownTeam(team)) if team == "three"));
    let unknown = close(Some("two"), Some("admin@one.example"));
    assert!(matches!(unknown, Err(CommandError::UnknownMember(_))));
    assert_eq!(close(Some("two"), None).unwrap(), [Open, Closed]);
    assert_eq!(close(None, Some("ADMIN@one.example")).unwrap(), [Closed, Closed]);
}

#[test]
fn where_any_key_is_a_team_a_command_means_those_to_come_too() {
    let mut service = Service::new(ServiceConfig::default());
    service.command(extension(ExtensionState::Closed), start()).unwrap();
    let created = service.step(&create(FetchConnections, &json!({})), start()).response;
    let answer = service.step(&poll(&id(&created)), after(3600)).response;
    assert_eq!(answer.value()["data"]["status"], "pending");
    assert_eq!(service.step(&poll("x"), after(200_000)).response.status, 403);
}

#[test]
fn a_reset_service_is_as_a_new_one() {
    let mut service = Service::new(ServiceConfig::default());
    let request = create(LikePost, &good_input(LikePost));
    let first = service.step(&request, start()).response;
    service.command(extension(ExtensionState::Silent), start()).unwrap();
    service.command(Command::Fail { on: LikePost.into(), reason: "x".into(), times: 9 }, start()).unwrap();
    service.command(Command::Reset, after(1)).unwrap();
    assert!(service.tasks().is_empty() && service.requests().is_empty());
    assert_eq!(service.start(), Some(after(1)));
    assert_eq!(service.step(&request, after(1)).response, first, "the same ids again");
    assert_eq!(service.tasks()[0].failure, None);
}

async fn delivery(host: &Host, endpoint: Endpoint) -> Delivery {
    host.handle(&create(endpoint, &good_input(endpoint)), start()).await
}

#[tokio::test]
async fn what_was_injected_is_used_up_also_over_restarts() {
    let store = Arc::new(MemoryServiceStore::new());
    let open = || Host::open(ServiceConfig::default(), store.clone());
    let inject = |on, fault, times| Command::Inject(Injection { on, fault, times });
    let host = open().await.unwrap();
    host.command(inject(On::Any, Fault::NotSent, 1), start()).await.unwrap();
    host.command(inject(On::Create(LikePost.into()), Fault::Reset, 2), start()).await.unwrap();
    assert_eq!(delivery(&host, LikePost).await, Delivery::Broken);

    let host = open().await.unwrap();
    assert_eq!(delivery(&host, LikePost).await, Delivery::Broken, "the second of two");
    let host = open().await.unwrap();
    assert_eq!(delivery(&host, LikePost).await, Delivery::Unreachable, "then that for any");
    let host = open().await.unwrap();
    assert!(matches!(delivery(&host, LikePost).await, Delivery::Answer(_)));
    let used =
        store.load().await.unwrap().into_iter().filter(|it| matches!(it, Record::Faulted { .. })).count();
    assert_eq!(used, 3);
}

#[tokio::test]
async fn wished_failures_survive_a_restart_and_are_used_up_once() {
    let store = Arc::new(MemoryServiceStore::new());
    let open = || Host::open(ServiceConfig::default(), store.clone());
    let wish = |times| Command::Fail { on: LikePost.into(), reason: "gone".into(), times };
    open().await.unwrap().command(wish(2), start()).await.unwrap();
    for _ in 0..3 {
        delivery(&open().await.unwrap(), LikePost).await;
    }
    let host = open().await.unwrap();
    let failures: Vec<_> = host.with(|it| it.tasks().iter().map(|task| task.failure.is_some()).collect());
    assert_eq!(failures, [true, true, false]);
    assert_eq!(host.last_moment(), Some(start()));
}

/// How many of those who were invited by URN stand among the connections.
fn accepted(service: &mut Service, seconds: i64) -> usize {
    let read = create(FetchConnections, &json!({ "sort_type": "RECENTLY_ADDED", "count": 100 }));
    let poll = poll(&id(&service.step(&read, after(seconds)).response));
    let page = service.step(&poll, after(seconds + 10)).response.value()["data"]["task_output"].clone();
    let people = page["connections"].as_array().unwrap();
    people.iter().filter(|it| it["public_identifier"].as_str().unwrap().starts_with("member-")).count()
}

#[test]
fn the_world_waits_with_the_tasks() {
    const DAY: i64 = 86_400;
    for is_closed in [false, true] {
        let mut service = Service::new(with_latency(10));
        for n in 0..20 {
            let invite = json!({ "profile_urn": format!("urn:li:fsd_profile:X{n}") });
            service.step(&create(SendConnectionRequest, &invite), after(0));
        }
        if is_closed {
            service.command(extension(Closed), after(5)).unwrap();
            service.command(extension(Open), after(20 * DAY)).unwrap();
        }
        // Nobody accepts within two hours of the invitation's end, and most within five days.
        assert_eq!(accepted(&mut service, 20 * DAY + 3600) == 0, is_closed);
        assert!(accepted(&mut service, 26 * DAY) > 5);
    }
}
