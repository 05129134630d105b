//! Everything that a tester can ask at the door, rightly and wrongly.

use super::calls::Seen;
use super::stage::{KEY, Stage, TOKEN};

/// The one place where a mailed code is shown.
pub(super) const MAILS: &str = "door GET /admin/mails";

const LISTS: [&str; 8] = [
    "/admin/health",
    "/admin/clock",
    "/admin/requests",
    "/admin/requests?endpoint=fetch-profile&limit=3",
    "/admin/requests?endpoint=nothing&since=soon&limit=x",
    "/admin/tasks",
    "/admin/teams",
    "/admin/mails",
];

/// Each command of each route, and some that are none.
const COMMANDS: [(&str, &str); 18] = [
    ("clock", r#"{"advance":"1s"}"#),
    ("clock", r#"{"advance":"soon"}"#),
    ("extension", r#"{"state":"closed"}"#),
    ("extension", r#"{"state":"silent","team":"canary","member":"Admin"}"#),
    ("extension", r#"{"state":"open","team":"nobody"}"#),
    ("extension", r#"{"state":"open","member":"nobody"}"#),
    ("extension", r#"{"state":"open"}"#),
    ("faults", r#"{"on":"like-post","fault":"answer-lost","times":1}"#),
    ("faults", r#"{"on":"*","fault":{"status":503,"body":{"error":"no"},"headers":{"x-a":"b"}}}"#),
    ("faults", r#"{"on":"*","fault":"not-a-fault"}"#),
    ("failures", r#"{"on":"like-post","reason":"gone"}"#),
    ("failures", r#"{"on":"like-post"}"#),
    ("failures", "no JSON"),
    ("teams", "{}"),
    ("nothing", "{}"),
    ("mails", "{}"),
    ("reset", "{}"),
    ("reset", ""),
];

impl Seen {
    pub(super) fn door(&mut self, stage: &Stage) {
        self.lists(stage);
        for (name, body) in COMMANDS {
            let target = format!("/admin/{name}");
            self.heard(stage, TOKEN, "POST", &target, body);
            // A key is no token, and what is wrong with it is not said with it.
            for wrong in ["", KEY, &TOKEN[..8]] {
                assert_eq!(self.heard(stage, wrong, "POST", &target, body), 401, "{target}");
            }
            if name == "reset" {
                self.lists(stage);
            }
        }
    }

    fn lists(&mut self, stage: &Stage) {
        for target in LISTS {
            self.heard(stage, TOKEN, "GET", target, "");
            assert_eq!(self.heard(stage, KEY, "GET", target, ""), 401, "{target}");
        }
    }

    fn heard(&mut self, stage: &Stage, token: &str, method: &str, target: &str, body: &str) -> u16 {
        let heard = stage.ask(token, method, target, body);
        self.hay.text(format!("door {method} {target}"), format!("{}\n{}", heard.head, heard.body));
        heard.status
    }
}
