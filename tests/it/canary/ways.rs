//! The ways on which requests travel, and what goes wrong on them.

use super::calls::Seen;
use super::echo::Echo;
use super::stage::{KEY, Stage, client, hasty};
use outx_service::{Fault, Response};
use outx_transport::cassette::{Cassette, Keep, Matching, Recorder, Replay};
use outx_transport::{ChaosLaw, ChaosTransport, HttpTransport, Mishap, SystemClock, Transport};
use std::fs::{self, File};
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// The socket and the fake, with the door, a ledger and a journal.
pub(super) async fn plain(seen: &mut Seen, folder: &Path) {
    let stage = Stage::start(folder, 1).await;
    let (http, fake) = (stage.http(), stage.fake());
    seen.hay.value("transports", &(&http, &fake, HttpTransport::builder(&stage.url)));
    let ways: [(&str, Arc<dyn Transport>); 2] = [("over http", http), ("over the fake", fake)];
    for (way, transport) in ways {
        let client = client(transport);
        let before = seen.logins;
        seen.all_calls(way, &client, &|| stage.mailed()).await;
        assert_eq!(seen.logins, before + 1, "{way}: the right code gave no key");
        seen.run(way, &client, folder).await;
    }
    // The service knew the canary, or else nobody ever said it.
    assert!(stage.host.with(|service| service.tasks().len()) > 20);
    seen.door(&stage);
    seen.service("in the end", &stage).await;
}

/// Cassettes, also one whose author allows too much, and all that a replay says.
pub(super) async fn recorded(seen: &mut Seen, folder: &Path) {
    let stage = Stage::start(folder, 2).await;
    let names = |names: [&str; 3]| names.map(str::to_owned).into();
    let greedy = Keep {
        headers: names(["x-api-key", "authorization", "set-cookie"]),
        fields: names(["otp", "api_key", "team"]),
    };
    let mut ways: Vec<(String, Arc<dyn Transport>, Keep)> = vec![
        ("recorded over http".to_owned(), stage.http(), Keep::default()),
        ("recorded over the fake".to_owned(), stage.fake(), greedy.clone()),
    ];
    for which in 0..Echo::ANSWERS {
        let transport = Arc::new(HttpTransport::new(&Echo::start(which).url).unwrap());
        ways.push((format!("recorded from echo {which}"), transport.clone(), Keep::default()));
        ways.push((format!("recorded from echo {which} greedily"), transport, greedy.clone()));
    }
    for (way, inner, keep) in ways {
        let path = folder.join(format!("{}.yaml", way.replace(' ', "-")));
        let file = File::create_new(&path).unwrap();
        let recorder = Arc::new(Recorder::new(inner, Arc::new(SystemClock), file, keep).unwrap());
        seen.all_calls(&way, &client(recorder.clone()), &|| stage.mailed()).await;
        seen.hay.value(&way, &recorder);
        recorder.finish().unwrap();
        let cassette = Cassette::read(&fs::read_to_string(&path).unwrap()).unwrap();
        assert!(cassette.len() >= 15, "{way}: {} exchanges", cassette.len());
        seen.hay.value(&way, &cassette);
        for matching in [Matching::Strict, Matching::Loose] {
            let way = format!("{way}, replayed {matching:?}");
            let replay = Arc::new(Replay::new(cassette.clone(), Arc::new(SystemClock), matching));
            seen.hay.value(&way, &replay);
            // Twice: the second time the cassette holds nothing any more, and says what it was asked for.
            for _ in 0..2 {
                seen.all_calls(&way, &client(replay.clone()), &|| stage.mailed()).await;
            }
        }
    }
}

