//! What tasks find: the documented shapes, and agreement between endpoints.

use crate::support::{after, good_input, output, output_at, start};
use jiff::Timestamp;
use outx_model::Endpoint::{self, *};
use outx_model::{Posts, Profile, Profiles, WriteDone, write_done};
use outx_service::{Service, ServiceConfig};
use serde_json::{Value, json};
use std::collections::HashSet;

fn items(output: &Value, name: &str) -> Vec<Value> {
    output[name].as_array().unwrap().clone()
}

fn profile(slug: &Value) -> Value {
    output(FetchProfile, &json!({ "profile_slug": slug }))["profile"].clone()
}

#[test]
fn a_profile_is_nested_and_complete() {
    let raw = output(FetchProfile, &json!({ "profile_slug": "ada-example" }));
    assert_eq!(raw["profile"]["full_name"], "Ada Example");
    let profile: Profile = serde_json::from_value(FetchProfile.spec().view(&raw)).unwrap();
    assert!(profile.profile_urn.unwrap().starts_with("urn:li:fsd_profile:ACoAA"));
    assert!(profile.headline.is_some() && profile.location.is_some());
    let current = &profile.positions[0];
    assert_eq!(current.is_current, Some(true));
    assert!(raw["profile"]["headline"].as_str().unwrap().contains(current.title.as_deref().unwrap()));
    assert!(profile.positions.len() > 1);
    for pair in profile.positions.windows(2) {
        assert_eq!((pair[1].end_year, pair[1].end_month), (pair[0].start_year, pair[0].start_month));
        assert!(pair[1].start_year < pair[1].end_year);
    }
}

#[test]
fn the_case_of_a_slug_does_not_matter() {
    assert_eq!(profile(&json!("Ada-Example")), profile(&json!("ada-example")));
    assert_ne!(profile(&json!("bo-example"))["profile_urn"], profile(&json!("ada-example"))["profile_urn"]);
}

#[test]
fn posts_are_by_whom_was_asked_for_and_newest_first() {
    let urns = ["urn:li:fsd_profile:A", "urn:li:fsd_profile:B"];
    let raw = output(FetchProfilesPosts, &json!({ "profile_urns": urns }));
    let posts: Posts = serde_json::from_value(FetchProfilesPosts.spec().view(&raw)).unwrap();
    let times: Vec<Timestamp> =
        posts.posts.iter().map(|p| p.posted_at.as_ref().unwrap().parse().unwrap()).collect();
    assert!(times.is_sorted_by(|newer, older| newer >= older) && times[0] < start());
    for urn in urns {
        assert!(posts.posts.iter().filter(|post| post.author_urn.as_deref() == Some(urn)).count() >= 3);
    }
    let ids: HashSet<_> = posts.posts.iter().map(|post| post.social_urn.clone().unwrap()).collect();
    assert_eq!(ids.len(), posts.posts.len());
    for post in posts.posts {
        assert!(post.social_urn.unwrap().strip_prefix("urn:li:activity:").unwrap().len() == 19);
        assert!(!post.text.unwrap().contains(['{', '}']));
        assert!(post.likes.is_some() && post.comments.is_some() && post.shares.is_some());
    }
}

/// The posts of an author at a moment: when each was made, and all that never changes of it.
fn posts_at(service: &mut Service, author: &str, now: Timestamp) -> Vec<(Timestamp, [Value; 3])> {
    let input = json!({ "profile_urns": [author] });
    let posts = items(&output_at(service, FetchProfilesPosts, &input, now), "posts");
    let lasting = |post: &Value| ["social_urn", "text", "author_urn"].map(|key| post[key].clone());
    posts.iter().map(|post| (post["posted_at"].as_str().unwrap().parse().unwrap(), lasting(post))).collect()
}

