//! A stream whose first bytes were read already.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, ReadBuf};

/// Bytes that tell HTTP from TLS.
const LENGTH: usize = 5;

/// A stream that returns its first bytes once more.
pub(in crate::web) struct Prefixed<S> {
    prefix: [u8; LENGTH],
    /// The part of `prefix` that is not read again yet.
    begin: usize,
    end: usize,
    stream: S,
}

impl<S: AsyncRead + Unpin> Prefixed<S> {
    /// Reads the first bytes of a stream, fewer only if it ends.
    ///
    /// # Errors
    /// The stream's.
    pub(super) async fn read(mut stream: S) -> io::Result<Self> {
        let mut prefix = [0; LENGTH];
        let mut end = 0;
        while let Some(rest) = prefix.get_mut(end..).filter(|rest| !rest.is_empty()) {
            match stream.read(rest).await? {
                0 => break,
                length => end += length,
            }
        }
        Ok(Self {
            prefix,
            begin: 0,
            end,
            stream,
        })
    }

    /// The first bytes.
    pub(super) fn prefix(&self) -> &[u8] {
        self.prefix.get(..self.end).unwrap_or_default()
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Prefixed<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let (begin, end) = (self.begin, self.end);
        let rest = self.prefix.get(begin..end).unwrap_or_default();
        if rest.is_empty() {
            return Pin::new(&mut self.stream).poll_read(context, buffer);
        }
        let length = rest.len().min(buffer.remaining());
        buffer.put_slice(rest.get(..length).unwrap_or_default());
        self.begin += length;
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Prefixed<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
