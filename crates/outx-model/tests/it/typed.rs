//! The types that people write in Rust agree with the catalogue.

use crate::arbitrary::json as any_json;
use jiff::Timestamp;
use outx_model::{
    CATALOGUE, CommentPost, Connection, Effect, Endpoint, FetchCompany, FetchCompanyPosts, FetchConnections,
    FetchProfile, FetchProfilesPosts, FieldType, FoundProfile, LikePost, Method, Position, Post, ReadError,
    Reference, SearchProfiles, SendConnectionRequest, SendMessage, TaskInput, TaskSnapshot, Ticket,
    ViewField, ViewType,
};
use proptest::prelude::*;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

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

fn ticket(endpoint: Endpoint) -> Ticket {
    let (id, account, created_at) = ("a-task".into(), "sales".into(), Timestamp::UNIX_EPOCH);
    Ticket { id, endpoint: endpoint.into(), account, created_at, law: 0 }
}

fn snapshot(status: &str, output: Value) -> TaskSnapshot {
    TaskSnapshot { status: status.into(), input: Value::Null, output }
}

#[test]
fn an_output_is_read_as_the_type_of_its_own_endpoint_only() {
    fn only_its_own<I: TaskInput>() {
        for endpoint in Endpoint::ALL {
            let output = json!({ "sent": true });
            let by_output = ticket(endpoint).read::<I>(&output).map(drop);
            // However the task stands, because the mistake is in the program.
            for status in ["completed", "pending", "failed"] {
                let by_task = snapshot(status, output.clone()).read::<I>(&ticket(endpoint)).map(drop);
                assert!(endpoint == I::ENDPOINT || matches!(by_task, Err(ReadError::OtherEndpoint { .. })));
            }
            match by_output {
                Ok(()) => assert_eq!(endpoint, I::ENDPOINT),
                Err(ReadError::OtherEndpoint { made_by, wanted }) => {
                    assert_eq!((made_by, wanted), (endpoint.into(), I::ENDPOINT));
                    assert_ne!(made_by, wanted);
                }
                Err(other) => panic!("{other}"),
            }
        }
    }
    for_each_input!(only_its_own());
    let error = ticket(Endpoint::LikePost).read::<FetchProfile>(&json!({ "liked": true })).unwrap_err();
    let text = error.to_string();
    assert!(text.contains("made by like-post") && text.contains("the ticket of a fetch-profile"), "{text}");
}

#[test]
fn without_an_output_of_its_type_it_is_said_why() {
    let read = |status: &str, output| {
        snapshot(status, output).read::<LikePost>(&ticket(Endpoint::LikePost)).unwrap_err().to_string()
    };
    assert!(read("processing", Value::Null).contains("the task is processing"));
    assert!(read("paused", Value::Null).contains("the task is paused"));
    assert!(read("failed", json!({ "error": "no such post" })).ends_with("no such post"));
}

/// An output type of a program's own.
#[derive(Debug, Deserialize)]
struct OwnProfile {
    full_name: String,
    location: Option<Place>,
    followers: u32,
    about: Option<String>,
    positions: Vec<Map<String, Value>>,
}

#[derive(Debug, PartialEq, Deserialize)]
enum Place {
    Oslo,
}

#[derive(Serialize)]
struct OwnFetch;

impl TaskInput for OwnFetch {
    const ENDPOINT: Endpoint = Endpoint::FetchProfile;
    type Output = OwnProfile;
}

#[test]
fn a_type_of_ones_own_may_ask_for_what_it_likes() {
    let ticket = ticket(Endpoint::FetchProfile);
    let raw = json!({
        "name": "Ada", "location": "Oslo", "followers": "980",
        "positions": [{ "title": "CTO", "team": null }, 7],
    });
    let ada = ticket.read::<OwnFetch>(&raw).unwrap();
    assert_eq!((&*ada.full_name, ada.location, ada.followers), ("Ada", Some(Place::Oslo), 980));
    assert_eq!((ada.about, ada.positions.len(), &ada.positions[0]["team"]), (None, 1, &Value::Null));
    let error = ticket.read::<OwnFetch>(&json!({ "name": "Ada", "location": "Bergen" })).unwrap_err();
    assert!(matches!(&error, ReadError::Unfit(why) if why.to_string().contains("Bergen")), "{error:?}");
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
            // Straight from the output it is the same.
            let typed = ticket(I::ENDPOINT).read::<I>(raw).unwrap();
            assert_eq!(serde_json::to_value(&typed).unwrap(), I::ENDPOINT.spec().read(raw));
        }
        for_each_input!(reads(&raw));
    }
}
