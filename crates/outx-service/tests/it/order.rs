//! Records are kept in the order in which they were decided, whatever the store does meanwhile.

use crate::support::{after, create, good_input, start};
use async_trait::async_trait;
use futures_util::future::join_all;
use futures_util::poll;
use futures_util::stream::{FuturesUnordered, StreamExt};
use outx_model::{AUTH_SEND_OTP, AUTH_VERIFY_OTP, Endpoint, Method};
use outx_service::{
    Command, Delivery, ExtensionState, Host, Record, Request, ServiceConfig, ServiceStore, ServiceStoreError,
};
use serde_json::json;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tokio::sync::Semaphore;
use tokio::task::{JoinSet, yield_now};

/// A store that lets others go on before it does what it was asked, and fails now and then.
#[derive(Default)]
struct Fickle {
    records: Mutex<Vec<Record>>,
    appends: AtomicUsize,
    /// What is left of it decides how long an append takes.
    seed: usize,
    /// Every so many appends fail; none if it is 0.
    fails: usize,
}

#[async_trait]
impl ServiceStore for Fickle {
    async fn load(&self) -> Result<Vec<Record>, ServiceStoreError> {
        Ok(self.records.lock().unwrap().clone())
    }

    async fn append(&self, records: Vec<Record>) -> Result<(), ServiceStoreError> {
        let number = self.appends.fetch_add(1, Ordering::SeqCst) + 1;
        for _ in 0..(self.seed.wrapping_mul(number) >> 3) % 7 {
            yield_now().await;
        }
        if self.fails > 0 && number.is_multiple_of(self.fails) {
            return Err(ServiceStoreError::new("the disk is full"));
        }
        self.records.lock().unwrap().extend(records);
        Ok(())
    }
}

/// Somebody who signs in and creates tasks. Gives how many answers were no 500.
async fn person(host: &Host, store: &Fickle, number: i64) -> usize {
    let email = format!("person-{number}@example.org");
    let post = |path: &str| Request::new(Method::Post, path);
    let mut good = 0;
    let mut ask = async |request: &Request| {
        let Delivery::Answer(answer) = host.handle(request, after(number)).await else { panic!("no answer") };
        good += usize::from(answer.status != 500);
        answer
    };
    ask(&post(AUTH_SEND_OTP.path).with_json(&json!({ "email": email }))).await;
    let mail = host.with(|service| service.mails().iter().rfind(|mail| mail.to == email).cloned());
    let verify = json!({ "email": email, "otp": mail.unwrap().code });
    let login = ask(&post(AUTH_VERIFY_OTP.path).with_json(&verify)).await;
    let key = login.value()["team"]["api_key"].as_str().unwrap_or("k").to_owned();
    for endpoint in [Endpoint::LikePost, Endpoint::FetchProfile] {
        let created = ask(&create(endpoint, &good_input(endpoint)).with_key(&key)).await;
        let id = created.value()["api_agent_task_id"].as_str().map(str::to_owned);
        let kept = store.records.lock().unwrap();
        let knows =
            |id: &str| kept.iter().any(|it| matches!(it, Record::Task(task) if task.id.as_str() == id));
        assert!(id.is_none_or(|id| knows(&id)), "an id was told that is not kept");
    }
    let state = ExtensionState::Open;
    let command = Command::Extension { team: None, member: None, state };
    good + usize::from(host.command(command, after(number)).await.is_ok())
}

/// The same service again, from what the store holds.
async fn reopened(host: &Host, store: &Arc<Fickle>, what: &str) {
    let again = Host::open(ServiceConfig::default(), store.clone()).await.unwrap();
    host.with(|live| {
        again.with(|again| {
            assert_eq!(again.requests(), live.requests(), "{what}");
            assert_eq!(again.tasks(), live.tasks(), "{what}");
            assert_eq!(again.mails(), live.mails(), "{what}");
            // They are equal with their keys.
            assert_eq!(again.teams(), live.teams(), "{what}");
        });
    });
}

#[tokio::test]
async fn a_restored_service_is_the_live_one_whatever_append_takes_longest() {
    for seed in 0..60 {
        let store = Arc::new(Fickle { seed, ..Fickle::default() });
        let host = Host::open(ServiceConfig::default(), store.clone()).await.unwrap();
        let good = join_all((0..12).map(|number| person(&host, &store, number))).await;
        assert_eq!(good.iter().sum::<usize>(), 12 * 5);
        reopened(&host, &store, &format!("seed {seed}")).await;
    }
}

#[tokio::test]
async fn what_could_not_be_kept_is_kept_before_all_that_came_later() {
    for (seed, fails) in [(0, 2), (1, 3), (2, 4), (3, 5), (4, 2)] {
        let store = Arc::new(Fickle { seed, fails, ..Fickle::default() });
        let host = Host::open(ServiceConfig::default(), store.clone()).await.unwrap();
        let good: usize = join_all((0..12).map(|number| person(&host, &store, number))).await.iter().sum();
        assert!(good < 12 * 5, "{fails}: nothing failed");
        // The last of them may have failed; the next one takes it along.
        while host.command(Command::Advanced, after(20)).await.is_err() {}
        reopened(&host, &store, &format!("every {fails}. append fails")).await;
    }
}

#[tokio::test]
async fn whoever_goes_away_loses_no_record_and_doubles_none() {
    for patience in 0..40 {
        let store = Arc::new(Fickle { seed: 11 + patience, ..Fickle::default() });
        let host = Host::open(ServiceConfig::default(), store.clone()).await.unwrap();
        let mut people: FuturesUnordered<_> = (0..8).map(|number| person(&host, &store, number)).collect();
        for _ in 0..patience {
            let _ = poll!(people.next());
            yield_now().await;
        }
        drop(people);
        host.command(Command::Advanced, after(20)).await.unwrap();
        reopened(&host, &store, &format!("after {patience} turns")).await;
    }
}

/// A store that waits until it is let go on.
struct Held {
    go_on: Semaphore,
    appends: Mutex<Vec<usize>>,
}

#[async_trait]
impl ServiceStore for Held {
    async fn load(&self) -> Result<Vec<Record>, ServiceStoreError> {
        Ok(Vec::new())
    }

    async fn append(&self, records: Vec<Record>) -> Result<(), ServiceStoreError> {
        self.appends.lock().unwrap().push(records.len());
        self.go_on.acquire().await.unwrap().forget();
        Ok(())
    }
}

#[tokio::test]
async fn all_who_come_during_an_append_share_the_next_one() {
    let store = Arc::new(Held { go_on: Semaphore::new(0), appends: Mutex::default() });
    let host = Arc::new(Host::open(ServiceConfig::default(), store.clone()).await.unwrap());
    let mut callers = JoinSet::new();
    for _ in 0..3 {
        for _ in 0..100 {
            let host = host.clone();
            let request = create(Endpoint::LikePost, &good_input(Endpoint::LikePost));
            callers.spawn(async move { host.handle(&request, start()).await });
        }
        // All of them come to where they can only wait.
        for _ in 0..500 {
            yield_now().await;
        }
    }
    store.go_on.add_permits(2);
    callers.join_all().await;
    // A create leaves two records: in the log, and its task. The first goes alone.
    assert_eq!(*store.appends.lock().unwrap(), [2, 598]);
}
