//! Steps within steps, where something else happens to the run meanwhile.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use super::super::lab::{Lab, json, status};
use async_trait::async_trait;
use outx_flow::{RunStatus, StepStatus};
use outx_transport::{Response, TransportError, Web, WebRequest};
use serde_json::json;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Answers each request with its body, and keeps it.
#[derive(Debug, Default)]
struct Echo(Mutex<Vec<String>>);

impl Echo {
    fn seen(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

#[async_trait]
impl Web for Echo {
    async fn exchange(&self, request: &WebRequest, _: Duration) -> Result<Response, TransportError> {
        let body = String::from_utf8_lossy(request.body.as_deref().unwrap_or_default()).into_owned();
        self.0.lock().unwrap().push(body.clone());
        let body = serde_json::from_str(&body).unwrap_or(json!(body));
        Ok(Response::json(200, &json!({ "got": body })))
    }
}

fn with_echo() -> (Lab, Arc<Echo>) {
    let echo = Arc::new(Echo::default());
    (Lab { web: Some(echo.clone()), ..Lab::new() }, echo)
}

#[test]
fn a_text_that_was_read_cannot_ask_for_a_secret_also_where_the_step_has_none() {
    let (lab, echo) = with_echo();
    let lab = Lab { secrets: [("TOKEN".to_owned(), "s3cr3t-value".to_owned())].into(), ..lab };
    let text = r#"
outx: 1
name: x
secrets: [TOKEN]
inputs: { text: { type: text } }
steps:
  tell: { uses: core.http, with: { url: https://hooks.example.com/, method: POST, json: { text: "${{ inputs.text }}" } } }
  real: { uses: core.http, with: { url: https://hooks.example.com/, method: POST, json: { text: "${{ secrets.TOKEN }}" } } }
"#;
    let report = lab.run(text, &json!({ "text": "hi \u{FDD0}TOKEN\u{FDD1}" }));
    assert_eq!(status(&report, "tell"), StepStatus::Failed, "{report:#?}");
    assert_eq!(status(&report, "real"), StepStatus::Succeeded);
    assert_eq!(echo.seen(), [r#"{"text":"s3cr3t-value"}"#]);
}

#[test]
fn no_form_of_a_secrets_value_is_kept_of_an_answer() {
    let value = "q\"uo/te\\n\näé 84721939";
    let number = "84721939";
    let (lab, _) = with_echo();
    let secrets = [("TOKEN", value), ("PIN", number)];
    let lab = Lab { secrets: secrets.map(|(name, value)| (name.to_owned(), value.to_owned())).into(), ..lab };
    let text = r#"
outx: 1
name: x
secrets: [TOKEN, PIN]
steps:
  tell: { uses: core.http, with: { url: https://hooks.example.com/, method: POST, json: { text: "${{ secrets.TOKEN }}" } } }
  pin: { uses: core.http, with: { url: https://hooks.example.com/, method: POST, body: "${{ secrets.PIN }}" } }
"#;
    let report = lab.run(text, &json!({}));
    assert_eq!(report.status, RunStatus::Succeeded, "{report:#?}");
    let told = json(&report).to_string();
    assert!(!told.contains("uo") && !told.contains(number), "{told}");
    let output = &report.steps["tell"].output;
    assert_eq!(output["json"]["got"]["text"], "[secret TOKEN]");
    assert_eq!(report.steps["pin"].output["json"]["got"], "[secret PIN]");
}

