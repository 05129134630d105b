//! The engine: runs on the fake service, with time that passes in no time.

mod answers;
mod any_task;
mod asking;
mod chaos;
mod contacted;
mod fan_out;
mod holding;
mod killing;
mod learning;
mod limiting;
mod listing;
mod nesting;
mod once;
mod order;
mod owners;
mod pausing;
mod retrying;
mod revising;
mod sharing;
mod signals;
mod staying;
mod storm;
mod twice;
mod unseen;
mod waiting;
mod web;
mod within;

use crate::lab::{Lab, json};
use outx_flow::journal::{Event, Fact};
use outx_flow::{Observer, RunReport, RunState, Values};
use outx_service::LatencyLaw;
use outx_transport::{Clock, Fault};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

pub(super) const CHAIN: &str = r#"
outx: 1
name: chain
inputs: { who: { type: person } }
steps:
  profile: { uses: linkedin.fetch-profile, with: { profile_slug: "${{ inputs.who }}" } }
  posts: { uses: linkedin.fetch-profiles-posts, with: { profile_urns: ["${{ steps.profile.output.profile_urn }}"] } }
  like: { uses: linkedin.like-post, with: { social_urn: "${{ steps.posts.output.posts[0].social_urn }}" } }
outputs:
  name: ${{ steps.profile.output.full_name }}
  liked: ${{ steps.like.output.sent }}
  posts: ${{ steps.posts.output.posts.size() }}
"#;

pub(super) fn chain(lab: &Lab) -> RunReport {
    lab.run(CHAIN, &json!({ "who": "ada-example" }))
}

/// A workflow of steps alone.
pub(super) fn steps(text: &str) -> String {
    format!("outx: 1\nname: x\nsteps:\n{text}")
}

pub(super) fn body(status: u16, text: &str) -> Fault {
    Fault::status(status, json!({ "error": text }).to_string())
}

pub(super) fn asleep() -> Fault {
    body(403, "Plugin installation required. Please open your browser.")
}

/// Sees which steps of items are begun and not ended, and how many items that were at most.
#[derive(Default)]
pub(super) struct InFlight(Mutex<(BTreeSet<String>, usize)>);

impl Observer for InFlight {
    fn fact(&self, fact: &Fact, _: &RunState, _: &Values) {
        let path = fact.path.as_str();
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (open, most) = &mut *seen;
        match fact.event {
            Event::Started { .. } => drop(open.insert(path.to_owned())),
            Event::Finished { .. } => drop(open.remove(path)),
            _ => {}
        }
        let items: BTreeSet<_> =
            open.iter().filter_map(|path| path.rsplit_once("].")).map(|(item, _)| item).collect();
        *most = (*most).max(items.len());
    }
}

impl InFlight {
    fn most(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).1
    }
}

pub(super) const FAN_OUT: &str = r#"
outx: 1
name: fan-out
inputs: { slugs: { type: array, items: person } }
steps:
  person:
    each: ${{ inputs.slugs }}
    as: slug
    concurrency: 3
    steps:
      profile: { uses: linkedin.fetch-profile, with: { profile_slug: "${{ slug }}" } }
      again: { uses: linkedin.fetch-profile, with: { profile_slug: "${{ steps.profile.output.profile_slug }}" } }
      note: { uses: core.set, with: { key: "${{ item.key }}", index: "${{ item.index }}", row: "${{ item.row }}" } }
    outputs:
      name: ${{ steps.profile.output.full_name }}
      index: ${{ steps.note.output.index }}
outputs:
  rows: ${{ steps.person.rows }}
  keys: ${{ steps.person.items.map(i, i.key) }}
"#;

pub(super) const INVITE: &str = r#"
outx: 1
name: invite
steps:
  invite: { uses: linkedin.send-connection-request, with: { profile_urn: "urn:li:fsd_profile:A" } }
  thanks: { needs: invite, uses: linkedin.send-message, with: { recipient_urn: "urn:li:fsd_profile:A", message: Hello } }
  status: { uses: core.set, with: { x: "${{ steps.invite.status }}" } }
  other: { uses: linkedin.fetch-profile, with: { profile_slug: ada } }
  then: { needs: other, uses: core.set, with: { x: "${{ steps.other.output.full_name }}" } }
outputs: { other: "${{ steps.then.output.x }}" }
"#;

/// The moments at which each task was polled first and how often all were.
pub(super) fn polls(text: &str, latency: u64) -> (u64, i128) {
    let lab = Lab::with(LatencyLaw::Fixed(Duration::from_secs(latency)));
    let before = lab.clock.now();
    lab.run(text, &json!({}));
    (lab.transport.polls(), lab.clock.now().duration_since(before).as_millis())
}

pub(super) fn items(report: &RunReport) -> impl Iterator<Item = Value> {
    let items = json(report)["steps"]["person"]["items"].as_array().cloned().unwrap_or_default();
    items.into_iter()
}

pub(super) fn doubts(report: &RunReport) -> usize {
    items(report).filter(|item| item["steps"]["invite"]["status"] == "in_doubt").count()
}
