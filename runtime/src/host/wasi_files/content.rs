//! Whole contents of files, held for a guest that reads them piece by piece.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use bytes::Bytes;
use wasmtime_wasi::p2::bindings::sync::io::streams;
use wasmtime_wasi::p2::{InputStream, Pollable, StreamError, StreamResult};

/// Bytes that are held for one instance at present, in all its handles and streams, and those
/// that were copied out of them.
#[derive(Debug, Clone, Default)]
pub(in crate::host) struct HeldBytes(Arc<Account>);

#[derive(Debug, Default)]
struct Account {
    held: AtomicUsize,
    copied: AtomicU64,
}

/// The content of one file. Given back to [`HeldBytes`] with the last clone.
#[derive(Debug, Clone)]
pub(super) struct Content(Arc<Held>);

#[derive(Debug)]
struct Held {
    bytes: Bytes,
    account: HeldBytes,
}

impl Drop for Held {
    fn drop(&mut self) {
        let held = &self.account.0.held;
        held.fetch_sub(self.bytes.len(), Ordering::Relaxed);
    }
}

impl HeldBytes {
    /// Holds one more content, unless that is more than `limit` bytes together.
    pub(super) fn hold(&self, bytes: Vec<u8>, limit: u64) -> Option<Content> {
        let before = self.0.held.fetch_add(bytes.len(), Ordering::Relaxed);
        let content = Content(Arc::new(Held {
            bytes: bytes.into(),
            account: self.clone(),
        }));
        let held = before.saturating_add(content.0.bytes.len());
        (held as u64 <= limit).then_some(content)
    }

    /// Bytes that were copied since this was asked last.
    pub(in crate::host) fn take_copied(&self) -> u64 {
        self.0.copied.swap(0, Ordering::Relaxed)
    }
}

impl Content {
    /// A part of the content, and whether it goes to the end.
    pub(super) fn part(&self, offset: u64, length: u64) -> (Vec<u8>, bool) {
        let all = &self.0.bytes;
        let start = usize::try_from(offset).unwrap_or(usize::MAX).min(all.len());
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let end = start.saturating_add(length).min(all.len());
        let part = all.get(start..end).unwrap_or_default();
        let copied = &self.0.account.0.copied;
        copied.fetch_add(part.len() as u64, Ordering::Relaxed);
        (part.to_vec(), end == all.len())
    }

    /// A stream over the content from `offset` on.
    pub(super) fn stream(self, offset: u64) -> streams::InputStream {
        Box::new(ContentStream {
            content: self,
            offset,
        })
    }
}

struct ContentStream {
    content: Content,
    offset: u64,
}

impl InputStream for ContentStream {
    fn read(&mut self, size: usize) -> StreamResult<Bytes> {
        let (part, _) = self.content.part(self.offset, size as u64);
        if part.is_empty() && size > 0 {
            return Err(StreamError::Closed);
        }
        self.offset += part.len() as u64;
        Ok(part.into())
    }
}

#[wasmtime_wasi::async_trait]
impl Pollable for ContentStream {
    async fn ready(&mut self) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_stay_within_the_content() {
        let content = HeldBytes::default().hold(b"abcdef".to_vec(), 6).unwrap();
        assert_eq!(content.part(0, 3), (b"abc".to_vec(), false));
        assert_eq!(content.part(3, 3), (b"def".to_vec(), true));
        assert_eq!(content.part(6, 1), (Vec::new(), true));
        assert_eq!(content.part(u64::MAX, u64::MAX), (Vec::new(), true));
        let account = &content.0.account;
        assert_eq!((account.take_copied(), account.take_copied()), (6, 0));
    }

    #[test]
    fn a_stream_ends_after_the_last_byte() {
        let content = HeldBytes::default().hold(b"abc".to_vec(), 3).unwrap();
        let mut stream = content.stream(1);
        assert_eq!(stream.read(1).unwrap().as_ref(), b"b");
        assert_eq!(stream.read(9).unwrap().as_ref(), b"c");
        assert!(matches!(stream.read(1), Err(StreamError::Closed)));
    }

    #[test]
    fn what_is_held_is_bounded_and_given_back() {
        let held = HeldBytes::default();
        let first = held.hold(vec![0; 6], 10).unwrap();
        assert!(held.hold(vec![0; 5], 10).is_none());
        let stream = first.stream(0);
        assert!(held.hold(vec![0; 5], 10).is_none());
        drop(stream);
        assert!(held.hold(vec![0; 5], 10).is_some());
    }
}
