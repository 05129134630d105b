//! What the ledger keeps about one intended effect.

use crate::limits::{Limits, Sending};
use crate::settle::{belongs, has_no_effect};
use jiff::{SignedDuration, Timestamp};
use outx_model::{
    AccountId, Action, ActionFact, ActionKey, ActionState, Attempt, Call, ContentHash, Effect, EntryKey,
    PersonName, Reference, Target, TaskId, Ticket, Token,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::Arc;

/// What somebody wants to send, before it is known whether it may be sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Intent {
    /// Who asks.
    pub by: ActionKey,
    /// What the effect is known by.
    pub entry: EntryKey,
    /// Whose it is.
    pub account: AccountId,
    /// What it calls.
    pub endpoint: Call,
    /// What a write acts on.
    pub target: Option<Target>,
    /// Other names of the person whom it is about, such as the slug of a row of a table.
    pub names: Vec<PersonName>,
    /// The input, as it would be sent.
    pub input: Value,
    /// The name under which a workflow counts it, `workflow/limit`.
    pub label: Option<String>,
    /// What limits it, besides what is set for its account.
    pub limits: Arc<Wanted>,
    /// What repeats it.
    pub repeat: Repeat,
    /// Whether it is wanted no more: whoever asks is told what became of it, and never that it may be sent.
    pub withheld: bool,
    /// The version of the completion law by which its task is to be polled, for the ticket; 0 for none.
    pub law: u32,
}

/// The limits that whoever asks brings along.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Wanted {
    /// What holds where nothing is set for the account: the shipped limits of a live one, none of an emulated
    /// one.
    pub unless_set: Limits,
    /// What holds besides, such as the limits of a workflow.
    pub besides: Limits,
}

/// When an effect that has happened may happen again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Repeat {
    /// Never, under its entry. Another input is the same effect: the text of a message may differ.
    #[default]
    Never,
    /// The entry's key was chosen by a person, so that another input or endpoint under it is a mistake; so long
    /// after it was last begun, it is a new effect.
    Chosen {
        /// How long the key holds; for ever where nothing is said.
        holds: Option<SignedDuration>,
    },
    /// A read whose result is as good as another one for so long after it was begun. Equal reads under way are one.
    Fresh {
        /// For how long.
        holds: SignedDuration,
    },
}

impl Intent {
    /// An intent that nothing limits but what is set for its account. Target and names are read from the input.
    pub fn new(
        by: ActionKey,
        entry: EntryKey,
        account: AccountId,
        endpoint: impl Into<Call>,
        input: Value,
    ) -> Self {
        let endpoint = endpoint.into();
        let spec = endpoint.spec();
        let slugs = spec
            .into_iter()
            .flat_map(|spec| spec.fields)
            .filter(|field| field.reference == Reference::ProfileSlug);
        let names = slugs.filter_map(|field| PersonName::read(input[field.name].as_str()?).ok()).collect();
        Self {
            by,
            entry,
            account,
            endpoint,
            target: spec.and_then(|spec| spec.target(&input)),
            names,
            input,
            label: None,
            limits: Arc::default(),
            repeat: Repeat::Never,
            withheld: false,
            law: 0,
        }
    }

    /// What limits see of it at a moment: nothing of what is not sent to OutX.
    pub fn sending(&self, at: Timestamp) -> Option<Sending> {
        sending(self.endpoint, self.target.as_ref(), self.label.clone(), at)
    }

    /// All names of the person on whom it acts that whoever asks knows of.
    pub fn person(&self) -> impl Iterator<Item = PersonName> {
        let target = match &self.target {
            Some(Target::Person(key)) => Some(PersonName::Id(key.clone())),
            _ => None,
        };
        target.into_iter().chain(self.names.iter().cloned())
    }
}

