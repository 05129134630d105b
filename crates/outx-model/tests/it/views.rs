//! One shape for every output, whatever generation of the API gave it.

use crate::arbitrary::json as any_json;
use outx_model::{CATALOGUE, Endpoint, View, ViewField, ViewType, WriteDone, write_done};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

/// Whether a value has exactly the fields of a shape, in order, each null or of its type.
fn has_shape(fields: &[ViewField], value: &Value) -> bool {
    let Some(object) = value.as_object() else { return false };
    let names: Vec<_> = object.keys().map(String::as_str).collect();
    let wanted: Vec<_> = fields.iter().map(|field| field.name).collect();
    names == wanted
        && fields.iter().all(|field| {
            let value = &object[field.name];
            match field.ty {
                ViewType::Text => value.is_null() || value.is_string(),
                ViewType::Integer => value.is_null() || value.is_i64(),
                ViewType::Boolean => value.is_null() || value.is_boolean(),
                ViewType::Texts => value.as_array().is_some_and(|list| list.iter().all(Value::is_string)),
                ViewType::Records(fields) => {
                    value.as_array().is_some_and(|list| list.iter().all(|item| has_shape(fields, item)))
                }
            }
        })
}

#[test]
fn a_profile_of_the_newer_generation() {
    let raw = json!({ "profile": {
        "full_name": "Ada Example", "headline": "Platform lead", "location": "Oslo, Norway",
        "profile_slug": "ada-example", "profile_urn": "urn:li:fsd_profile:ACoAAEXAMPLE01",
        "positions": [{
            "title": "Platform lead", "company_name": "Fjord Labs", "location": "Oslo", "start_year": 2022,
            "start_month": 3, "end_year": null, "end_month": null, "is_current": true, "more": 1,
        }],
    } });
    assert_eq!(
        Endpoint::FetchProfile.spec().view(&raw),
        json!({
            "full_name": "Ada Example", "headline": "Platform lead", "location": "Oslo, Norway",
            "profile_slug": "ada-example", "profile_url": null,
            "profile_urn": "urn:li:fsd_profile:ACoAAEXAMPLE01", "connections": null, "followers": null,
            "about": null,
            "positions": [{
                "title": "Platform lead", "company_name": "Fjord Labs", "location": "Oslo",
                "start_year": 2022, "start_month": 3, "end_year": null, "end_month": null, "is_current": true,
            }],
        })
    );
}

#[test]
fn a_profile_of_the_older_generation() {
    let raw = json!({
        "name": "Ada Example", "headline": "Platform lead", "location": "Oslo, Norway",
        "profile_url": "https://www.linkedin.com/in/ada-example", "connections": 412, "followers": "980",
    });
    assert_eq!(
        Endpoint::FetchProfile.spec().view(&raw),
        json!({
            "full_name": "Ada Example", "headline": "Platform lead", "location": "Oslo, Norway",
            "profile_slug": null, "profile_url": "https://www.linkedin.com/in/ada-example",
            "profile_urn": null, "connections": 412, "followers": 980, "about": null, "positions": [],
        })
    );
}

#[test]
fn the_urn_is_looked_for_inside_and_then_outside() {
    let view = |raw| Endpoint::FetchProfile.spec().view(&raw)["profile_urn"].clone();
    assert_eq!(view(json!({ "profile": { "profile_urn": "in" }, "profile_urn": "out" })), "in");
    assert_eq!(view(json!({ "profile": { "full_name": "Ada" }, "profile_urn": "out" })), "out");
    assert_eq!(view(json!({ "profile": { "profile_urn": 7 }, "profile_urn": "out" })), "out");
    assert_eq!(view(json!({ "profile": null, "profile_urn": "out" })), "out");
}

#[test]
fn lists_are_found_under_their_other_names_and_bare() {
    let post = json!({ "urn": "urn:li:activity:7", "content": "hello", "like_count": 3.0 });
    for raw in [json!({ "posts": [post.clone()] }), json!([post.clone()])] {
        let posts = &Endpoint::FetchCompanyPosts.spec().view(&raw)["posts"];
        assert_eq!(posts[0]["social_urn"], "urn:li:activity:7");
        assert_eq!((&posts[0]["text"], &posts[0]["likes"]), (&json!("hello"), &json!(3)));
    }
    for key in ["profiles", "results", "people"] {
        let found = Endpoint::SearchProfiles.spec().view(&json!({ key: [{ "name": "Ada" }, "noise", null] }));
        assert_eq!(found["profiles"].as_array().map(Vec::len), Some(1), "{key}");
    }
    let page =
        json!({ "total": 1, "connections": [{ "name": "Bo Sample", "entity_urn": "urn:li:fsd_profile:A" }] });
    let page = Endpoint::FetchConnections.spec().view(&page);
    assert_eq!(
        (&page["total"], &page["connections"][0]["entity_urn"]),
        (&json!(1), &json!("urn:li:fsd_profile:A"))
    );
}

