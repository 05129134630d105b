//! Whom the account has contacted: asked of the ledger, and recorded.

use super::steps;
use crate::lab::{Lab, json};
use outx_flow::journal::Event;
use outx_flow::{RunId, RunReport, RunStatus, Signal};
use outx_model::Endpoint;
use outx_transport::Fault;
use serde_json::{Value, json};
use std::time::Duration;

const INVITE: &str = r#"
outx: 1
name: invite
inputs: { who: { type: person } }
steps:
  profile: { uses: linkedin.fetch-profile, with: { profile_slug: "${{ inputs.who }}" } }
  invite: { uses: linkedin.send-connection-request, with: { profile_urn: "${{ steps.profile.output.profile_urn }}" } }
outputs: { urn: "${{ steps.profile.output.profile_urn }}" }
"#;

/// Invites somebody in a run of its own, and gives the URN.
fn invited(lab: &Lab, who: &str) -> Value {
    let run = lab.submit(&format!("invite-{who}"), INVITE, &json!({ "who": who }));
    let report = lab.drive(&run);
    assert_eq!(report.status, RunStatus::Succeeded, "{report:#?}");
    report.outputs["urn"].clone()
}

/// What one expression gives in a run of its own.
fn asked(lab: &Lab, name: &str, expression: &str, inputs: &Value) -> RunReport {
    let text = format!(
        "outx: 1\nname: ask\ninputs: {{ of: {{ type: any, default: ~ }} }}\nsteps:\n  a: {{ uses: core.set, with: {{ x: \"${{{{ {expression} }}}}\" }} }}\n\
         outputs: {{ x: \"${{{{ steps.a.output.x }}}}\" }}\n"
    );
    let run = lab.submit(name, &text, inputs);
    lab.drive(&run)
}

fn is(lab: &Lab, name: &str, expression: &str, of: &Value) -> Value {
    let report = asked(lab, name, expression, &json!({ "of": of }));
    assert_eq!(report.status, RunStatus::Succeeded, "{report:#?}");
    report.outputs["x"].clone()
}

#[test]
fn it_is_asked_wherever_expressions_stand() {
    let (lab, _folder) = Lab::remembering();
    invited(&lab, "ada");
    let text = r#"
outx: 1
name: everywhere
inputs: { leads: { type: table, columns: { url: person }, required: [url] } }
vars:
  fresh: ${{ inputs.leads.filter(l, !contacted(l.url, '90d')) }}
steps:
  lead:
    each: ${{ inputs.leads.filter(l, !contacted(l.url, '90d')) }}
    as: lead
    steps:
      note: { uses: core.set, with: { x: "${{ lead.url }}" } }
    outputs: { url: "${{ steps.note.output.x }}", known: "${{ contacted(lead.url, '90d') }}" }
  left_out: { if: "contacted('bo', '90d')", uses: core.set, with: { x: 1 } }
  done: { if: "contacted('ada', '90d')", uses: core.set, with: { x: "${{ vars.fresh.size() }} of them" } }
  once:
    uses: core.set
    with: { person: ada }
    outputs: { known: "${{ contacted(steps.once.output.person, '1d') }}" }
  within: { call: within.yaml, with: { known: "${{ contacted('ada', '1d') }}" } }
  again:
    repeat: { max: 5, every: 0s, until: "contacted(iteration > 2 ? 'ada' : 'bo', '1d')" }
    steps: { a: { uses: core.set, with: { x: "${{ iteration }}" } } }
    outputs: { turns: "${{ iteration }}", bo: "${{ contacted('bo', '1d') }}" }
outputs:
  leads: ${{ steps.lead.rows }}
  within: ${{ steps.within.output }}
  again: ${{ steps.again.output }}
  once: ${{ steps.once.outputs.known }}
  any: ${{ inputs.leads.exists(l, contacted(l.url, '1d')) }}
  done: ${{ steps.done.output.x }}
"#;
    let within = "outx: 1\nname: within\ninputs: { known: { type: boolean } }\nsteps:\n  a: { uses: core.set, with: { x: 1 } }\noutputs: { given: \"${{ inputs.known }}\", asked: \"${{ contacted('ada', '1d') }}\" }\n";
    let lab = Lab { beside: [("within.yaml".to_owned(), within.to_owned())].into(), ..lab };
    let leads = json!({ "leads": [{ "url": "ada" }, { "url": "bo" }, { "url": "cy" }] });
    let run = lab.submit("everywhere", text, &leads);
    let report = lab.drive(&run);
    assert_eq!(report.status, RunStatus::Succeeded, "{report:#?}");
    assert_eq!(
        report.outputs,
        json!({
            "leads": [{ "url": "bo", "known": false }, { "url": "cy", "known": false }],
            "within": { "given": true, "asked": true },
            "again": { "turns": 3, "bo": false },
            "once": true,
            "any": true,
            "done": "2 of them",
        })
    );
    assert_eq!(json(&report)["steps"]["left_out"]["status"], json!("skipped"));
    // Recorded is what was found: folded again, with another ledger, nothing differs.
    let other = Lab { ledger: Lab::new().ledger, ..lab.again() };
    assert_eq!(json(&other.described(&run)), json(&report));
}

