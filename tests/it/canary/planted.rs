//! The search can fail: what is planted on purpose in each place is found there, and only there.

use super::calls::Seen;
use super::haystack::Haystack;
use super::needle::Needle;
use super::stage::{Stage, TOKEN, client};
use outx_ledger::{Intent, LedgerStore};
use outx_model::{Endpoint, Token};
use outx_service::{Command, Host, ServiceConfig, ServiceStoreError};
use outx_store::{Mode, Store};
use outx_transport::cassette::{Keep, Recorder};
use outx_transport::{Clock, FakeTransport, SystemClock};
use serde_json::json;
use std::error::Error;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

/// What the process prints on both of its outputs.
pub(super) const PRINTED: &str = "decoy-on-paper-8d1f04b7c2";

/// What is planted, and the beginning of the place where it must be found.
const DECOYS: [(&str, &str); 13] = [
    ("4526a87febd289f4988c", "event of h2::planted"),
    ("00a92272a2a092be84f4", "event of h2::planted"),
    ("c8d03d1a8d03bc59ea65", "span of hyper::planted"),
    ("459adae53c55048d0939", "span of someone"),
    ("617d62bf5033840342ce", "log of reqwest::planted"),
    ("53df65ff4df14002929a", "planted value"),
    ("2803213bbfd9304ab5e9", "planted error"),
    ("d42cb498b531ae0464da", "file planted.bin"),
    ("70cd29e119b63ef47b9a", "file service-402.db"),
    ("71588ea701f17369df2c", "file planted.db"),
    ("6d59a632d10895d548df", "file planted.yaml"),
    ("a620815e9be4bca0bff0", "door POST /admin/extension"),
    ("314159", "log of reqwest::planted"),
];

pub(super) async fn plant(seen: &mut Seen, folder: &Path) {
    let decoy = |at: usize| DECOYS[at].0;
    let below = || io::Error::other(decoy(1));
    let error = ServiceStoreError::new("planted").with_source(below());
    tracing::trace!(target: "h2::planted", header = decoy(0), error = &error as &dyn Error);
    let span = tracing::trace_span!(target: "hyper::planted", "request", key = decoy(2), later = tracing::field::Empty);
    span.record("later", decoy(3));
    log::trace!(target: "reqwest::planted", "sent {} and {}", decoy(4), decoy(12));
    seen.hay.value("planted value", &Some(decoy(5).as_bytes()));
    seen.hay
        .error("planted error", &ServiceStoreError::new("planted").with_source(io::Error::other(decoy(6))));
    fs::write(folder.join("planted.bin"), [b"\x00\xff", decoy(7).as_bytes(), b"\xfe"].concat()).unwrap();

    let stage = Stage::start(folder, 402).await;
    let fail = Command::Fail { on: Endpoint::LikePost.into(), reason: decoy(8).to_owned(), times: 1 };
    stage.host.command(fail, SystemClock.now()).await.unwrap();
    let heard = stage.ask(
        TOKEN,
        "POST",
        "/admin/extension",
        &json!({ "state": "open", "team": decoy(11) }).to_string(),
    );
    seen.hay.text("door POST /admin/extension", heard.body);

    let store = Store::open(&folder.join("planted.db"), Mode::Threaded).unwrap();
    let spec = Endpoint::FetchProfile.spec();
    let input = json!({ "profile_slug": "ada-example" });
    let intent = Intent::new(decoy(9).into(), "planted".into(), "planted".into(), spec.endpoint, input);
    store.begin(&intent, Token::from("t"), SystemClock.now()).await.unwrap();

    let file = File::create_new(folder.join("planted.yaml")).unwrap();
    let host = Arc::new(Host::in_memory(ServiceConfig::default()));
    let fake = Arc::new(FakeTransport::new(host, Arc::new(SystemClock)));
    let recorder = Recorder::new(fake, Arc::new(SystemClock), file, Keep::default()).unwrap();
    client(Arc::new(recorder)).create(Endpoint::FetchProfile, &json!({ "profile_slug": decoy(10) })).await;

    drop(writeln!(io::stdout(), "{PRINTED}"));
    drop(writeln!(io::stderr(), "{PRINTED}"));
}

/// Fails unless each decoy was found where it is, and all those who speak were heard.
pub(super) fn are_found(hay: &Haystack) {
    let needle =
        |text: &str| if text.len() == 6 { Needle::code(text, text) } else { Needle::new(text, text) };
    let needles = DECOYS.map(|(text, _)| needle(text));
    for ((text, place), places) in DECOYS.iter().zip(hay.places(&needles)) {
        // A database is a file and its log.
        let elsewhere = places.iter().find(|found| !found.starts_with(place));
        assert!(
            !places.is_empty() && elsewhere.is_none(),
            "{text} is to be in {place}, and is in {places:?}"
        );
    }
    for speaker in [
        "event of outx_transport",
        "event of outx_emulator",
        "event of outx_service",
        "event of outx_poller",
        "event of outx_store",
        "event of hyper_util",
        "log of reqwest",
        "log of rustls",
        "file run-over-http.db",
        "file service-1.db",
        "file recorded-over-http.yaml",
    ] {
        assert!(hay.has(speaker), "nothing was heard: {speaker}");
    }
}
