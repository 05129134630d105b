//! The calls and their answers.

use super::behaviour::{Behaviour, Found, behaviour};
use super::stand::{Stand, holds, input, poll, post, same, sample};
use super::subject::Wish;
use crate::message::Request;
use outx_model::{Endpoint, FieldType, Method, STATUS_PATH, words};
use serde_json::{Value, json};
use std::time::Duration;

pub(super) const ALL: &[Behaviour] = &[
    behaviour!(every_create_makes_a_task, "each endpoint answers `success`, an id and a message"),
    behaviour!(every_task_comes_to_its_end, "a poll shows `completed` and an output that is an object"),
    behaviour!(outputs_fit_their_views, "the catalogue's view finds something in each output"),
    behaviour!(a_status_never_goes_back, "pending, processing, completed, and completed it stays", slow),
    behaviour!(there_is_no_output_before_the_end, "`task_output` is null while a task is pending", slow),
    behaviour!(the_input_is_echoed, "`task_input` holds the input and a `task_type`"),
    behaviour!(missing_fields_are_named, "400 with the documented text for each required field"),
    behaviour!(blank_texts_are_missing, "400 for a required text of white space"),
    behaviour!(wrong_types_are_named, "400 with the documented text for each text that is a number"),
    behaviour!(texts_have_a_longest_length, "400 beyond it, 200 at it, counted in characters"),
    behaviour!(a_search_needs_a_filter, "400 for a search that looks for nothing"),
    behaviour!(the_first_page_needs_no_input, "fetch-connections takes an empty object"),
    behaviour!(a_body_must_be_an_object, "400 for a list, a text, a null"),
    behaviour!(an_unknown_task_is_404, "`Agent task not found`"),
    behaviour!(a_poll_must_name_a_task, "400 for a poll without an id, or an empty one"),
    behaviour!(a_wrong_method_is_405, "GET of a create, POST of a poll"),
    behaviour!(an_unknown_path_is_404, "with the envelope of errors"),
    behaviour!(the_same_request_makes_two_tasks, "there is no hidden idempotency"),
    behaviour!(asking_changes_nothing, "a task polled often is as one polled once"),
];

fn slow() -> Wish {
    Wish { latency: Duration::from_mins(1), ..Wish::default() }
}

async fn every_create_makes_a_task(stand: &Stand) -> Found {
    for endpoint in Endpoint::ALL {
        let answer = stand.answer(&post(endpoint, &input(endpoint))).await?;
        let body = answer.value();
        holds((200..300).contains(&answer.status), || format!("{endpoint}: status {}", answer.status))?;
        same(&format!("`success` of {endpoint}"), &body["success"], &json!(true))?;
        let is_text = |key: &str| body[key].as_str().is_some_and(|text| !text.is_empty());
        holds(is_text("api_agent_task_id") && is_text("message"), || format!("{endpoint}: {body}"))?;
    }
    Ok(())
}

async fn every_task_comes_to_its_end(stand: &Stand) -> Found {
    for endpoint in Endpoint::ALL {
        let output = stand.output(endpoint, &input(endpoint)).await?;
        holds(output.is_object(), || format!("the output of {endpoint} is {output}"))?;
    }
    Ok(())
}

async fn outputs_fit_their_views(stand: &Stand) -> Found {
    for endpoint in Endpoint::ALL {
        let output = stand.output(endpoint, &input(endpoint)).await?;
        let view = endpoint.spec().view(&output);
        let found = view.as_object().is_some_and(|view| {
            view.values()
                .any(|value| !value.is_null() && value.as_array().is_none_or(|list| !list.is_empty()))
        });
        holds(found, || format!("nothing known in the output of {endpoint}: {output}"))?;
    }
    Ok(())
}

async fn a_status_never_goes_back(stand: &Stand) -> Found {
    const ORDER: [&str; 3] = ["pending", "processing", "completed"];
    let id = stand.create(Endpoint::FetchProfile, &input(Endpoint::FetchProfile)).await?;
    let mut last = 0;
    for _ in 0..14 {
        let word = stand.data(&id).await?["status"].take();
        let at = ORDER.iter().position(|known| word == *known);
        holds(at.is_some_and(|at| at >= last), || format!("{word} after {}", ORDER[last]))?;
        last = at.unwrap_or(last);
        stand.control().advance(Duration::from_secs(5)).await?;
    }
    same("the status after 70 s of 60", &ORDER[last], &"completed")
}

async fn there_is_no_output_before_the_end(stand: &Stand) -> Found {
    let id = stand.create(Endpoint::FetchProfile, &input(Endpoint::FetchProfile)).await?;
    let data = stand.data(&id).await?;
    same("the first status", &data["status"], &json!("pending"))?;
    same("the output", &data["task_output"], &Value::Null)
}

async fn the_input_is_echoed(stand: &Stand) -> Found {
    for endpoint in Endpoint::ALL {
        let input = input(endpoint);
        let id = stand.create(endpoint, &input).await?;
        let data = stand.data(&id).await?;
        same("the id", &data["id"], &json!(id))?;
        let echo = &data["task_input"];
        holds(echo["task_type"].is_string(), || format!("{endpoint} has no task_type: {echo}"))?;
        for (name, value) in input.as_object().into_iter().flatten() {
            same(&format!("`{name}` of {endpoint}"), &echo[name], value)?;
        }
    }
    Ok(())
}

