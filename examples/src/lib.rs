//! Small programs over single crates: run one with `cargo run --package outx-examples --example NAME`.
//!
//! | example | crate | shows |
//! | --- | --- | --- |
//! | `catalogue` | outx-model | the table of endpoints |
//! | `openapi` | outx-model | the same table as an OpenAPI document |
//! | `invented_world` | outx-service | the service as a pure function |
//! | `typed_client` | outx-transport | a method and types for each endpoint |
//! | `one_task` | outx-transport, outx-poller | create a task and wait for it |
//! | `own_policy` | outx-poller | a policy of your own, and what happens on the way of one task |
//! | `other_jobs` | outx-poller | the poller for a job service that is not OutX |
//! | `many_tasks` | outx-poller | two hundred tasks in one fleet, in virtual time |
//! | `thousand_tasks` | outx-poller | a thousand tasks with their progress shown, and an outage |
//! | `never_twice` | outx-ledger, outx-store | a write that was being sent when the program died |
//! | `own_test_server` | outx-emulator | a test server on loopback |
//! | `own_kind` | outx-flow | a workflow with kinds of one's own: one that computes, one that writes once |
//! | `test_a_workflow` | outx-flow | a workflow run in virtual time, and what was sent looked at |
//! | `test_own_kind` | outx-flow | a kind of one's own whose answer is lost |
//! | `test_the_wire` | outx-flow, outx-transport | a client of one's own against the model, and against wiremock |
