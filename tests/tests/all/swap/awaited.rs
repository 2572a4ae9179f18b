//! The directory of modules that nobody named: it is taken in as soon as it is there.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use firepit_tests::{Firepit, Request, Running, guest, until_or};

use crate::baseline::success;

/// A module that is on where nobody says anything.
const GUEST: &str = "grant_probe";

/// A firepit in whose `/etc` is nothing so far, and that `/etc`. None where this user may not
/// give it one.
fn without_directory() -> Option<(Running, PathBuf)> {
    let mut unshare = Command::new("unshare");
    if !unshare
        .args(["-m", "true"])
        .status()
        .is_ok_and(|it| it.success())
    {
        eprintln!("no mount namespaces here");
        return None;
    }
    let alone = "mount -t tmpfs -o mode=755 none /etc && exec \"$0\" \"$@\"";
    let running = Firepit::new()
        .default_directory()
        .all_collectors()
        .within(&["unshare", "-m", "sh", "-c", alone])
        .start();
    let etc = PathBuf::from(format!("/proc/{}/root/etc", running.pid()));
    Some((running, etc))
}

fn until_success(running: &Running, wanted: Option<f64>) {
    let ask = || (success(&running.scrape(), GUEST) == wanted).then_some(());
    until_or(ask, || format!("{wanted:?}: {:#?}", running.logs.raw()));
}

fn put(directory: &Path) {
    fs::create_dir_all(directory).unwrap();
    fs::copy(guest(GUEST), directory.join("x.tmp")).unwrap();
    fs::rename(directory.join("x.tmp"), directory.join("x.wasm")).unwrap();
}

#[test]
fn default_directory_created_later_is_scanned() {
    let Some((running, etc)) = without_directory() else {
        return;
    };
    let page = running.scrape();
    assert_eq!(success(&page, GUEST), None);
    let of_modules = page.samples("firepit_collector_load_failures_total");
    assert_eq!(of_modules.count(), 0);
    let status = running.ask(&Request::get("/"));
    assert!(
        !status.text().contains("Modules with problems"),
        "{}",
        status.text()
    );

    // Others come and go beside it.
    fs::create_dir(etc.join("other")).unwrap();
    let directory = etc.join("firepit/collectors");
    put(&directory);
    until_success(&running, Some(1.0));
    fs::remove_dir_all(etc.join("firepit")).unwrap();
    until_success(&running, None);
    put(&directory);
    until_success(&running, Some(1.0));
    fs::remove_file(directory.join("x.wasm")).unwrap();
    until_success(&running, None);
    let found = running.logs.with("msg", "module directory found");
    assert_eq!(found.len(), 1, "{found:#?}");
}
