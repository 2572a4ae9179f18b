//! What builds firepit works in the checkout that it is called in, wherever it was built itself.

use std::process::Command;

use firepit_tests::{Directory, program};

#[test]
fn copied_checkout_is_checked_instead_of_the_original() {
    let copy = Directory::new()
        .file("Cargo.toml", "[workspace]\n")
        .file("runtime/exporter/Cargo.toml", "[package]\n")
        .file("xtask/Cargo.toml", "[package]\n")
        .file("docs/left_behind.wasm", "");
    let xtask = || {
        let mut xtask = Command::new(program("FIREPIT_XTASK"));
        xtask.arg("tidy").env_remove("CARGO_MANIFEST_DIR");
        xtask
    };
    let docs = copy.path().join("docs");
    for command in [
        xtask().current_dir(copy.path()),
        xtask().current_dir(&docs),
        // As cargo runs it, from anywhere.
        xtask().env("CARGO_MANIFEST_DIR", copy.path().join("xtask")),
    ] {
        let output = command.output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success(), "{told}");
        assert!(told.contains("docs/left_behind.wasm"), "{told}");
    }
}
