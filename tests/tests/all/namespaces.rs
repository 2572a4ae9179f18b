//! Interfaces, neighbours, routes and queues that the test makes in a network namespace of its own,
//! as the kernel tells them by netlink and by file. A machine without iproute2 or without the right
//! to make namespaces has nothing to test here.

use std::collections::BTreeSet;

use firepit_tests::{Firepit, Namespace, NodeExporter, Page, until};

/// Two ends of a cable, one of which is set up.
fn namespace() -> Option<Namespace> {
    let namespace = Namespace::new()?;
    for line in [
        "ip link set lo up",
        "ip link add left mtu 1400 type veth peer name right",
        "ip link set left alias uplink",
        "ip link set left up",
        "ip link set right up",
        "ip address add 192.0.2.1/24 dev left",
        "ip address add 2001:db8::1/64 dev left nodad",
        "ip neighbour add 192.0.2.7 lladdr 02:00:00:00:00:07 dev left",
        "ip neighbour add 192.0.2.8 lladdr 02:00:00:00:00:08 dev left",
        "ip route add 198.51.100.0/24 via 192.0.2.7 dev left metric 7 proto static",
    ] {
        namespace.run(line);
    }
    Some(namespace)
}

fn text(namespace: &Namespace, flags: &[&str]) -> String {
    let firepit = Firepit::new().within(&namespace.prefix());
    let ended = flags
        .iter()
        .fold(firepit, |firepit, flag| firepit.flag(*flag))
        .run(&["scrape", "--collector.disable-defaults"]);
    assert!(ended.status.success(), "{}", ended.stderr);
    ended.stdout
}

fn page(namespace: &Namespace, flags: &[&str]) -> Page {
    Page::parse(&text(namespace, flags)).unwrap()
}

fn left(page: &Page, name: &str) -> Option<f64> {
    page.value(name, &[("device", "left")])
}

/// Metrics of the interfaces by netlink and by file, while no packet was counted in between: the kernel sends
/// some of its own on a new interface.
fn by_netlink_and_by_file(namespace: &Namespace) -> (Page, Page) {
    let counters = |text: &str| -> Vec<String> {
        let lines = text.lines().filter(|it| it.starts_with("node_network_"));
        lines.map(str::to_owned).collect()
    };
    let mut before = text(namespace, &["--collector.netdev"]);
    for _ in 0..50 {
        let file = page(
            namespace,
            &["--collector.netdev", "--no-collector.netdev.netlink"],
        );
        let after = text(namespace, &["--collector.netdev"]);
        if counters(&before) == counters(&after) {
            return (Page::parse(&after).unwrap(), file);
        }
        before = after;
    }
    panic!("the counters of the interfaces never stood still");
}

#[test]
fn netlink_and_file_show_equal_interfaces() {
    let Some(namespace) = namespace() else { return };
    let (netlink, file) = by_netlink_and_by_file(&namespace);
    for device in ["left", "lo", "right"] {
        for (name, family) in &netlink.families {
            let is_of_netdev = name.starts_with("node_network_") && !name.contains("nohandler");
            if is_of_netdev {
                let value = |page: &Page| page.value(name, &[("device", device)]);
                assert_eq!(value(&netlink), value(&file), "{name} {device}");
                assert_eq!(family.help, file.families[name].help);
            }
        }
    }
    assert!(left(&netlink, "node_network_receive_nohandler_total").is_some());
    let transmitted = left(&netlink, "node_network_transmit_packets_total");
    let received = netlink.value("node_network_receive_packets_total", &[("device", "right")]);
    assert_eq!(transmitted, received);
}

#[test]
fn addresses_are_shown_with_their_scope() {
    let Some(namespace) = namespace() else { return };
    let page = page(
        &namespace,
        &["--collector.netdev", "--collector.netdev.address-info"],
    );
    for (device, address, netmask, scope) in [
        ("left", "192.0.2.1", "24", "global"),
        ("left", "2001:db8::1", "64", "global"),
        ("lo", "127.0.0.1", "8", "link-local"),
        ("lo", "::1", "128", "link-local"),
    ] {
        let labels = [
            ("address", address),
            ("device", device),
            ("netmask", netmask),
            ("scope", scope),
        ];
        let value = page.value("node_network_address_info", &labels);
        assert_eq!(value, Some(1.0), "{address}");
    }
}

#[test]
fn netlink_and_file_show_equal_attributes() {
    let Some(namespace) = namespace() else { return };
    let file = page(&namespace, &["--collector.netclass"]);
    let netlink = page(
        &namespace,
        &["--collector.netclass", "--collector.netclass.netlink"],
    );
    assert_eq!(left(&file, "node_network_mtu_bytes"), Some(1400.0));
    assert_eq!(left(&file, "node_network_up"), Some(1.0));
    for name in [
        "node_network_up",
        "node_network_mtu_bytes",
        "node_network_iface_id",
        "node_network_carrier",
        "node_network_protocol_type",
        "node_network_transmit_queue_length",
    ] {
        assert!(left(&file, name).is_some(), "{name}");
        assert_eq!(left(&file, name), left(&netlink, name), "{name}");
    }
    for page in [file, netlink] {
        let mut info = page.samples("node_network_info");
        let info = info
            .find(|sample| sample.labels["device"] == "left")
            .unwrap();
        assert_eq!(info.labels["ifalias"], "uplink");
        assert_eq!(info.labels["operstate"], "up");
    }
}

