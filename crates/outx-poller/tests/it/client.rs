//! The real client as a source, over the service in this process.

use crate::support::{start, ticket};
use outx_model::{AccountId, LikePost};
use outx_poller::{Outcome, Pause, Policy, Poller};
use outx_service::{Host, LatencyLaw, ServiceConfig};
use outx_transport::{ApiKey, Client, Created, FakeTransport, VirtualClock};
use std::sync::Arc;
use std::time::Duration;

fn world() -> (VirtualClock, Arc<FakeTransport>, Client) {
    let clock = VirtualClock::new(start());
    let latency = LatencyLaw::Fixed(Duration::from_secs(20));
    let host = Arc::new(Host::in_memory(ServiceConfig { latency, ..ServiceConfig::default() }));
    let transport = Arc::new(FakeTransport::new(host, Arc::new(clock.clone())));
    let key = Some(ApiKey::new("a-key").unwrap());
    let client = Client::new(transport.clone(), Arc::new(clock.clone()), AccountId::new("sales"), key);
    (clock, transport, client)
}

#[test]
fn a_task_of_the_service_is_followed_to_its_end() {
    let (clock, transport, client) = world();
    let poller = Poller::new(Arc::new(client.clone()), Arc::new(clock.clone()), Policy::default());
    let followed = clock
        .simulate(async {
            let like = LikePost { social_urn: "urn:li:activity:7000000000000000001".to_owned() };
            match client.create_typed(&like).await.unwrap() {
                Created::Accepted(ticket) => poller.follow(&ticket).await,
                other => panic!("{other:?}"),
            }
        })
        .unwrap();
    let Outcome::Completed(raw) = followed.outcome else { panic!("{:?}", followed.outcome) };
    assert_eq!(followed.ticket.read::<LikePost>(&raw).unwrap().sent, Some(true));
    // At 12, 15.5, 19 and 22.5 s.
    assert_eq!((followed.polls, transport.polls()), (4, 4));
}

#[test]
fn another_accounts_ticket_is_kept_and_not_asked_about() {
    let (clock, transport, client) = world();
    let poller = Poller::new(Arc::new(client), Arc::new(clock.clone()), Policy::default());
    let mut other = ticket("a");
    other.account = AccountId::new("another");
    let followed = clock.simulate(poller.follow(&other)).unwrap();
    assert_eq!(followed.outcome, Outcome::StillPending(Pause::Network));
    assert!(followed.trouble.is_some_and(|trouble| trouble.contains("another")));
    assert_eq!(transport.requests(), 0);
}
