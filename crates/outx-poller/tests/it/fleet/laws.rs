//! Whatever happens: no ticket is lost, none is asked about after its end or more often than its policy says, no budget is
//! exceeded in any window, and the same seed gives the same log.

use crate::cutting::cut;
use crate::fleet::ms;
use crate::fleet::world::{Asked, World, origin, since_start, task};
use crate::support::start;
use futures_util::future::{Either, select};
use outx_poller::{CircuitLaw, Fleet, Order, Outcome, Pace, Pause, Policy, Seat};
use outx_transport::{Clock, VirtualClock};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::pin::pin;
use std::sync::Arc;

const ACCOUNTS: [&str; 3] = ["n1", "n2", "s1"];
/// The pause and the patience of each policy, in milliseconds.
const POLICIES: [(u64, u64); 3] = [(100, 300_000), (700, 3_000), (2_000, 60_000)];

#[derive(Debug, Clone)]
enum Deed {
    /// Of an account, in a group, with a policy, so many tasks that take so long.
    Add { account: usize, group: u32, policy: usize, count: usize, takes: u64, fails: bool },
    /// Takes what comes for so many milliseconds.
    Wait(u64),
    /// Polls `next` so often and drops it.
    Cut(usize),
    /// Of those that were added.
    Cancel(usize),
}

#[derive(Debug, Clone)]
struct Budgets {
    most: usize,
    of_account: usize,
    per_second: u32,
    together: u32,
    retries: u32,
    failures: u32,
    order: Order,
    holding: bool,
}

/// All that came of it.
struct Told {
    written: String,
    log: Vec<Asked>,
    /// How each ticket left, by its number: the moment and the outcome, or none where it was cancelled.
    left: BTreeMap<usize, (u64, Option<Outcome>)>,
    added: Vec<(u64, usize)>,
}

fn play(world: &World, budgets: &Budgets, deeds: &[Deed]) -> Told {
    let clock = VirtualClock::new(start());
    let source = world.clone().on(&clock);
    let mut fleet = Fleet::new(source.clone(), Arc::new(clock.clone()))
        .with_max_in_flight(budgets.most)
        .with_max_of_account(budgets.of_account)
        .with_rate(budgets.per_second, budgets.together)
        .with_retries(budgets.retries)
        .with_circuit(CircuitLaw { failures: budgets.failures, ..CircuitLaw::default() })
        .with_order(budgets.order);
    if budgets.holding {
        fleet = fleet.holding_accounts();
    }
    let paces = POLICIES.map(|(every, patience)| Pace::from(Policy::fixed(ms(every), ms(patience)).unwrap()));
    let (mut left, mut added, mut seats) = (BTreeMap::new(), Vec::new(), Vec::<Seat>::new());
    let mut took = |tag, at, outcome| assert!(left.insert(tag, (at, outcome)).is_none(), "{tag} left twice");
    let all = async {
        for deed in deeds {
            match *deed {
                Deed::Add { account, group, policy, count, takes, fails } => {
                    for _ in 0..count {
                        let ticket = task(ACCOUNTS[account], seats.len(), takes, fails, clock.now());
                        seats.push(fleet.add_in(group, seats.len(), ticket, paces[policy].clone()));
                        added.push((source.now(), policy));
                    }
                }
                Deed::Wait(time) => {
                    let until = clock.now() + ms(time);
                    let mut sleep = clock.sleep_until(until);
                    while let Either::Left((Some(followed), _)) = select(pin!(fleet.next()), &mut sleep).await
                    {
                        took(followed.tag, since_start(followed.at), Some(followed.outcome));
                    }
                    clock.sleep_until(until).await;
                }
                Deed::Cut(polls) => {
                    if let Some(Some(followed)) = cut(fleet.next(), polls).await {
                        took(followed.tag, since_start(followed.at), Some(followed.outcome));
                    }
                }
                Deed::Cancel(number) => {
                    if let Some(seat) = seats.get(number)
                        && let Some(left) = fleet.cancel(*seat)
                    {
                        assert_eq!(left.tag, number);
                        took(number, source.now(), None);
                    }
                }
            }
        }
        while let Some(followed) = fleet.next().await {
            took(followed.tag, since_start(followed.at), Some(followed.outcome));
        }
        // What was cancelled may still be on its way.
        clock.sleep_until(clock.now() + ms(world.round_trip)).await;
    };
    clock.simulate(pin!(all)).unwrap();
    assert!(fleet.is_empty());
    Told { written: source.written(), log: source.log(), left, added }
}

/// No more starts than the rate, in any window.
fn within(starts: &[u64], per_second: f64, together: u32) -> Result<(), TestCaseError> {
    for (i, from) in starts.iter().enumerate() {
        for (n, to) in starts[i..].iter().enumerate() {
            // A start may come at any moment of its millisecond.
            let time = f64::from(u32::try_from(to - from + 1).unwrap()) / 1_000.0;
            let share = time * per_second + f64::from(together);
            prop_assert!(
                f64::from(u32::try_from(n + 1).unwrap()) <= share + 1e-6,
                "{} in {} ms",
                n + 1,
                to - from
            );
        }
    }
    Ok(())
}

/// Never more at once than so many, of the polls that `log` holds.
fn at_once(log: &[&Asked], most: usize) -> Result<(), TestCaseError> {
    for asked in log {
        let beside = log.iter().filter(|other| {
            other.began <= asked.began && other.answered.is_none_or(|answered| answered > asked.began)
        });
        prop_assert!(beside.count() <= most.max(1));
    }
    Ok(())
}

