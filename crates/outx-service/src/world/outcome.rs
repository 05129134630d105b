//! How a task ends, and what it finds.

use super::past::Deeds;
use super::person::Person;
use super::{Deed, World, company, network, people, posts};
use jiff::Timestamp;
use outx_model::{Endpoint, is_person_id, person_key};
use serde_json::{Value, json};

/// Why a message fails. The API says that it does, not in which words.
const NO_CONNECTION: &str = "Recipient is not a 1st-degree connection";

impl World {
    /// Why a task fails when it ends, where nothing but the world decides it.
    pub(crate) fn failure(&self, deed: Deed<'_>) -> Option<&str> {
        let team = self.team(&deed.task.team)?;
        let target = target(deed);
        let again = |deeds: &Deeds| deeds.first(team, target).is_some_and(|first| first < deed.moment());
        match deed.task.endpoint.endpoint()? {
            Endpoint::SendMessage => (!self.reaches(deed, target)).then_some(NO_CONNECTION),
            Endpoint::SendConnectionRequest => {
                let earlier = self.invitations(&deed.task.team).and_then(|all| all.of(target));
                let earlier = earlier.is_some_and(|earlier| earlier.sent < deed.moment());
                if self.is_connected(&deed.task.team, target, deed.at) {
                    self.repeats.connected.as_deref()
                } else {
                    self.repeats.invitation.as_deref().filter(|_| earlier)
                }
            }
            Endpoint::LikePost => self.repeats.like.as_deref().filter(|_| again(&self.likes)),
            Endpoint::CommentPost => self.repeats.comment.as_deref().filter(|_| again(&self.comments)),
            _ => None,
        }
    }

    /// What a completed task found or did; nothing of an endpoint that the catalogue has not.
    pub(crate) fn output(&self, deed: Deed<'_>) -> Value {
        let Some(endpoint) = deed.task.endpoint.endpoint() else { return json!({}) };
        match endpoint {
            Endpoint::FetchProfile => self.person(deed.text("profile_slug"), deed.number).profile(),
            Endpoint::FetchProfilesPosts => {
                let urns = deed.input.get("profile_urns").and_then(Value::as_array);
                let urns = urns.map(Vec::as_slice).unwrap_or_default().iter().filter_map(Value::as_str);
                let authors: Vec<_> = urns.map(author).collect();
                posts::of(self, authors.iter().map(String::as_str), deed)
            }
            Endpoint::FetchCompany => company::page(self.seed, deed.text("company_slug")),
            Endpoint::FetchCompanyPosts => {
                posts::of(self, [company::urn(deed.text("company_slug")).as_str()], deed)
            }
            Endpoint::FetchConnections => network::page(self, deed),
            Endpoint::SearchProfiles => people::search(self, deed),
            Endpoint::LikePost => json!({ "liked": true }),
            Endpoint::CommentPost => json!({ "commented": true }),
            Endpoint::SendMessage | Endpoint::SendConnectionRequest => json!({ "sent": true }),
        }
    }

    /// Whether a message reaches a person.
    fn reaches(&self, deed: Deed<'_>, key: &str) -> bool {
        self.is_connected(&deed.task.team, key, deed.at) || !self.knows(key, deed.number) && self.believes()
    }

    /// Whether somebody is a connection of a team at a moment.
    pub(super) fn is_connected(&self, team: &str, key: &str, at: Timestamp) -> bool {
        let invitation = || self.invitations(team).and_then(|all| all.of(key));
        self.is_connected_from_the_start(key)
            || invitation().and_then(|known| known.accepted).is_some_and(|accepted| accepted <= at)
    }

    /// The person behind a slug, or behind an id in its place.
    fn person(&self, who: &str, number: usize) -> Person<'_> {
        let who = who.trim();
        if is_person_id(who) {
            return Person::with_key(self.seed, self.slug_of(who, number), who.to_owned());
        }
        let slug = who.to_lowercase();
        match self.key_of_member(&slug, number) {
            Some(key) => Person::with_key(self.seed, slug, key),
            None => Person::of(self.seed, slug),
        }
    }
}

/// What a write acts on: the person's key or the post's URN; empty for a read.
pub(super) fn target(deed: Deed<'_>) -> &str {
    let text = |name: &str| deed.input.get(name).and_then(Value::as_str).unwrap_or_default();
    match deed.task.endpoint.endpoint() {
        Some(Endpoint::SendMessage) => person_key(text("recipient_urn")),
        Some(Endpoint::SendConnectionRequest) => person_key(text("profile_urn")),
        Some(Endpoint::LikePost | Endpoint::CommentPost) => text("social_urn").trim(),
        _ => "",
    }
}

/// The author whom a URN names: all kinds of URN of a person are one.
fn author(urn: &str) -> String {
    let urn = urn.trim();
    let person = !urn.contains(':') || urn.starts_with("urn:li:person:");
    if person { format!("urn:li:fsd_profile:{}", person_key(urn)) } else { urn.to_owned() }
}
