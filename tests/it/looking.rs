//! Commands that only look: `check`, `graph`, `runs`, `show`.

use crate::support::{Report, Service, World, bad_folder, workflow};
use serde_json::Value;
use std::process::Stdio;

#[test]
fn check_says_valid_or_what_is_wrong_and_sends_nothing() {
    let service = Service::immediate();
    let world = World::new(&service).with_key(None);
    let (chain, fan_out) = (workflow("chain"), workflow("fan-out"));
    let done = world.run(["check", &chain, &fan_out]).expect(0);
    assert_eq!(done.stdout, format!("{chain}: valid\n{fan_out}: valid\n"));

    let bad = bad_folder().join("unknown-kind.yaml").display().to_string();
    let done = world.run(["check", &chain, &bad]).expect(2);
    assert_eq!(done.stdout, format!("{chain}: valid\n"));
    assert!(done.stderr.contains(&format!("{bad}:")), "{}", done.stderr);

    let done = world.run(["check", &chain, &bad, "--output", "json"]).expect(2);
    let json: Value = serde_json::from_str(&done.stdout).unwrap();
    assert_eq!((&json["valid"], &json["files"][0]["valid"]), (&Value::from(false), &Value::from(true)));
    assert_eq!(json["files"][1]["diagnostics"][0]["code"], "OX130");
    assert!(!world.home().exists(), "looking at a file makes no state");
    service.was_left_alone();
}

#[test]
fn graph_draws_the_inferred_order() {
    let world = World::at("http://127.0.0.1:1").with_key(None);
    let done = world.run(["graph", &workflow("chain")]).expect(0);
    assert!(done.stdout.starts_with("flowchart TD\n  s"), "{}", done.stdout);
    for step in ["profile", "posts", "company", "write"] {
        assert!(done.stdout.contains(step), "{}", done.stdout);
    }
    let done = world.run(["graph", &workflow("writes-at-once"), "--format", "json"]).expect(0);
    let json: Value = serde_json::from_str(&done.stdout).unwrap();
    assert!(json.is_object(), "{json}");
    assert!(!world.home().exists());
}

#[test]
fn runs_and_show_tell_what_was() {
    let service = Service::immediate();
    let world = World::new(&service);
    assert_eq!(world.run(["runs", "--output", "json"]).expect(0).stdout.trim(), "[]");
    let first = world.report("lookup", 0);
    let second = world.report("like", 0);
    let asked = service.requests().len();

    let done = world.run(["runs", "--output", "json"]).expect(0);
    let runs: Value = serde_json::from_str(&done.stdout).unwrap();
    let runs = runs.as_array().unwrap();
    assert_eq!(runs.len(), 2);
    for (run, (report, name)) in runs.iter().zip([(&second, "like"), (&first, "lookup")]) {
        assert_eq!(run["run_id"], report.run(), "the newest comes first");
        assert_eq!((run["name"].as_str(), run["status"].as_str()), (Some(name), Some("succeeded")));
        assert!(run["started_at"].as_str().is_some_and(|time| time.ends_with('Z')), "{run}");
    }
    let done = world.run(["runs"]).expect(0);
    assert!(done.stdout.contains(first.run()) && done.stdout.contains("lookup"));

    // The beginning of an id is enough, and showing is no resuming: it needs no key and sends nothing.
    let looking = World::with_key(world, None);
    let done = looking.run(["show", &first.run()[..6], "--output", "json"]).expect(0);
    // What asking has cost is told once, by whoever worked on it.
    let mut told = first.json.clone();
    assert!(told.as_object_mut().unwrap().remove("asking").is_some(), "{told}");
    assert_eq!(Report::of(&done).json, told);
    let done = looking.run(["show", first.run()]).expect(0);
    assert!(done.stdout.contains("profile: succeeded"), "{}", done.stdout);
    assert_eq!(service.requests().len(), asked);
}

#[test]
fn a_reader_that_goes_away_tears_nothing_off() {
    let service = Service::immediate();
    let world = World::new(&service);
    // Both streams of each command are closed before it says its first word.
    let unread = |args: &[&str]| {
        let mut command = world.command(args);
        let closed = || std::io::pipe().unwrap().1;
        command.stdin(Stdio::null()).stdout(closed()).stderr(closed());
        command.status().unwrap().code()
    };
    assert_eq!(unread(&["run", &workflow("chain")]), Some(0));
    let run = world.kept().runs[0].run_id.to_string();
    for args in [
        &["show", &run][..],
        &["runs"],
        &["resume", &run, "--output", "json"],
        &["check", &workflow("chain")],
    ] {
        assert_eq!(unread(args), Some(0), "{args:?}");
    }
    assert_eq!(unread(&["show", "rzzzzzzzzzz"]), Some(2));
    assert_eq!(unread(&["--help"]), Some(0));
    assert_eq!(service.requests().len(), 3);
}

