//! What a scenario says of the world's people.

use super::reader::{Reader, inside, one_or_many};
use crate::world::{Does, Laws, PersonLaw, UnknownPeople};
use outx_model::profile_slug;
use serde_json::Value;

pub(super) const KEYS: [&str; 5] = ["connections", "accepts", "never", "acceptance", "unknown_people"];

impl Reader {
    pub(super) fn world(&mut self, value: &Value, laws: &mut Laws) {
        let Some(map) = self.object("world", value, &KEYS) else { return };
        for (key, does) in [("connections", Does::IsConnected), ("never", Does::NeverAccepts)] {
            for (path, one) in
                map.get(key).into_iter().flat_map(|all| one_or_many(&inside("world", key), all))
            {
                if let Some(who) = self.text(&path, one, "a person's slug, profile URL or URN") {
                    self.person(&path, who, does, laws);
                }
            }
        }
        if let Some(accepts) = map.get("accepts") {
            let remedy = "write who, and after how long: `ada-example: 2d`";
            for (who, after) in self.map("world.accepts", accepts, remedy).into_iter().flatten() {
                let path = inside("world.accepts", who);
                if let Some(after) = self.span(&path, after) {
                    self.person(&path, who, Does::Accepts(after), laws);
                }
            }
        }
        if let Some(acceptance) = map.get("acceptance") {
            let path = "world.acceptance";
            self.object(path, acceptance, &["percent", "after"]);
            if let Some(percent) = acceptance.get("percent") {
                let percent = self.number(&inside(path, "percent"), percent, 0, 100);
                laws.accepted_percent = percent.and_then(|percent| u8::try_from(percent).ok()).unwrap_or(0);
            }
            if let Some(after) = acceptance.get("after") {
                laws.accepted_after = self.span(&inside(path, "after"), after).unwrap_or(laws.accepted_after);
            }
        }
        if let Some(unknown) = map.get("unknown_people") {
            let path = "world.unknown_people";
            if self.word(path, unknown, "choice", &["connected", "strangers"]) == Some("strangers") {
                laws.unknown_people = UnknownPeople::Strangers;
            }
        }
    }

    fn person(&mut self, path: &str, who: &str, does: Does, laws: &mut Laws) {
        let who = if who.starts_with("urn:") { Ok(who.to_owned()) } else { profile_slug(who) };
        match who {
            Ok(who) => {
                let law = PersonLaw::new(&who, does);
                if laws.people.iter().any(|known| known.key == law.key) {
                    self.problem(path, "the person is named twice", "say one thing of each person");
                }
                laws.people.push(law);
            }
            Err(sentence) => self.problem(path, sentence, "write a slug, a profile URL or a URN"),
        }
    }
}
