//! Which rule of the scenario a request meets.

use super::{Service, body, place};
use crate::message::Request;
use crate::record::Record;
use crate::scenario::{Rule, Scenario};
use jiff::{SignedDuration, Timestamp};
use outx_model::STATUS_PATH;
use serde_json::json;
use std::time::Duration;

impl Service {
    /// The scenario's rule for a request.
    pub(super) fn rule<'s>(
        &self,
        scenario: &'s Scenario,
        request: &Request,
        now: Timestamp,
    ) -> Option<&'s Rule> {
        let since = self.start.map_or(SignedDuration::ZERO, |start| now.duration_since(start));
        let since = Duration::try_from(since).unwrap_or_default();
        let used = |rule: &str| self.uses.get(rule).copied().unwrap_or_default();
        if request.path == STATUS_PATH {
            let id = request.parameter("api_agent_task_id").unwrap_or_default();
            let task = || self.tasks.get(*self.by_id.get(&place(id))?);
            let endpoint = || task().map(|task| task.endpoint.name());
            let input = || json!({ "api_agent_task_id": id, "endpoint": endpoint() });
            return scenario.of_poll(input, since, used);
        }
        let endpoint = scenario.endpoint_at(&request.path)?;
        scenario.of_create(endpoint, || body(&request.body), since, used)
    }

    /// Counts one use of a rule that answers only so often.
    pub(super) fn use_up(&mut self, rule: &Rule, now: Timestamp) -> Option<Record> {
        let record = rule.times.map(|_| Record::Ruled { at: now, rule: rule.id.as_str().into() });
        record.clone().into_iter().for_each(|record| self.apply(record));
        record
    }
}
