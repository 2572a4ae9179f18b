//! Connections: accepting, limiting, draining.

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
use super::stream::{Observer, Patience, PatientStream};
use super::table::{Reason, Seat, Table};
use super::{HttpCounters, HttpLimits, Scrape, ServerConfig};

/// How long accepting rests after a failure that is not the connection's own, such as too many open
/// files: at once again it would only fail again.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

/// How soon it is looked again for a connection to evict where all have something to do.
const ROOM_PAUSE: Duration = Duration::from_millis(20);

/// Connections that were evicted but whose tasks have not ended yet.
const MOST_ENDING: usize = 16;

/// Connections that may wait in the kernel's queue, as far as `net.core.somaxconn` lets them.
const BACKLOG: i32 = 1024;

/// Bytes of an answer that the kernel takes from us before the client does. Twice that is the
/// kernel's own memory for it, and it would let this grow to megabytes for each connection.
const SEND_BUFFER: usize = 208 * 1024;

/// hyper panics if told less.
const SMALLEST_BUFFER: usize = 8192;

/// Why serving could not begin.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// A listener cannot be used.
    #[error("cannot serve on a listener")]
    Listener(#[source] io::Error),
}

/// Serves until `shutdown` ends or a client may and does end the program, and then until the running
/// requests have ended, at most for [`HttpLimits::drain`]. Listeners and idle connections are closed
/// at once.
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
                tracing::info!("Ending: a request to /-/quit came");
                break;
            }
            Some(ended) = connections.tasks.join_next() => report(ended),
            accepted = acceptor.accept(), if room => match accepted {
                Ok((stream, peer)) => {
                    connections.begin(stream, peer);
                    if connections.is_full() {
                        // Who has asked already shall be seen to before the next one comes.
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
            // Connections take it over from their listener.
            rustix::net::sockopt::set_socket_send_buffer_size(&listener, SEND_BUFFER)?;
            TcpListener::from_std(listener)
        })
        .collect::<io::Result<_>>()
        .map_err(ServeError::Listener)
}

/// Whether there are no descriptors left, of this process or of the machine.
fn lacks_descriptors(error: &io::Error) -> bool {
    use rustix::io::Errno;

    let errno = Errno::from_io_error(error);
    errno.is_some_and(|errno| matches!(errno, Errno::MFILE | Errno::NFILE))
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
    table: Arc<Table>,
    limits: HttpLimits,
    /// Tells of attempts to accept that failed.
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
        let ending = self.limits.connections.saturating_add(MOST_ENDING);
        self.tasks.len() < ending && self.table.has_room(Instant::now())
    }

    fn begin(&mut self, stream: TcpStream, peer: SocketAddr) {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "the connection was gone before its first request");
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
            // Not before the first turn of this: hyper makes it while the last answer is still being
            // written.
            async move {
                seat.answering();
                let answer = handler.answer(request, &seat).await;
                seat.writing();
                Ok::<_, Infallible>(answer)
            }
        });
        let patience = Patience {
            whole: self.limits.write_timeout,
            window: self.limits.reader_window,
            least_bytes: self.limits.reader_bytes,
        };
        let stream = TokioIo::new(PatientStream::new(stream, patience, Arc::clone(&seat)));
        let connection = self.protocol.serve_connection(stream, service);
        // Watched from here on, not from the task's first turn: else a shutdown in between would
        // pass it by.
        let connection = self.graceful.watch(connection);
        let head_timeout = self.limits.head_timeout;
        let task = self.tasks.spawn(async move {
            if let Err(error) = converse(connection, &seat, head_timeout).await {
                tracing::debug!(%error, "a connection ended early");
            }
        });
        self.table.runs_as(id, task);
    }

    /// After a failure to accept: makes room if that is what lacks, else waits a little.
    async fn rest_after(&self, error: &io::Error) {
        use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};

        // These are about a client that went away before its turn came.
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
