//! HTTP/2: its limits, and a connection that answers several requests at a time.
//!
//! The flow control of HTTP/2 lets a client stop reading while the socket stays writable, and lets it
//! withdraw a request at any time. So neither a write that waits nor the end of a request tells when work
//! is done, as they do in HTTP/1: [`Streams`] counts requests until they are answered and responses until
//! they are written.

mod streams;

use std::convert::Infallible;
use std::error::Error;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Instant;

use http_body_util::{BodyExt as _, Full};

use hyper::body::Incoming;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper::{Request, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::graceful::Watcher;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::sleep_until;

use self::streams::Streams;
use super::HttpLimits;
use super::answer::{HttpResponse, text};
use super::stream::{TimeoutStream, WriteTimeouts};
use super::table::Seat;

/// Concurrent requests of a connection. Prometheus uses one at a time.
const MAX_STREAMS: u32 = 16;

/// Requests that a client withdrew before the server saw them (rapid reset), after which the connection is
/// closed.
const MAX_PENDING_RESETS: usize = 20;

/// Streams that the server reset because of errors of the client, after which the connection is closed.
const MAX_ERROR_RESETS: usize = 64;

/// Bytes of request bodies that a client may send. They are never read.
const WINDOW: u32 = 65_535;

/// Bytes of a frame.
const MAX_FRAME: u32 = 16_384;

/// Bytes of each response that wait for the client's flow control, beyond the response itself.
const MAX_SEND_BUFFER: usize = 64 * 1024;

fn protocol(limits: &HttpLimits) -> http2::Builder<TokioExecutor> {
    let mut protocol = http2::Builder::new(TokioExecutor::new());
    protocol
        .timer(TokioTimer::new())
        .max_concurrent_streams(MAX_STREAMS)
        .max_pending_accept_reset_streams(MAX_PENDING_RESETS)
        .max_local_error_reset_streams(MAX_ERROR_RESETS)
        // Also bounds the CONTINUATION frames of a head.
        .max_header_list_size(u32::try_from(limits.head_bytes).unwrap_or(u32::MAX))
        .initial_stream_window_size(WINDOW)
        .initial_connection_window_size(WINDOW)
        .adaptive_window(false)
        .max_frame_size(MAX_FRAME)
        .max_send_buf_size(MAX_SEND_BUFFER)
        .keep_alive_interval(None);
    protocol
}

/// Serves requests until the client has no more, or a limit ends the connection.
///
/// `first_head` is when the first request has to be complete. `answer` answers a request, and is not
/// cancelled if the client withdraws it: otherwise it could start more scrapes at once than allowed.
///
/// # Errors
/// The client's, or its connection's.
pub(super) async fn converse<A>(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    seat: Arc<Seat>,
    limits: &HttpLimits,
    shutdown: Watcher,
    first_head: Instant,
    answer: impl Fn(Request<Incoming>, Arc<Seat>) -> A + Send + Sync + 'static,
) -> Result<(), Box<dyn Error + Send + Sync>>
where
    A: Future<Output = HttpResponse> + Send + 'static,
{
    let streams = Arc::new(Streams::new(seat, limits, first_head));
    let answer = Arc::new(answer);
    let served = Arc::clone(&streams);
    let service = service_fn(move |request| {
        let (streams, answer) = (Arc::clone(&served), Arc::clone(&answer));
        async move { Ok::<_, Infallible>(respond(request, streams, &*answer).await) }
    });
    let timeouts = WriteTimeouts {
        whole: limits.write_timeout,
        window: limits.reader_window,
        least_bytes: limits.reader_bytes,
    };
    let stream = TimeoutStream::new(stream, timeouts, Arc::clone(&streams));
    let connection = protocol(limits).serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(shutdown.watch(connection));
    loop {
        let overdue = streams.deadline();
        let wait = overdue.unwrap_or_else(Instant::now);
        tokio::select! {
            ended = &mut connection => return Ok(ended?),
            () = streams.changed() => {}
            () = sleep_until(wait.into()), if overdue.is_some() => {
                if streams.end_if_overdue(Instant::now()) {
                    return Ok(());
                }
            }
        }
    }
}

/// Answers a request in a task of its own.
async fn respond<A>(
    request: Request<Incoming>,
    streams: Arc<Streams>,
    answer: impl Fn(Request<Incoming>, Arc<Seat>) -> A,
) -> HttpResponse
where
    A: Future<Output = HttpResponse> + Send + 'static,
{
    let Some(running) = streams.begin() else {
        // The connection ends, so that the client hardly reads this.
        return text(
            StatusCode::SERVICE_UNAVAILABLE,
            "Too many requests were reset.\n",
        );
    };
    let withdrawn = streams.expect_answer();
    let answer = answer(request, streams.seat());
    let task = tokio::spawn(async move {
        let answer = answer.await;
        drop(running);
        answer
    });
    // It fails only if the task panicked, or the program ends.
    let response = task
        .await
        .unwrap_or_else(|_| text(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error\n"));
    withdrawn.answered();
    let (head, body) = response.into_parts();
    let body = match body.collect().await {
        Ok(body) => body.to_bytes(),
        Err(never) => match never {},
    };
    HttpResponse::from_parts(head, Full::new(streams.write(body)))
}
