//! What is recorded, what is left out, and what is played again.

use async_trait::async_trait;
use outx_model::{AUTH_VERIFY_OTP, Endpoint, Proof, STATUS_PATH};
use outx_service::{Fault, Host, LatencyLaw, ServiceConfig};
use outx_transport::cassette::{Cassette, Keep, LEFT_OUT, Matching, Recorder, Replay};
use outx_transport::{
    ApiKey, ChaosLaw, ChaosTransport, Clock, Context, ErrorKind, FakeTransport, Request, Response, Sent,
    Transport, TransportError, VirtualClock,
};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;

const KEY: &str = "outx_needle-81";

fn clock() -> Arc<VirtualClock> {
    Arc::new(VirtualClock::new("2026-03-02T09:00:00Z".parse().unwrap()))
}

fn fake(clock: &Arc<VirtualClock>) -> Arc<FakeTransport> {
    let latency = LatencyLaw::Fixed(Duration::from_secs(20));
    let host = Host::in_memory(ServiceConfig { latency, ..ServiceConfig::default() });
    Arc::new(FakeTransport::new(Arc::new(host), clock.clone()))
}

fn recorder(inner: Arc<dyn Transport>, clock: &Arc<VirtualClock>, keep: Keep) -> Recorder<Vec<u8>> {
    Recorder::new(inner, clock.clone(), Vec::new(), keep).unwrap()
}

fn text(recorder: &Recorder<Vec<u8>>) -> String {
    recorder.finish().unwrap();
    String::from_utf8(recorder.sink()).unwrap()
}

fn context() -> Context {
    Context::with_key(ApiKey::new(KEY).unwrap())
}

/// Answers everything with one response.
struct Says(Response);

#[async_trait]
impl Transport for Says {
    async fn send(&self, _: &Request, _: &Context) -> Result<Response, TransportError> {
        Ok(self.0.clone())
    }
}

fn create(slug: &str) -> Request {
    Request::post(Endpoint::FetchProfile.spec().path, &json!({ "profile_slug": slug }))
}

fn poll(id: &str) -> Request {
    Request::get(STATUS_PATH).with_query("api_agent_task_id", id)
}

/// A pass of creates and polls with everything that can go wrong among them; what came of each.
async fn pass(transport: &dyn Transport, clock: &VirtualClock, id: &mut String) -> Vec<String> {
    let mut outcomes = Vec::new();
    for n in 0..12 {
        let request = match n % 3 {
            0 => create(&format!("person-{n}")),
            _ => poll(id),
        };
        let outcome = transport.send(&request, &context()).await;
        if let Ok(answer) = &outcome
            && let Some(created) = answer.value()["api_agent_task_id"].as_str()
        {
            created.clone_into(id);
        }
        outcomes.push(match outcome {
            Ok(answer) => format!("{} {:?} {}", answer.status, answer.header("retry-after"), answer.value()),
            Err(error) => format!("{:?} {:?} {} {error}", error.kind(), error.sent(), error.answered()),
        });
        clock.sleep_until(clock.now() + Duration::from_secs(7)).await;
    }
    outcomes
}

#[test]
fn a_strict_replay_gives_what_was_recorded_in_the_same_time() {
    for seed in 0..20 {
        let first = clock();
        let chaos = ChaosTransport::new(fake(&first), first.clone(), seed, ChaosLaw::storm(0.5).unwrap());
        let recorder = recorder(Arc::new(chaos), &first, Keep::default());
        let outcomes = first.simulate(pass(&recorder, &first, &mut String::new())).unwrap();

        let second = clock();
        let cassette = Cassette::read(&text(&recorder)).unwrap();
        assert_eq!(cassette.len(), 12);
        let replay = Replay::new(cassette, second.clone(), Matching::Strict);
        assert_eq!(second.simulate(pass(&replay, &second, &mut String::new())).unwrap(), outcomes);
        assert_eq!(replay.left(), 0);
        let apart = first.now().duration_since(second.now()).abs();
        assert!(apart.as_millis() < 20, "times are kept to the millisecond: {apart}");
    }
}