fn sending(endpoint: Call, target: Option<&Target>, label: Option<String>, at: Timestamp) -> Option<Sending> {
    let person = match target {
        Some(Target::Person(key)) => Some(key.clone()),
        _ => None,
    };
    endpoint.is_task().then_some(Sending { endpoint, at, person, label })
}

/// The memory of one intended effect, over all runs and commands of an account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// What it is known by, within its account.
    pub key: EntryKey,
    /// Whose it is.
    pub account: AccountId,
    /// What it calls.
    pub endpoint: Call,
    /// Read or write.
    pub effect: Effect,
    /// What a write acts on.
    pub target: Option<Target>,
    /// Other names of the person whom it is about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<PersonName>,
    /// The address of the input.
    pub input: ContentHash,
    /// Who asked last with a permission to send; of a write, who asked for the present action.
    pub by: ActionKey,
    /// When permission was last given.
    pub begun_at: Timestamp,
    /// When a task id was first heard of.
    pub accepted_at: Option<Timestamp>,
    /// The version of the completion law by which its task is polled; 0 for none.
    #[serde(default, skip_serializing_if = "is_prior")]
    pub law: u32,
    /// All that is known of the present action.
    pub action: Action,
    /// Tries before it that ended without effect, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<Tried>,
    /// Tries whose key no longer held when the present one was begun, oldest first. They had their effect,
    /// and it is not this one's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub past: Vec<Tried>,
    /// The raw output, once the task completed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<Value>,
}

/// What came of an effect before the present action was begun.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tried {
    /// Who had asked last; not known of what was kept before this was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<ActionKey>,
    /// What was asked for; of what was kept before this was, the same as of the entry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<Asked>,
    /// All that is known of it.
    #[serde(flatten)]
    pub action: Action,
    /// The raw output, once the task completed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<Value>,
}

/// What a try asked for, and when. Under a key that a person chose, each try may be about somebody else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// What it calls.
    pub endpoint: Call,
    /// What a write acts on.
    pub target: Option<Target>,
    /// Other names of the person whom it is about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<PersonName>,
    /// The address of the input.
    pub input: ContentHash,
    /// When permission was last given.
    pub begun_at: Timestamp,
    /// When a task id was first heard of.
    pub accepted_at: Option<Timestamp>,
    /// The version of the completion law by which its task is polled; 0 for none.
    #[serde(default, skip_serializing_if = "is_prior")]
    pub law: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_prior(law: &u32) -> bool {
    *law == 0
}

impl Asked {
    /// What limits see of it, where a task of it turns up whose permission is not known: nothing of what is not sent to
    /// OutX.
    pub fn sending(&self, at: Timestamp) -> Option<Sending> {
        sending(self.endpoint, self.target.as_ref(), None, at)
    }
}

impl Entry {
    /// The handle of a task of this entry.
    pub fn ticket(&self, id: TaskId) -> Ticket {
        let account = self.account.clone();
        let tried = self.tried().find(|tried| tried.action.task_ids().contains(&id));
        let asked = tried.and_then(|tried| tried.asked.clone()).unwrap_or_else(|| self.asked());
        let created_at = asked.accepted_at.unwrap_or(asked.begun_at);
        Ticket { id, endpoint: asked.endpoint, account, created_at, law: asked.law }
    }

    /// Whether a task is this entry's, of its present action or of an earlier one.
    pub fn knows_task(&self, id: &TaskId) -> bool {
        self.actions().any(|action| action.task_ids().contains(id))
    }

    /// The present action and all before it.
    pub fn actions(&self) -> impl Iterator<Item = &Action> {
        std::iter::once(&self.action).chain(self.tried().map(|tried| &tried.action))
    }

    /// The present try and all before it, each as an entry by itself: who asked for what, and what came of that.
    pub fn tries(&self) -> impl Iterator<Item = Self> {
        let present = self.alone(self.present());
        std::iter::once(present).chain(self.tried().map(|tried| self.alone(tried.clone())))
    }

