//! What the service itself takes and refuses, apart from the client's conveniences.

use crate::arbitrary;
use outx_model::{
    AUTH_SEND_OTP, AUTH_VERIFY_OTP, CATALOGUE, Endpoint, FieldType, OverMax, company_slug, person_urn,
    post_urn, profile_slug,
};
use proptest::prelude::*;
use serde_json::{Value, json};

fn refusals(endpoint: Endpoint, input: &Value, over_max: OverMax) -> Vec<String> {
    match endpoint.spec().validate(input, over_max) {
        Ok(_) => Vec::new(),
        Err(error) => error.problems.into_iter().map(|problem| problem.text).collect(),
    }
}

#[test]
fn values_pass_unchanged_and_a_note_is_trimmed() {
    for (endpoint, input, taken) in [
        (
            Endpoint::FetchProfile,
            json!({ "profile_slug": " https://linkedin.com/in/Ada/ " }),
            json!({ "profile_slug": " https://linkedin.com/in/Ada/ " }),
        ),
        (
            Endpoint::SendConnectionRequest,
            json!({ "note": "  Hello  ", "profile_urn": "A", "more": 1 }),
            json!({ "note": "Hello", "profile_urn": "A", "more": 1 }),
        ),
        (
            Endpoint::SendConnectionRequest,
            json!({ "profile_urn": "A", "note": " \n" }),
            json!({ "profile_urn": "A" }),
        ),
        (
            Endpoint::SendMessage,
            json!({ "recipient_urn": "A", "message": " hi ", "extra": null }),
            json!({ "recipient_urn": "A", "message": " hi " }),
        ),
        (Endpoint::FetchConnections, json!({ "start": 40.0, "keyword": null }), json!({ "start": 40 })),
        (Endpoint::FetchConnections, json!({ "keyword": "" }), json!({ "keyword": "" })),
    ] {
        let got = endpoint.spec().validate(&input, OverMax::Refuse).unwrap();
        assert_eq!(got.to_string(), taken.to_string(), "{endpoint}");
    }
}

#[test]
fn over_the_maximum_is_one_choice() {
    for spec in &CATALOGUE {
        for field in spec.fields {
            let FieldType::Integer { max, .. } = field.ty else { continue };
            if max == 0 {
                continue;
            }
            let input = |n: u64| json!({ field.name: n, "title": "CTO" });
            assert_eq!(spec.validate(&input(max), OverMax::Refuse), Ok(input(max)));
            assert_eq!(spec.validate(&input(max + 1), OverMax::Clamp), Ok(input(max)));
            let error = spec.validate(&input(max + 1), OverMax::Refuse).unwrap_err();
            assert_eq!(error.problems[0].text, format!("Invalid '{}'", field.name));
        }
    }
    for wrong in [json!(-1), json!(2.5), json!("40"), json!(true), json!(1e300)] {
        let input = json!({ "count": wrong });
        for choice in [OverMax::Clamp, OverMax::Refuse] {
            assert_eq!(refusals(Endpoint::FetchConnections, &input, choice), ["Missing or invalid 'count'"]);
        }
    }
}

#[test]
fn the_first_problem_is_that_of_the_first_field() {
    // Written in the other order, and one of the two is missing.
    let input = json!({ "message": 7 });
    let texts = refusals(Endpoint::SendMessage, &input, OverMax::Refuse);
    assert_eq!(texts, ["Missing or invalid 'recipient_urn'", "Missing or invalid 'message'"]);
    let input = json!({ "sort_type": 1, "keyword": 2 });
    let texts = refusals(Endpoint::FetchConnections, &input, OverMax::Refuse);
    assert_eq!(texts, ["Invalid 'keyword': must be a string", "Invalid 'sort_type': must be a string"]);
}

#[test]
fn an_empty_filter_is_none() {
    let none = "At least one search filter is required";
    for input in [json!({}), json!({ "title": " ", "geo_urn": [], "count": 3 }), json!({ "unknown": "x" })] {
        assert_eq!(refusals(Endpoint::SearchProfiles, &input, OverMax::Refuse), [none], "{input}");
    }
    assert!(
        refusals(Endpoint::SearchProfiles, &json!({ "geo_urn": ["103644278"] }), OverMax::Refuse).is_empty()
    );
}

#[test]
fn the_calls_without_a_key() {
    let texts = |checked: Result<Value, outx_model::InputError>| match checked {
        Ok(_) => Vec::new(),
        Err(error) => error.problems.into_iter().map(|problem| problem.text).collect::<Vec<_>>(),
    };
    let email = "Missing or invalid 'email'";
    for wrong in [json!({}), json!({ "email": "" }), json!({ "email": "ada" }), json!({ "email": ["a@b"] })] {
        assert_eq!(texts(AUTH_SEND_OTP.validate(&wrong)), [email], "{wrong}");
    }
    let named = json!({ "email": "ada@example.org", "full_name": 7 });
    assert_eq!(texts(AUTH_SEND_OTP.validate(&named)), ["Invalid 'full_name': must be a string"]);
    let good = json!({ "email": "ada@example.org", "otp": "012345" });
    assert_eq!(AUTH_VERIFY_OTP.validate(&good), Ok(good));
    for otp in
        [json!("12345"), json!("1234567"), json!("12345a"), json!("١٢٣٤٥٦"), json!(123_456), json!(null)]
    {
        let wrong = json!({ "email": "ada@example.org", "otp": otp });
        assert_eq!(texts(AUTH_VERIFY_OTP.validate(&wrong)), ["Missing or invalid 'otp'"], "{wrong}");
    }
    let both = texts(AUTH_VERIFY_OTP.validate(&json!({ "otp": 1 })));
    assert_eq!(both, [email, "Missing or invalid 'otp'"]);
}

proptest! {
    #[test]
    fn what_is_taken_is_taken_again_and_what_is_prepared_is_taken_as_it_is(
        (spec, input) in (0..CATALOGUE.len()).prop_flat_map(|at| {
            let spec = &CATALOGUE[at];
            arbitrary::input(spec.fields).prop_map(move |input| (spec, input))
        }),
    ) {
        for choice in [OverMax::Clamp, OverMax::Refuse] {
            if let Ok(taken) = spec.validate(&input, choice) {
                prop_assert_eq!(spec.validate(&taken, choice), Ok(taken));
            }
            if let Ok(prepared) = spec.prepare(&input) {
                prop_assert_eq!(spec.prepare(&prepared), Ok(prepared.clone()));
                prop_assert_eq!(spec.validate(&prepared, choice), Ok(prepared));
            }
        }
    }

    #[test]
    fn a_reference_is_brought_to_one_form_and_stays_in_it(text in arbitrary::reference()) {
        for read in [profile_slug, company_slug, person_urn, post_urn] {
            if let Ok(found) = read(&text) {
                prop_assert_eq!(read(&found), Ok(found.clone()), "{}", text);
                prop_assert!(!found.contains("linkedin.com/"), "{}", found);
            }
        }
    }
}
