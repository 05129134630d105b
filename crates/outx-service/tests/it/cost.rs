//! What an answer costs, counted in allocations, which are the same on every machine. The bounds are about twice what
//! was counted when they were written: they are there for what costs ten times as much.

use crate::support::{create, good_input, id, poll, start, with_latency};
use allocation_counter::measure;
use outx_model::Endpoint::{self, *};
use outx_service::{Service, ServiceConfig};
use serde_json::{Value, json};

/// How many allocations a poll of a task takes that was polled before.
fn allocations(service: &mut Service, endpoint: Endpoint, input: &Value) -> u64 {
    let created = service.step(&create(endpoint, input), start()).response;
    let request = poll(&id(&created));
    service.step(&request, start());
    measure(|| drop(service.step(&request, start()))).count_total
}

#[test]
fn a_poll_allocates_little_beside_its_answer() {
    for (config, most) in [(with_latency(60), 10), (ServiceConfig::default(), 30)] {
        let mut service = Service::new(config);
        let count = allocations(&mut service, LikePost, &good_input(LikePost));
        assert!(count <= most, "{count} allocations, {most} are allowed");
    }
}

#[test]
fn a_page_of_connections_costs_what_it_shows_and_not_the_whole_network() {
    let mut service = Service::new(ServiceConfig::default());
    for order in [json!(null), json!("RECENTLY_ADDED")] {
        let mut page = |count| {
            let input = json!({ "count": count, "sort_type": order });
            allocations(&mut service, FetchConnections, &input)
        };
        let (one, many) = (page(1), page(40));
        assert!(one <= 150, "{one} allocations for one of them");
        assert!(many - one <= 39 * 80, "{} allocations for 39 more", many - one);
    }
}

#[test]
fn a_search_costs_what_it_shows_and_not_everybody_it_looks_at() {
    let mut service = Service::new(ServiceConfig::default());
    let mut find = |count| {
        let input = json!({ "title": "engineer", "keywords": "rust", "count": count });
        allocations(&mut service, SearchProfiles, &input)
    };
    let (one, many) = (find(1), find(5));
    assert!(one <= 150, "{one} allocations for one of them");
    assert!(many - one <= 4 * 80, "{} allocations for four more", many - one);
}
