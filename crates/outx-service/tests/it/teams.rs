//! Whose a key is, who acts, and whether the extension was heard.

use crate::support::{after, create, good_input, id, poll, start};
use jiff::{SignedDuration, Timestamp};
use outx_model::{Effect, Endpoint};
use outx_service::{
    Choices, ExtensionState, MemberConfig, ReadWithoutAdmin, Request, Role, Service, ServiceConfig,
    TeamConfig,
};
use serde_json::json;
use std::time::Duration;

const HOUR: i64 = 3600;
const PLUGIN: &str = "Plugin installation required: Please install the OutX browser extension on at least one team member's account to use the API. The plugin must have been active within the last 48 hours.";

fn answer(service: &mut Service, request: &Request, now: Timestamp) -> (u16, String) {
    let response = service.step(request, now).response;
    (response.status, response.value()["error"].as_str().unwrap_or_default().to_owned())
}

fn member(name: &str, role: Role, joined: i64) -> MemberConfig {
    let email = format!("{name}@one.example");
    MemberConfig { role, joined: after(joined), ..MemberConfig::new(name, &email) }
}

fn one_team(members: Vec<MemberConfig>) -> ServiceConfig {
    let team = TeamConfig { members, ..TeamConfig::new("one", "k") };
    ServiceConfig { teams: vec![team, TeamConfig::new("two", "l")], ..ServiceConfig::default() }
}

fn hours(from: u64, to: u64) -> (Duration, Duration) {
    (Duration::from_hours(from), Duration::from_hours(to))
}

#[test]
fn each_team_has_one_key_and_sees_its_own_tasks() {
    let mut service = Service::new(one_team(vec![member("ada", Role::Admin, 0)]));
    let created = service.step(&create(Endpoint::FetchConnections, &json!({})), start()).response;
    let mine = poll(&id(&created));
    assert_eq!(answer(&mut service, &mine, start()).0, 200);
    let theirs = mine.clone().with_key("l");
    assert_eq!(answer(&mut service, &theirs, start()), (404, "Agent task not found".into()));
    let nobodys = mine.with_key("m");
    assert_eq!(answer(&mut service, &nobodys, start()), (401, "Invalid API Key".into()));
    let names: Vec<_> = service.teams().iter().map(|team| (team.id(), team.name())).collect();
    assert_eq!(names, [("one", "Team one"), ("two", "Team two")]);
    assert!(!format!("{service:?}").contains("\"l\""), "no key shows");
}

#[test]
fn a_team_with_another_key_keeps_its_tasks_and_the_old_key_is_refused() {
    let mut service = Service::new(one_team(vec![member("ada", Role::Admin, 0)]));
    let created = service.step(&create(Endpoint::FetchConnections, &json!({})), start()).response;
    assert!(service.rekey("one", "m") && !service.rekey("three", "n"));
    let mine = poll(&id(&created));
    assert_eq!(answer(&mut service, &mine, start()), (401, "Invalid API Key".into()));
    assert_eq!(answer(&mut service, &mine.clone().with_key("m"), start()).0, 200);
    assert_eq!(answer(&mut service, &mine.with_key("l"), start()).0, 404);
    // A service that takes any key has no teams that were configured.
    assert!(!Service::new(ServiceConfig::default()).rekey("any", "m"));
}

#[test]
fn the_admin_who_joined_first_acts() {
    let members = vec![
        member("late", Role::Admin, 20),
        member("early", Role::Member, 0),
        member("first", Role::Admin, 10),
        member("twin", Role::Admin, 10),
    ];
    let service = Service::new(one_team(members));
    let acting = |second| service.teams()[0].acting(after(second));
    assert_eq!([9, 10, 20].map(acting), [None, Some(2), Some(2)]);
}

