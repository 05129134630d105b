//! The wire of every endpoint: the dynamic call over whatever the catalogue holds, the typed methods by heart.

use crate::wire::{answering, client, headers};
use outx_model::{
    CATALOGUE, CommentPost, Endpoint, FetchCompany, FetchCompanyPosts, FetchConnections, FetchProfile,
    FetchProfilesPosts, FieldType, LikePost, PollAnswer, Reference, SearchProfiles, SendConnectionRequest,
    SendMessage, TaskId,
};
use outx_transport::{Client, Created};
use serde_json::{Value, json};
use wiremock::{MockServer, ResponseTemplate};

async fn creating() -> MockServer {
    let created = json!({ "success": true, "api_agent_task_id": "t-1", "message": "created" });
    answering(ResponseTemplate::new(200).set_body_json(created)).await
}

/// What every create must look like.
async fn assert_create(server: &MockServer, name: &str, body: &str) {
    let requests = server.received_requests().await.unwrap();
    let [request] = requests.as_slice() else { panic!("{name}: {} requests", requests.len()) };
    assert_eq!(request.method.as_str(), "POST", "{name}");
    assert_eq!(request.url.path(), format!("/linkedin-agent/{name}"));
    assert_eq!(request.url.query(), None, "{name}");
    assert_eq!(std::str::from_utf8(&request.body), Ok(body), "{name}");
    let wanted = [
        "accept-encoding: gzip".to_owned(),
        "accept: */*".to_owned(),
        format!("content-length: {}", body.len()),
        "content-type: application/json".to_owned(),
        format!("user-agent: outx/{}", env!("CARGO_PKG_VERSION")),
        "x-api-key: secret".to_owned(),
    ];
    assert_eq!(headers(request), wanted, "{name}");
}

#[tokio::test]
async fn every_row_of_the_catalogue_is_one_post_with_the_input_as_its_body() {
    for spec in &CATALOGUE {
        // Every field, with characters that a careless encoding would break.
        let value = |ty| match ty {
            FieldType::Text { .. } => json!("a \"b\" \\ +&=%\n é你👋\u{0}"),
            FieldType::Texts => json!(["x+y", "é"]),
            FieldType::Integer { .. } => json!(7),
        };
        let mut input: Value =
            spec.fields.iter().map(|field| (field.name.to_owned(), value(field.ty))).collect();
        input["not_in_the_table"] = json!({ "deep": [null, 1.5] });
        let server = creating().await;
        let created = client(&server.uri()).create(spec.endpoint, &input).await;
        let Created::Accepted(ticket) = created else { panic!("{}: {created:?}", spec.name) };
        assert_eq!((ticket.id.as_str(), ticket.endpoint), ("t-1", spec.endpoint.into()));
        assert_create(&server, spec.name, &input.to_string()).await;
    }
}

#[tokio::test]
async fn what_a_row_prepares_is_what_travels() {
    for spec in &CATALOGUE {
        let value = |field: &outx_model::FieldSpec| match (field.ty, field.reference) {
            (FieldType::Text { .. }, Reference::ProfileSlug) => {
                json!("https://de.linkedin.com/in/J%C3%BCrgen/")
            }
            (FieldType::Text { .. }, Reference::CompanySlug) => json!("linkedin.com/company/Fjord-Labs?x=1"),
            (FieldType::Text { .. }, Reference::PostUrn) => json!("linkedin.com/posts/ada_x-activity-7-ab"),
            (FieldType::Text { .. }, _) => json!("ACoA1"),
            (FieldType::Texts, _) => json!(["ACoA1"]),
            (FieldType::Integer { .. }, _) => json!(7),
        };
        let input: Value = spec.fields.iter().map(|field| (field.name.to_owned(), value(field))).collect();
        let prepared = spec.prepare(&input).unwrap();
        let server = creating().await;
        client(&server.uri()).create(spec.endpoint, &prepared).await;
        let body = prepared.to_string();
        assert!(!body.contains("linkedin.com"), "{body}");
        assert_create(&server, spec.name, &body).await;
    }
}