#[test]
fn new_posts_appear_and_old_ones_stay_what_they_are() {
    let mut service = Service::new(ServiceConfig::default());
    for author in ["urn:li:fsd_profile:A", "urn:li:fsd_profile:B", "urn:li:fsd_company:7"] {
        let mut seen = posts_at(&mut service, author, start());
        let before = seen.len();
        let page = before;
        for hour in 1..=60 * 24 {
            let now = after(3_600 * hour);
            let posts = posts_at(&mut service, author, now);
            assert_eq!(posts.len(), page, "a page is always full");
            assert!(posts.iter().all(|(posted_at, _)| *posted_at <= now));
            let new = posts.iter().take_while(|post| !seen.contains(post)).count();
            // A new one was made in the hour that has passed, and all others are the newest that were known.
            assert!(posts[..new].iter().all(|(posted_at, _)| *posted_at > after(3_600 * (hour - 1))));
            assert_eq!(posts[new..], seen[..page - new], "{author} after {hour} hours");
            seen.splice(0..0, posts[..new].iter().cloned());
        }
        // One in half a day at most, one in four days at least, on an average.
        assert!((14..=121).contains(&(seen.len() - before)), "{} new ones in 60 days", seen.len() - before);
        let urns: HashSet<_> = seen.iter().map(|(_, [urn, ..])| urn.as_str()).collect();
        assert_eq!(urns.len(), seen.len(), "no two posts are one");
        assert!(
            seen.windows(2).all(|pair| pair[0].1[1] != pair[1].1[1]),
            "nobody says the same twice in a row"
        );
    }
}

#[test]
fn posts_are_the_same_whenever_the_service_began() {
    let mut early = Service::new(ServiceConfig::default());
    posts_at(&mut early, "urn:li:fsd_profile:A", start());
    let mut late = Service::new(ServiceConfig::default());
    for author in ["urn:li:fsd_profile:A", "urn:li:fsd_profile:B"] {
        let now = after(86_400 * 400);
        assert_eq!(posts_at(&mut early, author, now), posts_at(&mut late, author, now));
    }
    let mut other = Service::new(ServiceConfig { world_seed: 7, ..ServiceConfig::default() });
    let of = |service: &mut Service| posts_at(service, "urn:li:fsd_profile:A", start());
    assert_ne!(of(&mut other), of(&mut late));
}

#[test]
fn posts_are_there_at_the_ends_of_the_calendar() {
    let mut service = Service::new(ServiceConfig::default());
    for now in [Timestamp::MIN, Timestamp::UNIX_EPOCH, Timestamp::MAX] {
        let posts = posts_at(&mut service, "urn:li:fsd_profile:A", now);
        assert!(posts.iter().all(|(posted_at, _)| *posted_at <= now));
        assert!(posts.len() >= 3 || now == Timestamp::MIN, "before all time there are none");
    }
}

#[test]
fn an_id_in_the_place_of_a_slug_is_the_person_of_that_id() {
    let mut service = Service::new(ServiceConfig::default());
    let mut fetch = |slug: &Value| {
        output_at(&mut service, FetchProfile, &json!({ "profile_slug": slug }), start())["profile"].clone()
    };
    let id_of = |profile: &Value| json!(profile["profile_urn"].as_str().unwrap().rsplit(':').next().unwrap());
    // Of the population, and shown under a slug of its own.
    for slug in ["ada-abara", "zed-example"] {
        let by_slug = fetch(&json!(slug));
        assert_eq!(fetch(&id_of(&by_slug)), by_slug);
    }
    // Never heard of: it is still one person, whichever way one comes.
    for id in ["ACoAAUnheardOf01", "ACwAAUnheardOf01"] {
        let unheard = fetch(&json!(id));
        assert_eq!(id_of(&unheard), id);
        assert_eq!(fetch(&unheard["profile_slug"]), unheard);
        assert_eq!(fetch(&json!(id)), unheard);
    }
}

#[test]
fn a_company_is_complete_and_writes_its_own_posts() {
    let raw = output(FetchCompany, &json!({ "company_slug": "fjord-labs" }));
    assert_eq!(raw["company"]["name"], "Fjord Labs");
    let view = FetchCompany.spec().view(&raw);
    assert!(view.as_object().unwrap().values().all(|value| !value.is_null()), "{view}");
    let posts = items(&output(FetchCompanyPosts, &json!({ "company_slug": "fjord-labs" })), "posts");
    assert!(posts.iter().all(|post| post["author_urn"].as_str().unwrap().starts_with("urn:li:fsd_company:")));
}

