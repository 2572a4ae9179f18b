//! The parts of WASI 0.2 that guests get beside files: clocks, random numbers, and streams into the
//! log. No environment, arguments, input or sockets.

pub(crate) mod filesystem;
pub(crate) mod random;

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::io::AsyncWrite;
use wasmtime::component::Resource;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::bindings::clocks::monotonic_clock;
use wasmtime_wasi::p2::bindings::sync::io::poll;
use wasmtime_wasi::p2::{DynPollable, OutputStream, Pollable, StreamResult, subscribe};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

use super::State;
use super::log::{SharedLog, Stream};
use crate::fuel;
use crate::limits::Limits;
pub(crate) use random::Random;

/// A context with everything closed but the two output streams.
pub(super) fn context(log: &SharedLog, limits: &Limits, random: Random) -> WasiCtx {
    let mut builder = WasiCtx::builder();
    builder
        .stdout(LogStream(log.clone(), Stream::Stdout))
        .stderr(LogStream(log.clone(), Stream::Stderr))
        .allow_blocking_current_thread(true)
        .max_random_size(limits.random_bytes);
    random.apply(&mut builder);
    builder.build()
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

/// An output stream of the guest. It is always ready: excess output is dropped.
#[derive(Debug, Clone)]
struct LogStream(SharedLog, Stream);

/// Maximum bytes of one write.
const WRITE_PERMIT: usize = 4096;

impl IsTerminal for LogStream {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for LogStream {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(self.clone())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

impl OutputStream for LogStream {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.0.write(self.1, &bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(WRITE_PERMIT)
    }
}

#[wasmtime_wasi::async_trait]
impl Pollable for LogStream {
    async fn ready(&mut self) {}
}

impl AsyncWrite for LogStream {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        self.0.write(self.1, bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// The monotonic clock. Its timers never go beyond the deadline of the call: a sleeping guest
/// occupies a thread, and must not occupy it longer than a working one.
impl monotonic_clock::Host for State {
    fn now(&mut self) -> wasmtime::Result<monotonic_clock::Instant> {
        self.charge(fuel::CALL);
        Ok(nanoseconds(self.started.elapsed()))
    }

    fn resolution(&mut self) -> wasmtime::Result<monotonic_clock::Instant> {
        Ok(1)
    }

    fn subscribe_instant(
        &mut self,
        when: monotonic_clock::Instant,
    ) -> wasmtime::Result<Resource<DynPollable>> {
        let elapsed = nanoseconds(self.started.elapsed());
        self.subscribe_duration(when.saturating_sub(elapsed))
    }

    fn subscribe_duration(
        &mut self,
        duration: monotonic_clock::Duration,
    ) -> wasmtime::Result<Resource<DynPollable>> {
        self.charge(fuel::CALL);
        let when = Instant::now().checked_add(Duration::from_nanos(duration));
        let until = when.map_or(self.deadline(), |when| when.min(self.deadline()));
        self.timer_capped |= when != Some(until);
        let timer = self.table.push(Timer { until })?;
        subscribe(&mut self.table, timer)
    }
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// Becomes ready at a time. It blocks the thread, because guests run on threads of their own.
struct Timer {
    until: Instant,
}

#[wasmtime_wasi::async_trait]
impl Pollable for Timer {
    async fn ready(&mut self) {
        std::thread::sleep(self.until.saturating_duration_since(Instant::now()));
    }
}

/// Waits for several pollables at once, at most as many as the guest may have handles. Each costs
/// fuel, because the library processes the whole list.
impl poll::Host for State {
    fn poll(&mut self, pollables: Vec<Resource<DynPollable>>) -> wasmtime::Result<Vec<u32>> {
        self.charge(fuel::CALL + pollables.len() as u64 * fuel::POLLABLE);
        self.check()?;
        poll::Host::poll(&mut self.table, pollables)
    }
}

impl poll::HostPollable for State {
    fn ready(&mut self, pollable: Resource<DynPollable>) -> wasmtime::Result<bool> {
        poll::HostPollable::ready(self.resources(), pollable)
    }

    fn block(&mut self, pollable: Resource<DynPollable>) -> wasmtime::Result<()> {
        poll::HostPollable::block(self.resources(), pollable)
    }

    fn drop(&mut self, pollable: Resource<DynPollable>) -> wasmtime::Result<()> {
        poll::HostPollable::drop(self.resources(), pollable)
    }
}
