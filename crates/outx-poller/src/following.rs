//! One ticket on its way, with what happens on it.

use crate::account_pause::AccountPause;
use crate::checkpoint::Checkpoint;
use crate::counts::Counts;
use crate::follow::{Follow, Step};
use crate::heard::heard;
use crate::moment::later;
use crate::outcome::{Followed, Outcome, Pause};
use crate::progress::Phase;
use crate::source::{FollowedOf, Handle, Seen, Source, TaskSource};
use futures_util::future::BoxFuture;
use futures_util::stream::Stream;
use jiff::Timestamp;
use outx_model::Ticket;
use outx_transport::Clock;
use serde_json::Value;
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tracing::Instrument;

/// One ticket that is followed: a stream of what happens, which ends after [`Event::Done`]. Made by
/// [`Poller::begin`](crate::Poller::begin) and [`Poller::resume`](crate::Poller::resume).
///
/// All its state is in itself: dropping a future of [`next`](Self::next) loses nothing, not even the answer of a poll that
/// is on its way. Dropping this itself stops asking, and a [`checkpoint`](Self::checkpoint) taken before goes on from
/// there.
pub struct Following<S: Source + ?Sized = TaskSource> {
    pub(crate) source: Arc<S>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ticket: S::Ticket,
    pub(crate) follow: Follow,
    /// How long a pause of the account is waited out.
    pub(crate) hold: Duration,
    pub(crate) pause: Option<AccountPause>,
    pub(crate) work: Work<S::Output>,
    pub(crate) counts: Counts,
    pub(crate) span: tracing::Span,
}

/// What is being waited for.
pub(crate) enum Work<O> {
    /// Nothing yet.
    Begin,
    Sleep(BoxFuture<'static, ()>),
    Ask(BoxFuture<'static, Seen<O>>),
    /// The polls were used up before it began.
    Spent,
    /// The end was told.
    Over,
}

/// What happened to a followed task.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Event<K = Ticket, O = Value> {
    /// It was seen not to have ended.
    Polled {
        /// How it stands.
        phase: Phase,
        /// How many polls there were.
        polls: u32,
        /// When the next one is.
        next: Timestamp,
    },
    /// A poll told nothing about it.
    Trouble {
        /// Why, in one line for people.
        why: String,
        /// How many polls there were.
        polls: u32,
        /// When the next one is.
        next: Timestamp,
    },
    /// Its account is paused, and that is waited out.
    Paused(AccountPause),
    /// Following it has ended.
    Done(Followed<(), K, O>),
}

/// What happened to a followed task of a source.
pub type EventOf<S> = Event<<S as Source>::Ticket, <S as Source>::Output>;

impl<S: Source + ?Sized + 'static> Following<S> {
    /// Waits for what happens next; nothing after the end was told.
    ///
    /// Cancel-safe: dropping the future before it is ready loses nothing.
    pub async fn next(&mut self) -> Option<EventOf<S>> {
        poll_fn(|context| self.poll_event(context)).await
    }

    /// Waits for the end, whatever happens until then; nothing after the end was told.
    pub async fn end(&mut self) -> Option<FollowedOf<(), S>> {
        while let Some(event) = self.next().await {
            if let Event::Done(followed) = event {
                return Some(followed);
            }
        }
        None
    }

    /// What another process needs to go on from here.
    pub fn checkpoint(&self) -> Checkpoint<S::Ticket> {
        Checkpoint::new(self.ticket.clone(), &self.follow).with_pause(self.pause)
    }

    /// The ticket.
    pub fn ticket(&self) -> &S::Ticket {
        &self.ticket
    }

