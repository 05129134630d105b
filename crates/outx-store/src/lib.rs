//! SQLite behind the seams of ledger, journal and service: the embedded default.
