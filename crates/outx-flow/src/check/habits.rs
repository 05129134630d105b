//! Words that people bring along from elsewhere, and what stands for them here.

/// What is said of a key that is no key of a step.
pub(super) fn of_step(word: &str) -> Option<&'static str> {
    Some(match word {
        "depends" | "depends_on" | "dependsOn" | "dependencies" | "wait_for" => {
            "write `needs`; a step whose output is read needs no word"
        }
        "when" | "condition" | "preconditions" | "unless" => {
            "write `if`, with an expression that is true or false"
        }
        "loop" | "for_each" | "foreach" | "forEach" | "for" | "with_items" | "items" | "matrix"
        | "strategy" | "parallel" | "range" => {
            "write `each: LIST` with `steps:`, and read the `item` in them"
        }
        "continue-on-error" | "continue_on_error" | "continueOn" | "continueOnFail" | "ignore_errors" => {
            "write `allow_failure: true`"
        }
        "timeout-minutes" | "timeout_minutes" | "timeoutSec" => "write `timeout: 5m`, a number with its unit",
        "run" | "command" | "script" | "shell" | "cmd" | "exec" => {
            "a step names a kind, as in `uses: core.log`; it runs no programs"
        }
        "type" | "action" | "kind" | "use" | "plugin" => "write `uses: KIND`",
        "params" | "parameters" | "args" | "arguments" | "inputs" | "input" | "config" => "write `with`",
        "env" | "environment" => "name values under `inputs` at the top, and read `inputs.NAME`",
        "id" | "name" => "a step is known by the word before its colon; say more in `description`",
        "output" | "register" | "save_as" => "what a step gives is read as `steps.ID.output`",
        "retries" | "retryPolicy" | "retry_policy" => "write `retry: { max: 3, delay: 2s }`",
        "schedule" | "cron" => "a schedule stands at the top of the file, for all of it",
        _ => return None,
    })
}

/// What is said of a key that is none at the top of a file.
pub(super) fn of_workflow(word: &str) -> Option<&'static str> {
    Some(match word {
        "on" | "cron" | "triggers" | "trigger" => {
            "write `schedule: { cron: \"0 7 * * 1-5\", time_zone: Europe/Oslo }`, or start it with `outx run`"
        }
        "jobs" | "tasks" | "nodes" | "workflow" => "write `steps`, with a step for each thing to do",
        "params" | "parameters" | "env" | "variables" | "args" => "write `inputs`, and read `inputs.NAME`",
        "version" | "apiVersion" => "write `outx: 1`",
        "title" | "id" => "write `name`",
        "permissions" | "runs-on" | "container" | "type" => "leave it out: outx runs where you start it",
        "handlerOn" | "handler_on" | "mail_on" | "mailOn" => {
            "write `notify`, which says whom to tell of what"
        }
        "max_active_runs" | "maxActiveRuns" => "write `overlap` in `schedule`",
        "rate_limit" | "rate_limits" => "write `limits`",
        _ => return None,
    })
}

/// What is said of a key that is none of a smaller map, by what the map is.
pub(super) fn of_part(what: &str, word: &str) -> Option<&'static str> {
    Some(match (what, word) {
        ("`retry`", "attempts" | "limit" | "count" | "times" | "max_attempts") => {
            "write `max`: how many more times"
        }
        ("`retry`", "interval" | "wait" | "backoff") => {
            "write `delay`, and `growth` for longer and longer pauses"
        }
        ("`poll`", "interval") => "write `every`",
        ("`poll`", "delay" | "initial") => "write `first`",
        ("an input", "of" | "item") => "write `items`",
        ("an input", "fields") => "write `columns`, in an input of the type table",
        ("`schedule`", "timezone" | "tz" | "zone") => "write `time_zone`",
        ("`schedule`", "expression" | "every" | "at") => "write `cron`, with its five fields",
        ("a line of `notify`", "url" | "webhook" | "slack") => "write `http`, with the address of the hook",
        ("a line of `notify`", "mail" | "email") => {
            "write `http` for a hook, or `command` for a program that sends a mail"
        }
        _ => return None,
    })
}

