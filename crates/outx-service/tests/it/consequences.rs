//! What was written can be read.

use crate::support::{create, id, output_at, poll, start, with_latency};
use jiff::{SignedDuration, Timestamp};
use outx_model::Endpoint::{self, *};
use outx_service::{Service, ServiceConfig};
use proptest::prelude::*;
use serde_json::{Value, json};

fn hours(hours: i64) -> Timestamp {
    start() + SignedDuration::from_hours(hours)
}

/// What became of a task: its status and output.
fn end(service: &mut Service, endpoint: Endpoint, input: &Value, now: Timestamp) -> (String, Value) {
    let created = service.step(&create(endpoint, input), now).response;
    let answer = service.step(&poll(&id(&created)), now).response.value();
    (answer["data"]["status"].as_str().unwrap().to_owned(), answer["data"]["task_output"].clone())
}

fn profile_urn(service: &mut Service, slug: &str) -> String {
    let raw = output_at(service, FetchProfile, &json!({ "profile_slug": slug }), start());
    raw["profile"]["profile_urn"].as_str().unwrap().to_owned()
}

fn recent(service: &mut Service, now: Timestamp) -> Vec<Value> {
    let input = json!({ "sort_type": "RECENTLY_ADDED" });
    output_at(service, FetchConnections, &input, now)["connections"].as_array().unwrap().clone()
}

fn message(urn: &str) -> Value {
    json!({ "recipient_urn": urn, "message": "Hello" })
}

/// Invites so many invented people, and says who of them accepted within ten days.
fn invited(service: &mut Service, prefix: &str, count: usize) -> Vec<(String, String, bool)> {
    let people: Vec<_> = (0..count)
        .map(|n| {
            let letters: String = n.to_string().chars().map(|d| char::from(b'a' + d as u8 - b'0')).collect();
            let slug = format!("{prefix}-{letters}");
            (slug.clone(), profile_urn(service, &slug))
        })
        .collect();
    for (_, urn) in &people {
        let ended = end(service, SendConnectionRequest, &json!({ "profile_urn": urn }), start());
        assert_eq!(ended, ("completed".into(), json!({ "sent": true })));
    }
    let all = recent(service, hours(240));
    let accepted = |slug: &str| all.iter().any(|person| person["public_identifier"] == slug);
    people.into_iter().map(|(slug, urn)| (slug.clone(), urn, accepted(&slug))).collect()
}

#[test]
fn an_accepted_invitation_is_seen_by_every_endpoint() {
    let mut service = Service::new(ServiceConfig::default());
    let people = invited(&mut service, "zoe", 20);
    let accepted = people.iter().filter(|(.., accepted)| *accepted).count();
    assert!((8..20).contains(&accepted), "most accept, some never do: {accepted}");
    for (slug, urn, accepted) in &people {
        let last = slug.strip_prefix("zoe-").unwrap();
        let search = json!({ "first_name": "zoe", "last_name": last });
        let degree = |service: &mut Service, now| {
            output_at(service, SearchProfiles, &search, now)["profiles"][0]["connection_degree"] == 1
        };
        assert!(!degree(&mut service, start()), "nobody accepts at once");
        assert_eq!(degree(&mut service, hours(240)), *accepted);

        let id_only = urn.rsplit(':').next().unwrap();
        for urn in [urn.as_str(), id_only, &format!("urn:li:person:{id_only}")] {
            let (early, reason) = end(&mut service, SendMessage, &message(urn), hours(1));
            assert_eq!(early, "failed");
            assert_eq!(reason, json!({ "error": "Recipient is not a 1st-degree connection" }));
            let (late, _) = end(&mut service, SendMessage, &message(urn), hours(240));
            assert_eq!(late == "completed", *accepted);
        }
        let found = output_at(
            &mut service,
            FetchConnections,
            &json!({ "keyword": format!("zoe {last}"), "count": 100 }),
            hours(240),
        );
        let own_order =
            found["connections"].as_array().unwrap().iter().any(|p| p["public_identifier"] == slug.as_str());
        assert_eq!(own_order, *accepted);
    }
}

