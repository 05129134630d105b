//! The table.

use super::failing::{
    before, closing, covering, held, http1, http1_kept, http2, http2_kept, queueing, refusing_proxy, said_at,
    silent_body, through, untrusted,
};
use super::{AMPLE, Found, LARGE, LONG, SHORT};
use crate::server::{
    CANCEL, ENHANCE_YOUR_CALM, INTERNAL_ERROR, Move, NO_ERROR, REFUSED_STREAM, Seen, Stream, Window,
};
use futures_util::future::BoxFuture;

/// A place, and what may be said of a create that fails there.
pub(super) struct Point {
    pub(super) place: &'static str,
    pub(super) fails: fn() -> BoxFuture<'static, Found>,
    /// One of these is said. There are several where the system's timing decides what is seen of a closed
    /// socket.
    pub(super) said: &'static [&'static str],
    /// What reached the server at most; exactly, where one thing is said.
    pub(super) seen: Seen,
}

const fn point(
    place: &'static str,
    fails: fn() -> BoxFuture<'static, Found>,
    said: &'static [&'static str],
    seen: Seen,
) -> Point {
    Point { place, fails, said, seen }
}

const NOTHING: Seen = Seen { heads: 0, complete: 0 };
const HEAD: Seen = Seen { heads: 1, complete: 0 };
const ALL: Seen = Seen { heads: 1, complete: 1 };

const UNCONNECTED: &[&str] = &["no connection: not sent (no connection)"];
const BROKEN: &[&str] = &["broken: maybe sent"];
const EARLY: &[&str] = &["broken: maybe sent", "broken: not sent (body sealed)"];
const ANYHOW: &[&str] =
    &["broken: maybe sent", "broken: not sent (body sealed)", "no connection: not sent (no connection)"];
const WITHIN: &[&str] = &["broken: maybe sent, answered"];
const SLOW: &[&str] = &["time-out: maybe sent"];
const REFUSED: &[&str] = &["broken: not sent (stream refused)"];
const GONE: &[&str] = &["broken: not sent (gone away)"];

