//! A case from a seed.

use super::dice::Dice;
use super::plan::{
    After, Also, Case, Does, End, Flow, Of, Once, Per, Person, Phase, Rule, Rules, Step, Whom, Write,
};
use outx_model::Endpoint;

const WRITES: [Endpoint; 4] =
    [Endpoint::SendConnectionRequest, Endpoint::SendMessage, Endpoint::CommentPost, Endpoint::LikePost];
const ZONES: [&str; 3] = ["UTC", "Europe/Oslo", "America/New_York"];

impl Case {
    pub(super) fn of_seed(seed: u64) -> Self {
        let mut dice = Dice::new(seed, 1);
        // What came later is drawn from numbers of its own, so that a seed stays the history that it was.
        let mut forms = Dice::new(seed, 8);
        let workflows: Vec<_> = (0..=dice.below(2)).map(|_| flow(workflow(&mut dice), &mut forms)).collect();
        let runs = (0..=dice.below(2)).map(|_| dice.place(workflows.len())).collect::<Vec<_>>();
        let blocked = if dice.percent(30) { vec![person(&mut dice)] } else { Vec::new() };
        let failing = if dice.percent(30) { vec![dice.pick(&WRITES)] } else { Vec::new() };
        let shortest = dice.below(20);
        let phases = 1 + dice.below(4);
        Self {
            seed,
            begins: dice.below(24 * 35),
            rules: rules(&mut dice),
            blocked,
            failing,
            chaos: dice.pick(&[0, 5, 15, 30, 50]),
            latency: (shortest, shortest + dice.below(120)),
            slow_disk: dice.pick(&[0, 10, 50]),
            phases: (0..phases).map(|_| phase(&mut dice, runs.len())).collect(),
            workflows,
            runs,
        }
    }
}

fn person(dice: &mut Dice) -> Person {
    dice.pick(&[0, 1, 2, 3])
}

fn workflow(dice: &mut Dice) -> Vec<Step> {
    let mut steps = Vec::new();
    for number in 0..2 + dice.below(4) {
        let does = match dice.below(100) {
            0..45 => effect(dice, false),
            45..70 => each(dice),
            70..77 => Does::Wait(1 + dice.below(200)),
            77..84 => Does::Approve(dice.percent(30).then(|| 1 + dice.below(48))),
            84..90 => Does::Fail,
            _ => Does::Set,
        };
        let step = step(dice, &steps, format!("s{number}"), does);
        steps.push(step);
    }
    steps
}

/// With steps that are done again and again, another workflow that is called, and what is done at the end.
fn flow(mut steps: Vec<Step>, dice: &mut Dice) -> Flow {
    if dice.percent(25) {
        let (every, most) = (dice.pick(&[1, 20, 300]), 1 + dice.below(3));
        let until = dice.percent(40).then(|| 1 + dice.below(4));
        let does = Does::Repeat { every, most, until, steps: inside(dice, "r") };
        let step = step(dice, &steps, "again".to_owned(), does);
        steps.push(step);
    }
    if dice.percent(25) {
        let does = Does::Call(inside(dice, "c"));
        let step = step(dice, &steps, "called".to_owned(), does);
        steps.push(step);
    }
    let mut end = |id| {
        let mut end = if dice.percent(30) { inside(dice, id) } else { Vec::new() };
        by_target(&mut end);
        end
    };
    Flow { on_failure: end("f"), finally: end("l"), steps }
}

/// What is done at the end of a run is done anew at its next one, and only its target says that it was sent.
fn by_target(steps: &mut [Step]) {
    for step in steps {
        match &mut step.does {
            Does::Write(write) if matches!(write.once, Once::EachRun) => write.once = Once::ByTarget,
            does => {
                if let Some(inner) = does.inner_mut() {
                    by_target(inner);
                }
            }
        }
    }
}

/// A few steps inside of another, or at the end.
fn inside(dice: &mut Dice, id: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    for number in 0..=dice.below(2) {
        let does = match dice.below(100) {
            0..60 => effect(dice, false),
            60..78 => each(dice),
            78..86 => Does::Wait(1 + dice.below(200)),
            86..91 => Does::Approve(dice.percent(30).then(|| 1 + dice.below(48))),
            91..95 => Does::Fail,
            _ => Does::Set,
        };
        let step = step(dice, &steps, format!("{id}{number}"), does);
        steps.push(step);
    }
    steps
}

/// A step that comes after some of those before it, or beside them.
fn step(dice: &mut Dice, before: &[Step], id: String, does: Does) -> Step {
    let mut needs = Vec::new();
    let mut only_if = None;
    if let Some(last) = before.last() {
        if dice.percent(45) {
            needs.push(last.id.clone());
        } else if dice.percent(30) {
            needs.push(dice.pick(before).id);
        }
        if dice.percent(20) {
            only_if = Some((dice.pick(before).id, dice.pick(&["succeeded", "failed", "skipped"])));
        }
    }
    Step { id, needs, only_if, does }
}

