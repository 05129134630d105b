//! May this be sent?

use crate::account::AccountView;
use crate::entry::{Entry, Intent, Repeat};
use crate::forget::FORGOTTEN;
use crate::limits::earliest;
use crate::people::Blocked;
use crate::settle::has_no_effect;
use jiff::{SignedDuration, Timestamp};
use outx_model::{Action, ActionFact, ActionState, ContentHash, Doubt, Effect, Target, Ticket, Token};
use serde_json::Value;
use std::fmt;

/// How long a write of another action may be *sending* before it counts as in doubt: 60 s, twice the time
/// that one request may take. Until then whoever wants the same effect waits for its answer.
pub const SENDING_PATIENCE: SignedDuration = SignedDuration::from_secs(60);

/// A read that is still under way after this long was left by whoever began it: 1 h. What it brings, if it does, may be as
/// old as that, so that others read anew, unless it is fresh by their own word.
const LEFT: SignedDuration = SignedDuration::from_hours(1);

/// So many reads that are over stay in an entry that many read.
const PAST_READS: usize = 8;

/// How soon somebody who waits for another's answer asks again.
const ASK_AGAIN: SignedDuration = SignedDuration::from_secs(1);

/// The answer to: may this be sent?
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Admission {
    /// Send it now, under this permission. The ledger already says that it is being sent.
    Go {
        /// The permission.
        token: Token,
        /// How many earlier requests for it may have reached the service: reads only.
        asked_before: usize,
    },
    /// Not before a moment.
    Wait {
        /// When.
        until: Timestamp,
        /// Why, in a sentence.
        why: String,
    },
    /// A task for it exists: go on with that one.
    Known(Ticket),
    /// It has ended; the entry says how.
    Already(Box<Entry>),
    /// It may have been sent. Only a person, or late evidence, can settle it.
    InDoubt(Box<Entry>),
    /// It must not be sent, and waiting does not help.
    Blocked(Block),
}

/// Why something must not be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Block {
    /// The person is on the account's block list.
    DoNotContact(Blocked),
    /// A key that a person chose stands for another effect.
    OtherEffect {
        /// The key.
        key: String,
        /// What differs: `endpoint` or `input`.
        differs: &'static str,
    },
    /// Whoever asks does not want it any more ([`Intent::withheld`]), and nothing of it is on its way.
    Withheld,
}

impl fmt::Display for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DoNotContact(blocked) => {
                write!(f, "{} is on the block list since {}", blocked.name.text(), blocked.since)?;
                blocked.note.iter().try_for_each(|note| write!(f, " ({note})"))
            }
            Self::OtherEffect { key, differs } => {
                write!(f, "the key `{key}` was used for another {differs}; choose another key")
            }
            Self::Withheld => f.write_str("it is not wanted any more"),
        }
    }
}

/// An answer, and the entry as it must be written before the answer is given, or nothing where it stays as
/// it is.
pub type Admitted = (Admission, Option<Entry>);

/// Decides whether an intent may be sent, from what is known of its entry and of its account.
///
/// * An action that asks again (a step entered again after a crash) gets what became of it, whatever that is, also
///   where others have tried since.
/// * Another action with the same effect joins a task that exists, is told of one that ended with effect or
///   in doubt, and is free after one that failed or was rejected. Its try is kept apart from those before.
/// * A write that was being sent when its own action asks again is in doubt, for its sender is gone. When
///   another action asks, the sender may well be alive (two rows of one table name the same person), so that
///   one waits up to [`SENDING_PATIENCE`] for the answer before it is in doubt. A read may be asked once more.
/// * What is wanted no more ([`Intent::withheld`]) is told what became of it, and is never sent.
/// * What would be sent is not sent to a person on the block list, and not before the limits and the service
///   allow it. Nothing is reserved meanwhile: who waits asks again.
///
/// # Errors
///
/// When the store cannot be read.
pub fn admit<V: AccountView>(
    known: Option<&Entry>,
    intent: &Intent,
    token: Token,
    now: Timestamp,
    account: &V,
) -> Result<Admitted, V::Error> {
    match by_entry(known, intent, now) {
        Verdict::Free { .. } | Verdict::Told(Admission::Wait { .. }, None) if intent.withheld => {
            Ok((Admission::Blocked(Block::Withheld), None))
        }
        Verdict::Told(admission, entry) => Ok((admission, entry.map(|entry| *entry))),
        Verdict::Free { asked_before, starts_anew } => {
            if let Some(held_back) = by_account(intent, now, account)? {
                return Ok((held_back, None));
            }
            let mut entry = match known {
                Some(known) if !starts_anew => known.clone(),
                known => fresh(known, intent),
            };
            entry.by = intent.by.clone();
            entry.input = ContentHash::of_json(&intent.input);
            entry.begun_at = now;
            entry.law = intent.law;
            entry.action.apply(&ActionFact::Begun { token: token.clone() });
            Ok((Admission::Go { token, asked_before }, Some(entry)))
        }
    }
}