#[test]
fn whoever_accepted_last_stands_first() {
    let mut service = Service::new(ServiceConfig::default());
    let before = recent(&mut service, start());
    let (_, urn, _) = invited(&mut service, "yva", 12).into_iter().find(|(.., accepted)| *accepted).unwrap();
    let mut seen: Vec<Value> = before.clone();
    for hour in 0..240 {
        let now = recent(&mut service, hours(hour));
        let new: Vec<_> = now.iter().take_while(|person| !seen.contains(person)).cloned().collect();
        assert_eq!(now[new.len()..], seen[..now.len() - new.len()], "new ones stand before all others");
        seen.splice(0..0, new);
    }
    assert!(seen.iter().any(|person| person["entity_urn"] == urn.as_str()));
}

#[test]
fn a_message_is_judged_when_its_task_ends() {
    let mut service = Service::new(with_latency(3 * 3600));
    let urn = "urn:li:fsd_profile:A";
    // A member of the population who is no connection, found by a search.
    let created = service.step(&create(SearchProfiles, &json!({ "keywords": "rust", "count": 50 })), start());
    let found = service.step(&poll(&id(&created.response)), hours(3)).response.value();
    let stranger = found["data"]["task_output"]["profiles"]
        .as_array()
        .unwrap()
        .iter()
        .find(|person| person["connection_degree"] != 1)
        .unwrap()["profile_urn"]
        .as_str()
        .unwrap()
        .to_owned();
    for (urn, ended) in [(stranger.as_str(), "failed"), (urn, "completed")] {
        let created = service.step(&create(SendMessage, &message(urn)), start()).response;
        let status = |service: &mut Service, now| {
            service.step(&poll(&id(&created)), now).response.value()["data"]["status"].clone()
        };
        assert_ne!(status(&mut service, hours(2)), ended);
        assert_eq!(status(&mut service, hours(3)), ended, "{urn}");
    }
}

#[test]
fn a_person_known_by_a_urn_alone_can_be_invited_and_found() {
    let mut service = Service::new(ServiceConfig::default());
    let known = recent(&mut service, start()).len();
    for n in 0..10 {
        let input = json!({ "profile_urn": format!("urn:li:person:Own{n}") });
        end(&mut service, SendConnectionRequest, &input, start());
    }
    let all = recent(&mut service, hours(240));
    let own = |person: &&Value| person["entity_urn"].as_str().unwrap().contains(":Own");
    let accepted: Vec<_> = all.iter().filter(own).collect();
    assert!(!accepted.is_empty() && accepted.len() < 10 && known == all.len());
    for person in accepted {
        let input = json!({ "profile_slug": person["public_identifier"] });
        let profile = output_at(&mut service, FetchProfile, &input, hours(240));
        assert_eq!(profile["profile"]["profile_urn"], person["entity_urn"]);
        assert_eq!(profile["profile"]["full_name"], person["name"]);
    }
}

#[test]
fn a_like_and_every_comment_are_counted() {
    let mut service = Service::new(ServiceConfig::default());
    let urn = profile_urn(&mut service, "ada-example");
    let posts = |service: &mut Service, now| {
        output_at(service, FetchProfilesPosts, &json!({ "profile_urns": [urn] }), now)["posts"].clone()
    };
    let before = posts(&mut service, start())[0].clone();
    let post = json!({ "social_urn": before["social_urn"], "comment_text": "Well said." });
    for _ in 0..2 {
        assert_eq!(end(&mut service, LikePost, &post, hours(1)).0, "completed");
        assert_eq!(end(&mut service, CommentPost, &post, hours(1)).0, "completed");
    }
    let other = create(LikePost, &post).with_key("another");
    service.step(&other, hours(2));
    let counts = |post: &Value| (post["likes"].as_i64().unwrap(), post["comments"].as_i64().unwrap());
    let (likes, comments) = counts(&before);
    let mut later = |now| {
        let posts = posts(&mut service, now);
        // A new post may stand before it.
        let same = posts.as_array().unwrap().iter().find(|post| post["social_urn"] == before["social_urn"]);
        counts(same.unwrap())
    };
    assert_eq!(later(start()), (likes, comments), "not before it was done");
    assert_eq!(later(hours(1)), (likes + 1, comments + 2));
    assert_eq!(later(hours(2)), (likes + 2, comments + 2));
}

