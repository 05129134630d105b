//! The shared service and its store.

use crate::support::{create, good_input, id, poll, start};
use async_trait::async_trait;
use jiff::Timestamp;
use outx_model::Endpoint;
use outx_service::{
    Delivery, Host, MemoryServiceStore, Record, Request, Response, ServiceConfig, ServiceStore,
    ServiceStoreError,
};
use serde_json::json;
use std::sync::Arc;

async fn answer(host: &Host, request: &Request, now: Timestamp) -> Response {
    match host.handle(request, now).await {
        Delivery::Answer(answer) => answer,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_reopened_host_knows_its_tasks() {
    let store = Arc::new(MemoryServiceStore::new());
    let host = Host::open(ServiceConfig::default(), store.clone()).await.unwrap();
    let created = answer(&host, &create(Endpoint::LikePost, &good_input(Endpoint::LikePost)), start()).await;
    let poll = poll(&id(&created));
    let before = answer(&host, &poll, start()).await;
    drop(host);

    let host = Host::open(ServiceConfig::default(), store).await.unwrap();
    assert_eq!(answer(&host, &poll, start()).await, before);
    assert_eq!(host.with(|service| (service.requests().len(), service.polls())), (1, 1));
}

struct FullDisk;

#[async_trait]
impl ServiceStore for FullDisk {
    async fn load(&self) -> Result<Vec<Record>, ServiceStoreError> {
        Ok(Vec::new())
    }

    async fn append(&self, _: Vec<Record>) -> Result<(), ServiceStoreError> {
        Err(ServiceStoreError::new("the disk is full"))
    }
}

#[tokio::test]
async fn no_id_is_given_away_that_is_not_kept() {
    let host = Host::open(ServiceConfig::default(), Arc::new(FullDisk)).await.unwrap();
    let refused = answer(&host, &create(Endpoint::LikePost, &good_input(Endpoint::LikePost)), start()).await;
    assert_eq!((refused.status, refused.value()), (500, json!({ "error": "Internal server error" })));
    // A poll rests on no record, so it is answered all the same.
    assert_eq!(answer(&host, &poll("unknown"), start()).await.status, 404);
}

#[tokio::test]
async fn hosts_in_memory_can_be_looked_into() {
    let host = Host::in_memory(ServiceConfig::default());
    host.with(|service| service.fail_next(Endpoint::FetchConnections, "asleep"));
    let created = answer(&host, &create(Endpoint::FetchConnections, &json!({})), start()).await;
    let polled = answer(&host, &poll(&id(&created)), start()).await;
    assert_eq!(polled.value()["data"]["status"], "failed");
}
