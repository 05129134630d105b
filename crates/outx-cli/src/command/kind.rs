//! `outx kind`

use super::print_json;
use crate::Exit;
use crate::args::{KindCommand, Output, VerifyArgs};
use crate::fault::Fault;
use crate::kinds::Asked;
use crate::print::tell;
use outx_flow::{KindEffect, Manifest, ProgramKind};
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;

/// How long a program may take for what is no work.
const PATIENCE: Duration = Duration::from_secs(5);

pub(crate) fn kind(command: KindCommand) -> Result<Exit, Fault> {
    match command {
        KindCommand::Verify(args) => verify(&args),
    }
}

/// One behaviour, by what must hold, and what was seen instead, if anything was.
struct Tried {
    behaviour: &'static str,
    seen: Result<(), String>,
}

fn verify(args: &VerifyArgs) -> Result<Exit, Fault> {
    let input = args.input.as_deref().map(serde_json::from_str::<Value>).transpose();
    let input = input.map_err(|error| Fault::usage(format!("`--input` is no JSON: {error}"), ""))?;
    if !args.path.is_file() {
        let message = format!("there is no program {}", args.path.display());
        return Err(Fault::usage(message, "name the file outx-kind-NAME itself"));
    }
    // As a path it is found where it is, and never in PATH.
    let path = std::path::absolute(&args.path).unwrap_or_else(|_| args.path.clone());
    let tried = behaviours(&path, input.as_ref());
    let holds = tried.iter().all(|tried| tried.seen.is_ok());
    match args.output {
        Output::Json => {
            let as_json = |tried: &Tried| json!({ "behaviour": tried.behaviour, "holds": tried.seen.is_ok(), "seen": tried.seen.as_ref().err() });
            print_json(&tried.iter().map(as_json).collect::<Vec<_>>());
        }
        Output::Text => {
            for Tried { behaviour, seen } in &tried {
                match seen {
                    Ok(()) => tell!("ok      {behaviour}"),
                    Err(why) => tell!("FAILED  {behaviour}: {why}"),
                }
            }
        }
    }
    Ok(if holds { Exit::Success } else { Exit::Failed })
}

fn behaviours(path: &Path, input: Option<&Value>) -> Vec<Tried> {
    let mut all = Vec::new();
    let mut tries = |behaviour, seen: Result<(), String>| {
        let is_ok = seen.is_ok();
        all.push(Tried { behaviour, seen });
        is_ok
    };
    let asked = || -> Result<(Asked, Manifest), String> {
        let mut asked = Asked::start(path)?;
        let manifest = asked.manifest()?;
        Ok((asked, manifest))
    };
    let first = asked();
    let manifest = first.as_ref().ok().map(|(_, manifest)| manifest.clone());
    if !tries("it_says_who_it_is", first.as_ref().map(drop).map_err(Clone::clone)) {
        return all;
    }
    let Some(manifest) = manifest else { return all };
    tries("it_has_the_name_of_its_file", named(path, &manifest));
    tries("it_ends_when_its_input_ends", first.and_then(|(mut asked, _)| asked.ends(PATIENCE)));
    let again = asked().and_then(|(_, again)| {
        if again == manifest { Ok(()) } else { Err("it says something else the second time".to_owned()) }
    });
    tries("it_says_the_same_each_time", again);
    let required = manifest.fields().unwrap_or_default().iter().any(|field| field.required);
    if required {
        // Nothing can be done with it, so that this is harmless also where the work is a write.
        let said = asked().and_then(|(asked, _)| end(asked, &json!({}), &manifest));
        tries(
            "it_refuses_an_input_that_lacks_a_required_field",
            match said {
                Ok(said) if said["say"] == "error" => Ok(()),
                Ok(said) => Err(format!("it says `{}`", said["say"].as_str().unwrap_or_default())),
                Err(why) => Err(why),
            },
        );
    }
    let Some(input) = input else { return all };
    let worked = || asked().and_then(|(asked, _)| end(asked, input, &manifest));
    let first = worked();
    let is_ok =
        tries("it_gives_a_result_for_the_input", first.as_ref().map_err(Clone::clone).and_then(result));
    if is_ok && manifest.effect() != KindEffect::Write {
        let second = worked().and_then(|said| result(&said).map(|()| said));
        let same = second.and_then(|second| {
            let is_computed = manifest.effect() == KindEffect::None;
            let differs = is_computed && first.is_ok_and(|first| first["output"] != second["output"]);
            if differs { Err("the second result is another one".to_owned()) } else { Ok(()) }
        });
        tries("it_can_be_done_again", same);
    }
    all
}

fn named(path: &Path, manifest: &Manifest) -> Result<(), String> {
    let file = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let file = file.strip_suffix(".exe").unwrap_or(&file);
    let Some(name) = file.strip_prefix(ProgramKind::PREFIX).filter(|name| ProgramKind::is_name(name)) else {
        return Err(format!(
            "`{file}` is not `{}NAME` with a name of lower-case letters, digits and dashes",
            ProgramKind::PREFIX
        ));
    };
    ProgramKind::new(name, path, manifest.clone()).map(drop)
}

/// Lets it do its work, and gives its last word.
fn end(mut asked: Asked, input: &Value, manifest: &Manifest) -> Result<Value, String> {
    let start = json!({ "ask": "start", "key": "verify", "input": input, "emulated": true });
    asked.say(&start.to_string())?;
    loop {
        let Some(line) = asked.hear(manifest.timeout())? else {
            return Err("it ended without a result".to_owned());
        };
        let said: Value = serde_json::from_str(&line).map_err(|_| "it said what is no JSON".to_owned())?;
        let has = |name: &str| said[name].is_string();
        match said["say"].as_str() {
            Some("progress") if has("message") => {}
            Some("error" | "refused") if has("message") => return Ok(said),
            Some("result") if said.get("output").is_some() => return Ok(said),
            _ => return Err("it said what is no word of the protocol".to_owned()),
        }
    }
}

fn result(said: &Value) -> Result<(), String> {
    match said["say"].as_str() {
        Some("result") => Ok(()),
        _ => Err(format!("it says: {}", said["message"].as_str().unwrap_or_default())),
    }
}