/// What an entry says by itself.
enum Verdict {
    Told(Admission, Option<Box<Entry>>),
    Free { asked_before: usize, starts_anew: bool },
}

fn by_entry(known: Option<&Entry>, intent: &Intent, now: Timestamp) -> Verdict {
    let told = |admission| Verdict::Told(admission, None);
    let Some(known) = known else { return Verdict::Free { asked_before: 0, starts_anew: true } };
    let same = known.by == intent.by;
    let state = known.action.state();
    if let Some(own) =
        by_own_try(known, intent).filter(|_| !same || matches!(state, ActionState::Planned { .. }))
    {
        return told(own);
    }
    if let Repeat::Chosen { holds } = intent.repeat
        && !same
    {
        let held = holds.is_none_or(|holds| now < later(known.begun_at, holds));
        if state.is_end() && !held {
            return Verdict::Free { asked_before: 0, starts_anew: true };
        }
        let differs = match () {
            () if known.endpoint != intent.endpoint => Some("endpoint"),
            () if known.input != ContentHash::of_json(&intent.input) => Some("input"),
            () => None,
        };
        if let Some(differs) = differs {
            let key = known.key.to_string();
            return told(Admission::Blocked(Block::OtherEffect { key, differs }));
        }
    }
    if let Repeat::Fresh { holds } = intent.repeat
        && !same
        && let Some(verdict) = by_freshness(known, &state, holds, now)
    {
        return verdict;
    }
    match state {
        ActionState::Pending { task_id } => told(Admission::Known(known.ticket(task_id))),
        ActionState::Planned { not_before: Some(until) } if until > now => {
            let why = "the service asked not to be called before then".to_owned();
            told(Admission::Wait { until, why })
        }
        ActionState::Failed { .. } | ActionState::Rejected { .. }
            if !same && has_no_effect(&known.action) =>
        {
            Verdict::Free { asked_before: 0, starts_anew: true }
        }
        state if state.is_end() => told(Admission::Already(Box::new(known.clone()))),
        ActionState::Sending { token: held } if known.effect == Effect::Write => {
            let patience_ends = later(known.begun_at, SENDING_PATIENCE);
            if !same && now < patience_ends {
                let why = "another action is sending the same".to_owned();
                let until = later(now, ASK_AGAIN).min(patience_ends);
                return told(Admission::Wait { until, why });
            }
            let mut entry = known.clone();
            let what = "whoever was sending it ended without an answer".to_owned();
            entry.action.apply(&ActionFact::Lost { token: held, doubt: Doubt { what, arrived: false } });
            Verdict::Told(Admission::InDoubt(Box::new(entry.clone())), Some(Box::new(entry)))
        }
        ActionState::InDoubt { .. } if known.effect == Effect::Write => {
            told(Admission::InDoubt(Box::new(known.clone())))
        }
        _ => {
            // A try is one action's and about one target, so that late evidence finds whose it is.
            let goes_on = same && (known.endpoint, &known.target) == (intent.endpoint, &intent.target);
            let starts_anew = !goes_on && has_no_effect(&known.action);
            Verdict::Free { asked_before: known.action.maybe_sent(), starts_anew }
        }
    }
}

/// What another action that wants to read the same is told; nothing where it waits for what is under way.
fn by_freshness(
    known: &Entry,
    state: &ActionState,
    holds: SignedDuration,
    now: Timestamp,
) -> Option<Verdict> {
    let is_fresh = now < later(known.begun_at, holds);
    let anew = Some(Verdict::Free { asked_before: 0, starts_anew: true });
    let is_left = !is_fresh && now >= later(known.begun_at, LEFT);
    match state {
        ActionState::Pending { .. } if !is_left => None,
        ActionState::Planned { .. } => None,
        ActionState::Completed { .. } if is_fresh && known.output.as_ref().is_some_and(is_whole) => None,
        ActionState::Sending { .. } if now < later(known.begun_at, SENDING_PATIENCE) => {
            let why = "another action is reading the same".to_owned();
            Some(Verdict::Told(Admission::Wait { until: later(now, ASK_AGAIN), why }, None))
        }
        // Whatever became of an older one, this is another read.
        _ => anew,
    }
}

