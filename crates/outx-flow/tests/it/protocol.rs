//! The talk with a program that is a kind, whatever the program says: `docs/kinds-protocol.md`.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use async_trait::async_trait;
use outx_flow::{
    Did, Heard, Kind, KindContext, KindEffect, Manifest, Program, ProgramKind, Programs, Ran, Stop, Talk,
};
use outx_transport::{Clock, VirtualClock};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What a program says next.
type Says = Arc<dyn Fn(usize) -> Option<Vec<u8>> + Send + Sync>;

/// A program that says lines, the first of which is what it is, and notes what it hears.
struct Speaker {
    says: Says,
    /// How long each line takes.
    each: Duration,
    clock: VirtualClock,
    heard: Mutex<Vec<String>>,
    told: Mutex<usize>,
    /// After how many lines the run is stopped.
    stopped: Option<(usize, Stop)>,
}

impl std::fmt::Debug for Speaker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Speaker").finish_non_exhaustive()
    }
}

/// The line that stands for a silence of a minute.
const SILENCE: &[u8] = b"...";

#[derive(Debug)]
struct Handle(Arc<Speaker>);

#[async_trait]
impl Programs for Handle {
    async fn run(&self, _: &Program, _: &Stop) -> Ran {
        Ran::NotStarted("it is only talked to".to_owned())
    }

    fn tell(&self, _: &str, _: &str) {
        *self.0.told.lock().unwrap() += 1;
    }

    async fn talk(&self, _: &Path, _: &Path) -> Result<Box<dyn Talk>, String> {
        Ok(Box::new(Saying { speaker: self.0.clone(), at: 0 }))
    }
}

struct Saying {
    speaker: Arc<Speaker>,
    at: usize,
}

#[async_trait]
impl Talk for Saying {
    async fn say(&mut self, line: &str) -> Result<(), String> {
        self.speaker.heard.lock().unwrap().push(line.to_owned());
        Ok(())
    }

    async fn hear(&mut self, limit: usize) -> Heard {
        loop {
            let at = self.at;
            self.at += 1;
            let Some(line) = (self.speaker.says)(at) else {
                return Heard::Ended("ended (exit status: 0)".to_owned());
            };
            if line == SILENCE {
                let until = self.speaker.clock.now() + Duration::from_mins(1);
                self.speaker.clock.sleep_until(until).await;
                continue;
            }
            self.speaker.clock.advance(self.speaker.each);
            if let Some((_, stop)) = self.speaker.stopped.as_ref().filter(|(after, _)| at >= *after) {
                stop.ask();
            }
            if line.len() > limit {
                return Heard::TooLong;
            }
            return Heard::Line(String::from_utf8_lossy(&line).into_owned());
        }
    }

    async fn end(self: Box<Self>) {}
}

fn manifest(effect: &str) -> String {
    json!({ "outx": 1, "name": "score", "version": "1", "doc": "scores", "effect": effect, "timeout": "10m" })
        .to_string()
}

/// What came of a program, and the program.
fn talked(known: &Manifest, says: Says, each: Duration, stopped: Option<usize>) -> (Did, Arc<Speaker>) {
    let clock = VirtualClock::new("2026-03-02T09:00:00Z".parse().unwrap());
    let stop = Stop::default();
    let speaker = Arc::new(Speaker {
        says,
        each,
        clock: clock.clone(),
        heard: Mutex::default(),
        told: Mutex::default(),
        stopped: stopped.map(|after| (after, stop.clone())),
    });
    let context = KindContext {
        programs: Some(Arc::new(Handle(speaker.clone()))),
        clock: Arc::new(clock.clone()),
        stop,
        key: "run/step".to_owned(),
        ..KindContext::in_folder("/tmp")
    };
    let kind = ProgramKind::new(known.name(), Path::new("/x"), known.clone()).unwrap();
    let did = clock.simulate(async { kind.act(&json!({ "text": "x" }), &context).await }).unwrap();
    (did, speaker)
}

