//! What `contacted` asks for, and what it is told: the one thing that expressions know of the account's ledger.
//!
//! An evaluation looks nothing up. Whatever it asks for and is not told yet is collected, its result is dropped, and it is
//! done again with the answers. So the same answers always give the same result, and a list of a thousand people is one
//! question.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use outx_model::PersonName;
use serde_json::{Value, json};

/// So often an evaluation may come back with further questions. They come from answers: who is asked about depends on
/// whether somebody else was contacted.
const ROUNDS: usize = 16;

/// When some people were written to last; nothing for whom that never was.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LastContacts {
    known: BTreeMap<PersonName, Option<Timestamp>>,
    rounds: usize,
}

impl LastContacts {
    /// Takes the answers to the questions of one evaluation, in their order.
    pub fn learn(&mut self, people: Vec<PersonName>, told: Vec<Option<Timestamp>>) {
        self.known.extend(people.into_iter().zip(told));
        self.rounds += 1;
    }

    /// Whether nothing was asked.
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// As it is recorded.
    pub(crate) fn to_json(&self) -> Value {
        let line = |(person, at): (&PersonName, &Option<Timestamp>)| match person {
            PersonName::Slug(slug) => json!({ "profile_slug": slug, "contacted_at": at }),
            PersonName::Id(id) => json!({ "profile_urn": id, "contacted_at": at }),
        };
        self.known.iter().map(line).collect()
    }

    /// As it was recorded.
    pub(crate) fn from_json(recorded: &Value) -> Self {
        let line = |line: &Value| {
            let text = |key: &str| line[key].as_str().map(str::to_owned);
            let person =
                text("profile_slug").map(PersonName::Slug).or(text("profile_urn").map(PersonName::Id))?;
            Some((person, line["contacted_at"].as_str().and_then(|at| at.parse().ok())))
        };
        let known = recorded.as_array().into_iter().flatten().filter_map(line).collect();
        Self { known, rounds: 0 }
    }
}

/// Whom an account has contacted, as one evaluation may ask.
#[derive(Debug, Clone)]
pub struct Contacts(Arc<Told>);

#[derive(Debug)]
struct Told {
    known: LastContacts,
    /// The moment from which durations are counted back.
    now: Timestamp,
    /// What is taken for the answer where it is not known, so that the evaluation goes on and asks for more.
    guess: Option<bool>,
    asked: Arc<Mutex<BTreeSet<PersonName>>>,
    uses: AtomicUsize,
}

/// Computes something with what is known of contacts at a moment.
///
/// # Errors
///
/// The people about whom more must be known. What was computed without that is dropped.
pub fn with_contacts<T>(
    known: &LastContacts,
    now: Timestamp,
    compute: impl Fn(&Contacts) -> T,
) -> Result<T, Vec<PersonName>> {
    let asked = Arc::default();
    let contacts = |guess| {
        let (known, asked) = (known.clone(), Arc::clone(&asked));
        Contacts(Arc::new(Told { known, now, guess, asked, uses: AtomicUsize::new(0) }))
    };
    let may_ask = known.rounds < ROUNDS;
    let computed = compute(&contacts(may_ask.then_some(false)));
    let is_known = || asked.lock().unwrap_or_else(PoisonError::into_inner).is_empty();
    if !may_ask || is_known() {
        return Ok(computed);
    }
    // `any of` goes on while nobody was contacted, `all of` while everybody was: so each asks for all at once.
    drop(compute(&contacts(Some(true))));
    let asked = std::mem::take(&mut *asked.lock().unwrap_or_else(PoisonError::into_inner));
    Err(asked.into_iter().collect())
}

impl Contacts {
    /// Whether a person was written to within a time before the evaluation's moment.
    pub(super) fn within(&self, person: PersonName, length: SignedDuration) -> Result<bool, String> {
        let told = &self.0;
        told.uses.fetch_add(1, Ordering::Relaxed);
        let since = told.now.checked_sub(length).unwrap_or(Timestamp::MIN);
        match (told.known.known.get(&person), told.guess) {
            (Some(last), _) => Ok(last.is_some_and(|last| last >= since)),
            (None, Some(guess)) => {
                told.asked.lock().unwrap_or_else(PoisonError::into_inner).insert(person);
                Ok(guess)
            }
            (None, None) => Err(format!(
                "contacted asks about people who follow from its own answers, more than {ROUNDS} times over"
            )),
        }
    }