#[test]
fn writes_need_an_admin_who_has_joined() {
    let members = || vec![member("ada", Role::Member, 0), member("bo", Role::Admin, 60)];
    let missing = (404, "No admin user found in the team".to_owned());
    let mut service = Service::new(one_team(members()));
    let mut strict = Service::new(ServiceConfig {
        choices: Choices { read_without_admin: ReadWithoutAdmin::Refused, ..Choices::default() },
        ..one_team(members())
    });
    for endpoint in Endpoint::ALL {
        let request = create(endpoint, &good_input(endpoint));
        let is_write = endpoint.effect() == Effect::Write;
        let first = answer(&mut service, &request, start());
        assert_eq!(first == missing, is_write, "{endpoint} {first:?}");
        assert_eq!(answer(&mut strict, &request, start()), missing, "{endpoint}");
        assert_eq!(answer(&mut service, &request, after(60)).0, 200, "{endpoint}");
    }
    // The wrong field is told before the missing admin.
    let wrong = create(Endpoint::LikePost, &json!({}));
    assert_eq!(answer(&mut service, &wrong, start()), (400, "Missing or invalid 'social_urn'".into()));
}

#[test]
fn after_48_hours_of_a_closed_browser_every_call_is_refused() {
    let (from, to) = hours(10, 100);
    let mut service = Service::new(one_team(vec![member("ada", Role::Admin, 0).asleep(from, to)]));
    let create = create(Endpoint::LikePost, &good_input(Endpoint::LikePost));
    let poll = poll(&id(&service.step(&create, start()).response));
    for (seconds, status) in
        [(58 * HOUR, 200), (58 * HOUR + 1, 403), (100 * HOUR - 1, 403), (100 * HOUR, 200)]
    {
        let text = if status == 403 { PLUGIN } else { "" };
        for request in [&create, &poll] {
            let answered = answer(&mut service, request, after(seconds));
            assert_eq!(answered, (status, text.to_owned()), "{} at {seconds}", request.path);
        }
    }
    let log = service.requests();
    assert_eq!(log.iter().filter(|request| request.status == 403).count(), 2, "refused creates are logged");
}

#[test]
fn one_member_who_is_awake_is_enough_but_the_admin_does_the_work() {
    let (from, to) = hours(0, 100);
    let ada = member("ada", Role::Admin, -10).asleep(from, to);
    let mut service = Service::new(one_team(vec![ada, member("bo", Role::Member, -20)]));
    let created =
        service.step(&create(Endpoint::LikePost, &good_input(Endpoint::LikePost)), start()).response;
    let poll = poll(&id(&created));
    for (seconds, status) in [(0, "pending"), (60 * HOUR, "pending"), (100 * HOUR, "completed")] {
        let data = service.step(&poll, after(seconds)).response.value()["data"].clone();
        assert_eq!(data["status"], status, "at {seconds}");
        assert_eq!(data["task_output"].is_null(), status == "pending");
    }
}

#[test]
fn a_silent_extension_refuses_at_once_unless_the_team_shares_its_data() {
    let silent = || MemberConfig {
        extension: vec![(Duration::ZERO, ExtensionState::Silent)],
        ..member("ada", Role::Admin, 0)
    };
    let create = create(Endpoint::FetchConnections, &json!({}));
    let mut service = Service::new(one_team(vec![silent()]));
    assert_eq!(answer(&mut service, &poll("x"), start()), (403, PLUGIN.into()));
    assert_eq!(answer(&mut service, &create, start()), (403, PLUGIN.into()));
    for (is_exempt, status) in [(true, 200), (false, 403)] {
        let mut config = one_team(vec![silent()]);
        config.teams[0].shares_data = true;
        config.choices.sharing_is_exempt = is_exempt;
        assert_eq!(answer(&mut Service::new(config), &create, start()).0, status);
    }
}

#[test]
fn the_services_times_count_from_its_beginning() {
    let (from, to) = hours(1, 2);
    let config = || one_team(vec![member("ada", Role::Admin, 0).asleep(from, to)]);
    let at = after(90 * 60);
    let state = |service: &Service| service.teams()[0].extension(0, at);
    let mut service = Service::new(config());
    let begun = service.begin(start());
    assert_eq!((service.start(), state(&service)), (Some(start()), Some(ExtensionState::Closed)));
    assert!(service.begin(at).is_empty(), "it begins once");
    assert_eq!(state(&Service::restore(config(), begun)), Some(ExtensionState::Closed));
    // Without it they count from the first record.
    let mut service = Service::new(config());
    service.step(&create(Endpoint::FetchConnections, &json!({})), at - SignedDuration::from_mins(10));
    assert_eq!(state(&service), Some(ExtensionState::Open));
}
