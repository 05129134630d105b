//! A job service whose tasks say in their ids when they end (`1772442000123-17`: the milliseconds of the Unix time, and a
//! number): hyper on one thread. The other end of `benches/many_tasks.rs`.

#![expect(clippy::print_stdout, reason = "it says where it listens")]

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use outx_transport::{Clock, SystemClock};
use std::convert::Infallible;
use std::error::Error;
use tokio::net::TcpSocket;

fn main() -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(serve())
}

async fn serve() -> Result<(), Box<dyn Error>> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(([127, 0, 0, 1], 0).into())?;
    let listener = socket.listen(16_384)?;
    println!("listening on http://{}", listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let service = service_fn(|request: Request<Incoming>| async move {
            let id = request.uri().query().and_then(|query| query.rsplit('=').next()).unwrap_or_default();
            let mut response = Response::new(Full::new(answer(id)));
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            Ok::<_, Infallible>(response)
        });
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}

/// What the OutX API says of a like.
fn answer(id: &str) -> Bytes {
    let ends = id.split('-').next().and_then(|millis| millis.parse().ok()).unwrap_or(i64::MAX);
    let (status, output) = if SystemClock.now().as_millisecond() >= ends {
        ("completed", r#"{"liked":true}"#)
    } else {
        ("pending", "null")
    };
    let input = r#"{"task_type":"agent_like_post","social_urn":"urn:li:activity:7000000000000000001"}"#;
    let text = format!(
        r#"{{"success":true,"data":{{"id":"{id}","status":"{status}","task_input":{input},"task_output":{output}}}}}"#
    );
    text.into()
}
