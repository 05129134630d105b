//! Reading an output as its type, which only the endpoint that made the task knows.

use crate::answer::{TaskSnapshot, failure_text};
use crate::call::Call;
use crate::endpoint::Endpoint;
use crate::input::TaskInput;
use crate::status::TaskStatus;
use crate::ticket::Ticket;
use serde_json::Value;
use std::error::Error;
use std::fmt;

impl TaskSnapshot {
    /// The output of a completed task as its type, with all that the type does not know in `other`; `output`
    /// is the same untouched. Reading is lenient: a field that is missing, or of another type, is absent. An
    /// answer does not tell reliably which endpoint made the task, so the ticket says it.
    ///
    /// ```
    /// use outx_model::{FetchProfile, LikePost, TaskSnapshot, TaskStatus, Ticket};
    /// use serde_json::{Value, json};
    ///
    /// let ticket: Ticket = serde_json::from_value(json!({
    ///     "id": "a-task", "endpoint": "fetch-profile", "account": "sales", "created_at": "2026-03-02T09:00:00Z",
    /// }))?;
    /// let output = json!({ "profile": { "full_name": "Ada Example", "pronouns": "she/her" } });
    /// let task = TaskSnapshot { status: TaskStatus::Completed, input: Value::Null, output };
    ///
    /// let ada = task.read::<FetchProfile>(&ticket)?;
    /// assert_eq!(ada.full_name.as_deref(), Some("Ada Example"));
    /// assert_eq!(ada.other["pronouns"], "she/her");
    /// // Lenient as it is, it would find nothing in another endpoint's output, so that is an error.
    /// assert!(task.read::<LikePost>(&ticket).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ReadError::OtherEndpoint`] when the ticket is another endpoint's, [`ReadError::NotCompleted`] while
    /// there is no output of the type, and [`ReadError::Unfit`] for a type of one's own only.
    pub fn read<I: TaskInput>(&self, ticket: &Ticket) -> Result<I::Output, ReadError> {
        ticket.fits::<I>()?;
        if self.status == TaskStatus::Completed {
            return ticket.read::<I>(&self.output);
        }
        let reason = (self.status == TaskStatus::Failed).then(|| failure_text(&self.output));
        Err(ReadError::NotCompleted { status: self.status.clone(), reason })
    }
}

impl Ticket {
    /// The raw output of this ticket's task, once it is completed, as its type; see [`TaskSnapshot::read`].
    ///
    /// # Errors
    ///
    /// [`ReadError::OtherEndpoint`] when the ticket is another endpoint's, and [`ReadError::Unfit`] for a type of
    /// one's own only.
    pub fn read<I: TaskInput>(&self, output: &Value) -> Result<I::Output, ReadError> {
        self.fits::<I>()?;
        I::ENDPOINT.spec().view.read_as(output).map_err(ReadError::Unfit)
    }

    fn fits<I: TaskInput>(&self) -> Result<(), ReadError> {
        if self.endpoint == I::ENDPOINT {
            return Ok(());
        }
        Err(ReadError::OtherEndpoint { made_by: self.endpoint, wanted: I::ENDPOINT })
    }
}

/// Why an output was not read as a type. A retry helps only where the task may still complete.
#[derive(Debug)]
#[non_exhaustive]
pub enum ReadError {
    /// Another endpoint made the task, and its output is of another type.
    OtherEndpoint {
        /// The endpoint of the ticket.
        made_by: Call,
        /// The endpoint of the type that was asked for.
        wanted: Endpoint,
    },
    /// The task has not completed: it goes on, or it has failed.
    NotCompleted {
        /// How it stands.
        status: TaskStatus,
        /// Why it failed, where it did.
        reason: Option<String>,
    },
    /// A type of the caller's own asks for more than the view gives. Those of this crate never do.
    Unfit(serde_json::Error),
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherEndpoint { made_by, wanted } => write!(
                f,
                "the task was made by {made_by}, and its output cannot be read as that of {wanted}; read it as \
                 the type of {made_by}, or take the ticket of a {wanted}"
            ),
            Self::NotCompleted { reason: Some(reason), .. } => {
                write!(f, "the task failed and has no output of its type: {reason}")
            }
            Self::NotCompleted { status, reason: None } => {
                write!(f, "the task is {status} and has no output yet; poll it until it ends")
            }
            Self::Unfit(_) => f.write_str("the output does not have what the type asks for"),
        }
    }
}

impl Error for ReadError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Unfit(error) => Some(error),
            Self::OtherEndpoint { .. } | Self::NotCompleted { .. } => None,
        }
    }
}
