//! Teams and choices in a scenario.

use super::reader::{Reader, inside, one_or_many, shown};
use crate::choices::Choices;
use crate::team::{MemberConfig, Role, TeamConfig};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value};

pub(super) const TEAM: [&str; 5] = ["id", "name", "key", "members", "shares_data"];
pub(super) const MEMBER: [&str; 4] = ["name", "email", "role", "joined"];

impl Reader {
    pub(super) fn teams(&mut self, value: &Value) -> Vec<TeamConfig> {
        let mut teams: Vec<TeamConfig> = Vec::new();
        for (path, one) in one_or_many("teams", value) {
            let Some(team) = self.team(&path, one) else { continue };
            for (key, is_known) in [
                ("id", teams.iter().any(|known| known.id == team.id)),
                ("key", teams.iter().any(|known| known.key == team.key)),
            ] {
                if is_known {
                    self.problem(
                        &inside(&path, key),
                        format!("two teams have the same `{key}`"),
                        "each has its own",
                    );
                }
            }
            teams.push(team);
        }
        teams
    }

    fn team(&mut self, path: &str, value: &Value) -> Option<TeamConfig> {
        if !value.is_object() {
            // Whatever stands there may be a key, so it is not shown.
            self.problem(path, "this is not an object", "write an object with at least `id` and `key`");
            return None;
        }
        let map = self.object(path, value, &TEAM)?;
        let (id, key) = (self.required(path, map, "id"), self.required(path, map, "key"));
        let mut team = TeamConfig::new(id?, key?);
        if let Some(name) = map.get("name") {
            self.text(&inside(path, "name"), name, "the team's name")?.clone_into(&mut team.name);
        }
        if let Some(shares) = map.get("shares_data") {
            team.shares_data = shares.as_bool().unwrap_or_else(|| {
                let reason = format!("{} is neither true nor false", shown(shares));
                self.problem(&inside(path, "shares_data"), reason, "write `true` or `false`");
                false
            });
        }
        if let Some(members) = map.get("members") {
            let members = one_or_many(&inside(path, "members"), members);
            team.members = members.iter().filter_map(|(path, one)| self.member(path, one)).collect();
        }
        Some(team)
    }

    fn member(&mut self, path: &str, value: &Value) -> Option<MemberConfig> {
        let map = self.object(path, value, &MEMBER)?;
        let (name, email) = (self.required(path, map, "name"), self.required(path, map, "email"));
        let mut member = MemberConfig::new(name?, email?);
        if let Some(role) = map.get("role")
            && self.word(&inside(path, "role"), role, "role", &["admin", "member"]) == Some("member")
        {
            member.role = Role::Member;
        }
        if let Some(joined) = map.get("joined") {
            if let Some(at) = joined.as_str().and_then(|text| text.parse::<Timestamp>().ok()) {
                member.joined = at;
            } else {
                let reason = format!("{} is not a moment", shown(joined));
                self.problem(&inside(path, "joined"), reason, "write one such as 2024-05-01T00:00:00Z");
            }
        }
        Some(member)
    }

    fn required<'v>(&mut self, path: &str, map: &'v Map<String, Value>, key: &str) -> Option<&'v str> {
        if !map.contains_key(key) {
            self.problem(path, format!("`{key}` is missing"), format!("add `{key}`"));
        }
        let value = map.get(key)?;
        if key == "key" && value.as_str().is_none_or(|key| key.trim().is_empty()) {
            self.problem(&inside(path, key), "the key is not a text", "write it in quotes");
            return None;
        }
        self.text(&inside(path, key), value, "a text")
    }

    /// The choices of a scenario. Each is read alone, so that every wrong one is found.
    pub(super) fn choices(&mut self, value: &Value) -> Option<Choices> {
        let default = serde_json::to_value(Choices::default()).unwrap_or_default();
        let known: Vec<&str> =
            default.as_object().into_iter().flat_map(Map::keys).map(String::as_str).collect();
        let map = self.object("choices", value, &known)?;
        for (key, value) in map.iter().filter(|(key, _)| known.contains(&key.as_str())) {
            let alone = Value::Object(Map::from_iter([(key.clone(), value.clone())]));
            if let Err(error) = Choices::deserialize(&alone) {
                let remedy = format!("leave it out for the default, {}", shown(&default[key]));
                self.problem(&inside("choices", key), error.to_string(), remedy);
            }
        }
        Choices::deserialize(value).ok()
    }
}
