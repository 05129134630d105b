//! What a file says of how much it allows itself, and of how often it tries again.

use super::steps;
use crate::lab::Lab;
use outx_flow::RunStatus;
use outx_flow::journal::WaitReason;
use outx_model::Endpoint;
use outx_service::LatencyLaw;
use outx_transport::{Clock, Fault};
use serde_json::json;
use std::time::Duration;

#[test]
fn a_read_is_asked_as_often_as_its_file_says() {
    for (retry, asked) in [("", 3), (", retry: { max: 5, delay: 1s }", 6), (", retry: { max: 1 }", 2)] {
        let lab = Lab::new();
        for _ in 0..10 {
            lab.transport.script_create(Endpoint::FetchProfile, Fault::status(502, "<html>"));
        }
        let text = steps(&format!(
            "  who: {{ uses: linkedin.fetch-profile, with: {{ profile_slug: ada-example }}{retry} }}\n"
        ));
        let report = lab.run(&text, &json!({}));
        assert_eq!(report.status, RunStatus::Waiting, "{retry}");
        assert_eq!(lab.transport.creates(Endpoint::FetchProfile), asked, "{retry}");
    }
}

#[test]
fn the_patience_of_a_step_is_its_own() {
    let lab = Lab::with(LatencyLaw::Fixed(Duration::from_hours(5)));
    let text =
        steps("  who: { uses: linkedin.fetch-profile, with: { profile_slug: ada-example }, timeout: 90s }\n");
    let report = lab.run(&text, &json!({}));
    assert_eq!(report.waiting_for[0].reason, WaitReason::StillPending);
    assert_eq!(lab.clock.now().to_string(), "2026-03-02T09:01:30Z");
}
