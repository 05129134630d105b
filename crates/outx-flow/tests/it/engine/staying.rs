//! Runs that wait for hours and days while somebody stays with them.

use super::{CHAIN, steps};
use crate::lab::{Lab, account};
use outx_flow::RunStatus;
use outx_ledger::{AccountStore, Blocked};
use outx_model::{Endpoint, PersonName};
use outx_service::{Command, ExtensionState, LatencyLaw};
use outx_transport::Clock;
use serde_json::json;
use std::time::Duration;

fn staying(hours: u64) -> Lab {
    Lab { patience: Duration::from_hours(hours), ..Lab::new() }
}

fn extension(state: ExtensionState) -> Command {
    Command::Extension { team: None, member: None, state }
}

/// So many invitations that wait for nothing.
fn invitations(count: usize) -> String {
    let step = |n| {
        let uses = "linkedin.send-connection-request";
        format!("  i{n}: {{ uses: {uses}, with: {{ profile_urn: \"urn:li:fsd_profile:P{n}\" }} }}\n")
    };
    let text: Vec<_> = (0..count).map(step).collect();
    steps(&text.concat())
}

#[test]
fn a_sleeping_extension_is_asked_by_polling_and_never_by_creating() {
    let lab = staying(24);
    let silence = |state| lab.now(lab.host.command(extension(state), lab.clock.now())).unwrap();
    lab.now(lab.host.begin(lab.clock.now())).unwrap();
    silence(ExtensionState::Silent);
    lab.clock.advance(Duration::from_hours(49));
    let run = lab.submit("run", CHAIN, &json!({ "who": "ada-example" }));
    let (clock, host) = (lab.clock.clone(), lab.host.clone());
    let opened = async move {
        clock.sleep_until(clock.now() + Duration::from_hours(3)).await;
        host.command(extension(ExtensionState::Open), clock.now()).await.unwrap();
    };
    let report = lab.driven_beside(&run, opened);
    assert_eq!(report.status, RunStatus::Succeeded);
    assert_eq!(lab.transport.creates(Endpoint::FetchProfile), 2, "one refused, and one when it was awake");
    let polls = lab.transport.polls();
    assert!((15..40).contains(&polls), "{polls} polls in three hours");
}

#[test]
fn a_stop_ends_the_staying() {
    let lab = staying(24);
    lab.limit(&json!([{ "at_most": 1, "of": "writes", "per": "10h" }]));
    let run = lab.submit("run", &invitations(2), &json!({}));
    let (stop, clock) = (lab.stop.clone(), lab.clock.clone());
    let asked = async move {
        clock.sleep_until(clock.now() + Duration::from_mins(30)).await;
        stop.ask();
    };
    let report = lab.driven_beside(&run, asked);
    assert_eq!(report.status, RunStatus::Waiting);
    assert_eq!(lab.clock.now().to_string(), "2026-03-02T09:30:00Z");
    let later = Lab { patience: Duration::from_hours(24), ..lab.again() };
    assert_eq!(later.drive(&run).status, RunStatus::Succeeded);
}

#[test]
fn whoever_is_blocked_by_a_slug_is_known_by_it_as_soon_as_the_profile_was_read() {
    let text = "outx: 1\nname: x\ninputs: { slugs: { type: array } }\nsteps:\n\
                \x20 person:\n\
                \x20   each: '${{ inputs.slugs }}'\n\
                \x20   as: slug\n\
                \x20   concurrency: 9\n\
                \x20   steps:\n\
                \x20     profile: { uses: linkedin.fetch-profile, with: { profile_slug: '${{ slug }}' } }\n\
                \x20     invite: { uses: linkedin.send-connection-request, with: { profile_urn: '${{ steps.profile.output.profile_urn }}' } }\n";
    // Many reads end at once, and the ledger hears of each beside the wish to write to that person.
    for latency in [0, 20] {
        let lab = Lab { queued: true, ..Lab::with(LatencyLaw::Fixed(Duration::from_secs(latency))) };
        let slugs: Vec<_> = (0..9).map(|n| format!("person-{n}")).collect();
        for slug in &slugs {
            let blocked =
                Blocked { name: PersonName::Slug(slug.clone()), note: None, since: lab.clock.now() };
            lab.now(lab.ledger.block(&account(), &[blocked])).unwrap();
        }
        lab.run(text, &json!({ "slugs": slugs }));
        assert_eq!(lab.transport.creates(Endpoint::SendConnectionRequest), 0, "tasks of {latency} s");
    }
}
