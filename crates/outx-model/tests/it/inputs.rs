//! Inputs are checked in the service's own words before anything is sent.

use crate::arbitrary::json as any_json;
use outx_model::{CATALOGUE, Endpoint};
use proptest::prelude::*;
use serde_json::{Value, json};

/// The service's words for what is wrong.
fn texts(endpoint: Endpoint, input: &Value) -> Vec<String> {
    match endpoint.spec().prepare(input) {
        Ok(_) => Vec::new(),
        Err(error) => error.problems.into_iter().map(|problem| problem.text).collect(),
    }
}

#[test]
fn what_the_service_would_refuse_is_refused_in_its_words() {
    let urn = "urn:li:fsd_profile:ACoA1";
    for (endpoint, input, wanted) in [
        (Endpoint::FetchProfile, json!({}), "Missing or invalid 'profile_slug'"),
        (Endpoint::FetchProfile, json!({ "profile_slug": " " }), "Missing or invalid 'profile_slug'"),
        (Endpoint::FetchProfile, json!({ "profile_slug": 7 }), "Missing or invalid 'profile_slug'"),
        (Endpoint::FetchProfilesPosts, json!({ "profile_urns": [] }), "Missing or invalid 'profile_urns'"),
        (Endpoint::FetchProfilesPosts, json!({ "profile_urns": urn }), "Missing or invalid 'profile_urns'"),
        (Endpoint::FetchConnections, json!({ "keyword": 7 }), "Invalid 'keyword': must be a string"),
        (Endpoint::FetchConnections, json!({ "sort_type": [] }), "Invalid 'sort_type': must be a string"),
        (Endpoint::LikePost, json!({ "social_urn": null }), "Missing or invalid 'social_urn'"),
        (
            Endpoint::SendMessage,
            json!({ "recipient_urn": urn, "message": " \n" }),
            "Missing or invalid 'message'",
        ),
        (
            Endpoint::SendMessage,
            json!({ "recipient_urn": urn, "message": "x".repeat(10_001) }),
            "Message text is too long (max 10000 characters)",
        ),
        (
            Endpoint::SendConnectionRequest,
            json!({ "profile_urn": urn, "note": 7 }),
            "Invalid 'note': must be a string",
        ),
        (
            Endpoint::SendConnectionRequest,
            json!({ "profile_urn": urn, "note": "ä".repeat(301) }),
            "Invalid 'note': must be 300 characters or fewer",
        ),
    ] {
        assert_eq!(texts(endpoint, &input), [wanted], "{endpoint}");
    }
}

#[test]
fn limits_are_in_characters_and_count_what_is_left_after_trimming() {
    let invite =
        |note: String| texts(Endpoint::SendConnectionRequest, &json!({ "profile_urn": "A", "note": note }));
    assert!(invite("ä".repeat(300)).is_empty());
    assert!(invite(format!("  {}  ", "ä".repeat(300))).is_empty());
    let message = json!({ "recipient_urn": "A", "message": "ä".repeat(10_000) });
    assert!(texts(Endpoint::SendMessage, &message).is_empty());
}

#[test]
fn a_urn_with_white_space_in_it_is_refused_in_every_field_that_takes_one() {
    for (endpoint, input, field) in [
        (Endpoint::LikePost, json!({ "social_urn": "urn:li:activity: 7" }), "social_urn"),
        (
            Endpoint::CommentPost,
            json!({ "social_urn": "urn:li:act ivity:7", "comment_text": "Well said." }),
            "social_urn",
        ),
        (
            Endpoint::SendMessage,
            json!({ "recipient_urn": "urn:li:person:A B", "message": "Hello" }),
            "recipient_urn",
        ),
        (Endpoint::SendConnectionRequest, json!({ "profile_urn": "AC oA1" }), "profile_urn"),
        (Endpoint::FetchProfilesPosts, json!({ "profile_urns": ["ACoA1", "ACo A2"] }), "profile_urns"),
    ] {
        assert_eq!(texts(endpoint, &input), [format!("Missing or invalid '{field}'")], "{endpoint}");
        // Around it, as pasting leaves it, white space is dropped.
        let around = json!({ "social_urn": " urn:li:activity:7\n" });
        assert_eq!(
            Endpoint::LikePost.spec().prepare(&around),
            Ok(json!({ "social_urn": "urn:li:activity:7" }))
        );
    }
}

#[test]
fn all_that_is_wrong_is_told_at_once() {
    let both = texts(Endpoint::CommentPost, &json!({ "social_urn": 1 }));
    assert_eq!(both, ["Missing or invalid 'social_urn'", "Missing or invalid 'comment_text'"]);
}

#[test]
fn a_search_needs_a_filter_and_a_page_of_connections_nothing() {
    assert_eq!(texts(Endpoint::SearchProfiles, &json!({ "count": 5 })).len(), 1);
    assert!(texts(Endpoint::SearchProfiles, &json!({ "title": "CTO" })).is_empty());
    assert!(texts(Endpoint::FetchConnections, &json!({})).is_empty());
    assert_eq!(texts(Endpoint::FetchConnections, &json!({ "count": 101 })).len(), 1);
}

proptest! {
    #[test]
    fn any_input_is_prepared_or_refused_and_a_prepared_one_stays_as_it_is(input in any_json()) {
        for spec in &CATALOGUE {
            match spec.prepare(&input) {
                Ok(prepared) => {
                    prop_assert_eq!(&spec.prepare(&prepared), &Ok(prepared.clone()));
                    prop_assert_eq!(spec.target(&prepared).is_some(), spec.target.is_some());
                }
                Err(error) => prop_assert!(!error.problems.is_empty()),
            }
            let _ = spec.target(&input);
        }
    }

    #[test]
    fn texts_of_any_sort_are_prepared_or_refused(text in "\\PC{0,40}") {
        for spec in &CATALOGUE {
            let input: Value = spec.fields.iter().map(|f| (f.name.to_owned(), Value::from(text.as_str()))).collect();
            if let Ok(prepared) = spec.prepare(&input) {
                prop_assert_eq!(&spec.prepare(&prepared), &Ok(prepared.clone()), "{}", spec.name);
            }
        }
    }
}
