//! Files of the kernel that stay open between scrapes show what is there now.

use firepit_tests::{Firepit, Namespace, Page};

/// The MTU of each interface of a namespace, by name.
fn sizes(page: &Page, names: [&str; 2]) -> [Option<f64>; 2] {
    names.map(|name| page.value("node_network_mtu_bytes", &[("device", name)]))
}

#[test]
fn interfaces_that_change_their_names_are_told_by_the_new_ones() {
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
