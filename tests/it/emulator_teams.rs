//! The emulator, killed again and again while many sign in by mail, create tasks with their teams' keys and
//! poll them: whatever was answered holds after each restart.

use crate::support::{Process, World, ask};
use outx_model::{AccountId, Endpoint, PollAnswer, RefusalReason, TaskId, TaskSnapshot, TaskStatus};
use outx_transport::{ApiKey, Client, Created, HttpTransport, Login, LoginError, SystemClock};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

/// How many sign in at the same time.
const CALLERS: usize = 6;
/// So many answers come before each of the kills.
const MOMENTS: [usize; 6] = [1, 4, 15, 40, 80, 25];
/// How long nothing may happen. Nothing that is waited for here takes nearly so long.
const SILENCE: Duration = Duration::from_mins(1);
const TOKEN: &str = "let-me-in";

/// What was answered, and so must hold for ever.
#[derive(Default)]
struct Known {
    /// Counts all answers that say something new.
    answers: usize,
    /// Which of the emulator's lives it is; callers whose connection broke wait for the next one.
    life: usize,
    over: bool,
    /// By mail address: the code that was taken, and the key that it gave.
    keys: BTreeMap<String, (String, String)>,
    /// Codes whose answer was lost, by mail address.
    lost: BTreeMap<String, String>,
    /// By id: the key of its team, and the task as it was seen last.
    tasks: BTreeMap<TaskId, (String, Option<TaskSnapshot>)>,
}

#[derive(Default)]
struct Board {
    known: Mutex<Known>,
    changed: Condvar,
}

impl Board {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap()
    }

    fn answered(&self, change: impl FnOnce(&mut Known)) {
        let mut known = self.known();
        change(&mut known);
        known.answers += 1;
        self.changed.notify_all();
    }

    /// Waits until something is so.
    fn until(&self, what: &str, is: impl Fn(&Known) -> bool) {
        let waited = self.changed.wait_timeout_while(self.known(), SILENCE, |known| !is(known)).unwrap();
        assert!(!waited.1.timed_out(), "{what} was waited for in vain");
    }

    fn set(&self, change: impl FnOnce(&mut Known)) {
        change(&mut self.known());
        self.changed.notify_all();
    }
}

/// The ways to the emulator, which stay the same in all its lives.
struct Ways {
    transport: Arc<HttpTransport>,
    door: String,
}

impl Ways {
    fn client(&self, key: Option<&str>) -> Client {
        let key = key.map(|key| ApiKey::new(key).unwrap());
        Client::new(self.transport.clone(), Arc::new(SystemClock), AccountId::from("a"), key)
    }

    /// The code that was mailed last to an address; none while nobody opens.
    fn mailed(&self, email: &str) -> Option<String> {
        let token = [format!("authorization: Bearer {TOKEN}")];
        let mails = ask(&self.door, "GET", "/admin/mails", &token, "").ok()?.json();
        let mut mails = mails["mails"].as_array().unwrap().iter();
        mails.rfind(|mail| mail["to"] == email).map(|mail| mail["code"].as_str().unwrap().to_owned())
    }
}

/// Signs in, works with the key, and does it all again as somebody else. Whatever breaks is given up.
async fn call(board: &Board, ways: &Ways, caller: usize) {
    for number in 0.. {
        let life = board.known().life;
        if board.known().over {
            return;
        }
        if work(board, ways, &format!("person-{caller}-{number}@example.org")).await.is_none() {
            board.until("the emulator's next life", |known| known.over || known.life > life);
        }
    }
}

/// Nothing when the connection broke.
async fn work(board: &Board, ways: &Ways, email: &str) -> Option<()> {
    let nobody = ways.client(None);
    heard(nobody.send_otp(email, None).await)?;
    let code = ways.mailed(email)?;
    let Some(Login { key, .. }) = heard(nobody.verify_otp(email, &code).await) else {
        board.set(|known| drop(known.lost.insert(email.to_owned(), code)));
        return None;
    };
    let key = key.expose().to_owned();
    board.answered(|known| drop(known.keys.insert(email.to_owned(), (code, key.clone()))));
    let client = ways.client(Some(&key));
    let mut own = Vec::new();
    for (endpoint, input) in [
        (Endpoint::FetchProfile, json!({ "profile_slug": "ada-example" })),
        (Endpoint::LikePost, json!({ "social_urn": format!("urn:li:activity:{email}") })),
        (Endpoint::SendConnectionRequest, json!({ "profile_urn": format!("urn:li:fsd_profile:{email}") })),
    ] {
        match client.create(endpoint, &input).await {
            Created::Accepted(ticket) => {
                own.push(ticket.id.clone());
                board.answered(|known| drop(known.tasks.insert(ticket.id, (key.clone(), None))));
            }
            Created::NotSent { .. } | Created::Unknown(_) => return None,
            other => panic!("{email}: {other:?}"),
        }
        for id in &own {
            seen(board, id, client.poll(id).await.ok()?);
        }
    }
    Some(())
}

/// What the service says to signing in; nothing when the connection broke. It never refuses.
fn heard<T>(result: Result<T, LoginError>) -> Option<T> {
    match result {
        Ok(value) => Some(value),
        Err(LoginError::NoAnswer(_)) => None,
        Err(error) => panic!("{error}"),
    }
}