    /// How often it was asked.
    pub(crate) fn uses(&self) -> usize {
        self.0.uses.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Expr, Scope, Value as ExprValue};
    use super::*;

    fn people(names: &[&str]) -> ExprValue {
        ExprValue::from_json(json!(names))
    }

    /// What an expression gives, and how often it asked whom.
    fn evaluate(text: &str, contacted: &[&str]) -> (Result<Value, String>, Vec<usize>) {
        let now: Timestamp = "2026-03-02T09:00:00Z".parse().unwrap();
        let day = SignedDuration::from_hours(24);
        let expr = Expr::parse(text).unwrap();
        let scope = Scope::new().with("people", people(&["a", "b", "c", "d"]));
        let (mut known, mut rounds) = (LastContacts::default(), Vec::new());
        loop {
            let computed = with_contacts(&known, now, |contacts| {
                expr.evaluate(&scope.clone().knowing(contacts.clone())).map(|it| it.to_json())
            });
            match computed {
                Ok(computed) => return (computed.map_err(|error| error.message().to_owned()), rounds),
                Err(people) => {
                    rounds.push(people.len());
                    let last = |name: &PersonName| contacted.contains(&name.text()).then(|| now - day);
                    let told = people.iter().map(last).collect();
                    known.learn(people, told);
                }
            }
        }
    }

    #[test]
    fn a_list_is_one_question_however_it_is_asked() {
        for (text, gives) in [
            ("people.filter(p, !contacted(p, '90d'))", json!(["b", "d"])),
            ("people.exists(p, contacted(p, '90d'))", json!(true)),
            ("people.all(p, contacted(p, '90d'))", json!(false)),
            ("people.all(p, !contacted(p, '1h'))", json!(true)),
            ("people.map(p, contacted(p, '24h'))", json!([true, false, true, false])),
            ("people.filter(p, default(contacted(p, '23h'), true))", json!([])),
        ] {
            assert_eq!(evaluate(text, &["a", "c"]), (Ok(gives), vec![4]), "{text}");
        }
    }

    #[test]
    fn answers_may_lead_to_questions_and_not_for_ever() {
        let text = "contacted('a', '7d') ? 1 : contacted('b', '90d') ? 2 : 3";
        assert_eq!(evaluate(text, &["b"]), (Ok(json!(2)), vec![2]));
        let text = "[contacted('a', '7d')].map(x, contacted(x ? 'b' : 'c', '7d'))[0]";
        assert_eq!(evaluate(text, &["c"]), (Ok(json!(true)), vec![3]));
        // Who is asked about is what all answers before have made of the name; every other answer is yes.
        let chain = |length: usize| {
            let mut text = "'0'".to_owned();
            let mut name = "0".to_owned();
            let mut contacted = Vec::new();
            for n in 0..length {
                text = format!("cel.bind(h, {text}, contacted(h, '7d') ? h + 'x' : h + 'y')");
                if n % 2 == 0 {
                    contacted.push(name.clone());
                }
                name.push(if n % 2 == 0 { 'x' } else { 'y' });
            }
            let contacted: Vec<_> = contacted.iter().map(String::as_str).collect();
            (evaluate(&text, &contacted), name)
        };
        let ((given, rounds), name) = chain(12);
        assert_eq!(given, Ok(json!(name)));
        assert!((6..=12).contains(&rounds.len()), "{rounds:?}");
        let ((given, rounds), _) = chain(40);
        assert!(given.is_err_and(|why| why.contains("follow from its own answers")), "{rounds:?}");
        assert_eq!(rounds.len(), ROUNDS);
    }

    #[test]
    fn what_is_recorded_is_read_again() {
        let mut known = LastContacts::default();
        let people = vec![PersonName::Slug("ada".into()), PersonName::Id("urn-1".into())];
        known.learn(people, vec![None, Some(Timestamp::UNIX_EPOCH)]);
        let read = LastContacts::from_json(&known.to_json());
        assert_eq!(read, LastContacts { rounds: 0, ..known });
        assert_eq!(LastContacts::from_json(&Value::Null), LastContacts::default());
    }
}
