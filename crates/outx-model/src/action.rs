//! The life of one action: what is known about it, and what that permits.
//!
//! An [`Action`] is a set of evidence by attempt and by task, and its state is derived from the whole set.
//! So evidence may come in any order, twice, from a process that no longer owns the run, or after the end:
//! the result is the same, and a task id that was ever heard of is never forgotten. Only *permissions*
//! ([`Action::may_begin`]) look at the state.

use crate::answer::{ApiError, Doubt, Refusal};
use crate::endpoint::Effect;
use crate::hash::ContentHash;
use crate::id::{TaskId, Token};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// One thing that became known about an action. Facts are never withdrawn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fact", rename_all = "snake_case")]
pub enum ActionFact {
    /// Permission to send was given; written before the request leaves.
    Begun {
        /// The permission.
        token: Token,
    },
    /// The service answered with a task id.
    Accepted {
        /// The attempt.
        token: Token,
        /// The id.
        task_id: TaskId,
    },
    /// The service answered that there is no task and that it may be tried again.
    Refused {
        /// The attempt.
        token: Token,
        /// Why, and not before when.
        refusal: Refusal,
    },
    /// It is proved that the request did not leave.
    NotSent {
        /// The attempt.
        token: Token,
        /// The proof.
        proof: Proof,
    },
    /// The service answered that it will never accept this.
    Rejected {
        /// The attempt.
        token: Token,
        /// In its words.
        error: ApiError,
    },
    /// The request may have arrived, and no answer tells.
    Lost {
        /// The attempt.
        token: Token,
        /// What is known.
        doubt: Doubt,
    },
    /// What was called did it at once, without a task: the answer itself says how it ended.
    Answered {
        /// The attempt.
        token: Token,
        /// How.
        outcome: TaskOutcome,
    },
    /// A task ended.
    Ended {
        /// The task.
        task_id: TaskId,
        /// How.
        outcome: TaskOutcome,
    },
    /// A person said what became of an attempt.
    Said {
        /// The attempt.
        token: Token,
        /// What.
        word: Word,
    },
}

impl ActionFact {
    /// The attempt that it is about; nothing of a task's end, which is about the task.
    pub fn token(&self) -> Option<&Token> {
        match self {
            Self::Begun { token }
            | Self::Accepted { token, .. }
            | Self::Refused { token, .. }
            | Self::NotSent { token, .. }
            | Self::Rejected { token, .. }
            | Self::Lost { token, .. }
            | Self::Answered { token, .. }
            | Self::Said { token, .. } => Some(token),
            Self::Ended { .. } => None,
        }
    }
}

/// Why it is certain that a request was not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// No connection was made.
    NoConnection,
    /// The body was sealed before a byte of it was asked for.
    BodySealed,
    /// The other side refused it on HTTP/2 before it looked at it: `REFUSED_STREAM` (RFC 9113, 8.7).
    StreamRefused,
    /// The other side went away on HTTP/2 and said that it has not looked at it: a `GOAWAY` whose last stream
    /// comes before it (RFC 9113, 6.8).
    GoneAway,
    /// It was stopped before it was given to a transport.
    NeverStarted,
}

/// How a task ended, or what was done without one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum TaskOutcome {
    /// It was accepted, but its result cannot be had any more. It counts as sent.
    Unobtainable {
        /// Why not.
        why: String,
    },
    /// It failed.
    Failed {
        /// In the service's words.
        reason: String,
    },
    /// It is done.
    Completed {
        /// The address of its output.
        output: ContentHash,
    },
}

/// A person's word about an attempt in doubt. Where several were given, the most cautious holds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "word", rename_all = "snake_case")]
pub enum Word {
    /// It did not reach the service: it may be sent again.
    NotSent,
    /// Leave it: it is never sent again, and nobody knows.
    GiveUp,
    /// It reached the service; with the id, where it is known.
    Sent {
        /// The task's id.
        task_id: Option<TaskId>,
    },
}

/// What is known about one attempt.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Attempt {
    /// Ids that were answered, or that a person named. More than one is a conflict.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub accepted: BTreeSet<TaskId>,
    /// The refusal, if it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<Refusal>,
    /// The proof that it was not sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_sent: Option<Proof>,
    /// The lasting no.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rejected: Option<ApiError>,
    /// The doubt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lost: Option<Doubt>,
    /// How it ended, where it was answered at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answered: Option<TaskOutcome>,
    /// A person's word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub said: Option<Word>,
}

impl Attempt {
    /// True when it is certain, or was said, that this attempt made no task.
    fn is_void(&self) -> bool {
        self.refused.is_some() || self.not_sent.is_some() || self.said == Some(Word::NotSent)
    }

