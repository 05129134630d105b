//! `core.command`: starts a program of this machine.

use super::{Did, Kept, Kind, KindContext, KindEffect, KindField, Start, Takes, not_taken};
use crate::journal::{StepError, StepErrorKind, WaitReason};
use crate::programs::{Program, Ran};
use async_trait::async_trait;
use outx_model::{Call, Doubt, parse_duration};
use serde_json::{Value, json};
use std::time::Duration;

/// `core.command`: starts a program without a shell and gives what it wrote. It is a write: once for each step of each
/// run, and in doubt where it was killed. It is started only where the person who runs the workflow allows it.
#[derive(Debug)]
pub struct Command;

/// How long a program may take, if nothing else is said.
const TIMEOUT: Duration = Duration::from_mins(1);

/// The longest that can be said.
const LONGEST: Duration = Duration::from_hours(1);

/// How many bytes a program may write to each of its outputs: they are kept with the run.
const OUTPUT_LIMIT: usize = 1024 * 1024;

#[async_trait]
impl Kind for Command {
    fn name(&self) -> &'static str {
        "core.command"
    }

    fn doc(&self) -> &'static str {
        "starts a program of this machine, with --allow-commands only"
    }

    fn effect(&self) -> KindEffect {
        KindEffect::Write
    }

    fn call(&self, input: &Value) -> Option<(Call, Value)> {
        Some((Call::kind(self.name()).ok()?, input.clone()))
    }

    fn fields(&self) -> Option<Vec<KindField>> {
        let field = |name, required, takes, doc| KindField { name, required, takes, doc };
        Some(vec![
            field("program", true, Takes::Text, "its name, which is looked for in PATH, or its path"),
            field("args", false, Takes::List, "its arguments, each as it is: there is no shell"),
            field("stdin", false, Takes::Text, "what it reads"),
            field("expect", false, Takes::Any, "the exit statuses that count as success; 0 if absent"),
            field("timeout", false, Takes::Text, "how long it may take, at most 1h; 1m if absent"),
        ])
    }

    fn check_field(&self, field: &KindField, value: &Value) -> Result<(), String> {
        match (field.name, value) {
            ("program", Value::String(name)) if name.trim().is_empty() => {
                Err("`program` must name a program".into())
            }
            ("program", Value::String(name)) if name.contains(' ') && !name.contains('/') => Err(format!(
                "`{name}` is no program's name; what comes after the name stands in `args`, as there is no shell"
            )),
            ("args", Value::Array(args)) => args.iter().try_for_each(|arg| argument(arg).map(drop)),
            ("expect", value) => expected(value).map(drop),
            ("timeout", Value::String(length)) => timeout(length).map(drop),
            _ if field.takes.accepts(value) => Ok(()),
            _ => Err(format!("`{}` must be {}", field.name, field.takes.describe())),
        }
    }

    fn takes_secret(&self, field: &str) -> bool {
        ["args", "stdin"].contains(&field)
    }

    fn start(&self, input: &Value) -> Result<Start, StepError> {
        for field in self.fields().unwrap_or_default() {
            let value = &input[field.name];
            if field.required || !value.is_null() {
                self.check_field(&field, value).map_err(not_taken)?;
            }
        }
        Ok(Start::Local(input.clone()))
    }

    fn kept_from(&self, input: &Value, context: &KindContext) -> Option<Kept> {
        may_start(input["program"].as_str().unwrap_or_default(), context)
    }

    async fn act(&self, input: &Value, context: &KindContext) -> Did {
        let Some(programs) = &context.programs else { return io("no program may be started".to_owned()) };
        let text = |name: &str| input[name].as_str().unwrap_or_default().to_owned();
        let args = input["args"].as_array().into_iter().flatten();
        let Ok(args) = args.map(argument).collect() else { return io("an argument is no text".to_owned()) };
        let program = Program {
            name: text("program"),
            args,
            stdin: text("stdin"),
            folder: context.folder.clone(),
            timeout: input["timeout"].as_str().and_then(|it| timeout(it).ok()).unwrap_or(TIMEOUT),
            output_limit: OUTPUT_LIMIT,
        };
        let of = format!("`{}`", program.name);
        match programs.run(&program, &context.stop).await {
            Ran::NotStarted(why) => io(format!("{of} could not be started: {why}")),
            Ran::Killed(why) => Did::Lost(Doubt { what: format!("{of} {why}"), arrived: true }),
            Ran::Ended { status: None, .. } => {
                Did::Lost(Doubt { what: format!("{of} was ended by a signal"), arrived: true })
            }
            Ran::Ended { status: Some(status), stdout, stderr } => {
                if expected(&input["expect"]).is_ok_and(|expected| expected.contains(&status)) {
                    return Did::Done(json!({ "status": status, "stdout": stdout, "stderr": stderr }));
                }
                let message = format!("{of} ended with status {status} (with `expect` it can be read)");
                Did::Failed(StepError { kind: StepErrorKind::TaskFailed, message })
            }
        }
    }
}

/// Whether programs may be started at all.
pub(super) fn may_start(name: &str, context: &KindContext) -> Option<Kept> {
    let message = format!("`{name}` is started only with --allow-commands");
    context.programs.is_none().then_some(Kept::Waits(WaitReason::Permission, message))
}

pub(super) fn io(message: String) -> Did {
    Did::Failed(StepError { kind: StepErrorKind::Io, message })
}

fn argument(value: &Value) -> Result<String, String> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(word) => word.to_string(),
        _ => return Err(format!("an argument must be a text or a number, not {value}")),
    };
    if text.contains('\0') { Err("an argument cannot hold a zero byte".into()) } else { Ok(text) }
}

fn expected(value: &Value) -> Result<Vec<i32>, String> {
    let status = |value: &Value| {
        let status = value.as_i64().and_then(|status| i32::try_from(status).ok());
        status.filter(|status| (0..256).contains(status)).ok_or_else(|| {
            format!("`expect` is an exit status from 0 to 255, or a list of them, not {value}")
        })
    };
    match value {
        Value::Null => Ok(vec![0]),
        Value::Array(list) if !list.is_empty() => list.iter().map(status).collect(),
        value => Ok(vec![status(value)?]),
    }
}

fn timeout(text: &str) -> Result<Duration, String> {
    match parse_duration(text)? {
        length if length.is_zero() => Err("a `timeout` of nothing lets no program end".into()),
        length if length > LONGEST => Err(format!("`timeout: {text}` is longer than 1h, the longest")),
        length => Ok(length),
    }
}
