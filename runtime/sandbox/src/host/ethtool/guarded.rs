//! Memory for answers whose length the kernel decides.
//!
//! For some requests the kernel writes as many values as the driver has at that moment, whatever the
//! caller made room for. The number may have grown since the caller asked for it. So the memory ends
//! at a page that cannot be written: the kernel writes in ascending order and stops there, with
//! EFAULT.

use std::ffi::c_void;
use std::ptr::{self, NonNull};
use std::slice;

use rustix::io::Errno;
use rustix::mm::{MapFlags, MprotectFlags, ProtFlags, mmap_anonymous, mprotect, munmap};
use rustix::param::page_size;

/// Whole pages of zeros, and a page behind them that cannot be accessed.
#[derive(Debug)]
pub(super) struct Guarded {
    start: NonNull<u8>,
    usable: usize,
}

impl Guarded {
    /// Memory for at least this many bytes.
    ///
    /// # Errors
    /// ENOMEM.
    pub(super) fn new(bytes: usize) -> Result<Self, Errno> {
        let usable = bytes.max(1).next_multiple_of(page_size());
        let access = ProtFlags::READ | ProtFlags::WRITE;
        let whole = usable + page_size();
        // SAFETY: a new mapping at a place that the kernel chooses overlaps no other memory.
        let start = unsafe { mmap_anonymous(ptr::null_mut(), whole, access, MapFlags::PRIVATE)? };
        let start = NonNull::new(start.cast()).ok_or(Errno::NOMEM)?;
        let memory = Self { start, usable };
        // SAFETY: the last page is part of the mapping, and nothing refers to it.
        unsafe { mprotect(memory.guard(), page_size(), MprotectFlags::empty())? };
        Ok(memory)
    }

    /// Makes the first bytes zero, in new memory if they do not fit. Bytes behind them may be those of
    /// an earlier answer.
    ///
    /// # Errors
    /// ENOMEM.
    pub(super) fn prepare(&mut self, bytes: usize) -> Result<(), Errno> {
        if bytes > self.usable {
            *self = Self::new(bytes)?;
        }
        self.all().iter_mut().take(bytes).for_each(|byte| *byte = 0);
        Ok(())
    }

    fn guard(&self) -> *mut c_void {
        self.start.as_ptr().wrapping_add(self.usable).cast()
    }

    /// Start of the memory, for the kernel.
    pub(super) fn as_ptr(&mut self) -> *mut c_void {
        self.start.as_ptr().cast()
    }

    /// All its bytes.
    pub(super) fn bytes(&self) -> &[u8] {
        // SAFETY: the pages in front of the guard can be read and written, belong to this value, and
        // were zeros at first.
        unsafe { slice::from_raw_parts(self.start.as_ptr(), self.usable) }
    }

    /// Writes at the start. What does not fit is left out.
    pub(super) fn write(&mut self, content: &[u8]) {
        for (place, byte) in self.all().iter_mut().zip(content) {
            *place = *byte;
        }
    }

    fn all(&mut self) -> &mut [u8] {
        // SAFETY: as in `bytes`, and the borrow is exclusive.
        unsafe { slice::from_raw_parts_mut(self.start.as_ptr(), self.usable) }
    }
}

// SAFETY: the mapping is the process', not a thread's, and only this value refers to it.
unsafe impl Send for Guarded {}

impl Drop for Guarded {
    fn drop(&mut self) {
        // SAFETY: the mapping belongs to this value, and no borrow of it is left. An error is
        // ignored: the memory would stay mapped.
        let _ = unsafe { munmap(self.as_ptr(), self.usable + page_size()) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_zero_and_writable_to_its_end() {
        let mut memory = Guarded::new(page_size() + 1).unwrap();
        assert_eq!(memory.bytes().len(), 2 * page_size());
        assert!(memory.bytes().iter().all(|byte| *byte == 0));
        let content = vec![7; 3 * page_size()];
        memory.write(&content);
        assert_eq!(memory.bytes(), &content[..2 * page_size()]);
        assert_eq!(Guarded::new(0).unwrap().bytes().len(), page_size());
    }

    #[test]
    fn memory_is_cleared_and_grows() {
        let mut memory = Guarded::new(1).unwrap();
        memory.write(&[7; 100]);
        memory.prepare(60).unwrap();
        assert_eq!(memory.bytes().len(), page_size());
        assert_eq!(memory.bytes()[..60], [0; 60]);
        memory.prepare(page_size() + 1).unwrap();
        assert_eq!(memory.bytes(), vec![0; 2 * page_size()]);
    }

    /// As a driver does that has more values than it said.
    #[test]
    fn kernel_cannot_write_beyond_the_end() {
        let mut memory = Guarded::new(1).unwrap();
        // SAFETY: the kernel checks each page before it writes to it.
        let read = |length| unsafe {
            let zero = std::fs::File::open("/dev/urandom").unwrap();
            libc::read(
                std::os::fd::AsRawFd::as_raw_fd(&zero),
                memory.as_ptr(),
                length,
            )
        };
        let mut read = read;
        assert_eq!(read(page_size() + 64), page_size() as isize);
        // SAFETY: the address is that of the guard, to which the kernel cannot write.
        let beyond = unsafe {
            let zero = std::fs::File::open("/dev/zero").unwrap();
            libc::read(std::os::fd::AsRawFd::as_raw_fd(&zero), memory.guard(), 1)
        };
        assert_eq!(beyond, -1);
        let error = std::io::Error::last_os_error().raw_os_error();
        assert_eq!(error, Some(libc::EFAULT));
    }
}
