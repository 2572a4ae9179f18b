//! How a firepit process drops privileges that it does not need.
//!
//! Today the compiler process limits itself ([`rlimits`]). A seccomp filter per kind of thread
//! would go here.

pub(crate) mod rlimits;
