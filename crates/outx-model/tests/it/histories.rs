//! A small world in which every attempt truly makes a task or does not, and evidence is true but may be
//! late, missing, repeated and out of order. In it no write ever makes two tasks.

use crate::arbitrary::{doubt, error, outcome, proof, refusal};
use outx_model::{
    Action, ActionFact, ActionState, ApiError, Doubt, Effect, Proof, Refusal, TaskId, TaskOutcome, Token,
    Word,
};
use proptest::prelude::*;

/// One move of the world.
#[derive(Debug, Clone)]
enum Move {
    /// Somebody would send it; if that is permitted, the attempt makes a task or not.
    Ask { makes_task: bool },
    /// True evidence about one of the attempts becomes known.
    Learn { attempt: prop::sample::Index, what: What },
}

/// Evidence of each kind; those that would be untrue of the attempt are passed over.
#[derive(Debug, Clone)]
enum What {
    Id,
    SaidSent(bool),
    End(TaskOutcome),
    Refusal(Refusal),
    Proof(Proof),
    Rejection(ApiError),
    SaidNotSent,
    Doubt(Doubt),
    SaidGiveUp,
}

fn what() -> impl Strategy<Value = What> {
    prop_oneof![
        3 => Just(What::Id),
        1 => any::<bool>().prop_map(What::SaidSent),
        2 => outcome().prop_map(What::End),
        2 => refusal().prop_map(What::Refusal),
        2 => proof().prop_map(What::Proof),
        1 => error().prop_map(What::Rejection),
        2 => Just(What::SaidNotSent),
        3 => doubt().prop_map(What::Doubt),
        1 => Just(What::SaidGiveUp),
    ]
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let one = prop_oneof![
        any::<bool>().prop_map(|makes_task| Move::Ask { makes_task }),
        (any::<prop::sample::Index>(), what()).prop_map(|(attempt, what)| Move::Learn { attempt, what }),
    ];
    prop::collection::vec(one, 0..40)
}

struct Attempt {
    token: Token,
    task: Option<TaskId>,
}

#[derive(Default)]
struct World {
    action: Action,
    attempts: Vec<Attempt>,
}

impl World {
    fn ask(&mut self, effect: Effect, makes_task: bool) -> bool {
        let permitted = self.action.may_begin(effect);
        if permitted {
            let n = self.attempts.len();
            let token = Token::new(format!("t{n}"));
            self.action.apply(&ActionFact::Begun { token: token.clone() });
            self.attempts.push(Attempt { token, task: makes_task.then(|| TaskId::new(format!("k{n}"))) });
        }
        permitted
    }

    fn learn(&mut self, attempt: prop::sample::Index, what: What) {
        if self.attempts.is_empty() {
            return;
        }
        let Attempt { token, task } = &self.attempts[attempt.index(self.attempts.len())];
        let token = token.clone();
        let fact = match (what, task.clone()) {
            (What::Id, Some(task_id)) => ActionFact::Accepted { token, task_id },
            (What::SaidSent(named), Some(task_id)) => {
                ActionFact::Said { token, word: Word::Sent { task_id: named.then_some(task_id) } }
            }
            (What::End(outcome), Some(task_id)) if self.action.task_ids().contains(&task_id) => {
                ActionFact::Ended { task_id, outcome }
            }
            (What::Refusal(refusal), None) => ActionFact::Refused { token, refusal },
            (What::Proof(proof), None) => ActionFact::NotSent { token, proof },
            (What::Rejection(error), None) => ActionFact::Rejected { token, error },
            (What::SaidNotSent, None) => ActionFact::Said { token, word: Word::NotSent },
            (What::Doubt(doubt), _) => ActionFact::Lost { token, doubt },
            (What::SaidGiveUp, _) => ActionFact::Said { token, word: Word::GiveUp },
            _ => return,
        };
        self.action.apply(&fact);
    }

    fn tasks(&self) -> usize {
        self.attempts.iter().filter(|attempt| attempt.task.is_some()).count()
    }
}

proptest! {
    #[test]
    fn a_write_makes_at_most_one_task(moves in moves()) {
        let mut world = World::default();
        for next in moves {
            match next {
                Move::Ask { makes_task } => drop(world.ask(Effect::Write, makes_task)),
                Move::Learn { attempt, what } => world.learn(attempt, what),
            }
            prop_assert!(world.tasks() <= 1);
            prop_assert!(!world.action.is_conflict());
            prop_assert!(world.action.maybe_sent() >= world.tasks());
        }
    }

    #[test]
    fn ends_absorb(moves in moves(), write: bool) {
        let effect = if write { Effect::Write } else { Effect::Read };
        let mut world = World::default();
        for next in moves {
            let before = world.action.state();
            match next {
                Move::Ask { makes_task } => {
                    let permitted = world.ask(effect, makes_task);
                    prop_assert!(!(permitted && before.is_end()), "permitted after {before:?}");
                    if before.is_end() {
                        prop_assert_eq!(world.action.state(), before);
                    }
                }
                Move::Learn { attempt, what } => {
                    world.learn(attempt, what);
                    // True evidence never takes back what a task came to.
                    if write && matches!(before, ActionState::Completed { .. }) {
                        let after = world.action.state();
                        prop_assert!(matches!(after, ActionState::Completed { .. }), "{before:?}, then {after:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_read_that_may_have_been_asked_is_counted(moves in moves()) {
        let mut world = World::default();
        for next in moves {
            match next {
                Move::Ask { makes_task } => drop(world.ask(Effect::Read, makes_task)),
                Move::Learn { attempt, what } => world.learn(attempt, what),
            }
            // Those that made a task are always among those that count.
            prop_assert!(world.action.maybe_sent() >= world.tasks());
            prop_assert_eq!(world.action.begun(), world.attempts.len());
        }
    }
}
