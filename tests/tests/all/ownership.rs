//! Modules and config files that others than root and firepit's user can change: they decide what
//! runs, so what they wrote does not.

use std::fs;
use std::path::Path;

use firepit_tests::{Directory, Ended, Firepit, Request, Running, project, sha256, until};
use rustix::process::Signal;

use crate::baseline::{assert_complete, procfs, success};
use crate::components::collector;
use crate::modules::left_out;

/// Somebody who has no business here.
const FOREIGN: u32 = 65_534;

fn own() -> Vec<u8> {
    collector("own", "", "", "")
}

fn directory(path: &Path) -> String {
    format!("--collector.directory={}", path.display())
}

/// A directory with a module in it.
fn modules() -> Directory {
    Directory::new().file("own.wasm", own())
}

/// Switches the module on once it is there.
const ENABLED: &str = "collectors: {own: {enabled: true}}";

fn serving(directories: &[&Path], config: &str) -> Running {
    let procfs = procfs();
    let firepit = Firepit::new().config(config).procfs(procfs.path());
    let flags = directories.iter().map(|path| directory(path));
    flags.fold(firepit.keep(procfs), Firepit::flag).start()
}

/// A directory that is refused as a whole, in the log, by the counter and on the status page. The
/// modules of other directories run.
fn assert_refused(path: &Path, reason: &str, told: &str) -> Running {
    let running = serving(&[path], ENABLED);
    let line = running
        .logs
        .wait_for("msg", "cannot scan all modules of a directory");
    assert_eq!(line.get("reason"), Some(reason), "{line:?}");
    assert_eq!(line.get("level"), Some("ERROR"));
    let err = line.get("err").unwrap();
    assert!(err.contains(told), "{err}");
    let page = until("the counter", || {
        let page = running.scrape();
        let failures = "firepit_collector_load_failures_total";
        (page.value(failures, &[("reason", reason)]) == Some(1.0)).then_some(page)
    });
    assert_complete(&page);
    assert_eq!(success(&page, "own"), None);
    let status = running.ask(&Request::get("/"));
    let row = format!(
        "<td>{}</td><td>nothing</td><td>{reason}</td>",
        path.display()
    );
    assert!(status.text().contains(&row), "{}", status.text());
    running
}

#[test]
fn directory_writable_by_others_is_rejected() {
    let modules = modules();
    for mode in [0o777, 0o1777, 0o757] {
        modules.mode("", mode);
        let told = format!(
            "every user may write to it (mode {mode:04o}); remove that permission with `chmod "
        );
        let running = assert_refused(modules.path(), "writable", &told);
        if mode == 0o777 {
            modules.mode("", 0o755);
            running.signal(Signal::HUP);
            until("the module", || {
                (success(&running.scrape(), "own") == Some(1.0)).then_some(())
            });
        }
    }
}

#[test]
fn directory_of_another_user_is_rejected() {
    let modules = modules();
    if modules.belongs("", FOREIGN, 0) {
        assert_refused(modules.path(), "owner", "user 65534");
    }
    if modules.belongs("", 0, FOREIGN) {
        modules.mode("", 0o775);
        assert_refused(modules.path(), "writable", "group 65534");
    }
    // The group of root has no members but root.
    if modules.belongs("", 0, 0) {
        let running = serving(&[modules.path()], ENABLED);
        assert_eq!(success(&running.scrape(), "own"), Some(1.0));
    }
}

/// Whoever can rename what is in a directory above can put another directory there.
#[test]
fn directory_below_a_writable_parent_is_rejected() {
    let site = Directory::new().file("free/modules/own.wasm", own());
    site.mode("free", 0o777);
    let told = format!(
        "{} can be changed by others",
        site.path().join("free").display()
    );
    assert_refused(&site.path().join("free/modules"), "writable", &told);
    // There nobody can rename what is not theirs.
    site.mode("free", 0o1777);
    let running = serving(&[site.path().join("free/modules").as_path()], ENABLED);
    assert_eq!(success(&running.scrape(), "own"), Some(1.0));
    if site.belongs("free", FOREIGN, 0) {
        assert_refused(
            &site.path().join("free/modules"),
            "owner",
            "free belongs to user",
        );
    }
}