#[test]
fn findings_are_explained_and_told_to_other_programs() {
    let world = World::at("http://127.0.0.1:1").with_key(None);
    let text = world.run(["explain", "ox130"]).expect(0).stdout;
    assert!(
        text.starts_with("OX130: an unknown kind\n") && text.contains("linkedin.fetch-profil,"),
        "{text}"
    );
    let list = world.run(["explain"]).expect(0).stdout;
    assert!(list.lines().count() > 50 && list.contains("OX101  the first line\n"), "{list}");
    let done = world.run(["explain", "OX13O"]).expect(2);
    assert!(done.stderr.contains("did you mean `OX130`?"), "{}", done.stderr);

    let bad = bad_folder().join("unknown-kind.yaml").display().to_string();
    let done = world.run(["check", &workflow("chain"), &bad, "--output", "sarif"]).expect(2);
    assert_eq!(done.stderr, "");
    let log: Value = serde_json::from_str(&done.stdout).unwrap();
    let run = &log["runs"][0];
    assert_eq!((&log["version"], &run["results"][0]["ruleId"]), (&"2.1.0".into(), &"OX130".into()));
    assert_eq!(run["tool"]["driver"]["rules"][0]["shortDescription"]["text"], "an unknown kind");
    let place = &run["results"][0]["locations"][0]["physicalLocation"];
    assert!(place["artifactLocation"]["uri"].as_str().unwrap().ends_with("unknown-kind.yaml"));
    assert!(place["region"]["startLine"].as_u64() >= Some(1), "{place}");
    assert!(!world.home().exists());
}

#[test]
fn an_expression_is_computed_with_names_of_a_file() {
    let world = World::at("http://127.0.0.1:1").with_key(None);
    let names = world.work().join("names.yaml");
    std::fs::write(&names, "inputs: { topic: rust, people: [Ada, Bo] }\n").unwrap();
    let names = names.display().to_string();
    for (expression, json) in [
        ("1 + 2", "3"),
        ("-7", "-7"),
        ("${{ inputs.people.filter(p, p != 'Bo') }}", "[\"Ada\"]"),
        ("'on ' + inputs.topic", "\"on rust\""),
        ("default(inputs.nothing, null)", "null"),
    ] {
        let done = world.run(["eval", expression, "--with", &names]).expect(0);
        assert_eq!(done.stdout, format!("{json}\n"), "{expression}");
    }
    for (expression, code, words) in [
        (
            "1 +",
            2,
            "error[OX201]: the expression is not finished: something is missing at its end\n --> expression:1:4\n",
        ),
        ("1 +", 2, "= help: a value follows each operator"),
        ("inputs.topic == 'rust", 2, "--> expression:1:17\n"),
        ("inputs.topic 'rust'", 2, "`'rust'` cannot stand here\n --> expression:1:14\n"),
        ("1 + é", 2, "`é` means nothing in an expression\n --> expression:1:5\n"),
        ("1 + 'a'", 2, "error[OX211]: `+` does not take a whole number and a text\n --> expression:1:1\n"),
        ("inputs.topic + 1", 2, "= help: write `inputs.topic + string(1)`"),
        ("siz(inputs.topic)", 2, "= help: did you mean `size`?"),
        ("trim(inputs.topic)", 2, "= help: write `inputs.topic.trim()`"),
        ("nobody.x", 2, "`nobody` is not known here"),
        ("input.topic", 2, "= help: did you mean `inputs`?"),
        ("contacted('ada', '90d')", 2, "= help: name who is to count as contacted in a file for `--with`"),
        ("ago('14d')", 1, "ago counts from `step.started_at`"),
        ("inputs.topics", 1, "no such field `topics`"),
        ("1 / 0", 1, "division by zero"),
    ] {
        let done = world.run(["eval", expression, "--with", &names]).expect(code);
        assert!(done.stdout.is_empty() && done.stderr.contains(words), "{expression}: {}", done.stderr);
    }
    world.run(["eval", "1", "--with", "nowhere.yaml"]).expect(2);
    let asked = world.work().join("asked.yaml");
    let asked = asked.display().to_string();
    for (people, code, says) in [
        ("[ada]", 0, "[\"bo\"]\n"),
        ("[https://www.linkedin.com/in/Bo/, ada]", 0, "[]\n"),
        ("[]", 0, "[\"ada\",\"bo\"]\n"),
        ("ada", 2, ""),
    ] {
        std::fs::write(&asked, format!("leads: [ada, bo]\ncontacted: {people}\n")).unwrap();
        let text = "leads.filter(l, !contacted(l, '90d'))";
        assert_eq!(world.run(["eval", text, "--with", &asked]).expect(code).stdout, says, "{people}");
    }
    // Whatever bytes are given, they are refused with words and no panic.
    #[cfg(unix)]
    for bytes in
        [&b"\xff"[..], b"'\xc3", b"\x01\x02", b"\x1b[31m", b"{{{{", b"((((((((", "'\u{202e}' + ".as_bytes()]
    {
        let argument: &std::ffi::OsStr = std::os::unix::ffi::OsStrExt::from_bytes(bytes);
        let done = world.run([std::ffi::OsStr::new("eval"), argument]).expect(2);
        assert!(done.stdout.is_empty() && !done.stderr.contains("panicked"), "{bytes:?}: {}", done.stderr);
    }
}

