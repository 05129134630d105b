//! Random histories of several actions that want the same write: whatever the order of asking and of
//! evidence, no permission is given while an earlier one may have had effect.

use jiff::{SignedDuration, Timestamp};
use outx_ledger::{Admission, Entry, Intent, SENDING_PATIENCE, UnknownAccount, admit, entry_key, settle};
use outx_model::{
    AccountId, Action, ActionFact, ActionKey, ActionState, ApiError, Attempt, ContentHash, Doubt, Endpoint,
    Proof, Refusal, RefusalReason, TaskId, TaskOutcome, Token, Word,
};
use proptest::prelude::*;
use serde_json::json;

/// What happens next: somebody asks, or evidence comes for one of the permissions given so far.
#[derive(Debug, Clone)]
enum Move {
    Ask { who: u8, after: i64 },
    Evidence { token: usize, what: u8, after: i64 },
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let after = prop_oneof![Just(0_i64), 0..90_i64];
    let one = prop_oneof![
        (0..3_u8, after.clone()).prop_map(|(who, after)| Move::Ask { who, after }),
        (any::<usize>(), 0..9_u8, after).prop_map(|(token, what, after)| Move::Evidence {
            token,
            what,
            after
        }),
    ];
    prop::collection::vec(one, 1..40)
}

fn intent(endpoint: Endpoint, who: u8) -> Intent {
    let by = ActionKey::new(format!("run-{who}/step"));
    let spec = endpoint.spec();
    let input = json!({ "profile_urn": "ACoA1", "profile_slug": "ada" });
    let entry = entry_key(spec, &input, &by, None);
    Intent::new(by, entry, AccountId::new("sales"), endpoint, input)
}

fn fact(token: &Token, what: u8, now: Timestamp) -> ActionFact {
    let token = token.clone();
    let error = ApiError { status: 400, text: "no".into() };
    let ended = |outcome| ActionFact::Ended { task_id: format!("k-{token}").as_str().into(), outcome };
    match what {
        0 => ActionFact::Accepted { task_id: format!("k-{token}").as_str().into(), token },
        1 => {
            let not_before = Some(now + SignedDuration::from_secs(30));
            let refusal = Refusal { reason: RefusalReason::RateLimited, error, not_before };
            ActionFact::Refused { token, refusal }
        }
        2 => ActionFact::NotSent { token, proof: Proof::NoConnection },
        3 => ActionFact::Rejected { token, error },
        4 => ActionFact::Lost { token, doubt: Doubt { what: "a reset".into(), arrived: false } },
        5 => ActionFact::Said { token, word: Word::NotSent },
        6 => ended(TaskOutcome::Failed { reason: "not connected".into() }),
        7 => ended(TaskOutcome::Completed { output: ContentHash::of_bytes(b"{}") }),
        _ => ActionFact::Said { token, word: Word::GiveUp },
    }
}

/// An action after which the same write may be sent: nothing of it can have had effect.
fn is_free(action: &Action) -> bool {
    let is_open = |attempt: &Attempt| attempt.may_have_been_sent() && attempt.accepted.is_empty();
    !action.attempts().any(|(_, attempt)| is_open(attempt))
        && matches!(
            action.state(),
            ActionState::Planned { .. } | ActionState::Failed { .. } | ActionState::Rejected { .. }
        )
}

fn actions(entry: &Entry) -> impl Iterator<Item = &Action> {
    entry.earlier.iter().map(|tried| &tried.action).chain([&entry.action])
}

/// Whether a permission of this action's own made a task that has failed, or was rejected.
fn has_ended(entry: &Entry, owned: &[(Token, ActionKey)], by: &ActionKey) -> bool {
    let own = owned.iter().filter(|(_, to)| to == by);
    own.flat_map(|(token, _)| actions(entry).filter_map(|action| action.attempt_of(token))).any(|attempt| {
        let has_failed = |task: &TaskId| {
            actions(entry).any(|action| {
                action.task_ids().contains(task) && matches!(action.state(), ActionState::Failed { .. })
            })
        };
        attempt.accepted.iter().any(has_failed)
    })
}

