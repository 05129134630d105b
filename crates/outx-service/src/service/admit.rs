//! Whose a request is.

use crate::answer::{self, INVALID_KEY, MISSING_KEY, NO_EXTENSION};
use crate::message::{Request, Response};
use crate::team::Team;
use crate::teams::Teams;
use jiff::Timestamp;

/// Whose the key is, if the team may call at all.
pub(super) fn admit<'a>(
    teams: &'a mut Teams,
    sharing_is_exempt: bool,
    request: &Request,
    now: Timestamp,
) -> Result<&'a Team, Response> {
    let key = present_key(request).ok_or_else(|| answer::error(401, MISSING_KEY))?;
    let team = teams.of_key(key).ok_or_else(|| answer::error(401, INVALID_KEY))?;
    let is_exempt = sharing_is_exempt && team.shares_data();
    if is_exempt || team.is_awake(now) { Ok(team) } else { Err(answer::error(403, NO_EXTENSION)) }
}

pub(super) fn present_key(request: &Request) -> Option<&str> {
    request.key.as_deref().filter(|key| !key.trim().is_empty())
}
