//! A connection whose client has to read what is sent to it.
//!
//! hyper limits the time to read a request but not the time to write a response: a client that requests
//! metrics and reads nothing would keep its connection, and the response, for ever.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

/// How long writes may wait.
#[derive(Debug, Clone, Copy)]
pub(super) struct WriteTimeouts {
    /// From the first write that has to wait until everything is written.
    pub(super) whole: Duration,
    /// In each such window a waiting client must read `least_bytes`.
    pub(super) window: Duration,
    /// Bytes that it must read in a window.
    pub(super) least_bytes: usize,
}

/// Observes the progress of writes.
pub(super) trait Observer: Unpin {
    /// The kernel has everything that was written.
    fn flushed(&self);
    /// The client did not read in time.
    fn too_slow(&self);
}

/// A stream that fails once writes are blocked for too long, or progress too slowly.
pub(super) struct TimeoutStream<S, O> {
    stream: S,
    timeouts: WriteTimeouts,
    observer: O,
    /// Whether something was written since the last flush.
    dirty: bool,
    wait: Option<Wait>,
}

/// A wait for a slow client.
struct Wait {
    ends: Instant,
    /// Bytes that it read in this window.
    taken: usize,
    sleep: Pin<Box<Sleep>>,
}

impl Wait {
    fn new(timeouts: &WriteTimeouts) -> Self {
        let now = Instant::now();
        let ends = now + timeouts.whole;
        Self {
            ends,
            taken: 0,
            sleep: Box::pin(sleep_until(ends.min(now + timeouts.window))),
        }
    }

    /// Ready when the client is too slow.
    fn poll(&mut self, timeouts: &WriteTimeouts, context: &mut Context<'_>) -> Poll<()> {
        loop {
            ready!(self.sleep.as_mut().poll(context));
            let now = Instant::now();
            if now >= self.ends || self.taken < timeouts.least_bytes {
                return Poll::Ready(());
            }
            self.taken = 0;
            self.sleep
                .as_mut()
                .reset(self.ends.min(now + timeouts.window));
        }
    }
}

impl<S, O: Observer> TimeoutStream<S, O> {
    /// Wraps a stream whose peer may delay writes for `timeouts`.
    pub(super) fn new(stream: S, timeouts: WriteTimeouts, observer: O) -> Self {
        Self {
            stream,
            timeouts,
            observer,
            dirty: false,
            wait: None,
        }
    }

    fn or_timeout<T>(
        &mut self,
        context: &mut Context<'_>,
        written: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if written.is_ready() {
            return written;
        }
        let timeouts = self.timeouts;
        let wait = self.wait.get_or_insert_with(|| Wait::new(&timeouts));
        ready!(wait.poll(&timeouts, context));
        self.observer.too_slow();
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }

    fn wrote(
        &mut self,
        context: &mut Context<'_>,
        written: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        self.dirty = true;
        if let (Poll::Ready(Ok(bytes)), Some(wait)) = (&written, &mut self.wait) {
            wait.taken = wait.taken.saturating_add(*bytes);
        }
        self.or_timeout(context, written)
    }
}

impl<S: AsyncRead + Unpin, O: Observer> AsyncRead for TimeoutStream<S, O> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin, O: Observer> AsyncWrite for TimeoutStream<S, O> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.wrote(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.wrote(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    /// hyper flushes when nothing is left to write, which ends the wait.
    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(context);
        if flushed.is_ready() {
            self.wait = None;
            if std::mem::take(&mut self.dirty) {
                self.observer.flushed();
            }
        }
        self.or_timeout(context, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let shut = Pin::new(&mut self.stream).poll_shutdown(context);
        self.or_timeout(context, shut)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::future::poll_fn;
    use std::rc::Rc;

    use super::*;

    /// A peer that reads one byte at every other attempt.
    #[derive(Default)]
    struct Trickle {
        takes: bool,
    }

    impl AsyncWrite for Trickle {
        fn poll_write(
            mut self: Pin<&mut Self>,
            context: &mut Context<'_>,
            _: &[u8],
        ) -> Poll<io::Result<usize>> {
            self.takes = !self.takes;
            if self.takes {
                return Poll::Ready(Ok(1));
            }
            context.waker().wake_by_ref();
            Poll::Pending
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    /// Counts calls: flushes, and slow clients.
    #[derive(Clone, Default)]
    struct Counts(Rc<Cell<(usize, usize)>>);

    impl Observer for Counts {
        fn flushed(&self) {
            let (flushed, slow) = self.0.get();
            self.0.set((flushed + 1, slow));
        }

        fn too_slow(&self) {
            let (flushed, slow) = self.0.get();
            self.0.set((flushed, slow + 1));
        }
    }

    const HOUR: Duration = Duration::from_secs(3600);

    fn timeouts(whole: Duration, window: Duration, least_bytes: usize) -> WriteTimeouts {
        WriteTimeouts {
            whole,
            window,
            least_bytes,
        }
    }

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap()
            .block_on(future)
    }

    /// Writes until it fails; returns the error, and the observer's counts.
    fn write_on(timeouts: WriteTimeouts) -> (io::ErrorKind, (usize, usize)) {
        let counts = Counts::default();
        let error = block_on(async {
            let mut stream = TimeoutStream::new(Trickle::default(), timeouts, counts.clone());
            loop {
                let written =
                    poll_fn(|context| Pin::new(&mut stream).poll_write(context, b"x")).await;
                if let Err(error) = written {
                    return error.kind();
                }
            }
        });
        (error, counts.0.get())
    }

    #[test]
    fn small_reads_do_not_renew_the_deadline() {
        let little = timeouts(Duration::from_millis(5), HOUR, 0);
        assert_eq!(write_on(little), (io::ErrorKind::TimedOut, (0, 1)));
    }

    #[test]
    fn client_must_read_a_minimum_per_interval() {
        let slow = timeouts(HOUR, Duration::from_millis(5), usize::MAX);
        assert_eq!(write_on(slow), (io::ErrorKind::TimedOut, (0, 1)));
        // A client that reads enough goes on from window to window, until the whole time is over.
        let steady = timeouts(Duration::from_millis(50), Duration::from_millis(5), 1);
        let began = std::time::Instant::now();
        assert_eq!(write_on(steady), (io::ErrorKind::TimedOut, (0, 1)));
        assert!(began.elapsed() >= Duration::from_millis(50));
    }

    #[test]
    fn flush_ends_the_wait_and_is_reported_once() {
        let counts = Counts::default();
        block_on(async {
            let long = timeouts(HOUR, HOUR, 0);
            let mut stream = TimeoutStream::new(Trickle::default(), long, counts.clone());
            for _ in 0..2 {
                poll_fn(|context| Pin::new(&mut stream).poll_write(context, b"x"))
                    .await
                    .unwrap();
            }
            assert!(stream.wait.is_some());
            for _ in 0..2 {
                poll_fn(|context| Pin::new(&mut stream).poll_flush(context))
                    .await
                    .unwrap();
            }
            assert!(stream.wait.is_none());
        });
        assert_eq!(counts.0.get(), (1, 0));
    }
}