/// Whether the program was given its work.
fn was_begun(speaker: &Speaker) -> bool {
    speaker.heard.lock().unwrap().iter().any(|line| line.contains(r#""ask":"start""#))
}

/// Any bytes of a program: its first line is what it says of itself, before and now, and the others are of its work. It has an
/// end that the protocol allows, and nothing is done before it was given its work.
pub(crate) fn talk_of(bytes: &[u8]) -> BTreeSet<String> {
    let lines: Vec<Vec<u8>> = bytes.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    let first = String::from_utf8_lossy(&lines[0]).into_owned();
    let mut behaviour = BTreeSet::new();
    let read = Manifest::read(&first);
    let known = match read {
        Ok(manifest) => {
            behaviour.insert(format!("{:?}", manifest.effect()));
            if let Some(fields) = manifest.fields() {
                behaviour.extend(fields.iter().map(|field| format!("takes {}", field.takes.describe())));
            }
            manifest
        }
        Err(why) => {
            assert!(!why.trim().is_empty());
            behaviour.insert(why.split(['`', ':', '"']).next().unwrap_or_default().to_owned());
            Manifest::read(&manifest("write")).unwrap()
        }
    };
    let words = lines.clone();
    let (did, speaker) =
        talked(&known, Arc::new(move |at| words.get(at).cloned()), Duration::from_millis(1), None);
    let begun = was_begun(&speaker);
    let is_write = known.effect() == KindEffect::Write;
    let said: Vec<Value> =
        lines.iter().filter_map(|line| serde_json::from_str(&String::from_utf8_lossy(line)).ok()).collect();
    behaviour.insert(match did {
        Did::Done(output) => {
            let is_said = |line: &Value| line["say"] == "result" && line["output"] == output;
            assert!(begun && said.iter().any(is_said), "{output}");
            "done".to_owned()
        }
        Did::Failed(error) => {
            is_plain(&error.message);
            // What a program says itself may be anything.
            let is_said = said.iter().any(|line| line["say"] == "error");
            if is_said { "failed as it said".to_owned() } else { format!("failed: {}", sort(&error.message)) }
        }
        Did::Refused(refusal) => {
            assert!(begun && said.iter().any(|line| line["say"] == "refused"));
            is_plain(&refusal.error.text);
            format!("refused {}", refusal.not_before.is_some())
        }
        Did::Lost(doubt) => {
            assert!(begun && is_write, "only what was begun can be in doubt: {doubt:?}");
            is_plain(&doubt.what);
            format!("lost: {}", sort(&doubt.what))
        }
        other => panic!("{other:?}"),
    });
    behaviour
}

/// Whether a message can be shown on a terminal as it is.
fn is_plain(message: &str) {
    assert!(!message.trim().is_empty() && message.len() < 10_000, "{message:?}");
    assert!(!message.chars().any(char::is_control), "{message:?}");
}

fn sort(message: &str) -> String {
    // What is quoted out of the text tells no sorts apart.
    let own: String = message.split('`').step_by(2).collect();
    let words = own.split(' ').filter(|word| word.bytes().all(|byte| byte.is_ascii_lowercase()));
    words.take(8).collect::<Vec<_>>().join(" ")
}

/// A program that goes on saying how it goes, without a pause.
fn flood(effect: &str, stopped: Option<usize>) -> (Did, Arc<Speaker>) {
    let first = manifest(effect);
    let known = Manifest::read(&first).unwrap();
    let says = move |at| match at {
        0 => Some(first.clone().into_bytes()),
        at if at > 100_000 => None,
        _ => Some(br#"{"say":"progress","message":"on and on"}"#.to_vec()),
    };
    talked(&known, Arc::new(says), Duration::from_secs(1), stopped)
}

#[test]
fn who_never_pauses_has_no_more_time_than_others() {
    let (did, speaker) = flood("write", None);
    let Did::Lost(doubt) = did else { panic!("{did:?}") };
    assert!(doubt.what.contains("did not end within"), "{doubt:?}");
    let told = *speaker.told.lock().unwrap();
    assert!((500..700).contains(&told), "{told} words in ten minutes");
    let (did, _) = flood("read", None);
    assert!(matches!(&did, Did::Failed(error) if error.message.contains("did not end within")), "{did:?}");
}

#[test]
fn who_never_pauses_is_stopped_with_the_run() {
    let (did, speaker) = flood("write", Some(20));
    let Did::Lost(doubt) = did else { panic!("{did:?}") };
    assert!(doubt.what.contains("the run was stopped"), "{doubt:?}");
    let asked = speaker.heard.lock().unwrap().iter().filter(|line| line.contains("cancel")).count();
    assert_eq!(asked, 1, "it is asked once to come to an end");
    assert!(*speaker.told.lock().unwrap() < 40);
}
