//! The calls that make tasks: the ten of the catalogue, and those that the scenario names.

use super::admit::{admit, present_key};
use super::{Service, body, invalid, place};
use crate::answer::{self, NO_ADMIN, RATE_LIMIT};
use crate::choices::ReadWithoutAdmin;
use crate::input::Input;
use crate::message::{Request, Response};
use crate::record::{Record, RequestRecord, TaskRecord};
use crate::scenario::Rule;
use crate::task;
use crate::teams::address;
use jiff::{SignedDuration, Timestamp};
use outx_model::{Call, Effect, Endpoint};
use serde_json::Value;
use std::sync::Arc;

impl Service {
    pub(super) fn create(
        &mut self,
        endpoint: Call,
        request: &Request,
        rule: Option<&Rule>,
        now: Timestamp,
    ) -> (Response, Vec<Record>) {
        let body = body(&request.body);
        let (response, task, taken, input) = match self.accept(endpoint, request, &body, now) {
            Err(refusal) => (refusal, None, Value::Null, Input::new(&body)),
            Ok((team, input)) => {
                let taken = task::with_defaults(endpoint, input);
                let kept = Input::new(&taken);
                // Mostly both are the same, and held once.
                let log = if taken == body { kept.clone() } else { Input::new(&body) };
                let task = self.new_task(team, endpoint, kept, rule, now);
                let status = self.config.choices.create_status;
                (answer::created(status, endpoint, &task.id), Some(task), taken, log)
            }
        };
        let team = match &task {
            Some(task) => Some(Arc::clone(&task.team)),
            None => present_key(request).map(address),
        };
        let id = task.as_ref().map(|task| task.id.clone());
        let log = RequestRecord { at: now, team, endpoint, input, status: response.status, task: id };
        // A rule with a fault was used up on the way.
        let used = rule.filter(|rule| task.is_some() && rule.fault.is_none());
        let used = used.and_then(|rule| self.use_up(rule, now));
        let mut records = Vec::with_capacity(3);
        self.apply(Record::Request(log.clone()));
        records.push(Record::Request(log));
        if let Some(task) = task {
            // As `apply` would, but its input need not be read again.
            self.add_task(task.clone(), &taken);
            records.push(Record::Task(task));
        }
        records.extend(used);
        (response, records)
    }

    /// The team and the input of a create, or why it makes no task.
    pub(super) fn accept(
        &mut self,
        endpoint: Call,
        request: &Request,
        body: &Value,
        now: Timestamp,
    ) -> Result<(Arc<str>, Value), Response> {
        let choices = &self.config.choices;
        let team = admit(&mut self.teams, choices.sharing_is_exempt, request, now)?;
        let input = match endpoint.spec() {
            Some(spec) => {
                spec.validate(body, choices.over_max).map_err(|error| invalid(&error, &choices.texts))?
            }
            // Which fields it takes is not known.
            None if body.is_object() => body.clone(),
            None => return Err(answer::error(400, &choices.texts.invalid_body)),
        };
        let needs_admin =
            endpoint.effect() == Effect::Write || choices.read_without_admin == ReadWithoutAdmin::Refused;
        if needs_admin && team.acting(now).is_none() {
            return Err(answer::error(404, NO_ADMIN));
        }
        if let Some(wait) = self.creates.wait(team.address(), now) {
            return Err(too_many(RATE_LIMIT, choices.rate_retry_after.then_some(wait)));
        }
        if endpoint == Endpoint::SendConnectionRequest
            && let Some(wait) = self.invitations.wait(team.address(), now)
        {
            let wait = choices.invitation_retry_after.then_some(wait);
            return Err(too_many(&choices.texts.invitation_limit, wait));
        }
        Ok((Arc::clone(team.address()), input))
    }

    pub(super) fn new_task(
        &mut self,
        team: Arc<str>,
        endpoint: Call,
        input: Input,
        rule: Option<&Rule>,
        now: Timestamp,
    ) -> TaskRecord {
        let takes = rule.and_then(|rule| rule.takes).or_else(|| self.config.scenario.takes(endpoint));

        // A log may have lost a task between two others, so the next number is not always free.
        let mut sequence = self.tasks.len() as u64;
        let mut task = task::create(&self.config, takes, sequence, team, endpoint, input, now);
        while self.by_id.contains_key(&place(task.id.as_str())) {
            sequence += 1;
            task = task::create(&self.config, takes, sequence, task.team, endpoint, task.input, now);
        }
        if let Some(rule) = rule {
            task.script.clone_from(&rule.script);
            task.failure.clone_from(&rule.failure);
        }
        if let Some(wish) = self.wishes.next(endpoint) {
            task.failure = Some(wish.reason.clone());
            task.wished = wish.kept;
            if !wish.kept {
                self.wishes.take(endpoint);
            }
        }
        task
    }
}

fn too_many(text: &str, wait: Option<SignedDuration>) -> Response {
    let response = answer::error(429, text);
    match wait {
        None => response,
        // Whole seconds; a part of one counts as one.
        Some(wait) => {
            let part = i64::from(wait.subsec_nanos() > 0);
            response.with_header("retry-after", wait.as_secs().saturating_add(part).to_string())
        }
    }
}
