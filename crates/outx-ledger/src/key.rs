//! What an effect is known by: the key under which two actions that would do the same meet.

use outx_model::{ActionKey, Call, ContentHash, Effect, EndpointSpec, EntryKey, Once};
use serde_json::Value;

/// The key of an intended effect.
///
/// * A read is known by the action that asks for it: asked by another, it is another read.
/// * A write whose catalogue row says *once per target* is known by endpoint and target, over all runs,
///   workflows and commands: `like-post:urn:li:activity:7`.
/// * A write that may act on the same target once *per step* has the step's name behind it, so that a second
///   message of another step is another message: `send-message:ACoA1:welcome/hello`. The scope is the
///   workflow's name and the step's id; a single command gives none, and the input's hash stands in for it,
///   so that the same command given twice is the same message.
/// * A write whose target cannot be read from its input is known by the action, like a read.
///
/// ```
/// use outx_ledger::entry_key;
/// use outx_model::{ActionKey, Endpoint};
/// use serde_json::json;
///
/// let spec = Endpoint::LikePost.spec();
/// let input = json!({ "social_urn": "urn:li:activity:7" });
/// let key = entry_key(spec, &input, &ActionKey::new("run-1/like"), Some("daily/like"));
/// assert_eq!(key.as_str(), "like-post:urn:li:activity:7");
/// ```
pub fn entry_key(spec: &EndpointSpec, input: &Value, by: &ActionKey, step_scope: Option<&str>) -> EntryKey {
    let of_action = || EntryKey::new(by.as_str());
    if spec.effect == Effect::Read {
        return of_action();
    }
    let (Some(rule), Some(target)) = (spec.target, spec.target(input)) else {
        return of_action();
    };
    let of_target = format!("{}:{}", spec.name, target.key());
    match (rule.once, step_scope) {
        (Once::PerTarget, _) => EntryKey::new(of_target),
        (Once::PerStep, Some(scope)) => EntryKey::new(format!("{of_target}:{scope}")),
        (Once::PerStep, None) => EntryKey::new(format!("{of_target}:{}", ContentHash::of_json(input))),
    }
}

/// The key of a read whose result others may use, too: by what is asked for.
pub fn shared_key(call: Call, input: &Value) -> EntryKey {
    EntryKey::new(format!("shared:{}:{}", call.word(), ContentHash::of_json(input)))
}

/// The key of whatever is called. What the catalogue does not know is known by the action that asks for it: each step of
/// each run does it once, and another step does another one.
pub fn call_key(call: Call, input: &Value, by: &ActionKey, step_scope: Option<&str>) -> EntryKey {
    match call.spec() {
        Some(spec) => entry_key(spec, input, by, step_scope),
        None => EntryKey::new(by.as_str()),
    }
}

/// The key of an effect under a name that a person chose, over all workflows of the account.
pub fn chosen_key(name: &str) -> EntryKey {
    EntryKey::new(format!("once:{name}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use outx_model::Endpoint;
    use serde_json::json;

    fn key(endpoint: Endpoint, input: &Value, by: &str, scope: Option<&str>) -> EntryKey {
        entry_key(endpoint.spec(), input, &ActionKey::new(by), scope)
    }

    #[test]
    fn a_read_is_known_by_who_asks() {
        let input = json!({ "profile_slug": "ada" });
        assert_eq!(key(Endpoint::FetchProfile, &input, "r1/p", Some("w/p")).as_str(), "r1/p");
    }

    #[test]
    fn two_spellings_of_one_person_are_one_invitation() {
        let a = json!({ "profile_urn": "urn:li:fsd_profile:ACoA1", "note": "hello" });
        let b = json!({ "profile_urn": "ACoA1" });
        let other = json!({ "profile_urn": "ACoA2" });
        let of = |input, by, scope| key(Endpoint::SendConnectionRequest, input, by, scope);
        assert_eq!(of(&a, "r1/i", Some("w/i")), of(&b, "r2/i", None));
        assert_ne!(of(&a, "r1/i", None), of(&other, "r1/i", None));
        // An invitation and a message to the same person are two effects.
        let message = json!({ "recipient_urn": "ACoA1", "message": "hello" });
        assert_ne!(of(&b, "r", None), key(Endpoint::SendMessage, &message, "r", None));
    }

    #[test]
    fn a_message_is_known_by_person_and_step() {
        let hello = json!({ "recipient_urn": "urn:li:person:ACoA1", "message": "hello" });
        let again = json!({ "recipient_urn": "ACoA1", "message": "hello again" });
        let of = |input, by, scope| key(Endpoint::SendMessage, input, by, scope);
        // The text may differ: the step has written to this person.
        assert_eq!(of(&hello, "r1", Some("w/first")), of(&again, "r2", Some("w/first")));
        assert_ne!(of(&hello, "r1", Some("w/first")), of(&hello, "r1", Some("w/second")));
        // A command has no step: there the text tells one message from another.
        assert_eq!(of(&hello, "c1", None), of(&hello, "c2", None));
        assert_ne!(of(&hello, "c1", None), of(&again, "c1", None));
    }

    #[test]
    fn a_write_without_a_readable_target_is_known_by_who_asks() {
        assert_eq!(key(Endpoint::LikePost, &json!({}), "r1/l", None).as_str(), "r1/l");
        assert_eq!(key(Endpoint::LikePost, &json!(null), "r1/l", None).as_str(), "r1/l");
    }
}
