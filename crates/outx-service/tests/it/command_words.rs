//! Commands as a person writes them.

use outx_model::Endpoint;
use outx_service::{Command, ExtensionState, Fault, Injection, On};
use serde_json::{Value, json};
use std::time::Duration;

#[test]
fn each_command_can_be_written() {
    let inject = |on, fault, times| Command::Inject(Injection { on, fault, times });
    for (written, command) in [
        (
            json!({ "do": "extension", "state": "silent" }),
            Command::Extension { team: None, member: None, state: ExtensionState::Silent },
        ),
        (
            json!({ "do": "extension", "state": "open", "team": "t", "member": "ada@x" }),
            Command::Extension {
                team: Some("t".into()),
                member: Some("ada@x".into()),
                state: ExtensionState::Open,
            },
        ),
        (json!({ "do": "inject", "fault": "reset" }), inject(On::Any, Fault::Reset, 1)),
        (
            json!({ "do": "inject", "on": "like-post", "fault": { "slow": "5s" }, "times": 3 }),
            inject(On::Create(Endpoint::LikePost.into()), Fault::Slow(Duration::from_secs(5)), 3),
        ),
        (
            json!({ "do": "fail", "on": "like-post" }),
            Command::Fail { on: Endpoint::LikePost.into(), reason: "Failed as asked".into(), times: 1 },
        ),
        (
            json!({ "do": "fail", "on": "write:follow-company", "times": 2 }),
            Command::Fail {
                on: "write:follow-company".parse().unwrap(),
                reason: "Failed as asked".into(),
                times: 2,
            },
        ),
        (json!({ "do": "reset" }), Command::Reset),
    ] {
        assert_eq!(Command::read(&written).unwrap(), command, "{written}");
    }
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    let wrong = |written: Value| Command::read(&written).unwrap_err().to_string();
    for (written, said) in [
        (json!([]), "not an object"),
        (json!({}), "do: it is missing"),
        (json!({ "do": "injekt" }), "did you mean `inject`?"),
        (json!({ "do": "extension" }), "state: it is missing"),
        (json!({ "do": "inject", "on": "like-posts", "fault": "reset" }), "did you mean `like-post`?"),
        (json!({ "do": "inject" }), "fault: it is missing"),
        (json!({ "do": "inject", "fault": "reset", "times": 0 }), "times: "),
        (json!({ "do": "fail", "on": "*" }), "on: `*` is no known endpoint"),
        (json!({ "do": "reset", "really": true }), "really: "),
    ] {
        let text = wrong(written.clone());
        assert!(text.contains(said), "{written}: {text}");
    }
}