#[test]
fn what_may_have_reached_a_person_counts_and_what_certainly_did_not_does_not() {
    let invite = |urn: &str| {
        steps(&format!(
            "  i: {{ uses: linkedin.send-connection-request, with: {{ profile_urn: '{urn}' }} }}\n"
        ))
    };
    let message = |urn: &str| {
        steps(&format!(
            "  m: {{ uses: linkedin.send-message, with: {{ recipient_urn: '{urn}', message: hello }} }}\n"
        ))
    };
    for (name, text, fault, counts) in [
        ("lost", invite("urn:li:fsd_profile:A"), Some(Fault::AnswerLost), true),
        ("rejected", invite("urn:li:fsd_profile:B"), Some(super::body(400, "bad")), false),
        ("refused", message("urn:li:fsd_profile:C"), Some(super::body(401, "Invalid API Key")), false),
        (
            "like",
            steps("  l: { uses: linkedin.like-post, with: { social_urn: 'urn:li:activity:7' } }\n"),
            None,
            false,
        ),
    ] {
        let lab = Lab::new();
        if let Some(fault) = fault {
            let endpoint =
                if name == "refused" { Endpoint::SendMessage } else { Endpoint::SendConnectionRequest };
            lab.transport.script_create(endpoint, fault);
        }
        let run = lab.submit("write", &text, &json!({}));
        lab.drive(&run);
        let people = json!(["urn:li:fsd_profile:A", "urn:li:fsd_profile:B", "urn:li:fsd_profile:C"]);
        let any = is(&lab, "ask", "inputs.of.exists(p, contacted(p, '1d'))", &people);
        assert_eq!(any, json!(counts), "{name}");
    }
}

/// Asks before a person is invited and after.
const AROUND: &str = r#"
outx: 1
name: around
vars: { known: "${{ contacted('urn:li:fsd_profile:A', '90d') }}" }
steps:
  before: { uses: core.set, with: { x: "${{ vars.known }}" } }
  invite:
    if: ${{ !contacted('urn:li:fsd_profile:A', '90d') && steps.before.output.x == false }}
    uses: linkedin.send-connection-request
    with: { profile_urn: "urn:li:fsd_profile:A" }
  after: { needs: invite, uses: core.set, with: { x: "${{ vars.known }}" } }
outputs: { before: "${{ steps.before.output.x }}", after: "${{ steps.after.output.x }}" }
"#;

