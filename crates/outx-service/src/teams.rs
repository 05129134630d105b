//! All teams of a service, and whose a key is.

use crate::command::{Command, CommandError, ExtensionState};
use crate::config::ServiceConfig;
use crate::team::{Team, TeamConfig};
use jiff::Timestamp;
use outx_model::ContentHash;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// All teams, by their keys and by the addresses of their keys.
pub(crate) struct Teams {
    list: Vec<Team>,
    by_address: HashMap<Arc<str>, usize>,
    by_key: HashMap<Box<str>, usize>,
    /// What a team is like of whose key nothing is known; nothing where such keys are refused.
    stranger: Option<Team>,
    start: Option<Timestamp>,
    scenario: Vec<(Duration, ExtensionState)>,
    commands: Vec<(Timestamp, Command)>,
}

/// The keys never show.
impl fmt::Debug for Teams {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Teams")
            .field("list", &self.list)
            .field("commands", &self.commands)
            .finish_non_exhaustive()
    }
}

impl Teams {
    pub(crate) fn new(config: &ServiceConfig) -> Self {
        let is_open = config.key.is_none() && config.teams.is_empty();
        let mut teams = Self {
            list: Vec::new(),
            by_address: HashMap::new(),
            by_key: HashMap::new(),
            stranger: is_open.then(|| Team::new(TeamConfig::new("any", ""), Arc::from(""))),
            start: None,
            scenario: config.scenario.extension(),
            commands: Vec::new(),
        };
        let own = config.key.as_ref().map(|key| TeamConfig::new("team", key.as_str()));
        own.into_iter().chain(config.teams.iter().cloned()).for_each(|team| teams.add(team));
        teams
    }

    pub(crate) fn list(&self) -> &[Team] {
        &self.list
    }

    pub(crate) fn by_address(&self, address: &str) -> Option<&Team> {
        self.list.get(*self.by_address.get(address)?)
    }

    /// One more team. A key that is known already stays with the team that has it.
    pub(crate) fn add(&mut self, config: TeamConfig) {
        let address = address(&config.key);
        if !self.by_address.contains_key(&address) {
            self.by_key.insert(config.key.as_str().into(), self.list.len());
            self.push(Team::new(config, address));
        }
    }

    /// Gives a team that is configured another key; its tasks stay its own, and the old key is refused. False where there
    /// is no such team.
    pub(crate) fn rekey(&mut self, team: &str, key: &str) -> bool {
        let at = self.list.iter().position(|known| known.id() == team);
        let Some(at) = at.filter(|_| self.stranger.is_none()) else { return false };
        self.by_key.retain(|_, whose| *whose != at);
        self.by_key.insert(key.into(), at);
        self.list[at].set_key(key);
        true
    }

    fn push(&mut self, mut team: Team) {
        team.plan(self.start, &self.scenario, &self.commands);
        self.by_address.insert(Arc::clone(team.address()), self.list.len());
        self.list.push(team);
    }

    /// Whose a key is. Nothing where it is refused.
    pub(crate) fn of_key(&mut self, key: &str) -> Option<&Team> {
        if let Some(at) = self.by_key.get(key) {
            return self.list.get(*at);
        }
        let stranger = self.stranger.as_mut()?;
        let address = address(key);
        if let Some(at) = self.by_address.get(&address) {
            self.by_key.insert(key.into(), *at);
            return self.list.get(*at);
        }
        // A key that was never used for a task leaves nothing behind, however many there are.
        stranger.set_address(address);
        Some(stranger)
    }

    /// The one name for a team in all records; a team that is not known yet is known then.
    pub(crate) fn intern(&mut self, address: &Arc<str>) -> Arc<str> {
        if !self.by_address.contains_key(address) {
            let id: String = address.chars().take(8).collect();
            let config = TeamConfig { id, ..TeamConfig::new("any", "") };
            self.push(Team::new(config, Arc::clone(address)));
        }
        let known = self.by_address.get_key_value(address);
        known.map_or_else(|| Arc::clone(address), |(known, _)| Arc::clone(known))
    }

    /// From when on the extensions' times count.
    pub(crate) fn plan(&mut self, start: Option<Timestamp>) {
        self.start = start;
        for team in self.list.iter_mut().chain(&mut self.stranger) {
            team.plan(start, &self.scenario, &self.commands);
        }
    }

    /// Whether a command means somebody.
    pub(crate) fn check(&self, command: &Command) -> Result<(), CommandError> {
        let Command::Extension { team, member, .. } = command else { return Ok(()) };
        let meant = || {
            let all = self.list.iter().chain(&self.stranger);
            all.filter(|known| team.as_ref().is_none_or(|team| team == known.id()))
        };
        match (team, member) {
            (Some(team), _) if meant().next().is_none() => Err(CommandError::UnknownTeam(team.clone())),
            (_, Some(member)) if !meant().any(|team| team.has(member)) => {
                Err(CommandError::UnknownMember(member.clone()))
            }
            _ => Ok(()),
        }
    }

    /// Carries out a command that sets extensions.
    pub(crate) fn command(&mut self, at: Timestamp, command: Command) {
        self.commands.push((at, command));
        self.plan(self.start);
    }
}

/// A team is known by the hash of its key, so that no record holds the key itself.
pub(crate) fn address(key: &str) -> Arc<str> {
    ContentHash::of_bytes(key.as_bytes()).to_string().into()
}
