//! Canaries: a key, a token, mailed codes and made keys that nobody may ever find anywhere.
//!
//! All that a program can do with them is done: over a socket, over HTTP/2, over the fake, recorded and replayed, with every
//! fault of the service and every mishap of the way, through the testers' door, with a ledger, a journal and
//! their files. All that was shown, said in a log or written is then searched. What is said anywhere in a
//! process has one ear, so the search happens in a process of its own; its output is searched as well.

mod calls;
mod door;
mod ear;
mod echo;
mod haystack;
mod http2;
mod keeping;
mod needle;
mod planted;
mod program;
mod service;
mod stage;
mod ways;

use calls::Seen;
use haystack::Haystack;
use needle::Needle;
use outx_transport::Mishap;
use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// Where the process that does it all finds its folder.
const FOLDER: &str = "OUTX_TEST_CANARY";

#[test]
fn no_secret_shows_anywhere() {
    if let Some(folder) = env::var_os(FOLDER) {
        search(&PathBuf::from(folder));
        return;
    }
    let folder = TempDir::new().unwrap();
    let done = Command::new(env::current_exe().unwrap())
        .args(["--exact", "canary::no_secret_shows_anywhere", "--nocapture", "--test-threads", "1"])
        .env(FOLDER, folder.path())
        .output()
        .unwrap();
    let said = [done.stdout, done.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).join("\n");
    assert!(done.status.success(), "{said}");
    // The secrets came up on the way, so the process left them behind.
    let needles = fs::read_to_string(folder.path().join("needles")).unwrap();
    let mut hay = Haystack::default();
    assert!(said.contains(planted::PRINTED), "what it printed cannot be seen: {said}");
    hay.text("output", said);
    let needles: Vec<_> = needles.lines().map(needle_of).collect();
    assert!(needles.len() > 50, "{} secrets", needles.len());
    assert!(hay.places(&needles).iter().all(BTreeSet::is_empty), "a secret was printed");
}

fn needle_of(text: &str) -> Needle {
    if text.len() == 6 { Needle::code("a code", text) } else { Needle::new("a key", text) }
}

fn search(folder: &Path) {
    ear::listen();
    let written = folder.join("written");
    fs::create_dir(&written).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let mut seen = Seen { needles: stage::planted(), ..Seen::default() };
    runtime.block_on(everything(&mut seen, &written));
    drop(runtime);
    for (by, said) in ear::heard() {
        seen.hay.text(by, said);
    }
    assert!(seen.hay.has("event of h2::"), "HTTP/2 was not spoken, or not listened to");
    seen.hay.files(&written);

    let Seen { hay, mut needles, logins, .. } = seen;
    needles.sort();
    needles.dedup();
    let is_mailed = |needle: &Needle| needle.name == "a mailed code";
    let found = hay.places(&needles);
    let places =
        || needles.iter().zip(&found).flat_map(|(needle, places)| places.iter().map(move |at| (needle, *at)));
    // Of all that knows the codes only the door's list of mails may show them. It shows no key.
    let open: BTreeSet<_> =
        places().filter(|(needle, place)| !(is_mailed(needle) && *place == door::MAILS)).collect();
    let open: BTreeSet<_> =
        open.iter().map(|(needle, place)| format!("{} in {place}", needle.name)).collect();
    assert!(open.is_empty(), "secrets lie open:\n{}", Vec::from_iter(open).join("\n"));
    assert!(places().any(|(_, place)| place == door::MAILS), "the door shows no code");
    assert!(logins >= 6, "{logins} keys were made");
    planted::are_found(&hay);

    let all: Vec<_> = needles.iter().map(|needle| needle.text.clone()).collect();
    fs::write(folder.join("needles"), all.join("\n")).unwrap();
}

/// Drives every way that there is.
async fn everything(seen: &mut Seen, folder: &Path) {
    ways::plain(seen, folder).await;
    ways::recorded(seen, folder).await;
    for (number, fault) in (100..).zip(ways::faults()) {
        ways::faulty(seen, folder, number, &fault).await;
    }
    for (number, mishap) in (200..).zip(Mishap::ALL) {
        ways::chaotic(seen, folder, number, mishap).await;
    }
    ways::storm(seen, folder).await;
    ways::nowhere(seen).await;
    ways::shown_back(seen, folder).await;
    http2::all(seen, folder).await;
    service::model(seen, folder).await;
    planted::plant(seen, folder).await;
}
