//! Behaviours of binding: whose a key is.

use super::bench::{Bench, Seen, at, hold};
use crate::binding::{Binding, Fingerprint};
use crate::store::Ledger;

const HERE: &str = "https://api.example";
const THERE: &str = "https://other.example";

fn binding(origin: &str, key: &str, account: &str, second: i64) -> Binding {
    let key = Fingerprint::of(origin, key);
    Binding { origin: origin.to_owned(), key, account: account.into(), since: at(second) }
}

pub(super) async fn a_key_that_is_bound_stays_where_it_is<S: Ledger + ?Sized>(b: &Bench<'_, S>) -> Seen {
    let first = binding(HERE, "k1", "sales", 0);
    for (asked, second) in [("sales", 0), ("hiring", 1), ("sales", 2)] {
        let account = b.bind(&binding(HERE, "k1", asked, second)).await?;
        hold!(account == first.account, "bound to {account} when {asked} asked");
    }
    let kept = b.bindings(HERE).await?;
    hold!(kept == [first], "bound is {kept:?}");
    Ok(())
}

pub(super) async fn an_account_has_several_keys_oldest_first<S: Ledger + ?Sized>(b: &Bench<'_, S>) -> Seen {
    let all = ["k2", "k1", "k3"].into_iter().zip(0..).map(|(key, at)| binding(HERE, key, "sales", at));
    let all: Vec<_> = all.chain([binding(HERE, "k4", "hiring", 3)]).collect();
    for binding in all.iter().rev() {
        b.bind(binding).await?;
    }
    let kept = b.bindings(HERE).await?;
    hold!(kept == all, "bound are {kept:?}");
    Ok(())
}

pub(super) async fn origins_never_mix<S: Ledger + ?Sized>(b: &Bench<'_, S>) -> Seen {
    let (here, there) = (binding(HERE, "k1", "sales", 0), binding(THERE, "k1", "hiring", 1));
    b.bind(&here).await?;
    let none = b.bindings(THERE).await?;
    hold!(none.is_empty(), "bound elsewhere are {none:?}");
    let account = b.bind(&there).await?;
    hold!(account == there.account, "bound to {account}, which is elsewhere");
    let kept = (b.bindings(HERE).await?, b.bindings(THERE).await?);
    hold!(kept == (vec![here], vec![there]), "bound are {kept:?}");
    Ok(())
}