#[test]
fn killed_at_any_moment_it_is_what_it_was() {
    let (mut polls, mut killed) = (1, 0);
    loop {
        let lab = Lab { slow: true, ..Lab::new() };
        let run = lab.submit("run", AROUND, &json!({}));
        let whole = lab.drive_for(&run, polls);
        let ended = whole.is_some();
        let report = whole.unwrap_or_else(|| lab.again().drive(&run));
        killed += usize::from(!ended);
        assert!(lab.created(Endpoint::SendConnectionRequest).len() <= 1);
        if report.status == RunStatus::Succeeded {
            assert_eq!(report.outputs, json!({ "before": false, "after": true }), "killed at {polls}");
        } else {
            // On the wire when it was killed: in doubt, and never a second time.
            assert_eq!(report.status, RunStatus::NeedsAttention, "{polls}");
        }
        if ended {
            break;
        }
        polls += 1;
    }
    assert!(killed > 20, "{killed}");
}

#[test]
fn what_was_recorded_is_not_asked_again() {
    let text = steps(
        "  a: { uses: core.set, with: { x: \"${{ contacted('ada', '90d') }}\" } }\n\
         \x20 b: { needs: a, uses: linkedin.fetch-profile, with: { profile_slug: bo } }\n",
    ) + "outputs: { x: \"${{ steps.a.output.x }}\" }\n";
    let lab = Lab::new();
    let run = lab.submit("run", &text, &json!({}));
    assert_eq!(lab.drive(&run).outputs, json!({ "x": false }));
    invited(&lab, "ada");
    let facts = lab.facts(&run);
    for first in 1..=facts.len() {
        let is_recorded = facts[..first]
            .iter()
            .any(|fact| fact.path.as_str() == "a" && matches!(fact.event, Event::Finished { .. }));
        let report = lab.cut(&run, first).drive(&run);
        assert_eq!(report.outputs, json!({ "x": !is_recorded }), "after {first} facts");
    }
}

#[test]
fn until_asks_when_a_time_has_ended_and_not_when_the_run_is_taken_up() {
    let text = steps(
        "  watch:\n\
         \x20   repeat: { every: 1h, max: 9, until: \"contacted('ada', '90d')\" }\n\
         \x20   steps: { a: { uses: core.set, with: { x: 1 } } }\n\
         \x20   outputs: { turns: \"${{ iteration }}\" }\n",
    ) + "outputs: { turns: \"${{ steps.watch.output.turns }}\" }\n";
    let lab = Lab::new();
    let run = lab.submit("run", &text, &json!({}));
    assert_eq!(lab.drive(&run).status, RunStatus::Waiting);
    invited(&lab, "ada");
    let still = lab.again().drive(&run);
    assert_eq!(still.status, RunStatus::Waiting, "the first time has ended without it");
    lab.clock.advance(Duration::from_hours(1));
    let report = lab.again().drive(&run);
    assert_eq!((report.status, &report.outputs), (RunStatus::Succeeded, &json!({ "turns": 2 })));
    // Whoever is forgotten stands in what was recorded, too.
    let told = |lab: &Lab| json!(lab.facts(&RunId::new("run"))).to_string();
    assert!(told(&lab).contains("contacts"), "{}", told(&lab));
    lab.forgetting(&run, "ada");
}

#[test]
fn a_changed_list_asks_anew() {
    let text = r#"
outx: 1
name: leads
inputs: { leads: { type: array, items: person } }
steps:
  lead:
    each: ${{ inputs.leads.filter(l, !contacted(l, '90d')) }}
    as: l
    steps: { a: { uses: core.set, with: { x: "${{ l }}" } } }
outputs: { all: "${{ steps.lead.items.map(i, i.key) }}" }
"#;
    let lab = Lab::new();
    let run = lab.submit("run", text, &json!({ "leads": ["ada", "bo"] }));
    assert_eq!(lab.drive(&run).outputs, json!({ "all": ["ada", "bo"] }));
    invited(&lab, "cy");
    let signal = Signal::Revise { inputs: json!({ "leads": ["bo", "cy", "dan"] }), definition: None };
    let revision = lab.revision(&run, &signal).unwrap().unwrap();
    assert_eq!((revision.lists[0].added, revision.lists[0].removed), (1, 1), "{revision:?}");
    lab.signal(&run, &signal).unwrap();
    assert_eq!(lab.drive(&run).outputs, json!({ "all": ["bo", "dan"] }));
}
