//! Modules that were built against other versions of the contract than this firepit's.

use std::fs;

use firepit_tests::{Directory, Firepit, guest};

use crate::baseline::{assert_complete, procfs, success};
use crate::components::collector;
use crate::modules::left_out;

/// The guest that is built from `tests/contracts/0.1.0`, as if from another version of as many
/// characters.
fn built_against(version: &str) -> Vec<u8> {
    let mut module = fs::read(guest("contract_0_1_0")).unwrap();
    let (package, old) = ("firepit:collector/", "0.1.0");
    assert_eq!(version.len(), old.len());
    let mut changed = 0;
    for start in 0..module.len() - package.len() {
        if !module[start..].starts_with(package.as_bytes()) {
            continue;
        }
        let name = &module[start..(start + 80).min(module.len())];
        let Some(at) = name.iter().position(|&byte| byte == b'@') else {
            continue;
        };
        let at = start + at + 1;
        if module[at..].starts_with(old.as_bytes()) {
            module[at..at + old.len()].copy_from_slice(version.as_bytes());
            changed += 1;
        }
    }
    assert!(changed >= 5, "{changed} names of interfaces");
    module
}

/// All versions 0.1.x are served, whether they came before or after this firepit's own.
#[test]
fn every_patch_of_the_contract_runs() {
    assert_ne!(
        firepit_sandbox::contract::versions::OWN,
        "0.1.0",
        "the guest is of an older version"
    );
    for version in ["0.1.0", firepit_sandbox::contract::versions::OWN, "0.1.9"] {
        let procfs = procfs();
        let running = Firepit::new()
            .bytes("contract_0_1_0", &built_against(version))
            .config("collectors: {contract_0_1_0: {grants: {interfaces: [metrics, files, log, system]}}}")
            .flag("--collector.contract_0_1_0")
            .procfs(procfs.path())
            .start();
        let page = running.scrape();
        assert_complete(&page);
        assert_eq!(success(&page, "contract_0_1_0"), Some(1.0), "{version}");
        let bytes = page.value("guest_contract_bytes", &[("system", "Linux")]);
        assert_eq!(bytes, Some(27.0));
        assert_eq!(page.value("guest_contract_histogram_count", &[]), Some(3.0));
        assert_eq!(page.value("guest_contract_summary_sum", &[]), Some(1.5));
        let _ = running.logs.wait_for("msg", "Linux");
    }
}

/// Which version a module was built against is told before it runs.
#[test]
fn inspect_shows_the_contract_version() {
    for version in ["0.1.0", "0.1.9"] {
        let modules = Directory::new().file("x.wasm", built_against(version));
        let path = modules.path().join("x.wasm").display().to_string();
        let ended = Firepit::new().run(&["inspect", &path]);
        let told = format!("contract   firepit:collector@{version}\n");
        assert!(ended.stdout.contains(&told), "{}", ended.stdout);
    }
}

#[test]
fn unsupported_version_error_names_the_supported_ones() {
    for version in ["0.2.0", "1.0.0", "0.0.9"] {
        let firepit = Firepit::new().bytes("x", &built_against(version));
        let path = firepit.module_path("x").display().to_string();
        let (_running, _, told) = left_out(firepit, "contract");
        let expected = format!(
            "{path} was built against firepit:collector@{version}; this firepit serves 0.1.x (0.1.4)"
        );
        assert_eq!(told, expected);
    }
}

/// What a later patch added is named if it is used, and so is the remedy.
#[test]
fn newer_import_is_reported() {
    for (import, what) in [
        (
            r#"(import "firepit:collector/files@0.1.7" (instance (export "watch" (func))))"#,
            "files watch",
        ),
        (
            r#"(import "firepit:collector/shell@0.1.7" (instance (export "run" (func))))"#,
            "shell",
        ),
    ] {
        let firepit = Firepit::new().bytes("x", &collector("x", "", "", import));
        let path = firepit.module_path("x").display().to_string();
        let (_running, _, told) = left_out(firepit, "contract");
        let expected = format!(
            "{path} needs a newer firepit: it uses {what} of firepit:collector@0.1.7, which this \
             firepit (0.1.4) does not have"
        );
        assert_eq!(told, expected);
    }
}

/// A module is bound to each record and function as it was: all of an older contract is in this one,
/// word by word, documentation aside.
#[test]
fn older_contracts_are_unchanged() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let mut items = 0;
    for version in ["0.1.0", "0.1.2", "0.1.3"] {
        let directory = format!("{root}/tests/contracts/{version}");
        for entry in fs::read_dir(&directory).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            let old = fs::read_to_string(format!("{directory}/{name}")).unwrap();
            let new = fs::read_to_string(format!("{root}/wit/{name}")).unwrap();
            let new = declarations(&new);
            for item in declarations(&old) {
                assert!(new.contains(&item), "{version}/{name}: {item}");
                items += 1;
            }
        }
    }
    assert!(items > 60, "{items}");
}

/// Each record, variant, enumeration and function of a WIT file, without documentation.
fn declarations(wit: &str) -> Vec<String> {
    let mut items = vec![String::new()];
    let mut depth = 0;
    let lines = wit.lines().map(str::trim);
    for line in lines.filter(|line| !line.is_empty() && !line.starts_with("///")) {
        let opens = line.ends_with('{');
        if line.starts_with("package") || depth == 0 && opens {
            depth += usize::from(opens);
            continue;
        }
        if opens {
            depth += 1;
        } else if line.starts_with('}') {
            depth -= 1;
        }
        let item = items.last_mut().unwrap();
        item.push_str(line);
        item.push(' ');
        if depth <= 1 {
            items.push(String::new());
        }
    }
    items.retain(|item| !matches!(item.trim(), "" | "}"));
    items
}
