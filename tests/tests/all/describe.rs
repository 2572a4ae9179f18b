//! Modules that are no collectors, or describe themselves in a way that nobody could use: each is
//! left out with a line in the log, and the rest runs.

use std::fs::{self, File};
use std::process::Command;

use firepit_tests::{Directory, Firepit, Request, Running, until};

use crate::baseline::{assert_complete, procfs, success};

/// Starts with a module that is left out; the log says why, and on one line.
fn assert_left_out(firepit: Firepit, reason: &str) -> Running {
    let procfs = procfs();
    let running = firepit.procfs(procfs.path()).start();
    let line = running.logs.wait_for("msg", "module not loaded");
    let told = line.get("err").unwrap();
    assert!(told.contains(reason), "{told}");
    assert!(told.len() < 1000, "{} bytes of log", told.len());
    assert_complete(&running.scrape());
    running
}

/// `Limits::describe_fuel`
#[test]
fn endless_description_is_interrupted() {
    assert_left_out(
        Firepit::new().module("describe_endless"),
        "used up its fuel",
    );
}

/// `Limits::hostcall_bytes`, for what a guest returns.
#[test]
fn a_huge_description_is_refused() {
    assert_left_out(
        Firepit::new().module("describe_huge"),
        "failed to describe itself",
    );
}

#[test]
fn name_invalid_in_flags_is_rejected() {
    assert_left_out(
        Firepit::new().module("describe_bad_name"),
        "has an invalid descriptor",
    );
}

/// Names belong to the built-in collectors first.
#[test]
fn duplicate_collector_name_is_rejected() {
    let firepit = Firepit::new().module("describe_taken_name");
    assert_left_out(firepit, "two collectors have the name loadavg");
}

#[test]
fn output_in_describe_is_refused() {
    assert_left_out(
        Firepit::new().module("describe_emits"),
        "outside of collect",
    );
}

/// A description is made without files, whatever it asks for.
#[test]
fn nothing_can_be_read_in_describe() {
    let wasm = firepit_tests::guest("describe_reads");
    let ended = Firepit::new().run(&["inspect", wasm.to_str().unwrap()]);
    assert!(ended.status.success(), "{}", ended.stderr);
    assert!(
        ended.stdout.contains("got None and None bytes"),
        "{}",
        ended.stdout
    );
}

/// What a module says of itself is text on the landing page, and nothing that a browser runs.
#[test]
fn descriptions_are_escaped_as_html() {
    let running = Firepit::with_guest("describe_reads").start();
    let landing = running.ask(&Request::get("/"));
    assert!(
        landing.text().contains("&lt;script&gt;got None"),
        "{}",
        landing.text()
    );
    assert!(
        !landing.text().contains("<script>got"),
        "{}",
        landing.text()
    );
}

/// What looks like a module by its name, and is no file: nobody waits for a pipe.
#[test]
fn non_regular_files_are_not_loaded() {
    let modules = Directory::new()
        .link("endless.wasm", "/dev/zero")
        .link("gone.wasm", "nowhere");
    fs::create_dir(modules.path().join("directory.wasm")).unwrap();
    let pipe = Command::new("mkfifo")
        .arg(modules.path().join("pipe.wasm"))
        .status();
    assert!(pipe.unwrap().success());
    let huge = File::create(modules.path().join("huge.wasm")).unwrap();
    huge.set_len(1 << 40).unwrap();
    let procfs = procfs();
    let flag = format!("--collector.directory={}", modules.path().display());
    let running = Firepit::new().procfs(procfs.path()).flag(flag).start();
    until("five modules left out", || {
        (running.logs.with("msg", "module not loaded").len() == 5).then_some(())
    });
    assert_complete(&running.scrape());
}

/// What is no component at all.
#[test]
fn files_that_are_not_modules_are_not_loaded() {
    let core = wat::parse_str("(module)").unwrap();
    let empty = wat::parse_str("(component)").unwrap();
    let mut cut = fs::read(firepit_tests::guest("limit_loop")).unwrap();
    cut.truncate(cut.len() / 2);
    let elf = fs::read(std::env::current_exe().unwrap()).unwrap();
    let mut garbled = fs::read(firepit_tests::guest("limit_loop")).unwrap();
    let middle = garbled.len() / 2;
    garbled[middle..middle + 64].fill(0xff);
    let cases: [(&[u8], &str); 7] = [
        (b"", "is empty"),
        (b"\0asm", "was not copied completely"),
        (&elf[..4096], "not WebAssembly"),
        (&core, "core WebAssembly module"),
        (&empty, "is not a collector"),
        (&cut, "was not copied completely"),
        (&garbled, "does not compile"),
    ];
    for (bytes, reason) in cases {
        assert_left_out(Firepit::new().bytes("module", bytes), reason);
    }
}

/// Machine code is never taken from a file, whatever the file is called.
#[test]
fn machine_code_is_not_loaded() {
    // How wasmtime begins what it compiled: as an ELF file.
    let code = b"\x7fELF\x02\x01\x01\xc8\x01\0\0\0\0\0\0\0\x02\0\x3e\0";
    assert_left_out(Firepit::new().bytes("module", code), "not WebAssembly");
}

/// A module that imports what this host does not have.
#[test]
fn unknown_imports_are_named() {
    let import = r#"(import "firepit:collector/shell@0.1.0" (instance (export "run" (func))))"#;
    let module = crate::components::collector("shell", "", "", import);
    assert_left_out(
        Firepit::new().bytes("shell", &module),
        "it imports firepit:collector/shell@0.1.0, which no collector can have",
    );
}

/// Modules that are switched off are described, and nothing more.
#[test]
fn disabled_module_does_not_run() {
    let running = Firepit::new().module("trap_unreachable").start();
    assert_eq!(success(&running.scrape(), "trap_unreachable"), None);
    let landing = running.ask(&Request::get("/"));
    assert!(landing.text().contains("trap_unreachable"));
}