    /// Whether it may have made a task, so that it counts against limits. A refusal, a rejection and a proof
    /// give the place back, unless a task id came all the same.
    pub fn may_have_been_sent(&self) -> bool {
        let none = self.is_void() || self.rejected.is_some();
        let done = !self.accepted.is_empty() || self.answered.is_some();
        done || matches!(self.said, Some(Word::Sent { .. })) || !none
    }
}

/// All that is known about one action.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Action {
    attempts: BTreeMap<Token, Attempt>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    outcomes: BTreeMap<TaskId, TaskOutcome>,
}

/// Where an action stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ActionState {
    /// It may be sent, though not before this moment.
    Planned {
        /// The latest moment that a refusal named.
        not_before: Option<Timestamp>,
    },
    /// Permission was given and nothing came back yet. After a restart, that is a doubt.
    Sending {
        /// The attempt.
        token: Token,
    },
    /// It may have been sent.
    InDoubt {
        /// The attempt.
        token: Token,
        /// What is known.
        doubt: Doubt,
    },
    /// A task exists and has not ended.
    Pending {
        /// Its id.
        task_id: TaskId,
    },
    /// Done.
    Completed {
        /// The task; nothing where it was done without one.
        task_id: Option<TaskId>,
        /// The address of its output.
        output: ContentHash,
    },
    /// The task failed.
    Failed {
        /// The task; nothing where it was done without one.
        task_id: Option<TaskId>,
        /// In the service's words.
        reason: String,
    },
    /// It was sent, and how it ended cannot be known.
    OutcomeUnknown {
        /// The task; nothing where it was done without one.
        task_id: Option<TaskId>,
        /// Why not.
        why: String,
    },
    /// The service will never accept it.
    Rejected {
        /// In its words.
        error: ApiError,
    },
    /// A person said that it was sent; there is no id.
    SaidSent,
    /// A person gave it up.
    GivenUp,
}

impl ActionState {
    /// True when nothing more happens by itself: no permission leaves an end.
    pub fn is_end(&self) -> bool {
        !matches!(
            self,
            Self::Planned { .. } | Self::Sending { .. } | Self::InDoubt { .. } | Self::Pending { .. }
        )
    }

    /// All words that a state can have.
    pub const WORDS: [&'static str; 10] = [
        "planned",
        "sending",
        "in_doubt",
        "pending",
        "completed",
        "failed",
        "outcome_unknown",
        "rejected",
        "said_sent",
        "given_up",
    ];

    /// The state's word, as it stands in the ledger and in JSON output.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Planned { .. } => "planned",
            Self::Sending { .. } => "sending",
            Self::InDoubt { .. } => "in_doubt",
            Self::Pending { .. } => "pending",
            Self::Completed { .. } => "completed",
            Self::Failed { .. } => "failed",
            Self::OutcomeUnknown { .. } => "outcome_unknown",
            Self::Rejected { .. } => "rejected",
            Self::SaidSent => "said_sent",
            Self::GivenUp => "given_up",
        }
    }
}

impl Action {
    /// Takes a fact. Never fails and never forgets: taken twice it changes nothing, and any two facts may
    /// be taken in either order.
    pub fn apply(&mut self, fact: &ActionFact) {
        match fact {
            ActionFact::Begun { token } => drop(self.attempt(token)),
            ActionFact::Accepted { token, task_id } => {
                self.attempt(token).accepted.insert(task_id.clone());
            }
            ActionFact::Refused { token, refusal } => join(&mut self.attempt(token).refused, refusal),
            ActionFact::NotSent { token, proof } => join(&mut self.attempt(token).not_sent, proof),
            ActionFact::Rejected { token, error } => join(&mut self.attempt(token).rejected, error),
            ActionFact::Lost { token, doubt } => join(&mut self.attempt(token).lost, doubt),
            ActionFact::Answered { token, outcome } => join(&mut self.attempt(token).answered, outcome),
            ActionFact::Said { token, word } => {
                let attempt = self.attempt(token);
                // Of several words only the most cautious is kept, but every id that they named.
                if let Word::Sent { task_id: Some(id) } = word {
                    attempt.accepted.insert(id.clone());
                }
                join(&mut attempt.said, word);
            }
            ActionFact::Ended { task_id, outcome } => {
                let known = self.outcomes.entry(task_id.clone()).or_insert_with(|| outcome.clone());
                if outcome > known {
                    known.clone_from(outcome);
                }
            }
        }
    }

