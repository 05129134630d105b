//! What a person can do about a write in doubt.

use outx_model::{Effect, Endpoint, PersonName, Target};
use serde_json::json;

#[test]
fn every_write_has_a_hint_and_no_read_has() {
    for endpoint in Endpoint::ALL {
        let spec = endpoint.spec();
        let target = Target::Person("ACoA1".to_owned());
        let hint = spec.hint(Some(&target), &[]);
        assert_eq!(hint.is_some(), endpoint.effect() == Effect::Write, "{endpoint}");
        assert!(spec.hint(None, &[]).is_none(), "{endpoint}: nobody knows where to look");
        let Some(hint) = hint else { continue };
        assert!(hint.look.contains("ACoA1") || hint.look.contains("the post"), "{hint:?}");
        if let Some(read) = hint.read {
            // It can be sent as it stands, and changes nothing.
            assert_eq!(read.endpoint.effect(), Effect::Read);
            assert_eq!(read.endpoint.spec().prepare(&read.input).as_ref(), Ok(&read.input));
            assert!(read.tells.contains("ACoA1"), "{read:?}");
        }
    }
}

#[test]
fn a_target_is_named_as_it_is_found() {
    let look = |endpoint: Endpoint, input, names: &[PersonName]| {
        let spec = endpoint.spec();
        spec.hint(spec.target(&input).as_ref(), names).map(|hint| hint.look).unwrap_or_default()
    };
    let post = json!({ "social_urn": "urn:li:activity:7", "comment_text": "x" });
    for endpoint in [Endpoint::LikePost, Endpoint::CommentPost] {
        let look = look(endpoint, post.clone(), &[]);
        assert!(look.contains("https://www.linkedin.com/feed/update/urn:li:activity:7/"), "{look}");
    }
    let message = json!({ "recipient_urn": "urn:li:person:ACoA1", "message": "x" });
    let id = PersonName::Id("ACoA1".to_owned());
    let said = look(Endpoint::SendMessage, message.clone(), std::slice::from_ref(&id));
    assert!(said.contains("the person ACoA1"), "{said}");
    let said = look(Endpoint::SendMessage, message, &[id, PersonName::Slug("ada".to_owned())]);
    assert!(said.contains("https://www.linkedin.com/in/ada/ (ACoA1)"), "{said}");
}
