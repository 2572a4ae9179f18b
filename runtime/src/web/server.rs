//! Connections: accepting, limiting, draining.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::{JoinError, JoinSet};
use tokio::time::{sleep, timeout};

use super::accept::Acceptor;
use super::handler::Handler;
use super::stream::PatientStream;
use super::{HttpCounters, HttpLimits, Scrape, ServerConfig};

/// How long accepting rests after a failure that is not the connection's own, such as too many open
/// files: at once again it would only fail again.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

/// hyper panics if told less.
const SMALLEST_BUFFER: usize = 8192;

/// Why serving could not begin.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// A listener cannot be used.
    #[error("cannot serve on a listener")]
    Listener(#[source] io::Error),
}

/// Serves until `shutdown` ends or a client may and does end the program, and then until the running requests have ended, at most for
/// [`HttpLimits::drain`]. Listeners and idle connections are closed at once.
///
/// Needs a tokio runtime with I/O and time. A current-thread one is enough.
///
/// # Errors
///
/// Only before the first connection. What happens to a connection, a panic included, ends that
/// connection and nothing else.
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
    let handler = Handler::new(service, counters, config, Arc::clone(&quit));
    let mut connections = Connections::new(handler, limits);
    let mut shutdown = pin!(shutdown);
    loop {
        let room = connections.have_room();
        tokio::select! {
            biased;
            () = &mut shutdown => break,
            () = quit.notified() => {
                tracing::info!("Ending: a request to /-/quit came");
                break;
            }
            Some(ended) = connections.tasks.join_next() => report(ended),
            accepted = acceptor.accept(), if room => match accepted {
                Ok(stream) => connections.begin(stream),
                Err(error) => rest_after(&error).await,
            },
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
            TcpListener::from_std(listener)
        })
        .collect::<io::Result<_>>()
        .map_err(ServeError::Listener)
}

async fn rest_after(error: &io::Error) {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};

    // These are about a client that went away before its turn came.
    if matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset
    ) {
        return;
    }
    tracing::warn!(%error, "cannot accept a connection");
    sleep(ACCEPT_PAUSE).await;
}

fn report(ended: Result<(), JoinError>) {
    if let Err(error) = ended
        && error.is_panic()
    {
        tracing::error!("serving a connection ended in a panic");
    }
}

/// The connections there are, each a task of its own.
struct Connections<S> {
    tasks: JoinSet<()>,
    graceful: GracefulShutdown,
    protocol: http1::Builder,
    handler: Arc<Handler<S>>,
    limits: HttpLimits,
}

impl<S: Scrape> Connections<S> {
    fn new(handler: Handler<S>, limits: HttpLimits) -> Self {
        Self {
            tasks: JoinSet::new(),
            graceful: GracefulShutdown::new(),
            protocol: protocol(&limits),
            handler: Arc::new(handler),
            limits,
        }
    }

    fn have_room(&self) -> bool {
        self.tasks.len() < self.limits.connections
    }

    fn begin(&mut self, stream: TcpStream) {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "the connection was gone before its first request");
            return;
        }
        let handler = Arc::clone(&self.handler);
        let asked = Arc::new(AtomicBool::new(false));
        let asks = Arc::clone(&asked);
        let service = service_fn(move |request| {
            asks.store(true, Ordering::Relaxed);
            let handler = Arc::clone(&handler);
            async move { Ok::<_, Infallible>(handler.answer(request).await) }
        });
        let stream = TokioIo::new(PatientStream::new(stream, self.limits.write_timeout));
        let connection = self.protocol.serve_connection(stream, service);
        // Watched from here on, not from the task's first turn: else a shutdown in between would
        // pass it by.
        let connection = self.graceful.watch(connection);
        let head_timeout = self.limits.head_timeout;
        self.tasks.spawn(async move {
            if let Err(error) = converse(connection, &asked, head_timeout).await {
                tracing::debug!(%error, "a connection ended early");
            }
        });
    }

    async fn drain(mut self) {
        let ended = timeout(self.limits.drain, self.graceful.shutdown()).await;
        if ended.is_err() {
            tracing::warn!("requests that did not end in the time to drain were cut off");
        }
        self.tasks.shutdown().await;
    }
}

/// hyper's own limits. It has one time for a head, from the moment it waits for it, so that is the
/// time between two requests; [`converse`] sees to the first one.
fn protocol(limits: &HttpLimits) -> http1::Builder {
    let mut protocol = http1::Builder::new();
    protocol
        .timer(TokioTimer::new())
        .header_read_timeout(limits.idle_timeout)
        .max_headers(limits.headers)
        .max_header_size(limits.head_bytes)
        .max_buf_size(limits.head_bytes.max(SMALLEST_BUFFER))
        // A client that has said all it has to say still gets its answer. One that left altogether
        // does not cancel its scrape either, so it cannot have more of them at once than allowed.
        .half_close(true);
    protocol
}

/// Runs a connection to its end, or until its first request is overdue.
async fn converse(
    connection: impl Future<Output = Result<(), hyper::Error>>,
    asked: &AtomicBool,
    head_timeout: Duration,
) -> Result<(), hyper::Error> {
    let mut connection = pin!(connection);
    match timeout(head_timeout, &mut connection).await {
        Ok(ended) => ended,
        Err(_) if asked.load(Ordering::Relaxed) => connection.await,
        Err(_) => Ok(()),
    }
}