#[test]
fn one_team_sees_nothing_of_another_ones_network() {
    let mut service = Service::new(ServiceConfig::default());
    let people = invited(&mut service, "xen", 10);
    let (_, urn, _) = people.iter().find(|(.., accepted)| *accepted).unwrap();
    let created = service.step(&create(SendMessage, &message(urn)).with_key("other"), hours(240)).response;
    let ended = service.step(&poll(&id(&created)).with_key("other"), hours(240)).response.value();
    assert_eq!(ended["data"]["status"], "failed");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// The list of connections, the degree in a search and the end of a message say the same of everybody.
    #[test]
    fn all_endpoints_agree_on_who_is_connected(world_seed: u64, invited in prop::collection::vec(0..60usize, 0..12), hour in 0..150i64) {
        let mut service = Service::new(ServiceConfig { world_seed, ..ServiceConfig::default() });
        let everybody = output_at(&mut service, SearchProfiles, &json!({ "keywords": "at", "count": 50 }), start());
        let everybody: Vec<Value> = everybody["profiles"].as_array().unwrap().clone();
        for at in invited {
            let urn = &everybody[at % everybody.len()]["profile_urn"];
            end(&mut service, SendConnectionRequest, &json!({ "profile_urn": urn }), start());
        }
        let now = hours(hour);
        let mut listed = Vec::new();
        for page in 0..3 {
            let input = json!({ "start": page * 100, "count": 100 });
            let found = output_at(&mut service, FetchConnections, &input, now);
            listed.extend(found["connections"].as_array().unwrap().iter().map(|person| person["entity_urn"].clone()));
        }
        let found = output_at(&mut service, SearchProfiles, &json!({ "keywords": "at", "count": 50 }), now);
        for person in found["profiles"].as_array().unwrap() {
            let urn = &person["profile_urn"];
            let reached = end(&mut service, SendMessage, &message(urn.as_str().unwrap()), now).0 == "completed";
            prop_assert_eq!(listed.contains(urn), person["connection_degree"] == 1);
            prop_assert_eq!(listed.contains(urn), reached);
        }
    }

    /// Whatever is done later, a task that has ended says what it said.
    #[test]
    fn an_ended_task_never_changes(acts in prop::collection::vec((0..10usize, 0..4usize, 0..40i64), 1..40), latency in 0..20_000u64) {
        let mut service = Service::new(with_latency(latency));
        let mut now = start();
        let mut known: Vec<(String, Value)> = Vec::new();
        for (endpoint, who, pause) in acts {
            now += SignedDuration::from_hours(pause);
            let slug = ["ada-example", "bo-berg", "ada-abara", "new-one"][who];
            let urn = ["urn:li:person:Own", "Own", "urn:li:fsd_profile:Two", "urn:li:person:Three"][who];
            let input = match Endpoint::ALL[endpoint] {
                FetchProfile => json!({ "profile_slug": slug }),
                FetchProfilesPosts => json!({ "profile_urns": [urn] }),
                FetchCompany | FetchCompanyPosts => json!({ "company_slug": slug }),
                FetchConnections => json!({ "count": 3, "sort_type": "RECENTLY_ADDED" }),
                SearchProfiles => json!({ "last_name": "Example", "count": 3 }),
                LikePost | CommentPost => json!({ "social_urn": urn, "comment_text": "x" }),
                SendMessage => message(urn),
                SendConnectionRequest => json!({ "profile_urn": urn }),
            };
            let created = service.step(&create(Endpoint::ALL[endpoint], &input), now).response;
            known.push((id(&created), Value::Null));
            for (id, said) in &mut known {
                let answer = service.step(&poll(id), now).response.value()["data"].clone();
                if !said.is_null() {
                    prop_assert_eq!(&*said, &answer);
                } else if answer["status"] == "completed" || answer["status"] == "failed" {
                    *said = answer;
                }
            }
        }
    }
}
