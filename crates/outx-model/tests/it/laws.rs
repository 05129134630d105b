//! Laws that hold of any facts whatever, also of those that no history could make.

use crate::arbitrary::{fact, facts};
use outx_model::{Action, ActionFact, ActionState, Effect, TaskId, TaskOutcome, Token, Word};
use proptest::prelude::*;
use std::collections::BTreeSet;

fn token_of(fact: &ActionFact) -> Option<&Token> {
    match fact {
        ActionFact::Begun { token }
        | ActionFact::Accepted { token, .. }
        | ActionFact::Refused { token, .. }
        | ActionFact::NotSent { token, .. }
        | ActionFact::Rejected { token, .. }
        | ActionFact::Lost { token, .. }
        | ActionFact::Answered { token, .. }
        | ActionFact::Said { token, .. } => Some(token),
        ActionFact::Ended { .. } => None,
    }
}

/// The task that a fact names.
fn task_of(fact: &ActionFact) -> Option<&TaskId> {
    match fact {
        ActionFact::Accepted { task_id, .. }
        | ActionFact::Ended { task_id, .. }
        | ActionFact::Said { word: Word::Sent { task_id: Some(task_id) }, .. } => Some(task_id),
        _ => None,
    }
}

fn frees(fact: &ActionFact) -> bool {
    matches!(
        fact,
        ActionFact::Refused { .. }
            | ActionFact::NotSent { .. }
            | ActionFact::Said { word: Word::NotSent, .. }
    )
}

/// Whether a state says only what its action knows.
fn is_legal(action: &Action) -> bool {
    let knows = |task: &TaskId| action.task_ids().contains(task);
    match action.state() {
        ActionState::Planned { .. } | ActionState::Rejected { .. } => action.task_ids().is_empty(),
        ActionState::SaidSent | ActionState::GivenUp => action.task_ids().is_empty() && action.begun() > 0,
        ActionState::Sending { token } | ActionState::InDoubt { token, .. } => {
            action.task_ids().is_empty() && action.holds(&token)
        }
        ActionState::Pending { task_id }
        | ActionState::Completed { task_id: Some(task_id), .. }
        | ActionState::Failed { task_id: Some(task_id), .. }
        | ActionState::OutcomeUnknown { task_id: Some(task_id), .. } => knows(&task_id),
        // Without a task: some attempt was answered at once.
        ActionState::Completed { .. } | ActionState::Failed { .. } | ActionState::OutcomeUnknown { .. } => {
            action.task_ids().is_empty() && action.attempts().any(|(_, attempt)| attempt.answered.is_some())
        }
    }
}

proptest! {
    #[test]
    fn order_and_repetition_do_not_matter(
        (facts, shuffled) in facts().prop_flat_map(|facts| {
            let twice: Vec<_> = facts.iter().chain(&facts).cloned().collect();
            (Just(facts), Just(twice).prop_shuffle())
        }),
    ) {
        let once = Action::fold(&facts);
        prop_assert!(ActionState::WORDS.contains(&once.state().word()));
        prop_assert_eq!(Action::fold(&shuffled), once.clone());
        // Folded in two halves, of which the second continues from the first.
        let mut halves = Action::fold(&shuffled[..shuffled.len() / 2]);
        shuffled[shuffled.len() / 2..].iter().for_each(|fact| halves.apply(fact));
        prop_assert_eq!(halves, once);
    }

    #[test]
    fn every_part_of_the_facts_makes_a_legal_state(
        (facts, part) in facts().prop_flat_map(|facts| {
            let most = facts.len();
            (Just(facts.clone()), prop::sample::subsequence(facts, 0..=most))
        }),
    ) {
        for action in [Action::fold(&facts), Action::fold(&part)] {
            prop_assert!(is_legal(&action), "{:?}", action.state());
            // What a write may do, a read may do; after an end nobody may.
            let (read, write) = (action.may_begin(Effect::Read), action.may_begin(Effect::Write));
            prop_assert!(read || !write);
            prop_assert!(!(action.state().is_end() && read));
            prop_assert!(action.maybe_sent() <= action.begun());
        }
    }

    #[test]
    fn a_known_id_is_never_forgotten(facts in facts()) {
        let mut action = Action::default();
        let mut known = BTreeSet::new();
        for fact in &facts {
            action.apply(fact);
            known.extend(task_of(fact).cloned());
            prop_assert_eq!(&action.task_ids(), &known);
            prop_assert_eq!(action.is_conflict(), known.len() > 1);
            if !known.is_empty() {
                prop_assert!(!action.may_begin(Effect::Read), "{:?}", action.state());
            }
        }
    }

    #[test]
    fn a_permission_is_never_forgotten(facts in facts()) {
        let mut action = Action::default();
        let mut tokens = BTreeSet::new();
        for fact in &facts {
            action.apply(fact);
            tokens.extend(token_of(fact).cloned());
            prop_assert_eq!(action.attempts().map(|(token, _)| token.clone()).collect::<BTreeSet<_>>(), tokens.clone());
        }
    }

    #[test]
    fn a_write_may_begin_only_when_every_attempt_was_refused_proved_or_said_not_sent(facts in facts()) {
        let action = Action::fold(&facts);
        let tokens: BTreeSet<_> = facts.iter().filter_map(token_of).collect();
        let is_free = |token: &Token| facts.iter().any(|fact| token_of(fact) == Some(token) && frees(fact));
        let all_free = tokens.iter().all(|token| is_free(token));
        if action.may_begin(Effect::Write) {
            prop_assert!(all_free, "{:?}", action.state());
            prop_assert!(!facts.iter().any(|fact| task_of(fact).is_some()));
            let rejected = facts.iter().any(|fact| matches!(fact, ActionFact::Rejected { .. }));
            prop_assert!(!rejected);
            let answered = facts.iter().any(|fact| matches!(fact, ActionFact::Answered { .. }));
            prop_assert!(!answered);
        }
    }

    #[test]
    fn a_permission_leaves_no_end_where_a_task_or_a_word_made_it(facts in facts(), token: u8) {
        let mut action = Action::fold(&facts);
        let before = action.state();
        action.apply(&ActionFact::Begun { token: Token::new(format!("new-{token}")) });
        // After a rejection alone the new attempt must show, for it may be on its way. It was not permitted.
        let rejected = matches!(before, ActionState::Rejected { .. });
        if before.is_end() && !rejected {
            prop_assert_eq!(action.state(), before);
        }
    }

    #[test]
    fn every_fact_and_every_action_is_read_as_it_was_written(fact in fact(), facts in facts()) {
        let text = serde_json::to_string(&fact).unwrap();
        prop_assert_eq!(serde_json::from_str::<ActionFact>(&text).unwrap(), fact);
        let action = Action::fold(&facts);
        let text = serde_json::to_string(&action).unwrap();
        prop_assert_eq!(serde_json::from_str::<Action>(&text).unwrap(), action);
    }
}