/// What is said of a name that begins an expression and is not known there.
pub(super) fn of_root(word: &str) -> Option<&'static str> {
    Some(match word {
        "item" => "an `item` is there inside of a fan-out alone: in the steps under `each`",
        "env" => "the environment cannot be read; give the value as an input: `-i name=value`",
        "needs" | "jobs" => "write `steps.ID.output`",
        "matrix" => "write `each` at the step, and read its `item`",
        "github" | "context" | "workflow" => "of the run there are `run.id`, `run.name` and `run.started_at`",
        "params" => "write `inputs.NAME`",
        "now" | "today" => "write `step.started_at`, or `ago('1d')`",
        _ => return None,
    })
}

/// What is said of a function that there is not.
pub(super) fn of_function(word: &str) -> Option<&'static str> {
    Some(match word {
        "len" | "length" | "count" => "write `size(x)`",
        "lower" | "lowercase" | "toLowerCase" | "to_lower" | "tolower" => "write `x.lowerAscii()`",
        "upper" | "uppercase" | "toUpperCase" | "to_upper" | "toupper" => "write `x.upperAscii()`",
        "always" => {
            "leave it out, and name what to come after in `after`: it then runs whatever became of that"
        }
        "success" => "leave it out, and name what must have succeeded in `needs`",
        "failure" => "write `steps.ID.status == 'failed'`",
        "cancelled" => "write `steps.ID.status == 'cancelled'`",
        "toJSON" | "toJson" | "to_json" | "fromJSON" | "fromJson" => {
            "leave it out: a value keeps its type, where it is one `${{ }}` alone"
        }
        "includes" | "include" => "write `x in list`, or `text.contains('x')`",
        "str" | "toString" | "to_string" => "write `string(x)`",
        "now" => "write `step.started_at`, or `ago('1d')`",
        "if" => "write `condition ? one : other`",
        "coalesce" | "ifnull" | "nvl" | "get" => "write `default(x, y)`",
        "any" | "some" => "write `list.exists(x, …)`",
        "every" => "write `list.all(x, …)`",
        "trimmed" | "strip" => "write `x.trim()`",
        _ => return None,
    })
}

/// What is said of a part that a step does not have.
pub(super) fn of_attribute(word: &str) -> Option<&'static str> {
    Some(match word {
        "conclusion" | "outcome" | "state" | "success" | "succeeded" | "failed" => {
            "write `status`, which is succeeded, failed, skipped, in_doubt or cancelled"
        }
        "result" | "results" | "data" | "response" | "body" | "value" | "json" => "write `output`",
        _ => return None,
    })
}

/// The type that is meant by its name elsewhere.
pub(super) fn of_type(word: &str) -> Option<&'static str> {
    Some(match word {
        "str" | "varchar" | "email" => "text",
        "url" | "profile" | "lead" | "linkedin" => "person",
        "bool" | "checkbox" | "flag" => "boolean",
        "int" | "long" => "integer",
        "float" | "double" | "decimal" => "number",
        "list" | "seq" | "sequence" => "array",
        "map" | "dict" | "json" => "object",
        "csv" | "rows" | "file" => "table",
        "datetime" | "timestamp" => "date",
        _ => return None,
    })
}

/// A duration in the language's own spelling: `20m` for `20 minutes`.
pub(super) fn duration(text: &str) -> Option<String> {
    let text = text.trim();
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (count, unit) = text.split_at(digits);
    let count: u32 = count.parse().ok()?;
    let (factor, unit) = match unit.trim().to_lowercase().as_str() {
        "s" | "sec" | "secs" | "second" | "seconds" => (1, "s"),
        "m" | "min" | "mins" | "minute" | "minutes" => (1, "m"),
        "h" | "hr" | "hrs" | "hour" | "hours" => (1, "h"),
        "d" | "day" | "days" => (1, "d"),
        "w" | "wk" | "week" | "weeks" => (7, "d"),
        _ => return None,
    };
    Some(format!("{}{unit}", count.checked_mul(factor)?))
}
