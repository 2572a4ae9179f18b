//! Accepts, limits and drains connections.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::{self, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::{JoinError, JoinSet, yield_now};
use tokio::time::{sleep, timeout};

use super::accept::Acceptor;
use super::handler::Handler;
use super::seldom::Seldom;
use super::stream::{Observer, TimeoutStream, WriteTimeouts};
use super::table::{Reason, Seat, Table};
use super::{HttpCounters, HttpLimits, Scrape, ServerConfig};

/// How long to pause accepting after an error that the connection did not cause, such as too many open
/// files: an immediate retry would only fail again.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

/// How soon to look again for a connection to evict, if all are busy.
const ROOM_PAUSE: Duration = Duration::from_millis(20);

/// Maximum number of evicted connections whose tasks have not ended yet.
const MAX_ENDING: usize = 16;

/// Connections that may wait in the kernel's queue, within the limit of `net.core.somaxconn`.
const BACKLOG: i32 = 1024;

/// Bytes of a response that the kernel buffers before the client reads them. The kernel uses twice that
/// memory, and would let it grow to megabytes for each connection.
const SEND_BUFFER: usize = 208 * 1024;

/// hyper panics below this size.
const MIN_BUFFER: usize = 8192;

/// Why serving could not begin.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// A listener cannot be used.
    #[error("cannot serve on a listener")]
    Listener(#[source] io::Error),
}

/// Serves until `shutdown` resolves or `/-/quit` is called, then drains running requests for at most
/// [`HttpLimits::drain`]. Closes listeners and idle connections at once.
///
/// Needs a tokio runtime with I/O and time; a current-thread runtime is enough.
///
/// # Errors
///
/// Only before the first connection. An error or a panic in a connection ends that connection only.
pub async fn serve(
    listeners: Vec<net::TcpListener>,
    service: Arc<impl Scrape>,
    counters: HttpCounters,
    config: ServerConfig,
    shutdown: impl Future<Output = ()>,
) -> Result<(), ServeError> {
    let mut acceptor = Acceptor::new(prepare(listeners)?);
    let limits = config.limits.clone();
    let quit = Arc::new(Notify::new());
    let table = Table::new(limits.clone(), config.max_requests, counters.clone());
    let handler = Handler::new(service, counters, config, Arc::clone(&quit));
    let mut connections = Connections::new(handler, Arc::new(table), limits);
    let mut shutdown = pin!(shutdown);
    loop {
        let room = connections.have_room();
        tokio::select! {
            biased;
            () = &mut shutdown => break,
            () = quit.notified() => {
                tracing::info!("Shutting down on a request to /-/quit");
                break;
            }
            Some(ended) = connections.tasks.join_next() => report(ended),
            accepted = acceptor.accept(), if room => match accepted {
                Ok((stream, peer)) => {
                    connections.begin(stream, peer);
                    if connections.is_full() {
                        // Serve existing clients before the next connection is accepted.
                        yield_now().await;
                    }
                }
                Err(error) => connections.rest_after(&error).await,
            },
            () = sleep(ROOM_PAUSE), if !room => {}
        }
    }
    drop(acceptor);
    connections.drain().await;
    Ok(())
}

fn prepare(listeners: Vec<net::TcpListener>) -> Result<Vec<TcpListener>, ServeError> {
    listeners
        .into_iter()
        .map(|listener| {
            listener.set_nonblocking(true)?;
            rustix::net::listen(&listener, BACKLOG)?;
            // Accepted connections inherit the size from their listener.
            rustix::net::sockopt::set_socket_send_buffer_size(&listener, SEND_BUFFER)?;
            TcpListener::from_std(listener)
        })
        .collect::<io::Result<_>>()
        .map_err(ServeError::Listener)
}

/// Whether the process or the machine is out of descriptors.
fn lacks_descriptors(error: &io::Error) -> bool {
    use rustix::io::Errno;

    let errno = Errno::from_io_error(error);
    errno.is_some_and(|errno| matches!(errno, Errno::MFILE | Errno::NFILE))
}

fn report(ended: Result<(), JoinError>) {
    if let Err(error) = ended
        && error.is_panic()
    {
        tracing::error!("panic while serving a connection");
    }
}

/// The open connections, each with a task of its own.
struct Connections<S> {
    tasks: JoinSet<()>,
    graceful: GracefulShutdown,
    protocol: http1::Builder,
    handler: Arc<Handler<S>>,
    table: Arc<Table>,
    limits: HttpLimits,
    /// Rate limits the log of accept errors.
    failing: Seldom,
}

