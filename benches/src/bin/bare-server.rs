//! A server that answers every request with the bytes of its standard input, as JSON: hyper on one thread, and nothing
//! else. The baseline of `benches/emulator.rs`, and the other end of `benches/client.rs`.

#![expect(clippy::print_stdout, reason = "it says where it listens, as the emulator does")]

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::error::Error;
use std::io::Read;
use tokio::net::TcpListener;

fn main() -> Result<(), Box<dyn Error>> {
    let mut answer = Vec::new();
    std::io::stdin().read_to_end(&mut answer)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(serve(Bytes::from(answer)))
}

async fn serve(answer: Bytes) -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("listening on http://{}", listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let answer = answer.clone();
        let service = service_fn(move |request: Request<Incoming>| {
            let answer = answer.clone();
            async move {
                // It is read, as every server must; that it breaks off is the end of the connection anyway.
                drop(request.into_body().collect().await);
                let mut response = Response::new(Full::new(answer));
                response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
                Ok::<_, Infallible>(response)
            }
        });
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}
