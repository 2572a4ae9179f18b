//! What stands behind imports that were not granted, and modules made for other versions of the
//! contract.

use std::collections::BTreeSet;

use firepit_sandbox::grants::Interface;
use firepit_sandbox::module::{Compiler, LoadError, Loader, Module};
use firepit_tests::{Directory, Firepit};

use crate::baseline::{assert_complete, assert_fails_alone, procfs, success};
use crate::components::{collector, component};

/// Sockets as `wasi:sockets` has them, in small: with resources of their own, with those of another
/// refused interface, and with the streams that every guest gets.
const SOCKETS: &str = r#"
  (import "wasi:io/streams@0.2.3" (instance $streams
    (export "input-stream" (type (sub resource)))
    (export "output-stream" (type (sub resource)))))
  (alias export $streams "input-stream" (type $input))
  (import "wasi:sockets/network@0.2.3" (instance $network
    (export "network" (type (sub resource)))
    (type $code' (enum "unknown" "access-denied"))
    (export "error-code" (type (eq $code')))))
  (alias export $network "network" (type $net))
  (alias export $network "error-code" (type $code))
  (import "wasi:sockets/tcp@0.2.3" (instance $tcp
    (export "tcp-socket" (type $socket (sub resource)))
    (alias outer 1 $input (type $input'))
    (export "input-stream" (type $in (eq $input')))
    (alias outer 1 $net (type $net'))
    (export "network" (type $network (eq $net')))
    (alias outer 1 $code (type $code'))
    (export "error-code" (type $error (eq $code')))
    (export "[method]tcp-socket.bind" (func (param "self" (borrow $socket))
      (param "network" (borrow $network)) (param "text" (list u8)) (result (result (error $error)))))
    (export "[method]tcp-socket.finish-connect" (func (param "self" (borrow $socket))
      (result (own $in))))
    (export "create" (func (param "family" u32) (result (own $socket))))))
  (alias export $tcp "tcp-socket" (type $socket))
  (core func $create (canon lower (func $tcp "create")))
  (core func $finish (canon lower (func $tcp "[method]tcp-socket.finish-connect")))
  (core func $drop (canon resource.drop $socket))
  (core func $drop-stream (canon resource.drop $input))"#;

const WITH_SOCKETS: &str = r#"(with "host" (instance
    (export "create" (func $create)) (export "finish" (func $finish))
    (export "drop" (func $drop)) (export "drop-stream" (func $drop-stream))))"#;

fn with_sockets(name: &str, collect: &str) -> Vec<u8> {
    let imports = r#"
      (import "host" "create" (func $create (param i32) (result i32)))
      (import "host" "finish" (func $finish (param i32) (result i32)))
      (import "host" "drop" (func $drop (param i32)))
      (import "host" "drop-stream" (func $drop-stream (param i32)))"#;
    component(name, [imports, WITH_SOCKETS], ["", collect], [SOCKETS, ""])
}

fn load(wasm: &[u8]) -> Result<(Loader, Module), LoadError> {
    let place = Directory::new().file("module.wasm", wasm);
    let loader = Loader::new(None, Compiler::InProcess).unwrap();
    let module = loader.file(&place.path().join("module.wasm"), None)?;
    Ok((loader, module))
}

/// A collector that imports an interface of the contract, with these items.
fn of_contract(interface: &str, items: &str) -> Vec<u8> {
    let import = format!(r#"(import "firepit:collector/{interface}" (instance {items}))"#);
    collector("dated", "", "", &import)
}

/// Importing is not using: runtimes import much.
#[test]
fn unused_denied_import_is_harmless() {
    let procfs = procfs();
    let module = with_sockets("quiet", "");
    let running = Firepit::new()
        .bytes("quiet", &module)
        .flag("--collector.quiet")
        .procfs(procfs.path())
        .start();
    let page = running.scrape();
    assert_eq!(success(&page, "quiet"), Some(1.0));
    assert_complete(&page);
}

#[test]
fn calling_a_denied_import_ends_the_run() {
    for (collect, called) in [
        (
            "(drop (call $create (i32.const 0)))",
            "called wasi:sockets/tcp create, which is not granted",
        ),
        (
            "(call $create (i32.const 0)) (call $drop)",
            "called wasi:sockets/tcp create, which is not granted",
        ),
    ] {
        let firepit = Firepit::new()
            .bytes("caller", &with_sockets("caller", collect))
            .flag("--collector.caller");
        let (running, _) = assert_fails_alone(firepit, "caller", "denied");
        let line = running.logs.wait_for("msg", "collector failed");
        assert!(line.get("err").unwrap().contains(called), "{line:?}");
    }
}

/// There is no handle of a refused resource: made-up ones are found out.
#[test]
fn forged_handles_are_rejected() {
    for collect in [
        "(call $drop (i32.const 0))",
        "(call $drop (i32.const 1))",
        "(call $drop-stream (i32.const 1))",
        "(drop (call $finish (i32.const 1)))",
    ] {
        let firepit = Firepit::new()
            .bytes("forger", &with_sockets("forger", collect))
            .flag("--collector.forger");
        let procfs = procfs();
        let running = firepit.procfs(procfs.path()).start();
        let page = running.scrape();
        assert_eq!(success(&page, "forger"), Some(0.0), "{collect}");
        assert_complete(&page);
    }
}

/// Every set of grants links, also where resources go over from what is granted to what is not.
#[test]
fn any_interface_can_be_withheld() {
    let guest = std::fs::read(firepit_tests::guest("escape_proc_self")).unwrap();
    for wasm in [with_sockets("sockets", ""), guest] {
        let (loader, module) = load(&wasm).unwrap();
        for number in 0..1_u32 << Interface::ALL.len() {
            let granted: BTreeSet<Interface> = (0..)
                .zip(Interface::ALL.iter().copied())
                .filter(|(bit, _)| number & (1 << bit) != 0)
                .map(|(_, interface)| interface)
                .collect();
            module.link(&loader, &granted).unwrap();
        }
    }
}

#[test]
fn other_contract_versions_are_reported() {
    for version in ["0.2.0", "1.0.0", "0.1.0-rc1", "0.3.7"] {
        let wasm = of_contract(&format!("log@{version}"), r#"(export "shout" (func))"#);
        let error = load(&wasm).unwrap_err();
        assert_eq!(error.reason(), "contract");
        let told = error.to_string();
        let expected = format!(
            "was built against firepit:collector@{version}; this firepit serves 0.1.x (0.1.4)"
        );
        assert!(told.ends_with(&expected), "{told}");
    }
}

#[test]
fn patches_of_the_contract_run_as_far_as_they_can() {
    let ticks = r#"(export "clock-ticks" (func (result u32)))"#;
    for version in ["0.1.0", "0.1.9"] {
        let (loader, module) = load(&of_contract(&format!("system@{version}"), ticks)).unwrap();
        assert_eq!(module.contract().as_deref(), Some(version));
        for granted in [vec![], Interface::ALL.to_vec()] {
            module
                .link(&loader, &granted.into_iter().collect())
                .unwrap();
        }
    }
}

/// A function, or an interface, that came after this firepit.
#[test]
fn newer_import_is_named_in_the_error() {
    let later = r#"(export "cores" (func (result u32)))"#;
    let (loader, module) = load(&of_contract("system@0.1.9", later)).unwrap();
    // Withheld, it is refused as everything else.
    module.link(&loader, &BTreeSet::new()).unwrap();
    let all: BTreeSet<Interface> = Interface::ALL.iter().copied().collect();
    let error = module.link(&loader, &all).unwrap_err();
    assert_eq!(error.reason(), "contract");
    let told = error.to_string();
    assert!(
        told.ends_with(
            "needs a newer firepit: it uses system cores of firepit:collector@0.1.9, which this \
             firepit (0.1.4) does not have"
        ),
        "{told}"
    );
    let error = load(&of_contract("shell@0.1.9", "")).unwrap_err();
    assert_eq!(error.reason(), "contract");
    assert!(error.to_string().contains("it uses shell of"), "{error}");
}

/// A version that is not later has no such function either: that module is wrong.
#[test]
fn unknown_functions_do_not_link() {
    let wrong = r#"(export "shout" (func))"#;
    let error = load(&of_contract("log@0.1.0", wrong)).unwrap_err();
    assert_eq!(error.reason(), "link");
    let wrong = r#"(export "log" (func))"#;
    let error = load(&of_contract("log@0.1.9", wrong)).unwrap_err();
    assert_eq!(error.reason(), "link");
}

/// Stubs cost memory in the host, so their number has a bound.
#[test]
fn number_of_imported_functions_is_bounded() {
    let functions = |number: usize| -> String {
        (0..number)
            .map(|number| format!(r#"(export "f{number}" (func))"#))
            .collect()
    };
    let many = |number| {
        let import = format!(
            r#"(import "wasi:http/types@0.2.0" (instance {}))"#,
            functions(number)
        );
        load(&collector("many", "", "", &import))
    };
    assert!(many(4000).is_ok());
    let error = many(6000).unwrap_err();
    assert_eq!(error.reason(), "link");
}

/// Imports under the name of a refused interface that are something else.
#[test]
fn mismatched_imports_do_not_link() {
    for import in [
        r#"(import "wasi:sockets/tcp@0.2.0" (func))"#,
        r#"(import "wasi:sockets/tcp@0.2.0" (instance (export "a" (instance (export "b" (func))))))"#,
        r#"(import "wasi:sockets/tcp@0.2.0" (instance (export "a" (core module))))"#,
        r#"(import "wasi:sockets/tcp@0.3.0" (instance (export "a" (func))))"#,
        r#"(import "function" (func))"#,
        // The resource of a refused interface, for one that has its own.
        r#"(import "wasi:sockets/tcp@0.2.0" (instance $t (export "s" (type (sub resource)))))
           (alias export $t "s" (type $s))
           (import "wasi:io/streams@0.2.0" (instance
             (alias outer 1 $s (type $s')) (export "input-stream" (type (eq $s')))))"#,
    ] {
        let error = load(&collector("odd", "", "", import)).unwrap_err();
        assert_eq!(error.reason(), "link", "{import}");
    }
}
