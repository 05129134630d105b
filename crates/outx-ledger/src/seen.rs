//! What later readings show of a write that is in doubt. It is shown to people, and never acted on.

use crate::entry::Entry;
use outx_model::{Endpoint, Target, person_key};

/// The latest reading of the account's connections after an invitation in which its person stands. Then it was accepted,
/// or both were connected before; that a person is missing in a reading says nothing, as it is one page.
pub fn seen_connected<'a>(invitation: &Entry, entries: &'a [Entry]) -> Option<&'a Entry> {
    let Some(Target::Person(id)) = &invitation.target else { return None };
    if invitation.endpoint != Endpoint::SendConnectionRequest {
        return None;
    }
    let shows = |entry: &&Entry| {
        let spec = entry.endpoint.spec();
        let output = spec.zip(entry.output.as_ref()).map(|(spec, raw)| spec.view(raw)).unwrap_or_default();
        let people = output["connections"].as_array().into_iter().flatten();
        people.filter_map(|person| person["entity_urn"].as_str()).any(|urn| person_key(urn) == id)
    };
    let later = entries
        .iter()
        .filter(|entry| entry.endpoint == Endpoint::FetchConnections && entry.begun_at > invitation.begun_at);
    later.filter(shows).max_by_key(|entry| entry.begun_at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use outx_model::ContentHash;
    use serde_json::{Value, json};

    fn entry(endpoint: Endpoint, hour: u8, output: &Value) -> Entry {
        let entry = json!({
            "key": format!("k{hour}"), "account": "sales", "endpoint": endpoint, "effect": endpoint.effect(),
            "target": { "kind": "person", "key": "ACoA1" }, "input": ContentHash::of_bytes(b""), "by": "r1/s",
            "begun_at": format!("2026-03-02T{hour:02}:00:00Z"), "accepted_at": null,
            "action": { "attempts": { "t": {} } }, "output": output,
        });
        serde_json::from_value(entry).unwrap()
    }

    #[test]
    fn a_person_among_the_connections_is_seen_in_later_readings_alone() {
        let page =
            |id: &str| json!({ "connections": [{ "entity_urn": format!("urn:li:fsd_profile:{id}") }] });
        let connections = |hour, id| entry(Endpoint::FetchConnections, hour, &page(id));
        let invitation = entry(Endpoint::SendConnectionRequest, 9, &Value::Null);
        let entries = [
            connections(8, "ACoA1"),
            connections(10, "ACoA2"),
            connections(12, "ACoA1"),
            connections(11, "ACoA1"),
            entry(Endpoint::SearchProfiles, 13, &page("ACoA1")),
            entry(Endpoint::FetchConnections, 14, &Value::Null),
        ];
        let seen = seen_connected(&invitation, &entries).map(|entry| entry.key.as_str());
        assert_eq!(seen, Some("k12"));
        assert!(seen_connected(&invitation, &entries[..2]).is_none());
        let message = entry(Endpoint::SendMessage, 9, &Value::Null);
        assert!(seen_connected(&message, &entries).is_none());
    }
}
