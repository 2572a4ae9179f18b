//! Whole files, stored for a guest that reads them piece by piece, and the memory of its handles.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use wasmtime_wasi::p2::bindings::sync::io::streams;
use wasmtime_wasi::p2::{InputStream, Pollable, StreamError, StreamResult};

use crate::budget::{Budget, Exceeded, Hold};
use crate::failure::Failure;

/// Memory of one instance's handles and streams, and the number of bytes copied out of them.
#[derive(Debug, Clone)]
pub(in crate::host) struct ContentBudget {
    budget: Budget,
    copied: Arc<AtomicU64>,
}

/// The content of one file. Its bytes are returned to [`ContentBudget`] with the last clone.
#[derive(Debug, Clone)]
pub(super) struct Content {
    bytes: Bytes,
    copied: Arc<AtomicU64>,
}

impl ContentBudget {
    /// An empty budget of `limit` bytes, which count in `budget` as well.
    pub(in crate::host) fn new(budget: &Budget, limit: u64) -> Self {
        Self {
            budget: budget.within(usize::try_from(limit).unwrap_or(usize::MAX)),
            copied: Arc::default(),
        }
    }

    /// Takes bytes for a handle itself, without its content.
    pub(super) fn take(&self, bytes: usize) -> Result<Hold, Failure> {
        self.budget.take(bytes).map_err(|exceeded| match exceeded {
            Exceeded::Own => Failure::Reads("bytes at a time"),
            Exceeded::Outer => Failure::TotalMemory,
        })
    }

    /// Stores one more file.
    pub(super) fn store(&self, bytes: Vec<u8>) -> Result<Content, Failure> {
        Ok(Content {
            bytes: self.take(bytes.len())?.around(bytes),
            copied: Arc::clone(&self.copied),
        })
    }

    /// Bytes copied since the last call.
    pub(in crate::host) fn take_copied(&self) -> u64 {
        self.copied.swap(0, Ordering::Relaxed)
    }
}

impl Content {
    /// A part of the content, and whether it extends to the end.
    pub(super) fn part(&self, offset: u64, length: u64) -> (Vec<u8>, bool) {
        let all = &self.bytes;
        let start = usize::try_from(offset).unwrap_or(usize::MAX).min(all.len());
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let end = start.saturating_add(length).min(all.len());
        let part = all.get(start..end).unwrap_or_default();
        let copied = part.len() as u64;
        self.copied.fetch_add(copied, Ordering::Relaxed);
        (part.to_vec(), end == all.len())
    }

    /// A stream over the content, starting at `offset`.
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

    fn held(limit: u64) -> ContentBudget {
        ContentBudget::new(&Budget::unbounded(), limit)
    }

    #[test]
    fn parts_stay_within_the_content() {
        let held = held(6);
        let content = held.store(b"abcdef".to_vec()).unwrap();
        assert_eq!(content.part(0, 3), (b"abc".to_vec(), false));
        assert_eq!(content.part(3, 3), (b"def".to_vec(), true));
        assert_eq!(content.part(6, 1), (Vec::new(), true));
        assert_eq!(content.part(u64::MAX, u64::MAX), (Vec::new(), true));
        assert_eq!((held.take_copied(), held.take_copied()), (6, 0));
    }

    #[test]
    fn a_stream_ends_after_the_last_byte() {
        let content = held(3).store(b"abc".to_vec()).unwrap();
        let mut stream = content.stream(1);
        assert_eq!(stream.read(1).unwrap().as_ref(), b"b");
        assert_eq!(stream.read(9).unwrap().as_ref(), b"c");
        assert!(matches!(stream.read(1), Err(StreamError::Closed)));
    }

    #[test]
    fn held_bytes_are_bounded_and_released() {
        let held = held(10);
        let first = held.store(vec![0; 6]).unwrap();
        assert!(held.store(vec![0; 5]).is_err());
        let stream = first.stream(0);
        assert!(held.store(vec![0; 5]).is_err());
        drop(stream);
        let second = held.store(vec![0; 5]).unwrap();
        assert_eq!(held.take(6).unwrap_err(), Failure::Reads("bytes at a time"));
        drop(second);
    }

    #[test]
    fn exceeded_total_memory_has_its_own_failure() {
        let all = Budget::new(10);
        let (one, other) = (ContentBudget::new(&all, 9), ContentBudget::new(&all, 9));
        let _content = one.store(vec![0; 6]).unwrap();
        assert_eq!(other.take(5).unwrap_err(), Failure::TotalMemory);
        assert!(other.take(4).is_ok());
    }
}
