//! A user's own integration test: a workflow is run in virtual time, and what was sent is looked at.

#![expect(clippy::print_stdout, reason = "an example shows something")]

use outx_flow::testing::Harness;
use outx_service::Scenario;
use serde_json::json;
use std::error::Error;

const WORKFLOW: &str = r#"
outx: 1
name: welcome
steps:
  new: { uses: linkedin.fetch-connections, with: { sort_type: RECENTLY_ADDED, count: 10 } }
  person:
    each: ${{ steps.new.output.connections }}
    as: who
    key: ${{ who.entity_urn }}
    steps:
      hello: { uses: linkedin.send-message, with: { recipient_urn: "${{ who.entity_urn }}", message: "Welcome, ${{ who.name }}!" } }
"#;

fn main() -> Result<(), Box<dyn Error>> {
    // What the service answers. A call that nothing is said of would be refused.
    let scenario = Scenario::read(&json!({ "outx-scenario": 1, "service": {
        "fetch-connections": [{ "takes": "20s", "output": { "connections": [{ "name": "Ada", "entity_urn": "urn:li:fsd_profile:A" }] } }],
        "send-message": [{ "times": 1, "fault": "answer-lost" }],
    } }))?;
    let harness = Harness::scripted(scenario);
    let workflow = harness.check("welcome.yaml", WORKFLOW)?;
    let report = harness.run(&workflow, &json!({}))?;

    // The answer to the message was lost, so it is in doubt, and it was sent once.
    assert_eq!(report.status.word(), "needs_attention");
    let writes = harness.writes();
    assert_eq!(writes.len(), 1);
    assert_eq!(writes[0].input["message"], "Welcome, Ada!");
    println!("{} was sent once, and is in doubt", writes[0].name());
    Ok(())
}
