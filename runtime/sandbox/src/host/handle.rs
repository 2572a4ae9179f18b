//! Handles of the contract's resources. Their types are generated, and have no values; the table of an
//! instance has the host's values under the same numbers.

use wasmtime::component::Resource;

/// The entry of the table that a handle stands for, to look it up.
pub(super) fn entry<Value: 'static, Handle: 'static>(handle: &Resource<Handle>) -> Resource<Value> {
    Resource::new_borrow(handle.rep())
}

/// The handle of a new entry, or the entry of a handle that a guest gives up.
pub(super) fn owned<From: 'static, To: 'static>(of: &Resource<From>) -> Resource<To> {
    Resource::new_own(of.rep())
}
