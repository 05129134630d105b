//! What can be seen through the door.

use super::Room;
use jiff::Timestamp;
use outx_model::{Call, Endpoint, TaskId, UnknownEndpoint};
use outx_transport::Clock;
use serde::Deserialize;
use serde_json::{Value, json};

/// So many are shown if nothing else is said.
const SHOWN: usize = 100;

/// Which requests or tasks somebody wants to see, as it is written in a query.
#[derive(Debug, Deserialize)]
pub(super) struct Filter {
    endpoint: Option<String>,
    since: Option<String>,
    limit: Option<String>,
}

/// The same, understood.
#[derive(Debug)]
pub(super) struct Wanted {
    endpoint: Option<Call>,
    since: Option<Timestamp>,
    limit: usize,
}

impl Filter {
    /// # Errors
    ///
    /// What cannot be understood, and a remedy.
    pub(super) fn read(self) -> Result<Wanted, (String, &'static str)> {
        let endpoint = self.endpoint.map(|name| endpoint(&name)).transpose();
        let endpoint = endpoint.map_err(|error| (error.to_string(), "take one of these"))?;
        let since = self.since.map(|text| text.parse::<Timestamp>()).transpose();
        let since = since.map_err(|error| {
            (format!("`since` is no moment: {error}"), "write it as 2026-03-02T09:00:00Z")
        })?;
        let limit = self.limit.map(|text| text.parse::<usize>()).transpose();
        let limit = limit.map_err(|error| (format!("`limit` is no number: {error}"), "write limit=100"))?;
        Ok(Wanted { endpoint, since, limit: limit.unwrap_or(SHOWN) })
    }
}

/// An endpoint of the catalogue by its name, another one by its word, such as `read:fetch-something`.
fn endpoint(name: &str) -> Result<Call, UnknownEndpoint> {
    match name.parse() {
        Ok(other @ Call::Other(..)) => Ok(other),
        _ => name.parse::<Endpoint>().map(Call::from),
    }
}

impl Wanted {
    fn is(&self, endpoint: Call, at: Timestamp) -> bool {
        self.endpoint.is_none_or(|wanted| wanted == endpoint) && self.since.is_none_or(|since| at >= since)
    }

    /// The newest of some, the newest last.
    fn last<T>(&self, all: Vec<T>) -> Vec<T> {
        let over = all.len().saturating_sub(self.limit);
        all.into_iter().skip(over).collect()
    }
}

pub(super) fn requests(room: &Room, wanted: &Wanted) -> Value {
    room.host.with(|service| {
        let found: Vec<_> = service.requests().iter().filter(|r| wanted.is(r.endpoint, r.at)).collect();
        let total = found.len();
        let shown: Vec<_> = wanted
            .last(found)
            .into_iter()
            .map(|request| {
                json!({
                    "at": request.at.to_string(),
                    "endpoint": request.endpoint.name(),
                    "team": request.team,
                    "input": request.input.value(),
                    "status": request.status,
                    "task": request.task.as_ref().map(TaskId::as_str),
                })
            })
            .collect();
        json!({ "total": total, "polls": service.polls(), "requests": shown })
    })
}

pub(super) fn tasks(room: &Room, wanted: &Wanted) -> Value {
    room.host.with(|service| {
        let found: Vec<_> =
            service.tasks().iter().filter(|task| wanted.is(task.endpoint, task.created_at)).collect();
        let total = found.len();
        let shown: Vec<_> = wanted
            .last(found)
            .into_iter()
            .map(|task| {
                json!({
                    "id": task.id.as_str(),
                    "endpoint": task.endpoint.name(),
                    "team": task.team,
                    "input": task.input.value(),
                    "created_at": task.created_at.to_string(),
                })
            })
            .collect();
        json!({ "total": total, "tasks": shown })
    })
}

pub(super) fn mails(room: &Room) -> Value {
    let one =
        |mail: &outx_service::Mail| json!({ "at": mail.at.to_string(), "to": mail.to, "code": mail.code });
    room.host.with(|service| json!({ "mails": service.mails().iter().map(one).collect::<Vec<_>>() }))
}

pub(super) fn teams(room: &Room) -> Value {
    let now = room.clock.now();
    room.host.with(|service| {
        let teams: Vec<_> = service
            .teams()
            .iter()
            .map(|team| {
                let members = team.members().iter().enumerate().map(|(at, member)| {
                    json!({
                        "name": member.name,
                        "email": member.email,
                        "role": member.role,
                        "extension": team.extension(at, now),
                    })
                });
                json!({
                    "id": team.id(),
                    "name": team.name(),
                    "address": team.address(),
                    "awake": team.is_awake(now),
                    "members": members.collect::<Vec<_>>(),
                })
            })
            .collect();
        json!({ "teams": teams })
    })
}