proptest! {
    #[test]
    fn a_write_is_permitted_only_when_nothing_before_it_can_have_had_effect(moves in moves()) {
        let mut entry: Option<Entry> = None;
        let mut tokens: Vec<Token> = Vec::new();
        let mut owned: Vec<(Token, ActionKey)> = Vec::new();
        let mut now = Timestamp::UNIX_EPOCH;
        for (step, next) in moves.into_iter().enumerate() {
            match next {
                Move::Ask { who, after } => {
                    now += SignedDuration::from_secs(after);
                    let intent = intent(Endpoint::SendConnectionRequest, who);
                    let token = Token::new(format!("t{step}"));
                    let Ok((admission, changed)) =
                        admit(entry.as_ref(), &intent, token.clone(), now, &UnknownAccount);
                    if let Admission::Go { token: given, .. } = &admission {
                        prop_assert_eq!(given, &token);
                        if let Some(before) = &entry {
                            prop_assert!(actions(before).all(is_free), "{before:?}");
                            prop_assert!(!has_ended(before, &owned, &intent.by), "{} again: {before:?}", intent.by);
                        }
                        let changed = changed.as_ref();
                        prop_assert!(changed.is_some_and(|entry| entry.action.holds(&token)));
                        owned.push((token.clone(), intent.by.clone()));
                        tokens.push(token);
                    } else {
                        let told = format!("{admission:?}");
                        let held = changed.as_ref().is_some_and(|e| actions(e).any(|a| a.holds(&token)));
                        prop_assert!(!held, "a permission was noted and not given: {told}");
                    }
                    if let Admission::Wait { until, .. } = &admission {
                        prop_assert!(*until > now);
                        prop_assert!(*until <= now + SENDING_PATIENCE);
                    }
                    entry = changed.or(entry);
                }
                Move::Evidence { token, what, after } => {
                    now += SignedDuration::from_secs(after);
                    let (Some(known), false) = (&mut entry, tokens.is_empty()) else { continue };
                    let before: Vec<_> = actions(known).flat_map(Action::task_ids).collect();
                    settle(known, &fact(&tokens[token % tokens.len()], what, now), now);
                    // No permission and no task id is ever forgotten.
                    for token in &tokens {
                        prop_assert_eq!(actions(known).filter(|action| action.holds(token)).count(), 1);
                    }
                    for task in &before {
                        prop_assert!(known.knows_task(task));
                    }
                }
            }
        }
    }

    #[test]
    fn a_read_is_permitted_unless_a_task_or_an_end_is_known(moves in moves()) {
        let intent = intent(Endpoint::FetchProfile, 0);
        let mut entry: Option<Entry> = None;
        let mut tokens: Vec<Token> = Vec::new();
        for (step, next) in moves.into_iter().enumerate() {
            // Late enough for every refusal.
            let now = Timestamp::UNIX_EPOCH + SignedDuration::from_hours(i64::try_from(step).unwrap());
            match next {
                Move::Ask { .. } => {
                    let open = entry.as_ref().is_none_or(|entry| entry.action.may_begin(entry.effect));
                    let Ok((admission, changed)) =
                        admit(entry.as_ref(), &intent, Token::new(format!("t{step}")), now, &UnknownAccount);
                    prop_assert_eq!(matches!(admission, Admission::Go { .. }), open, "{:?}", admission);
                    if let Admission::Go { token, .. } = admission {
                        tokens.push(token);
                    }
                    entry = changed.or(entry);
                }
                Move::Evidence { token, what, .. } => {
                    let (Some(known), false) = (&mut entry, tokens.is_empty()) else { continue };
                    settle(known, &fact(&tokens[token % tokens.len()], what, now), now);
                }
            }
        }
    }
}
