//! Makes a failing case smaller for as long as it breaks the same law.

use super::defects::Defect;
use super::plan::{Case, Does, End, Rules, Step};
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
    for (number, workflow) in case.workflows.iter().enumerate() {
        for step in 0..workflow.len() {
            with(&|case| without_step(&mut case.workflows[number], step));
        }
    }
    for (number, workflow) in case.workflows.iter().enumerate() {
        for (at, step) in workflow.iter().enumerate() {
            let Does::Each { people, steps, .. } = &step.does else { continue };
            for person in 1..people.len() {
                with(&|case| in_each(case, number, at, |people, _| _ = people.remove(person)));
            }
            for step in 0..steps.len() {
                with(&|case| in_each(case, number, at, |_, steps| without_step(steps, step)));
            }
        }
    }
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

fn in_each(case: &mut Case, workflow: usize, step: usize, change: impl Fn(&mut Vec<u8>, &mut Vec<Step>)) {
    if let Does::Each { people, steps, .. } = &mut case.workflows[workflow][step].does {
        change(people, steps);
    }
}
