//! Creating a collector in a small checkout, and invalid arguments.

use std::path::PathBuf;

use super::*;

const MANIFEST_OF_TESTS: &str = "\
[dependencies]
criterion = \"1\"
firepit-collector-arp = { path = \"../collectors-wasm/arp\" }
firepit-collector-cpu = { path = \"../collectors-wasm/cpu\" }
firepit-collector-cpu_vulnerabilities = { path = \"../collectors-wasm/cpu_vulnerabilities\" }
firepit-sdk.workspace = true
";
const LIST: &str = "\
standard! {
    Cpu {
        cpu: firepit_collector_cpu::Cpu,
    }
    System {
        os: firepit_collector_os::Os,
        uname: firepit_collector_uname::UnameInfo,
    }
}
";

/// A checkout with the two lists, in a temporary directory.
struct Checkout(PathBuf);

impl Checkout {
    fn new(name: &str) -> Self {
        let unique = format!("xtask-new-collector-{}-{name}", std::process::id());
        let root = std::env::temp_dir().join(unique);
        fs::create_dir_all(root.join("tests/src")).unwrap();
        fs::write(root.join(DEPENDENCIES), MANIFEST_OF_TESTS).unwrap();
        fs::write(root.join(NATIVE), LIST).unwrap();
        Self(root)
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.0.join(path)).unwrap()
    }
}

impl Drop for Checkout {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_new_collector_is_created_and_registered() {
    let checkout = Checkout::new("written");
    write(&checkout.0, "cpu_heat", "System").unwrap();
    let manifest = checkout.read("collectors-wasm/cpu_heat/Cargo.toml");
    assert!(manifest.contains("name = \"firepit-collector-cpu_heat\"\n"));
    let library = checkout.read("collectors-wasm/cpu_heat/src/lib.rs");
    assert!(library.contains("export!(\n    CpuHeat,\n    collect,\n"));
    assert!(library.contains("Descriptor::new(\"cpu_heat\", "));
    assert!(library.contains("\"node_cpu_heat_up_seconds\""));
    assert!(!library.to_lowercase().contains("example"));
    let expected = MANIFEST_OF_TESTS.replace(
        "firepit-collector-cpu_vul",
        "firepit-collector-cpu_heat = { path = \"../collectors-wasm/cpu_heat\" }\nfirepit-collector-cpu_vul",
    );
    assert_eq!(checkout.read(DEPENDENCIES), expected);
    let expected = LIST.replace(
        "        os:",
        "        cpu_heat: firepit_collector_cpu_heat::CpuHeat,\n        os:",
    );
    assert_eq!(checkout.read(NATIVE), expected);
}

#[test]
fn the_last_collector_goes_to_the_end_of_a_list() {
    let checkout = Checkout::new("last");
    write(&checkout.0, "zram", "Cpu").unwrap();
    let end = "cpu::Cpu,\n        zram: firepit_collector_zram::Zram,\n    }\n";
    assert!(checkout.read(NATIVE).contains(end));
    let end = "zram\" }\nfirepit-sdk.workspace = true\n";
    assert!(checkout.read(DEPENDENCIES).ends_with(end));
}

#[test]
fn invalid_arguments_are_rejected_and_nothing_is_written() {
    let checkout = Checkout::new("refused");
    fs::create_dir_all(checkout.0.join("collectors-wasm/taken")).unwrap();
    for (name, group, expected) in [
        ("", "System", "invalid collector name \"\""),
        ("Heat", "System", "invalid collector name \"Heat\""),
        ("a-b", "System", "invalid collector name \"a-b\""),
        ("../x", "System", "invalid collector name \"../x\""),
        ("1st", "System", "invalid collector name \"1st\""),
        ("taken", "System", "collectors-wasm/taken already exists"),
        ("heat", "Sauna", "tests/src/collectors.rs: no list found"),
    ] {
        let error = write(&checkout.0, name, group).unwrap_err().to_string();
        assert!(error.contains(expected), "{name:?}: {error}");
        assert_eq!(checkout.read(NATIVE), LIST);
        assert_eq!(checkout.read(DEPENDENCIES), MANIFEST_OF_TESTS);
        assert!(!checkout.0.join("collectors-wasm/heat").exists());
    }
}

#[test]
fn the_lists_of_the_repository_are_found() {
    let workspace = Workspace::here().unwrap();
    let read = |path: &str| fs::read_to_string(workspace.root().join(path)).unwrap();
    let manifest = depend(&read(DEPENDENCIES), "heat").unwrap();
    assert!(manifest.contains("\nfirepit-collector-heat = { path"));
    let list = register(&read(NATIVE), "heat", GROUP).unwrap();
    assert!(list.contains("\n        heat: firepit_collector_heat::Heat,\n"));
}
