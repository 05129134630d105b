//! TLS, the versions of HTTP that are agreed on within it, and proxies on the way.

use crate::server::{Authority, Proxy};
use outx_transport::{
    ApiKey, Context, ErrorKind, HttpTransport, HttpTransportBuilder, Protocol, Request, Transport,
    TransportError,
};
use serde_json::json;
use std::time::Duration;

const KEY: &str = "canary-key-5c1d";
/// A host that is nobody's, reached through a proxy alone.
const HOST: &str = "outx.invalid";

async fn answer(builder: HttpTransportBuilder) -> Result<String, TransportError> {
    let context = Context::with_key(ApiKey::new(KEY).unwrap());
    let answer = builder.build()?.send(&Request::post("/call", &json!({})), &context).await?;
    Ok(String::from_utf8(answer.body.to_vec()).unwrap())
}

#[tokio::test]
async fn each_version_is_spoken_where_it_is_wanted() {
    let authority = Authority::of("localhost");
    let both = authority.serve(&["h2", "http/1.1"]).await;
    let old = authority.serve(&["http/1.1"]).await;
    for (server, protocol, spoken) in [
        (both, Protocol::Http1, "HTTP/1.1"),
        (both, Protocol::Http2, "HTTP/2.0"),
        (both, Protocol::Negotiated, "HTTP/2.0"),
        (old, Protocol::Negotiated, "HTTP/1.1"),
    ] {
        let builder = HttpTransport::builder(&format!("https://localhost:{}", server.port()))
            .with_root_certificates(authority.pem.clone())
            .with_protocol(protocol);
        assert_eq!(answer(builder).await.unwrap(), format!("{spoken} key=true"), "{protocol:?}");
    }
}

#[tokio::test]
async fn a_proxy_sees_the_host_and_never_the_key() {
    let authority = Authority::of(HOST);
    let proxy = Proxy::start(Ok(authority.serve(&["http/1.1"]).await)).await;
    let builder = HttpTransport::builder(&format!("https://{HOST}/base"))
        .with_root_certificates(authority.pem.clone())
        .with_proxy(format!("http://ada:canary-word@{}", proxy.address));
    assert!(!format!("{builder:?}").contains("canary"), "{builder:?}");
    assert_eq!(answer(builder).await.unwrap(), "HTTP/1.1 key=true");
    let heads = proxy.heads();
    assert_eq!(heads.len(), 1);
    assert!(heads[0].starts_with(&format!("CONNECT {HOST}:443 HTTP/1.1\r\n")), "{}", heads[0]);
    // ada:canary-word
    assert!(heads[0].contains("Basic YWRhOmNhbmFyeS13b3Jk"), "{}", heads[0]);
    assert!(!heads[0].contains(KEY) && !heads[0].contains("/base"), "{}", heads[0]);
}

#[tokio::test]
async fn a_server_on_this_machine_is_reached_without_the_proxy() {
    let authority = Authority::of("localhost");
    let server = authority.serve(&["http/1.1"]).await;
    let proxy = Proxy::start(Err("502 Bad Gateway")).await;
    let builder = HttpTransport::builder(&format!("https://localhost:{}", server.port()))
        .with_root_certificates(authority.pem.clone())
        .with_proxy(format!("http://{}", proxy.address));
    answer(builder).await.unwrap();
    assert_eq!(proxy.heads(), Vec::<String>::new());
}

#[tokio::test]
async fn who_answers_for_another_host_is_not_trusted() {
    let authority = Authority::of("another.invalid");
    let proxy = Proxy::start(Ok(authority.serve(&["http/1.1"]).await)).await;
    let builder = HttpTransport::builder(&format!("https://{HOST}"))
        .with_root_certificates(authority.pem.clone())
        .with_proxy(format!("http://{}", proxy.address));
    let error = answer(builder).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connect);
    assert!(error.chain().contains("certificate"), "{}", error.chain());
}

#[test]
fn settings_that_cannot_be_are_refused_and_do_not_show_passwords() {
    let builder = || HttpTransport::builder("https://api.outx.ai");
    let second = Duration::from_secs(1);
    for (builder, text) in [
        (builder().with_proxy("socks5://u:canary@proxy"), "must begin with http:// or https://"),
        (builder().with_proxy("u:canary@proxy"), "must begin with http:// or https://"),
        (builder().with_proxy("http://u:canary@pro xy"), "the proxy's address cannot be read"),
        (builder().with_proxy(""), "the proxy's address cannot be read"),
        (builder().with_root_certificates("canary"), "-----BEGIN CERTIFICATE-----"),
        (
            builder()
                .with_root_certificates("-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n"),
            "cannot be",
        ),
        (builder().with_attempt_timeout(Duration::ZERO), "an attempt time-out of zero"),
        (builder().with_attempt_timeout(second), "must be shorter than the attempt time-out (1s)"),
        (builder().with_connect_timeout(second).with_attempt_timeout(second), "must be shorter"),
    ] {
        let error = builder.build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{text}");
        assert!(error.chain().contains(text), "{text}: {}", error.chain());
        assert!(!format!("{error:?} {}", error.chain()).contains("canary"), "{error:?}");
    }
    builder().with_connect_timeout(second).with_attempt_timeout(second * 2).build().unwrap();
}
