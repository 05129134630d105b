//! `schedule:` — when the workflow is started by itself.

use super::{Checker, keys};
use crate::schedule::{CatchUp, Overlap, Schedule};
use crate::yaml::Node;

impl Checker<'_> {
    pub(super) fn schedule(&mut self, node: &Node) -> Option<Schedule> {
        let entries = self.entries(node, &keys::SCHEDULE)?;
        let get = |name: &str| entries.iter().find(|(key, _)| key.name == name).map(|(_, value)| value);
        let (Some(cron), Some(zone_node)) = (get("cron"), get("time_zone")) else {
            self.error("OX125", "`schedule` needs `cron` and `time_zone`", node.span).help =
                Some("such as `schedule: { cron: \"0 7 * * 1-5\", time_zone: Europe/Oslo }`".into());
            return None;
        };
        let catch_up = get("catch_up").map_or(Some(CatchUp::default()), |node| {
            let words = [("latest", CatchUp::Latest), ("all", CatchUp::All), ("none", CatchUp::None)];
            self.word(node, "catch_up", &words)
        });
        let overlap = get("overlap").map_or(Some(Overlap::default()), |node| {
            let words = [("skip", Overlap::Skip), ("wait", Overlap::Wait), ("allow", Overlap::Allow)];
            self.word(node, "overlap", &words)
        });
        let (times, zone) = (self.text(cron, "`cron`")?, self.text(zone_node, "`time_zone`")?);
        match Schedule::new(times, zone, catch_up?, overlap?) {
            Ok(schedule) => Some(schedule),
            Err(why) => {
                // The zone is looked at before the times are.
                let is_zone = why.starts_with(&format!("`{zone}`"));
                let span = if is_zone { zone_node.span } else { cron.span };
                let help = match times.split_whitespace().count() {
                    _ if is_zone => "zones have names such as Europe/Oslo, America/New_York or UTC",
                    6 => "there is no field for seconds: begin with the minute",
                    5 if why.ends_with("never comes") => {
                        "no month has that day: look at the third and fourth field"
                    }
                    _ => {
                        "the fields are minute, hour, day of the month, month and weekday: `0 7 * * 1-5` is 7:00, Monday to Friday"
                    }
                };
                self.error("OX125", why, span).help = Some(help.into());
                None
            }
        }
    }

    /// One of a few words.
    pub(super) fn word<T: Copy>(
        &mut self,
        node: &Node,
        what: &str,
        words: &[(&'static str, T)],
    ) -> Option<T> {
        let said = self.text(node, &format!("`{what}`"))?;
        let found = words.iter().find(|(word, _)| *word == said).map(|(_, value)| *value);
        if found.is_none() {
            let known = words.iter().map(|(word, _)| *word);
            let message = format!("there is no `{what}: {said}`");
            self.unknown("OX125", message, (said, node.span), known, "it is one of");
        }
        found
    }
}
