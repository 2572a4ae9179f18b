//! `log`, stdout and stderr: a guest's messages on their way into the host's log, within a budget
//! per call and one per minute. The log's formatter escapes what a message could do harm with.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tracing::level_filters::LevelFilter;

use super::State;
use super::last_words::LastWords;
use super::log_minute::{LogMinute, Room};
use crate::contract::firepit::collector::log as wit;
use crate::fuel;
use crate::logging::GuestFields;

/// What a message, or a line of a stream, counts as at least: an empty one is a line of the host's
/// log too.
const LEAST_BYTES: usize = 32;

/// What a field of a message counts as at least: an empty one takes room on its line too.
const LEAST_FIELD_BYTES: usize = 16;

/// The budget and the half lines of one instance, shared by its streams.
#[derive(Debug, Clone)]
pub(super) struct SharedLog {
    collector: Arc<str>,
    budget: Arc<Mutex<Budget>>,
    minute: Arc<LogMinute>,
    /// Fuel for what was written to streams, which the guest does not owe yet.
    cost: Arc<AtomicU64>,
}

#[derive(Debug)]
struct Budget {
    left: usize,
    dropped: usize,
    stdout: Vec<u8>,
    stderr: Vec<u8>,
    /// What stderr tells of a crash, whether there is room for it in the log or not.
    last_words: LastWords,
}

/// Which of the two output streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stream {
    Stdout,
    Stderr,
}

impl Budget {
    /// Leaves no room for the rest of the call.
    fn drop_bytes(&mut self, bytes: usize) {
        self.left = 0;
        self.dropped = self.dropped.saturating_add(bytes);
    }

    fn buffer(&mut self, stream: Stream) -> &mut Vec<u8> {
        match stream {
            Stream::Stdout => &mut self.stdout,
            Stream::Stderr => &mut self.stderr,
        }
    }
}

impl SharedLog {
    pub(super) fn new(collector: &Arc<str>, bytes: usize, minute: &Arc<LogMinute>) -> Self {
        Self {
            collector: Arc::clone(collector),
            budget: Arc::new(Mutex::new(Budget {
                left: bytes,
                dropped: 0,
                stdout: Vec::new(),
                stderr: Vec::new(),
                last_words: LastWords::default(),
            })),
            minute: Arc::clone(minute),
            cost: Arc::default(),
        }
    }

    fn budget(&self) -> MutexGuard<'_, Budget> {
        self.budget.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the fuel that writing to streams came to.
    pub(super) fn take_cost(&self) -> u64 {
        // Most host functions write nothing.
        match self.cost.load(Ordering::Relaxed) {
            0 => 0,
            _ => self.cost.swap(0, Ordering::Relaxed),
        }
    }

    fn charge(&self, fuel: u64) {
        self.cost.fetch_add(fuel, Ordering::Relaxed);
    }

    /// Takes bytes from both budgets, or counts them as dropped.
    fn spend(&self, budget: &mut Budget, bytes: usize) -> bool {
        let Some(left) = budget.left.checked_sub(bytes) else {
            budget.drop_bytes(bytes);
            return false;
        };
        match self.minute.spend(bytes, Instant::now()) {
            Room::Left => {
                budget.left = left;
                true
            }
            Room::None { is_news } => {
                budget.drop_bytes(bytes);
                if is_news {
                    let (collector, limit) = (&*self.collector, self.minute.limit());
                    tracing::warn!(
                        collector,
                        limit,
                        "collector logs more bytes than it may in a minute; the rest is dropped"
                    );
                }
                false
            }
        }
    }

    pub(super) fn begin(&self, bytes: usize) {
        self.take_cost();
        let mut budget = self.budget();
        budget.left = bytes;
        budget.dropped = 0;
        budget.last_words = LastWords::default();
    }

    /// Writes out half lines; returns how many bytes were dropped, and what was said last.
    pub(super) fn end(&self) -> (usize, Option<String>) {
        let (stdout, stderr, dropped, last_words) = {
            let mut budget = self.budget();
            (
                std::mem::take(&mut budget.stdout),
                std::mem::take(&mut budget.stderr),
                std::mem::take(&mut budget.dropped),
                budget.last_words.take(),
            )
        };
        self.line(Stream::Stdout, &stdout);
        self.line(Stream::Stderr, &stderr);
        (dropped, last_words)
    }

    /// Takes bytes of an output stream, and logs the lines that they complete.
    pub(super) fn write(&self, stream: Stream, bytes: &[u8]) {
        let complete = {
            let mut budget = self.budget();
            let lines = bytes.iter().filter(|&&byte| byte == b'\n').count();
            self.charge(bytes.len() as u64 * fuel::BYTE_TEXT);
            if stream == Stream::Stderr {
                budget.last_words.hear(bytes);
            }
            if !self.spend(&mut budget, bytes.len().max(lines * LEAST_BYTES)) {
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
        self.charge(fuel::MESSAGE);
        let collector = &*self.collector;
        let text = String::from_utf8_lossy(line);
        match stream {
            Stream::Stdout => tracing::info!(collector, stream = "stdout", "{text}"),
            Stream::Stderr => tracing::warn!(collector, stream = "stderr", "{text}"),
        }
    }

    fn message(&self, level: wit::Level, message: &str, fields: Vec<wit::Field>) {
        // What nobody is shown takes no room from what is.
        if LevelFilter::current() < severity(level) {
            return;
        }
        let length: usize = (fields.iter())
            .map(|field| (field.key.len() + field.value.len()).max(LEAST_FIELD_BYTES))
            .sum();
        let bytes = (message.len() + length).max(LEAST_BYTES);
        if !self.spend(&mut self.budget(), bytes) {
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

fn severity(level: wit::Level) -> LevelFilter {
    match level {
        wit::Level::Debug => LevelFilter::DEBUG,
        wit::Level::Info => LevelFilter::INFO,
        wit::Level::Warn => LevelFilter::WARN,
        wit::Level::Error => LevelFilter::ERROR,
    }
}

impl wit::Host for State {
    fn log(
        &mut self,
        level: wit::Level,
        message: String,
        fields: Vec<wit::Field>,
    ) -> wasmtime::Result<()> {
        let length =
            |field: &wit::Field| (field.key.len() + field.value.len()).max(LEAST_FIELD_BYTES);
        let bytes = message.len() + fields.iter().map(length).sum::<usize>();
        self.charge(fuel::MESSAGE + bytes as u64 * fuel::BYTE_TEXT);
        self.log.message(level, &message, fields);
        Ok(())
    }
}
