//! Makes machine code executable in place, without copying it.
//!
//! By default wasmtime copies code into its own memory and makes the copy executable. The bundle's
//! code is already in memory, as part of this program's file. Used in place, it is neither copied
//! nor read before it runs, and the kernel can evict its pages and read them again, as it does with
//! the program itself.

use wasmtime::CustomCodeMemory;

use rustix::mm::{MprotectFlags, mprotect};

/// Whether code can run in place. On other architectures the instruction caches must be flushed for
/// newly written code, such as that of modules from files. There wasmtime does all of it, for its
/// copies.
pub const IN_PLACE: bool = cfg!(target_arch = "x86_64");

/// Makes pages executable through the kernel, in any memory.
pub(super) struct InPlace;

impl CustomCodeMemory for InPlace {
    fn required_alignment(&self) -> usize {
        rustix::param::page_size()
    }

    fn publish_executable(&self, code: *const u8, length: usize) -> wasmtime::Result<()> {
        let protection = MprotectFlags::READ | MprotectFlags::EXEC;
        // SAFETY: wasmtime calls this with whole pages of a code image: its own copy, or a part of
        // the bundle. Nothing else is in these pages, and nothing writes to them any more.
        unsafe { mprotect(code.cast_mut().cast(), length, protection)? };
        Ok(())
    }

    /// Does nothing. wasmtime unmaps its copies right after this call, and the bundle stays mapped
    /// for as long as the program runs, like the program's own code.
    fn unpublish_executable(&self, _: *const u8, _: usize) -> wasmtime::Result<()> {
        Ok(())
    }
}
