//! The suite over the fake and over a cassette of it, and the proof that it can fail.

use async_trait::async_trait;
use bytes::Bytes;
use outx_model::{Method, Proof};
use outx_transport::conformance::{
    Cell, FakeSubject, Matrix, PlayedSubject, RecordedSubject, Stage, Subject, Unsupported, Wish, behaviours,
    run,
};
use outx_transport::{Context, ErrorKind, Request, Response, Sent, Transport, TransportError};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

#[test]
fn the_fake_holds_all_of_it() {
    let matrix = FakeSubject::simulate(|fake| async move { run(&[&fake]).await }).unwrap();
    assert!(matrix.check().is_ok(), "{matrix}");
    assert!(matrix.rows.iter().all(|(_, _, cells)| cells[0] == Cell::Held), "{matrix}");
    assert_eq!(matrix.rows.len(), behaviours().count());
    let text = matrix.to_string();
    assert!(text.contains("a_lost_answer_is_maybe_sent") && !text.contains("BROKEN"), "{text}");
}

/// What is wrong with a back end.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Flaw {
    SendsTwice,
    RetriesAfterFailure,
    LosesBody,
    LosesQuery,
    TellsOtherStatus,
    ForgetsTasks,
    ClaimsNotSent,
    ShoutsHeaders,
    MixesAnswers,
    ShowsKey,
    TakesHalf,
    RemembersRequests,
    FailsOnStatus,
}

struct Flawed {
    inner: Arc<dyn Transport>,
    flaw: Flaw,
    calls: AtomicU64,
    seen: Mutex<BTreeMap<Vec<u8>, Response>>,
}

#[async_trait]
impl Transport for Flawed {
    async fn send(&self, request: &Request, context: &Context) -> Result<Response, TransportError> {
        let call = self.calls.fetch_add(1, Ordering::Relaxed);
        let is = |flaw| self.flaw == flaw;
        let mut request = request.clone();
        if is(Flaw::LosesBody) {
            request.body = request.body.map(|_| Bytes::from_static(b"{}"));
        }
        if is(Flaw::LosesQuery) {
            request.query.iter_mut().for_each(|(_, value)| *value = value.replace('+', " ").replace('%', ""));
            request.query.iter_mut().for_each(|(_, value)| value.truncate(value.find('&').unwrap_or(99)));
            request.query.retain(|(_, value)| value != "a");
        }
        if is(Flaw::SendsTwice) && request.method == Method::Post {
            drop(self.inner.send(&request, context).await);
        }
        let body = request.body.as_deref().unwrap_or_default().to_vec();
        if is(Flaw::RemembersRequests)
            && request.method == Method::Post
            && let Some(known) = self.seen.lock().unwrap().get(&body)
        {
            return Ok(known.clone());
        }
        let mut result = self.inner.send(&request, context).await;
        if is(Flaw::RetriesAfterFailure) && result.is_err() {
            result = self.inner.send(&request, context).await;
        }
        if is(Flaw::TakesHalf)
            && let Err(error) = &result
            && error.answered()
        {
            return Ok(Response { status: 200, headers: Vec::new(), body: Bytes::new() });
        }
        let mut answer = result.map_err(|error| match self.flaw {
            Flaw::ClaimsNotSent => {
                TransportError::new(ErrorKind::Connect, Sent::No(Proof::NoConnection), "not sent")
            }
            Flaw::ShowsKey => {
                let key = context.key.as_ref().map(|key| key.expose().to_owned()).unwrap_or_default();
                TransportError::new(error.kind(), error.sent(), format!("no answer for {key}"))
            }
            _ => error,
        })?;
        match self.flaw {
            Flaw::TellsOtherStatus if answer.status == 405 => answer.status = 404,
            Flaw::ForgetsTasks if request.method == Method::Get && call > 3 => {
                answer = Response::json(404, &json!({ "error": "Agent task not found" }));
            }
            Flaw::ShoutsHeaders => {
                answer.headers.iter_mut().for_each(|(name, _)| name.make_ascii_uppercase());
            }
            Flaw::MixesAnswers if call > 100 => {
                let mut seen = self.seen.lock().unwrap();
                return Ok(seen.entry(Vec::new()).or_insert(answer).clone());
            }
            Flaw::FailsOnStatus if answer.status >= 500 => {
                return Err(TransportError::new(ErrorKind::Other, Sent::Maybe, "a bad status"));
            }
            Flaw::RemembersRequests => drop(self.seen.lock().unwrap().insert(body, answer.clone())),
            _ => {}
        }
        Ok(answer)
    }
}

struct FlawedSubject(FakeSubject, Flaw);

#[async_trait]
impl Subject for FlawedSubject {
    fn name(&self) -> &'static str {
        "flawed"
    }

    async fn stage(&self, wish: &Wish) -> Result<Stage, Unsupported> {
        let stage = self.0.stage(wish).await?;
        let flawed = Flawed {
            inner: stage.transport,
            flaw: self.1,
            calls: AtomicU64::default(),
            seen: Mutex::default(),
        };
        Ok(Stage { transport: Arc::new(flawed), ..stage })
    }
}

#[test]
fn each_flaw_is_found_by_the_behaviour_that_is_about_it() {
    for (flaw, name) in [
        (Flaw::SendsTwice, "no_answer_is_sent_again"),
        (Flaw::RetriesAfterFailure, "a_lost_answer_is_maybe_sent"),
        (Flaw::LosesBody, "every_create_makes_a_task"),
        (Flaw::LosesQuery, "ids_travel_whatever_they_hold"),
        (Flaw::TellsOtherStatus, "a_wrong_method_is_405"),
        (Flaw::ForgetsTasks, "asking_changes_nothing"),
        (Flaw::ClaimsNotSent, "a_broken_connection_is_maybe_sent"),
        (Flaw::ShoutsHeaders, "headers_have_lower_case_names"),
        (Flaw::MixesAnswers, "answers_do_not_mix"),
        (Flaw::ShowsKey, "the_key_does_not_show"),
        (Flaw::TakesHalf, "half_an_answer_is_no_answer"),
        (Flaw::RemembersRequests, "the_same_request_makes_two_tasks"),
        (Flaw::FailsOnStatus, "an_answer_of_any_status_is_an_answer"),
    ] {
        let matrix =
            FakeSubject::simulate(|fake| async move { run(&[&FlawedSubject(fake, flaw)]).await }).unwrap();
        let row = matrix.rows.iter().find(|(known, ..)| *known == name).unwrap();
        assert!(matches!(row.2[0], Cell::Broken(_)), "{flaw:?} was not found by {name}\n{matrix}");
        assert!(matrix.check().unwrap_err().to_string().contains(name));
    }
}

#[test]
fn a_cassette_of_a_pass_holds_what_can_be_seen_from_outside() {
    let (first, tapes) = FakeSubject::simulate(|fake| async move {
        let recorded = RecordedSubject::new(fake);
        (run(&[&recorded]).await, recorded.tapes())
    })
    .unwrap();
    assert!(first.check().is_ok(), "{first}");
    assert!(tapes.iter().all(|tape| !tape.contains("key-a") && !tape.contains("key-b")));
    let second: Matrix =
        FakeSubject::simulate(|fake| async move { run(&[&PlayedSubject::new(fake, tapes)]).await }).unwrap();
    assert!(second.check().is_ok(), "{second}");
    // What the service itself has seen is in no cassette.
    let missing = second.rows.iter().filter(|(_, _, cells)| cells[0] != Cell::Held).count();
    assert_eq!(missing, 6, "{second}");
}