/// Calls a typed method, and checks the body that travelled.
macro_rules! typed {
    ($method:ident($input:expr) sends $body:expr) => {{
        let server = creating().await;
        let created = Client::$method(&client(&server.uri()), &$input).await.unwrap();
        let Created::Accepted(ticket) = created else { panic!("{created:?}") };
        assert_create(&server, ticket.endpoint.name(), $body).await;
        ticket.endpoint
    }};
}

#[tokio::test]
async fn each_method_sends_its_own_body() {
    let post = "https://www.linkedin.com/feed/update/urn%3Ali%3Aactivity%3A7123/";
    let urn = "urn:li:fsd_profile:ACoA1";
    let called = [
        typed!(fetch_profile(FetchProfile { profile_slug: "https://linkedin.com/in/Ada-Example/".into() })
            sends r#"{"profile_slug":"ada-example"}"#),
        typed!(fetch_profiles_posts(FetchProfilesPosts { profile_urns: vec![urn.into(), " B ".into()] })
            sends r#"{"profile_urns":["urn:li:fsd_profile:ACoA1","B"]}"#),
        typed!(fetch_company(FetchCompany { company_slug: "linkedin.com/company/Fjord".into() })
            sends r#"{"company_slug":"fjord"}"#),
        typed!(fetch_company_posts(FetchCompanyPosts { company_slug: "fjord".into() })
            sends r#"{"company_slug":"fjord"}"#),
        typed!(fetch_connections(FetchConnections::default()) sends "{}"),
        typed!(search_profiles(SearchProfiles {
            title: Some("CTO & \"co\"".into()),
            geo_urn: Some(vec!["103644278".into()]),
            count: Some(50),
            ..SearchProfiles::default()
        }) sends r#"{"title":"CTO & \"co\"","geo_urn":["103644278"],"count":50}"#),
        typed!(like_post(LikePost { social_urn: post.into() }) sends r#"{"social_urn":"urn:li:activity:7123"}"#),
        typed!(comment_post(CommentPost { social_urn: post.into(), comment_text: " Grüße ".into() })
            sends r#"{"social_urn":"urn:li:activity:7123","comment_text":" Grüße "}"#),
        typed!(send_message(SendMessage { recipient_urn: urn.into(), message: "Hi 👋\n".into() })
            sends r#"{"recipient_urn":"urn:li:fsd_profile:ACoA1","message":"Hi 👋\n"}"#),
        typed!(send_connection_request(SendConnectionRequest { profile_urn: urn.into(), note: Some("  Hi ".into()) })
            sends r#"{"profile_urn":"urn:li:fsd_profile:ACoA1","note":"Hi"}"#),
    ];
    assert_eq!(called, Endpoint::ALL);
}

#[tokio::test]
async fn an_address_where_a_urn_is_wanted_is_not_sent() {
    let server = creating().await;
    let input = SendConnectionRequest { profile_urn: "https://www.linkedin.com/in/ada/".into(), note: None };
    let error = client(&server.uri()).send_connection_request(&input).await.unwrap_err();
    assert!(error.problems[0].remedy.contains("fetch-profile with `ada`"), "{error}");
    assert!(server.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn any_id_comes_out_of_the_query_as_it_went_in() {
    let task = json!({ "data": { "status": "pending" } });
    for id in ["a b", "a+b", "a&b=c", "a%20b", "é你👋", "/../x", "#?", "\"'<>", "\u{7f}\t", ""] {
        let server = answering(ResponseTemplate::new(200).set_body_json(&task)).await;
        let answer = client(&server.uri()).poll(&TaskId::from(id)).await.unwrap();
        assert!(matches!(answer, PollAnswer::Snapshot(_)), "{answer:?}");
        let requests = server.received_requests().await.unwrap();
        let [request] = requests.as_slice() else { panic!("{} requests", requests.len()) };
        assert_eq!(request.url.path(), "/linkedin-agent/get-task-status");
        let query: Vec<_> = request.url.query_pairs().collect();
        assert_eq!(query, [("api_agent_task_id".into(), id.into())]);
        assert!(request.url.query().is_some_and(str::is_ascii), "{id}");
    }
}