#[test]
fn file_writable_by_others_is_rejected() {
    let modules = modules();
    modules.mode("own.wasm", 0o666);
    let path = modules.path().join("own.wasm").display().to_string();
    let firepit = Firepit::new().flag(directory(modules.path()));
    let (_running, page, told) = left_out(firepit, "writable");
    assert_eq!(success(&page, "own"), None);
    assert!(
        told.starts_with(&format!("{path} can be changed by others")),
        "{told}"
    );
    assert!(told.contains("`module` and `sha256`"), "{told}");

    if modules.belongs("own.wasm", 0, 4242) {
        modules.mode("own.wasm", 0o664);
        let firepit = Firepit::new().flag(directory(modules.path()));
        let (_running, _, told) = left_out(firepit, "writable");
        assert!(told.contains("group 4242"), "{told}");
        assert!(told.contains("`chmod g-w"), "{told}");
    }
}

/// With an access control list the bits of the group are the most that any user of the list may do:
/// here the group is root's, and somebody else may write.
#[test]
fn file_writable_by_an_access_control_list_is_rejected() {
    let modules = modules();
    let entries: [(u16, u16, u32); 5] = [
        (0x01, 6, u32::MAX), // the owner
        (0x02, 6, FOREIGN),  // a user
        (0x04, 4, u32::MAX), // the group
        (0x10, 6, u32::MAX), // the mask
        (0x20, 4, u32::MAX), // others
    ];
    let mut list = 2_u32.to_le_bytes().to_vec();
    for (tag, mode, id) in entries {
        list.extend(tag.to_le_bytes());
        list.extend(mode.to_le_bytes());
        list.extend(id.to_le_bytes());
    }
    let file = modules.path().join("own.wasm");
    let flags = rustix::fs::XattrFlags::empty();
    let set = rustix::fs::setxattr(&file, "system.posix_acl_access", &list, flags);
    if let Err(error) = set {
        eprintln!("this file system has no access control lists: {error}");
        return;
    }
    let firepit = Firepit::new().flag(directory(modules.path()));
    let (_running, page, told) = left_out(firepit, "writable");
    assert_eq!(success(&page, "own"), None);
    assert!(told.contains("a user of its access control list"), "{told}");
}

#[test]
fn file_of_another_user_is_rejected() {
    let modules = modules();
    if !modules.belongs("own.wasm", FOREIGN, 0) {
        return;
    }
    let firepit = Firepit::new().flag(directory(modules.path()));
    let (_running, page, told) = left_out(firepit, "owner");
    assert_eq!(success(&page, "own"), None);
    assert!(told.contains("belongs to user 65534"), "{told}");
}

/// Links within the directory, as of a ConfigMap, lead to what was put there.
#[test]
fn link_out_of_the_directory_is_rejected() {
    let elsewhere = modules();
    let target = elsewhere.path().join("own.wasm");
    let linked = Directory::new().link("own.wasm", target.to_str().unwrap());
    let firepit = Firepit::new().flag(directory(linked.path()));
    let (_running, page, told) = left_out(firepit, "leads-out");
    assert_eq!(success(&page, "own"), None);
    let expected = format!("leads out of its directory, to {}", target.display());
    assert!(told.contains(&expected), "{told}");

    let up = Directory::new()
        .file("own.wasm", own())
        .link("modules/own.wasm", "../own.wasm");
    let firepit = Firepit::new().flag(directory(&up.path().join("modules")));
    let _ = left_out(firepit, "leads-out");

    // What begins alike is another directory.
    let alike = Directory::new()
        .file("modules-of-others/own.wasm", own())
        .link("modules/own.wasm", "../modules-of-others/own.wasm");
    let firepit = Firepit::new().flag(directory(&alike.path().join("modules")));
    let _ = left_out(firepit, "leads-out");

    let volume = Directory::new();
    project(volume.path(), "own.wasm", &own(), "2026_01_01");
    let running = serving(&[volume.path()], ENABLED);
    assert_eq!(success(&running.scrape(), "own"), Some(1.0));
}

