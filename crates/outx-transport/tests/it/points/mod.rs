//! Each place where a create can fail, what is said of it there, and what the wire has seen. The table is
//! committed as `docs/failure-points.md`.

mod failing;
mod table;

use crate::server::Seen;
use outx_model::Proof;
use outx_transport::{Context, ErrorKind, Response, Sent, TransportError};
use std::fmt::Write;
use std::path::Path;
use std::time::Duration;
use std::{env, fs};
use table::{HTTP1, HTTP2, Point};

/// What was said and what was seen.
#[derive(Debug)]
struct Found {
    said: String,
    seen: Seen,
}

/// Too short for what never comes.
const SHORT: Duration = Duration::from_millis(100);
/// Enough for all that comes before what never comes, also on a machine that does much else.
const AMPLE: Duration = Duration::from_secs(2);
const LONG: Duration = Context::TIMEOUT;
/// More than the buffers of two sockets hold.
const LARGE: usize = 20_000_000;

fn points() -> impl Iterator<Item = (&'static str, &'static Point)> {
    HTTP1.iter().map(|point| ("1.1", point)).chain(HTTP2.iter().map(|point| ("2", point)))
}

fn say(result: Result<Response, TransportError>) -> String {
    let error = match result {
        Ok(answer) => return format!("answer {}", answer.status),
        Err(error) => error,
    };
    let kind = match error.kind() {
        ErrorKind::Connect => "no connection",
        ErrorKind::Timeout => "time-out",
        ErrorKind::Broken => "broken",
        ErrorKind::Redirected => "redirected",
        other => panic!("{other:?}: {}", error.chain()),
    };
    let sent = match error.sent() {
        Sent::Maybe => "maybe sent",
        Sent::No(Proof::NoConnection) => "not sent (no connection)",
        Sent::No(Proof::BodySealed) => "not sent (body sealed)",
        Sent::No(Proof::StreamRefused) => "not sent (stream refused)",
        Sent::No(Proof::GoneAway) => "not sent (gone away)",
        Sent::No(Proof::NeverStarted) => "not sent (never started)",
    };
    format!("{kind}: {sent}{}", if error.answered() { ", answered" } else { "" })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_each_point_the_truth_is_said_and_at_most_one_request_is_on_the_wire() {
    let mut wrong = Vec::new();
    for (http, point) in points() {
        let Found { said, seen } = (point.fails)().await;
        let as_seen = match point.said {
            [_] => seen == point.seen,
            _ => seen.heads <= point.seen.heads && seen.complete <= point.seen.complete,
        };
        if !point.said.contains(&said.as_str()) || !as_seen {
            wrong.push(format!("HTTP/{}, {}: {said}, {seen:?}", http, point.place));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The table itself must not claim that a create was not sent which the service could have acted on: what
/// arrived whole is only disowned by the other side's own word.
#[test]
fn no_point_calls_not_sent_what_arrived_whole() {
    for (_, point) in points() {
        for said in point.said.iter().filter(|said| said.contains("not sent")) {
            let disowned = said.contains("stream refused") || said.contains("gone away");
            let open = point.said.len() > 1 || point.seen.complete == 0 || disowned;
            assert!(open, "{}: {said}", point.place);
        }
        assert!(point.seen.heads <= 1);
    }
}

#[test]
fn the_committed_table_says_so() {
    let mut page = "# What is said of a create that fails\n\n\
        Each row is a place where a socket was made to fail in the middle of a create over `HttpTransport`, what was\n\
        said of it, and what the socket had seen of the request by then. Where two things can be said, the system's\n\
        timing decides what is seen of a closed socket. A test tries each row; `OUTX_REFRESH=1 cargo test -p\n\
        outx-transport points` writes this page anew.\n\n\
        | HTTP | where it fails | what is said | heads on the wire | whole requests |\n\
        | --- | --- | --- | --- | --- |\n"
        .to_owned();
    for (http, Point { place, said, seen, .. }) in points() {
        let most = if said.len() > 1 { "at most " } else { "" };
        let Seen { heads, complete } = seen;
        let most = |count: &u32| if *count == 0 { "0".to_owned() } else { format!("{most}{count}") };
        let said = said.join("; or ");
        writeln!(page, "| {http} | {place} | {said} | {} | {} |", most(heads), most(complete)).unwrap();
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/failure-points.md");
    if env::var_os("OUTX_REFRESH").is_some() {
        fs::write(&path, &page).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        page == committed,
        "docs/failure-points.md is out of date; OUTX_REFRESH=1 writes it anew\n{page}"
    );
}
