//! Every back end beside every other: the matrix that is committed as documentation.

use crate::own_back_end::FromNothing;
use async_trait::async_trait;
use outx_emulator::{Emulator, EmulatorClock};
use outx_service::Host;
use outx_transport::conformance::{
    FakeSubject, HostControl, PlayedSubject, RecordedSubject, Stage, Subject, Unsupported, Wish, run,
};
use outx_transport::{HttpTransport, SystemClock};
use std::path::Path;
use std::sync::Arc;
use std::{env, fs};

/// The emulator, reached over a socket.
struct Wire;

#[async_trait]
impl Subject for Wire {
    fn name(&self) -> &'static str {
        "emulator"
    }

    async fn stage(&self, wish: &Wish) -> Result<Stage, Unsupported> {
        let clock = Arc::new(EmulatorClock::new(Arc::new(SystemClock), None, 1));
        let host = Arc::new(Host::in_memory(wish.service()));
        let any_port = ([127, 0, 0, 1], 0).into();
        let emulator = Emulator::bind(any_port, host.clone(), clock.clone()).await.unwrap();
        let url = format!("http://{}", emulator.local_addr());
        tokio::spawn(emulator.serve(std::future::pending()));
        let turned = clock.clone();
        let advance = move |by| {
            turned.advance(by);
        };
        let control = HostControl::new(host, clock.clone(), advance);
        let transport = Arc::new(HttpTransport::new(&url).unwrap());
        Ok(Stage { transport, clock, control: Arc::new(control) })
    }
}

#[test]
fn every_back_end_holds_and_the_committed_matrix_says_so() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let wire = runtime.block_on(run(&[&Wire]));
    let (fake, tapes) = FakeSubject::simulate(|fake| async move {
        let recorded = RecordedSubject::new(fake);
        (run(&[&recorded]).await, recorded.tapes())
    })
    .unwrap();
    let played =
        FakeSubject::simulate(|fake| async move { run(&[&PlayedSubject::new(fake, tapes)]).await }).unwrap();
    let own = runtime.block_on(run(&[&FromNothing]));
    let matrix = fake.beside(wire).beside(played).beside(own);
    assert!(matrix.check().is_ok(), "{matrix}");

    let page = format!(
        "# What every back end holds\n\n\
         `outx_transport::conformance` holds the fake, the emulator (over HTTP), a cassette of the fake's pass, and a\n\
         back end written from nothing (`examples/examples/own_back_end.rs`) to the same behaviour. What a back end\n\
         does not offer it says. A test compares this page with what it finds;\n\
         `OUTX_REFRESH=1 cargo test -p outx-tests conformance` writes it anew.\n\n{}",
        matrix.to_markdown()
    );
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/conformance.md");
    if env::var_os("OUTX_REFRESH").is_some() {
        fs::write(&path, &page).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(page == committed, "docs/conformance.md is out of date; OUTX_REFRESH=1 writes it anew\n{page}");
}
