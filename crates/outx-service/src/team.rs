//! Teams: one key each, their members, and who of them acts.

use crate::command::{Command, ExtensionState};
use crate::extension::Timeline;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// A team as it is configured.
#[derive(Clone, PartialEq, Eq)]
pub struct TeamConfig {
    /// What commands call it.
    pub id: String,
    /// Its name, which signing in shows.
    pub name: String,
    /// Its one key, which all members share.
    pub key: String,
    /// Its members; of the admins among them the one who joined first acts.
    pub members: Vec<MemberConfig>,
    /// Whether it shares its data with everybody, and so is exempt from the 48-hour rule.
    pub shares_data: bool,
}

impl TeamConfig {
    /// A team of one admin whose extension is always awake.
    pub fn new(id: impl Into<String>, key: impl Into<String>) -> Self {
        let id = id.into();
        let members = vec![MemberConfig::new("Admin", &format!("admin@{id}.example"))];
        Self { name: format!("Team {id}"), id, key: key.into(), members, shares_data: false }
    }
}

/// The key never shows.
impl fmt::Debug for TeamConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TeamConfig")
            .field("id", &self.id)
            .field("name", &self.name)
            .field("key", &"…")
            .field("members", &self.members)
            .field("shares_data", &self.shares_data)
            .finish()
    }
}

/// A member of a team as it is configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberConfig {
    /// The person's name.
    pub name: String,
    /// The person's mail address, by which the person signs in.
    pub email: String,
    /// What the person may do.
    pub role: Role,
    /// Since when; before it the person is not there.
    pub joined: Timestamp,
    /// When the extension changes, so long after the service's start. Before the first it is open.
    pub extension: Vec<(Duration, ExtensionState)>,
}

impl MemberConfig {
    /// An admin since ever, whose extension is always awake.
    pub fn new(name: &str, email: &str) -> Self {
        Self {
            name: name.to_owned(),
            email: email.to_owned(),
            role: Role::Admin,
            joined: Timestamp::MIN,
            extension: Vec::new(),
        }
    }

    /// With a browser that is closed from one time after the service's start until another.
    pub fn asleep(mut self, from: Duration, to: Duration) -> Self {
        self.extension.push((from, ExtensionState::Closed));
        self.extension.push((to, ExtensionState::Open));
        self
    }
}

/// What a member may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// The oldest of these acts.
    Admin,
    /// Never acts while there is an admin.
    Member,
}

/// A team of the running service.
#[derive(Debug, Clone, PartialEq)]
pub struct Team {
    config: Arc<TeamConfig>,
    address: Arc<str>,
    timelines: Vec<Timeline>,
}

impl Team {
    pub(crate) fn new(config: TeamConfig, address: Arc<str>) -> Self {
        let timelines = vec![Timeline::default(); config.members.len()];
        Self { config: Arc::new(config), address, timelines }
    }

    /// What commands call it.
    pub fn id(&self) -> &str {
        &self.config.id
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.config.name
    }

    /// What records call it: the hash of its key.
    pub fn address(&self) -> &Arc<str> {
        &self.address
    }

    /// Its members.
    pub fn members(&self) -> &[MemberConfig] {
        &self.config.members
    }

    /// What the extension of one of its members does at a moment.
    pub fn extension(&self, member: usize, now: Timestamp) -> Option<ExtensionState> {
        Some(self.timelines.get(member)?.state(now))
    }

    /// Whether the heartbeat of any member was heard within the 48 hours before a moment.
    pub fn is_awake(&self, now: Timestamp) -> bool {
        self.timelines
            .iter()
            .zip(self.members())
            .any(|(timeline, member)| member.joined <= now && timeline.is_awake(now))
    }

    /// Who acts at a moment: of the admins who have joined the one who joined first.
    pub fn acting(&self, now: Timestamp) -> Option<usize> {
        self.oldest(now, |member| member.role == Role::Admin)
    }

    /// Of all members who have joined the one who joined first.
    pub(crate) fn eldest(&self, now: Timestamp) -> Option<usize> {
        self.oldest(now, |_| true)
    }

    fn oldest(&self, now: Timestamp, is: impl Fn(&MemberConfig) -> bool) -> Option<usize> {
        let members = self.members().iter().enumerate();
        let there = members.filter(|(_, member)| member.joined <= now && is(member));
        there.min_by_key(|(at, member)| (member.joined, *at)).map(|(at, _)| at)
    }

    /// The timeline of whoever works on a task that was created at a moment.
    pub(crate) fn worker(&self, created_at: Timestamp) -> Option<&Timeline> {
        self.timelines.get(self.acting(created_at).or_else(|| self.eldest(created_at))?)
    }

    pub(crate) fn set_key(&mut self, key: &str) {
        let config = Arc::make_mut(&mut self.config);
        key.clone_into(&mut config.key);
    }

    pub(crate) fn set_address(&mut self, address: Arc<str>) {
        self.address = address;
    }

    pub(crate) fn key(&self) -> &str {
        &self.config.key
    }

    pub(crate) fn shares_data(&self) -> bool {
        self.config.shares_data
    }

    pub(crate) fn has(&self, member: &str) -> bool {
        self.members().iter().any(|known| known.is(member))
    }

    /// Begins its timelines anew: what is configured and what the scenario says, from the service's
    /// start, and what was commanded.
    pub(crate) fn plan(
        &mut self,
        start: Option<Timestamp>,
        scenario: &[(Duration, ExtensionState)],
        commands: &[(Timestamp, Command)],
    ) {
        for (timeline, member) in self.timelines.iter_mut().zip(&self.config.members) {
            *timeline = Timeline::default();
            for (after, state) in member.extension.iter().chain(scenario).filter(|_| start.is_some()) {
                let after = SignedDuration::try_from(*after).unwrap_or(SignedDuration::MAX);
                let at = start.and_then(|start| start.checked_add(after).ok());
                timeline.set(at.unwrap_or(Timestamp::MAX), *state);
            }
            for (at, command) in commands {
                if let Command::Extension { team, member: whose, state } = command
                    && team.as_ref().is_none_or(|team| *team == self.config.id)
                    && whose.as_ref().is_none_or(|whose| member.is(whose))
                {
                    timeline.set(*at, *state);
                }
            }
        }
    }
}

impl MemberConfig {
    fn is(&self, who: &str) -> bool {
        self.email.eq_ignore_ascii_case(who) || self.name == who
    }
}
