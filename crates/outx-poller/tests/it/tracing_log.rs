//! A span for each task, an event in it for each poll.

use crate::support::{Scripted, completed, no_answer, pending, start, ticket};
use outx_poller::{Fleet, Policy, Poller};
use outx_transport::{ErrorKind, VirtualClock};
use std::env;
use std::fmt::{Debug, Write as _};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// Writes down spans and events, each event with the span that it stands in.
#[derive(Default)]
struct Written {
    spans: Mutex<Vec<String>>,
    entered: Mutex<Vec<u64>>,
    lines: Mutex<Vec<String>>,
}

struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, " {}={value:?}", field.name()).unwrap();
    }
}

#[derive(Clone)]
struct Log(Arc<Written>);

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("outx_poller")
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut fields = Fields(span.metadata().name().to_owned());
        span.record(&mut fields);
        let mut spans = self.0.spans.lock().unwrap();
        spans.push(fields.0);
        Id::from_u64(spans.len() as u64)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields(String::new());
        event.record(&mut fields);
        let within = self.0.entered.lock().unwrap().last().copied();
        self.0.lines.lock().unwrap().push(format!("{within:?}{}", fields.0));
    }

    fn enter(&self, span: &Id) {
        self.0.entered.lock().unwrap().push(span.into_u64());
    }

    fn exit(&self, _: &Id) {
        self.0.entered.lock().unwrap().pop();
    }
}

/// Set in a process that tries one of these tests and nothing else.
const ALONE: &str = "OUTX_POLLER_TEST_ALONE";

/// Tries a test in a process of its own, and is true there. Whether anybody listens to a place in the code is kept for the
/// whole process, and other tests that come by there for the first time at this moment would say that nobody does.
fn is_alone(test: &str) -> bool {
    if env::var_os(ALONE).is_some() {
        return true;
    }
    let mut alone = Command::new(env::current_exe().unwrap());
    let done = alone.args(["--exact", &format!("tracing_log::{test}")]).env(ALONE, "").output().unwrap();
    let said = String::from_utf8_lossy(&done.stdout);
    assert!(done.status.success() && said.contains("1 passed"), "{said}");
    false
}

#[test]
fn each_poll_is_an_event_in_its_tasks_span() {
    if !is_alone("each_poll_is_an_event_in_its_tasks_span") {
        return;
    }
    let clock = VirtualClock::new(start());
    let source = Scripted::new(&clock, Duration::from_millis(40), |_, before, _| match before {
        0 => pending(),
        1 => no_answer(ErrorKind::Connect),
        _ => completed(),
    });
    let policy = Policy::fixed(Duration::from_secs(5), Duration::from_mins(5)).unwrap();
    let poller = Poller::new(source, Arc::new(clock.clone()), policy);
    let written = Arc::new(Written::default());
    tracing::subscriber::with_default(Log(written.clone()), || {
        clock.simulate(poller.follow(&ticket("a"))).unwrap();
    });
    assert_eq!(*written.spans.lock().unwrap(), [r#"task id="a" account="sales""#]);
    let lines = written.lines.lock().unwrap();
    let has = |line: usize, wanted: &[&str]| {
        let line = &lines[line];
        assert!(line.starts_with("Some(1)"), "{line}");
        for wanted in wanted {
            assert!(line.contains(wanted), "{wanted} is not in {line}");
        }
    };
    assert_eq!(lines.len(), 3, "{lines:?}");
    has(0, &["polls=1", r#"saw="pending""#, "round_trip_ms=40", "next_ms=5000"]);
    has(1, &["polls=2", r#"saw="unanswered""#, r#"trouble="no answer came""#]);
    has(2, &["polls=3", r#"saw="completed""#, r#"end="completed""#, "age_ms="]);
}

#[test]
fn each_poll_of_a_fleet_is_an_event_in_a_span_of_its_task() {
    if !is_alone("each_poll_of_a_fleet_is_an_event_in_a_span_of_its_task") {
        return;
    }
    let clock = VirtualClock::new(start());
    let source = Scripted::new(&clock, Duration::from_millis(40), |_, before, _| match before {
        0 => pending(),
        _ => completed(),
    });
    let policy = Policy::fixed(Duration::from_secs(5), Duration::from_mins(5)).unwrap();
    let mut fleet = Fleet::new(source, Arc::new(clock.clone()));
    fleet.add((), ticket("a"), policy);
    fleet.add((), ticket("b"), policy);
    let written = Arc::new(Written::default());
    tracing::subscriber::with_default(Log(written.clone()), || clock.simulate(fleet.wait_all()).unwrap());
    // Beside each other, and two polls each.
    let spans = written.spans.lock().unwrap();
    assert_eq!(*spans, ["a", "b", "a", "b"].map(|id| format!("task id={id:?} account=\"sales\"")));
    let lines = written.lines.lock().unwrap();
    for (n, line) in lines.iter().enumerate() {
        assert!(line.starts_with(&format!("Some({})", n + 1)), "{line}");
        let saw = if n < 2 { "pending" } else { "completed" };
        assert!(line.contains(&format!("saw={saw:?}")), "{line}");
    }
    assert_eq!(lines.len(), 4);
}
