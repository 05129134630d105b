//! The emulator as other programs meet it: real curl, a real shell, a file that says how it behaves.

use crate::support::{Process, World};
use serde_json::{Value, json};
use std::fs;
use std::process::{Command, Stdio};

struct Emulator {
    process: Process,
    at: Value,
}

fn emulate(world: &World, more: &[&str]) -> Emulator {
    let args = ["emulate", "--output", "json"].iter().chain(more).copied();
    let mut process = world.start(args);
    let line = process.prints("{");
    let at = serde_json::from_str(&format!("{{{line}")).unwrap();
    Emulator { process, at }
}

impl Emulator {
    fn url(&self) -> &str {
        self.at["url"].as_str().unwrap()
    }

    /// A script, run by bash with the emulator's address as HOST; its stdout.
    fn bash(&self, script: &str) -> String {
        let out = Command::new("bash")
            .args(["-euo", "pipefail", "-c", script])
            .env("HOST", self.url())
            .env("ADMIN", self.at["admin_url"].as_str().unwrap_or_default())
            .env("TOKEN", self.at["admin_token"].as_str().unwrap_or_default())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let stderr = String::from_utf8_lossy(&out.stderr);
        assert!(out.status.success(), "{script}\n{stderr}\n{}", String::from_utf8_lossy(&out.stdout));
        String::from_utf8(out.stdout).unwrap()
    }

    fn json(&self, script: &str) -> Value {
        let text = self.bash(script);
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
    }
}

/// As the API's own page shows it, but for the host: create, then ask every 5 seconds, at most 30 times.
const LOOP: &str = r#"
TASK_ID=$(curl -s -X POST "$HOST/linkedin-agent/fetch-profile" \
  -H "x-api-key: YOUR_API_KEY" \
  -H "Content-Type: application/json" \
  -d '{"profile_slug": "ada-example"}' | sed -E 's/.*"api_agent_task_id":"([^"]+)".*/\1/')

for i in $(seq 1 30); do
  RESPONSE=$(curl -s "$HOST/linkedin-agent/get-task-status?api_agent_task_id=$TASK_ID" \
    -H "x-api-key: YOUR_API_KEY")
  STATUS=$(echo "$RESPONSE" | sed -E 's/.*"status":"([^"]+)".*/\1/')
  if [ "$STATUS" = "completed" ]; then
    echo "$RESPONSE"
    break
  fi
  sleep 5
done
"#;

#[test]
fn the_documented_loop_runs_unchanged_but_for_the_host() {
    let world = World::at("");
    let emulator = emulate(&world, &["--latency", "0s"]);
    let answer = emulator.json(LOOP);
    assert_eq!(answer["data"]["task_output"]["profile"]["full_name"], "Ada Example");
    assert_eq!(answer["data"]["task_input"]["task_type"], "agent_profile_fetch");
}

#[test]
fn every_documented_call_is_answered_to_curl() {
    let world = World::at("");
    let emulator = emulate(&world, &["--latency", "0s", "--admin-port", "0"]);
    for (name, body) in [
        ("fetch-profile", json!({ "profile_slug": "ada-example" })),
        ("fetch-profiles-posts", json!({ "profile_urns": ["urn:li:fsd_profile:ACoAAEXAMPLE01"] })),
        ("fetch-company", json!({ "company_slug": "fjord-labs" })),
        ("fetch-company-posts", json!({ "company_slug": "fjord-labs" })),
        ("fetch-connections", json!({ "sort_type": "RECENTLY_ADDED", "start": 0, "count": 100 })),
        ("search-profiles", json!({ "title": "CTO", "geo_urn": ["103644278"] })),
        ("like-post", json!({ "social_urn": "urn:li:activity:7000000000000000001" })),
        (
            "comment-post",
            json!({ "social_urn": "urn:li:activity:7000000000000000001", "comment_text": "Well said" }),
        ),
        ("send-message", json!({ "recipient_urn": "urn:li:person:ACoAAEXAMPLE01", "message": "Hello" })),
        (
            "send-connection-request",
            json!({ "profile_urn": "urn:li:fsd_profile:ACoAAEXAMPLE02", "note": "Hello" }),
        ),
    ] {
        let created = emulator.json(&format!(
            "curl -s -X POST \"$HOST/linkedin-agent/{name}\" -H 'x-api-key: k' -H 'Content-Type: application/json' -d '{body}'"
        ));
        assert_eq!(created["success"], true, "{name}: {created}");
        let id = created["api_agent_task_id"].as_str().unwrap();
        let task = emulator.json(&format!(
            "curl -s \"$HOST/linkedin-agent/get-task-status?api_agent_task_id={id}\" -H 'x-api-key: k'"
        ));
        assert_eq!(task["data"]["status"], "completed", "{name}: {task}");
    }
    let sent = emulator.json(
        "curl -s -X POST \"$HOST/linkedin-agent/auth-send-otp\" -H 'Content-Type: application/json' -d '{\"email\":\"ada@example.org\"}'",
    );
    assert_eq!(sent, json!({ "success": true, "email": "ada@example.org" }));
    let mails = emulator.json("curl -s \"$ADMIN/mails\" -H \"authorization: Bearer $TOKEN\"");
    let code = mails["mails"][0]["code"].as_str().unwrap();
    let login = emulator.json(&format!(
        "curl -s -X POST \"$HOST/linkedin-agent/auth-verify-otp\" -H 'Content-Type: application/json' \
         -d '{{\"email\":\"ada@example.org\",\"otp\":\"{code}\"}}'"
    ));
    assert!(login["team"]["api_key"].as_str().unwrap().starts_with("outx_"));
    let described = emulator.json("curl -s \"$HOST/openapi.json\"");
    assert_eq!(described, outx_model::openapi());
}

