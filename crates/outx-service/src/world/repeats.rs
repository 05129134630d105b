//! What happens when a write is done a second time. None of it is documented.

/// Why a write that was done before fails, for each kind of write; nothing where it completes and changes
/// nothing. A second comment that completes is one more comment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Repeats {
    /// A second like of a post.
    pub(crate) like: Option<Box<str>>,
    /// A second comment on a post.
    pub(crate) comment: Option<Box<str>>,
    /// An invitation of somebody who was invited before and has not accepted.
    pub(crate) invitation: Option<Box<str>>,
    /// An invitation of a connection.
    pub(crate) connected: Option<Box<str>>,
}