impl Observer for Arc<Seat> {
    fn flushed(&self) {
        Seat::flushed(self);
    }

    fn too_slow(&self) {
        self.overdue(Reason::SlowReader);
    }
}

impl<S: Scrape> Connections<S> {
    fn new(handler: Handler<S>, table: Arc<Table>, limits: HttpLimits) -> Self {
        Self {
            tasks: JoinSet::new(),
            graceful: GracefulShutdown::new(),
            protocol: protocol(&limits),
            handler: Arc::new(handler),
            table,
            limits,
            failing: Seldom::default(),
        }
    }

    fn is_full(&self) -> bool {
        self.tasks.len() >= self.limits.connections
    }

    fn have_room(&self) -> bool {
        let ending = self.limits.connections.saturating_add(MAX_ENDING);
        self.tasks.len() < ending && self.table.has_room(Instant::now())
    }

    fn begin(&mut self, stream: TcpStream, peer: SocketAddr) {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "connection was closed before its first request");
            return;
        }
        let Some(seat) = self.table.admit(peer.ip(), Instant::now()) else {
            return;
        };
        let id = seat.id();
        let seat = Arc::new(seat);
        let handler = Arc::clone(&self.handler);
        let answers = Arc::clone(&seat);
        let service = service_fn(move |request| {
            let (handler, seat) = (Arc::clone(&handler), Arc::clone(&answers));
            // Not earlier: hyper polls this for the first time while the previous response is still
            // being written.
            async move {
                seat.answering();
                let answer = handler.answer(request, &seat).await;
                seat.writing();
                Ok::<_, Infallible>(answer)
            }
        });
        let timeouts = WriteTimeouts {
            whole: self.limits.write_timeout,
            window: self.limits.reader_window,
            least_bytes: self.limits.reader_bytes,
        };
        let stream = TokioIo::new(TimeoutStream::new(stream, timeouts, Arc::clone(&seat)));
        let connection = self.protocol.serve_connection(stream, service);
        // Watched from here, not from the task's first poll: otherwise it would miss a shutdown in
        // between.
        let connection = self.graceful.watch(connection);
        let head_timeout = self.limits.head_timeout;
        let task = self.tasks.spawn(async move {
            if let Err(error) = converse(connection, &seat, head_timeout).await {
                tracing::debug!(%error, "connection ended early");
            }
        });
        self.table.runs_as(id, task);
    }

    /// Handles an accept error: evicts a connection if descriptors are short, otherwise waits a little.
    async fn rest_after(&self, error: &io::Error) {
        use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};

        // The client closed the connection before it was accepted.
        if matches!(
            error.kind(),
            ConnectionAborted | ConnectionRefused | ConnectionReset
        ) {
            return;
        }
        if self.failing.now() {
            tracing::warn!(%error, "cannot accept connections");
        }
        if lacks_descriptors(error) && self.table.make_room(Instant::now()) {
            yield_now().await;
        } else {
            sleep(ACCEPT_PAUSE).await;
        }
    }

    async fn drain(mut self) {
        let ended = timeout(self.limits.drain, self.graceful.shutdown()).await;
        if ended.is_err() {
            tracing::warn!("aborted requests that did not finish within the drain time");
        }
        self.tasks.shutdown().await;
    }
}

/// hyper's own limits. hyper has one timeout for a head, starting when it waits for it, so that is the time
/// between two requests; [`converse`] limits the time of the first one.
fn protocol(limits: &HttpLimits) -> http1::Builder {
    let mut protocol = http1::Builder::new();
    protocol
        .timer(TokioTimer::new())
        .header_read_timeout(limits.idle_timeout)
        .max_headers(limits.headers)
        .max_header_size(limits.head_bytes)
        .max_buf_size(limits.head_bytes.max(MIN_BUFFER))
        // A client that has finished writing still gets its response. A client that disconnects does
        // not cancel its scrape either, so it cannot start more of them at once than allowed.
        .half_close(true);
    protocol
}

/// Runs a connection to its end, or until its first request is overdue.
async fn converse(
    connection: impl Future<Output = Result<(), hyper::Error>>,
    seat: &Seat,
    head_timeout: Duration,
) -> Result<(), hyper::Error> {
    let mut connection = pin!(connection);
    match timeout(head_timeout, &mut connection).await {
        Ok(ended) => ended,
        Err(_) if seat.has_asked() => connection.await,
        Err(_) => {
            seat.overdue(Reason::Head);
            Ok(())
        }
    }
}
