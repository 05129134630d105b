//! Records that were written by an earlier version go on being read, and mean what they meant.

use crate::support::{after, poll};
use outx_service::{Record, Service, ServiceConfig};
use serde_json::{Value, json};

const FIRST: &str = include_str!("../data/records-1.jsonl");

fn records() -> Vec<Record> {
    FIRST.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn the_first_versions_records_are_read_and_written_unchanged() {
    for (line, record) in FIRST.lines().zip(records()) {
        let line: Value = serde_json::from_str(line).unwrap();
        assert_eq!(serde_json::to_value(&record).unwrap(), line);
    }
}

#[test]
fn the_first_versions_tasks_go_on() {
    let mut service = Service::restore(ServiceConfig::default(), records());
    assert_eq!((service.requests().len(), service.tasks().len()), (3, 2));
    let mut data =
        |id: &str, seconds| service.step(&poll(id), after(seconds)).response.value()["data"].clone();
    let profile = "5f0b6a0e-98a5-4c4e-9d53-0d7cf1e86a11";
    assert_eq!(data(profile, 4)["status"], "pending");
    assert_eq!(data(profile, 19)["status"], "processing");
    assert_eq!(data(profile, 20)["task_output"]["profile"]["full_name"], "Ada Example");
    let message = data("task-2", 22);
    assert_eq!(message["task_output"], json!({ "error": "not a first-degree connection" }));
    assert_eq!(
        message["task_input"],
        json!({ "task_type": "agent_send_message", "recipient_urn": "urn:li:person:A", "message": "Hello \"Ada\"" })
    );
}
