//! The two calls that need no key and give one.

use super::Client;
use crate::error::TransportError;
use crate::message::{ApiKey, Context, Request};
use jiff::Timestamp;
use outx_model::{AUTH_SEND_OTP, AUTH_VERIFY_OTP, ApiError, AuthSpec, InputError, classify_auth};
use serde_json::{Value, json};
use std::error::Error;
use std::fmt;

/// What a verified code gives. Its `Debug` does not show the key.
#[derive(Debug, Clone)]
pub struct Login {
    /// The person.
    pub user: User,
    /// The team.
    pub team: Team,
    /// The team's one key, which all its members share.
    pub key: ApiKey,
}

/// The person who logged in, as far as the service says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct User {
    /// The service's name for the person.
    pub id: Option<String>,
    /// The name.
    pub full_name: Option<String>,
    /// The mail address.
    pub email: Option<String>,
}

/// The team whose key it is, as far as the service says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Team {
    /// The service's name for the team.
    pub id: Option<String>,
    /// The team's own name.
    pub name: Option<String>,
}

/// No code was mailed, or no key was given.
#[derive(Debug)]
#[non_exhaustive]
pub enum LoginError {
    /// What was given is wrong. Nothing was sent, and a retry does not help.
    Input(InputError),
    /// The service says no, in its own words: a wrong or old code is a 401. A retry helps after a 429 or a 5xx
    /// only.
    Refused {
        /// Its words.
        error: ApiError,
        /// Not before this moment, where it said one.
        not_before: Option<Timestamp>,
    },
    /// It said yes and gave no key that can be used. A retry does not help; ask for a new code.
    NoKey,
    /// No answer came. A code may have been mailed, or used up.
    NoAnswer(TransportError),
}

impl LoginError {
    /// Whether the same call may succeed later.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Refused { error, .. } => error.status == 429 || error.status >= 500,
            Self::NoAnswer(error) => error.is_transient(),
            Self::Input(_) | Self::NoKey => false,
        }
    }
}

impl fmt::Display for LoginError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Input(error) => error.fmt(f),
            Self::Refused { error, .. } => write!(f, "the service refused: {error}"),
            Self::NoKey => f.write_str("the service answered without a usable key; ask for a new code"),
            Self::NoAnswer(_) => f.write_str("no answer came"),
        }
    }
}

impl Error for LoginError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::NoAnswer(error) => Some(error),
            Self::Input(_) | Self::Refused { .. } | Self::NoKey => None,
        }
    }
}

impl Client {
    /// Has a code of six digits mailed to an address. It lives for an hour. The name is used when the address
    /// is new to the service. The client's own key does not travel with this call.
    ///
    /// # Errors
    ///
    /// When the address is none, when the service refuses, and when no answer came.
    pub async fn send_otp(&self, email: &str, full_name: Option<&str>) -> Result<(), LoginError> {
        let input = json!({ "email": email.trim(), "full_name": full_name });
        self.call_without_key(&AUTH_SEND_OTP, &input).await.map(drop)
    }

    /// Gives the team's key for a mailed code; white space around the code, as pasting leaves it, is dropped.
    /// For an address that is new to the service it makes an account, a team and a key. The client's own key
    /// does not travel with this call.
    ///
    /// # Errors
    ///
    /// When address or code are none, when the code is wrong or too old, and when no answer or no key came.
    pub async fn verify_otp(&self, email: &str, otp: &str) -> Result<Login, LoginError> {
        let input = json!({ "email": email.trim(), "otp": otp.trim() });
        let answer = self.call_without_key(&AUTH_VERIFY_OTP, &input).await?;
        // The newer documentation nests the key in the team, the older has it at the top.
        let key = answer["team"]["api_key"].as_str().or_else(|| answer["api_key"].as_str());
        let key = key.and_then(|key| ApiKey::new(key).ok()).ok_or(LoginError::NoKey)?;
        let text = |of: &str, key: &str| match &answer[of][key] {
            Value::String(text) => Some(text.clone()),
            Value::Number(id) => Some(id.to_string()),
            _ => None,
        };
        let user = User {
            id: text("user", "id"),
            full_name: text("user", "full_name"),
            email: text("user", "email"),
        };
        Ok(Login { user, team: Team { id: text("team", "id"), name: text("team", "name") }, key })
    }

    async fn call_without_key(&self, spec: &AuthSpec, input: &Value) -> Result<Value, LoginError> {
        let input = spec.validate(input).map_err(LoginError::Input)?;
        let context = Context { key: None, ..self.context.clone() };
        let request = Request { method: spec.method, ..Request::post(spec.path, &input) };
        let answer = self.send_with(&request, &context).await.map_err(LoginError::NoAnswer)?;
        classify_auth(answer.status, &answer.body).map_err(|mut error| {
            // The service's words may show the code back.
            if let Some(code) = input["otp"].as_str() {
                error.text = error.text.replace(code, "…");
            }
            LoginError::Refused { error, not_before: answer.retry_after(self.clock.now()) }
        })
    }
}