fn deed() -> impl Strategy<Value = Deed> {
    let add = (0..3_usize, 0..3_u32, 0..3_usize, 1..12_usize, 0..9_000_u64, any::<bool>());
    let add = add.prop_map(|(account, group, policy, count, takes, fails)| Deed::Add {
        account,
        group,
        policy,
        count,
        takes,
        fails,
    });
    prop_oneof![
        4 => add,
        3 => (0..6_000_u64).prop_map(Deed::Wait),
        3 => (1..6_usize).prop_map(Deed::Cut),
        1 => (0..60_usize).prop_map(Deed::Cancel),
    ]
}

fn world() -> impl Strategy<Value = World> {
    let span = || (0..20_000_u64, 1..40_000_u64);
    let down = prop::collection::vec((prop_oneof![Just("north"), Just("south")], span()), 0..2);
    let asleep = prop::collection::vec((0..3_usize, span()), 0..2);
    (1..90_u64, down, asleep, prop_oneof![Just(0), 2..9_u64]).prop_map(|(round_trip, down, asleep, flaky)| {
        World {
            round_trip,
            down: down.into_iter().map(|(name, (from, long))| (name, from, from + long)).collect(),
            asleep: asleep.into_iter().map(|(n, (from, long))| (ACCOUNTS[n], from, from + long)).collect(),
            flaky,
        }
    })
}

fn budgets() -> impl Strategy<Value = Budgets> {
    let order = prop_oneof![Just(Order::ByGain), Just(Order::FirstDue)];
    (1..7_usize, 1..7_usize, 2..200_u32, 1..6_u32, 1..101_u32, 1..12_u32, order, any::<bool>()).prop_map(
        |(most, of_account, per_second, together, retries, failures, order, holding)| Budgets {
            most,
            of_account,
            per_second,
            together,
            retries,
            failures,
            order,
            holding,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn they_hold_whatever_happens(
        world in world(),
        budgets in budgets(),
        deeds in prop::collection::vec(deed(), 1..14),
    ) {
        let told = play(&world, &budgets, &deeds);
        prop_assert_eq!(&told.written, &play(&world, &budgets, &deeds).written, "the same seed, another log");
        // No ticket is lost, and nothing is made up.
        prop_assert_eq!(told.left.keys().copied().collect::<Vec<_>>(), (0..told.added.len()).collect::<Vec<_>>());
        let number = |asked: &Asked| asked.task.as_str().split('-').nth(1).unwrap().parse::<usize>().unwrap();
        let mut by_task: BTreeMap<usize, Vec<&Asked>> = BTreeMap::new();
        for asked in &told.log {
            by_task.entry(number(asked)).or_default().push(asked);
        }
        let none = Vec::new();
        for (number, (at, outcome)) in &told.left {
            let asked = by_task.get(number).unwrap_or(&none);
            let (added, policy) = told.added[*number];
            let (every, patience) = POLICIES[policy];
            // None is asked about after its end.
            prop_assert!(asked.iter().all(|asked| asked.began <= *at));
            // None is asked about more often than its policy says, except once when patience ends.
            for pair in asked.windows(2) {
                let answered = pair[0].answered.unwrap();
                let early = pair[1].began < answered + every;
                prop_assert!(!early || pair[1].began >= added + patience, "{:?}", pair);
            }
            let seen: BTreeSet<&str> = asked.iter().map(|asked| asked.seen).collect();
            match outcome {
                None => {}
                Some(Outcome::Completed(_)) => prop_assert!(seen.contains("completed")),
                // Patience's end is never a failure.
                Some(Outcome::Failed { .. }) => prop_assert!(seen.contains("failed")),
                Some(Outcome::StillPending(pause)) => {
                    prop_assert!(!seen.contains("completed") && !seen.contains("failed"));
                    match pause {
                        Pause::Patience => prop_assert!(*at >= added + patience, "{at}: not yet"),
                        Pause::Extension => prop_assert!(!budgets.holding && seen.contains("asleep")),
                        Pause::Network => prop_assert!(
                            *at >= added + patience || asked.iter().filter(|asked| asked.seen == "unanswered").count() >= 5
                        ),
                        other => prop_assert!(false, "{other:?}"),
                    }
                }
                Some(other) => prop_assert!(false, "{other:?}"),
            }
        }
        at_once(&told.log.iter().collect::<Vec<_>>(), budgets.most)?;
        for account in ACCOUNTS {
            let of: Vec<&Asked> = told.log.iter().filter(|asked| asked.account.as_str() == account).collect();
            at_once(&of, budgets.of_account)?;
            let starts: Vec<u64> = of.iter().map(|asked| asked.began).collect();
            within(&starts, f64::from(budgets.per_second), budgets.together)?;
            // Polls whose task's last one told nothing, at the share for these.
            let mut last: BTreeMap<usize, bool> = BTreeMap::new();
            let mut again = Vec::new();
            for asked in &of {
                if last.insert(number(asked), asked.is_error()) == Some(true) {
                    again.push(asked.began);
                }
            }
            let share = f64::from(budgets.per_second) * f64::from(budgets.retries) / 100.0;
            within(&again, share, (budgets.together * budgets.retries / 100).max(1))?;
        }
        // Where nobody is answered, few ask.
        for (name, from, to) in &world.down {
            let asked = told.log.iter().filter(|asked| {
                origin(asked.account.as_str()) == *name && (*from..*to).contains(&asked.began)
            });
            // What was on its way, the row that opens it, those that leave beside the last of the row, and the probes.
            let probes = usize::try_from((to - from) / 5_000).unwrap() + 1;
            prop_assert!(asked.count() <= 2 * budgets.most + budgets.failures as usize + probes);
        }
    }
}
