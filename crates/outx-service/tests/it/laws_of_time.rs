//! Whatever happens to the extension: a task never goes back, its end absorbs, and closed time is no work time.

use crate::support::{after, create, good_input, id, poll, with_latency};
use outx_model::Endpoint;
use outx_service::{Command, ExtensionState, MemberConfig, Service, ServiceConfig, TeamConfig};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use std::time::Duration;

const WORK: i64 = 100;

fn state() -> impl Strategy<Value = ExtensionState> {
    select(vec![ExtensionState::Open, ExtensionState::Open, ExtensionState::Closed, ExtensionState::Silent])
}

/// One team whose one admin changes by plan.
fn planned(plan: &[(u32, ExtensionState)]) -> ServiceConfig {
    let extension = plan.iter().map(|(at, state)| (Duration::from_secs((*at).into()), *state)).collect();
    let admin = MemberConfig { extension, ..MemberConfig::new("Ada", "ada@one.example") };
    let team = TeamConfig { members: vec![admin], ..TeamConfig::new("one", "k") };
    ServiceConfig { teams: vec![team], ..with_latency(WORK.unsigned_abs()) }
}

fn rank(status: &str) -> usize {
    ["pending", "processing", "completed"].iter().position(|known| *known == status).unwrap()
}

proptest! {
    #[test]
    fn a_task_never_goes_back(
        plan in vec((0..400u32, state()), 0..5),
        mut commands in vec((0..400i64, state()), 0..6),
        mut polls in vec(0..900i64, 1..20),
    ) {
        let mut service = Service::new(planned(&plan));
        let created = service.step(&create(Endpoint::LikePost, &good_input(Endpoint::LikePost)), after(0)).response;
        prop_assume!(created.status == 200);
        let poll = poll(&id(&created));
        commands.sort_by_key(|(at, _)| *at);
        polls.sort_unstable();
        let (mut open, mut second, mut last) = (0, 0, 0);
        let mut commands = commands.into_iter().peekable();
        for at in polls {
            // Second by second: what is open now works until the next.
            while second < at {
                while let Some((_, state)) = commands.next_if(|(at, _)| *at <= second) {
                    service.command(Command::Extension { team: None, member: None, state }, after(second)).unwrap();
                }
                let is_open = service.teams()[0].extension(0, after(second)) == Some(ExtensionState::Open);
                open += i64::from(is_open);
                second += 1;
            }
            while let Some((_, state)) = commands.next_if(|(at, _)| *at <= second) {
                service.command(Command::Extension { team: None, member: None, state }, after(second)).unwrap();
            }
            let answer = service.step(&poll, after(at)).response;
            if answer.status == 403 {
                prop_assert!(!service.teams()[0].is_awake(after(at)));
                continue;
            }
            let status = rank(answer.value()["data"]["status"].as_str().unwrap());
            prop_assert!(status >= last, "it went back at {at}");
            prop_assert_eq!(status == 2, open >= WORK, "at {} after {} open seconds", at, open);
            last = status;
        }
    }
}
