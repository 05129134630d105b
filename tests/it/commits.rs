//! How often the disk is waited for: each commit is one synchronisation, which costs more than all else.

use outx_flow::diagnostic::Source;
use outx_flow::journal::RunSummary;
use outx_flow::{
    CheckOptions, EffectRunner, Engine, LocalEngine, RunId, RunStatus, Setup, Stop, Submission, check,
    resolve_inputs,
};
use outx_model::{AccountId, Token};
use outx_service::{Host, LatencyLaw, ServiceConfig};
use outx_store::{Mode, Store};
use outx_transport::{ApiKey, Client, Clock, FakeTransport, VirtualClock};
use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tempfile::TempDir;

/// How many commits a run costs, from its submission to its end.
fn commits(steps: &str, mode: Mode) -> u64 {
    let folder = TempDir::new().unwrap();
    let store = Arc::new(Store::open(&folder.path().join("outx.db"), mode).unwrap());
    let clock = VirtualClock::new("2026-03-02T09:00:00Z".parse().unwrap());
    let config =
        ServiceConfig { latency: LatencyLaw::Fixed(std::time::Duration::ZERO), ..ServiceConfig::default() };
    let transport = FakeTransport::new(Arc::new(Host::in_memory(config)), Arc::new(clock.clone()));
    let account = AccountId::from("emulated-commits");
    let key = ApiKey::new("commits").ok();
    let client = Client::new(Arc::new(transport), Arc::new(clock.clone()), account.clone(), key);
    let numbers = AtomicU64::new(0);
    let tokens = Arc::new(move || Token::from(format!("t{}", numbers.fetch_add(1, Ordering::Relaxed))));
    let effects = EffectRunner::new(Arc::new(client), store.clone(), tokens);
    let engine = LocalEngine::new(Setup::new(store.clone(), effects));
    let source = Source::new("commits.yaml", format!("outx: 1\nname: commits\nsteps:\n{steps}"));
    let workflow = Arc::new(check(&source, &CheckOptions::shipped()).workflow.unwrap());
    let submission = Submission {
        summary: RunSummary {
            run_id: RunId::new("commits"),
            name: workflow.name.clone(),
            account,
            emulated: true,
            started_at: clock.now(),
            status: RunStatus::Running,
        },
        inputs: resolve_inputs(&workflow, &[]).unwrap(),
        workflow,
        folder: String::new(),
        detached: false,
    };
    let before = store.commits();
    let stop = Stop::default();
    let report = clock.simulate(engine.start(&submission, &stop)).unwrap().unwrap().unwrap();
    assert_eq!(report.status, RunStatus::Succeeded, "{report:?}");
    store.commits() - before
}

/// So many steps one after another.
fn chain(steps: usize, what: impl Fn(usize) -> String) -> String {
    let mut text = String::new();
    for step in 0..steps {
        let needs = step.checked_sub(1).map(|before| format!("needs: s{before}, ")).unwrap_or_default();
        writeln!(text, "  s{step}: {{ {needs}{} }}", what(step)).unwrap();
    }
    text
}

#[test]
fn a_step_without_effect_costs_at_most_one_commit_and_a_task_at_most_three() {
    // Submission and end are the run's own.
    const RUN: u64 = 2;
    let sets = commits(&chain(50, |_| "uses: core.set, with: { x: 1 }".to_owned()), Mode::Inline);
    assert!(sets <= RUN + 50, "{sets} commits for 50 steps without effect");
    let like = |n| format!("uses: linkedin.like-post, with: {{ social_urn: 'urn:li:activity:{n}' }}");
    let likes = commits(&chain(20, like), Mode::Inline);
    assert!(likes <= RUN + 3 * 20, "{likes} commits for 20 tasks");
    println!("{sets} commits for 50 steps without effect, {likes} for 20 tasks");
}
