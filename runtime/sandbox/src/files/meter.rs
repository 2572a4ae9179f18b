//! The resources that a collector has used in one call, and where it stops: at its limits on files
//! and bytes, at the end of its fuel, and at its deadline.
//!
//! A host function may process many names, and the sandbox cannot interrupt it meanwhile. So every
//! loop in the host checks the meter before each step.

use std::cell::{Cell, RefCell};
use std::time::Instant;

use super::error::{Exhausted, FileError};
use crate::budget::{Budget, Hold};
use crate::cpu::CpuEnd;
use crate::deadline::Deadline;
use crate::fuel;
use crate::grants::Weight;
use crate::limits::Limits;

/// The CPU clock is read every 16 checks, because reading it is a system call.
const CHECKS_PER_CPU_READ: u32 = 16;

/// Counts the file accesses of one collector during one call. Call `begin` before each call.
///
/// All counters change through a shared reference: opening a file and following the links to it
/// charge the same meter.
#[derive(Debug)]
pub struct Meter {
    usage: Cell<Usage>,
    /// Fuel charged by the host since the last `take_charged`.
    charged: Cell<u64>,
    /// Fuel that the host may charge.
    fuel: Cell<u64>,
    deadline: Cell<Deadline>,
    /// CPU deadline of the call, if it has one.
    cpu: Cell<Option<CpuEnd>>,
    /// Number of checks so far.
    checks: Cell<u32>,
    weight: Weight,
    /// Memory of answers in transit to the guest.
    in_transit: RefCell<Hold>,
    files_opened: u64,
    bytes_read: u64,
    pub(super) file_bytes: usize,
    pub(super) list_entries: usize,
}

/// Resources used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Granted accesses: files and directories opened, queried, or found missing.
    pub opened: u64,
    /// Bytes read from files.
    pub bytes: u64,
    /// Accesses denied by the grants or the never-list.
    pub denied: u64,
}

impl Meter {
    /// A new meter, without a deadline or a bound on fuel. `weight` is the weight of the grants
    /// that check the names.
    pub(crate) fn new(limits: &Limits, weight: Weight) -> Self {
        Self {
            usage: Cell::default(),
            charged: Cell::default(),
            fuel: Cell::new(u64::MAX),
            deadline: Cell::new(Deadline::NEVER),
            cpu: Cell::default(),
            checks: Cell::default(),
            weight,
            in_transit: RefCell::default(),
            files_opened: limits.files_opened,
            bytes_read: limits.bytes_read,
            file_bytes: limits.file_bytes,
            list_entries: limits.list_entries,
        }
    }

    /// Counts the memory of answers in a budget, until [`Self::release_answers`].
    pub(crate) fn count_in(&self, budget: &Budget) {
        *self.in_transit.borrow_mut() = budget.hold();
    }

    /// Counts the memory of an answer.
    pub(crate) fn hold_memory(&self, bytes: usize) -> Result<(), Exhausted> {
        let grown = self.in_transit.borrow_mut().grow(bytes);
        grown.map_err(|_| Exhausted::Memory)
    }

    /// Releases the memory of answers: the guest has received them.
    pub(crate) fn release_answers(&self) {
        self.in_transit.borrow_mut().shrink_to(0);
    }

    /// Resources used since the call began.
    pub fn usage(&self) -> Usage {
        self.usage.get()
    }

    /// Begins a new call with its deadlines.
    pub(crate) fn begin(&self, deadline: Instant, cpu: Option<CpuEnd>) {
        self.cpu.set(cpu);
        self.usage.set(Usage::default());
        self.charged.set(0);
        self.deadline.set(Deadline::at(deadline));
    }

    /// Begins a host function. The guest has `fuel` left.
    pub(crate) fn allow(&self, fuel: u64) {
        self.fuel.set(fuel);
    }

    /// Charges fuel for work of the host.
    pub(crate) fn charge(&self, fuel: u64) {
        self.charged.set(self.charged.get().saturating_add(fuel));
    }

    /// Returns the fuel charged so far and resets it.
    pub(crate) fn take_charged(&self) -> u64 {
        self.charged.take()
    }

    /// Whether the host may continue: fuel and time are left.
    pub(crate) fn check(&self) -> Result<(), Exhausted> {
        self.check_fuel()?;
        if self.deadline.get().has_come() {
            return Err(Exhausted::Deadline);
        }
        match self.cpu.get() {
            Some(end) => self.check_cpu(end),
            None => Ok(()),
        }
    }

    fn check_cpu(&self, end: CpuEnd) -> Result<(), Exhausted> {
        let checks = self.checks.get().wrapping_add(1);
        self.checks.set(checks);
        if checks.is_multiple_of(CHECKS_PER_CPU_READ) && end.is_over() {
            Err(Exhausted::Cpu)
        } else {
            Ok(())
        }
    }

    fn check_fuel(&self) -> Result<(), Exhausted> {
        if self.charged.get() > self.fuel.get() {
            Err(Exhausted::Fuel)
        } else {
            Ok(())
        }
    }

