//! Accepts, limits and drains connections.

use std::convert::Infallible;
use std::error::Error;
use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{Notify, watch};
use tokio::task::{JoinError, JoinSet, yield_now};
use tokio::time::{Instant as Deadline, sleep, timeout, timeout_at};

use firepit_exposition::escape::escaped;

use super::accept::Acceptor;
use super::gate::Gate;
use super::handler::Handler;
use super::http2;
use super::listener::{Listener, ReadyListener};
use super::peer::Peer;
use super::pulse::Heart;
use super::seldom::Seldom;
use super::socket::Socket;
use super::stream::{Observer, TimeoutStream, WriteTimeouts};
use super::table::{Reason, Seat, Table};
use super::tls::{self, LiveTls, Refused};
use super::{HttpCounters, HttpLimits, Scrape, ServerConfig, WebConfig};

/// How long to pause accepting after an error that the connection did not cause, such as too many open
/// files: an immediate retry would only fail again.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

/// How soon to look again for a connection to evict, if all are busy.
const ROOM_PAUSE: Duration = Duration::from_millis(20);

/// Maximum number of evicted connections whose tasks have not ended yet.
const MAX_ENDING: usize = 16;

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
/// [`HttpLimits::drain`]. Closes listeners and idle connections at once. Answers questions to `heart` until then.
///
/// Needs a tokio runtime with I/O and time; a current-thread runtime is enough.
///
/// # Errors
///
/// Only before the first connection. An error or a panic in a connection ends that connection only.
pub async fn serve(
    listeners: Vec<Listener>,
    service: Arc<impl Scrape>,
    counters: HttpCounters,
    config: ServerConfig,
    web_config: Option<WebConfig>,
    mut heart: Heart,
    shutdown: impl Future<Output = ()>,
) -> Result<(), ServeError> {
    let mut acceptor = Acceptor::new(prepare(listeners)?);
    let limits = config.limits.clone();
    let quit = Arc::new(Notify::new());
    let table = Table::new(limits.clone(), config.max_requests, counters.clone());
    let (gate, tls) = match web_config {
        Some(web_config) => {
            let (gate, tls) = Gate::new(web_config, config.open_health_endpoints);
            (Some(gate), tls)
        }
        None => (None, None),
    };
    let handler = Handler::new(service, counters, config, gate, Arc::clone(&quit));
    let mut connections = Connections::new(handler, Arc::new(table), limits, tls);
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
            Some(()) = heart.beat() => {}
            Some(ended) = connections.tasks.join_next() => report(ended),
            accepted = acceptor.accept(), if room => match accepted {
                Ok((socket, peer)) => {
                    connections.begin(socket, peer);
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
    drop((acceptor, heart));
    connections.drain().await;
    Ok(())
}

fn prepare(listeners: Vec<Listener>) -> Result<Vec<ReadyListener>, ServeError> {
    let ready = listeners.into_iter().map(Listener::ready);
    ready
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
    limits: Arc<HttpLimits>,
    tls: Option<Arc<LiveTls>>,
    /// Ends handshakes when it is dropped.
    stopping: watch::Sender<()>,
    /// Rate limits the log of accept errors.
    failing: Seldom,
    /// Rate limits the log of failed handshakes.
    refused: Arc<Seldom>,
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
    fn new(
        handler: Handler<S>,
        table: Arc<Table>,
        limits: HttpLimits,
        tls: Option<LiveTls>,
    ) -> Self {
        Self {
            tasks: JoinSet::new(),
            graceful: GracefulShutdown::new(),
            protocol: protocol(&limits),
            handler: Arc::new(handler),
            table,
            limits: Arc::new(limits),
            tls: tls.map(Arc::new),
            stopping: watch::Sender::new(()),
            failing: Seldom::default(),
            refused: Arc::default(),
        }
    }

    fn is_full(&self) -> bool {
        self.tasks.len() >= self.limits.connections
    }

    fn have_room(&self) -> bool {
        let ending = self.limits.connections.saturating_add(MAX_ENDING);
        self.tasks.len() < ending && self.table.has_room(Instant::now())
    }

    fn begin(&mut self, socket: Socket, peer: Peer) {
        if let Err(error) = socket.prepare() {
            tracing::debug!(%error, "connection was closed before its first request");
            return;
        }
        let Some(seat) = self.table.admit(peer, Instant::now()) else {
            return;
        };
        let id = seat.id();
        let conversation = Conversation {
            handler: Arc::clone(&self.handler),
            seat: Arc::new(seat),
            protocol: self.protocol.clone(),
            // Taken here, not at the task's first poll: otherwise it would miss a shutdown in between.
            shutdown: self.graceful.watcher(),
            stopping: self.stopping.subscribe(),
            limits: Arc::clone(&self.limits),
            refused: Arc::clone(&self.refused),
            first_head: Deadline::now() + self.limits.head_timeout,
            write_timeouts: WriteTimeouts {
                whole: self.limits.write_timeout,
                window: self.limits.reader_window,
                least_bytes: self.limits.reader_bytes,
            },
        };
        let task = match &self.tls {
            None => self.tasks.spawn(conversation.run(socket)),
            Some(tls) => self
                .tasks
                .spawn(conversation.run_encrypted(socket, Arc::clone(tls))),
        };
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
        drop(self.stopping);
        let ended = timeout(self.limits.drain, self.graceful.shutdown()).await;
        if ended.is_err() {
            tracing::warn!("aborted requests that did not finish within the drain time");
        }
        self.tasks.shutdown().await;
    }
}

/// hyper's own limits. hyper has one timeout for a head, starting when it waits for it, so that is the time
/// between two requests; [`Conversation`] limits the time of the first one.
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

/// One connection, from accepting it to its end.
struct Conversation<S> {
    handler: Arc<Handler<S>>,
    seat: Arc<Seat>,
    protocol: http1::Builder,
    shutdown: Watcher,
    /// Fails when handshakes shall end.
    stopping: watch::Receiver<()>,
    limits: Arc<HttpLimits>,
    refused: Arc<Seldom>,
    /// When the head of the first request must be complete, and everything before it.
    first_head: Deadline,
    write_timeouts: WriteTimeouts,
}

impl<S: Scrape> Conversation<S> {
    async fn run(self, socket: Socket) {
        report_early_end(self.converse(socket).await);
    }

    /// Makes the handshake first. For the table this is a connection without a first request: evicted
    /// before those with one.
    async fn run_encrypted(mut self, socket: Socket, tls: Arc<LiveTls>) {
        let handshake = timeout_at(self.first_head, tls::accept(socket, &tls));
        let handshaken = tokio::select! {
            handshaken = handshake => handshaken,
            _ = self.stopping.changed() => return,
        };
        let stream = match handshaken {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => return self.report_refused(&error),
            Err(_) => return self.seat.overdue(Reason::Head),
        };
        report_early_end(if tls::chose_http2(&stream) {
            self.converse_in_streams(stream).await
        } else {
            self.converse(stream).await
        });
    }

    /// Logs a failed handshake; one of them in a while so that an operator sees it.
    fn report_refused(&self, error: &Refused) {
        let error = escaped(&error.to_string()).to_string();
        if self.refused.now() {
            tracing::info!(error, "TLS handshake failed");
        } else {
            tracing::debug!(error, "TLS handshake failed");
        }
    }

    /// Serves HTTP/2.
    async fn converse_in_streams(
        self,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    ) -> Result<(), Box<dyn Error + Send + Sync>> {
        let handler = self.handler;
        let answer = move |request, seat: Arc<Seat>| {
            let handler = Arc::clone(&handler);
            async move { handler.answer(request, &seat).await }
        };
        let first_head = self.first_head.into_std();
        let limits = &self.limits;
        http2::converse(stream, self.seat, limits, self.shutdown, first_head, answer).await
    }

    /// Serves requests until the client has no more, or its first one is overdue.
    async fn converse(
        self,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    ) -> Result<(), Box<dyn Error + Send + Sync>> {
        let Self { handler, seat, .. } = self;
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
        let stream = TimeoutStream::new(stream, self.write_timeouts, Arc::clone(&seat));
        let connection = self
            .protocol
            .serve_connection(TokioIo::new(stream), service);
        let mut connection = pin!(self.shutdown.watch(connection));
        match timeout_at(self.first_head, &mut connection).await {
            Ok(ended) => Ok(ended?),
            Err(_) if seat.has_asked() => Ok(connection.await?),
            Err(_) => {
                seat.overdue(Reason::Head);
                Ok(())
            }
        }
    }
}

fn report_early_end(outcome: Result<(), Box<dyn Error + Send + Sync>>) {
    if let Err(error) = outcome {
        tracing::debug!(%error, "connection ended early");
    }
}
