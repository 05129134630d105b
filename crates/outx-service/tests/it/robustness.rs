//! Whatever comes, there is an answer.

use crate::support::{create, id, poll};
use jiff::Timestamp;
use outx_model::{Endpoint, STATUS_PATH};
use outx_service::{LatencyLaw, Request, Service, ServiceConfig};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};
use std::time::Duration;

fn known_paths() -> Vec<String> {
    let creates = Endpoint::ALL.iter().map(|endpoint| endpoint.spec().path);
    creates.chain([STATUS_PATH]).map(str::to_owned).collect()
}

fn field_names() -> Vec<String> {
    let fields = Endpoint::ALL.iter().flat_map(|endpoint| endpoint.spec().fields);
    fields.map(|field| field.name.to_owned()).chain(["other".to_owned()]).collect()
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        "[a-z]{1,8}-[a-z]{1,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| vec(inner, 0..4).prop_map(Value::from))
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    let object = vec((select(field_names()), json_value()), 0..5);
    prop_oneof![
        4 => object.prop_map(|fields| Value::from_iter(fields).to_string().into_bytes()),
        1 => vec(any::<u8>(), 0..40),
    ]
}

prop_compose! {
    fn request()(
        method in prop_oneof![4 => Just("POST".to_owned()), 2 => Just("GET".to_owned()), 1 => ".{0,6}"],
        path in prop_oneof![6 => select(known_paths()), 1 => ".{0,20}"],
        query in vec((prop_oneof![Just("api_agent_task_id".to_owned()), ".{0,5}"], ".{0,40}"), 0..3),
        key in prop_oneof![3 => Just(Some("k".to_owned())), 1 => prop::option::of(".{0,5}")],
        body in body().prop_map(bytes::Bytes::from),
    ) -> Request {
        Request { method, path, query, key, body }
    }
}

fn moment() -> impl Strategy<Value = Timestamp> {
    let seconds = Timestamp::MIN.as_second()..=Timestamp::MAX.as_second();
    let any = seconds.prop_map(|second| Timestamp::from_second(second).unwrap_or(Timestamp::MAX));
    prop_oneof![6 => any, 1 => Just(Timestamp::MIN), 1 => Just(Timestamp::MAX)]
}

fn latency() -> impl Strategy<Value = LatencyLaw> {
    let span = || {
        prop_oneof![Just(Duration::ZERO), Just(Duration::MAX), (0..u64::MAX).prop_map(Duration::from_nanos)]
    };
    prop_oneof![
        span().prop_map(LatencyLaw::Fixed),
        (span(), span()).prop_map(|(from, to)| LatencyLaw::Uniform { from, to }),
    ]
}

proptest! {
    #[test]
    fn any_request_at_any_moment_is_answered(
        latency in latency(),
        world_seed in any::<u64>(),
        acts in vec((request(), moment(), moment()), 1..8),
    ) {
        let mut service = Service::new(ServiceConfig { latency, world_seed, ..ServiceConfig::default() });
        for (request, now, later) in acts {
            let step = service.step(&request, now);
            let Value::Object(body) = step.response.value() else { panic!("the answer is an object") };
            match step.response.status {
                200 => prop_assert_eq!(body["success"].clone(), json!(true)),
                400 | 401 | 404 | 405 => prop_assert!(body["error"].is_string()),
                other => panic!("status {other}"),
            }
            if let Some(id) = step.task() {
                let poll = Request { key: request.key.clone(), ..poll(id.as_str()) };
                prop_assert_eq!(service.step(&poll, later).response.status, 200);
            }
        }
    }

    #[test]
    fn any_text_has_a_world(seed in any::<u64>(), text in "\\PC{1,30}", now in moment()) {
        let mut service = Service::new(ServiceConfig { world_seed: seed, ..ServiceConfig::default() });
        for (endpoint, field) in [
            (Endpoint::FetchProfile, "profile_slug"),
            (Endpoint::FetchCompany, "company_slug"),
            (Endpoint::FetchConnections, "keyword"),
            (Endpoint::SearchProfiles, "first_name"),
            (Endpoint::SearchProfiles, "last_name"),
            (Endpoint::SearchProfiles, "keywords"),
        ] {
            let step = service.step(&create(endpoint, &json!({ field: text })), now);
            if step.response.status == 200 {
                let poll = poll(&id(&step.response));
                let output = service.step(&poll, now).response.value()["data"]["task_output"].clone();
                prop_assert!(output.is_object());
            }
        }
    }
}
