//! What tasks find and do hangs together.

use super::behaviour::{Behaviour, Found, behaviour};
use super::stand::{Stand, holds, same};
use super::subject::Wish;
use outx_model::Endpoint;
use serde_json::{Value, json};

pub(super) const ALL: &[Behaviour] = &[
    behaviour!(who_is_found_has_a_profile, "a search's slug leads to the profile with the same URN", world),
    behaviour!(who_is_found_has_posts, "and a post's URN can be liked", world),
    behaviour!(
        connections_come_in_pages,
        "start and count; `total` is that of the page, nobody comes twice",
        world
    ),
    behaviour!(a_connection_can_be_written_to, "send-message says `sent`", world),
    behaviour!(a_message_to_a_stranger_fails_later, "the create succeeds, and the task fails", world),
];

fn world() -> Wish {
    Wish { world: true, ..Wish::default() }
}

async fn search(stand: &Stand, title: &str) -> Result<Value, super::behaviour::Fail> {
    let output = stand.output(Endpoint::SearchProfiles, &json!({ "title": title })).await?;
    Ok(Endpoint::SearchProfiles.spec().view(&output)["profiles"].take())
}

async fn who_is_found_has_a_profile(stand: &Stand) -> Found {
    let found = search(stand, "engineer").await?;
    holds(found.as_array().is_some_and(|all| !all.is_empty()), || "nobody is found".to_owned())?;
    for person in found.as_array().into_iter().flatten().take(5) {
        let input = json!({ "profile_slug": person["profile_slug"] });
        let profile = stand.output(Endpoint::FetchProfile, &input).await?;
        let profile = Endpoint::FetchProfile.spec().view(&profile);
        same("the URN", &profile["profile_urn"], &person["profile_urn"])?;
    }
    Ok(())
}

async fn who_is_found_has_posts(stand: &Stand) -> Found {
    let urn = search(stand, "engineer").await?[0]["profile_urn"].take();
    let posts = stand.output(Endpoint::FetchProfilesPosts, &json!({ "profile_urns": [urn] })).await?;
    let posts = Endpoint::FetchProfilesPosts.spec().view(&posts);
    let liked =
        stand.output(Endpoint::LikePost, &json!({ "social_urn": posts["posts"][0]["social_urn"] })).await?;
    same("the like", &Endpoint::LikePost.spec().view(&liked)["sent"], &json!(true))
}

async fn connections(stand: &Stand, start: usize, count: usize) -> Result<Value, super::behaviour::Fail> {
    let output = stand.output(Endpoint::FetchConnections, &json!({ "start": start, "count": count })).await?;
    Ok(Endpoint::FetchConnections.spec().view(&output))
}

async fn connections_come_in_pages(stand: &Stand) -> Found {
    let mut seen = std::collections::BTreeSet::new();
    let mut start = 0;
    loop {
        let page = connections(stand, start, 50).await?;
        let people = page["connections"].as_array().cloned().unwrap_or_default();
        same("`total`", &page["total"], &json!(people.len()))?;
        for person in &people {
            let urn = person["entity_urn"].to_string();
            holds(seen.insert(urn.clone()), || format!("{urn} stands on two pages"))?;
        }
        start += people.len();
        if people.len() < 50 {
            return holds(start > 0, || "there are no connections".to_owned());
        }
        holds(start < 100_000, || "the pages never end".to_owned())?;
    }
}

async fn a_connection_can_be_written_to(stand: &Stand) -> Found {
    let urn = connections(stand, 0, 1).await?["connections"][0]["entity_urn"].take();
    let sent =
        stand.output(Endpoint::SendMessage, &json!({ "recipient_urn": urn, "message": "Hello" })).await?;
    same("the message", &Endpoint::SendMessage.spec().view(&sent)["sent"], &json!(true))
}

async fn a_message_to_a_stranger_fails_later(stand: &Stand) -> Found {
    let mut found = Vec::new();
    for title in ["engineer", "manager", "founder", "CTO", "head"] {
        found.extend(search(stand, title).await?.as_array().cloned().unwrap_or_default());
    }
    let stranger = found.iter().find(|person| person["connection_degree"] != 1);
    let Some(stranger) = stranger else { return Err("everybody is a connection".to_owned().into()) };
    let input = json!({ "recipient_urn": stranger["profile_urn"], "message": "Hello" });
    let id = stand.create(Endpoint::SendMessage, &input).await?;
    same("the end", &stand.data(&id).await?["status"], &json!("failed"))
}
