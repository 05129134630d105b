//! Signing in by mail: two calls that answer at once and need no key.

use crate::team::{MemberConfig, Team, TeamConfig};
use jiff::{SignedDuration, Timestamp};
use outx_model::ContentHash;
pub(crate) use outx_model::words::WRONG_CODE;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

/// So long a code can be used.
const LIVES: SignedDuration = SignedDuration::from_hours(1);

/// A mail that the service sent: it goes to nobody, but a tester can read it.
#[derive(Clone, PartialEq, Eq)]
pub struct Mail {
    /// When.
    pub at: Timestamp,
    /// To whom.
    pub to: String,
    /// The code of six digits.
    pub code: String,
}

/// The code never shows: for an hour it is as good as the key.
impl fmt::Debug for Mail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mail").field("at", &self.at).field("to", &self.to).field("code", &"…").finish()
    }
}

/// The mails, and what their codes are good for.
#[derive(Debug)]
pub(crate) struct Otp {
    seed: u64,
    reusable: bool,
    mails: Vec<Mail>,
    /// By address, which has no case: its last mail and the name given with any of them.
    open: HashMap<String, Open>,
    /// How many accounts were made.
    accounts: u64,
}

#[derive(Debug, Default)]
struct Open {
    mail: Option<usize>,
    full_name: Option<String>,
}

impl Otp {
    pub(crate) fn new(seed: u64, reusable: bool) -> Self {
        Self { seed, reusable, mails: Vec::new(), open: HashMap::new(), accounts: 0 }
    }

    /// With another seed, before anything was made from it.
    pub(crate) fn reseed(&mut self, seed: u64) {
        self.seed = seed;
    }

    pub(crate) fn mails(&self) -> &[Mail] {
        &self.mails
    }

    /// Mails a code; the one mailed before to this address is good no more.
    pub(crate) fn mail(&mut self, at: Timestamp, email: &str, full_name: Option<&str>) {
        let number = self.mails.len();
        let code = self.hash("code", &number.to_string()).seed() % 1_000_000;
        let open = self.open.entry(fold(email)).or_default();
        open.mail = Some(number);
        if let Some(name) = full_name.map(str::trim).filter(|name| !name.is_empty()) {
            open.full_name = Some(name.to_owned());
        }
        self.mails.push(Mail { at, to: email.to_owned(), code: format!("{code:06}") });
    }

    /// Whether a code opens an account at a moment.
    pub(crate) fn is_right(&self, email: &str, code: &str, now: Timestamp) -> bool {
        let last = self.open.get(&fold(email)).and_then(|open| self.mails.get(open.mail?));
        last.is_some_and(|mail| mail.code == code && now.duration_since(mail.at) < LIVES)
    }

    /// Somebody signed in: the code is used up.
    pub(crate) fn used(&mut self, email: &str) {
        if let Some(open) = self.open.get_mut(&fold(email)).filter(|_| !self.reusable) {
            open.mail = None;
        }
    }

    /// A new account: a team of its own with a new key, whose admin is the person.
    pub(crate) fn account(&mut self, at: Timestamp, email: &str) -> TeamConfig {
        let id = self.uuid("team", &self.accounts.to_string());
        self.accounts += 1;
        let full_name = self.open.get(&fold(email)).and_then(|open| open.full_name.clone());
        let name = full_name.unwrap_or_else(|| email.split('@').next().unwrap_or_default().to_owned());
        TeamConfig {
            name: format!("{name}'s team"),
            key: format!("outx_{}", self.hash("key", &id)),
            id,
            members: vec![MemberConfig { joined: at, ..MemberConfig::new(&name, email) }],
            shares_data: false,
        }
    }

    /// The answer to somebody who signed in.
    pub(crate) fn signed_in(&self, team: &Team, email: &str) -> Value {
        let member = team.members().iter().find(|member| is_of(member, email));
        json!({
            "user": {
                "id": self.uuid("user", &fold(email)),
                "full_name": member.map(|member| &member.name),
                "email": email,
            },
            "team": { "id": team.id(), "name": team.name(), "api_key": team.key() },
        })
    }

    fn uuid(&self, what: &str, which: &str) -> String {
        uuid::Builder::from_random_bytes(self.hash(what, which).bytes()).into_uuid().to_string()
    }

    fn hash(&self, what: &str, which: &str) -> ContentHash {
        ContentHash::of_bytes(format!("outx {what} {} {which}", self.seed).as_bytes())
    }
}

/// Whether a mail address is a member's.
pub(crate) fn is_of(member: &MemberConfig, email: &str) -> bool {
    fold(&member.email) == fold(email)
}

/// A mail address without its case and the white space around it.
fn fold(email: &str) -> String {
    email.trim().to_lowercase()
}

/// The extension of a new account, which begins as chosen.
pub(crate) fn with_extension(mut team: TeamConfig, state: crate::ExtensionState) -> TeamConfig {
    for member in &mut team.members {
        member.extension.push((Duration::ZERO, state));
    }
    team
}
