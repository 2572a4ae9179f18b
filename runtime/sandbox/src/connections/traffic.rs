//! What the connections of one collector use in a call, and where it stops.

use std::sync::atomic::{AtomicU64, Ordering};

use super::ConnectionError;
use super::slots::{Shared, SharedSlot, Slot, Slots};
use crate::files::{Exhausted, Meter};
use crate::fuel;
use crate::limits::Limits;

/// Counts connections and bytes of one collector. Call `begin` before each call.
#[derive(Debug)]
pub(super) struct Traffic {
    opened: AtomicU64,
    bytes: AtomicU64,
    denied: AtomicU64,
    own_slots: Slots,
    max_opened: u64,
    max_bytes: u64,
    max_open: usize,
}

/// Resources used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Usage {
    /// Connections and datagram exchanges begun.
    pub(crate) opened: u64,
    /// Bytes sent and received.
    pub(crate) bytes: u64,
    /// Connections denied by the grants or the never-list.
    pub(crate) denied: u64,
}

/// Places of one open connection: among the collector's, and among all.
#[derive(Debug)]
pub(super) struct Held {
    _own: Slot,
    _shared: SharedSlot,
}

impl Traffic {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            opened: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            denied: AtomicU64::new(0),
            own_slots: Slots::default(),
            max_opened: limits.connections,
            max_bytes: limits.connection_bytes,
            max_open: limits.connections_open,
        }
    }

    /// Resets the counters. Open connections stay open.
    pub(super) fn begin(&self) {
        for counter in [&self.opened, &self.bytes, &self.denied] {
            counter.store(0, Ordering::Relaxed);
        }
    }

    pub(super) fn usage(&self) -> Usage {
        Usage {
            opened: self.opened.load(Ordering::Relaxed),
            bytes: self.bytes.load(Ordering::Relaxed),
            denied: self.denied.load(Ordering::Relaxed),
        }
    }

    /// Takes a place for an open connection.
    pub(super) fn hold(
        &self,
        shared: &Shared,
        is_third_party: bool,
    ) -> Result<Held, ConnectionError> {
        let own = self.own_slots.take(self.max_open);
        Ok(Held {
            _own: own.ok_or(ConnectionError::TooMany)?,
            _shared: (shared.take(is_third_party)).ok_or(ConnectionError::TooMany)?,
        })
    }

    /// Counts a connection.
    pub(super) fn open(&self) -> Result<(), ConnectionError> {
        self.check_number()?;
        self.opened.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    /// Counts a denied connection. Denials use up the same limit, so that a guest cannot probe without end.
    pub(super) fn deny(&self) -> Result<(), ConnectionError> {
        self.check_number()?;
        self.denied.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    fn check_number(&self) -> Result<(), ConnectionError> {
        let Usage { opened, denied, .. } = self.usage();
        if opened.saturating_add(denied) >= self.max_opened {
            Err(Exhausted::Connections.into())
        } else {
            Ok(())
        }
    }

    /// Bytes that may still be sent or received.
    pub(super) fn left(&self) -> u64 {
        self.max_bytes.saturating_sub(self.usage().bytes)
    }

    /// Counts bytes that are sent or received.
    pub(super) fn count(&self, bytes: usize, meter: &Meter) -> Result<(), ConnectionError> {
        let bytes = bytes as u64;
        meter.charge(bytes.saturating_mul(fuel::BYTE_READ));
        let before = self.bytes.fetch_add(bytes, Ordering::Relaxed);
        if before.saturating_add(bytes) > self.max_bytes {
            return Err(Exhausted::Traffic.into());
        }
        Ok(())
    }
}