/// What was written once must be readable for ever: these texts may be added to, never changed.
#[test]
fn facts_are_written_in_these_words() {
    for text in [
        r#"{"fact":"begun","token":"t"}"#,
        r#"{"fact":"accepted","token":"t","task_id":"k"}"#,
        r#"{"fact":"refused","token":"t","refusal":{"reason":"rate_limited","error":{"status":429,"text":"x"},"not_before":"2026-03-02T09:00:00Z"}}"#,
        r#"{"fact":"refused","token":"t","refusal":{"reason":"extension_asleep","error":{"status":403,"text":"x"},"not_before":null}}"#,
        r#"{"fact":"not_sent","token":"t","proof":"body_sealed"}"#,
        r#"{"fact":"rejected","token":"t","error":{"status":400,"text":"x"}}"#,
        r#"{"fact":"lost","token":"t","doubt":{"what":"x","arrived":true}}"#,
        r#"{"fact":"answered","token":"t","outcome":{"outcome":"failed","reason":"x"}}"#,
        r#"{"fact":"ended","task_id":"k","outcome":{"outcome":"completed","output":"00112233445566778899aabbccddeeff"}}"#,
        r#"{"fact":"ended","task_id":"k","outcome":{"outcome":"failed","reason":"x"}}"#,
        r#"{"fact":"ended","task_id":"k","outcome":{"outcome":"unobtainable","why":"x"}}"#,
        r#"{"fact":"said","token":"t","word":{"word":"not_sent"}}"#,
        r#"{"fact":"said","token":"t","word":{"word":"give_up"}}"#,
        r#"{"fact":"said","token":"t","word":{"word":"sent","task_id":"k"}}"#,
    ] {
        let fact: ActionFact = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&fact).unwrap(), text);
    }
}

#[test]
fn two_ids_of_two_words_are_both_kept() {
    let said =
        |id: &str| ActionFact::Said { token: "t".into(), word: Word::Sent { task_id: Some(id.into()) } };
    let action = Action::fold(&[said("k1"), said("k2")]);
    assert!(action.is_conflict());
    assert_eq!(action.state().word(), "pending");
}

