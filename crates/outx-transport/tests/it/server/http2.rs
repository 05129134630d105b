//! HTTP/2, frame by frame (RFC 9113). Header blocks are not read: what
//! has a body counts as `/call`, what has none as `/warm`.

use super::Shared;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const GOAWAY: u8 = 7;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;
/// `:status: 200` in HPACK's static table.
const STATUS_200: u8 = 0x88;

pub(crate) const NO_ERROR: u32 = 0;
pub(crate) const INTERNAL_ERROR: u32 = 2;
pub(crate) const REFUSED_STREAM: u32 = 7;
pub(crate) const CANCEL: u32 = 8;
pub(crate) const ENHANCE_YOUR_CALM: u32 = 11;

/// How much of a body the server lets come before it says more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Window {
    /// As much as HTTP/2 gives by itself. The server makes its move when the body is whole.
    Open,
    /// Nothing. The server makes its move at the head.
    Shut,
}

/// What the server does with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stream {
    Answer,
    /// Ends the stream with an error.
    Reset(u32),
    /// Goes away with an error. The last stream that it names is this one, or the one before.
    GoAway {
        covered: bool,
        error: u32,
    },
    /// Closes the connection without a word.
    Close,
    /// Begins an answer and ends the stream with an error.
    HeadThenReset(u32),
    /// Answers nothing for as long as the client waits.
    Hold,
}

const PATH: &str = "/call";
const WARM: &str = "/warm";

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let mut frame = length[1..].to_vec();
    frame.extend([kind, flags]);
    frame.extend(stream.to_be_bytes());
    frame.extend(payload);
    frame
}

fn answer_head(stream: u32, flags: u8) -> Vec<u8> {
    frame(HEADERS, END_HEADERS | flags, stream, &[STATUS_200])
}

fn reset(stream: u32, error: u32) -> Vec<u8> {
    frame(RST_STREAM, 0, stream, &error.to_be_bytes())
}

impl Stream {
    /// What is written, and whether the connection goes on then.
    fn reply(self, stream: u32) -> (Vec<u8>, bool) {
        match self {
            Self::Answer => (answer_head(stream, END_STREAM), true),
            Self::Reset(error) => (reset(stream, error), true),
            Self::GoAway { covered, error } => {
                // Streams of a client have odd numbers.
                let last: u32 = if covered { stream } else { stream.saturating_sub(2) };
                let payload = [last.to_be_bytes(), error.to_be_bytes()].concat();
                (frame(GOAWAY, 0, 0, &payload), false)
            }
            Self::Close => (Vec::new(), false),
            Self::HeadThenReset(error) => ([answer_head(stream, 0), reset(stream, error)].concat(), true),
            Self::Hold => (Vec::new(), true),
        }
    }
}

pub(super) async fn serve(
    mut socket: TcpStream,
    number: u64,
    window: Window,
    plan: fn(u64, u64) -> Stream,
    shared: Arc<Shared>,
) {
    let mut preface = [0; 24];
    if socket.read_exact(&mut preface).await.is_err() {
        return;
    }
    // SETTINGS_INITIAL_WINDOW_SIZE is 4.
    let settings: &[u8] = if window == Window::Shut { &[0, 4, 0, 0, 0, 0] } else { &[] };
    if socket.write_all(&frame(SETTINGS, 0, 0, settings)).await.is_err() {
        return;
    }
    let mut request = 0;
    while let Some((kind, flags, stream)) = read_frame(&mut socket).await {
        let whole = flags & END_STREAM != 0;
        let reply = match kind {
            SETTINGS if flags == 0 => (frame(SETTINGS, 1, 0, &[]), true),
            // A GET, which makes sure that the settings are known before a body is sent.
            HEADERS if whole => {
                shared.count(WARM, |seen| seen.heads += 1);
                Stream::Answer.reply(stream)
            }
            HEADERS => {
                shared.count(PATH, |seen| seen.heads += 1);
                if window == Window::Open {
                    continue;
                }
                request += 1;
                plan(number, request - 1).reply(stream)
            }
            DATA if whole => {
                shared.count(PATH, |seen| seen.complete += 1);
                request += 1;
                plan(number, request - 1).reply(stream)
            }
            _ => continue,
        };
        if socket.write_all(&reply.0).await.is_err() {
            return;
        }
        if !reply.1 {
            // Closed in order, so that what was written arrives before the end does.
            let _ = socket.shutdown().await;
            while read_frame(&mut socket).await.is_some() {}
            return;
        }
    }
}

/// Kind, flags and stream of the next frame.
async fn read_frame(socket: &mut TcpStream) -> Option<(u8, u8, u32)> {
    let mut head = [0; 9];
    socket.read_exact(&mut head).await.ok()?;
    let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
    let mut payload = vec![0; length as usize];
    socket.read_exact(&mut payload).await.ok()?;
    Some((head[3], head[4], u32::from_be_bytes([head[5], head[6], head[7], head[8]]) & 0x7fff_ffff))
}
