//! The laws of the seam itself.

use super::behaviour::{Behaviour, Found, behaviour};
use super::stand::{Stand, holds, input, poll, post, same};
use crate::error::Sent;
use futures_util::future::join_all;
use outx_model::Endpoint;
use outx_service::{Fault, On, Response};
use serde_json::{Value, json};
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

pub(super) const ALL: &[Behaviour] = &[
    behaviour!(an_answer_of_any_status_is_an_answer, "500, 502 and 429 are `Ok`, whatever their body"),
    behaviour!(headers_have_lower_case_names, "and `content-type` says JSON"),
    behaviour!(a_wish_for_a_pause_arrives, "`Retry-After` can be read"),
    behaviour!(texts_arrive_as_they_were, "unicode, quotes, 9,000 characters"),
    behaviour!(ids_travel_whatever_they_hold, "a query's blanks, `&`, `+`, `%` and letters beyond ASCII"),
    behaviour!(a_lost_answer_is_maybe_sent, "and the task is there"),
    behaviour!(a_broken_connection_is_maybe_sent, "the service saw nothing, and nobody can know it"),
    behaviour!(half_an_answer_is_no_answer, "maybe sent, and certainly answered"),
    behaviour!(
        no_connection_is_not_sent,
        "never called *maybe* with an answer; the service saw nothing if *not sent*"
    ),
    behaviour!(a_time_out_is_maybe_sent, "when the service is silent for longer than the call may take"),
    behaviour!(no_answer_is_sent_again, "a fault costs one request, and the next one is answered"),
    behaviour!(answers_do_not_mix, "of a hundred calls at once each gets its own"),
    behaviour!(who_gives_up_sends_at_most_once, "a future that is dropped leaves no second request"),
    behaviour!(the_key_does_not_show, "not in an error, not in its Debug"),
];

async fn an_answer_of_any_status_is_an_answer(stand: &Stand) -> Found {
    for (status, body) in
        [(500, "{\"error\":\"x\"}"), (502, "<html>"), (503, ""), (429, "{}"), (418, "\u{fe}")]
    {
        stand.control().fault(On::Poll, Fault::status(status, body)).await?;
        let answer = stand.answer(&poll("x")).await?;
        same("the status", &answer.status, &status)?;
    }
    Ok(())
}

async fn headers_have_lower_case_names(stand: &Stand) -> Found {
    let answer = stand.answer(&poll("x")).await?;
    for (name, _) in &answer.headers {
        holds(name.bytes().all(|byte| !byte.is_ascii_uppercase()), || format!("a header is called {name}"))?;
    }
    let kind = answer.header("content-type").unwrap_or_default();
    holds(kind.starts_with("application/json"), || format!("the content is `{kind}`"))
}

async fn a_wish_for_a_pause_arrives(stand: &Stand) -> Found {
    let limit = Response::json(429, &json!({ "error": "x" })).with_header("retry-after", "120");
    stand.control().fault(On::Poll, Fault::Answer(limit)).await?;
    let now = stand.clock().now();
    let answer = stand.answer(&poll("x")).await?;
    let until = answer.retry_after(now).map(|until| until.duration_since(now).as_secs());
    same("the pause", &until, &Some(120))
}

async fn texts_arrive_as_they_were(stand: &Stand) -> Found {
    for text in ["\"quoted\" \\ and\nbroken\tup", "Grüße 你好 🦀\u{200d}", &"ä🦀 ".repeat(3_000)] {
        let given = json!({ "recipient_urn": "urn:li:person:A", "message": text });
        let id = stand.create(Endpoint::SendMessage, &given).await?;
        same("the text", &stand.data(&id).await?["task_input"]["message"], &json!(text))?;
    }
    Ok(())
}

async fn ids_travel_whatever_they_hold(stand: &Stand) -> Found {
    for id in ["a b", "a&api_agent_task_id=b", "a+b", "100%", "é/?#", "=", "%20"] {
        // An id that came apart would be another error, or another task.
        stand.refusal(&poll(id), 404).await?;
    }
    Ok(())
}

