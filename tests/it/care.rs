//! Looking after an account: doubts are settled, limits set, people kept from being written to.

use crate::support::{Report, Service, World, workflow};
use outx_model::Endpoint;
use outx_service::{Fault, Injection, On};
use std::fs;

/// A run of three people one after another, whose second message is in doubt.
fn in_doubt() -> (Service, World, String) {
    let service = Service::immediate();
    let world = World::new(&service);
    service.host.inject(Injection {
        on: On::Create(Endpoint::SendMessage.into()),
        fault: Fault::AnswerLost,
        times: 1,
    });
    let done = world.run(["run", &workflow("writes-in-turn"), "--output", "json"]).expect(5);
    let run = Report::of(&done).run().to_owned();
    (service, world, run)
}

fn messages(service: &Service) -> usize {
    service.requests().iter().filter(|request| request.endpoint == Endpoint::SendMessage).count()
}

const STEP: &str = "person[lars-chandra].message";

#[test]
fn a_doubt_is_shown_everywhere_and_settled_by_a_word() {
    let (service, world, run) = in_doubt();
    assert_eq!(messages(&service), 3);
    assert!(world.run(["runs"]).expect(0).stdout.contains("needs_attention"));
    let shown = world.run(["show", &run]).expect(0).stdout;
    assert!(shown.contains(&format!("outx resolve {run} '{STEP}'")), "{shown}");
    let ledger = world.run(["ledger", "--state", "in_doubt"]).expect(0).stdout;
    // What is indented is advice about the entry above it.
    assert_eq!(ledger.lines().filter(|line| !line.starts_with(' ')).count(), 1, "{ledger}");
    assert!(ledger.contains("send-message") && ledger.contains("/in/lars-chandra/"), "{ledger}");

    // The person has found the task in the service's own log.
    let requests = service.requests();
    let mut messages_sent = requests.iter().filter(|request| request.endpoint == Endpoint::SendMessage);
    let task = messages_sent.next().and_then(|request| request.task.clone()).unwrap().to_string();
    world.run(["resolve", &run, STEP, "--task", &task]).expect(0);
    let report = Report::of(&world.run(["resume", &run, "--output", "json"]).expect(0));
    assert_eq!(report.status(), "succeeded");
    assert_eq!(report.step(STEP)["task_id"], *task);
    assert_eq!(messages(&service), 3, "it was sent, and not again");
    assert!(world.run(["ledger", "--state", "in_doubt"]).expect(0).stdout.is_empty());
}

#[test]
fn a_word_that_fits_nothing_is_refused() {
    let (service, world, run) = in_doubt();
    for (args, text) in [
        (vec!["resolve", &run, STEP], "--sent"),
        (vec!["resolve", &run, STEP, "--sent", "--give-up"], "cannot be used with"),
        (vec!["resolve", &run, "person", "--sent"], "has sent nothing"),
        (vec!["resolve", &run, "nobody", "--sent"], "has no step `nobody`"),
        (vec!["resolve", "r-none", STEP, "--sent"], "there is no run"),
    ] {
        let done = world.run(&args).expect(2);
        assert!(done.stderr.contains(text), "{args:?}: {}", done.stderr);
    }
    world.run(["resolve", &run, STEP, "--sent"]).expect(0);
    // It counts as done; what it gave is not known, and the workflow's own output wants to know it.
    let report = Report::of(&world.run(["resume", &run, "--output", "json"]).expect(1));
    assert_eq!(report.step(STEP)["status"], "succeeded");
    assert_eq!(messages(&service), 3);
}

#[test]
fn a_cancelled_run_stays_cancelled() {
    let (_service, world, run) = in_doubt();
    let done = world.run(["cancel", &run]).expect(0);
    assert!(done.stderr.contains("what it has sent stays sent"), "{}", done.stderr);
    assert!(world.run(["runs"]).expect(0).stdout.contains("cancelled"));
    world.run(["resume", &run, "--output", "json"]).expect(130);
    world.run(["cancel", &run]).expect(2);
}

#[test]
fn whoever_is_blocked_is_not_written_to() {
    let service = Service::immediate();
    let world = World::new(&service);
    world.run(["block", "add", "linkedin.com/in/lars-chandra", "--note", "asked, not to be"]).expect(0);
    let list = world.work().join("others.csv");
    fs::write(&list, "Leila-Garcia,\"left, in May\"\n\nurn:li:person:ACoAAnobody\n").unwrap();
    let list = list.display().to_string();
    assert!(world.run(["block", "import", &list]).expect(0).stderr.contains("2 read, 2 new"));
    assert!(world.run(["block", "import", &list]).expect(0).stderr.contains("2 read, 0 new"));
    let exported = world.run(["block", "export"]).expect(0).stdout;
    assert!(exported.contains("lars-chandra,\"asked, not to be\"\n"), "{exported}");
    assert!(exported.contains("urn:li:person:ACoAAnobody\n"), "{exported}");

    // The names are known from the profiles that the run reads.
    let done = world.run(["run", &workflow("writes-in-turn"), "--output", "json"]);
    let report = Report::of(&done);
    for (who, status) in
        [("lars-chandra", "skipped"), ("leila-garcia", "skipped"), ("lucia-kowalski", "succeeded")]
    {
        assert_eq!(report.step(&format!("person[{who}].invite"))["status"], status, "{who}");
        assert_eq!(report.step(&format!("person[{who}].message"))["status"], status, "{who}");
    }
    assert_eq!(messages(&service), 1);

    assert!(world.run(["block", "remove", "lars-chandra"]).expect(0).stderr.contains("1 of 1"));
    fs::write(world.work().join("bad.csv"), "ada\nhttps://www.linkedin.com/company/x\n").unwrap();
    let done = world.run(["block", "import", "bad.csv"]).expect(2);
    assert!(
        done.stderr.contains("bad.csv, line 2") && done.stderr.contains("nothing was kept"),
        "{}",
        done.stderr
    );
    let json = world.run(["block", "list", "--output", "json"]).expect(0).stdout;
    assert_eq!(serde_json::from_str::<serde_json::Value>(&json).unwrap().as_array().map(Vec::len), Some(2));
}