/// A file that the configuration names: its digest says what it is, or nobody else may write to it.
#[test]
fn pinned_file_may_have_any_owner() {
    let site = Directory::new()
        .file("free/own.wasm", own())
        .link("link.wasm", "free/own.wasm");
    site.mode("free", 0o777);
    site.mode("free/own.wasm", 0o666);
    let _ = site.belongs("free/own.wasm", FOREIGN, FOREIGN);
    let path = site.path().join("link.wasm").display().to_string();
    let entry = format!("collectors: {{own: {{module: {path}, enabled: true}}}}");
    let firepit = Firepit::new().config(&entry);
    let (_running, page, _) = left_out(firepit, "writable");
    assert_eq!(success(&page, "own"), None);

    let digest = sha256(&own());
    let entry = format!("collectors: {{own: {{module: {path}, enabled: true, sha256: {digest}}}}}");
    let running = serving(&[], &entry);
    assert_eq!(success(&running.scrape(), "own"), Some(1.0));

    // By hand the file is named as well.
    for command in ["inspect", "approve"] {
        let ended = Firepit::new().run(&[command, &path]);
        assert_eq!(ended.status.code(), Some(0), "{command}: {}", ended.stderr);
    }
    let ended = Firepit::new().run(&["run", &path]);
    let told = "fault         it emitted nothing\n";
    assert!(ended.stderr.contains(told), "{}", ended.stderr);
}

/// What runs goes on where others become able to write to its file; what they put there does not
/// run. It does once nobody else can write there any more.
#[test]
fn replacement_by_another_user_is_not_loaded() {
    let modules = modules();
    let running = serving(&[modules.path()], ENABLED);
    assert_eq!(success(&running.scrape(), "own"), Some(1.0));
    let old = sha256(&own());
    let new = collector("own", "(func)", "", "");
    let runs = |digest: &str| {
        let page = running.scrape();
        assert_eq!(success(&page, "own"), Some(1.0));
        let mut info = page.samples("firepit_collector_info");
        info.any(|sample| sample.labels["sha256"] == digest)
    };
    modules.mode("own.wasm", 0o666);
    fs::write(modules.path().join("own.wasm"), &new).unwrap();
    let line = running.logs.wait_for(
        "msg",
        "new version of module not loaded, keeping the previous version",
    );
    assert_eq!(line.get("reason"), Some("writable"));
    assert!(runs(&old));
    modules.mode("own.wasm", 0o644);
    until("the new version", || runs(&sha256(&new)).then_some(()));
    // The directory itself, with what is in it.
    modules.mode("", 0o777);
    fs::write(modules.path().join("own.wasm"), own()).unwrap();
    running.signal(Signal::HUP);
    let _ = running.logs.wait_for("reason", "writable");
    until("the refusal", || {
        let status = running.ask(&Request::get("/"));
        (status.text().matches("<td>writable</td>").count() == 2).then_some(())
    });
    assert!(runs(&sha256(&new)));
    modules.mode("", 0o755);
    running.signal(Signal::HUP);
    until("the old version", || runs(&old).then_some(()));
}

/// Runs a shell's words in a mount namespace of its own, and `firepit scrape` after them; `None`
/// where the machine does not allow it.
fn mounted(script: &str, modules: &Path) -> Option<Ended> {
    let alone = ["--mount", "--propagation", "private", "sh", "-c"];
    let can = std::process::Command::new("unshare")
        .args(alone)
        .arg(script)
        .output();
    if !can.is_ok_and(|ran| ran.status.success()) {
        eprintln!("this machine does not allow: {script}");
        return None;
    }
    let script = format!("{script} && exec \"$@\"");
    let prefix = [&["unshare"], &alone[..], &[&script, "sh"]].concat();
    let firepit = (Firepit::new().within(&prefix).config(ENABLED)).flag(directory(modules));
    Some(firepit.run(&["scrape"]))
}

