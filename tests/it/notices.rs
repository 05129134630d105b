//! Telling people who do not watch.

use crate::support::{Service, World};
use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

/// Somebody who is told by HTTP: the requests as they came.
fn listener() -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/told%20here?by=outx%20%26%20co", listener.local_addr().unwrap());
    let (sender, told) = channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut text = String::new();
            let mut some = [0; 4096];
            while !text.ends_with('}') {
                let length = stream.read(&mut some).unwrap();
                text += std::str::from_utf8(&some[..length]).unwrap();
            }
            stream.write_all(b"HTTP/1.1 204 No Content\r\ncontent-length: 0\r\n\r\n").unwrap();
            if sender.send(text).is_err() {
                return;
            }
        }
    });
    (url, told)
}

fn file(world: &World, notify: &str) -> String {
    let text = format!(
        "outx: 1\nname: told\nnotify:\n{notify}steps:\n  ok: {{ uses: core.approve, with: {{ message: 'Go on?' }} }}\n"
    );
    let path = world.work().join("told.yaml");
    fs::write(&path, text).unwrap();
    path.display().to_string()
}

#[test]
fn people_are_told_by_http_and_by_a_program_that_was_allowed() {
    let service = Service::immediate();
    let world = World::new(&service);
    let (url, told) = listener();
    let path = file(
        &world,
        &format!(
            "  - {{ on: [approval, end], http: \"{url}\" }}\n  - {{ on: end, command: [sh, -c, 'cat >> said'] }}\n"
        ),
    );
    world.run(["run", &path, "--emulate", "--allow-commands"]).expect(8);
    let asked = told.recv_timeout(Duration::from_secs(30)).unwrap();
    assert!(asked.starts_with("POST /told%20here?by=outx+%26+co HTTP/1.1\r\n"), "{asked}");
    assert!(asked.contains(r#""event":"approval""#) && asked.contains("Go on?"), "{asked}");
    assert!(!asked.to_lowercase().contains("x-api-key"), "{asked}");

    let run = world.kept().runs[0].run_id.to_string();
    world.run(["approve", &run, "ok"]).expect(0);
    world.run(["resume", &run, "--allow-commands"]).expect(0);
    let ended = told.recv_timeout(Duration::from_secs(30)).unwrap();
    assert!(ended.contains(r#""event":"end""#) && ended.contains("succeeded"), "{ended}");
    let said = fs::read_to_string(world.work().join("said")).unwrap();
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.contains(&run) && said.contains(r#""event":"end""#), "{said}");
    assert!(told.try_recv().is_err(), "nobody is told twice");
}

#[test]
fn what_cannot_be_told_is_said_and_harms_no_run() {
    let service = Service::immediate();
    let world = World::new(&service);
    let path = file(
        &world,
        "  - { on: approval, command: [sh, -c, 'cat > said'] }\n  - { on: approval, http: \"http://127.0.0.1:9/x\" }\n",
    );
    let said = world.run(["run", &path, "--emulate"]).expect(8).stderr;
    assert!(said.contains("`sh` is started only with --allow-commands"), "{said}");
    assert_eq!(said.matches("nobody was told of `approval`").count(), 2, "{said}");
    assert!(!world.work().join("said").exists());
}