/// Whether nothing of an output was forgotten.
fn is_whole(output: &Value) -> bool {
    match output {
        Value::String(text) => !text.contains(FORGOTTEN),
        Value::Array(items) => items.iter().all(is_whole),
        Value::Object(fields) => {
            fields.iter().all(|(name, value)| !name.contains(FORGOTTEN) && is_whole(value))
        }
        _ => true,
    }
}

/// What an action is told of its own tries that came before the present one: to have ended is its end, whoever has
/// tried since. Those that were freed say nothing: what holds now holds for them too.
fn by_own_try(known: &Entry, intent: &Intent) -> Option<Admission> {
    let tells = |state: &ActionState| state.is_end() || matches!(state, ActionState::Pending { .. });
    let own = known.of_own_try(&intent.by, tells)?;
    Some(match own.action.state() {
        ActionState::Pending { task_id } => Admission::Known(own.ticket(task_id)),
        _ => Admission::Already(Box::new(own)),
    })
}

/// What the account says against a sending.
fn by_account<V: AccountView>(
    intent: &Intent,
    now: Timestamp,
    account: &V,
) -> Result<Option<Admission>, V::Error> {
    if intent.endpoint.effect() == Effect::Write
        && let Some(blocked) = do_not_contact(intent, account)?
    {
        return Ok(Some(Admission::Blocked(Block::DoNotContact(blocked))));
    }
    let Some(sending) = intent.sending(now) else { return Ok(None) };
    if let Some(closed) = account.closures()?.keeping(&sending) {
        let why = format!("the service has said: {}", closed.why);
        return Ok(Some(Admission::Wait { until: closed.until, why }));
    }
    let set = account.limits()?;
    let limits = set.as_ref().unwrap_or(&intent.limits.unless_set).and(&intent.limits.besides);
    let delay = earliest(&limits, &sending, account)?;
    Ok(delay.map(|delay| Admission::Wait { until: delay.until, why: delay.why }))
}

fn do_not_contact<V: AccountView>(intent: &Intent, account: &V) -> Result<Option<Blocked>, V::Error> {
    if !matches!(intent.target, Some(Target::Person(_))) && intent.names.is_empty() {
        return Ok(None);
    }
    let mut names: Vec<_> = intent.person().collect();
    for name in names.clone() {
        names.extend(account.names_of(&name)?);
    }
    for name in &names {
        if let Some(blocked) = account.blocked(name)? {
            return Ok(Some(blocked));
        }
    }
    Ok(None)
}

/// An entry that is begun for the first time, or anew.
fn fresh(known: Option<&Entry>, intent: &Intent) -> Entry {
    let (mut earlier, mut past) = (Vec::new(), Vec::new());
    if let Some(known) = known {
        (earlier, past) = (known.earlier.clone(), known.past.clone());
        // What was kept before this was is about what it stood beside, and not about what is asked for now.
        for tried in earlier.iter_mut().chain(&mut past) {
            tried.asked.get_or_insert_with(|| known.asked());
        }
        let tried = known.present();
        if has_no_effect(&known.action) {
            earlier.push(tried);
        } else {
            // Whatever was tried before it belongs to the effect that is past.
            past.append(&mut earlier);
            past.push(tried);
            if matches!(intent.repeat, Repeat::Fresh { .. }) {
                // Reads that are over are kept for those who asked and have not heard yet, and not for ever.
                let mut over = past.len().saturating_sub(PAST_READS);
                // The task of one that was left may still be asked for.
                past.retain(|tried| {
                    let is_kept = over == 0 || matches!(tried.action.state(), ActionState::Pending { .. });
                    over -= usize::from(!is_kept);
                    is_kept
                });
            }
        }
    }
    Entry {
        key: intent.entry.clone(),
        account: intent.account.clone(),
        endpoint: intent.endpoint,
        effect: intent.endpoint.effect(),
        target: intent.target.clone(),
        names: intent.names.clone(),
        input: ContentHash::of_json(&intent.input),
        by: intent.by.clone(),
        begun_at: Timestamp::MIN,
        accepted_at: None,
        law: 0,
        action: Action::default(),
        earlier,
        past,
        output: None,
    }
}

fn later(moment: Timestamp, by: SignedDuration) -> Timestamp {
    moment.checked_add(by).unwrap_or(Timestamp::MAX)
}
