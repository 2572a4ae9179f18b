//! What `cargo xtask test` gives to the tests.

use std::env;
use std::path::PathBuf;

/// A program or directory by its environment variable.
///
/// # Panics
/// Where the variable is not set.
#[must_use]
pub fn program(variable: &str) -> PathBuf {
    let Some(path) = env::var_os(variable) else {
        panic!("{variable} is not set: run the tests by `cargo xtask test`");
    };
    path.into()
}

/// A node_exporter to be compared with, which only some machines have. What is left out without
/// one is said on stderr.
#[must_use]
pub(crate) fn peer() -> Option<PathBuf> {
    let path = env::var_os("FIREPIT_PEER").map(PathBuf::from);
    if path.is_none() {
        eprintln!("FIREPIT_PEER is not set: there is no node_exporter to compare with");
    }
    path
}

/// The module of a test guest.
///
/// # Panics
/// Where it was not built.
#[must_use]
pub fn guest(name: &str) -> PathBuf {
    let path = program("FIREPIT_GUESTS").join(format!("{name}.wasm"));
    assert!(
        path.is_file(),
        "{} is missing: run `cargo xtask test`",
        path.display()
    );
    path
}
