//! `docs/drop-in.md`: firepit beside node_exporter.

use std::path::PathBuf;
use std::{env, fs};

use firepit_tests::{Conduct, drop_in_page, program, unexplained};

/// The version of node_exporter that is recorded: Debian's newest.
const VERSION: &str = "1.11.1";

fn root(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .join(path)
}

fn bless() -> bool {
    env::var_os("BLESS").is_some()
}

/// What node_exporter does is as recorded, where it is installed; `BLESS=1` records it.
fn node_exporter() -> Conduct {
    let file = root("tests/fixtures/drop_in/node_exporter.json");
    let recorded = fs::read_to_string(&file);
    let peer = env::var_os("FIREPIT_PEER").map(PathBuf::from);
    let Some(now) = peer.and_then(|peer| Conduct::of_node_exporter(&peer, VERSION)) else {
        eprintln!("no node_exporter {VERSION} to compare with: set FIREPIT_PEER");
        return Conduct::read(&recorded.unwrap());
    };
    if bless() {
        fs::write(&file, now.write()).unwrap();
    } else {
        assert_eq!(
            now,
            Conduct::read(&recorded.unwrap()),
            "set BLESS=1 to record it"
        );
    }
    now
}

#[test]
fn differences_from_node_exporter_are_documented_with_a_reason() {
    let node_exporter = node_exporter();
    let firepit = Conduct::of_firepit(&program("FIREPIT_BIN"), &node_exporter);
    let page = root("docs/drop-in.md");
    let written = drop_in_page(&node_exporter, &firepit);
    if bless() {
        fs::write(&page, &written).unwrap();
    }
    let faults = Vec::from_iter(unexplained(&node_exporter, &firepit));
    assert!(faults.is_empty(), "{faults:#?}");
    let page = fs::read_to_string(&page).unwrap();
    assert!(
        page == written,
        "docs/drop-in.md is not fresh: set BLESS=1 to write it"
    );
}