#[test]
fn a_cassette_can_be_read_by_a_person() {
    let clock = clock();
    let fake = fake(&clock);
    fake.script_poll(Fault::AnswerLost);
    let recorder = recorder(fake, &clock, Keep::default());
    clock
        .simulate(async {
            let message = json!({ "recipient_urn": "urn:li:person:A", "message": "Hello\nAda" });
            let request = Request::post(Endpoint::SendMessage.spec().path, &message);
            recorder.send(&request, &context()).await.unwrap();
            clock.sleep_until(clock.now() + Duration::from_secs(5)).await;
            recorder.send(&poll("x"), &context()).await.unwrap_err();
        })
        .unwrap();
    let text = text(&recorder);
    let id = text.lines().find_map(|line| line.trim().strip_prefix("api_agent_task_id: ")).unwrap();
    assert_eq!(
        text.replace(id, "ID"),
        "\
outx-cassette: 1
exchanges:
- at: 0ms
  took: 0ms
  request:
    method: POST
    path: /linkedin-agent/send-message
    body:
      recipient_urn: urn:li:person:A
      message: |-
        Hello
        Ada
  answer:
    status: 200
    headers:
      content-type: application/json
    body:
      success: true
      api_agent_task_id: ID
      message: Send message task created successfully
- at: 5000ms
  took: 0ms
  request:
    method: GET
    path: /linkedin-agent/get-task-status
    query:
    - - api_agent_task_id
      - x
  error:
    kind: broken
    message: the connection broke before an answer came
"
    );
}

#[test]
fn loose_matching_takes_any_order_but_never_a_create_twice() {
    let first = clock();
    let recorder = recorder(fake(&first), &first, Keep::default());
    let id = first
        .simulate(async {
            recorder.send(&create("ada"), &context()).await.unwrap();
            let bo = recorder.send(&create("bo"), &context()).await.unwrap();
            let id = bo.value()["api_agent_task_id"].as_str().unwrap().to_owned();
            recorder.send(&poll(&id), &context()).await.unwrap();
            first.sleep_until(first.now() + Duration::from_secs(30)).await;
            recorder.send(&poll(&id), &context()).await.unwrap();
            id
        })
        .unwrap();
    let second = clock();
    let play = |matching| Replay::new(Cassette::read(&text(&recorder)).unwrap(), second.clone(), matching);
    let send =
        |replay: &Replay, request: Request| second.simulate(replay.send(&request, &context())).unwrap();
    let status = |answer: Result<Response, _>| answer.map(|a| a.value()["data"]["status"].clone()).unwrap();

    let loose = play(Matching::Loose);
    assert_eq!(status(send(&loose, poll(&id))), "pending");
    assert!(send(&loose, create("bo")).is_ok());
    for _ in 0..3 {
        assert_eq!(status(send(&loose, poll(&id))), "completed");
    }
    let error = send(&loose, create("bo")).unwrap_err();
    assert_eq!((error.kind(), error.sent()), (ErrorKind::Invalid, Sent::No(Proof::NeverStarted)));
    assert!(error.to_string().contains("nearest there is POST /linkedin-agent/fetch-profile"), "{error}");
    assert_eq!(loose.left(), 1);

    let strict = play(Matching::Strict);
    let error = send(&strict, create("bo")).unwrap_err();
    assert!(error.to_string().contains("next one there is") && error.to_string().contains("ada"), "{error}");
    assert!(send(&strict, create("ada")).is_ok(), "a wrong request uses nothing up");
}

#[test]
fn what_is_not_allowed_is_left_out() {
    let clock = clock();
    let body = json!({
        "success": true, "csrf": "s1", "data": {
            "id": "t", "status": "completed", "cookie_jar": { "li_at": "s2" },
            "task_input": { "task_type": "agent_profile_fetch", "profile_slug": "ada", "secret": "s3" },
            "task_output": {
                "profile": { "full_name": "Ada", "email_of_boss": "s4", "positions": [{ "title": "CTO", "salary": "s5" }] },
                "api_key": "s6",
            },
        },
        format!("k{KEY}"): "s7", "message": format!("your key {KEY} is fine"),
        "team": { "id": "t", "api_key": "s8" },
    });
    let answer = Response::json(200, &body).with_header("set-cookie", "s9").with_header("retry-after", KEY);
    let keep = Keep {
        headers: ["set-cookie".to_owned()].into(),
        fields: ["api_key".to_owned(), "otp".to_owned()].into(),
    };
    for keep in [Keep::default(), keep] {
        let recorder = recorder(Arc::new(Says(answer.clone())), &clock, keep);
        let requests = [
            create(&format!("me {KEY}")),
            Request::post(&*format!("/x/{KEY}"), &json!({ "token": "s10", "otp": "s11", "email": "a@b" })),
            Request { body: Some("s12 no json".into()), ..create("ada") },
            poll(KEY).with_query("session", "s13"),
        ];
        for request in &requests {
            drop(clock.simulate(recorder.send(request, &context())).unwrap());
        }
        let text = text(&recorder);
        assert!(!text.contains(KEY), "{text}");
        for n in 1..=13 {
            assert!(
                !text.contains(&format!("s{n}\n")) && !text.contains(&format!("s{n} ")),
                "s{n} in {text}"
            );
        }
        for kept in
            ["full_name: Ada", "title: CTO", "profile_slug: ada", "status: completed", "email: a@b", LEFT_OUT]
        {
            assert!(text.contains(kept), "{kept} in {text}");
        }
    }
}

