//! Kinds that are programs: the example in Python, and shell scripts that behave in every wrong way.

use crate::support::{Process, Report, Service, World};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

fn example() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/kinds/outx-kind-word-count")
}

fn has_python() -> bool {
    Command::new("python3").arg("--version").output().is_ok_and(|output| output.status.success())
}

struct Own {
    _service: Service,
    world: World,
}

impl Own {
    fn new() -> Self {
        let service = Service::immediate();
        let world = World::new(&service);
        fs::create_dir_all(world.home().join("kinds")).unwrap();
        Self { _service: service, world }
    }

    /// A program that is asked who it is, and given its work: `$line` is what it was asked. It notes each work.
    fn script(&self, name: &str, effect: &str, work: &str) -> PathBuf {
        let who = format!(
            r#"{{"outx":1,"name":"{name}","version":"1","doc":"d","effect":"{effect}","timeout":"1s","input":{{"type":"object","properties":{{"x":{{"type":"string"}}}}}}}}"#
        );
        self.raw(
            name,
            &format!(
                "while read -r line; do case $line in *describe*) echo '{who}';; *start*) echo x >> begun.txt; {work};; esac; done"
            ),
        )
    }

    fn raw(&self, name: &str, script: &str) -> PathBuf {
        let path = self.world.home().join("kinds").join(format!("outx-kind-{name}"));
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    fn workflow(&self, uses: &str, with: &str) -> String {
        let path = self.world.work().join("own.yaml");
        let text = format!(
            "outx: 1\nname: own\nsteps:\n  own: {{ uses: {uses}, with: {with} }}\noutputs: {{ x: '${{{{ \
             default(steps.own.output, null) }}}}', status: '${{{{ steps.own.status }}}}' }}\n"
        );
        fs::write(&path, text).unwrap();
        path.display().to_string()
    }

    fn begun(&self) -> usize {
        fs::read_to_string(self.world.work().join("begun.txt")).map_or(0, |text| text.lines().count())
    }

    fn run(&self) -> String {
        self.world.kept().runs[0].run_id.to_string()
    }
}

const RESULT: &str = r#"echo '{"say":"progress","message":"half"}'; echo beside >&2; echo '{"say":"result","output":{"n":7}}'"#;

#[test]
fn the_example_is_a_kind_and_can_be_used() {
    if !has_python() {
        return;
    }
    let own = Own::new();
    let program = example().display().to_string();
    let verify = |input: &str| own.world.run(["kind", "verify", &program, "--input", input]);
    let verified = verify(r#"{"text":"one two three"}"#).expect(0).stdout;
    for behaviour in [
        "it_says_who_it_is",
        "it_has_the_name_of_its_file",
        "it_ends_when_its_input_ends",
        "it_says_the_same_each_time",
        "it_refuses_an_input_that_lacks_a_required_field",
        "it_gives_a_result_for_the_input",
        "it_can_be_done_again",
    ] {
        assert!(verified.contains(&format!("ok      {behaviour}")), "{behaviour} in {verified}");
    }
    verify(r#"{"text": 5}"#).expect(1);
    let file = own.workflow("word-count", "{ text: 'one two three', least: 4 }");
    let path = format!("{}:{}", example().parent().unwrap().display(), std::env::var("PATH").unwrap());
    let mut command = own.world.command(["run", &file, "--allow-commands", "--output", "json"]);
    let done = Process::start(command.env("PATH", &path)).wait().expect(0);
    assert_eq!(Report::of(&done).outputs()["x"], serde_json::json!({ "words": 1, "longest": "three" }));
    assert!(done.stderr.contains("own: 1 words"), "{}", done.stderr);
    // What it says of its input is checked before anything runs.
    let file = own.workflow("word-count", "{ text: 5 }");
    let mut command = own.world.command(["run", &file, "--allow-commands"]);
    let done = Process::start(command.env("PATH", &path)).wait().expect(2);
    assert!(done.stderr.contains("`text` must be a text"), "{}", done.stderr);
}

#[test]
fn a_write_is_begun_once_wherever_the_program_of_outx_is_killed() {
    for (point, begun, in_doubt) in [
        ("BeforeBegin:1", 0, false),
        ("AfterBegin:1", 0, true),
        ("AfterSend:1", 1, true),
        ("AfterRecord:1", 1, false),
    ] {
        let own = Own::new();
        own.script("mailer", "write", RESULT);
        let file = own.workflow("mailer", "{ x: hello }");
        let mut command = own.world.command(["run", &file, "--yes", "--allow-commands"]);
        assert!(Process::start(command.env("OUTX_TEST_KILL", point)).wait().was_killed(), "{point}");
        assert_eq!(own.begun(), begun, "{point}");
        let code = if in_doubt { 5 } else { 0 };
        own.world.run(["resume", &own.run(), "--allow-commands"]).expect(code);
        assert_eq!(own.begun(), usize::from(begun == 1 || !in_doubt), "{point}");
        let ledger = own.world.run(["ledger"]).expect(0).stdout;
        assert!(ledger.contains("mailer"), "{ledger}");
    }
}

/// What goes wrong after the work was given: a write is in doubt, and all else has failed.
#[test]
fn whoever_does_not_say_how_it_ended_leaves_a_doubt_or_a_failure_with_the_reason() {
    for (work, said) in [
        ("exit 3", "ended (exit status: 3) without a result"),
        ("kill -9 $$", "ended (signal: 9 (SIGKILL)) without a result"),
        ("echo hello", "said what is no word of the protocol (it is no JSON)"),
        (r#"echo '{"say":"maybe"}'"#, "said what is no word of the protocol (a word is missing or unknown)"),
        (r#"echo '{"say":"result"}'"#, "said what is no word of the protocol (a word is missing or unknown)"),
        ("exec sleep 60", "was killed, because it did not end within 1s"),
        (
            "head -c 5000000 /dev/zero | tr '\\0' a; exec sleep 60",
            "was killed, because it said more than 4194304 bytes",
        ),
    ] {
        for (effect, code) in [("write", 5), ("idempotent", 1), ("read", 1), ("none", 1)] {
            // Time passes where nothing is said; once is enough.
            if work.contains("sleep") && effect != "write" {
                continue;
            }
            let own = Own::new();
            own.script("odd", effect, work);
            let file = own.workflow("odd", "{}");
            let done = own.world.run(["run", &file, "--yes", "--allow-commands"]).expect(code);
            assert!(done.stdout.contains(said), "{effect}, {work}: {}", done.stdout);
            let again = own.world.run(["resume", &own.run(), "--allow-commands"]).expect(code);
            assert!(again.stdout.contains(said), "{effect}, {work}: {}", again.stdout);
            assert_eq!(own.begun(), 1, "{effect}, {work}");
        }
    }
}

#[test]
fn what_a_program_says_of_its_work_is_its_end() {
    let own = Own::new();
    own.script("sad", "write", r#"echo '{"say":"error","message":"there is no such list"}'"#);
    let file = own.workflow("sad", "{}");
    let done = own.world.run(["run", &file, "--yes", "--allow-commands"]).expect(1);
    assert!(done.stdout.contains("there is no such list"), "{}", done.stdout);

    let own = Own::new();
    let busy = r#"if [ $(wc -l < begun.txt) -lt 2 ]; then echo '{"say":"refused","message":"busy","after":"1s"}'; else echo '{"say":"result","output":1}'; fi"#;
    own.script("busy", "write", busy);
    let file = own.workflow("busy", "{}");
    own.world.run(["run", &file, "--yes", "--allow-commands"]).expect(0);
    assert_eq!(own.begun(), 2);

    // It is told the key, and nothing of outx.
    let own = Own::new();
    let tells = r#"echo "{\"say\":\"result\",\"output\":[$(env | grep -c ^OUTX_), $line]}""#;
    own.script("tells", "idempotent", tells);
    let file = own.workflow("tells", "{ x: hello }");
    let done = own.world.run(["run", &file, "--allow-commands", "--output", "json"]).expect(0);
    let report = Report::of(&done);
    let output = &report.outputs()["x"];
    assert_eq!(
        (output[0].as_u64(), output[1]["key"].as_str()),
        (Some(0), Some(format!("{}/own", report.run()).as_str()))
    );
    assert_eq!((&output[1]["input"]["x"], &output[1]["emulated"]), (&"hello".into(), &true.into()));
}

#[test]
fn without_leave_nothing_is_started_and_the_run_waits() {
    let own = Own::new();
    let program = own.script("mailer", "write", RESULT);
    // It would leave a trace of having been asked anything at all.
    let script = fs::read_to_string(&program).unwrap().replacen("while", "touch started; while", 1);
    fs::write(&program, script).unwrap();
    let file = own.workflow("mailer", "{ x: hello }");
    own.world.run(["check", &file]).expect(0);
    own.world.run(["plan", &file]).expect(0);
    let done = own.world.run(["run", &file, "--yes", "--output", "json"]).expect(8);
    assert_eq!(Report::of(&done).waits_for(), ["permission"]);
    assert!(
        done.stdout.contains("`outx-kind-mailer` is started only with --allow-commands"),
        "{}",
        done.stdout
    );
    assert!(!own.world.work().join("started").exists());
    let preview = own.world.run(["run", &file, "--preview", "--allow-commands"]).expect(0);
    assert!(
        preview.stdout.contains("mailer") && preview.stdout.contains("would be sent"),
        "{}",
        preview.stdout
    );
    assert_eq!(own.begun(), 0);
    own.world.run(["resume", &own.run(), "--allow-commands"]).expect(0);
    assert_eq!(own.begun(), 1);
    // A run is shown also where its program is gone.
    fs::remove_dir_all(own.world.home().join("kinds")).unwrap();
    own.world.run(["show", &own.run()]).expect(0);
    let done = own.world.run(["run", &file, "--allow-commands"]).expect(2);
    assert!(
        done.stderr.contains("there is no kind `mailer`") && done.stderr.contains("outx-kind-mailer"),
        "{}",
        done.stderr
    );
}

#[test]
fn who_a_program_is_must_be_said_and_stay_the_same() {
    let who =
        |effect: &str| format!(r#"{{"outx":1,"name":"odd","version":"1","doc":"d","effect":"{effect}"}}"#);
    for (script, said) in [
        ("exit 0".to_owned(), "it ended before it said who it is"),
        ("echo hello; cat".to_owned(), "it does not say what it is in a line of JSON"),
        (
            r#"echo '{"outx":2,"name":"odd","version":"1","doc":"d","effect":"none"}'"#.to_owned(),
            "it speaks version 2",
        ),
        (format!("echo '{}'", who("none").replace("\"odd\"", "\"even\"")), "says that it is `even`"),
    ] {
        let own = Own::new();
        let program = own.raw("odd", &script);
        let file = own.workflow("odd", "{}");
        let done = own.world.run(["run", &file, "--allow-commands"]).expect(2);
        assert!(done.stderr.contains(said), "{script}: {}", done.stderr);
        let verified = own.world.run(["kind", "verify", &program.display().to_string()]).expect(1);
        assert!(verified.stdout.contains("FAILED") && verified.stdout.contains(said), "{}", verified.stdout);
    }
    // It says that it computes when the workflow is checked, and that it writes when it is given its work.
    let own = Own::new();
    let turns = format!(
        "n=$(cat asked 2>/dev/null || echo 0); echo $((n + 1)) > asked; while read -r line; do case $line in *describe*) \
         if [ $n -eq 0 ]; then echo '{}'; else echo '{}'; fi;; *start*) echo x >> begun.txt; echo '{{\"say\":\"result\",\
         \"output\":1}}';; esac; done",
        who("none"),
        who("write")
    );
    own.raw("odd", &turns);
    let file = own.workflow("odd", "{}");
    let done = own.world.run(["run", &file, "--allow-commands"]).expect(1);
    assert!(
        done.stdout.contains("its effect was `none` when the workflow was checked, and is `write` now"),
        "{}",
        done.stdout
    );
    assert_eq!(own.begun(), 0);
}

#[test]
fn an_interrupt_asks_the_program_to_cancel() {
    let own = Own::new();
    let work =
        r#"read -r line; case $line in *cancel*) echo '{"say":"error","message":"it was cancelled"}';; esac"#;
    own.script("slow", "write", work);
    // Longer than the interrupt needs.
    let path = own.world.home().join("kinds/outx-kind-slow");
    fs::write(&path, fs::read_to_string(&path).unwrap().replace("\"1s\"", "\"1m\"")).unwrap();
    let file = own.workflow("slow", "{}");
    let process = own.world.start(["run", &file, "--yes", "--allow-commands"]);
    while own.begun() == 0 {
        std::thread::yield_now();
    }
    process.interrupt();
    process.wait();
    let shown = own.world.run(["show", &own.run()]).expect(0).stdout;
    assert!(shown.contains("it was cancelled"), "{shown}");
}