/// `item`: whether it stands within a fan-out over URNs.
fn effect(dice: &mut Dice, item: bool) -> Does {
    let whom = if item && dice.percent(85) { Whom::Item } else { Whom::One(person(dice)) };
    match dice.below(100) {
        0..12 => Does::Profile(person(dice)),
        12..18 => Does::Company,
        18..22 => Does::Connections,
        22..32 => Does::Posts(whom),
        _ => Does::Write(write(dice, whom)),
    }
}

fn write(dice: &mut Dice, whom: Whom) -> Write {
    let endpoint = dice.pick(&WRITES);
    let once = match dice.below(100) {
        // A like has no text in which it could say who sends it.
        _ if endpoint == Endpoint::LikePost => Once::ByTarget,
        0..75 => Once::ByTarget,
        75..88 => Once::EachRun,
        _ => Once::Key(dice.pick(&[0, 1, 2, 3])),
    };
    Write { endpoint, whom, once, assume: dice.percent(12) }
}

fn each(dice: &mut Dice) -> Does {
    let first = person(dice);
    let people = (0..=dice.pick(&[0, 1, 1, 2])).map(|n| (first + n) % 4).collect();
    let by_slug = dice.percent(40);
    let mut steps = Vec::new();
    if by_slug {
        let does = Does::ProfileOfItem;
        steps.push(Step { id: "profile".to_owned(), needs: Vec::new(), only_if: None, does });
    }
    for number in 0..=dice.below(2) {
        let does = if by_slug { Does::Write(write(dice, Whom::ItemByProfile)) } else { effect(dice, true) };
        let id = format!("i{number}");
        let step = step(dice, &steps, id, does);
        steps.push(step);
    }
    Does::Each { people, by_slug, at_once: 1 + dice.place(3), steps }
}

fn rules(dice: &mut Dice) -> Rules {
    match dice.below(100) {
        0..35 => Rules::None,
        35..55 => Rules::Shipped,
        _ => {
            let mut rules: Vec<_> = (0..=dice.below(2)).map(|_| rule(dice)).collect();
            if dice.percent(30) {
                rules.push(during(dice));
            }
            Rules::Set(rules)
        }
    }
}

fn of(dice: &mut Dice) -> Of {
    match dice.below(6) {
        0 => Of::All,
        1 => Of::Reads,
        2 | 3 => Of::Writes,
        _ => Of::One(dice.pick(&WRITES)),
    }
}

fn rule(dice: &mut Dice) -> Rule {
    match dice.below(10) {
        0..6 => {
            let zone = dice.pick(&ZONES);
            let per =
                dice.pick(&[Per::Hours(1), Per::Hours(2), Per::Hours(24), Per::Day(zone), Per::Week(zone)]);
            Rule::AtMost { most: 1 + dice.place(4), of: of(dice), per }
        }
        6..9 => {
            let (least, jitter) = (dice.pick(&[10, 60, 300, 3_000]), dice.pick(&[0, 30]));
            Rule::Apart { of: of(dice), least, jitter }
        }
        _ => Rule::Gap { of: Of::Writes, hours: dice.pick(&[1, 24]) },
    }
}

fn during(dice: &mut Dice) -> Rule {
    let days = if dice.percent(50) { vec![0, 1, 2, 3, 4] } else { vec![dice.pick(&[0, 2, 4, 6])] };
    let (from, to) = dice.pick(&[(8, 19), (9, 10), (22, 4)]);
    Rule::During { of: dice.pick(&[Of::Writes, Of::All]), days, from, to, zone: dice.pick(&ZONES) }
}

fn phase(dice: &mut Dice, runs: usize) -> Phase {
    // Most of what can go wrong does so early, and some of it late: all sizes are alike.
    let mut moment = |most: u64| {
        let size = 1 + dice.below(most);
        usize::try_from(1 + dice.below(1 << size)).unwrap()
    };
    let (at, cut) = (moment(7), moment(9));
    let end = match dice.below(10) {
        0..5 => End::Polls(cut),
        5..7 => End::Seconds(1 << dice.below(16)),
        _ => End::Rest,
    };
    let also = match dice.below(100) {
        0..25 => Some(Also::TakeOver(dice.place(runs))),
        25..40 => Some(Also::Kill(dice.place(runs))),
        40..45 => Some(Also::Block(person(dice))),
        _ => None,
    };
    let after = (0..dice.below(3)).map(|_| after(dice, runs)).collect();
    Phase {
        // A closed browser is looked at all the while, which is slow and shows nothing new.
        patience: dice.pick(&[0, 1, 6]),
        right_key: !dice.percent(5),
        end,
        also: also.map(|also| (at, also)),
        after,
    }
}

fn after(dice: &mut Dice, runs: usize) -> After {
    let far = dice.pick(&[60, 3_600, 86_400]);
    let far = i64::try_from(dice.below(far)).unwrap();
    match dice.below(100) {
        0..20 => After::Jump(far),
        20..40 => After::Jump(-far),
        40..60 => After::Answer,
        60..75 => After::Edit(dice.place(runs), person(dice)),
        75..82 => After::Close,
        82..86 => After::Silence,
        86..93 => After::Open,
        _ => After::InvitationLimit,
    }
}
