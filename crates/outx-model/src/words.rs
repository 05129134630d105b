//! What the service says when it refuses, word for word.
//!
//! Refusals of one field are not here: they are the [catalogue](crate::CATALOGUE)'s.

/// 401: no key came.
pub const MISSING_KEY: &str = "Missing API Key";
/// 401: the key is unknown.
pub const INVALID_KEY: &str = "Invalid API Key";
/// 401: the mailed code is wrong or older than an hour.
pub const WRONG_CODE: &str = "Invalid or expired OTP";
/// 403: no member's browser extension was active within 48 hours.
pub const NO_EXTENSION: &str = "Plugin installation required: Please install the OutX browser extension on at least one team member's account to use the API. The plugin must have been active within the last 48 hours.";
/// 404 of a write: nobody could act.
pub const NO_ADMIN: &str = "No admin user found in the team";
/// 400 of a poll: it names no task.
pub const NO_TASK_ID: &str = "Missing or invalid 'api_agent_task_id'";
/// 404 of a poll: the task does not exist, or is another team's.
pub const UNKNOWN_TASK: &str = "Agent task not found";
/// 429: documented by the older pages only.
pub const RATE_LIMIT: &str = "Rate limit exceeded. Please try again later.";
/// 429 of an invitation: LinkedIn's own limit. Only the beginning of the text is known.
pub const INVITATION_LIMIT: &str = "LinkedIn invitation limit r";
/// 405: the text is not documented.
pub const WRONG_METHOD: &str = "Method not allowed";

/// The refusals of one field that are documented; the others are inferred from these.
const OF_FIELDS: [&str; 12] = [
    "Missing or invalid 'profile_slug'",
    "Missing or invalid 'social_urn'",
    "Missing or invalid 'recipient_urn'",
    "Missing or invalid 'message'",
    "Missing or invalid 'profile_urn'",
    "Missing or invalid 'email'",
    "Missing or invalid 'otp'",
    "Message text is too long (max 10000 characters)",
    "Invalid 'note': must be a string",
    "Invalid 'note': must be 300 characters or fewer",
    "Invalid 'keyword': must be a string",
    "Invalid 'sort_type': must be a string",
];

/// Whether a text stands in the service's documentation, word for word.
///
/// ```
/// use outx_model::words;
///
/// assert!(words::is_documented("Missing or invalid 'profile_slug'"));
/// assert!(!words::is_documented("Missing or invalid 'company_slug'"), "it is inferred from its neighbours");
/// ```
pub fn is_documented(text: &str) -> bool {
    const OTHERS: [&str; 9] = [
        MISSING_KEY,
        INVALID_KEY,
        WRONG_CODE,
        NO_EXTENSION,
        NO_ADMIN,
        NO_TASK_ID,
        UNKNOWN_TASK,
        RATE_LIMIT,
        INVITATION_LIMIT,
    ];
    OF_FIELDS.contains(&text) || OTHERS.contains(&text)
}