#[test]
fn limits_are_set_shown_and_waited_for() {
    let service = Service::immediate();
    let world = World::new(&service);
    let shown = world.run(["limits"]).expect(0).stdout;
    assert!(shown.contains("no limits (as shipped)"), "an emulated account has none: {shown}");
    let file = world.work().join("limits.yaml");
    fs::write(&file, "- { at_most: 2, of: send-message, per: 1h }\n").unwrap();
    let file = file.display().to_string();
    world.run(["limits", "set", &file]).expect(0);
    assert_eq!(
        world.run(["limits", "export"]).expect(0).stdout,
        "- at_most: 2\n  of: send-message\n  per: 1h\n"
    );

    let done = world.run(["run", &workflow("writes-in-turn"), "--output", "json"]).expect(8);
    let report = Report::of(&done);
    assert_eq!(report.waits_for(), ["limit"]);
    assert_eq!(messages(&service), 2);
    let shown = world.run(["limits"]).expect(0).stdout;
    assert!(shown.contains("at most 2 send-message in an hour  2 of 2 used  closed until"), "{shown}");
    // Who asks for one that is over the limit is told, and nothing is sent.
    let args = ["task", "create", "send-message", "-i", "recipient_urn=urn:li:person:x", "-i", "message=hi"];
    world.run(args).expect(6);
    assert_eq!(messages(&service), 2);

    world.run(["limits", "reset"]).expect(0);
    world.resume().expect(0);
    assert_eq!(messages(&service), 3);
}

#[test]
fn a_run_is_stayed_with_for_as_long_as_is_said() {
    let service = Service::immediate();
    let world = World::new(&service);
    let file = world.work().join("limits.yaml");
    fs::write(&file, "- { apart: 62s, of: send-message }\n").unwrap();
    world.run(["limits", "set", &file.display().to_string()]).expect(0);
    let mut process =
        world.start(["run", &workflow("writes-in-turn"), "--wait", "forever", "--output", "json"]);
    assert!(process.says("waits until"));
    process.interrupt();
    let done = process.wait().expect(130);
    assert_eq!(Report::of(&done).waits_for(), ["limit"]);
    let done = world.run(["run", &workflow("lookup"), "--wait", "soon"]).expect(2);
    assert!(done.stderr.contains("--wait") && done.stderr.contains("forever"), "{}", done.stderr);
}

#[test]
fn a_run_asks_a_person_and_goes_on_when_it_is_told() {
    let service = Service::immediate();
    let invitations = || service.requests().len();
    for (no, code) in [(false, 0), (true, 1)] {
        let world = World::new(&service);
        // Long enough for the 10 ms before the question, and not for an answer.
        let args = ["run", &workflow("asks"), "--yes", "--wait", "2s", "--output", "json"];
        let done = world.run(args).expect(8);
        assert!(done.stderr.contains("release: waits for a yes or no: Invite Ada?"), "{}", done.stderr);
        let report = Report::of(&done);
        assert_eq!(report.waits_for(), ["approval"]);
        let run = report.run().to_owned();
        let shown = world.run(["show", &run]).expect(0).stdout;
        assert!(shown.contains(&format!("outx approve {run} 'release' [--no]")), "{shown}");
        world.run(["approve", &run, "invite"]).expect(2);
        assert_eq!(invitations(), usize::from(no), "nothing is sent before the yes");

        let answer = ["approve", &run, "release", "--by", "Grace"];
        world.run(answer.into_iter().chain(no.then_some("--no"))).expect(0);
        let shown = world.run(["show", &run]).expect(0).stdout;
        assert!(!shown.contains("outx approve"), "{shown}");
        world.run(answer).expect(2);
        let report = Report::of(&world.run(["resume", &run, "--output", "json"]).expect(code));
        if no {
            assert_eq!(report.step("release")["error"]["kind"], "not_approved");
            assert_eq!(report.step("invite")["status"], "skipped");
        } else {
            assert_eq!(report.outputs()["by"], "Grace");
        }
        assert_eq!(invitations(), 1);
    }
}
