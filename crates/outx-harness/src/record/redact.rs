//! A story with stand-ins.

use super::stand_in::StandIns;
use super::story::{Before, Called, Came, Saying, Story};
use outx_flow::{Secrets, Workflow, shown};
use serde_json::{Map, Value, json};

/// The values of secrets, which are invented. One that is an address stays one.
pub(super) fn secrets(workflow: &Workflow, story: &Story) -> Vec<(String, String)> {
    let names = workflow.all_secrets().into_iter();
    let is_address = |name: &str| {
        let begins = format!("[secret {name}]");
        let mut inputs = story.requests.iter().map(|call| &call.input).chain(story.left_out.values());
        inputs.any(|input| shown(&input["url"]).as_str().is_some_and(|url| url.starts_with(&begins)))
    };
    let value = |name: &str| {
        let plain = name.to_lowercase().replace('_', "-");
        if is_address(name) {
            format!("https://{plain}.example/invented")
        } else {
            format!("invented-{plain}")
        }
    };
    names.map(|name| (name.to_owned(), value(name))).collect()
}

/// The same story, in which stand-ins take part. It is gone through twice, so that what is a name or a slug in one place is
/// known for one wherever it stands.
pub(super) fn redacted(mut story: Story, stand_ins: &mut StandIns, secrets: &[(String, String)]) -> Story {
    let known: Secrets = secrets.iter().map(|(name, value)| (name, value)).collect();
    for call in story.requests.iter_mut().chain(&mut story.programs) {
        reveal(call, &known, stand_ins);
    }
    each(&mut story, &mut |field, value| stand_ins.learn(field, value));
    each(&mut story, &mut |field, value| *value = stand_ins.value(field, value));
    story
}

/// Puts invented values in for the names of secrets. An address that the file gives, but for them, stays as it is.
fn reveal(call: &mut Called<()>, secrets: &Secrets, stand_ins: &mut StandIns) {
    let written = shown(&call.input["url"]).as_str().map(|url| {
        let opened = url.replace("[secret ", "${{ secrets.");
        if opened == url { opened } else { opened.replace(']', " }}") }
    });
    call.input = secrets.reveal(&call.input).unwrap_or_else(|_| shown(&call.input));
    if let (Some(written), Some(url)) = (written, call.input["url"].as_str())
        && stand_ins.allowed().is_said(&written)
    {
        stand_ins.allowed().add(url);
    }
}

/// Does something with each value, and says in which field it stands.
fn each(story: &mut Story, with: &mut impl FnMut(&str, &mut Value)) {
    with("", &mut story.inputs);
    for call in &mut story.calls {
        with("", &mut call.input);
        came(&mut call.came, with);
    }
    for call in &mut story.requests {
        answer(call, &["method", "url", "json", "body"], &["status", "json", "body"], with);
    }
    for call in &mut story.programs {
        answer(call, &["program", "args"], &["status", "stdout", "stderr"], with);
    }
    for Before { input, .. } in &mut story.before {
        with("", input);
    }
    for (_, input) in &mut story.blocked {
        with("", input);
    }
    for (input, output) in &mut story.files {
        with("", input);
        with("", output);
    }
    for said in &mut story.said {
        if let Saying::Inputs(inputs) = &mut said.what {
            let mut whole = Value::Object(std::mem::take(inputs));
            with("", &mut whole);
            if let Value::Object(whole) = whole {
                *inputs = whole;
            }
        }
    }
}

/// Of what others are sent and answer, some fields alone are told.
fn answer(call: &mut Called<()>, sent: &[&str], told: &[&str], with: &mut impl FnMut(&str, &mut Value)) {
    call.input = part(&call.input, sent);
    with("", &mut call.input);
    if let Came::Output(output) = &mut call.came {
        *output = part(output, told);
    }
    came(&mut call.came, with);
}

fn part(value: &Value, keys: &[&str]) -> Value {
    let fields = keys.iter().filter_map(|key| Some(((*key).to_owned(), value.get(*key)?.clone())));
    Value::Object(fields.filter(|(_, value)| !value.is_null()).collect::<Map<_, _>>())
}

fn came(came: &mut Came, with: &mut impl FnMut(&str, &mut Value)) {
    match came {
        Came::Output(output) => with("", output),
        Came::Failed(why) | Came::Rejected(why) => {
            let mut text = json!(why);
            with("error", &mut text);
            // The status of a refusal is told apart from its words.
            if let Some(status) = super::draft::status_in(why) {
                text = json!(format!("{} (status {status})", text.as_str().unwrap_or_default()));
            }
            text.as_str().unwrap_or_default().clone_into(why);
        }
        Came::Lost { .. } | Came::Pending => {}
    }
}
