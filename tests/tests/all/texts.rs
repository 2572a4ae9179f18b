//! Texts of modules in messages: how long they are and what is in them is the module's choice, and the
//! lines of the host stay short and plain all the same.

use firepit_tests::{Directory, Firepit};

use crate::baseline::assert_fails_alone;
use crate::components::{caller, collector};
use crate::modules::left_out;

/// What a module says, imports and exports is a stranger's text: none of it gets whole into a line.
#[test]
fn texts_of_modules_are_truncated_in_messages() {
    let long = "x".repeat(50_000);
    let of_later = format!(r#"(import "firepit:collector/{long}@0.1.9" (instance))"#);
    let unknown = format!(r#"(import "evil:{long}/x@0.2.0" (instance))"#);
    let version = format!(r#"(import "firepit:collector/files@0.2.0-{long}" (instance))"#);
    let function =
        format!(r#"(import "wasi:clocks/wall-clock@0.2.0" (instance (export "{long}" (func))))"#);
    for (import, reason) in [
        (of_later, "contract"),
        (unknown, "link"),
        (version, "contract"),
        (function, "link"),
    ] {
        let module = collector("long", "", "", &import);
        let (_running, _, told) = left_out(Firepit::new().bytes("long", &module), reason);
        assert!(told.contains('…'), "{told}");
    }
}

/// The same for a function that is called, and does not exist for any collector.
#[test]
fn names_of_denied_functions_are_truncated() {
    let long = "x".repeat(50_000);
    let import = format!(
        r#"(import "wasi:sockets/{long}@0.2.0" (instance $sockets (export "{long}" (func))))
           (alias export $sockets "{long}" (func $called))"#
    );
    let module = caller("caller", &import);
    let firepit = (Firepit::new().bytes("caller", &module)).flag("--collector.caller");
    let (running, _) = assert_fails_alone(firepit, "caller", "denied");
    let line = running.logs.wait_for("msg", "collector failed");
    let told = line.get("err").unwrap();
    assert!(told.starts_with("called wasi:sockets/xxx"), "{told}");
    assert!(told.len() < 400, "{} bytes", told.len());
}

/// What a command says goes to a terminal, which takes some characters for orders.
#[test]
fn errors_on_a_terminal_are_plain() {
    let name = "x\u{1b}[2J\u{202e}\n.wasm";
    let module = Directory::new().file(name, "");
    let path = module.path().join(name);
    let ended = Firepit::new().run(&["inspect", path.to_str().unwrap()]);
    assert_eq!(ended.status.code(), Some(1));
    assert!(
        ended
            .stderr
            .contains("x\\u{1b}[2J\\u{202e}\\n.wasm is empty"),
        "{:?}",
        ended.stderr
    );
    assert_eq!(ended.stderr.lines().count(), 1, "{:?}", ended.stderr);

    let flag = format!("--collector.directory={}", module.path().display());
    let ended = Firepit::new().flag(flag).execute(&["check-config"]);
    let odd = |c: char| c != '\n' && (c.is_control() || c == '\u{202e}');
    assert!(!ended.stdout.contains(odd), "{:?}", ended.stdout);
    assert!(ended.stdout.contains("x\\u{1b}[2J"), "{:?}", ended.stdout);
}

/// Who writes a flag of a module that does not load is told why there is no such flag.
#[test]
fn a_flag_of_a_module_that_does_not_load_is_explained() {
    let firepit = Firepit::new()
        .bytes("smart", b"")
        .flag("--collector.smart.level=2");
    let path = firepit.module_path("smart").display().to_string();
    let ended = firepit.execute(&["check-config"]);
    assert_eq!(ended.status.code(), Some(2), "{}", ended.stderr);
    assert!(
        ended.stderr.contains("--collector.smart.level"),
        "{}",
        ended.stderr
    );
    let told = format!("firepit: {path} is empty; the flags of its collector are unknown\n");
    assert!(ended.stderr.contains(&told), "{}", ended.stderr);
}
