//! What every journal must do, over the one in memory and over the store with both drivers.

use jiff::Timestamp;
use outx_flow::journal::{
    Batch, Event, Fact, Journal, JournalErrorKind, MemoryJournal, RunSummary, SkipReason, StepError,
    StepErrorKind, StepResult,
};
use outx_flow::{Path, RunId, RunStatus, Signal};
use outx_model::{ContentHash, Endpoint, Word};
use outx_store::{Mode, Store};
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

fn at(n: i64) -> Timestamp {
    Timestamp::from_nanosecond(i128::from(1_772_442_000_123_456_789 + n)).unwrap()
}

/// A run that has just been submitted.
pub(crate) fn summary(id: &str) -> RunSummary {
    RunSummary {
        run_id: RunId::new(id),
        name: "invite — ä".to_owned(),
        account: "sales".into(),
        emulated: id.ends_with('e'),
        started_at: at(0),
        status: RunStatus::Running,
    }
}

/// A batch of one value and one fact that names it; `n` tells batches apart.
pub(crate) fn batch(n: u32) -> Batch {
    let text = format!(r#"{{"n":{n}}}"#);
    let hash = ContentHash::of_bytes(text.as_bytes());
    let path = Path::run().step("people").item("ada [x]").step("invite");
    let fact =
        Fact { path, attempt: n, at: at(i64::from(n)), event: Event::Started { input: hash, once: None } };
    Batch { facts: vec![fact], values: vec![(hash, text.into())], ..Batch::default() }
}

fn value(text: &str) -> (ContentHash, Arc<str>) {
    (ContentHash::of_bytes(text.as_bytes()), Arc::from(text))
}

/// Facts of several shapes.
fn facts() -> Vec<Fact> {
    let (hash, _) = value("1");
    let error = StepError { kind: StepErrorKind::TaskFailed, message: "it's \"no\"\n".to_owned() };
    let events = [
        Event::RunResumed { account: None },
        Event::Started { input: hash, once: None },
        Event::Skipped { why: SkipReason::Need },
        Event::Begun { entry: "k".into(), endpoint: Endpoint::LikePost, asked_before: 1 },
        Event::InDoubt { what: "the answer was lost".to_owned() },
        Event::Accepted { task_id: "t".into(), joined: true },
        Event::Finished { result: StepResult::success(Some(hash)) },
        Event::Finished { result: StepResult::failure(error) },
    ];
    let fact = |(n, event)| Fact { path: Path::parse("a.b[c]"), attempt: 1, at: at(n), event };
    (0..).zip(events).map(fact).collect()
}

async fn suite(journal: &dyn Journal) {
    let (one, two) = (summary("one"), summary("two-e"));
    assert_eq!(journal.run(&one.run_id).await.unwrap(), None);
    assert_eq!(journal.facts(&one.run_id).await.unwrap(), []);
    assert_eq!(journal.runs().await.unwrap(), []);

    // A run is created once; what is given with a second try is not added.
    assert!(journal.create(&one, batch(0)).await.unwrap());
    let other = RunSummary { name: "other".to_owned(), ..one.clone() };
    assert!(!journal.create(&other, batch(1)).await.unwrap());
    assert_eq!(journal.run(&one.run_id).await.unwrap().as_ref(), Some(&one));
    assert_eq!(journal.facts(&one.run_id).await.unwrap(), batch(0).facts);
    assert_eq!(missing(journal, &batch(1)).await, JournalErrorKind::Missing);

    // The newest run stands first, and facts stay with their run and in their order.
    assert!(journal.create(&two, Batch::default()).await.unwrap());
    assert_eq!(journal.runs().await.unwrap(), [two.clone(), one.clone()]);
    journal.append(&two.run_id, Batch { facts: facts(), ..Batch::default() }).await.unwrap();
    journal.append(&one.run_id, batch(2)).await.unwrap();
    journal.append(&one.run_id, batch(1)).await.unwrap();
    journal.append(&one.run_id, Batch::default()).await.unwrap();
    assert_eq!(journal.facts(&two.run_id).await.unwrap(), facts());
    let facts = journal.facts(&one.run_id).await.unwrap();
    assert_eq!(facts.iter().map(|fact| fact.attempt).collect::<Vec<_>>(), [0, 2, 1]);

    // Whoever adds says how many facts there are. Where there are others, nothing is added.
    let after = |known, batch| Batch { after: Some(known), ..batch };
    let spoken = Batch { status: Some(RunStatus::Failed), wakes_at: Some(at(1)), ..batch(8) };
    for known in [0, 2, 4] {
        for late in [spoken.clone(), Batch { status: Some(RunStatus::Failed), ..Batch::default() }] {
            let error = journal.append(&one.run_id, after(known, late)).await.unwrap_err();
            assert_eq!(error.kind(), JournalErrorKind::TakenOver);
            assert!(error.to_string().contains("took the run one over: it has 3 facts"), "{error}");
        }
    }
    assert_eq!(journal.facts(&one.run_id).await.unwrap().len(), 3);
    assert_eq!(journal.run(&one.run_id).await.unwrap().as_ref(), Some(&one));
    assert_eq!(missing(journal, &batch(8)).await, JournalErrorKind::Missing);
    let many = Batch { facts: [batch(4).facts, batch(5).facts].concat(), ..batch(4) };
    journal.append(&one.run_id, after(3, many)).await.unwrap();
    journal.append(&one.run_id, after(5, batch(6))).await.unwrap();
    assert_eq!(journal.facts(&one.run_id).await.unwrap().len(), 6);
    journal.append(&two.run_id, after(8, Batch::default())).await.unwrap();

    // A status is the run's, and changes with the facts that it belongs to.
    let done = Batch { status: Some(RunStatus::NeedsAttention), ..batch(3) };
    journal.append(&one.run_id, done).await.unwrap();
    assert_eq!(journal.run(&one.run_id).await.unwrap().unwrap().status, RunStatus::NeedsAttention);
    assert_eq!(journal.run(&two.run_id).await.unwrap().as_ref(), Some(&two));

    // Values come in the order asked for, as they were given first.
    let (ten, long) = (value("10"), value(&format!("\"{}\"", "ä".repeat(20_000))));
    let first = Batch { values: vec![ten.clone(), long.clone(), ten.clone()], ..Batch::default() };
    journal.append(&one.run_id, first).await.unwrap();
    let again = Batch { values: vec![(ten.0, Arc::from("11"))], ..Batch::default() };
    journal.append(&two.run_id, again).await.unwrap();
    let found = journal.values(&[long.0, ten.0, long.0]).await.unwrap();
    assert_eq!(found, [long.1.clone(), ten.1.clone(), long.1.clone()]);
    assert_eq!(journal.values(&[]).await.unwrap(), Vec::<Arc<str>>::new());
    let error = journal.values(&[ten.0, value("unknown").0]).await.unwrap_err();
    assert_eq!(error.kind(), JournalErrorKind::Missing);
    assert!(error.to_string().contains(&value("unknown").0.to_string()), "{error}");

    // What is said to a run stays until it is heard, in its order; numbers are not used again.
    let cancel = Signal::Cancel;
    let yes = Signal::Approve { step: Path::parse("a[b].c"), yes: true, by: "Ada".to_owned() };
    let word = Word::Sent { task_id: Some("t".into()) };
    let sent = Signal::Resolve { step: Path::parse("a"), word };
    for signal in [&yes, &cancel] {
        journal.say(&one.run_id, signal, at(7)).await.unwrap();
    }
    journal.say(&two.run_id, &sent, at(8)).await.unwrap();
    let said = journal.said(&one.run_id).await.unwrap();
    assert_eq!(said.iter().map(|said| &said.signal).collect::<Vec<_>>(), [&yes, &cancel]);
    let to_two = &journal.said(&two.run_id).await.unwrap()[0];
    assert_eq!((&to_two.signal, to_two.at), (&sent, at(8)));
    let heard = Batch { heard: vec![said[0].number], ..Batch::default() };
    journal.append(&two.run_id, heard.clone()).await.unwrap();
    assert_eq!(journal.said(&one.run_id).await.unwrap(), said, "another run's is not its to hear");
    journal.append(&one.run_id, heard).await.unwrap();
    assert_eq!(journal.said(&one.run_id).await.unwrap(), said[1..]);
    let error = journal.say(&RunId::new("none"), &cancel, at(9)).await.unwrap_err();
    assert_eq!(error.kind(), JournalErrorKind::Missing);

    due(journal, [&one.run_id, &two.run_id]).await;

    // Nothing is added to a run that does not exist, not even a value.
    let error = journal.append(&RunId::new("none"), batch(9)).await.unwrap_err();
    assert_eq!(error.kind(), JournalErrorKind::Missing);
    assert_eq!(missing(journal, &batch(9)).await, JournalErrorKind::Missing);
}

/// Who is to be looked at: both runs have something to hear at first.
async fn due(journal: &dyn Journal, [one, two]: [&RunId; 2]) {
    let at = |second: i64| Timestamp::from_second(1_772_442_000 + second).unwrap();
    let stands = |status, wakes_at| Batch { status: Some(status), wakes_at, ..Batch::default() };
    let due = async |second| {
        let due = journal.due(at(second), 10).await.unwrap();
        due.iter().map(|run| run.run_id.to_string()).collect::<Vec<_>>()
    };
    journal.append(one, stands(RunStatus::Waiting, Some(at(70)))).await.unwrap();
    journal.append(two, stands(RunStatus::NeedsAttention, Some(at(60)))).await.unwrap();
    assert_eq!(due(0).await, ["one", "two-e"], "something was said to both");
    for run in [one, two] {
        let heard = journal.said(run).await.unwrap().iter().map(|said| said.number).collect();
        journal.append(run, Batch { heard, ..Batch::default() }).await.unwrap();
    }
    assert!(due(59).await.is_empty());
    assert_eq!(due(60).await, ["two-e"]);
    assert_eq!(due(70).await, ["two-e", "one"], "the longest overdue comes first");
    assert_eq!(journal.due(at(70), 1).await.unwrap().len(), 1);
    // A moment alone changes no status, a status without a moment leaves none.
    journal.append(two, Batch { wakes_at: Some(at(80)), ..Batch::default() }).await.unwrap();
    assert_eq!(due(79).await, ["one"]);
    journal.append(one, stands(RunStatus::Waiting, None)).await.unwrap();
    assert_eq!(due(1_000).await, ["two-e"]);
    // Whoever worked on it may be gone.
    journal.append(one, stands(RunStatus::Running, None)).await.unwrap();
    assert_eq!(due(0).await, ["one"]);
    for run in [one, two] {
        journal.append(run, stands(RunStatus::Failed, Some(at(0)))).await.unwrap();
    }
    assert!(due(1_000).await.is_empty(), "what has ended is over");
    // But a person may want it done once more.
    journal.say(one, &Signal::Retry { from: None }, at(0)).await.unwrap();
    assert_eq!(due(0).await, ["one"]);
}

async fn missing(journal: &dyn Journal, batch: &Batch) -> JournalErrorKind {
    journal.values(&[batch.values[0].0]).await.unwrap_err().kind()
}

#[tokio::test]
async fn in_memory() {
    suite(&MemoryJournal::default()).await;
    suite(&Store::in_memory().unwrap()).await;
}

#[tokio::test]
async fn in_a_file_inline() {
    suite(&crate::store(Mode::Inline).1).await;
}

#[tokio::test]
async fn in_a_file_threaded() {
    suite(&crate::store(Mode::Threaded).1).await;
}

#[tokio::test]
async fn appends_that_wait_together_are_committed_together() {
    let (dir, store) = crate::store(Mode::Threaded);
    let run = summary("one");
    store.create(&run, Batch::default()).await.unwrap();

    // While another process writes, a hundred appends arrive. The writer has taken some of them and waits.
    let other = rusqlite::Connection::open(dir.path().join("outx.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut appends: Vec<_> = (0..100).map(|n| store.append(&run.run_id, batch(n))).collect();
    for append in &mut appends {
        let mut nobody = Context::from_waker(Waker::noop());
        assert!(matches!(append.as_mut().poll(&mut nobody), Poll::Pending));
    }
    other.execute_batch("ROLLBACK").unwrap();
    for append in appends {
        append.await.unwrap();
    }
    let commits = store.commits() - 1;
    assert!((1..=2).contains(&commits), "{commits} commits for 100 appends");
    let facts = store.facts(&run.run_id).await.unwrap();
    assert_eq!(facts.iter().map(|fact| fact.attempt).collect::<Vec<_>>(), (0..100).collect::<Vec<_>>());
}

#[test]
fn inline_needs_no_runtime_and_is_done_when_it_is_asked_a_second_time() {
    let store = Store::in_memory().unwrap();
    let run = summary("one");
    let mut create = pin!(store.create(&run, batch(0)));
    let mut nobody = Context::from_waker(Waker::noop());
    assert!(matches!(create.as_mut().poll(&mut nobody), Poll::Pending));
    assert!(matches!(create.as_mut().poll(&mut nobody), Poll::Ready(Ok(true))));
}

#[tokio::test]
async fn inline_commits_together_what_is_asked_for_together() {
    let (_dir, store) = crate::store(Mode::Inline);
    let run = summary("one");
    store.create(&run, batch(0)).await.unwrap();
    let before = store.commits();
    let appends = (1..=5).map(|n| store.append(&run.run_id, batch(n)));
    for appended in futures_util::future::join_all(appends).await {
        appended.unwrap();
    }
    assert_eq!(store.commits() - before, 1);
    assert_eq!(store.facts(&run.run_id).await.unwrap().len(), 6);
    // Whoever stops waiting does not stop it.
    let mut dropped = Box::pin(store.append(&run.run_id, batch(6)));
    assert!(dropped.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    drop(dropped);
    assert_eq!(store.facts(&run.run_id).await.unwrap().len(), 7);
}

#[tokio::test]
async fn what_cannot_be_understood_is_corrupt_and_not_skipped() {
    let (dir, store) = crate::store(Mode::Inline);
    let run = summary("one");
    store.create(&run, batch(0)).await.unwrap();
    let raw = rusqlite::Connection::open(dir.path().join("outx.db")).unwrap();
    raw.execute_batch("UPDATE facts SET body = '{}'; UPDATE runs SET status = 'resting'").unwrap();
    assert_eq!(store.facts(&run.run_id).await.unwrap_err().kind(), JournalErrorKind::Corrupt);
    assert_eq!(store.run(&run.run_id).await.unwrap_err().kind(), JournalErrorKind::Corrupt);
    assert_eq!(store.runs().await.unwrap_err().kind(), JournalErrorKind::Corrupt);
}
