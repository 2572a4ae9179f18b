//! What a collector has spent on files in one call, and where that ends.

use super::error::{Exhausted, FileError};
use crate::limits::Limits;

/// Counts what one collector does with files during one call. [`Meter::reset`] before each.
#[derive(Debug, Clone)]
pub struct Meter {
    usage: Usage,
    files_opened: u64,
    bytes_read: u64,
    pub(super) file_bytes: usize,
    pub(super) list_entries: usize,
}

/// What was spent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Granted accesses: files and directories opened, asked about, or found missing.
    pub opened: u64,
    /// Bytes read from files.
    pub bytes: u64,
    /// Accesses refused by the grants or the never-list.
    pub denied: u64,
}

impl Meter {
    /// A meter that has counted nothing.
    pub fn new(limits: &Limits) -> Self {
        Self {
            usage: Usage::default(),
            files_opened: limits.files_opened,
            bytes_read: limits.bytes_read,
            file_bytes: limits.file_bytes,
            list_entries: limits.list_entries,
        }
    }

    /// What was spent since the last reset.
    pub fn usage(&self) -> Usage {
        self.usage
    }

    /// Begins a new call.
    pub fn reset(&mut self) {
        self.usage = Usage::default();
    }

    /// Counts one access. Denials use up the same limit, or a guest could ask without end.
    pub(crate) fn open(&mut self) -> Result<(), Exhausted> {
        self.check_open()?;
        self.usage.opened += 1;
        Ok(())
    }

    /// Whether one more access is left.
    pub(super) fn check_open(&self) -> Result<(), Exhausted> {
        if self.usage.opened.saturating_add(self.usage.denied) >= self.files_opened {
            return Err(Exhausted::Files);
        }
        Ok(())
    }

    /// Counts the answer where it is a refusal.
    pub(super) fn note<T>(&mut self, answer: Result<T, FileError>) -> Result<T, FileError> {
        if matches!(answer, Err(FileError::NotPermitted)) {
            self.usage.denied = self.usage.denied.saturating_add(1);
        }
        answer
    }

    /// Counts bytes that were read.
    pub(crate) fn read(&mut self, bytes: usize) -> Result<(), Exhausted> {
        self.usage.bytes = self.usage.bytes.saturating_add(bytes as u64);
        if self.usage.bytes > self.bytes_read {
            return Err(Exhausted::Bytes);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meter() -> Meter {
        Meter::new(&Limits {
            files_opened: 3,
            bytes_read: 10,
            ..Limits::default()
        })
    }

    #[test]
    fn denials_use_up_accesses() {
        let mut meter = meter();
        let _ = meter.note::<()>(Err(FileError::NotPermitted));
        assert_eq!(meter.usage().denied, 1);
        assert_eq!(meter.open(), Ok(()));
        assert_eq!(meter.open(), Ok(()));
        assert_eq!(meter.open(), Err(Exhausted::Files));
        meter.reset();
        assert_eq!(meter.usage(), Usage::default());
        assert_eq!(meter.open(), Ok(()));
    }

    #[test]
    fn the_last_byte_is_still_given() {
        let mut meter = meter();
        assert_eq!(meter.read(10), Ok(()));
        assert_eq!(meter.read(0), Ok(()));
        assert_eq!(meter.read(1), Err(Exhausted::Bytes));
        assert_eq!(meter.usage().bytes, 11);
    }
}
