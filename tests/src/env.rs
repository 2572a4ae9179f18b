//! The environment variables that `cargo xtask test` sets, and the programs of the system.

use std::env;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// The path in an environment variable.
///
/// # Panics
/// The variable is not set.
#[must_use]
pub fn program(variable: &str) -> PathBuf {
    let Some(path) = env::var_os(variable) else {
        panic!("{variable} is not set: run the tests with `cargo xtask test`");
    };
    path.into()
}

/// node_exporter, to compare with. Only some machines have it; without it, a line on stderr reports
/// what is skipped.
#[must_use]
pub(crate) fn node_exporter() -> Option<PathBuf> {
    let path = env::var_os("FIREPIT_PEER").map(PathBuf::from);
    if path.is_none() {
        eprintln!("FIREPIT_PEER is not set: there is no node_exporter to compare with");
    }
    path
}

/// The module of a test guest.
///
/// # Panics
/// It was not built.
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

/// Whether a program of the system is installed. If not, says that a test is skipped.
#[must_use]
pub fn is_installed(program: &str) -> bool {
    let mut command = Command::new(program);
    let found = command.arg("--version").stdin(Stdio::null()).output();
    if found.is_err() {
        eprintln!("skipped: {program} is not installed");
    }
    found.is_ok()
}
