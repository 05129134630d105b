//! The two calls that need no key: they mail a code and give a key for it.

use crate::answer::{ApiError, error_text};
use crate::check::{self, End, OverMax};
use crate::endpoint::Method;
use crate::field::{FieldSpec, FieldType, InputError, Reference};
use crate::schema;
use serde_json::Value;

/// A call that answers at once, makes no task and travels without a key.
#[derive(Debug, Clone, Copy)]
pub struct AuthSpec {
    /// Its name: the last part of the path.
    pub name: &'static str,
    /// The request path.
    pub path: &'static str,
    /// The HTTP method.
    pub method: Method,
    /// One line for people.
    pub doc: &'static str,
    /// The input's fields.
    pub fields: &'static [FieldSpec],
}

impl AuthSpec {
    /// The call of a path, if it is one of the two.
    pub fn from_path(path: &str) -> Option<&'static Self> {
        [&AUTH_SEND_OTP, &AUTH_VERIFY_OTP].into_iter().find(|spec| spec.path == path)
    }

    /// Checks an input as the service does: nulls count as absent, values are passed on unchanged.
    ///
    /// ```
    /// use outx_model::AUTH_VERIFY_OTP;
    /// use serde_json::json;
    ///
    /// let wrong = AUTH_VERIFY_OTP.validate(&json!({ "email": "ada@example.org", "otp": "12" }));
    /// assert_eq!(wrong.unwrap_err().problems[0].text, "Missing or invalid 'otp'");
    /// ```
    ///
    /// # Errors
    ///
    /// All that is wrong with it, in the words of the service and in the order of the fields.
    pub fn validate(&self, input: &Value) -> Result<Value, InputError> {
        check::check(self.fields, None, input.clone(), End::Service(OverMax::Refuse))
    }

    /// The JSON Schema (2020-12) of the input.
    pub fn input_schema(&self) -> Value {
        schema::document(self.name, "input", schema::input(self.fields, None))
    }
}

const fn text(name: &'static str, required: bool, reference: Reference, doc: &'static str) -> FieldSpec {
    FieldSpec { name, ty: FieldType::Text { max: 0, trim: false, too_long: "" }, required, reference, doc }
}

const EMAIL: FieldSpec = text("email", true, Reference::Email, "the mail address of the account");

/// Mails a code of six digits, which lives for an hour.
pub static AUTH_SEND_OTP: AuthSpec = AuthSpec {
    name: "auth-send-otp",
    path: "/linkedin-agent/auth-send-otp",
    method: Method::Post,
    doc: "mails a code of six digits",
    fields: &[EMAIL, text("full_name", false, Reference::Plain, "the person's name, for a new account")],
};

/// Gives the team's key for a mailed code. For an unknown address it makes an account, a team and a key.
pub static AUTH_VERIFY_OTP: AuthSpec = AuthSpec {
    name: "auth-verify-otp",
    path: "/linkedin-agent/auth-verify-otp",
    method: Method::Post,
    doc: "gives the team's key for a mailed code",
    fields: &[EMAIL, text("otp", true, Reference::Otp, "the six digits of the mail")],
};

/// Classifies the answer to one of the two calls: what it says, or the service's own words against it.
///
/// The answer of `auth-verify-otp` holds a key, so no error ever shows a part of the body that is not the
/// envelope's text.
///
/// # Errors
///
/// Any status but 2xx, and a 2xx that is no JSON object.
pub fn classify_auth(status: u16, body: &[u8]) -> Result<Value, ApiError> {
    let json: Option<Value> = serde_json::from_slice(body).ok();
    match json {
        Some(value) if (200..300).contains(&status) && value.is_object() => Ok(value),
        Some(value) if !(200..300).contains(&status) => {
            let text = error_text(&value).unwrap_or_else(|| UNREADABLE.to_owned());
            Err(ApiError { status, text })
        }
        _ => Err(ApiError { status, text: UNREADABLE.to_owned() }),
    }
}

const UNREADABLE: &str = "the answer cannot be read";
