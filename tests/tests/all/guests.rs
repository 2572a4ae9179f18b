//! Every guest in the repository is built, and some test is about it.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The modules that guests are used in.
const TESTS: [&str; 27] = [
    include_str!("connects.rs"),
    include_str!("connects/forbidden.rs"),
    include_str!("connects/greed.rs"),
    include_str!("connects/level.rs"),
    include_str!("connects/names.rs"),
    include_str!("connects/peers.rs"),
    include_str!("connections_tools.rs"),
    include_str!("contracts.rs"),
    include_str!("describe.rs"),
    include_str!("details.rs"),
    include_str!("escape.rs"),
    include_str!("grants.rs"),
    include_str!("guarded.rs"),
    include_str!("host_calls.rs"),
    include_str!("inspect.rs"),
    include_str!("interfaces.rs"),
    include_str!("kernel.rs"),
    include_str!("limits.rs"),
    include_str!("memory.rs"),
    include_str!("names.rs"),
    include_str!("output.rs"),
    include_str!("perf.rs"),
    include_str!("reads.rs"),
    include_str!("shares.rs"),
    include_str!("skipped.rs"),
    include_str!("traps.rs"),
    include_str!("../../src/swap_guest.rs"),
];

const PREFIXES: [&str; 10] = [
    "connect_",
    "contract_",
    "describe_",
    "escape_",
    "grant_",
    "limit_",
    "output_",
    "reads_",
    "swap_",
    "trap_",
];

fn names(directory: &Path, suffix: &str) -> BTreeSet<String> {
    let entries = fs::read_dir(directory).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names
        .filter_map(|name| Some(name.strip_suffix(suffix)?.to_owned()))
        .collect()
}

#[test]
fn every_guest_is_built_and_tested() {
    let sources = names(&Path::new(env!("CARGO_MANIFEST_DIR")).join("guests"), "");
    assert!(sources.len() > 20, "{sources:?}");
    assert_eq!(
        names(&firepit_tests::program("FIREPIT_GUESTS"), ".wasm"),
        sources
    );
    for name in sources {
        assert!(
            PREFIXES.iter().any(|prefix| name.starts_with(prefix)),
            "{name}"
        );
        let quoted = format!("\"{name}\"");
        assert!(
            TESTS.iter().any(|test| test.contains(&quoted)),
            "no test is about {name}"
        );
    }
}