async fn creates_after(stand: &Stand, fault: Fault) -> Result<(Sent, bool, usize), super::behaviour::Fail> {
    stand.control().fault(On::Create(Endpoint::SendMessage.into()), fault).await?;
    let before = stand.control().creates().await?;
    let result = stand.send(&post(Endpoint::SendMessage, &input(Endpoint::SendMessage))).await;
    let arrived = stand.control().creates().await? - before;
    match result {
        Ok(answer) => Err(format!("there was an answer: {} {}", answer.status, answer.value()).into()),
        Err(error) => Ok((error.sent(), error.answered(), arrived)),
    }
}

async fn a_lost_answer_is_maybe_sent(stand: &Stand) -> Found {
    let (sent, _, arrived) = creates_after(stand, Fault::AnswerLost).await?;
    same("what is said and what is", &(sent, arrived), &(Sent::Maybe, 1))
}

async fn a_broken_connection_is_maybe_sent(stand: &Stand) -> Found {
    let (sent, _, arrived) = creates_after(stand, Fault::Reset).await?;
    same("what is said and what is", &(sent, arrived), &(Sent::Maybe, 0))
}

async fn half_an_answer_is_no_answer(stand: &Stand) -> Found {
    let found = creates_after(stand, Fault::Truncated).await?;
    same("what is said and what is", &found, &(Sent::Maybe, true, 1))
}

async fn no_connection_is_not_sent(stand: &Stand) -> Found {
    let (_, answered, arrived) = creates_after(stand, Fault::NotSent).await?;
    same("answered, and arrived", &(answered, arrived), &(false, 0))
}

async fn a_time_out_is_maybe_sent(stand: &Stand) -> Found {
    stand.control().fault(On::Create(Endpoint::SendMessage.into()), Fault::Timeout).await?;
    let request = post(Endpoint::SendMessage, &input(Endpoint::SendMessage));
    match stand.send_with(&request, Some("key-a"), Duration::from_millis(60)).await {
        Ok(answer) => Err(format!("there was an answer: {}", answer.status).into()),
        Err(error) => same("what is said", &error.sent(), &Sent::Maybe),
    }
}

async fn no_answer_is_sent_again(stand: &Stand) -> Found {
    for fault in [Fault::AnswerLost, Fault::Reset, Fault::Truncated] {
        let (.., arrived) = creates_after(stand, fault).await?;
        holds(arrived <= 1, || format!("it arrived {arrived} times"))?;
        let before = stand.control().creates().await?;
        stand.create(Endpoint::SendMessage, &input(Endpoint::SendMessage)).await?;
        same("the creates", &stand.control().creates().await?, &(before + 1))?;
    }
    Ok(())
}

async fn answers_do_not_mix(stand: &Stand) -> Found {
    let profile = |n: usize| json!({ "profile_slug": format!("person-{n}") });
    let created =
        join_all((0..100).map(|n| async move { stand.create(Endpoint::FetchProfile, &profile(n)).await }));
    let ids: Vec<_> = created.await.into_iter().collect::<Result<_, _>>()?;
    for (n, data) in join_all(ids.iter().map(|id| stand.data(id))).await.into_iter().enumerate() {
        same("whose it is", &data?["task_input"]["profile_slug"], &profile(n)["profile_slug"])?;
    }
    Ok(())
}

async fn who_gives_up_sends_at_most_once(stand: &Stand) -> Found {
    let before = stand.control().creates().await?;
    for patience in 0..20 {
        let request =
            post(Endpoint::LikePost, &json!({ "social_urn": format!("urn:li:activity:{patience}") }));
        let mut sending = pin!(stand.send(&request));
        for _ in 0..patience {
            let ready = poll_fn(|context| Poll::Ready(sending.as_mut().poll(context).is_ready())).await;
            if ready {
                break;
            }
        }
    }
    // One that is answered comes after all of them.
    stand.create(Endpoint::FetchProfile, &input(Endpoint::FetchProfile)).await?;
    let arrived = stand.control().creates().await? - before;
    holds((1..=21).contains(&arrived), || format!("{arrived} requests of 21 calls"))
}

async fn the_key_does_not_show(stand: &Stand) -> Found {
    stand.control().fault(On::Any, Fault::AnswerLost).await?;
    let Err(error) = stand.send(&poll("x")).await else {
        return Err("there was an answer".to_owned().into());
    };
    let shown: Value = json!([error.chain(), format!("{error:?} {error}")]);
    holds(!shown.to_string().contains("key-a"), || shown.to_string())
}
