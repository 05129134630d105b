//! The one call that reads a task.

use super::admit::admit;
use super::{Service, place};
use crate::answer::{self, NO_TASK_ID, Stage};
use crate::choices::Statuses;
use crate::message::{Request, Response};
use crate::record::TaskRecord;
use crate::task;
use jiff::Timestamp;
use outx_model::{Method, TaskStatus};

impl Service {
    pub(super) fn poll(&mut self, request: &Request, now: Timestamp) -> Response {
        if request.method != Method::Get.as_str() {
            return self.wrong_method();
        }
        self.settle_world();
        self.polls = self.polls.saturating_add(1);
        let choices = &self.config.choices;
        let team = match admit(&mut self.teams, choices.sharing_is_exempt, request, now) {
            Ok(team) => team,
            Err(refusal) => return refusal,
        };
        let Some(id) = request.parameter("api_agent_task_id").filter(|id| !id.trim().is_empty()) else {
            return answer::error(400, NO_TASK_ID);
        };
        let found = self.by_id.get(&place(id)).and_then(|at| Some((*at, self.tasks.get(*at)?)));
        let is_seen = |task: &TaskRecord| task.id.as_str() == id && task.team == *team.address();
        let Some((number, task)) = found.filter(|(_, task)| is_seen(task)) else {
            return answer::error(404, answer::UNKNOWN_TASK);
        };
        let stage = match task::stage(task, team.worker(task.created_at), now) {
            Stage::Running(_) if choices.statuses == Statuses::WithoutProcessing => {
                Stage::Running(TaskStatus::Pending)
            }
            stage => stage,
        };
        answer::status(&self.world, task, number, &stage, choices)
    }
}