#[test]
fn netlink_and_file_count_equal_neighbours() {
    let Some(namespace) = namespace() else { return };
    for flags in [
        &["--collector.arp"][..],
        &["--collector.arp", "--no-collector.arp.netlink"],
    ] {
        let page = page(&namespace, flags);
        assert_eq!(left(&page, "node_arp_entries"), Some(2.0), "{flags:?}");
        assert_eq!(page.samples("node_arp_entries").count(), 1);
    }
}

#[test]
fn routes_are_shown_with_their_gateway() {
    let Some(namespace) = namespace() else { return };
    let page = page(&namespace, &["--collector.network_route"]);
    let labels = [
        ("dest", "198.51.100.0/24"),
        ("device", "left"),
        ("gw", "192.0.2.7"),
        ("priority", "7"),
        ("proto", "static"),
        ("src", ""),
        ("weight", ""),
    ];
    assert_eq!(page.value("node_network_route_info", &labels), Some(1.0));
    let routes = page.samples("node_network_route_info");
    let of_left = routes
        .filter(|route| route.labels["device"] == "left")
        .count();
    assert_eq!(left(&page, "node_network_routes"), Some(of_left as f64));
}

#[test]
fn queues_are_shown_by_kind() {
    let Some(namespace) = namespace() else { return };
    if !namespace.tries("tc qdisc replace dev left root pfifo limit 100") {
        eprintln!("no queueing discipline pfifo here");
        return;
    }
    let page = page(&namespace, &["--collector.qdisc"]);
    let labels = [("device", "left"), ("kind", "pfifo")];
    for name in [
        "packets_total",
        "drops_total",
        "backlog",
        "current_queue_length",
    ] {
        let name = format!("node_qdisc_{name}");
        assert!(page.value(&name, &labels).is_some(), "{name}");
    }
}

#[test]
fn bonds_are_shown_if_the_kernel_supports_them() {
    let Some(namespace) = namespace() else { return };
    if !namespace.tries("ip link add bond7 type bond mode active-backup") {
        eprintln!("no bonding here");
        return;
    }
    for line in [
        "ip link set right down",
        "ip link set right master bond7",
        "ip link set bond7 up",
    ] {
        namespace.run(line);
    }
    let page = page(&namespace, &["--collector.bonding"]);
    let value = page.value("node_bonding_slaves", &[("master", "bond7")]);
    assert_eq!(value, Some(1.0));
}

/// The lines of a page that tell of the network, each behind the name of its family.
fn of_network(page: &str) -> Vec<(String, String)> {
    let mut family = "";
    let mut lines = Vec::new();
    for line in page.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            family = rest.split(' ').next().unwrap();
        }
        let is_of_network = ["node_arp_", "node_network_", "node_qdisc_"];
        if is_of_network
            .iter()
            .any(|prefix| family.starts_with(prefix))
        {
            lines.push((family.to_owned(), line.to_owned()));
        }
    }
    lines
}

/// A quiet moment: what firepit tells before node_exporter is what it tells after it. Interfaces
/// that just came up have things to say to each other.
fn at_once(
    namespace: &Namespace,
    node_exporter: &NodeExporter<'_>,
    flags: &[&str],
) -> [Vec<(String, String)>; 2] {
    until("the network to be quiet", || {
        let before = of_network(&text(namespace, flags));
        let theirs = of_network(&node_exporter.page()?);
        let after = of_network(&text(namespace, flags));
        (before == after).then_some([before, theirs])
    })
}

/// Line by line, in the families that node_exporter has; one of an older version has fewer.
#[test]
fn node_exporter_shows_the_same_series() {
    let Some(namespace) = namespace() else { return };
    let _ = namespace.tries("tc qdisc replace dev left root pfifo limit 100");
    // Being asked makes traffic on the loopback.
    let all = [
        "--collector.arp",
        "--collector.netclass",
        "--collector.netdev",
        "--collector.netdev.address-info",
        "--collector.netdev.device-exclude=^lo$",
        "--collector.netdev.label-ifalias",
        "--collector.network_route",
        "--collector.qdisc",
    ];
    let by_netlink = ["--collector.netclass.netlink"];
    let by_file = [
        "--no-collector.arp.netlink",
        "--no-collector.netdev.netlink",
    ];
    for more in [&by_netlink[..], &by_file] {
        let flags = [&all[..], more].concat();
        let theirs = [&["--collector.disable-defaults"], &flags[..]].concat();
        let Some(node_exporter) = NodeExporter::start(&namespace, &theirs) else {
            return;
        };
        let [mut own, theirs] = at_once(&namespace, &node_exporter, &flags);
        let names: BTreeSet<&String> = theirs.iter().map(|(name, _)| name).collect();
        for name in [
            "node_arp_entries",
            "node_network_mtu_bytes",
            "node_network_receive_bytes_total",
            "node_network_routes",
            "node_qdisc_packets_total",
        ] {
            assert!(names.contains(&name.to_owned()), "{name}: {names:?}");
        }
        own.retain(|(name, _)| names.contains(name));
        assert_eq!(own, theirs, "{more:?}");
    }
}
