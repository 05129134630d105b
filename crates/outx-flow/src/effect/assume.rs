//! Writes whose author would rather lose one than be asked: in doubt, they count as sent.

use super::runner::EffectRunner;
use super::words::{StepEnd, Submitted};
use outx_ledger::{Intent, LedgerError};
use outx_model::{ActionFact, ActionState, Word};
use serde_json::Value;

impl EffectRunner {
    /// As [`submit`](Self::submit), but what is in doubt then counts as sent, and the ledger is told so, as a person
    /// would tell it. A doubt that another action left is that one's, and stays.
    ///
    /// # Errors
    ///
    /// As [`submit`](Self::submit).
    pub async fn submit_assuming(
        &self,
        intent: &Intent,
        recorded: impl Future<Output = bool> + Send,
    ) -> Result<Option<Submitted>, LedgerError> {
        Ok(match self.submit(intent, recorded).await? {
            Some(Submitted::InDoubt { what }) => Some(self.assume(intent, what).await?),
            // It was assumed before a crash: nothing else of its own ends well without a task.
            Some(Submitted::Already(end)) if !end.already && end.error.is_none() && end.task_id.is_none() => {
                Some(Submitted::Already(Box::new(StepEnd { assumed: true, ..*end })))
            }
            other => other,
        })
    }

    async fn assume(&self, intent: &Intent, what: String) -> Result<Submitted, LedgerError> {
        let entry = self.ledger().entry(&intent.account, &intent.entry).await?;
        let state = entry.filter(|entry| entry.by == intent.by).map(|entry| entry.action.state());
        let Some(ActionState::InDoubt { token, .. }) = state else {
            return Ok(Submitted::InDoubt { what });
        };
        let fact = ActionFact::Said { token, word: Word::Sent { task_id: None } };
        let now = self.client().clock().now();
        self.ledger().record(&intent.account, &intent.entry, &fact, None, now).await?;
        let end = StepEnd { output: Some(Value::Null), assumed: true, ..StepEnd::default() };
        Ok(Submitted::Already(Box::new(end)))
    }
}
