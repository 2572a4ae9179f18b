//! What a collector has spent in one call, and where that ends: at its limits on files and bytes,
//! at the end of its fuel, and at its deadline.
//!
//! A host function may have many names to go through, and no sandbox interrupts it meanwhile. So
//! whatever loops in the host asks here before each step.

use std::cell::{Cell, RefCell};
use std::time::Instant;

use super::error::{Exhausted, FileError};
use crate::budget::{Budget, Hold};
use crate::cpu::CpuEnd;
use crate::deadline::Deadline;
use crate::fuel;
use crate::grants::Weight;
use crate::limits::Limits;

/// Every so many steps the CPU clock is read, which is a system call.
const LOOKS: u32 = 16;

/// Counts what one collector does with files during one call. `begin` comes before each.
///
/// All of it counts through a shared reference: what opens a file and what follows the links to it
/// charge the same bill.
#[derive(Debug)]
pub struct Meter {
    usage: Cell<Usage>,
    /// Fuel that the host's work came to since the bill was taken last.
    bill: Cell<u64>,
    /// What the bill may come to.
    fuel: Cell<u64>,
    deadline: Cell<Deadline>,
    /// When the CPU time of the call is over, where that has a bound.
    cpu: Cell<Option<CpuEnd>>,
    /// How often it was asked whether the host may go on.
    looks: Cell<u32>,
    weight: Weight,
    /// Memory of answers that are on their way to the guest.
    on_the_way: RefCell<Hold>,
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
    /// A meter that has counted nothing, with neither a deadline nor a bound on fuel yet. `weight`
    /// is that of the grants which decide about the names.
    pub(crate) fn new(limits: &Limits, weight: Weight) -> Self {
        Self {
            usage: Cell::default(),
            bill: Cell::default(),
            fuel: Cell::new(u64::MAX),
            deadline: Cell::new(Deadline::NEVER),
            cpu: Cell::default(),
            looks: Cell::default(),
            weight,
            on_the_way: RefCell::default(),
            files_opened: limits.files_opened,
            bytes_read: limits.bytes_read,
            file_bytes: limits.file_bytes,
            list_entries: limits.list_entries,
        }
    }

    /// Counts the memory of answers in a budget, until [`Self::let_go`].
    pub(super) fn count_in(&self, budget: &Budget) {
        *self.on_the_way.borrow_mut() = budget.hold();
    }

    /// Counts memory of an answer.
    pub(super) fn hold(&self, bytes: usize) -> Result<(), Exhausted> {
        let grown = self.on_the_way.borrow_mut().grow(bytes);
        grown.map_err(|_| Exhausted::Memory)
    }

    /// The guest has the answers.
    pub(super) fn let_go(&self) {
        self.on_the_way.borrow_mut().shrink_to(0);
    }

    /// What was spent since the call began.
    pub fn usage(&self) -> Usage {
        self.usage.get()
    }

    /// Begins a new call, which ends at `deadline`, and where its CPU time is over.
    pub(crate) fn begin(&self, deadline: Instant, cpu: Option<CpuEnd>) {
        self.cpu.set(cpu);
        self.usage.set(Usage::default());
        self.bill.set(0);
        self.deadline.set(Deadline::at(deadline));
    }

    /// Begins a host function: the guest has so much fuel left.
    pub(crate) fn allow(&self, fuel: u64) {
        self.fuel.set(fuel);
    }

    /// Puts work on the bill.
    pub(crate) fn charge(&self, fuel: u64) {
        self.bill.set(self.bill.get().saturating_add(fuel));
    }

    /// Takes the bill, and begins a new one.
    pub(crate) fn take_bill(&self) -> u64 {
        self.bill.take()
    }

    /// Whether the host may go on: there is fuel for the bill, and time.
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
        let looks = self.looks.get().wrapping_add(1);
        self.looks.set(looks);
        match looks.is_multiple_of(LOOKS) && end.is_over() {
            true => Err(Exhausted::Cpu),
            false => Ok(()),
        }
    }

    fn check_fuel(&self) -> Result<(), Exhausted> {
        match self.bill.get() > self.fuel.get() {
            true => Err(Exhausted::Fuel),
            false => Ok(()),
        }
    }

    /// Whether one more access is left. To be asked before a path is looked at.
    pub(crate) fn check_open(&self) -> Result<(), Exhausted> {
        self.check_number()?;
        self.check()
    }

    /// Denials use up the same limit, or a guest could ask without end.
    fn check_number(&self) -> Result<(), Exhausted> {
        let Usage { opened, denied, .. } = self.usage.get();
        match opened.saturating_add(denied) >= self.files_opened {
            true => Err(Exhausted::Files),
            false => Ok(()),
        }
    }

    /// Charges the decision about a path, and about `name` in the directory that it is.
    pub(super) fn decide(&self, path: &str, name: &str) {
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

    /// Counts the answer where it is a refusal. It costs what an access does, or asking for what is
    /// not given would be the cheapest work to have.
    pub(super) fn note<T>(&self, answer: Result<T, FileError>) -> Result<T, FileError> {
        if matches!(answer, Err(FileError::NotPermitted)) {
            self.charge(fuel::OPEN);
            self.count(|usage| usage.denied = usage.denied.saturating_add(1));
        }
        answer
    }

    /// Counts bytes that were read, and the memory that they are in.
    pub(crate) fn read(&self, bytes: usize) -> Result<(), Exhausted> {
        self.hold(bytes)?;
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
        let _ = meter.note::<()>(Err(FileError::NotPermitted));
        assert_eq!(meter.usage().denied, 1);
        assert_eq!(meter.open(), Ok(()));
        assert_eq!(meter.open(), Ok(()));
        assert_eq!(meter.open(), Err(Exhausted::Files));
        assert_eq!(meter.take_bill(), 3 * fuel::OPEN);
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
    fn the_bill_may_come_to_what_is_left() {
        let meter = meter();
        meter.allow(fuel::OPEN + 5);
        assert_eq!(meter.open(), Ok(()));
        assert_eq!(meter.read(5), Ok(()));
        assert_eq!(meter.check_open(), Ok(()));
        meter.charge(1);
        assert_eq!(meter.check(), Err(Exhausted::Fuel));
        assert_eq!(meter.check_open(), Err(Exhausted::Fuel));
        assert_eq!(meter.read(0), Err(Exhausted::Fuel));
        assert_eq!(meter.take_bill(), fuel::OPEN + 6);
        assert_eq!(meter.check(), Ok(()));
    }

    #[test]
    fn nothing_begins_after_the_deadline() {
        let meter = meter();
        meter.begin(Instant::now(), None);
        assert_eq!(meter.check_open(), Err(Exhausted::Deadline));
        meter.begin(soon(), None);
        assert_eq!(meter.check_open(), Ok(()));
    }

    #[test]
    fn the_host_goes_on_for_as_long_as_there_is_cpu_time() {
        let steps = |left| {
            let meter = meter();
            meter.begin(soon(), CpuTime::begin(Instant::now()).end(Some(left)));
            (0..2 * LOOKS).find_map(|_| meter.check().err())
        };
        assert_eq!(steps(Duration::ZERO), Some(Exhausted::Cpu));
        assert_eq!(steps(Duration::from_secs(3600)), None);
    }
}