#[test]
fn time_and_extension_are_in_the_testers_hand_and_survive_a_kill() {
    let world = World::at("");
    let folder = world.work().join("service").display().to_string();
    let args = ["--admin-port", "0", "--data", &folder, "--time-scale", "60"];
    let mut emulator = emulate(&world, &args);
    let ask = "curl -s \"$ADMIN/clock\" -H \"authorization: Bearer $TOKEN\"";
    let turned = emulator.json(&format!("{ask} -d '{{\"advance\": \"400d\"}}'"));
    emulator.bash(
        "curl -sf \"$ADMIN/extension\" -H \"authorization: Bearer $TOKEN\" -d '{\"state\": \"silent\"}'",
    );
    emulator.bash("curl -sf \"$ADMIN/faults\" -H \"authorization: Bearer $TOKEN\" -d '{\"on\": \"like-post\", \"fault\": \"gateway\"}'");
    let create = "curl -s -o /dev/null -w '%{http_code}' -X POST \"$HOST/linkedin-agent/fetch-connections\" -H 'x-api-key: k'";
    assert_eq!(emulator.bash(create), "403");
    emulator.process.kill();
    emulator.process.wait();

    let emulator = emulate(&world, &args);
    let again = emulator.json(ask);
    assert!(again["now"].as_str() >= turned["now"].as_str(), "{turned} {again}");
    assert_eq!(again["scale"], 60);
    assert_eq!(emulator.bash(create), "403", "it is still silent");
    emulator
        .bash("curl -sf \"$ADMIN/extension\" -H \"authorization: Bearer $TOKEN\" -d '{\"state\": \"open\"}'");
    assert_eq!(emulator.bash(create), "200");
    assert_eq!(emulator.bash(&create.replace("fetch-connections", "like-post")), "502", "it still waits");
}

#[test]
fn a_scenario_file_says_what_happens() {
    let world = World::at("");
    let file = world.work().join("scenario.yaml");
    fs::write(&file, "outx-scenario: 1\nlatency: 0s\nservice:\n  fetch-profile:\n    - when: { profile_slug: ada }\n      output: { profile: { full_name: Ada L. } }\n    - status: failed\n      error: nobody here\n").unwrap();
    let emulator = emulate(&world, &["--scenario", &file.display().to_string()]);
    let answer = emulator.json(&LOOP.replace("ada-example", "ada"));
    assert_eq!(answer["data"]["task_output"]["profile"]["full_name"], "Ada L.");
    drop(emulator);

    fs::write(&file, "outx-scenario: 1\nservice:\n  fetch-profil: []\nlatency: soon\n").unwrap();
    let done = world.run(["emulate", "--scenario", &file.display().to_string()]).expect(2);
    for said in ["service.fetch-profil", "did you mean `fetch-profile`?", "latency: "] {
        assert!(done.stderr.contains(said), "{}", done.stderr);
    }
}

#[test]
fn what_would_be_unsafe_or_useless_is_refused() {
    let world = World::at("");
    let done = world.run(["emulate", "--listen", "0.0.0.0"]).expect(2);
    assert!(done.stderr.contains("--api-key"), "{}", done.stderr);
    let done = world.run(["emulate", "--admin-token", "t"]).expect(2);
    assert!(done.stderr.contains("--admin-port"), "{}", done.stderr);
    world.run(["emulate", "--time-scale", "0"]).expect(2);
    world.run(["emulate", "--latency", "9s..3s"]).expect(2);
}

#[test]
fn a_signal_ends_it_well() {
    let world = World::at("");
    let emulator = emulate(&world, &["--admin-port", "0"]);
    emulator.process.interrupt();
    emulator.process.wait().expect(0);
}