#[test]
fn unknown_keys_are_kept_in_every_record() {
    let raw = json!({
        "profile": {
            "name": "Ada", "followers": "many", "pronouns": "she",
            "positions": [{ "company": "Fjord", "team": { "size": 3 } }],
        },
        "headline": "outside", "pronouns": "lost to the inner one", "fetched_by": "x",
    });
    let read = Endpoint::FetchProfile.spec().read(&raw);
    assert_eq!((&read["full_name"], &read["headline"]), (&json!("Ada"), &json!("outside")));
    assert_eq!((&read["pronouns"], &read["fetched_by"]), (&json!("she"), &json!("x")));
    assert_eq!(read["followers"], Value::Null, "a value of another type is in the raw output only");
    assert_eq!(read.get("profile"), None);
    assert_eq!(read.get("name"), None, "it was read");
    assert_eq!(read["positions"][0]["team"], json!({ "size": 3 }));
    let page = json!({ "results": [{ "name": "Bo", "since": 2020 }], "paging": { "next": 40 } });
    let read = Endpoint::FetchConnections.spec().read(&page);
    assert_eq!((&read["connections"][0]["since"], &read["paging"]["next"]), (&json!(2020), &json!(40)));
    assert_eq!(read.get("results"), None);
    // One that was not read stays beside the one that was.
    let both = json!({ "sent": true, "liked": false });
    assert_eq!(Endpoint::LikePost.spec().read(&both), both);
}

#[test]
fn a_write_says_whether_it_was_done() {
    for spec in CATALOGUE.iter().filter(|spec| spec.target.is_some()) {
        let done = |raw| write_done(&spec.view(&raw));
        for key in ["sent", "liked", "commented"] {
            assert_eq!(done(json!({ key: true })), WriteDone::Done);
            assert_eq!(done(json!({ key: false })), WriteDone::NotDone);
        }
        for raw in [json!(null), json!({}), json!({ "sent": "yes" }), json!([true])] {
            assert_eq!(done(raw), WriteDone::Unsaid);
        }
    }
}

/// A value without the keys that a shape does not have, in every record.
fn only(fields: &[ViewField], value: &Value) -> Value {
    let part = |field: &ViewField| {
        let value = match (field.ty, &value[field.name]) {
            (ViewType::Records(inner), Value::Array(items)) => {
                items.iter().map(|item| only(inner, item)).collect()
            }
            (_, other) => other.clone(),
        };
        (field.name.to_owned(), value)
    };
    fields.iter().map(part).collect()
}

/// The plain statement of what a field is read from: the first place, and there the first key, with a value of its
/// type.
fn plainly(view: &View, raw: &Value, field: &ViewField) -> Option<Value> {
    let inner = view.nested.iter().find_map(|key| raw.get(key).filter(|inner| inner.is_object()));
    let mut places = [inner, Some(raw)].into_iter().flatten();
    places.find_map(|place| {
        let mut values = field.from.iter().filter_map(|key| place.get(key));
        let fits = |value: &&Value| match field.ty {
            ViewType::Text => value.is_string(),
            ViewType::Integer => value.is_i64(),
            ViewType::Boolean => value.is_boolean(),
            ViewType::Texts | ViewType::Records(_) => value.is_array(),
        };
        values.find(fits).cloned()
    })
}

/// An object with some of the keys that a view knows, in any order, with values of any type.
fn known_keys(view: View) -> impl Strategy<Value = Value> {
    let keys: Vec<_> = view.fields.iter().flat_map(|field| field.from).copied().collect();
    let values = vec![json!("a"), json!("b"), json!(1), json!(2), json!(true), json!([]), json!(null)];
    let entry = || (select(keys.clone()), select(values.clone()));
    let entries = move || vec(entry(), 0..12);
    (entries(), entries(), any::<bool>()).prop_map(move |(inner, outer, is_nested)| {
        let object = |entries: Vec<(&str, Value)>| -> Map<String, Value> {
            entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
        };
        let mut raw = object(outer);
        if let Some(key) = view.nested.first().filter(|_| is_nested) {
            raw.insert((*key).to_owned(), Value::Object(object(inner)));
        }
        Value::Object(raw)
    })
}

/// Reading goes over the entries once, so that an entry belongs to one field.
#[test]
fn no_key_is_read_by_two_fields() {
    fn check(fields: &[ViewField]) {
        let mut keys: Vec<_> = fields.iter().flat_map(|field| field.from).collect();
        let all = keys.len();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), all, "{keys:?}");
        for field in fields {
            if let ViewType::Records(inner) = field.ty {
                check(inner);
            }
        }
    }
    for spec in &CATALOGUE {
        check(spec.view.fields);
    }
}

proptest! {
    #[test]
    fn a_field_is_read_from_its_best_place_and_key(
        (view, raw) in select(CATALOGUE.iter().map(|spec| spec.view).collect::<Vec<_>>())
            .prop_flat_map(|view| (Just(view), known_keys(view)))
    ) {
        let read = view.read(&raw);
        for field in view.fields {
            let nothing = if matches!(field.ty, ViewType::Records(_)) { json!([]) } else { Value::Null };
            let wanted = plainly(&view, &raw, field).unwrap_or(nothing);
            prop_assert_eq!(&read[field.name], &wanted, "{} in {}", field.name, raw);
        }
    }

    #[test]
    fn any_output_has_the_shape(raw in any_json()) {
        for spec in &CATALOGUE {
            let view = spec.view(&raw);
            prop_assert!(has_shape(spec.view.fields, &view), "{}: {view}", spec.name);
            // A view is a reading that changes nothing when it is read again.
            prop_assert_eq!(spec.view(&view), view.clone());
            // With all that is kept beside the fields, the fields are the same.
            let read = spec.read(&raw);
            prop_assert_eq!(only(spec.view.fields, &read), view);
            // At the top, every key is a field's or one that was read from.
            let known: Vec<_> = spec.view.fields.iter().flat_map(|field| field.from).chain(spec.view.nested).collect();
            for key in raw.as_object().into_iter().flat_map(|entries| entries.keys()) {
                prop_assert!(read.get(key).is_some() || known.contains(&&key.as_str()), "{} lost", key);
            }
        }
    }
}
