//! How a file gets to its place: whoever writes it, it is read when it is whole.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use firepit_tests::{Firepit, Writer, large, project, swap_guest};

use super::{Site, remove, sum};

/// Nothing but whole versions is ever loaded, and what editors leave beside them is no module.
#[test]
fn every_writer_is_waited_for() {
    let site = Site::new();
    for (number, writer) in Writer::ALL.into_iter().enumerate() {
        let version = format!("{}.0.0", number + 2);
        writer.write(&site.module(), &swap_guest(&version, "good"));
        let page = site.until_lines(Some(&version));
        let failures = sum(&page, "firepit_collector_load_failures_total");
        assert_eq!(failures, 0.0, "{writer:?}: {:#?}", site.running.logs.raw());
        let left = page.samples("firepit_collector_info").count();
        assert_eq!(left, 1, "{writer:?}: the built-in ones are not told of");
    }
    assert_eq!(site.told("collector failed"), 0);
}

/// A file of many megabytes comes in many pieces, and the old version runs until the last one.
#[test]
fn large_file_is_read_once_complete() {
    let site = Site::new();
    for (version, writer) in [("2.0.0", Writer::Copy), ("3.0.0", Writer::Slowly)] {
        let module = large(&swap_guest(version, "good"), 40 << 20);
        writer.write(&site.module(), &module);
        let page = site.until_lines(Some(version));
        assert_eq!(sum(&page, "firepit_collector_load_failures_total"), 0.0);
    }
}

/// A writer that never comes back leaves half a file: the old version goes on, and it is told.
#[test]
fn truncated_file_is_reported_once_writing_stops() {
    let site = Site::new();
    let module = swap_guest("2.0.0", "good");
    let (half, _) = module.split_at(module.len() / 2);
    Writer::InPlace.write(&site.module(), half);
    site.until_failures("truncated", 1.0);
    assert_eq!(site.page().1.lines.as_deref(), Some("1.0.0"));
    assert!(site.status().contains("truncated"), "{}", site.status());

    Writer::InPlace.write(&site.module(), &module);
    site.until_lines(Some("2.0.0"));
    assert!(!site.status().contains("truncated"), "{}", site.status());
}

#[test]
fn update_of_a_projected_volume_is_one_swap() {
    let site = Site::with(Firepit::new(), None);
    assert_eq!(site.page().1.lines, None);
    for version in ["1.0.0", "2.0.0", "3.0.0"] {
        let module = swap_guest(version, "good");
        project(&site.modules(), "x.wasm", &module, &format!("at_{version}"));
        let page = site.until_lines(Some(version));
        assert_eq!(sum(&page, "firepit_collector_load_failures_total"), 0.0);
    }
    site.until_logged("collector replaced", 2);
    assert_eq!(site.told("collector removed"), 0);
}

#[test]
fn deleted_module_is_removed_and_can_return() {
    let site = Site::new();
    for _ in 0..2 {
        site.until_lines(Some("1.0.0"));
        remove(&site.module());
        let page = site.until_lines(None);
        assert_eq!(sum(&page, "firepit_collector_load_failures_total"), 0.0);
        site.put(&swap_guest("1.0.0", "good"));
    }
    site.until_lines(Some("1.0.0"));
    site.until_logged("collector removed: its module is gone", 2);
}

fn directory(path: &Path, version: &str) {
    fs::create_dir_all(path).unwrap();
    fs::write(path.join("x.wasm"), swap_guest(version, "good")).unwrap();
}

#[test]
fn a_directory_can_be_replaced_as_a_whole() {
    let site = Site::new();
    directory(&site.root.join("next"), "2.0.0");
    fs::rename(site.modules(), site.root.join("before")).unwrap();
    fs::rename(site.root.join("next"), site.modules()).unwrap();
    site.until_lines(Some("2.0.0"));
    // What is in the new one is watched, what is in the old one is nobody's.
    site.put(&swap_guest("3.0.0", "good"));
    site.until_lines(Some("3.0.0"));
    Writer::InPlace.write(&site.root.join("before/x.wasm"), b"garbage");
    site.reload();
    assert_eq!(site.page().1.lines.as_deref(), Some("3.0.0"));
}

#[test]
fn a_directory_can_go_and_appear_later() {
    let site = Site::new();
    fs::remove_dir_all(site.modules()).unwrap();
    site.until_lines(None);
    assert!(site.status().contains("cannot list"), "{}", site.status());
    directory(&site.modules(), "2.0.0");
    site.until_lines(Some("2.0.0"));
    assert!(!site.status().contains("cannot list"), "{}", site.status());
}

#[test]
fn directory_link_can_be_switched() {
    let site = Site::new();
    directory(&site.root.join("releases/2"), "2.0.0");
    directory(&site.root.join("releases/3"), "3.0.0");
    fs::rename(site.modules(), site.root.join("releases/1")).unwrap();
    for version in ["2", "3"] {
        let link = site.root.join("link");
        symlink(format!("releases/{version}"), &link).unwrap();
        fs::rename(link, site.modules()).unwrap();
        site.until_lines(Some(&format!("{version}.0.0")));
    }
    site.put(&swap_guest("4.0.0", "good"));
    site.until_lines(Some("4.0.0"));
}