async fn missing_fields_are_named(stand: &Stand) -> Found {
    for endpoint in Endpoint::ALL {
        for field in endpoint.spec().fields.iter().filter(|field| field.required) {
            let mut input = input(endpoint);
            input.as_object_mut().and_then(|map| map.remove(field.name));
            let text = stand.refusal(&post(endpoint, &input), 400).await?;
            same(&endpoint.to_string(), &text, &format!("Missing or invalid '{}'", field.name))?;
        }
    }
    Ok(())
}

async fn blank_texts_are_missing(stand: &Stand) -> Found {
    for endpoint in Endpoint::ALL {
        for field in endpoint.spec().fields {
            if field.required && matches!(field.ty, FieldType::Text { .. }) {
                let mut input = input(endpoint);
                input[field.name] = json!(" \n\t");
                let text = stand.refusal(&post(endpoint, &input), 400).await?;
                same(&endpoint.to_string(), &text, &format!("Missing or invalid '{}'", field.name))?;
            }
        }
    }
    Ok(())
}

async fn wrong_types_are_named(stand: &Stand) -> Found {
    for endpoint in Endpoint::ALL {
        for field in endpoint.spec().fields.iter().filter(|field| matches!(field.ty, FieldType::Text { .. }))
        {
            let mut input = input(endpoint);
            input[field.name] = json!(7);
            let wanted = if field.required {
                format!("Missing or invalid '{}'", field.name)
            } else {
                format!("Invalid '{}': must be a string", field.name)
            };
            same(&endpoint.to_string(), &stand.refusal(&post(endpoint, &input), 400).await?, &wanted)?;
        }
    }
    Ok(())
}

async fn texts_have_a_longest_length(stand: &Stand) -> Found {
    for endpoint in Endpoint::ALL {
        for field in endpoint.spec().fields {
            let FieldType::Text { max, too_long, .. } = field.ty else { continue };
            if max == 0 {
                continue;
            }
            let mut input = input(endpoint);
            // Four bytes each: characters are counted, not bytes.
            input[field.name] = json!("🦀".repeat(max));
            stand.create(endpoint, &input).await?;
            input[field.name] = json!("🦀".repeat(max + 1));
            let text = stand.refusal(&post(endpoint, &input), 400).await?;
            same(&endpoint.to_string(), &text, &too_long.to_owned())?;
        }
    }
    Ok(())
}

async fn a_search_needs_a_filter(stand: &Stand) -> Found {
    for input in [json!({}), json!({ "count": 7 })] {
        stand.refusal(&post(Endpoint::SearchProfiles, &input), 400).await?;
    }
    let title = Endpoint::SearchProfiles.spec().field("title").map(sample);
    stand.create(Endpoint::SearchProfiles, &json!({ "title": title })).await.map(drop)
}

async fn the_first_page_needs_no_input(stand: &Stand) -> Found {
    stand.create(Endpoint::FetchConnections, &json!({})).await.map(drop)
}

async fn a_body_must_be_an_object(stand: &Stand) -> Found {
    for body in [json!([]), json!("x"), Value::Null, json!(7)] {
        stand.refusal(&post(Endpoint::FetchConnections, &body), 400).await?;
    }
    Ok(())
}

async fn an_unknown_task_is_404(stand: &Stand) -> Found {
    let text = stand.refusal(&poll("00000000-0000-4000-8000-000000000000"), 404).await?;
    same("the text", &text.as_str(), &words::UNKNOWN_TASK)
}

async fn a_poll_must_name_a_task(stand: &Stand) -> Found {
    for request in [Request::get(STATUS_PATH), poll("")] {
        let text = stand.refusal(&request, 400).await?;
        same("the text", &text.as_str(), &words::NO_TASK_ID)?;
    }
    Ok(())
}

async fn a_wrong_method_is_405(stand: &Stand) -> Found {
    for endpoint in Endpoint::ALL {
        let request = Request { method: Method::Get, body: None, ..post(endpoint, &Value::Null) };
        stand.refusal(&request, 405).await?;
    }
    stand.refusal(&Request { method: Method::Post, ..poll("x") }, 405).await.map(drop)
}

async fn an_unknown_path_is_404(stand: &Stand) -> Found {
    stand.refusal(&Request::post("/linkedin-agent/fetch-everything", &json!({})), 404).await?;
    stand.refusal(&Request::get("/"), 404).await.map(drop)
}

async fn the_same_request_makes_two_tasks(stand: &Stand) -> Found {
    let input = input(Endpoint::SendMessage);
    let first = stand.create(Endpoint::SendMessage, &input).await?;
    let second = stand.create(Endpoint::SendMessage, &input).await?;
    holds(first != second, || format!("both are {first}"))
}

async fn asking_changes_nothing(stand: &Stand) -> Found {
    let id = stand.create(Endpoint::FetchProfile, &input(Endpoint::FetchProfile)).await?;
    let first = stand.data(&id).await?;
    for _ in 0..20 {
        same("the task", &stand.data(&id).await?, &first)?;
    }
    Ok(())
}