    /// Whether one more access is left. Call it before a path is looked up.
    pub(crate) fn check_open(&self) -> Result<(), Exhausted> {
        self.check_number()?;
        self.check()
    }

    /// Denials use up the same limit, so that a guest cannot probe without end.
    fn check_number(&self) -> Result<(), Exhausted> {
        let Usage { opened, denied, .. } = self.usage.get();
        if opened.saturating_add(denied) >= self.files_opened {
            Err(Exhausted::Files)
        } else {
            Ok(())
        }
    }

    /// Charges the check of a path, and of `name` in that directory.
    pub(super) fn charge_check(&self, path: &str, name: &str) {
        let patterns = match name {
            "" => self.weight.of(path),
            name => self.weight.of(name),
        };
        self.charge(patterns + Weight::never(path.len() + name.len()));
    }

    /// Counts one access.
    pub(crate) fn open(&self) -> Result<(), Exhausted> {
        self.check_number()?;
        self.charge(fuel::OPEN);
        self.count(|usage| usage.opened += 1);
        Ok(())
    }

    /// Counts a refusal. It costs as much as an access; otherwise asking for denied files would be
    /// the cheapest work to cause.
    pub(super) fn count_refusal<T>(&self, answer: Result<T, FileError>) -> Result<T, FileError> {
        if matches!(answer, Err(FileError::NotPermitted)) {
            self.charge(fuel::OPEN);
            self.count(|usage| usage.denied = usage.denied.saturating_add(1));
        }
        answer
    }

    /// Counts bytes that were read, and their memory.
    pub(crate) fn read(&self, bytes: usize) -> Result<(), Exhausted> {
        self.hold_memory(bytes)?;
        let bytes = bytes as u64;
        self.charge(bytes.saturating_mul(fuel::BYTE_READ));
        self.count(|usage| usage.bytes = usage.bytes.saturating_add(bytes));
        if self.usage.get().bytes > self.bytes_read {
            return Err(Exhausted::Bytes);
        }
        self.check_fuel()
    }

    fn count(&self, change: impl FnOnce(&mut Usage)) {
        let mut usage = self.usage.get();
        change(&mut usage);
        self.usage.set(usage);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::cpu::CpuTime;

    fn meter() -> Meter {
        let limits = Limits {
            files_opened: 3,
            bytes_read: 10,
            ..Limits::default()
        };
        Meter::new(&limits, Weight::default())
    }

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(3600)
    }

    #[test]
    fn denials_use_up_accesses() {
        let meter = meter();
        let _ = meter.count_refusal::<()>(Err(FileError::NotPermitted));
        assert_eq!(meter.usage().denied, 1);
        assert_eq!(meter.open(), Ok(()));
        assert_eq!(meter.open(), Ok(()));
        assert_eq!(meter.open(), Err(Exhausted::Files));
        assert_eq!(meter.take_charged(), 3 * fuel::OPEN);
        meter.begin(soon(), None);
        assert_eq!(meter.usage(), Usage::default());
        assert_eq!(meter.open(), Ok(()));
    }

    #[test]
    fn the_last_byte_is_still_given() {
        let meter = meter();
        assert_eq!(meter.read(10), Ok(()));
        assert_eq!(meter.read(0), Ok(()));
        assert_eq!(meter.read(1), Err(Exhausted::Bytes));
        assert_eq!(meter.usage().bytes, 11);
    }

    #[test]
    fn charge_may_equal_the_remaining_fuel() {
        let meter = meter();
        meter.allow(fuel::OPEN + 5);
        assert_eq!(meter.open(), Ok(()));
        assert_eq!(meter.read(5), Ok(()));
        assert_eq!(meter.check_open(), Ok(()));
        meter.charge(1);
        assert_eq!(meter.check(), Err(Exhausted::Fuel));
        assert_eq!(meter.check_open(), Err(Exhausted::Fuel));
        assert_eq!(meter.read(0), Err(Exhausted::Fuel));
        assert_eq!(meter.take_charged(), fuel::OPEN + 6);
        assert_eq!(meter.check(), Ok(()));
    }

    #[test]
    fn no_operation_starts_after_the_deadline() {
        let meter = meter();
        meter.begin(Instant::now(), None);
        assert_eq!(meter.check_open(), Err(Exhausted::Deadline));
        meter.begin(soon(), None);
        assert_eq!(meter.check_open(), Ok(()));
    }

    #[test]
    fn host_work_continues_while_cpu_time_remains() {
        let steps = |left| {
            let meter = meter();
            meter.begin(soon(), CpuTime::begin(Instant::now()).end(Some(left)));
            (0..2 * CHECKS_PER_CPU_READ).find_map(|_| meter.check().err())
        };
        assert_eq!(steps(Duration::ZERO), Some(Exhausted::Cpu));
        assert_eq!(steps(Duration::from_secs(3600)), None);
    }
}