#[test]
fn a_plan_creates_nothing_and_knows_the_ledger() {
    let nowhere = World::at("http://127.0.0.1:1").with_key(None);
    let told = nowhere.run(["plan", &workflow("writes-in-turn")]).expect(0).stdout;
    for words in
        ["invite", "linkedin.send-connection-request", "3 times", "6 reads and 9 writes", "There is no key"]
    {
        assert!(told.contains(words), "{words} in {told}");
    }
    assert!(!nowhere.home().exists());

    let service = Service::immediate();
    let world = World::new(&service);
    let plan = |name: &str| {
        let done = world.run(["plan", &workflow(name), "--output", "json"]).expect(0);
        serde_json::from_str::<Value>(&done.stdout).unwrap()
    };
    assert_eq!(plan("like")["steps"][0]["already"], 0);
    service.was_left_alone();
    world.run(["run", &workflow("like")]).expect(0);
    let creates = service.requests().len();
    let after = plan("like");
    let like = after["steps"].as_array().unwrap().iter().find(|step| step["effect"] == "write").unwrap();
    assert_eq!((&like["already"], &like["count"]), (&1.into(), &1.into()), "{after}");
    assert!(like["inputs"][0]["input"]["social_urn"].is_string());
    let told = world.run(["plan", &workflow("like")]).expect(0).stdout;
    assert!(told.contains("the ledger has 1 of 1 already") && told.contains("0 writes at most"), "{told}");
    assert_eq!(service.requests().len(), creates);
    // What is wrong is said before anything is computed.
    world.run(["plan", &workflow("named")]).expect(2);
}

#[test]
fn a_plan_says_where_a_schedule_outruns_the_limits() {
    let world = World::at("http://127.0.0.1:1").with_key(None);
    let plan = |cron: &str| {
        let text = format!(
            "outx: 1\nname: x\nschedule: {{ cron: \"{cron}\", time_zone: UTC, overlap: wait }}\n\
             limits: {{ slow: {{ at_most: 1, of: fetch-profile, per: 24h }} }}\n\
             inputs: {{ people: {{ type: array, items: person, default: [ada, bo, cy] }} }}\nsteps:\n  p:\n    \
             each: ${{{{ inputs.people }}}}\n    steps: {{ q: {{ uses: linkedin.fetch-profile, \
             with: {{ profile_slug: \"${{{{ item }}}}\" }} }} }}\n"
        );
        std::fs::write(world.work().join("x.yaml"), text).unwrap();
        let told = world.run(["plan", "x.yaml"]).expect(0).stdout;
        let json: Value =
            serde_json::from_str(&world.run(["plan", "x.yaml", "--output", "json"]).expect(0).stdout)
                .unwrap();
        (
            told.contains("The schedule's next start comes before such a run has ended: it waits for that."),
            json["outrun"].clone(),
        )
    };
    assert_eq!(plan("0 7 * * *"), (true, Value::from(true)));
    assert_eq!(plan("0 7 * * 1"), (false, Value::from(false)));
}
