//! `log`, stdout and stderr: a guest's messages on their way into the host's log, within a budget
//! per call. The log's formatter escapes what a message could do harm with.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::State;
use crate::contract::firepit::collector::log as wit;
use crate::fuel;
use crate::logging::GuestFields;

/// What a message counts as at least: an empty one is a line of the host's log too.
const LEAST_BYTES: usize = 32;

/// The budget and the half lines of one instance, shared by its streams.
#[derive(Debug, Clone)]
pub(super) struct SharedLog {
    collector: Arc<str>,
    budget: Arc<Mutex<Budget>>,
}

#[derive(Debug)]
struct Budget {
    left: usize,
    dropped: usize,
    stdout: Vec<u8>,
    stderr: Vec<u8>,
}

/// Which of the two output streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stream {
    Stdout,
    Stderr,
}

impl Budget {
    /// Takes from the budget, or counts as dropped.
    fn spend(&mut self, bytes: usize) -> bool {
        match self.left.checked_sub(bytes) {
            Some(left) => self.left = left,
            None => {
                self.left = 0;
                self.dropped = self.dropped.saturating_add(bytes);
                return false;
            }
        }
        true
    }

    fn buffer(&mut self, stream: Stream) -> &mut Vec<u8> {
        match stream {
            Stream::Stdout => &mut self.stdout,
            Stream::Stderr => &mut self.stderr,
        }
    }
}

impl SharedLog {
    pub(super) fn new(collector: &Arc<str>, bytes: usize) -> Self {
        Self {
            collector: Arc::clone(collector),
            budget: Arc::new(Mutex::new(Budget {
                left: bytes,
                dropped: 0,
                stdout: Vec::new(),
                stderr: Vec::new(),
            })),
        }
    }

    fn budget(&self) -> MutexGuard<'_, Budget> {
        self.budget.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn begin(&self, bytes: usize) {
        let mut budget = self.budget();
        budget.left = bytes;
        budget.dropped = 0;
    }

    /// Writes out half lines; returns how many bytes were dropped.
    pub(super) fn end(&self) -> usize {
        let (stdout, stderr, dropped) = {
            let mut budget = self.budget();
            (
                std::mem::take(&mut budget.stdout),
                std::mem::take(&mut budget.stderr),
                std::mem::take(&mut budget.dropped),
            )
        };
        self.line(Stream::Stdout, &stdout);
        self.line(Stream::Stderr, &stderr);
        dropped
    }

    /// Takes bytes of an output stream, and logs the lines that they complete.
    pub(super) fn write(&self, stream: Stream, bytes: &[u8]) {
        let complete = {
            let mut budget = self.budget();
            if !budget.spend(bytes.len()) {
                return;
            }
            let buffer = budget.buffer(stream);
            buffer.extend_from_slice(bytes);
            match buffer.iter().rposition(|&byte| byte == b'\n') {
                Some(end) => buffer.drain(..=end).collect::<Vec<u8>>(),
                None => return,
            }
        };
        for line in complete.split(|&byte| byte == b'\n') {
            self.line(stream, line);
        }
    }

    fn line(&self, stream: Stream, line: &[u8]) {
        if line.is_empty() {
            return;
        }
        let collector = &*self.collector;
        let text = String::from_utf8_lossy(line);
        match stream {
            Stream::Stdout => tracing::info!(collector, stream = "stdout", "{text}"),
            Stream::Stderr => tracing::warn!(collector, stream = "stderr", "{text}"),
        }
    }

    fn message(&self, level: wit::Level, message: &str, fields: Vec<wit::Field>) {
        let length: usize = (fields.iter())
            .map(|field| field.key.len() + field.value.len())
            .sum();
        if !self
            .budget()
            .spend((message.len() + length).max(LEAST_BYTES))
        {
            return;
        }
        let collector = &*self.collector;
        let fields = fields.into_iter().map(|field| (field.key, field.value));
        let fields = GuestFields(fields.collect());
        let fields: &(dyn std::error::Error + 'static) = &fields;
        match level {
            wit::Level::Debug => tracing::debug!(collector, fields, "{message}"),
            wit::Level::Info => tracing::info!(collector, fields, "{message}"),
            wit::Level::Warn => tracing::warn!(collector, fields, "{message}"),
            wit::Level::Error => tracing::error!(collector, fields, "{message}"),
        }
    }
}

impl wit::Host for State {
    fn log(
        &mut self,
        level: wit::Level,
        message: String,
        fields: Vec<wit::Field>,
    ) -> wasmtime::Result<()> {
        let length = |field: &wit::Field| field.key.len() + field.value.len();
        let bytes = message.len() + fields.iter().map(length).sum::<usize>();
        self.charge(fuel::MESSAGE + bytes as u64 * fuel::BYTE_TEXT);
        self.log.message(level, &message, fields);
        Ok(())
    }
}
