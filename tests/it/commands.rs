//! `core.command`: programs of this machine, which a person has to allow.

use crate::support::{Process, Report, Service, World};
use serde_json::json;
use std::fs;

/// A workflow whose step starts `sh` with a script, and notes each time in a file beside it.
fn workflow(world: &World, script: &str, more: &str) -> String {
    let path = world.work().join("programs.yaml");
    let script = format!("echo began >> began.txt; {script}").replace('\'', "''");
    let text = format!(
        "outx: 1\nname: programs\nsteps:\n  sh: {{ uses: core.command, with: {{ program: sh, args: [-c, '{script}', zero, \
         'a b; $c'], stdin: \"from here\"{more} }} }}\n  then: {{ needs: sh, uses: core.set, with: {{ x: \
         '${{{{ steps.sh.output.stdout }}}}' }} }}\noutputs: {{ x: '${{{{ steps.then.output.x }}}}' }}\n"
    );
    fs::write(&path, text).unwrap();
    path.display().to_string()
}

fn began(world: &World) -> usize {
    fs::read_to_string(world.work().join("began.txt")).map_or(0, |text| text.lines().count())
}

fn world() -> (Service, World) {
    let service = Service::immediate();
    let world = World::new(&service);
    (service, world)
}

#[test]
fn a_program_gets_its_arguments_its_input_and_nothing_of_outx() {
    let (_service, world) = world();
    let file = workflow(
        &world,
        "cat; echo \" [$1]\"; env | grep -c ^OUTX_; echo beside >&2; exit 3",
        ", expect: [0, 3]",
    );
    let done = world.run(["run", &file, "--yes", "--allow-commands", "--output", "json"]).expect(0);
    let report = Report::of(&done);
    assert_eq!(report.outputs()["x"], "from here [a b; $c]\n0\n");
    let output = &report.step("sh")["output"];
    assert_eq!((&output["status"], &output["stderr"]), (&json!(3), &json!("beside\n")));
    let ledger = world.run(["ledger"]).expect(0).stdout;
    assert!(ledger.contains("completed") && ledger.contains("core.command"), "{ledger}");
}

#[test]
fn without_leave_the_run_waits_and_goes_on_with_it() {
    let (_service, world) = world();
    let file = workflow(&world, "echo hello", "");
    let done = world.run(["run", &file, "--yes", "--output", "json"]).expect(8);
    assert_eq!(Report::of(&done).waits_for(), ["permission"]);
    assert!(done.stdout.contains("`sh` is started only with --allow-commands"), "{}", done.stdout);
    assert_eq!(world.run(["ledger"]).expect(0).stdout, "");
    let preview = world.run(["run", &file, "--preview", "--allow-commands"]).expect(0);
    assert!(
        preview.stdout.contains("core.command") && preview.stdout.contains("would be sent"),
        "{}",
        preview.stdout
    );
    assert_eq!(began(&world), 0);
    let run = world.kept().runs[0].run_id.to_string();
    world.run(["resume", &run]).expect(8);
    let done = world.run(["resume", &run, "--allow-commands", "--output", "json"]).expect(0);
    assert_eq!((Report::of(&done).outputs()["x"].as_str(), began(&world)), (Some("hello\n"), 1));
}

#[test]
fn what_a_program_says_of_itself_is_its_end_and_what_was_killed_is_in_doubt() {
    for (script, more, code, said) in [
        ("exit 4", "", 1, "`sh` ended with status 4"),
        ("kill -9 $$", "", 5, "`sh` was ended by a signal"),
        (
            "sleep 60 & echo $! > child.txt; wait",
            ", timeout: 100ms",
            5,
            "was killed, because it took longer than 100ms",
        ),
        ("cat /dev/zero", "", 5, "was killed, because it wrote more than 1048576 bytes"),
    ] {
        let (_service, world) = world();
        let file = workflow(&world, script, more);
        let done = world.run(["run", &file, "--yes", "--allow-commands"]).expect(code);
        assert!(done.stdout.contains(said), "{script}: {}", done.stdout);
        let run = world.kept().runs[0].run_id.to_string();
        world.run(["resume", &run, "--allow-commands"]).expect(code);
        assert_eq!(began(&world), 1, "{script}");
        if let Ok(child) = fs::read_to_string(world.work().join("child.txt")) {
            // What it had started is gone with it, or is waited for by nobody.
            let stat = format!("/proc/{}/stat", child.trim());
            while cfg!(target_os = "linux")
                && fs::read_to_string(&stat).is_ok_and(|stat| !stat.contains(") Z "))
            {
                std::thread::yield_now();
            }
        }
    }
    let (_service, world) = world();
    let file = workflow(&world, "true", "");
    fs::write(&file, fs::read_to_string(&file).unwrap().replace("program: sh", "program: no-such-program"))
        .unwrap();
    let done = world.run(["run", &file, "--yes", "--allow-commands"]).expect(1);
    assert!(done.stdout.contains("`no-such-program` could not be started"), "{}", done.stdout);
}

#[test]
fn killed_at_every_point_a_program_is_started_at_most_once() {
    for (point, started, in_doubt) in [
        ("BeforeBegin:1", 0, false),
        ("AfterBegin:1", 0, true),
        ("AfterSend:1", 1, true),
        ("AfterRecord:1", 1, false),
    ] {
        let (_service, world) = world();
        let file = workflow(&world, "echo hello", "");
        let mut command = world.command(["run", &file, "--yes", "--allow-commands"]);
        assert!(Process::start(command.env("OUTX_TEST_KILL", point)).wait().was_killed(), "{point}");
        assert_eq!(began(&world), started, "{point}");
        let run = world.kept().runs[0].run_id.to_string();
        let code = if in_doubt { 5 } else { 0 };
        world.run(["resume", &run, "--allow-commands"]).expect(code);
        assert_eq!(began(&world), usize::from(started == 1 || !in_doubt), "{point}");
    }
}

#[test]
fn an_interrupt_kills_the_program_and_leaves_a_doubt() {
    let (_service, world) = world();
    let file = workflow(&world, "exec sleep 60", "");
    let process = world.start(["run", &file, "--yes", "--allow-commands"]);
    while began(&world) == 0 {
        std::thread::yield_now();
    }
    process.interrupt();
    process.wait();
    let run = world.kept().runs[0].run_id.to_string();
    let shown = world.run(["show", &run]).expect(0).stdout;
    assert!(shown.contains("was killed, because the run was stopped"), "{shown}");
    world.run(["resolve", &run, "sh", "--sent"]).expect(0);
}
