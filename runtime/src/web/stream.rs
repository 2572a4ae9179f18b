//! A connection whose client must take what it is sent.
//!
//! hyper limits the time to read a request but not the time to write an answer: a client that asks
//! for pages and reads none would hold its connection, and the page, for ever.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

/// How long writes may wait.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    /// From the first write that had to wait until all that was written is gone.
    pub(super) whole: Duration,
    /// In each such time a waiting client must take `least_bytes`.
    pub(super) window: Duration,
    /// What it must take in a window.
    pub(super) least_bytes: usize,
}

/// Who is told what becomes of that which is written.
pub(super) trait Observer: Unpin {
    /// All of it is with the kernel.
    fn flushed(&self);
    /// The client did not take it in time.
    fn too_slow(&self);
}

/// A stream that fails once writes have been stuck for too long, or go on too slowly.
pub(super) struct PatientStream<S, O> {
    stream: S,
    patience: Patience,
    observer: O,
    /// Whether something was written since the last flush.
    dirty: bool,
    wait: Option<Wait>,
}

/// A client that makes writes wait.
struct Wait {
    ends: Instant,
    /// Bytes that it took in this window.
    taken: usize,
    sleep: Pin<Box<Sleep>>,
}

impl Wait {
    fn new(patience: &Patience) -> Self {
        let now = Instant::now();
        let ends = now + patience.whole;
        Self {
            ends,
            taken: 0,
            sleep: Box::pin(sleep_until(ends.min(now + patience.window))),
        }
    }

    /// Ready when the client has been too slow.
    fn poll(&mut self, patience: &Patience, context: &mut Context<'_>) -> Poll<()> {
        loop {
            ready!(self.sleep.as_mut().poll(context));
            let now = Instant::now();
            if now >= self.ends || self.taken < patience.least_bytes {
                return Poll::Ready(());
            }
            self.taken = 0;
            self.sleep
                .as_mut()
                .reset(self.ends.min(now + patience.window));
        }
    }
}

impl<S, O: Observer> PatientStream<S, O> {
    /// Wraps a stream whose peer may make it wait for `patience`.
    pub(super) fn new(stream: S, patience: Patience, observer: O) -> Self {
        Self {
            stream,
            patience,
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
        let patience = self.patience;
        let wait = self.wait.get_or_insert_with(|| Wait::new(&patience));
        ready!(wait.poll(&patience, context));
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

impl<S: AsyncRead + Unpin, O: Observer> AsyncRead for PatientStream<S, O> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin, O: Observer> AsyncWrite for PatientStream<S, O> {
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

    /// hyper flushes when nothing is left to write, which is what ends the wait.
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

    /// A peer that takes one byte at every other attempt.
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

    /// Counts what it is told: flushes, and slow clients.
    #[derive(Clone, Default)]
    struct Told(Rc<Cell<(usize, usize)>>);

    impl Observer for Told {
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

    fn patience(whole: Duration, window: Duration, least_bytes: usize) -> Patience {
        Patience {
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

    /// Writes until it fails; returns how, and what the observer was told.
    fn write_on(patience: Patience) -> (io::ErrorKind, (usize, usize)) {
        let told = Told::default();
        let error = block_on(async {
            let mut stream = PatientStream::new(Trickle::default(), patience, told.clone());
            loop {
                let written =
                    poll_fn(|context| Pin::new(&mut stream).poll_write(context, b"x")).await;
                if let Err(error) = written {
                    return error.kind();
                }
            }
        });
        (error, told.0.get())
    }

    #[test]
    fn taking_a_little_does_not_renew_the_time() {
        let little = patience(Duration::from_millis(5), HOUR, 0);
        assert_eq!(write_on(little), (io::ErrorKind::TimedOut, (0, 1)));
    }

    #[test]
    fn a_client_must_take_so_much_in_a_time() {
        let slow = patience(HOUR, Duration::from_millis(5), usize::MAX);
        assert_eq!(write_on(slow), (io::ErrorKind::TimedOut, (0, 1)));
        // Who takes enough goes on from window to window, until the whole time is over.
        let steady = patience(Duration::from_millis(50), Duration::from_millis(5), 1);
        let began = std::time::Instant::now();
        assert_eq!(write_on(steady), (io::ErrorKind::TimedOut, (0, 1)));
        assert!(began.elapsed() >= Duration::from_millis(50));
    }

    #[test]
    fn a_flush_ends_the_wait_and_is_told_once() {
        let told = Told::default();
        block_on(async {
            let long = patience(HOUR, HOUR, 0);
            let mut stream = PatientStream::new(Trickle::default(), long, told.clone());
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
        assert_eq!(told.0.get(), (1, 0));
    }
}