/// A task goes forward only, and what is completed stays what it is.
fn seen(board: &Board, id: &TaskId, answer: PollAnswer) {
    let PollAnswer::Snapshot(now) = answer else { panic!("{id}: {answer:?}") };
    let mut known = board.known();
    let before = &mut known.tasks.get_mut(id).unwrap().1;
    if let Some(before) = &before {
        assert!(
            stage(&now.status) >= stage(&before.status),
            "{id} went from {} to {}",
            before.status,
            now.status
        );
        let is_same = !before.status.is_end() || *before == now;
        assert!(is_same, "{id} was {before:?} and is {now:?}");
    }
    *before = Some(now);
}

fn stage(status: &TaskStatus) -> usize {
    match status {
        TaskStatus::Pending => 0,
        TaskStatus::Processing => 1,
        TaskStatus::Completed | TaskStatus::Failed => 2,
        other @ TaskStatus::Other(_) => panic!("{other}"),
    }
}

/// Asks about all that was ever answered.
async fn judge(board: &Board, ways: &Ways) {
    let (keys, lost, tasks) = {
        let known = board.known();
        (known.keys.clone(), known.lost.clone(), known.tasks.clone())
    };
    let all: BTreeSet<_> = keys.values().map(|(_, key)| key).collect();
    assert_eq!(all.len(), keys.len(), "two people have the same key");
    for (email, (code, key)) in &keys {
        let created = ways.client(Some(key)).create(Endpoint::FetchConnections, &json!({})).await;
        assert!(matches!(created, Created::Accepted(_)), "the key of {email}: {created:?}");
        is_wrong(ways, email, code).await;
    }
    for (email, code) in &lost {
        // It may have been taken before the kill; then it is good no more.
        if let Ok(login) = ways.client(None).verify_otp(email, code).await {
            assert!(!all.contains(&login.key.expose().to_owned()), "the key of {email} is somebody else's");
            is_wrong(ways, email, code).await;
        }
    }
    for (id, (key, _)) in &tasks {
        seen(board, id, ways.client(Some(key)).poll(id).await.unwrap());
        let other = all.iter().find(|other| **other != key);
        for other in other.into_iter().map(|key| key.as_str()) {
            let answer = ways.client(Some(other)).poll(id).await.unwrap();
            assert!(matches!(answer, PollAnswer::NotFound(_)), "{id} of another team: {answer:?}");
        }
    }
    // Whoever signs in once more is who they were, and who has no key stays outside.
    if let Some((email, (_, key))) = keys.iter().next_back() {
        ways.client(None).send_otp(email, None).await.unwrap();
        let login = ways.client(None).verify_otp(email, &ways.mailed(email).unwrap()).await.unwrap();
        assert_eq!(login.key.expose(), key, "{email} has another key now");
    }
    let stranger = ways.client(Some("outx_nobody-s-key")).poll(&TaskId::from("x")).await.unwrap();
    assert!(matches!(stranger, PollAnswer::Refused(it) if it.reason == RefusalReason::Unauthorized));
}

async fn is_wrong(ways: &Ways, email: &str, code: &str) {
    let again = ways.client(None).verify_otp(email, code).await;
    assert!(
        matches!(&again, Err(LoginError::Refused { error, .. }) if error.status == 401),
        "{email}: {again:?}"
    );
}

fn emulate(world: &World, ports: Option<(&str, &str)>) -> (Process, Value) {
    let (port, door) = ports.unwrap_or(("0", "0"));
    let data = world.work().join("service").display().to_string();
    // With a key of its own the emulator refuses all keys that it does not know.
    let own = ["emulate", "--output", "json", "--api-key", "outx_the-operator", "--latency", "0s..400ms"];
    let args = ["--port", port, "--admin-port", door, "--admin-token", TOKEN, "--data", &data];
    let mut process = world.start(own.into_iter().chain(args));
    let line = process.prints("{");
    (process, serde_json::from_str(&format!("{{{line}")).unwrap())
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

#[test]
fn what_was_answered_to_teams_outlives_every_kill_under_load() {
    let world = World::at("");
    let (mut emulator, at) = emulate(&world, None);
    let (url, door) = (at["url"].as_str().unwrap(), at["admin_url"].as_str().unwrap());
    let door = door.strip_prefix("http://").unwrap().strip_suffix("/admin").unwrap();
    let port = |address: &str| address.rsplit(':').next().unwrap().to_owned();
    let ports = (port(url), port(door));
    let ways = || Ways { transport: Arc::new(HttpTransport::new(url).unwrap()), door: door.to_owned() };
    let board = Board::default();
    thread::scope(|scope| {
        for caller in 0..CALLERS {
            let (board, ways) = (&board, ways());
            scope.spawn(move || block_on(call(board, &ways, caller)));
        }
        for more in MOMENTS {
            let before = board.known().answers;
            board.until("the next answers", |known| known.answers >= before + more);
            emulator.kill();
            emulator.wait();
            (emulator, _) = emulate(&world, Some((&ports.0, &ports.1)));
            block_on(judge(&board, &ways()));
            board.set(|known| known.life += 1);
        }
        board.set(|known| known.over = true);
    });
    let known = board.known();
    let completed =
        known.tasks.values().filter(|(_, seen)| seen.as_ref().is_some_and(|it| it.status.is_end()));
    let (keys, tasks, completed) = (known.keys.len(), known.tasks.len(), completed.count());
    eprintln!("{keys} keys, {tasks} tasks, {completed} ended, {} codes without an answer", known.lost.len());
    assert!(keys >= MOMENTS.len() && tasks >= MOMENTS.len() && completed > 0);
}