#[test]
fn what_signs_in_is_blanked_where_it_is_shown_back() {
    let clock = clock();
    let answer = json!({
        "team": { "id": "t", "api_key": "made-key-9", "name": "made-key-9 of ada@b" },
        "message": "012345 was right for made-key-9",
    });
    let recorder = recorder(Arc::new(Says(Response::json(200, &answer))), &clock, Keep::default());
    let request = Request::post(AUTH_VERIFY_OTP.path, &json!({ "email": "ada@b", "otp": "012345" }));
    clock.simulate(recorder.send(&request, &Context { key: None, ..context() })).unwrap().unwrap();
    let text = text(&recorder);
    assert!(!text.contains("012345") && !text.contains("made-key-9"), "{text}");
    assert!(text.contains("[left out] was right for [left out]") && text.contains("of ada@b"), "{text}");
}

#[test]
fn more_can_be_kept_and_is_compared_then() {
    let clock = clock();
    let keep = Keep { fields: ["note_to_self".to_owned()].into(), ..Keep::default() };
    let request =
        |n: u8| Request::post(Endpoint::FetchProfile.spec().path, &json!({ "note_to_self": n.to_string() }));
    let recorder =
        recorder(Arc::new(Says(Response::json(200, &json!({ "note_to_self": "yes" })))), &clock, keep);
    clock.simulate(recorder.send(&request(1), &context())).unwrap().unwrap();
    let replay = Replay::new(Cassette::read(&text(&recorder)).unwrap(), clock.clone(), Matching::Loose);
    assert!(clock.simulate(replay.send(&request(2), &context())).unwrap().is_err());
    let answer = clock.simulate(replay.send(&request(1), &context())).unwrap().unwrap();
    assert_eq!(answer.value()["note_to_self"], "yes");
}

#[test]
fn a_wrong_file_is_refused_with_the_reason() {
    for (file, said) in [
        ("", "this is no cassette"),
        ("outx-cassette: 2\n", "version 2"),
        ("outx: 1\nname: x\n", "this is no cassette"),
        ("outx-cassette: 1\nexchanges:\n- at: 0ms\n  tok: 1ms\n", "line 4"),
        ("outx-cassette: 1\nexchanges:\n- at: soon\n", "soon"),
        ("outx-cassette: [\n", "line "),
    ] {
        let error = Cassette::read(file).unwrap_err();
        assert!(error.to_string().contains(said), "{file:?}: {error}");
    }
    assert!(Cassette::read("outx-cassette: 1\nexchanges:\n").unwrap().is_empty());
}

/// A disk that is full after so many bytes.
struct Full(usize);

impl Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = self.0.checked_sub(bytes.len()).ok_or(io::ErrorKind::StorageFull)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_full_disk_disturbs_no_request_and_is_told_at_the_end() {
    let clock = clock();
    let recorder = Recorder::new(fake(&clock), clock.clone(), Full(400), Keep::default()).unwrap();
    for n in 0..3 {
        let answer = clock.simulate(recorder.send(&create(&n.to_string()), &context())).unwrap();
        assert_eq!(answer.unwrap().status, 200);
    }
    assert_eq!(recorder.finish().unwrap_err().kind(), io::ErrorKind::StorageFull);
}

fn any_json() -> impl Strategy<Value = Value> {
    let names =
        prop_oneof!["[a-z_]{1,6}", Just("data".to_owned()), Just("message".to_owned()), Just(KEY.to_owned())];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
        Just(json!(KEY)),
        Just(json!(format!("a{KEY}\nb")))
    ];
    leaf.prop_recursive(4, 24, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((names.clone(), inner), 0..4)
                .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn whatever_travels_the_key_is_not_written_and_the_file_can_be_read(
        request in any_json(), answer in any_json(), status in 100_u16..600, header in "[ -~]{0,9}",
    ) {
        let clock = clock();
        let answer = Response::json(status, &answer).with_header("retry-after", header);
        let recorder = recorder(Arc::new(Says(answer)), &clock, Keep::default());
        let request = Request::post(Endpoint::SearchProfiles.spec().path, &request);
        let first = clock.simulate(recorder.send(&request, &context())).unwrap().unwrap();
        let text = text(&recorder);
        prop_assert!(!text.contains(KEY), "{text}");
        let replay = Replay::new(Cassette::read(&text).unwrap(), clock.clone(), Matching::Strict);
        let again = clock.simulate(replay.send(&request, &context())).unwrap().unwrap();
        prop_assert_eq!((again.status, again.header("retry-after")), (first.status, first.header("retry-after")));
    }
}
