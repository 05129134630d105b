//! An engine at work, turn by turn, until it leaves its run or is dropped.

use super::behaviour::Found;
use super::stand::told;
use crate::engine::{Engine, EngineError};
use crate::report::RunReport;
use crate::run::RunId;
use crate::seams::Life;
use crate::stop::Stop;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;

/// An engine, for as long as it is there.
pub(super) struct Process {
    pub(super) engine: Arc<dyn Engine>,
    pub(super) life: Arc<Life>,
    pub(super) stop: Stop,
}

/// An engine at work on a run.
pub(super) struct Work<'p> {
    work: BoxFuture<'p, Result<RunReport, EngineError>>,
    life: Arc<Life>,
}

/// How an engine left a run.
pub(super) enum Left {
    Stands(Box<RunReport>),
    Failed(EngineError),
    Dropped,
}

impl Process {
    pub(super) fn works_on(&self, run: &RunId) -> Work<'_> {
        let (run, life) = (run.clone(), self.life.clone());
        Work { work: async move { self.engine.drive(&run, &self.stop).await }.boxed(), life }
    }
}

impl Work<'_> {
    /// Works until it is left, or, asked after each turn, it is enough.
    pub(super) async fn until(&mut self, mut enough: impl FnMut() -> bool) -> Option<Left> {
        poll_fn(|context| {
            self.life.watch(context);
            let done = self.work.poll_unpin(context);
            // Nobody hears what it says after its end.
            if self.life.is_over() {
                return Poll::Ready(Some(Left::Dropped));
            }
            match done {
                Poll::Ready(Ok(report)) => Poll::Ready(Some(Left::Stands(Box::new(report)))),
                Poll::Ready(Err(error)) => Poll::Ready(Some(Left::Failed(error))),
                Poll::Pending if enough() => Poll::Ready(None),
                Poll::Pending => Poll::Pending,
            }
        })
        .await
    }

    /// Works for so many turns.
    pub(super) async fn turns(&mut self, most: usize) -> Option<Left> {
        let mut turns = 0;
        let enough = || {
            turns += 1;
            turns >= most
        };
        self.until(enough).await
    }

    pub(super) async fn left(mut self) -> Left {
        match self.until(|| false).await {
            Some(left) => left,
            None => Left::Dropped,
        }
    }

    pub(super) async fn stands(self) -> Found<RunReport> {
        match self.left().await {
            Left::Stands(report) => Ok(*report),
            Left::Failed(error) => Err(format!("it could not work on the run: {}", told(error))),
            Left::Dropped => Err("it was dropped".to_owned()),
        }
    }
}
