//! `schedule:` — when the workflow is started by itself.

use super::{Checker, keys};
use crate::schedule::{CatchUp, Overlap, Schedule};
use crate::yaml::Node;

impl Checker<'_> {
    pub(super) fn schedule(&mut self, node: &Node) -> Option<Schedule> {
        let entries = self.entries(node, &keys::SCHEDULE)?;
        let get = |name: &str| entries.iter().find(|(key, _)| key.name == name).map(|(_, value)| value);
        let (Some(cron), Some(zone)) = (get("cron"), get("time_zone")) else {
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
        let (times, zone) = (self.text(cron, "`cron`")?, self.text(zone, "`time_zone`")?);
        match Schedule::new(times, zone, catch_up?, overlap?) {
            Ok(schedule) => Some(schedule),
            Err(why) => {
                self.error("OX125", why, cron.span);
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
            let help = keys::meant(said, known, "it is one of");
            self.error("OX125", format!("there is no `{what}: {said}`"), node.span).help = Some(help);
        }
        found
    }
}
