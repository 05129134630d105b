//! What an action calls: an endpoint of OutX, known or not, or what a kind of a workflow does itself.

use crate::auth::AuthSpec;
use crate::catalogue::EndpointSpec;
use crate::endpoint::{Effect, Endpoint, STATUS_PATH};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// What one action calls.
///
/// Its [word](Call::word) is how it is stored: an endpoint of the catalogue by its name, as ever; another one with its
/// effect (`read:fetch-something`), since nobody else knows it; a kind as `kind:core.http`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Call {
    /// An endpoint of the catalogue.
    Known(Endpoint),
    /// An endpoint that OutX has and the catalogue has not, with the effect that whoever calls it says it has.
    Other(CallName, Effect),
    /// A write that a kind does itself and that is none of LinkedIn, such as `core.http`.
    Kind(CallName),
}

/// The name of what the catalogue does not hold: at most 48 lower-case letters, digits, dashes and, of kinds, dots. It is
/// held in place, so that a call is copied like an endpoint.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CallName {
    bytes: [u8; Self::LONGEST],
    length: u8,
}

impl CallName {
    /// How many characters a name can have.
    pub const LONGEST: usize = 48;

    fn read(text: &str, dots: bool) -> Result<Self, UnusableName> {
        let fits = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-') || dots && byte == b'.';
        let unusable = || UnusableName(text.to_owned());
        let length = u8::try_from(text.len()).map_err(|_| unusable())?;
        if text.is_empty() || text.len() > Self::LONGEST || !text.bytes().all(fits) {
            return Err(unusable());
        }
        let mut bytes = [0; Self::LONGEST];
        bytes[..text.len()].copy_from_slice(text.as_bytes());
        Ok(Self { bytes, length })
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        // It was read from ASCII.
        std::str::from_utf8(&self.bytes[..usize::from(self.length)]).unwrap_or_default()
    }
}

impl fmt::Debug for CallName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.as_str())
    }
}

impl Call {
    /// An endpoint by its name (`fetch-something`), which the catalogue need not know. One that it knows is called as it
    /// is known there, whatever effect is named.
    ///
    /// # Errors
    ///
    /// When it can be no endpoint's name, or is that of a call that makes no task.
    pub fn endpoint_named(name: &str, effect: Effect) -> Result<Self, UnusableName> {
        if let Ok(known) = name.parse() {
            return Ok(Self::Known(known));
        }
        let other = Self::Other(CallName::read(name, false)?, effect);
        let makes_none = |path: &str| path == STATUS_PATH || AuthSpec::from_path(path).is_some();
        if other.path().is_some_and(|path| makes_none(&path)) {
            return Err(UnusableName(name.to_owned()));
        }
        Ok(other)
    }

    /// What a kind does itself, by the kind's name.
    ///
    /// # Errors
    ///
    /// When it cannot be stored under that name.
    pub fn kind(name: &str) -> Result<Self, UnusableName> {
        Ok(Self::Kind(CallName::read(name, true)?))
    }

    /// Its name, for people.
    pub fn name(&self) -> &str {
        match self {
            Self::Known(endpoint) => endpoint.name(),
            Self::Other(name, _) | Self::Kind(name) => name.as_str(),
        }
    }

    /// Its word, by which it is stored.
    pub fn word(&self) -> String {
        match self {
            Self::Known(endpoint) => endpoint.name().to_owned(),
            Self::Other(name, Effect::Read) => format!("read:{}", name.as_str()),
            Self::Other(name, Effect::Write) => format!("write:{}", name.as_str()),
            Self::Kind(name) => format!("kind:{}", name.as_str()),
        }
    }

    /// Whether it changes something. What a kind does itself is called only where it does.
    pub fn effect(&self) -> Effect {
        match self {
            Self::Known(endpoint) => endpoint.effect(),
            Self::Other(_, effect) => *effect,
            Self::Kind(_) => Effect::Write,
        }
    }

