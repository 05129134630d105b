//! `core.http` in the program: killed wherever it can be, and what is shown of it.

use crate::support::{Done, Process, Report, Service, World};
use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// A service of somebody else, which remembers all that reached it whole: the path and the body.
struct Other {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<(String, String)>>>,
}

impl Other {
    /// `loses` says of which bodies it gives no answer.
    fn start(loses: fn(&str) -> bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (address, seen) = (listener.local_addr().unwrap(), Arc::new(Mutex::new(Vec::new())));
        let kept = seen.clone();
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let kept = kept.clone();
                thread::spawn(move || serve(stream, loses, &kept));
            }
        });
        Self { address, seen }
    }

    /// How often each body reached it.
    fn bodies(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for (_, body) in &*self.seen.lock().unwrap() {
            *counts.entry(body.clone()).or_default() += 1;
        }
        counts
    }
}

fn serve(mut stream: TcpStream, loses: fn(&str) -> bool, seen: &Mutex<Vec<(String, String)>>) {
    let mut bytes = Vec::new();
    loop {
        let mut buffer = [0; 4096];
        let Ok(read) = stream.read(&mut buffer) else { return };
        if read == 0 {
            return;
        }
        bytes.extend_from_slice(&buffer[..read]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        if body.len() < length.map_or(0, |length| length.parse().unwrap()) {
            continue;
        }
        let path = head.split(' ').nth(1).unwrap().to_owned();
        seen.lock().unwrap().push((path, body.to_owned()));
        if loses(body) {
            return;
        }
        let answer =
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 11\r\n\r\n{\"ok\":true}";
        stream.write_all(answer.as_bytes()).unwrap();
        bytes.clear();
    }
}

/// Three posts, one after the other, and a like between them.
fn workflow(world: &World, other: &Other) -> String {
    let path = world.work().join("webhooks.yaml");
    let hook = format!("http://{}/T0/hook-secret?k=query-secret", other.address);
    let post = |body: &str, more: &str| {
        format!(
            "{{ {more}uses: core.http, with: {{ url: '{hook}', method: POST, headers: {{ authorization: Bearer \
                 header-secret }}, body: {body} }} }}"
        )
    };
    let text = format!(
        "outx: 1\nname: webhooks\nsteps:\n  one: {}\n  like: {{ needs: one, uses: linkedin.like-post, with: {{ \
         social_urn: 'urn:li:activity:7' }}, poll: {{ first: 10ms, every: 10ms }} }}\n  two: {}\n  three: {}\n\
         outputs: {{ ok: \"${{{{ default(steps.three.output.json.ok, 'unknown') }}}}\" }}\n",
        post("first", ""),
        post("second", "needs: like, "),
        post("third", "needs: two, "),
    );
    fs::write(&path, text).unwrap();
    path.display().to_string()
}

/// Nothing that was printed holds what may be a secret.
fn discreet(done: &Done) {
    for secret in ["hook-secret", "query-secret", "header-secret"] {
        assert!(!done.stdout.contains(secret) && !done.stderr.contains(secret), "{done:?}");
    }
}

#[test]
fn killed_at_every_point_each_post_arrives_at_most_once_and_the_end_is_the_same() {
    let mut in_doubt = 0;
    for (point, passings) in [("BeforeBegin", 4), ("AfterBegin", 4), ("AfterSend", 4), ("AfterRecord", 4)] {
        for nth in 1..=passings {
            let (service, other) = (Service::immediate(), Other::start(|_| false));
            let world = World::new(&service);
            let file = workflow(&world, &other);
            let mut command = world.command(["run", &file, "--yes", "--output", "json"]);
            let killed = Process::start(command.env("OUTX_TEST_KILL", format!("{point}:{nth}"))).wait();
            let what = format!("killed at {point}:{nth}");
            assert!(killed.was_killed(), "{what}: {}", killed.stderr);
            let mut done = world.resume();
            let report = Report::of(&done);
            let doubts: Vec<_> =
                report.steps().into_iter().filter(|(_, step)| step["status"] == "in_doubt").collect();
            // Whoever goes on cannot tell a request that left from one that was about to.
            let open = usize::from(point == "AfterBegin" || point == "AfterSend");
            assert_eq!(doubts.len(), open, "{what}: {}", report.json);
            assert_eq!(done.code(), Some(if open == 1 { 5 } else { 0 }), "{what}");
            if let Some((step, _)) = doubts.first() {
                in_doubt += 1;
                let said = if point == "AfterSend" { "--sent" } else { "--not-sent" };
                discreet(&world.run(["resolve", report.run(), step, said]).expect(0));
                done = world.resume();
            }
            assert!(other.bodies().values().all(|count| *count == 1), "{what}: {:?}", other.bodies());
            assert_eq!(other.bodies().len(), 3, "{what}");
            assert_eq!(service.requests().len(), 1, "{what}");
            assert_eq!(done.code(), Some(0), "{what}: {}", done.stderr);
            // What was said to be sent gave nothing to read.
            let lost_last = point == "AfterSend" && nth == 4;
            let ok = Report::of(&done).outputs()["ok"].clone();
            assert_eq!(ok, if lost_last { "unknown".into() } else { serde_json::json!(true) }, "{what}");
            discreet(&done);
        }
    }
    assert_eq!(in_doubt, 8);
}

#[test]
fn a_lost_answer_is_in_doubt_wherever_it_is_shown_and_is_never_sent_again() {
    let (service, other) = (Service::immediate(), Other::start(|body| body == "second"));
    let world = World::new(&service);
    let file = workflow(&world, &other);
    let ran = world.run(["run", &file, "--yes"]).expect(5);
    let run = world.kept().runs[0].run_id.to_string();
    let origin = format!("POST http://{}: the connection broke", other.address);
    for done in [
        ran,
        world.run(["resume", &run]).expect(5),
        world.run(["show", &run]).expect(0),
        world.run(["show", &run, "--step", "two"]).expect(0),
        world.run(["ledger", "--state", "in_doubt"]).expect(0),
    ] {
        discreet_but_for_the_input(&done);
        assert!(done.stdout.contains("look where it was sent to"), "{}", done.stdout);
        assert!(done.stdout.contains(&origin), "{}", done.stdout);
    }
    let ledger = world.run(["ledger"]).expect(0).stdout;
    assert_eq!(ledger.lines().filter(|line| line.contains("core.http")).count(), 2, "{ledger}");
    assert_eq!(other.bodies()["second"], 1);
    world.run(["resolve", &run, "two", "--sent"]).expect(0);
    world.run(["resume", &run]).expect(0);
    assert_eq!(other.bodies().values().sum::<usize>(), 3);
}

/// A step that is looked at by itself shows its input, which is the file's own.
fn discreet_but_for_the_input(done: &Done) {
    if !done.stdout.contains("input") {
        discreet(done);
    }
}

#[test]
fn a_preview_and_a_plan_show_what_would_be_sent_and_send_nothing() {
    let (service, other) = (Service::immediate(), Other::start(|_| false));
    let world = World::new(&service);
    let file = workflow(&world, &other);
    let run = |args: &[&str]| world.run(args).expect(0);
    for (done, last) in [
        // What comes after a step that was not done is not known before it was.
        (run(&["plan", &file]), "what it sends follows from steps before it"),
        (run(&["plan", &file, "--output", "json"]), "three"),
        (run(&["run", &file, "--preview"]), "third"),
        (run(&["run", &file, "--preview", "--output", "json"]), "third"),
    ] {
        discreet(&done);
        for words in ["core.http", &format!("http://{}", other.address), "first", last] {
            assert!(done.stdout.contains(words), "{words} in {}", done.stdout);
        }
    }
    assert_eq!(other.bodies().len(), 0);
    let repeated = fs::read_to_string(&file).unwrap().replace("body:", "repeatable: true, body:");
    fs::write(&file, repeated).unwrap();
    let done = world.run(["run", &file, "--preview", "--output", "json"]).expect(0);
    assert!(done.stdout.contains("\"fate\":\"send\""), "{}", done.stdout);
    assert_eq!(other.bodies().len(), 0, "also what may be sent again is only shown");
}

#[test]
fn an_emulated_run_reaches_this_machine_and_nothing_else() {
    let (service, other) = (Service::immediate(), Other::start(|_| false));
    let world = World::new(&service).with_key(None);
    let file = workflow(&world, &other);
    Report::of(&world.run(["run", &file, "--emulate", "--output", "json"]).expect(0));
    assert_eq!(other.bodies().len(), 3);
    let away =
        fs::read_to_string(&file).unwrap().replace(&other.address.to_string(), "hooks.example.invalid");
    fs::write(&file, away.replace("default(steps.three.output.json.ok, 'unknown')", "steps.three.status"))
        .unwrap();
    let done = world.run(["run", &file, "--emulate", "--output", "json"]).expect(0);
    assert_eq!(Report::of(&done).outputs()["ok"], "skipped");
    assert!(done.stderr.contains("an emulated run sends nothing out of this machine"), "{}", done.stderr);
}

/// A look and a post, each with a secret in it.
const WITH_SECRETS: &str = r#"
outx: 1
name: with-secrets
secrets: [HOOK_TOKEN]
steps:
  look: { uses: core.http, with: { url: "http://HOST/look?k=${{ secrets.HOOK_TOKEN }}" } }
  post:
    needs: look
    uses: core.http
    with:
      url: "http://HOST/post/${{ secrets.HOOK_TOKEN }}"
      method: POST
      headers: { authorization: "Bearer ${{ secrets.HOOK_TOKEN }}" }
      json: { token: "${{ secrets.HOOK_TOKEN }}" }
  loud: { after: [post], uses: core.http, with: { url: "${{ secrets.HOOK_TOKEN }}", method: POST, body: x } }
"#;

#[test]
fn the_value_of_a_secret_is_sent_and_stands_nowhere_else() {
    const VALUE: &str = "tok_9f8e7d-in-no-haystack";
    let (service, other) = (Service::immediate(), Other::start(|_| false));
    let world = World::new(&service);
    let path = world.work().join("with-secrets.yaml");
    fs::write(&path, WITH_SECRETS.replace("HOST", &other.address.to_string())).unwrap();
    let file = path.display().to_string();
    let run = |args: &[&str], code: i32| {
        let mut command = world.command(args);
        let done = Process::start(command.env("HOOK_TOKEN", VALUE)).wait().expect(code);
        for text in [&done.stdout, &done.stderr] {
            let shows = text.contains(VALUE) || text.contains(['\u{FDD0}', '\u{FDD1}']);
            assert!(!shows, "{args:?}: {text}");
        }
        done
    };
    run(&["check", &file], 0);
    run(&["graph", &file], 0);
    run(&["plan", &file], 0);
    run(&["plan", &file, "--output", "json"], 0);
    for output in ["text", "json", "csv"] {
        run(&["run", &file, "--preview", "--output", output], 0);
    }
    // The look is done by a preview, with its secret; the post is only shown.
    let look = format!("/look?k={VALUE}");
    let seen =
        |other: &Other| other.seen.lock().unwrap().iter().map(|(path, _)| path.clone()).collect::<Vec<_>>();
    assert_eq!(seen(&other), [look.as_str(); 3]);
    // An address that is none is told by the secret's name.
    run(&["run", &file, "--yes", "--output", "json"], 1);
    assert_eq!(seen(&other)[3..], [look.as_str(), &format!("/post/{VALUE}")]);
    assert_eq!(other.bodies()[&format!("{{\"token\":\"{VALUE}\"}}")], 1);
    let id = world.kept().runs[0].run_id.to_string();
    for args in [
        vec!["show", &id],
        vec!["show", &id, "--output", "json"],
        vec!["show", &id, "--step", "post"],
        vec!["show", &id, "--step", "loud", "--output", "json"],
        vec!["show", &id, "--events"],
        vec!["export", &id, "--format", "jsonl"],
        vec!["export", "--all", "--format", "csv"],
        vec!["ledger"],
        vec!["ledger", "--output", "json"],
        vec!["runs", "--output", "json"],
    ] {
        run(&args, 0);
    }
    for (path, bytes) in world.files() {
        let found = bytes.windows(VALUE.len()).any(|window| window == VALUE.as_bytes());
        assert!(!found, "the secret stands in {}", path.display());
    }
}
