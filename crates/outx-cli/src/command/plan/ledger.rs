//! What the ledger would say to a plan: which of its sendings are there already.

use crate::account::Live;
use crate::fault::Fault;
use indexmap::IndexMap;
use jiff::Timestamp;
use outx_flow::{Forecast, Once, Step, Workflow, entry_of};
use outx_ledger::{Admission, Intent, LedgerStore, UnknownAccount, admit};
use outx_model::{ActionKey, Token};
use outx_store::Store;

/// How many sendings of each step would not be made, of those whose input is known: writes that were sent, or may have
/// been, and reads whose result is still fresh. The ledger's own rules say it.
pub(super) async fn already(
    ahead: &Forecast,
    workflow: &Workflow,
    live: &Live,
    store: &Store,
    now: Timestamp,
) -> Result<IndexMap<String, usize>, Fault> {
    let account = live.client.account();
    let mut already = IndexMap::new();
    for (name, step) in &ahead.steps {
        let uses = workflow.find(name).and_then(Step::uses).filter(|uses| uses.kind.creates_tasks());
        let (Some(uses), scope) = (uses, format!("{}/{name}", workflow.name)) else { continue };
        for known in &step.known {
            let Some((call, sent)) = uses.kind.call(&known.input) else { continue };
            // No run has this name, so that it is another action than all that were there.
            let by = ActionKey::new(format!("plan/{}", known.path));
            let once = (known.once.as_deref(), matches!(uses.once, Some(Once::Each)));
            let (entry, repeat) = entry_of(uses, once, call, &scope, &sent, &by);
            let kept = store.entry(account, &entry).await?;
            let intent = Intent { repeat, ..Intent::new(by, entry, account.clone(), call, sent) };
            let Ok((admission, _)) =
                admit(kept.as_ref(), &intent, Token::from("plan".to_owned()), now, &UnknownAccount);
            let is_there =
                matches!(admission, Admission::Known(_) | Admission::Already(_) | Admission::InDoubt(_));
            if is_there {
                *already.entry(name.clone()).or_default() += 1;
            }
        }
    }
    Ok(already)
}