    /// Its row in the catalogue, where it has one.
    pub fn spec(&self) -> Option<&'static EndpointSpec> {
        self.endpoint().map(Endpoint::spec)
    }

    /// The endpoint of the catalogue, where it is one.
    pub fn endpoint(&self) -> Option<Endpoint> {
        match self {
            Self::Known(endpoint) => Some(*endpoint),
            Self::Other(..) | Self::Kind(_) => None,
        }
    }

    /// The path at which OutX takes it; nothing of what is not sent to OutX.
    pub fn path(&self) -> Option<String> {
        match self {
            Self::Known(endpoint) => Some(endpoint.spec().path.to_owned()),
            Self::Other(name, _) => {
                let folder = STATUS_PATH.rsplit_once('/').map_or("", |(folder, _)| folder);
                Some(format!("{folder}/{}", name.as_str()))
            }
            Self::Kind(_) => None,
        }
    }

    /// Whether it is sent to OutX, so that it is an action of the account on LinkedIn and counts against its limits.
    pub fn is_task(&self) -> bool {
        !matches!(self, Self::Kind(_))
    }
}

impl From<Endpoint> for Call {
    fn from(endpoint: Endpoint) -> Self {
        Self::Known(endpoint)
    }
}

impl PartialEq<Endpoint> for Call {
    fn eq(&self, other: &Endpoint) -> bool {
        self.endpoint() == Some(*other)
    }
}

impl PartialEq<Call> for Endpoint {
    fn eq(&self, other: &Call) -> bool {
        other == self
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Call {
    type Err = UnusableName;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        match word.split_once(':') {
            Some(("read", name)) => Ok(Self::Other(CallName::read(name, false)?, Effect::Read)),
            Some(("write", name)) => Ok(Self::Other(CallName::read(name, false)?, Effect::Write)),
            Some(("kind", name)) => Self::kind(name),
            Some(_) => Err(UnusableName(word.to_owned())),
            None => word.parse().map(Self::Known).map_err(|_| UnusableName(word.to_owned())),
        }
    }
}

impl From<Call> for String {
    fn from(call: Call) -> Self {
        call.word()
    }
}

impl TryFrom<String> for Call {
    type Error = UnusableName;

    fn try_from(word: String) -> Result<Self, Self::Error> {
        word.parse()
    }
}

/// A name under which nothing can be called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnusableName(pub String);

impl fmt::Display for UnusableName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "nothing can be called `{}`; a name has lower-case letters, digits and dashes, at most {}",
            self.0,
            CallName::LONGEST
        )
    }
}

impl std::error::Error for UnusableName {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_stored_as_it_was_before_there_were_other_calls() {
        for endpoint in Endpoint::ALL {
            let call = Call::from(endpoint);
            assert_eq!(serde_json::to_value(call).unwrap(), endpoint.name());
            assert_eq!(serde_json::from_value::<Call>(endpoint.name().into()).unwrap(), call);
            assert_eq!((call.name(), call.effect()), (endpoint.name(), endpoint.effect()));
            assert_eq!(call.path().as_deref(), Some(endpoint.spec().path));
            assert_eq!(Call::endpoint_named(endpoint.name(), Effect::Write), Ok(call));
        }
    }

    #[test]
    fn every_other_call_is_read_as_it_was_written() {
        let longest = "a".repeat(CallName::LONGEST);
        for (call, word) in [
            (Call::endpoint_named("fetch-something", Effect::Read), "read:fetch-something".to_owned()),
            (Call::endpoint_named(&longest, Effect::Write), format!("write:{longest}")),
            (Call::kind("core.http"), "kind:core.http".to_owned()),
            (Call::kind("mailer"), "kind:mailer".to_owned()),
        ] {
            let call = call.unwrap();
            assert_eq!(call.word(), word);
            assert_eq!(word.parse(), Ok(call));
        }
        assert_eq!(
            "read:fetch-something".parse::<Call>().unwrap().path().unwrap(),
            "/linkedin-agent/fetch-something"
        );
    }

    #[test]
    fn a_part_of_another_call_s_name_is_a_name() {
        for name in ["status", "task-status", "s"] {
            assert!(Call::endpoint_named(name, Effect::Read).is_ok(), "{name}");
        }
    }

    #[test]
    fn what_can_be_no_name_is_refused() {
        let longer = "a".repeat(CallName::LONGEST + 1);
        for name in ["", "Fetch", "a/b", "a b", "ä", "get-task-status", "auth-send-otp", "a.b", &longer] {
            assert!(Call::endpoint_named(name, Effect::Read).is_err(), "{name}");
        }
        for word in ["fetch-nothing", "other:fetch-x", "kind:", "read:", "kind:A"] {
            assert!(word.parse::<Call>().is_err(), "{word}");
        }
    }
}
