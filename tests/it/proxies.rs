//! The program reaches the API through the proxy that its environment names.

use crate::support::{Process, World};
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::mpsc::{self, Receiver};
use std::thread;

/// A proxy that refuses every tunnel, and the heads of what it was asked for.
fn refusing() -> (SocketAddr, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (sender, heads) = mpsc::channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let head: Vec<_> = lines.map_while(Result::ok).take_while(|line| !line.is_empty()).collect();
            stream.write_all(b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n").unwrap();
            if sender.send(head.join("\n")).is_err() {
                return;
            }
        }
    });
    (address, heads)
}

#[test]
fn the_proxy_of_the_environment_is_asked_for_a_tunnel_and_never_sees_the_key() {
    let (proxy, heads) = refusing();
    let world = World::at("https://outx.invalid").with_key(Some("outx_live_needle"));
    // The shipped limits know working hours, and this test none.
    world.run(["limits", "off"]).expect(0);
    let mut command = world.command([
        "task",
        "create",
        "like-post",
        "-i",
        "social_urn=urn:li:activity:7",
        "--yes",
        "--new-store",
    ]);
    let done = Process::start(command.env("HTTPS_PROXY", format!("http://u:pass-needle@{proxy}"))).wait();
    // No tunnel, no connection: nothing was sent, and that is known.
    done.expect(7);
    let head = heads.recv().unwrap();
    assert!(head.starts_with("CONNECT outx.invalid:443 HTTP/1.1"), "{head}");
    assert!(!head.contains("outx_live_needle"), "{head}");
}

#[test]
fn a_host_that_is_excepted_is_reached_directly() {
    let (proxy, heads) = refusing();
    let world = World::at("https://outx.invalid");
    let mut command = world.command(["task", "get", "some-task"]);
    command.env("HTTPS_PROXY", format!("http://{proxy}")).env("NO_PROXY", "outx.invalid");
    Process::start(&mut command).wait().expect(7);
    assert!(heads.try_recv().is_err());
}
