//! Makes a failing case smaller for as long as it breaks the same law.

use super::defects::Defect;
use super::plan::{Case, Does, End, Flow, Rules, Step};
use super::verdict::{Law, Verdict};

/// So many smaller cases are tried at most.
const TRIES: usize = 600;

pub(super) fn shrunk(case: &Case, defect: Option<Defect>, law: Law) -> Case {
    let mut best = case.clone();
    let mut tries = 0;
    loop {
        let smaller = smaller(&best).into_iter().find(|case| {
            tries += 1;
            let fails = |case| Verdict::of(case, defect, false).result.is_err_and(|it| it.law == law);
            tries < TRIES && fails(case)
        });
        match smaller {
            Some(case) => best = case,
            None => return best,
        }
    }
}

/// Cases that lack one thing each, the greatest first.
fn smaller(case: &Case) -> Vec<Case> {
    let mut all = Vec::new();
    let mut with = |change: &dyn Fn(&mut Case)| {
        let mut smaller = case.clone();
        change(&mut smaller);
        all.push(smaller);
    };
    for run in 1..case.runs.len() {
        with(&|case| _ = case.runs.remove(run));
    }
    for phase in 0..case.phases.len() {
        with(&|case| _ = case.phases.remove(phase));
    }
    if case.chaos > 0 {
        with(&|case| case.chaos = 0);
    }
    if !matches!(case.rules, Rules::None) {
        with(&|case| case.rules = Rules::None);
    }
    for number in 0..case.workflows.len() {
        with(&|case| case.workflows[number].on_failure.clear());
        with(&|case| case.workflows[number].finally.clear());
        let mut blocks = Vec::new();
        let Flow { steps, on_failure, finally } = &case.workflows[number];
        for (part, steps) in [steps, on_failure, finally].into_iter().enumerate() {
            all_blocks(steps, &[part], &mut blocks);
        }
        for (place, length) in &blocks {
            for step in 0..*length {
                with(&|case| without_step(block_at(&mut case.workflows[number], place), step));
                with(&|case| simpler(&mut block_at(&mut case.workflows[number], place)[step].does));
            }
        }
    }
    // What changes nothing would be tried for ever.
    let known = format!("{case:?}");
    all.retain(|smaller| format!("{smaller:?}") != known);
    let mut with = |change: &dyn Fn(&mut Case)| {
        let mut smaller = case.clone();
        change(&mut smaller);
        all.push(smaller);
    };
    for (number, phase) in case.phases.iter().enumerate() {
        if phase.also.is_some() {
            with(&|case| case.phases[number].also = None);
        }
        if !matches!(phase.end, End::Rest) {
            with(&|case| case.phases[number].end = End::Rest);
        }
        for after in 0..phase.after.len() {
            with(&|case| _ = case.phases[number].after.remove(after));
        }
        if !phase.right_key {
            with(&|case| case.phases[number].right_key = true);
        }
    }
    if let Rules::Set(rules) = &case.rules {
        for rule in 0..rules.len() {
            with(&|case| {
                let Rules::Set(rules) = &mut case.rules else { return };
                rules.remove(rule);
            });
        }
    }
    if case.slow_disk > 0 {
        with(&|case| case.slow_disk = 0);
    }
    if !case.blocked.is_empty() {
        with(&|case| case.blocked.clear());
    }
    if !case.failing.is_empty() {
        with(&|case| case.failing.clear());
    }
    if case.latency != (1, 1) {
        with(&|case| case.latency = (1, 1));
    }
    all
}

/// Takes a step out, and lets nobody wait for it. One that reads the item's profile stays: others read its output.
fn without_step(steps: &mut Vec<Step>, at: usize) {
    if steps.len() < 2 || matches!(steps[at].does, Does::ProfileOfItem) {
        return;
    }
    let gone = steps.remove(at);
    for step in steps {
        step.needs.retain(|id| *id != gone.id);
        step.only_if.take_if(|(id, _)| *id == gone.id);
    }
}

/// The places of all blocks of steps: the part of the workflow, then the steps that lead there; with their lengths.
fn all_blocks(steps: &[Step], place: &[usize], found: &mut Vec<(Vec<usize>, usize)>) {
    found.push((place.to_vec(), steps.len()));
    for (at, step) in steps.iter().enumerate() {
        if let Some(inner) = step.does.inner() {
            all_blocks(inner, &[place, &[at]].concat(), found);
        }
    }
}

fn block_at<'f>(flow: &'f mut Flow, place: &[usize]) -> &'f mut Vec<Step> {
    let mut block = match place[0] {
        1 => &mut flow.on_failure,
        2 => &mut flow.finally,
        _ => &mut flow.steps,
    };
    for at in &place[1..] {
        block = block[*at].does.inner_mut().unwrap();
    }
    block
}

/// The same with less: a shorter list, fewer times.
fn simpler(does: &mut Does) {
    match does {
        Does::Each { people, .. } if people.len() > 1 => drop(people.pop()),
        Does::Repeat { most, until, .. } if *most > 1 => (*most, *until) = (*most - 1, None),
        _ => {}
    }
}
