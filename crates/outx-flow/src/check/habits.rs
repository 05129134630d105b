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
            "write `uses: core.command`, with a `program` and its `args`; there is no shell"
        }
        "type" | "action" | "kind" | "use" | "plugin" => "write `uses: KIND`",
        "params" | "parameters" | "args" | "arguments" | "inputs" | "input" | "config" => "write `with`",
        "env" | "environment" => {
            "name values under `vars`, and read `vars.NAME`; keys and passwords are named under `secrets` at the top"
        }
        "variables" | "let" | "set" | "locals" => "name values under `vars`, and read `vars.NAME`",
        "until" | "while" | "every" | "max" | "interval" => {
            "write it within `repeat`, such as `repeat: { every: 1h, until: CONDITION, for: 14d }`"
        }
        "workflow" | "subworkflow" | "sub_workflow" | "include" | "import" | "template" => {
            "write `call: FILE`"
        }
        "on_failure" | "finally" | "on_error" | "onError" | "catch" | "rescue" | "always" | "ensure" => {
            "`on_failure` and `finally` stand at the top of the file, for all of it; at a step say `allow_failure: true`, \
             and let another one come `after` it"
        }
        "memoize" | "memo" | "cache_for" => "write `cache: 30d`",
        "secrets" => "`secrets` stands at the top of the file, as a list of names",
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
        "params" | "parameters" | "args" => "write `inputs`, and read `inputs.NAME`",
        "env" | "variables" | "locals" | "constants" => {
            "write `vars` for values, `inputs` for what is given when it starts, `secrets` for what nobody may see"
        }
        "version" | "apiVersion" => "write `outx: 1`",
        "title" | "id" => "write `name`",
        "permissions" | "runs-on" | "container" | "type" => "leave it out: outx runs where you start it",
        "handlerOn" | "handler_on" => "write `on_failure` or `finally`, each with steps as under `steps`",
        "on_error" | "onError" | "catch" | "rescue" | "errorWorkflow" => "write `on_failure`, with steps",
        "always" | "ensure" | "on_exit" | "onExit" | "cleanup" | "after" => "write `finally`, with steps",
        "mail_on" | "mailOn" => "write `notify`, which says whom to tell of what",
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
        ("`repeat`", "times" | "count" | "limit" | "iterations" | "max_iterations") => {
            "write `max`: how many times at most"
        }
        ("`repeat`", "interval" | "interval_sec" | "intervalSec" | "delay" | "wait" | "pause" | "each") => {
            "write `every`: how long from one time to the next"
        }
        ("`repeat`", "while") => "write `until`, with the opposite condition",
        ("`repeat`", "condition" | "if" | "when" | "stop" | "exit") => "write `until`, with a condition",
        ("`repeat`", "duration" | "timeout" | "within" | "during") => {
            "write `for`: how long it goes on at most"
        }
        ("`defaults`", "cache") => {
            "write `cache` at each step that reads: what may be old differs from one to the next"
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

/// The key that means the same here as another one elsewhere, with the same values.
pub(super) fn same(what: &str, word: &str) -> Option<&'static str> {
    Some(match (what, word) {
        ("`repeat`", "times" | "count" | "limit" | "iterations" | "max_iterations") => "max",
        ("`repeat`", "interval") => "every",
        _ => return None,
    })
}

/// What is said of a name that begins an expression and is not known there.
pub(super) fn of_root(word: &str) -> Option<&'static str> {
    Some(match word {
        "item" => "an `item` is there inside of a fan-out alone: in the steps under `each`",
        "env" => {
            "the environment cannot be read; give the value as an input, `-i name=value`, or name what nobody may see under \
             `secrets`, and read `secrets.NAME`"
        }
        "iteration" | "previous" => {
            "`iteration` and `previous` are there inside of `repeat` alone: in its `steps`, `until` and `outputs`"
        }
        "error" | "failure" => "write `steps.ID.error.message`, with the id of the step that may have failed",
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

/// What is said of a kind that there is not, by a word in its name.
pub(super) fn of_kind(name: &str) -> Option<&'static str> {
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    if matches!(ending, "yaml" | "yml") || name.starts_with("./") {
        return Some("another workflow is called: write `call` in the place of `uses`");
    }
    let has = |word: &str| name.split(|c: char| !c.is_ascii_alphanumeric()).any(|part| part == word);
    let has_one = |words: &[&str]| words.iter().any(|word| has(word));
    Some(match () {
        () if has_one(&["accept", "accepted", "acceptance", "connected"]) => {
            "did you mean `linkedin.await-connection`?"
        }
        () if has_one(&["http", "https", "webhook", "request", "fetch", "curl", "slack", "rest"])
            && !has("linkedin") =>
        {
            "a request to another service is `core.http`"
        }
        () if has_one(&["run", "shell", "bash", "exec", "script", "python", "node"]) => {
            "a program is started by `core.command`"
        }
        () if has_one(&["sleep", "delay", "pause"]) => "did you mean `core.wait`?",
        () if has_one(&["print", "echo"]) => "did you mean `core.log`?",
        () => return None,
    })
}

/// What is said of a field that a kind does not take.
pub(super) fn of_field(kind: &str, word: &str) -> Option<&'static str> {
    Some(match (kind, word) {
        ("core.http", "data" | "payload" | "form") => "write `json`, or `body` for a text as it is",
        ("core.http", "query" | "params") => "put it behind the `?` of the `url`",
        ("core.http", "auth" | "token" | "authorization") => {
            "write `headers: { Authorization: \"Bearer ${{ secrets.TOKEN }}\" }`"
        }
        ("core.command", "command" | "cmd" | "run" | "script") => {
            "write `program`, and what comes after its name in `args`; there is no shell"
        }
        ("core.command", "env" | "environment") => {
            "the program has the environment of outx; give it the rest in `args` or `stdin`"
        }
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