pub(super) const HTTP1: &[Point] = &[
    point("the name is nobody's", || said_at("https://outx.invalid"), UNCONNECTED, NOTHING),
    point("nobody listens at the port", || said_at("http://127.0.0.1:1"), UNCONNECTED, NOTHING),
    point(
        "the connect time-out ends",
        || queueing(|to| to.with_connect_timeout(SHORT), LONG),
        UNCONNECTED,
        NOTHING,
    ),
    point(
        "the total time-out ends while connecting",
        || queueing(|to| to, SHORT),
        &["time-out: not sent (body sealed)"],
        NOTHING,
    ),
    point("a proxy where nobody listens", || through("http://127.0.0.1:1".to_owned()), UNCONNECTED, NOTHING),
    point("a proxy that refuses the tunnel", refusing_proxy, UNCONNECTED, NOTHING),
    point(
        "a server that speaks no TLS",
        || closing(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"),
        UNCONNECTED,
        NOTHING,
    ),
    point("closed within the TLS handshake", || closing(b"\x16\x03\x03"), UNCONNECTED, NOTHING),
    point("a certificate that nobody trusts", untrusted, UNCONNECTED, NOTHING),
    point("closed right after it was accepted", || http1(|_, _| Move::CloseUnread, 10), EARLY, NOTHING),
    point("reset right after it was accepted", || http1(|_, _| Move::ResetUnread, 10), ANYHOW, NOTHING),
    point("closed within the body", || http1(|_, _| Move::CloseAfterHead, LARGE), BROKEN, HEAD),
    point("reset within the body", || http1(|_, _| Move::ResetAfterHead, LARGE), BROKEN, HEAD),
    point(
        "refused and closed within the body",
        || http1(|_, _| Move::RefuseAfterHead, LARGE),
        &["answer 413", "broken: maybe sent"],
        HEAD,
    ),
    point("closed after the body", || http1(|_, _| Move::LoseAnswer, 10), BROKEN, ALL),
    point("reset after the body", || http1(|_, _| Move::ResetAfterBody, 10), BROKEN, ALL),
    point(
        "silent after the body, until the attempt's time-out",
        || held(|to| to.with_connect_timeout(AMPLE / 2).with_attempt_timeout(AMPLE), LONG),
        SLOW,
        ALL,
    ),
    point("silent after the body, until the total time-out", || held(|to| to, AMPLE), SLOW, ALL),
    point("closed within the answer's head", || http1(|_, _| Move::HalfHead, 10), BROKEN, ALL),
    point("closed within the answer's body", || http1(|_, _| Move::HalfAnswer, 10), WITHIN, ALL),
    point("silent after the answer's head", silent_body, &["time-out: maybe sent, answered"], ALL),
    point(
        "the answer points elsewhere",
        || http1(|_, _| Move::Redirect, 10),
        &["redirected: maybe sent, answered"],
        ALL,
    ),
    point(
        "a kept connection, closed at its next request",
        || {
            http1_kept(|connection, request| match (connection, request) {
                (0, 0) => Move::Answer,
                _ => Move::LoseAnswer, // A busy machine may open another connection: it must not be answered.
            })
        },
        BROKEN,
        ALL,
    ),
    point(
        "a kept connection that was closed meanwhile",
        || http1_kept(|connection, _| if connection == 0 { Move::AnswerAndClose } else { Move::Answer }),
        &["answer 200", "broken: maybe sent", "broken: not sent (body sealed)"],
        ALL,
    ),
];

pub(super) const HTTP2: &[Point] = &[
    point(
        "REFUSED_STREAM at the head",
        || http2(Window::Shut, |_, _| Stream::Reset(REFUSED_STREAM)),
        REFUSED,
        HEAD,
    ),
    point(
        "REFUSED_STREAM after the body",
        || http2(Window::Open, |_, _| Stream::Reset(REFUSED_STREAM)),
        REFUSED,
        ALL,
    ),
    point(
        "INTERNAL_ERROR at the head",
        || http2(Window::Shut, |_, _| Stream::Reset(INTERNAL_ERROR)),
        BROKEN,
        HEAD,
    ),
    point(
        "INTERNAL_ERROR after the body",
        || http2(Window::Open, |_, _| Stream::Reset(INTERNAL_ERROR)),
        BROKEN,
        ALL,
    ),
    point("CANCEL after the body", || http2(Window::Open, |_, _| Stream::Reset(CANCEL)), BROKEN, ALL),
    point(
        "GOAWAY without error before the stream, at the head",
        || http2(Window::Shut, |_, _| before(NO_ERROR)),
        GONE,
        HEAD,
    ),
    point(
        "GOAWAY without error before the stream, after the body",
        || http2(Window::Open, |_, _| before(NO_ERROR)),
        GONE,
        ALL,
    ),
    point(
        "GOAWAY with an error before the stream, after the body",
        || http2(Window::Open, |_, _| before(ENHANCE_YOUR_CALM)),
        GONE,
        ALL,
    ),
    point(
        "GOAWAY without error that covers the stream",
        || http2(Window::Open, |_, _| covering(NO_ERROR)),
        BROKEN,
        ALL,
    ),
    point(
        "GOAWAY with an error that covers the stream",
        || http2(Window::Open, |_, _| covering(ENHANCE_YOUR_CALM)),
        BROKEN,
        ALL,
    ),
    point("closed at the head", || http2(Window::Shut, |_, _| Stream::Close), BROKEN, HEAD),
    point("closed after the body", || http2(Window::Open, |_, _| Stream::Close), BROKEN, ALL),
    point(
        "silent at the head, until the total time-out",
        || http2(Window::Shut, |_, _| Stream::Hold),
        SLOW,
        HEAD,
    ),
    point(
        "silent after the body, until the total time-out",
        || http2(Window::Open, |_, _| Stream::Hold),
        SLOW,
        ALL,
    ),
    point(
        "REFUSED_STREAM within the answer",
        || http2(Window::Open, |_, _| Stream::HeadThenReset(REFUSED_STREAM)),
        WITHIN,
        ALL,
    ),
    point(
        "a kept connection, GOAWAY before the next stream",
        || {
            http2_kept(|connection, request| match (connection, request) {
                (0, 0) => Stream::Answer,
                _ => before(NO_ERROR),
            })
        },
        GONE,
        ALL,
    ),
    point(
        "a kept connection, closed at its next request",
        || {
            http2_kept(|connection, request| match (connection, request) {
                (0, 0) => Stream::Answer,
                _ => Stream::Close,
            })
        },
        BROKEN,
        ALL,
    ),
];
