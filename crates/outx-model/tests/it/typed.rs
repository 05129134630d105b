//! The types that people write in Rust agree with the catalogue.

use crate::arbitrary::json as any_json;
use outx_model::{
    CATALOGUE, CommentPost, Connection, Effect, FetchCompany, FetchCompanyPosts, FetchConnections,
    FetchProfile, FetchProfilesPosts, FieldType, FoundProfile, LikePost, Method, Position, Post, Reference,
    SearchProfiles, SendConnectionRequest, SendMessage, TaskInput, ViewField, ViewType,
};
use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// Calls a generic function for each of the ten inputs.
macro_rules! for_each_input {
    ($function:ident ( $($argument:expr),* )) => {
        $function::<FetchProfile>($($argument),*);
        $function::<FetchProfilesPosts>($($argument),*);
        $function::<FetchCompany>($($argument),*);
        $function::<FetchCompanyPosts>($($argument),*);
        $function::<FetchConnections>($($argument),*);
        $function::<SearchProfiles>($($argument),*);
        $function::<LikePost>($($argument),*);
        $function::<CommentPost>($($argument),*);
        $function::<SendMessage>($($argument),*);
        $function::<SendConnectionRequest>($($argument),*);
    };
}

fn names(value: &impl Serialize) -> Vec<String> {
    serde_json::to_value(value).unwrap().as_object().unwrap().keys().cloned().collect()
}

fn input_agrees<I: TaskInput + Default + DeserializeOwned + PartialEq + std::fmt::Debug>(
    seen: &mut Vec<&str>,
) {
    let spec = I::ENDPOINT.spec();
    seen.push(spec.name);
    assert_eq!(names(&I::default()), spec.fields.iter().map(|f| f.name).collect::<Vec<_>>(), "{}", spec.name);
    // What may be absent is an option; what must be there is not.
    let empty = serde_json::to_value(I::default()).unwrap();
    for field in spec.fields {
        assert_eq!(empty[field.name].is_null(), !field.required, "{}.{}", spec.name, field.name);
    }
    // A filled one is taken by the checker as it is, and survives the way there and back.
    let filled: Value = spec
        .fields
        .iter()
        .map(|field| {
            let value = match (field.ty, field.reference) {
                (FieldType::Texts, _) => json!(["a", "b"]),
                (FieldType::Integer { .. }, _) => json!(3),
                (FieldType::Text { .. }, Reference::PostUrn) => json!("urn:li:activity:7"),
                (FieldType::Text { .. }, _) => json!("ada-example"),
            };
            (field.name.to_owned(), value)
        })
        .collect();
    assert_eq!(spec.prepare(&filled).unwrap(), filled);
    let typed: I = serde_json::from_value(filled.clone()).unwrap();
    assert_eq!(serde_json::to_value(&typed).unwrap(), filled);
}

#[test]
fn inputs_have_the_fields_of_the_catalogue() {
    let mut seen = Vec::new();
    for_each_input!(input_agrees(&mut seen));
    assert_eq!(seen, CATALOGUE.iter().map(|spec| spec.name).collect::<Vec<_>>());
}

fn output_agrees<I: TaskInput>()
where
    I::Output: Default + Serialize,
{
    let spec = I::ENDPOINT.spec();
    let wanted: Vec<_> = spec.view.fields.iter().map(|field| field.name).collect();
    assert_eq!(names(&I::Output::default()), wanted, "{}", spec.name);
    // Read from nothing, the view and the type say the same nothing.
    assert_eq!(serde_json::to_value(I::Output::default()).unwrap(), spec.view(&Value::Null), "{}", spec.name);
}

#[test]
fn outputs_have_the_fields_of_the_view() {
    for_each_input!(output_agrees());
}

fn records(endpoint: &str, list: &str) -> &'static [ViewField] {
    let spec = CATALOGUE.iter().find(|spec| spec.name == endpoint).unwrap();
    match spec.view.field(list).unwrap().ty {
        ViewType::Records(fields) => fields,
        other => panic!("{endpoint}.{list} is {other:?}"),
    }
}

#[test]
fn records_in_lists_have_the_fields_of_the_view() {
    fn agrees(fields: &[ViewField], record: &impl Serialize) {
        assert_eq!(names(record), fields.iter().map(|field| field.name).collect::<Vec<_>>());
    }
    agrees(records("fetch-profile", "positions"), &Position::default());
    agrees(records("fetch-profiles-posts", "posts"), &Post::default());
    agrees(records("fetch-company-posts", "posts"), &Post::default());
    agrees(records("fetch-connections", "connections"), &Connection::default());
    agrees(records("search-profiles", "profiles"), &FoundProfile::default());
}

#[test]
fn writes_have_targets_and_reads_have_none() {
    for spec in &CATALOGUE {
        assert_eq!(spec.target.is_some(), spec.effect == Effect::Write, "{}", spec.name);
        assert_eq!(spec.path, format!("/linkedin-agent/{}", spec.name));
        assert_eq!(spec.method, Method::Post);
        assert!(!spec.doc.is_empty() && !spec.created.is_empty() && !spec.task_type.is_empty());
        if let Some(rule) = spec.target {
            assert!(spec.field(rule.field).unwrap().required, "{}", spec.name);
        }
    }
    let writes = CATALOGUE.iter().filter(|spec| spec.effect == Effect::Write).map(|spec| spec.name);
    let wanted = ["like-post", "comment-post", "send-message", "send-connection-request"];
    assert_eq!(writes.collect::<Vec<_>>(), wanted);
}

proptest! {
    #[test]
    fn any_output_is_read_into_its_type(raw in any_json()) {
        fn reads<I: TaskInput>(raw: &Value)
        where
            I::Output: Serialize,
        {
            for view in [I::ENDPOINT.spec().view(raw), I::ENDPOINT.spec().read(raw)] {
                let typed: I::Output = serde_json::from_value(view.clone()).unwrap();
                assert_eq!(serde_json::to_value(&typed).unwrap(), view);
            }
        }
        for_each_input!(reads(&raw));
    }
}