    /// The raw outputs, of the present try and of those before it, with who asked.
    pub fn outputs_mut(&mut self) -> impl Iterator<Item = (Option<&ActionKey>, &mut Option<Value>)> {
        let before = self.earlier.iter_mut().chain(&mut self.past);
        let before = before.map(|tried| (tried.by.as_ref(), &mut tried.output));
        std::iter::once((Some(&self.by), &mut self.output)).chain(before)
    }

    /// Whether more came of it than one task, where none but one may have had effect: all are kept, and a person is
    /// told.
    pub fn is_conflict(&self) -> bool {
        let before = self.earlier.iter().map(|tried| &tried.action);
        let had_effect = std::iter::once(&self.action).chain(before).filter(|action| !has_no_effect(action));
        self.actions().any(Action::is_conflict)
            || had_effect.filter(|action| !action.task_ids().is_empty()).count() > 1
    }

    /// What was asked for by the try to which evidence belongs: the one that holds its permission or its task, else
    /// the present one.
    pub fn asked_of(&self, fact: &ActionFact) -> Asked {
        let holder = self.tried().find(|tried| belongs(fact, &tried.action));
        let before = holder.filter(|_| !belongs(fact, &self.action)).and_then(|tried| tried.asked.clone());
        before.unwrap_or_else(|| self.asked())
    }

    /// The entry as it was to whoever made an earlier try that satisfies a condition, the latest of them.
    pub(crate) fn of_own_try(&self, by: &ActionKey, is: impl Fn(&ActionState) -> bool) -> Option<Self> {
        let mut before = self.past.iter().chain(&self.earlier).rev();
        let own = before.find(|tried| tried.by.as_ref() == Some(by) && is(&tried.action.state()))?;
        Some(self.alone(own.clone()))
    }

    /// The present try, as those before it are kept.
    pub(crate) fn present(&self) -> Tried {
        let (action, output) = (self.action.clone(), self.output.clone());
        Tried { by: Some(self.by.clone()), asked: Some(self.asked()), action, output }
    }

    /// Makes a try the present one.
    pub(crate) fn stand_as(&mut self, tried: Tried) {
        if let Some(by) = tried.by {
            self.by = by;
        }
        if let Some(Asked { endpoint, target, names, input, begun_at, accepted_at, law }) = tried.asked {
            (self.endpoint, self.effect, self.target) = (endpoint, endpoint.effect(), target);
            (self.names, self.input) = (names, input);
            (self.begun_at, self.accepted_at, self.law) = (begun_at, accepted_at, law);
        }
        (self.action, self.output) = (tried.action, tried.output);
    }

    /// What the present try asked for.
    pub(crate) fn asked(&self) -> Asked {
        Asked {
            endpoint: self.endpoint,
            target: self.target.clone(),
            names: self.names.clone(),
            input: self.input,
            begun_at: self.begun_at,
            accepted_at: self.accepted_at,
            law: self.law,
        }
    }

    /// A try of this entry, without all others.
    fn alone(&self, tried: Tried) -> Self {
        let mut alone = Self {
            key: self.key.clone(),
            account: self.account.clone(),
            endpoint: self.endpoint,
            effect: self.effect,
            target: self.target.clone(),
            names: self.names.clone(),
            input: self.input,
            by: self.by.clone(),
            begun_at: self.begun_at,
            accepted_at: self.accepted_at,
            law: self.law,
            action: Action::default(),
            earlier: Vec::new(),
            past: Vec::new(),
            output: None,
        };
        alone.stand_as(tried);
        alone
    }

    /// All tries before the present one.
    fn tried(&self) -> impl Iterator<Item = &Tried> {
        self.earlier.iter().chain(&self.past)
    }

    /// Whether a permission of this entry may have made a task, so that it counts; nothing of a permission that
    /// it does not know.
    pub fn counts(&self, token: &Token) -> Option<bool> {
        self.actions().find_map(|action| action.attempt_of(token)).map(Attempt::may_have_been_sent)
    }
}