/// As Kubernetes mounts a ConfigMap: open to everybody, and written by nobody.
#[test]
fn mode_is_ignored_on_a_read_only_mount() {
    let volume = Directory::new();
    project(volume.path(), "own.wasm", &own(), "2026_01_01");
    for path in ["", "..2026_01_01"] {
        volume.mode(path, 0o777);
    }
    volume.mode("own.wasm", 0o666);
    let _ = volume.belongs("..2026_01_01/own.wasm", FOREIGN, FOREIGN);
    let path = volume.path().display();
    let bind = format!("mount --bind {path} {path}");
    let read_only = format!("{bind} && mount -o remount,bind,ro {path}");
    for (script, runs) in [(bind, false), (read_only, true)] {
        if let Some(ended) = mounted(&script, volume.path()) {
            assert_eq!(ended.status.code(), Some(0), "{}", ended.stderr);
            let told = "node_scrape_collector_success{collector=\"own\"} 1\n";
            assert_eq!(
                ended.stdout.contains(told),
                runs,
                "{script}: {}",
                ended.stderr
            );
        }
    }
}

/// An argument file may name the config file and module directories.
#[test]
fn argument_file_writable_by_others_is_not_used() {
    let site = Directory::new().file("flags", "--log.level=debug\n");
    let word = format!("@{}", site.path().join("flags").display());
    let checks = || Firepit::new().run(&["check-config", &word]);
    assert_eq!(checks().status.code(), Some(0), "{}", checks().stderr);
    site.mode("flags", 0o666);
    assert_eq!(checks().status.code(), Some(2));
    let told = "argument file not used: ";
    assert!(checks().stderr.contains(told), "{}", checks().stderr);
}

/// Whoever can write to the config file grants what they like.
#[test]
fn config_file_writable_by_others_is_not_used() {
    let site = Directory::new().file("f.yaml", "collectors: {}\n");
    let file = site.path().join("f.yaml");
    let flag = format!("--config.file={}", file.display());
    let checks = || Firepit::new().flag(&flag).run(&["check-config"]);
    assert_eq!(checks().status.code(), Some(0), "{}", checks().stderr);
    site.mode("f.yaml", 0o666);
    let told = format!(
        "firepit: error: the config file is rejected: {} can be changed by others than root and \
         firepit's user: every user may write to it (mode 0666)",
        file.display()
    );
    assert_eq!(checks().status.code(), Some(2));
    assert!(checks().stderr.starts_with(&told), "{}", checks().stderr);
    site.mode("f.yaml", 0o644);
    site.mode("", 0o777);
    assert_eq!(checks().status.code(), Some(2));
    site.mode("", 0o755);
    if site.belongs("f.yaml", FOREIGN, 0) {
        assert_eq!(checks().status.code(), Some(2));
        assert!(
            checks().stderr.contains("user 65534"),
            "{}",
            checks().stderr
        );
        assert!(site.belongs("f.yaml", 0, 0));
    }

    // While it runs, the one before goes on.
    let running = (Firepit::with_guest("output_reserved").flag(&flag))
        .flag("--collector.output_reserved.gauge=node_x")
        .start();
    assert!(!running.scrape().families.contains_key("node_x"));
    site.mode("f.yaml", 0o666);
    fs::write(
        &file,
        "collectors: {output_reserved: {grants: {names: [node_x]}}}",
    )
    .unwrap();
    running.signal(Signal::HUP);
    let message = "config reload failed, keeping the previous config";
    let line = running.logs.wait_for("msg", message);
    assert!(line.get("err").unwrap().contains("is rejected"), "{line:?}");
    assert!(!running.scrape().families.contains_key("node_x"));
    site.mode("f.yaml", 0o644);
    until("the grant", || {
        running
            .scrape()
            .families
            .contains_key("node_x")
            .then_some(())
    });
}
