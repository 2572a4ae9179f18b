//! Makes machine code executable where it lies.
//!
//! wasmtime makes code executable that it copied into memory of its own. The code of the bundle is
//! already in memory, as a part of this program's file: used in place, it is neither copied nor read
//! before it runs, and the kernel can drop it and read it again as it does with the program itself.

use wasmtime::CustomCodeMemory;

use rustix::mm::{MprotectFlags, mprotect};

/// Whether code can run where it lies. On other machines the caches of instructions would have to
/// be told of code that was written a moment before, as that of modules from files is: there
/// wasmtime does it all, for its copies.
pub(crate) const IN_PLACE: bool = cfg!(target_arch = "x86_64");

/// Pages of any memory, made executable by the system.
pub(super) struct InPlace;

impl CustomCodeMemory for InPlace {
    fn required_alignment(&self) -> usize {
        rustix::param::page_size()
    }

    fn publish_executable(&self, code: *const u8, length: usize) -> wasmtime::Result<()> {
        let protection = MprotectFlags::READ | MprotectFlags::EXEC;
        // SAFETY: wasmtime calls this with whole pages of a code image: its own copy, or a part of
        // the bundle. Nothing else is in these pages, and nobody writes to them any more.
        unsafe { mprotect(code.cast_mut().cast(), length, protection)? };
        Ok(())
    }

    /// Does nothing. wasmtime unmaps its copies right after this, and the bundle stays as it is for
    /// as long as the program runs, like the program's own code.
    fn unpublish_executable(&self, _: *const u8, _: usize) -> wasmtime::Result<()> {
        Ok(())
    }
}
