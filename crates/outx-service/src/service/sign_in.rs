//! The two calls that mail a code and give a key for it.

use super::{Service, body, invalid};
use crate::answer;
use crate::message::{Request, Response};
use crate::otp;
use crate::record::Record;
use crate::team::Team;
use jiff::Timestamp;
use outx_model::{AUTH_SEND_OTP, AUTH_VERIFY_OTP, AuthSpec};
use serde_json::{Value, json};

impl Service {
    pub(super) fn send_code(&mut self, request: &Request, now: Timestamp) -> (Response, Vec<Record>) {
        let input = match self.sign_in_input(&AUTH_SEND_OTP, request) {
            Ok(input) => input,
            Err(refusal) => return (refusal, Vec::new()),
        };
        let email = text(&input, "email");
        let full_name = input.get("full_name").and_then(Value::as_str).map(Box::from);
        let response = Response::json(200, &json!({ "success": true, "email": email }));
        let record = Record::Code { at: now, email: email.trim().into(), full_name };
        self.apply(record.clone());
        (response, vec![record])
    }

    pub(super) fn verify_code(&mut self, request: &Request, now: Timestamp) -> (Response, Vec<Record>) {
        let input = match self.sign_in_input(&AUTH_VERIFY_OTP, request) {
            Ok(input) => input,
            Err(refusal) => return (refusal, Vec::new()),
        };
        let email = text(&input, "email").trim();
        if !self.otp.is_right(email, text(&input, "otp").trim(), now) {
            return (answer::error(401, otp::WRONG_CODE), Vec::new());
        }
        let record = Record::SignIn { at: now, email: email.into() };
        self.apply(record.clone());
        // The answer tells of the account that the record may have made.
        let team = self.team_of(email);
        let body = team.map_or(Value::Null, |team| self.otp.signed_in(team, email));
        (Response::json(200, &body), vec![record])
    }

    pub(super) fn sign_in_input(&self, spec: &AuthSpec, request: &Request) -> Result<Value, Response> {
        if request.method != spec.method.as_str() {
            return Err(self.wrong_method());
        }
        spec.validate(&body(&request.body)).map_err(|error| invalid(&error, &self.config.choices.texts))
    }

    pub(super) fn team_of(&self, email: &str) -> Option<&Team> {
        self.teams.list().iter().find(|team| team.members().iter().any(|member| otp::is_of(member, email)))
    }
}

fn text<'a>(input: &'a Value, name: &str) -> &'a str {
    input.get(name).and_then(Value::as_str).unwrap_or_default()
}
