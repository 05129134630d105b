//! May this be sent? The account's write-ahead record of every task creation.
