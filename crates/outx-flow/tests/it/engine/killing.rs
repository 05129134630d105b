//! Runs that are killed, and facts that cannot be written.

use super::{INVITE, doubts, items};
use crate::lab::Lab;
use outx_flow::{EngineErrorKind, RunStatus};
use outx_model::Endpoint;
use serde_json::json;

#[test]
fn nothing_is_sent_whose_start_cannot_be_written_and_it_is_not_in_doubt() {
    let lab = Lab::new();
    let run = lab.submit("run", INVITE, &json!({}));
    let full = Lab { full: true, ..lab.again() };
    assert_eq!(full.fails(&run), EngineErrorKind::Store);
    assert_eq!(lab.transport.requests(), 0);
    assert_eq!(lab.facts(&run).len(), 1);
    assert_eq!(lab.again().drive(&run).status, RunStatus::Succeeded);
    assert_eq!(lab.created(Endpoint::SendConnectionRequest).len(), 1);
}

#[test]
fn when_the_store_fails_for_one_step_the_answers_of_others_are_kept() {
    let text = "outx: 1\nname: x\nsteps:\n\
                \x20 like: { uses: linkedin.like-post, with: { social_urn: 'urn:li:activity:7' } }\n\
                \x20 comment: { uses: linkedin.comment-post, with: { social_urn: 'urn:li:activity:7', comment_text: hello } }\n";
    // At some of these moments the like is on the wire: its answer is waited for, and its id is kept.
    for late in 0..12 {
        let lab = Lab { slow: true, ..Lab::new() };
        let run = lab.submit("run", text, &json!({}));
        let broken = Lab { broken: Some((Endpoint::CommentPost, late)), ..lab.again() };
        assert_eq!(broken.fails(&run), EngineErrorKind::Store);
        assert_eq!(lab.again().drive(&run).status, RunStatus::Succeeded, "{late}");
        assert_eq!(lab.created(Endpoint::LikePost).len(), 1, "{late}");
        assert_eq!(lab.created(Endpoint::CommentPost).len(), 1, "{late}");
    }
}

#[test]
fn a_burst_of_facts_without_effects_keeps_its_order() {
    // More facts than are written in one piece, while an effect is under way.
    let text = "outx: 1\nname: x\ninputs: { list: { type: array } }\nsteps:\n\
                \x20 slow: { uses: linkedin.fetch-profile, with: { profile_slug: a } }\n\
                \x20 fan: { each: '${{ inputs.list }}', steps: { s: { uses: core.set, with: { x: '${{ item }}' } } }, outputs: { x: '${{ steps.s.output.x }}' } }\n\
                outputs: { sum: '${{ steps.fan.rows.map(r, r.x).size() }}' }\n";
    let list: Vec<u32> = (0..3_000).collect();
    let lab = Lab { slow: true, ..Lab::new() };
    let run = lab.submit("run", text, &json!({ "list": list }));
    let report = lab.drive(&run);
    assert_eq!(report.outputs, json!({ "sum": 3_000 }));
    assert_eq!(lab.facts(&run).len(), 1 + 2 + 2 + 1 + 2 * 3_000 + 1 + 1);
}

/// Each crash, and what may be left of it.
#[test]
fn killed_at_any_moment_nothing_is_sent_twice_and_the_end_is_the_same() {
    let text = r#"
outx: 1
name: crash
inputs: { slugs: { type: array } }
steps:
  person:
    each: ${{ inputs.slugs }}
    as: slug
    concurrency: 2
    steps:
      profile: { uses: linkedin.fetch-profile, with: { profile_slug: "${{ slug }}" } }
      invite: { uses: linkedin.send-connection-request, with: { profile_urn: "${{ steps.profile.output.profile_urn }}" } }
    outputs: { sent: "${{ steps.invite.output.sent }}", name: "${{ steps.profile.output.full_name }}" }
  all: { uses: core.set, with: { names: "${{ steps.person.rows.map(r, r.name) }}" } }
outputs: { names: "${{ steps.all.output.names }}", rows: "${{ steps.person.rows }}" }
"#;
    let inputs = json!({ "slugs": ["ada-one", "bo-two", "cy-three"] });
    let whole = Lab::new().run(text, &inputs);
    assert_eq!(whole.status, RunStatus::Succeeded);
    let (mut polls, mut in_doubt, mut asked_again) = (0, 0, 0);
    loop {
        polls += 1;
        let lab = Lab { slow: true, ..Lab::new() };
        let run = lab.submit("run", text, &inputs);
        let done = lab.drive_for(&run, polls).is_some();
        // Every other time the next process is killed too.
        if polls % 2 == 0 {
            lab.again().drive_for(&run, polls % 37 + 1);
        }
        let report = lab.again().drive(&run);

        let mut invited = lab.created(Endpoint::SendConnectionRequest);
        invited.sort_by_key(ToString::to_string);
        invited.dedup();
        assert_eq!(
            invited.len(),
            lab.created(Endpoint::SendConnectionRequest).len(),
            "after {polls} polls: a person was invited twice"
        );
        let doubts = doubts(&report);
        if doubts == 0 {
            assert_eq!(report.status, RunStatus::Succeeded, "after {polls} polls");
            assert_eq!(report.outputs, whole.outputs, "after {polls} polls");
            assert_eq!(invited.len(), 3);
        } else {
            assert_eq!(report.status, RunStatus::NeedsAttention);
            in_doubt += 1;
        }
        // A read on the wire at the crash was asked once more, and that is counted.
        let reads = lab.created(Endpoint::FetchProfile).len() as u64;
        let counted: u64 =
            items(&report).map(|item| item["steps"]["profile"]["asked_again"].as_u64().unwrap_or(0)).sum();
        assert!(reads - 3 <= counted, "after {polls} polls: {reads} reads, {counted} counted");
        asked_again += counted;
        if done {
            break;
        }
    }
    assert!(polls > 50, "{polls}: the crashes were too few to tell");
    assert!(in_doubt > 0 && asked_again > 0, "no crash came while a request was on the wire");
}
