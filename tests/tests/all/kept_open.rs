//! Files of the kernel that stay open between scrapes show what is there now.

use std::process::Command;

use firepit_tests::{Directory, Firepit, Namespace, Page, until};

/// The MTU of each interface of a namespace, by name.
fn sizes(page: &Page, names: [&str; 2]) -> [Option<f64>; 2] {
    names.map(|name| page.value("node_network_mtu_bytes", &[("device", name)]))
}

#[test]
fn renamed_interfaces_are_shown_by_their_new_names() {
    let Some(namespace) = Namespace::new() else {
        return;
    };
    for line in [
        "ip link set lo up",
        "ip link add one mtu 1400 type veth peer name two",
        "ip link set two mtu 1300",
    ] {
        namespace.run(line);
    }
    let running = Firepit::new()
        .within(&namespace.prefix())
        .flag("--collector.netclass")
        .start();
    let check = |names, expected: [Option<f64>; 2]| {
        for _ in 0..3 {
            let page = namespace.get(running.address().port(), "/metrics").unwrap();
            assert_eq!(sizes(&Page::parse(&page).unwrap(), names), expected);
        }
    };
    check(["one", "two"], [Some(1400.0), Some(1300.0)]);

    for line in [
        "ip link set one name other",
        "ip link set two name one",
        "ip link set other name two",
    ] {
        namespace.run(line);
    }
    check(["one", "two"], [Some(1300.0), Some(1400.0)]);

    namespace.run("ip link set one mtu 1200");
    check(["one", "two"], [Some(1200.0), Some(1400.0)]);

    namespace.run("ip link delete one");
    check(["one", "two"], [None, None]);

    namespace.run("ip link add one mtu 1500 type veth peer name three");
    check(["one", "two"], [Some(1500.0), None]);
}

/// A mount over a file that is open already hides it from firepit as from everybody else.
#[test]
fn mount_over_an_open_file_is_detected() {
    let alone = ["unshare", "--mount"];
    let allowed = Command::new(alone[0]).args([alone[1], "true"]).output();
    if !allowed.is_ok_and(|ran| ran.status.success()) {
        eprintln!("this machine does not allow mount namespaces");
        return;
    }
    let directory = Directory::new().file("loadavg", "77.5 0.2 0.3 1/2 3\n");
    let file = directory.path().join("loadavg").display().to_string();
    let running = Firepit::new().within(&alone).start();
    let load = || running.scrape().value("node_load1", &[]);
    for _ in 0..3 {
        assert_ne!(load(), Some(77.5));
    }
    let pid = running.pid().to_string();
    let inside = |words: &[&str]| {
        let mut command = Command::new("nsenter");
        let ran = command.args(["-t", &pid, "--mount"]).args(words).output();
        let ran = ran.unwrap();
        assert!(
            ran.status.success(),
            "{}",
            String::from_utf8_lossy(&ran.stderr)
        );
    };
    inside(&["mount", "--bind", &file, "/proc/loadavg"]);
    until("the file over the other", || {
        (load() == Some(77.5)).then_some(())
    });
    inside(&["umount", "/proc/loadavg"]);
    until("the file below", || (load() != Some(77.5)).then_some(()));
}