    /// The action that some facts make.
    pub fn fold<'a>(facts: impl IntoIterator<Item = &'a ActionFact>) -> Self {
        let mut action = Self::default();
        facts.into_iter().for_each(|fact| action.apply(fact));
        action
    }

    /// Where it stands. A known id outweighs everything, then what was answered at once, then what ends it, then what
    /// is open.
    pub fn state(&self) -> ActionState {
        if let Some(state) = self.task_state() {
            return state;
        }
        if let Some(outcome) = self.attempts.values().filter_map(|attempt| attempt.answered.as_ref()).max() {
            return ended_with(None, outcome);
        }
        let mut doubt = None;
        let mut sending = None;
        let mut rejected = None;
        let mut not_before = None;
        for (token, attempt) in &self.attempts {
            match &attempt.said {
                Some(Word::Sent { .. }) => return ActionState::SaidSent,
                Some(Word::GiveUp) => return ActionState::GivenUp,
                Some(Word::NotSent) | None => {}
            }
            if let Some(error) = &attempt.rejected {
                rejected = Some(error.clone());
            } else if attempt.is_void() {
                let refused = attempt.refused.as_ref();
                not_before = not_before.max(refused.and_then(|refusal| refusal.not_before));
            } else if let Some(lost) = &attempt.lost {
                doubt = Some((token.clone(), lost.clone()));
            } else {
                sending = Some(token.clone());
            }
        }
        // A doubt outweighs a rejection of a later attempt: the earlier one may still have been sent.
        match (doubt, sending, rejected) {
            (Some((token, doubt)), _, _) => ActionState::InDoubt { token, doubt },
            (None, Some(token), _) => ActionState::Sending { token },
            (None, None, Some(error)) => ActionState::Rejected { error },
            (None, None, None) => ActionState::Planned { not_before },
        }
    }

    fn task_state(&self) -> Option<ActionState> {
        let ids = self.task_ids();
        let mut ended = None;
        for id in &ids {
            match self.outcomes.get(id) {
                Some(completed @ TaskOutcome::Completed { .. }) => {
                    return Some(ended_with(Some(id.clone()), completed));
                }
                Some(other) => {
                    let better = ended.as_ref().is_none_or(|(_, known)| *known < other);
                    if better {
                        ended = Some((id, other));
                    }
                }
                None => {}
            }
        }
        if let Some(open) = ids.iter().find(|id| !self.outcomes.contains_key(*id)) {
            return Some(ActionState::Pending { task_id: open.clone() });
        }
        ended.map(|(id, outcome)| ended_with(Some(id.clone()), outcome))
    }

    /// Whether a new attempt is permitted now. A write is sent again only after a refusal, a proof or a
    /// person's word; a read that may have been sent may be asked again, and is counted.
    pub fn may_begin(&self, effect: Effect) -> bool {
        match self.state() {
            ActionState::Planned { .. } => true,
            ActionState::Sending { .. } | ActionState::InDoubt { .. } => effect == Effect::Read,
            _ => false,
        }
    }

    /// Every task id that was ever heard of, in order of the text.
    pub fn task_ids(&self) -> BTreeSet<TaskId> {
        let mut ids: BTreeSet<TaskId> = self.outcomes.keys().cloned().collect();
        for attempt in self.attempts.values() {
            ids.extend(attempt.accepted.iter().cloned());
        }
        ids
    }

    /// True when more than one task came of it: both are kept, and a person is told.
    pub fn is_conflict(&self) -> bool {
        self.task_ids().len() > 1
    }

    /// How often permission to send was given.
    pub fn begun(&self) -> usize {
        self.attempts.len()
    }

    /// How many attempts may have made a task, for limits and for counting reads asked twice. A refusal, a
    /// rejection and a proof give the place back, unless a task id came all the same.
    pub fn maybe_sent(&self) -> usize {
        self.attempts.values().filter(|attempt| attempt.may_have_been_sent()).count()
    }

    /// Whether this permission is one of this action's.
    pub fn holds(&self, token: &Token) -> bool {
        self.attempts.contains_key(token)
    }

    /// What is known of one attempt.
    pub fn attempt_of(&self, token: &Token) -> Option<&Attempt> {
        self.attempts.get(token)
    }

    /// The attempts, in order of their tokens.
    pub fn attempts(&self) -> impl Iterator<Item = (&Token, &Attempt)> {
        self.attempts.iter()
    }

    fn attempt(&mut self, token: &Token) -> &mut Attempt {
        self.attempts.entry(token.clone()).or_default()
    }
}

/// Keeps the greater of two pieces of the same kind of evidence, so that their order does not matter.
fn join<T: Ord + Clone>(known: &mut Option<T>, new: &T) {
    if known.as_ref().is_none_or(|known| known < new) {
        *known = Some(new.clone());
    }
}

/// The end that an outcome makes.
fn ended_with(task_id: Option<TaskId>, outcome: &TaskOutcome) -> ActionState {
    match outcome.clone() {
        TaskOutcome::Completed { output } => ActionState::Completed { task_id, output },
        TaskOutcome::Failed { reason } => ActionState::Failed { task_id, reason },
        TaskOutcome::Unobtainable { why } => ActionState::OutcomeUnknown { task_id, why },
    }
}
