//! HTTP/2, whose frames and header tables have listeners of their own: the service, one that shows everything back,
//! and one that dies on every request.

use super::calls::Seen;
use super::echo::{self, Echo};
use super::stage::{Stage, client, hasty};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper::{Request, Response, Version};
use hyper_util::rt::{TokioExecutor, TokioIo};
use outx_service::{Delivery, Host};
use outx_transport::{Clock, HttpTransport, Protocol, SystemClock};
use std::io::{Error, ErrorKind};
use std::path::Path;
use std::sync::Arc;
use tokio::net::TcpListener;

/// What a server says.
#[derive(Clone)]
enum Says {
    /// What the service says.
    Service(Arc<Host>),
    /// One of the echo's answers, with the secrets of the request in it.
    Echo(usize),
    /// Nothing: the stream is reset.
    Nothing,
}

pub(super) async fn all(seen: &mut Seen, folder: &Path) {
    let stage = Stage::start(folder, 500).await;
    let served = serve(Says::Service(stage.host.clone())).await;
    let before = seen.logins;
    seen.hay.value("over http/2", &served);
    seen.all_calls("over http/2", &client(served.clone()), &|| stage.mailed()).await;
    assert_eq!(seen.logins, before + 1, "the right code gave no key");
    seen.run("over http 2", &client(served), folder).await;
    for which in 0..Echo::ANSWERS {
        let echo = client(serve(Says::Echo(which)).await);
        seen.all_calls(&format!("echo {which} over http/2"), &echo, &|| Some("918273".to_owned())).await;
    }
    let dying = serve(Says::Nothing).await;
    seen.all_calls("streams that die", &hasty(dying), &|| None).await;
    // A server that speaks HTTP/1.1 only.
    let other = transport(&stage.url);
    seen.all_calls("http/2 to http/1.1", &hasty(other), &|| None).await;
}

fn transport(url: &str) -> Arc<HttpTransport> {
    Arc::new(HttpTransport::builder(url).with_protocol(Protocol::Http2).build().unwrap())
}

/// A way to a server of its own.
async fn serve(says: Says) -> Arc<HttpTransport> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let says = says.clone();
            let service = service_fn(move |request| answer(request, says.clone()));
            let connection = http2::Builder::new(TokioExecutor::new());
            tokio::spawn(connection.serve_connection(TokioIo::new(stream), service));
        }
    });
    transport(&url)
}

async fn answer(request: Request<Incoming>, says: Says) -> Result<Response<Full<Bytes>>, Error> {
    assert_eq!(request.version(), Version::HTTP_2);
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(Error::other)?.to_bytes();
    let key = head.headers.get("x-api-key").and_then(|key| key.to_str().ok()).map(str::to_owned);
    let (status, headers, body) = match says {
        Says::Nothing => return Err(ErrorKind::ConnectionReset.into()),
        Says::Echo(which) => echo::answer(which, key.as_deref(), &String::from_utf8_lossy(&body)),
        Says::Service(host) => {
            let query =
                head.uri.query().unwrap_or_default().split('&').filter_map(|pair| pair.split_once('='));
            let request = outx_service::Request {
                method: head.method.to_string(),
                path: head.uri.path().to_owned(),
                query: query.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
                key,
                body,
            };
            let Delivery::Answer(answer) = host.handle(&request, SystemClock.now()).await else {
                return Err(ErrorKind::BrokenPipe.into());
            };
            (answer.status, answer.headers, answer.body)
        }
    };
    let mut response = Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(name, value);
    }
    response.body(Full::new(body)).map_err(Error::other)
}
