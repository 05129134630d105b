//! Which base URLs are taken.

use outx_model::Proof;
use outx_transport::{ErrorKind, HttpTransport, Sent};
use std::time::Duration;

#[test]
fn plain_http_is_for_this_machine_only() {
    for url in [
        "https://api.outx.ai",
        "https://api.outx.ai/",
        "http://localhost:8080",
        "http://127.0.0.1:1",
        "http://127.3.2.1",
        "http://[::1]:9/base/",
    ] {
        HttpTransport::new(url).unwrap();
    }
    let refused = [
        ("http://api.outx.ai", "anybody on the way could read the API key"),
        ("http://localhost.example.com", "anybody on the way could read the API key"),
        ("http://192.168.0.1", "anybody on the way could read the API key"),
        ("api.outx.ai", "cannot be read"),
        ("ftp://api.outx.ai", "must begin with https://"),
        ("file:///etc/hosts", "must begin with https://"),
        ("https://user@api.outx.ai", "must not hold a user name"),
        ("https://:canary@api.outx.ai", "must not hold a user name"),
        ("https://api.outx.ai?key=canary", "without `?` or `#`"),
        ("https://api.outx.ai#top", "without `?` or `#`"),
        ("", "cannot be read"),
    ];
    for (url, text) in refused {
        let error = HttpTransport::new(url).unwrap_err();
        assert_eq!((error.kind(), error.sent()), (ErrorKind::Invalid, Sent::No(Proof::NeverStarted)));
        assert!(error.chain().contains(text), "{url}: {}", error.chain());
        assert!(!format!("{error:?} {}", error.chain()).contains("canary"), "{url}");
    }
}

#[test]
fn settings_of_zero_are_refused() {
    let builder = HttpTransport::builder("https://api.outx.ai");
    assert_eq!(builder.clone().with_response_limit(0).build().unwrap_err().kind(), ErrorKind::Invalid);
    assert_eq!(builder.with_connect_timeout(Duration::ZERO).build().unwrap_err().kind(), ErrorKind::Invalid);
}