#[test]
fn a_rejection_and_a_refusal_give_the_place_back_and_a_task_keeps_it() {
    let rejected =
        serde_json::from_str(r#"{"fact":"rejected","token":"t1","error":{"status":400,"text":"x"}}"#)
            .unwrap();
    let mut action = Action::fold(&[ActionFact::Begun { token: "t1".into() }]);
    assert_eq!(action.maybe_sent(), 1);
    action.apply(&rejected);
    assert_eq!(action.maybe_sent(), 0);
    action.apply(&ActionFact::Accepted { token: "t1".into(), task_id: "k".into() });
    assert_eq!(action.maybe_sent(), 1);
    let failed = TaskOutcome::Failed { reason: "x".into() };
    action.apply(&ActionFact::Ended { task_id: "k".into(), outcome: failed });
    assert_eq!((action.maybe_sent(), action.state().word()), (1, "failed"));
}

/// Which piece of evidence outweighs which.
#[test]
fn the_table_of_states() {
    let begun = |t: &str| format!(r#"{{"fact":"begun","token":"{t}"}}"#);
    let refused = |t: &str, at: &str| {
        let error = r#"{"status":429,"text":"x"}"#;
        format!(
            r#"{{"fact":"refused","token":"{t}","refusal":{{"reason":"rate_limited","error":{error},"not_before":{at}}}}}"#
        )
    };
    let rejected =
        |t: &str| format!(r#"{{"fact":"rejected","token":"{t}","error":{{"status":400,"text":"x"}}}}"#);
    let lost = |t: &str| format!(r#"{{"fact":"lost","token":"{t}","doubt":{{"what":"x","arrived":false}}}}"#);
    let accepted = |t: &str, k: &str| format!(r#"{{"fact":"accepted","token":"{t}","task_id":"{k}"}}"#);
    let not_sent = |t: &str| format!(r#"{{"fact":"not_sent","token":"{t}","proof":"body_sealed"}}"#);
    let said = |t: &str, word: &str| format!(r#"{{"fact":"said","token":"{t}","word":{{"word":"{word}"}}}}"#);
    let failed = |k: &str| {
        format!(r#"{{"fact":"ended","task_id":"{k}","outcome":{{"outcome":"failed","reason":"x"}}}}"#)
    };
    let answered = |t: &str, outcome: &str| {
        format!(
            r#"{{"fact":"answered","token":"{t}","outcome":{{"outcome":"{outcome}","why":"x","reason":"x"}}}}"#
        )
    };
    for (facts, state) in [
        (vec![], "planned"),
        (vec![begun("a")], "sending"),
        (vec![begun("a"), refused("a", "null")], "planned"),
        (vec![begun("a"), not_sent("a")], "planned"),
        (vec![begun("a"), lost("a")], "in_doubt"),
        (vec![begun("a"), lost("a"), not_sent("a")], "planned"),
        (vec![begun("a"), lost("a"), said("a", "not_sent")], "planned"),
        (vec![begun("a"), lost("a"), said("a", "give_up")], "given_up"),
        (vec![begun("a"), lost("a"), said("a", "sent")], "said_sent"),
        // Of two words the more cautious holds.
        (vec![begun("a"), said("a", "not_sent"), said("a", "sent")], "said_sent"),
        (vec![begun("a"), said("a", "not_sent"), said("a", "give_up")], "given_up"),
        (vec![begun("a"), rejected("a")], "rejected"),
        (vec![begun("a"), lost("a"), rejected("a")], "rejected"),
        // Of two attempts, as a read may have, the one that is open outweighs the one that is over.
        (vec![begun("a"), begun("b"), rejected("a")], "sending"),
        (vec![begun("a"), lost("a"), begun("b"), rejected("b")], "in_doubt"),
        (vec![begun("a"), lost("a"), begun("b")], "in_doubt"),
        (vec![begun("a"), not_sent("a"), begun("b"), rejected("b")], "rejected"),
        // What was answered at once outweighs all but a task.
        (vec![begun("a"), answered("a", "failed")], "failed"),
        (vec![begun("a"), lost("a"), answered("a", "unobtainable")], "outcome_unknown"),
        (vec![begun("a"), answered("a", "failed"), answered("a", "unobtainable")], "failed"),
        (vec![begun("a"), answered("a", "failed"), said("a", "give_up"), not_sent("a")], "failed"),
        (vec![begun("a"), answered("a", "failed"), accepted("a", "k")], "pending"),
        // A task outweighs all that is said of its attempt.
        (vec![begun("a"), accepted("a", "k")], "pending"),
        (vec![begun("a"), accepted("a", "k"), not_sent("a"), rejected("a")], "pending"),
        (vec![begun("a"), accepted("a", "k"), said("a", "give_up")], "pending"),
        (vec![begun("a"), accepted("a", "k"), failed("k")], "failed"),
        (vec![begun("a"), accepted("a", "k"), accepted("a", "l"), failed("k")], "pending"),
    ] {
        let facts: Vec<ActionFact> = facts.iter().map(|text| serde_json::from_str(text).unwrap()).collect();
        assert_eq!(Action::fold(&facts).state().word(), state, "{facts:?}");
    }
    // The latest moment of several refusals holds.
    let texts = [refused("a", r#""2026-03-02T09:00:00Z""#), refused("b", r#""2026-03-02T08:00:00Z""#)];
    let facts = texts.map(|text| serde_json::from_str::<ActionFact>(&text).unwrap());
    let not_before = Some("2026-03-02T09:00:00Z".parse().unwrap());
    assert_eq!(Action::fold(&facts).state(), ActionState::Planned { not_before });
}
