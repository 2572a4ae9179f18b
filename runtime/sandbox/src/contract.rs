//! The contract between host and collectors in `wit/`: generated bindings, the table of interfaces,
//! and the supported versions.

mod bindings;
pub(crate) mod table;
pub mod versions;

pub(crate) use self::bindings::*;
