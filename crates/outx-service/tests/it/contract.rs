//! Statuses and texts that every endpoint shares.

use crate::support::{create, good_input, id, poll, start, with_latency};
use outx_model::{CreateVerdict, Endpoint, Method, STATUS_PATH, classify_create};
use outx_service::{Record, Request, Response, Service, ServiceConfig};
use serde_json::json;

fn answer(service: &mut Service, request: &Request) -> (u16, String) {
    let response: Response = service.step(request, start()).response;
    (response.status, response.value()["error"].as_str().unwrap_or_default().to_owned())
}

fn error(status: u16, text: &str) -> (u16, String) {
    (status, text.to_owned())
}

#[test]
fn every_endpoint_creates_a_task_with_its_own_words() {
    let mut service = Service::new(ServiceConfig::default());
    for endpoint in Endpoint::ALL {
        let step = service.step(&create(endpoint, &good_input(endpoint)), start());
        let id = id(&step.response);
        assert!(uuid::Uuid::parse_str(&id).is_ok(), "{id}");
        assert_eq!(
            step.response.value(),
            json!({ "success": true, "api_agent_task_id": id, "message": endpoint.spec().created })
        );
        assert_eq!(step.task().map(outx_model::TaskId::as_str), Some(id.as_str()));
        let verdict = classify_create(200, step.response.value().to_string().as_bytes(), None);
        assert!(matches!(verdict, CreateVerdict::Accepted(known) if known.as_str() == id));
    }
    assert_eq!(service.tasks().len(), Endpoint::ALL.len());
}

#[test]
fn the_key_is_checked_on_every_path() {
    let config = ServiceConfig { key: Some("right".into()), ..ServiceConfig::default() };
    let mut service = Service::new(config);
    let mut all: Vec<_> = Endpoint::ALL.iter().map(|e| create(*e, &good_input(*e))).collect();
    all.push(poll("x"));
    for mut request in all {
        for blank in [None, Some(String::new()), Some("  ".to_owned())] {
            request.key = blank;
            assert_eq!(answer(&mut service, &request), error(401, "Missing API Key"), "{}", request.path);
        }
        request.key = Some("wrong".into());
        assert_eq!(answer(&mut service, &request), error(401, "Invalid API Key"), "{}", request.path);
        request.key = Some("right".into());
        assert_ne!(answer(&mut service, &request).0, 401, "{}", request.path);
    }
}

#[test]
fn another_method_is_refused_and_leaves_no_trace() {
    let mut service = Service::new(ServiceConfig::default());
    let others = |own: Method| {
        ["GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "post", ""]
            .into_iter()
            .filter(move |m| *m != own.as_str())
    };
    let creates = Endpoint::ALL.iter().map(|endpoint| (endpoint.spec().path, Method::Post));
    for (path, own) in creates.chain([(STATUS_PATH, Method::Get)]) {
        for method in others(own) {
            let mut request = Request::new(own, path).with_key("k");
            request.method = method.to_owned();
            let step = service.step(&request, start());
            assert_eq!((step.response.status, step.records.len()), (405, 0), "{method} {path}");
            assert!(step.response.value()["error"].is_string());
        }
    }
    assert_eq!((service.requests().len(), service.polls()), (0, 0));
}

#[test]
fn an_unknown_path_is_not_found() {
    let mut service = Service::new(ServiceConfig::default());
    for path in
        ["", "/", "/linkedin-agent", "/linkedin-agent/", "/linkedin-agent/fetch-profile/", "/fetch-profile"]
    {
        let request = Request::new(Method::Post, path).with_key("k");
        assert_eq!(answer(&mut service, &request).0, 404, "{path}");
    }
}

#[test]
fn a_poll_must_name_a_task_that_exists() {
    let mut service = Service::new(ServiceConfig::default());
    let missing = error(400, "Missing or invalid 'api_agent_task_id'");
    assert_eq!(answer(&mut service, &Request::new(Method::Get, STATUS_PATH).with_key("k")), missing);
    assert_eq!(answer(&mut service, &poll(" ")), missing);
    let unknown = poll("0b9d6d52-1111-4222-8333-444455556666");
    assert_eq!(answer(&mut service, &unknown), error(404, "Agent task not found"));
    assert_eq!(service.polls(), 3);
}

#[test]
fn a_task_is_seen_by_its_own_team_only() {
    let mut service = Service::new(ServiceConfig::default());
    let created = service.step(&create(Endpoint::FetchConnections, &json!({})), start()).response;
    let mine = poll(&id(&created));
    let theirs = mine.clone().with_key("another team");
    assert_eq!(answer(&mut service, &theirs), error(404, "Agent task not found"));
    assert_eq!(answer(&mut service, &mine).0, 200);
}

#[test]
fn the_request_log_holds_creates_of_every_status_and_no_key() {
    let mut service = Service::new(with_latency(5));
    let good = create(Endpoint::LikePost, &good_input(Endpoint::LikePost));
    let bad = create(Endpoint::LikePost, &json!({ "social_urn": 7 }));
    let keyless = Request { key: None, ..good.clone() };
    let garbage = Request { body: b"{"[..].into(), ..good.clone() };
    for request in [&good, &bad, &keyless, &garbage, &poll("x")] {
        service.step(request, start());
    }
    let log = service.requests();
    assert_eq!(log.iter().map(|entry| entry.status).collect::<Vec<_>>(), [200, 400, 401, 400]);
    assert_eq!(log[0].task.as_ref(), Some(&service.tasks()[0].id));
    assert_eq!(log[0].team.as_ref(), Some(&service.tasks()[0].team));
    assert_eq!((log[1].input.value(), log[3].input.value()), (json!({ "social_urn": 7 }), json!(null)));
    assert_eq!(log[2].team, None);

    let secret = good.with_key("outx_secret");
    let records: Vec<Record> = service.step(&secret, start()).records;
    assert_eq!(records.len(), 2);
    assert!(!serde_json::to_string(&records).unwrap().contains("secret"));
    assert!(!format!("{secret:?}").contains("secret"));
}
