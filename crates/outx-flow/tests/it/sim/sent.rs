//! The law: at most one send for each write. Read from the service's own log alone.

use super::plan::hours_of;
use super::verdict::{Law, Violation, violation};
use super::wire::LONGEST;
use super::world::World;
use jiff::{SignedDuration, Timestamp};
use outx_model::{Effect, Endpoint, STATUS_PATH, TaskId};
use outx_service::{Delivery, Request, RequestRecord};
use std::collections::BTreeMap;

/// One write that arrived.
pub(super) struct Arrival {
    pub(super) at: Timestamp,
    pub(super) endpoint: Endpoint,
    /// Which person or post.
    pub(super) target: String,
    pub(super) task: TaskId,
    /// How it is the same as another: the first word of what it says.
    mode: String,
    /// The run and the step's path, where it says so; the key, where it has one.
    pub(super) by: String,
}

/// All writes that made a task, in the order in which they arrived.
pub(super) fn arrivals(world: &World) -> Vec<Arrival> {
    let write = |request: &RequestRecord| {
        let task = request.task.clone().filter(|_| request.endpoint.effect() == Effect::Write)?;
        let input = request.input.value();
        let says = ["note", "message", "comment_text"].iter().find_map(|field| input[*field].as_str());
        let (mode, by) = says.unwrap_or("plain ").split_once(' ').unwrap();
        Some(Arrival {
            at: request.at,
            endpoint: request.endpoint.endpoint().unwrap(),
            target: request.endpoint.spec().unwrap().target(&input).unwrap().to_string(),
            task,
            mode: mode.to_owned(),
            by: by.to_owned(),
        })
    };
    world.host.with(|service| service.requests().iter().filter_map(write).collect())
}

pub(super) fn once(world: &World) -> Result<(), Violation> {
    let arrivals = arrivals(world);
    let mut by_action = BTreeMap::<_, Vec<&Arrival>>::new();
    let mut by_effect = BTreeMap::<_, Vec<&Arrival>>::new();
    for it in &arrivals {
        // What is done at the end of a run is another action at its next end, as after a task that failed.
        let at_the_end = ["/on_failure.", "/finally."].iter().any(|part| it.by.contains(part));
        if it.mode != "key" && !it.by.is_empty() && !at_the_end {
            by_action.entry((it.endpoint, &it.by)).or_default().push(it);
        }
        by_effect.entry(effect(it, world)).or_default().push(it);
    }
    if let Some(((endpoint, by), twice)) = by_action.iter().find(|(_, sent)| sent.len() > 1) {
        let times: Vec<_> = twice.iter().map(|it| it.at.to_string()).collect();
        return violation(Law::SentOnce, format!("{by} sent its {endpoint} at {}", times.join(" and at ")));
    }
    for (what, sent) in &by_effect {
        for pair in sent.windows(2) {
            // After a task that failed another action may do it.
            if is_done(world, pair[0]) && !held_long_enough(world, pair[0], pair[1]) {
                let text = format!("{what} arrived at {} and at {}", pair[0].at, pair[1].at);
                return violation(Law::SentOnce, text);
            }
        }
    }
    Ok(())
}

/// What a write is known by, over all runs.
fn effect(it: &Arrival, world: &World) -> String {
    let Arrival { endpoint, target, by, mode, .. } = it;
    match mode.as_str() {
        "key" => format!("the write of the key {by}"),
        "each" => format!("{endpoint} of {by}"),
        // A message is another one for each workflow and step, without the items.
        _ if *endpoint == Endpoint::SendMessage => {
            let (run, path) = by.split_once('/').unwrap();
            let run: usize = run[1..].parse().unwrap();
            let workflow = world.case.runs[run];
            let steps: Vec<_> = path.split('.').map(|part| part.split('[').next().unwrap()).collect();
            format!("{endpoint} to {target} of w{workflow}/{}", steps.join("."))
        }
        _ => format!("{endpoint} of {target}"),
    }
}

fn held_long_enough(world: &World, first: &Arrival, second: &Arrival) -> bool {
    let hours = if first.mode == "key" { first.by.parse().ok().and_then(hours_of) } else { None };
    let passed = world.shown.shown(second.at).duration_since(world.shown.shown(first.at));
    hours.is_some_and(|hours| {
        let hours = SignedDuration::from_hours(i64::try_from(hours).unwrap());
        passed + SignedDuration::try_from(LONGEST * 2).unwrap() >= hours
    })
}

/// Whether a task has not failed, as the service says now.
fn is_done(world: &World, it: &Arrival) -> bool {
    let request =
        Request::new(outx_model::Method::Get, STATUS_PATH).with_query("api_agent_task_id", it.task.as_str());
    let answer = super::disk::at_once(world.host.handle(&request.with_key("right"), Timestamp::MAX));
    let Delivery::Answer(answer) = answer else { panic!("{answer:?}") };
    !answer.value()["data"]["status"].as_str().is_some_and(|status| status.eq_ignore_ascii_case("failed"))
}