    /// What asking has cost so far.
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    fn poll_event(&mut self, context: &mut Context<'_>) -> Poll<Option<EventOf<S>>> {
        loop {
            match &mut self.work {
                Work::Begin => self.work = Work::Sleep(self.clock.sleep_until(self.follow.due())),
                Work::Sleep(sleep) => {
                    ready!(sleep.as_mut().poll(context));
                    self.follow.ask(self.clock.now());
                    let (source, ticket) = (self.source.clone(), self.ticket.clone());
                    let asked = async move { source.poll(&ticket).await };
                    self.work = Work::Ask(Box::pin(asked.instrument(self.span.clone())));
                }
                Work::Ask(asked) => {
                    let seen = ready!(asked.as_mut().poll(context));
                    let now = self.clock.now();
                    let span = self.span.clone();
                    let event = span.in_scope(|| self.heard(seen, now));
                    self.work = if matches!(event, Event::Done(_)) { Work::Over } else { Work::Begin };
                    return Poll::Ready(Some(event));
                }
                Work::Spent => {
                    self.work = Work::Over;
                    let outcome = Outcome::StillPending(Pause::Polls);
                    return Poll::Ready(Some(Event::Done(self.followed(outcome, self.clock.now()))));
                }
                Work::Over => return Poll::Ready(None),
            }
        }
    }

    fn heard(&mut self, seen: Seen<S::Output>, now: Timestamp) -> EventOf<S> {
        let seen = match seen {
            Seen::Paused(Pause::Extension, why) => Err(why),
            // Whether the account is awake is as open as before.
            Seen::Unanswered(why) | Seen::Unreadable(why) if self.pause.is_some() => Err(why),
            seen => Ok(seen),
        };
        let seen = match seen {
            Err(why) => match self.held(now) {
                Some(pause) => {
                    let next = pause.probe_at().min(later(pause.since(), self.hold));
                    tracing::debug!(task = self.ticket.id(), why, %next, "the account is paused");
                    self.follow.hold(why, next);
                    self.counts.probed();
                    return Event::Paused(pause);
                }
                None => Seen::Paused(Pause::Extension, why),
            },
            Ok(seen) => {
                if let Some(pause) = self.pause.take() {
                    self.follow.excuse(pause.since(), now);
                }
                seen
            }
        };
        let step = heard(&mut self.follow, &self.ticket, seen, now, &mut self.counts);
        match (step, self.follow.trouble()) {
            (Step::Done(outcome), _) => Event::Done(self.followed(outcome, now)),
            (Step::PollAt(next), None) => {
                Event::Polled { phase: self.follow.progress().phase(), polls: self.follow.polls(), next }
            }
            (Step::PollAt(next), Some(why)) => {
                Event::Trouble { why: why.to_owned(), polls: self.follow.polls(), next }
            }
        }
    }

    /// The account's pause, if it is waited out for longer.
    fn held(&mut self, now: Timestamp) -> Option<AccountPause> {
        if self.hold.is_zero() {
            return None;
        }
        match &mut self.pause {
            Some(pause) => pause.probed(now),
            None => self.pause = Some(AccountPause::began(now)),
        }
        self.pause.filter(|pause| pause.length(now) < self.hold)
    }

    fn followed(&self, outcome: Outcome<S::Output>, at: Timestamp) -> FollowedOf<(), S> {
        Followed {
            tag: (),
            ticket: self.ticket.clone(),
            outcome,
            polls: self.follow.polls(),
            trouble: self.follow.trouble().map(str::to_owned),
            progress: *self.follow.progress(),
            at,
        }
    }
}

impl<S: Source + ?Sized> Following<S> {
    /// The span of a followed task: all that is logged about it stands there.
    pub(crate) fn span(ticket: &S::Ticket) -> tracing::Span {
        tracing::debug_span!("task", id = ticket.id(), account = ticket.account())
    }
}

impl<S: Source + ?Sized + 'static> Unpin for Following<S> {}

impl<S: Source + ?Sized + 'static> Stream for Following<S> {
    type Item = EventOf<S>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<EventOf<S>>> {
        self.poll_event(context)
    }
}

impl<S: Source + ?Sized> fmt::Debug for Following<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Following")
            .field("ticket", &self.ticket)
            .field("follow", &self.follow)
            .field("pause", &self.pause)
            .finish_non_exhaustive()
    }
}