#[test]
fn pages_of_connections_make_up_the_network() {
    for order in [json!(null), json!("RECENTLY_ADDED")] {
        let mut seen = HashSet::new();
        let mut start = 0;
        loop {
            let input = json!({ "start": start, "count": 50, "sort_type": order });
            let page = output(FetchConnections, &input);
            let people = items(&page, "connections");
            assert_eq!(page["total"], people.len());
            for person in &people {
                assert!(seen.insert(person["public_identifier"].to_string()), "nobody stands on two pages");
            }
            if people.len() < 50 {
                break;
            }
            start += 50;
        }
        assert!((120..180).contains(&seen.len()));
    }
    let beyond = output(FetchConnections, &json!({ "start": u64::MAX }));
    assert_eq!(beyond, json!({ "total": 0, "connections": [] }));
    assert_eq!(output(FetchConnections, &json!({}))["total"], 40, "the documented default");
}

#[test]
fn the_keyword_of_connections_is_part_of_the_name() {
    let all = items(&output(FetchConnections, &json!({ "count": 100 })), "connections");
    let first_name = all[0]["first_name"].as_str().unwrap();
    let found =
        items(&output(FetchConnections, &json!({ "keyword": first_name.to_uppercase() })), "connections");
    assert!(found.iter().any(|person| person == &all[0]));
    assert!(found.iter().all(|person| person["name"].as_str().unwrap().contains(first_name)));
}

#[test]
fn whoever_is_found_has_the_same_profile() {
    for person in items(&output(SearchProfiles, &json!({ "title": "CTO", "count": 5 })), "profiles") {
        let profile = profile(&person["profile_slug"]);
        for (found, own) in [("name", "full_name"), ("headline", "headline"), ("location", "location")] {
            assert_eq!(person[found], profile[own]);
        }
        assert_eq!(person["profile_urn"], profile["profile_urn"]);
    }
    for person in items(&output(FetchConnections, &json!({ "count": 5 })), "connections") {
        let profile = profile(&person["public_identifier"]);
        assert_eq!(
            (&person["name"], &person["entity_urn"]),
            (&profile["full_name"], &profile["profile_urn"])
        );
    }
}

#[test]
fn filters_narrow_a_search_but_never_to_nobody() {
    let find = |input: Value| -> Profiles {
        serde_json::from_value(SearchProfiles.spec().view(&output(SearchProfiles, &input))).unwrap()
    };
    let found = find(json!({ "title": "recruiter", "count": 50 })).profiles;
    assert!(!found.is_empty() && found.len() < 50);
    assert!(found.iter().all(|person| person.headline.as_ref().unwrap().contains("Recruiter")));
    let found = find(json!({ "first_name": "Zelda", "last_name": "Test Person" })).profiles;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].name.as_deref(), Some("Zelda Test Person"));
    assert_eq!(find(json!({ "company": "nowhere in this world" })).profiles.len(), 25);
    assert_eq!(find(json!({ "geo_urn": ["103644278"], "count": 3 })).profiles.len(), 3);
    assert!(found.iter().all(|person| (1..=3).contains(&person.connection_degree.unwrap())));
}

#[test]
fn degree_one_are_the_connections() {
    let names =
        |keys: &[Value], field: &str| keys.iter().map(|k| k[field].to_string()).collect::<HashSet<_>>();
    let mut network = HashSet::new();
    for start in [0, 100] {
        let page = items(&output(FetchConnections, &json!({ "start": start, "count": 100 })), "connections");
        network.extend(names(&page, "public_identifier"));
    }
    let mut first = 0;
    for keywords in ["rust", "data", "security", "at"] {
        for person in
            items(&output(SearchProfiles, &json!({ "keywords": keywords, "count": 50 })), "profiles")
        {
            let known = network.contains(&person["profile_slug"].to_string());
            assert_eq!(person["connection_degree"] == 1, known);
            first += usize::from(known);
        }
    }
    assert!(first > 0, "some of those found are connections");
}

#[test]
fn writes_say_that_they_were_done() {
    for (endpoint, said) in [
        (LikePost, json!({ "liked": true })),
        (CommentPost, json!({ "commented": true })),
        (SendMessage, json!({ "sent": true })),
        (SendConnectionRequest, json!({ "sent": true })),
    ] {
        let raw = output(endpoint, &good_input(endpoint));
        assert_eq!(raw, said);
        assert_eq!(write_done(&Endpoint::spec(endpoint).view(&raw)), WriteDone::Done);
    }
}