/// Every fault of the service.
pub(super) fn faults() -> Vec<Fault> {
    // A new one does not compile until it stands below.
    fn is_listed(fault: &Fault) -> bool {
        match fault {
            Fault::NotSent
            | Fault::Reset
            | Fault::AnswerLost
            | Fault::Timeout
            | Fault::Slow(_)
            | Fault::Garbage
            | Fault::Truncated
            | Fault::Answer(_) => true,
        }
    }
    let all = vec![
        Fault::NotSent,
        Fault::Reset,
        Fault::AnswerLost,
        Fault::Timeout,
        Fault::Slow(Duration::from_millis(1)),
        Fault::Slow(Duration::from_hours(1)),
        Fault::Garbage,
        Fault::Truncated,
        Fault::error(401, "no"),
        Fault::error(429, "slowly"),
        Fault::status(502, "<html>a gateway</html>"),
        Fault::Answer(Response::json(200, &serde_json::json!([]))),
        Fault::Answer(Response {
            status: 307,
            headers: vec![("location".into(), "/x".into())],
            body: "".into(),
        }),
    ];
    assert!(all.iter().all(is_listed));
    all
}

/// One fault for every request, over the socket and over the fake.
pub(super) async fn faulty(seen: &mut Seen, folder: &Path, number: u64, fault: &Fault) {
    let stage = Stage::start(folder, number).await;
    stage.always(fault.clone());
    let ways: [(&str, Arc<dyn Transport>); 2] = [("http", stage.http()), ("fake", stage.fake())];
    for (way, transport) in ways {
        let way = format!("{fault:?} over {way}");
        seen.all_calls(&way, &hasty(transport), &|| stage.mailed()).await;
    }
    seen.service(&format!("{fault:?}"), &stage).await;
}

/// One mishap for every request, on the way to a socket.
pub(super) async fn chaotic(seen: &mut Seen, folder: &Path, number: u64, mishap: Mishap) {
    let stage = Stage::start(folder, number).await;
    let law = ChaosLaw::calm().with(mishap, 1.0).unwrap().with_slowest(Duration::from_millis(60));
    let chaos = ChaosTransport::new(stage.http(), Arc::new(SystemClock), number, law);
    let chaos = Arc::new(chaos);
    seen.all_calls(&format!("{mishap:?}"), &hasty(chaos.clone()), &|| stage.mailed()).await;
    seen.hay.value(format!("{mishap:?}"), &(&chaos, chaos.log()));
    assert!(chaos.log().iter().any(|entry| entry.mishap == Some(mishap)), "{mishap:?} never happened");
}

/// All of them in a mixture, in which a run goes on as well as it can.
pub(super) async fn storm(seen: &mut Seen, folder: &Path) {
    let stage = Stage::start(folder, 300).await;
    for seed in 0..3 {
        let law = ChaosLaw::storm(0.5).unwrap().with_slowest(Duration::from_millis(60));
        let chaos = Arc::new(ChaosTransport::new(stage.http(), Arc::new(SystemClock), seed, law));
        let way = format!("storm {seed}");
        let client = hasty(chaos);
        seen.all_calls(&way, &client, &|| stage.mailed()).await;
        seen.run(&way, &client, folder).await;
    }
}

/// Where nobody listens, and where somebody speaks no TLS.
pub(super) async fn nowhere(seen: &mut Seen) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let plain = Echo::start(0);
    for url in [format!("http://{address}"), format!("https://{address}"), plain.url.replace("http", "https")]
    {
        let transport = Arc::new(HttpTransport::new(&url).unwrap());
        seen.all_calls("to nowhere", &hasty(transport), &|| None).await;
    }
    for url in ["http://example.org", "https://user:outx_canary-7f3e9a55c0de@example.org", "no url"] {
        seen.hay.outcome("wrong url", &HttpTransport::new(url));
    }
}

/// A service that shows every secret back, in each of its answers.
pub(super) async fn shown_back(seen: &mut Seen, folder: &Path) {
    for which in 0..Echo::ANSWERS {
        let echo = Echo::start(which);
        let way = format!("echo {which}");
        let client = client(Arc::new(HttpTransport::new(&echo.url).unwrap()));
        seen.all_calls(&way, &client, &|| Some("918273".to_owned())).await;
        seen.run(&way, &client, folder).await;
        assert!(echo.seen().contains(KEY) && echo.seen().contains("918273"), "nothing travelled");
    }
}
