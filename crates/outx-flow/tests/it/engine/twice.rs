//! What is not sent twice, and what is the same twice.

use super::{FAN_OUT, body};
use crate::lab::Lab;
use outx_flow::RunStatus;
use outx_model::Endpoint;
use outx_service::LatencyLaw;
use outx_transport::Fault;
use serde_json::json;
use std::time::Duration;

#[test]
fn two_rows_of_one_person_are_one_invitation() {
    let text = "outx: 1\nname: x\ninputs: { urns: { type: array } }\nsteps:\n\
                \x20 person:\n\
                \x20   each: '${{ inputs.urns }}'\n\
                \x20   steps: { invite: { uses: linkedin.send-connection-request, with: { profile_urn: '${{ item }}' } } }\n\
                outputs: { sent: '${{ steps.person.items.map(i, i.status) }}' }\n";
    let lab = Lab::new();
    let urns = ["urn:li:fsd_profile:A", "urn:li:person:A", "A", "urn:li:fsd_profile:B"];
    let report = lab.run(text, &json!({ "urns": urns }));
    assert_eq!(report.status, RunStatus::Succeeded);
    assert_eq!(report.outputs["sent"], json!(["succeeded", "succeeded", "succeeded", "succeeded"]));
    assert_eq!(lab.created(Endpoint::SendConnectionRequest).len(), 2);
    let lab = Lab { slow: true, ..Lab::new() };
    assert_eq!(lab.run(text, &json!({ "urns": urns })).status, RunStatus::Succeeded);
    assert_eq!(lab.created(Endpoint::SendConnectionRequest).len(), 2, "also while the first is on the wire");
}

#[test]
fn two_runs_of_one_seed_are_equal_to_the_last_byte() {
    let facts = || {
        let latency = LatencyLaw::Uniform { from: Duration::from_secs(1), to: Duration::from_secs(90) };
        let lab = Lab { slow: true, ..Lab::with(latency) };
        lab.transport.script_create(Endpoint::FetchProfile, Fault::AnswerLost);
        lab.transport.script_poll(body(500, "oops"));
        let people: Vec<String> = (0..12).map(|n| format!("person-{}", n % 10)).collect();
        let run = lab.submit("run", FAN_OUT, &json!({ "slugs": people }));
        lab.drive(&run);
        let facts = lab.facts(&run);
        assert!(facts.iter().flat_map(|fact| fact.event.values()).count() > 50);
        serde_json::to_vec(&facts).unwrap()
    };
    assert_eq!(facts(), facts());
}
