//! The fold: what each record changes.

use super::{Service, place};
use crate::choices::Repeat;
use crate::command::Command;
use crate::config::ServiceConfig;
use crate::otp;
use crate::record::{Record, TaskRecord};
use crate::scenario::Scenario;
use crate::task;
use crate::wishes::Wish;
use crate::world::{Deed, Repeats, World};
use jiff::Timestamp;
use outx_model::Endpoint;
use serde_json::Value;

impl Service {
    pub(super) fn apply(&mut self, record: Record) {
        let at = record.at();
        if let Record::Start { scenario: Some(scenario), .. } = &record
            && let Ok(scenario) = Scenario::read(&scenario.value())
        {
            *self =
                Self { polls: self.polls, ..Self::new(ServiceConfig { scenario, ..self.config.clone() }) };
        }
        self.remember(at);
        match record {
            Record::Request(request) => {
                if let Some(team) = request.team.as_ref().filter(|_| request.task.is_some()) {
                    self.creates.add(team, at);
                }
                self.requests.push(request);
            }
            Record::Task(task) => {
                let input = task.input.value();
                self.add_task(task, &input);
            }
            Record::Start { seed, .. } => {
                self.config.id_seed = seed.unwrap_or(self.config.id_seed);
                self.otp.reseed(self.config.id_seed);
            }
            Record::Ruled { rule, .. } => {
                let uses = self.uses.entry(rule).or_default();
                *uses = uses.saturating_add(1);
            }
            Record::Command { command, .. } => self.obey(at, command),
            Record::Faulted { on, .. } => drop(self.injected.take(on)),
            Record::Code { email, full_name, .. } => self.otp.mail(at, &email, full_name.as_deref()),
            Record::SignIn { email, .. } => {
                self.otp.used(&email);
                if self.team_of(&email).is_none() {
                    let account = self.otp.account(at, &email);
                    let state = self.config.choices.extension_of_new_account;
                    self.teams.add(otp::with_extension(account, state));
                }
            }
        }
    }

    pub(super) fn remember(&mut self, at: Timestamp) {
        self.last = self.last.max(Some(at));
        if self.start.is_none() {
            self.start = Some(at);
            self.teams.plan(self.start);
        }
    }

    /// Before its first record the service's times count from now.
    pub(super) fn wake(&mut self, now: Timestamp) {
        if self.start.is_none() {
            self.teams.plan(Some(now));
        }
    }

    pub(super) fn add_task(&mut self, mut task: TaskRecord, input: &Value) {
        task.team = self.teams.intern(&task.team);
        if task.wished {
            self.wishes.take(task.endpoint);
        }
        if task.endpoint == Endpoint::SendConnectionRequest {
            self.invitations.add(&task.team, task.created_at);
        }
        let number = self.tasks.len();
        if !self.has_moved {
            let at = self.end(&task);
            self.world.remember(Deed { task: &task, input, number, at });
        }
        self.by_id.insert(place(task.id.as_str()), number);
        self.tasks.push(task);
    }

    /// When a task ends; the greatest moment where that is not known yet.
    pub(super) fn end(&self, task: &TaskRecord) -> Timestamp {
        let worker = self.teams.by_address(&task.team).and_then(|team| team.worker(task.created_at));
        task::end(task, worker).unwrap_or(Timestamp::MAX)
    }

    /// Folds the world anew if the ends of tasks have moved. It is done when the world is looked at, so that
    /// many commands cost it once.
    pub(super) fn settle_world(&mut self) {
        if !std::mem::take(&mut self.has_moved) {
            return;
        }
        self.world = world(&self.config);
        for number in 0..self.tasks.len() {
            let task = &self.tasks[number];
            let deed = Deed { task, input: &task.input.value(), number, at: self.end(task) };
            self.world.remember(deed);
        }
    }

    pub(super) fn obey(&mut self, at: Timestamp, command: Command) {
        match command {
            Command::Extension { .. } => {
                self.teams.command(at, command);
                self.has_moved = true;
            }
            Command::Advanced => {}
            Command::Inject(injection) => self.injected.add(injection, true),
            Command::Fail { on, reason, times } => self.wishes.add(Wish { on, reason, times, kept: true }),
            Command::Reset => {
                let last = self.last;
                *self = Self { polls: self.polls, ..Self::new(self.config.clone()) };
                self.remember(at);
                self.last = last;
            }
        }
    }
}

pub(super) fn world(config: &ServiceConfig) -> World {
    let failure = |repeat: &Repeat| repeat.failure().map(Box::from);
    let choices = &config.choices;
    let repeats = Repeats {
        like: failure(&choices.second_like),
        comment: failure(&choices.second_comment),
        invitation: failure(&choices.second_invitation),
        connected: failure(&choices.already_connected),
    };
    World::new(config.world_seed, config.scenario.laws().clone(), repeats)
}
