//! `log`, stdout and stderr: writes a guest's messages to the host's log, within a budget per call
//! and a budget per minute. The log's formatter escapes harmful characters.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tracing::level_filters::LevelFilter;

use super::State;
use super::last_stderr_line::LastStderrLine;
use super::log_minute::{LogMinute, Spend};
use crate::contract::firepit::collector::log as wit;
use crate::fuel;

/// Minimum size of a message or of a stream's line: an empty one is a line of the host's log too.
const MIN_BYTES: usize = 32;

/// Minimum size of a field: an empty one takes space on its line too.
const MIN_FIELD_BYTES: usize = 16;

/// Fields of a guest, whose names are known at run time only, as one value of an event. The
/// formatter unpacks them. It is recorded as an error, because that is the only kind of value that
/// keeps its type.
#[derive(Debug)]
pub struct GuestFields(pub Vec<(String, String)>);

impl std::error::Error for GuestFields {}

impl fmt::Display for GuestFields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map()
            .entries(self.0.iter().map(|(key, value)| (key, value)))
            .finish()
    }
}

/// The budget and the incomplete lines of one instance, shared by its streams.
#[derive(Debug, Clone)]
pub(super) struct SharedLog {
    collector: Arc<str>,
    budget: Arc<Mutex<Budget>>,
    minute: Arc<LogMinute>,
    /// Fuel for bytes written to streams, not charged yet.
    cost: Arc<AtomicU64>,
}

#[derive(Debug)]
struct Budget {
    left: usize,
    dropped: usize,
    stdout: Vec<u8>,
    stderr: Vec<u8>,
    /// Collects the crash message from stderr, regardless of the log budget.
    last_stderr_line: LastStderrLine,
}

/// One of the two output streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stream {
    Stdout,
    Stderr,
}

impl Budget {
    /// Ends logging for the rest of the call.
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
                last_stderr_line: LastStderrLine::default(),
            })),
            minute: Arc::clone(minute),
            cost: Arc::default(),
        }
    }

    fn budget(&self) -> MutexGuard<'_, Budget> {
        self.budget.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the fuel for bytes written to streams and resets it.
    pub(super) fn take_cost(&self) -> u64 {
        // Most host functions do not write.
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
            Spend::Granted => {
                budget.left = left;
                true
            }
            Spend::Denied { is_first } => {
                budget.drop_bytes(bytes);
                if is_first {
                    let (collector, limit) = (&*self.collector, self.minute.limit());
                    tracing::warn!(
                        collector,
                        limit,
                        "collector exceeded its log bytes per minute; dropping further messages"
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
        budget.last_stderr_line = LastStderrLine::default();
    }

    /// Logs incomplete lines. Returns the number of dropped bytes and the last output on stderr.
    pub(super) fn end(&self) -> (usize, Option<String>) {
        let (stdout, stderr, dropped, last_stderr_line) = {
            let mut budget = self.budget();
            (
                std::mem::take(&mut budget.stdout),
                std::mem::take(&mut budget.stderr),
                std::mem::take(&mut budget.dropped),
                budget.last_stderr_line.take(),
            )
        };
        self.line(Stream::Stdout, &stdout);
        self.line(Stream::Stderr, &stderr);
        (dropped, last_stderr_line)
    }

    /// Appends bytes of an output stream, and logs the lines that they complete.
    pub(super) fn write(&self, stream: Stream, bytes: &[u8]) {
        let complete = {
            let mut budget = self.budget();
            let lines = bytes.iter().filter(|&&byte| byte == b'\n').count();
            self.charge(bytes.len() as u64 * fuel::BYTE_TEXT);
            if stream == Stream::Stderr {
                budget.last_stderr_line.push(bytes);
            }
            if !self.spend(&mut budget, bytes.len().max(lines * MIN_BYTES)) {
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
        // A message below the log level uses no budget.
        if LevelFilter::current() < severity(level) {
            return;
        }
        let bytes = bytes(message, &fields).max(MIN_BYTES);
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

/// Size of a message with its fields.
fn bytes(message: &str, fields: &[wit::Field]) -> usize {
    let length = |field: &wit::Field| (field.key.len() + field.value.len()).max(MIN_FIELD_BYTES);
    message.len() + fields.iter().map(length).sum::<usize>()
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
        let bytes = bytes(&message, &fields) as u64;
        self.charge(fuel::MESSAGE + bytes * fuel::BYTE_TEXT);
        self.log.message(level, &message, fields);
        Ok(())
    }
}
