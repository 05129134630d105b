//! Items: their keys, their order, how many at once.

use super::{FAN_OUT, InFlight};
use crate::lab::Lab;
use outx_flow::RunStatus;
use outx_model::Endpoint;
use outx_service::LatencyLaw;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

#[test]
fn a_fan_out_keeps_the_order_of_its_list_and_its_concurrency() {
    // Tasks take from 1 to 60 s, so that items end in another order than they began.
    let latency = LatencyLaw::Uniform { from: Duration::from_secs(1), to: Duration::from_mins(1) };
    let in_flight = Arc::new(InFlight::default());
    let lab = Lab { observer: in_flight.clone(), ..Lab::with(latency) };
    let slugs: Vec<String> = (0..10).map(|n| format!("person-{n}")).collect();
    let report = lab.run(FAN_OUT, &json!({ "slugs": slugs }));
    assert_eq!(report.status, RunStatus::Succeeded);
    assert_eq!(report.outputs["keys"], json!(slugs));
    let indexes: Vec<_> =
        report.outputs["rows"].as_array().unwrap().iter().map(|row| &row["index"]).collect();
    assert_eq!(json!(indexes), json!((0..10).collect::<Vec<_>>()));
    assert_eq!(in_flight.most(), 3);
}

#[test]
fn a_resumed_fan_out_goes_through_all_items_however_many_wait() {
    let lab = Lab::with(LatencyLaw::Fixed(Duration::from_mins(12)));
    let people: Vec<String> = (0..7).map(|n| format!("person-{n}")).collect();
    let run = lab.submit("run", FAN_OUT, &json!({ "slugs": people }));
    // A waiting item holds no place: all of them are begun, though only three may be in flight.
    let report = lab.drive(&run);
    assert_eq!(report.status, RunStatus::Waiting);
    assert_eq!(lab.created(Endpoint::FetchProfile).len(), 7);
    let mut drives = 0;
    while lab.again().drive(&run).status != RunStatus::Succeeded {
        drives += 1;
        assert!(drives < 20, "it does not come to an end");
    }
    assert_eq!(lab.created(Endpoint::FetchProfile).len(), 14);
}
