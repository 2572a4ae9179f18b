//! Network devices whose drivers are asked, in a network namespace of the test. A machine without
//! iproute2 or without the right to make namespaces has nothing to test here.

use firepit_tests::{Firepit, Namespace, NodeExporter, Page, until};

use crate::baseline::{assert_failed, success};

const GUEST: &str = "grant_kernel";

/// Devices of several drivers; those that this kernel lacks are left out.
fn namespace() -> Option<Namespace> {
    let namespace = Namespace::new()?;
    namespace.run("ip link set lo up");
    namespace.run("ip link add left type veth peer name right");
    for line in [
        "ip link set left up",
        "ip link set right up",
        "ip link add bridge0 type bridge",
        "ip link add macvlan0 link left type macvlan",
        "ip link add vxlan0 type vxlan id 7 dev left dstport 4789",
        "ip link add ifb0 type ifb",
        "ip link add dummy0 type dummy",
        "ip link add bond7 type bond mode active-backup",
        "ip tuntap add dev tap0 mode tap",
        "ip tuntap add dev tun0 mode tun",
    ] {
        let _ = namespace.tries(line);
    }
    Some(namespace)
}

/// The guest that asks about these devices.
fn asking(namespace: &Namespace, devices: &[&str], flags: &[&str]) -> Page {
    let firepit = Firepit::with_guest(GUEST)
        .config(&format!(
            "collectors: {{{GUEST}: {{grants: {{interfaces: [metrics, ethtool]}}}}}}"
        ))
        .within(&namespace.prefix())
        .flag(format!("--collector.{GUEST}.use=ethtool"));
    let firepit = devices.iter().fold(firepit, |firepit, device| {
        firepit.flag(format!("--collector.{GUEST}.path={device}"))
    });
    let firepit = flags.iter().fold(firepit, |it, flag| it.flag(*flag));
    let ended = firepit.scrape();
    Page::parse(&ended.stdout).unwrap_or_else(|error| panic!("{error}: {}", ended.stderr))
}

/// What the guest was told: of what, in which words, and the number.
fn told(page: &Page) -> Vec<(&str, &str, f64)> {
    let samples = page.samples("guest_kernel_told");
    let told = samples.map(|it| (&*it.labels["of"], &*it.labels["words"], it.value));
    told.collect()
}

#[test]
fn drivers_answer_by_the_name_of_the_device() {
    let Some(namespace) = namespace() else { return };
    let page = asking(&namespace, &["left"], &[]);
    assert_eq!(success(&page, GUEST), Some(1.0));
    let told = told(&page);
    assert!(told.contains(&("link", "ok", 10_000.0)), "{told:?}");
    assert!(told.contains(&("driver", "veth", 0.0)), "{told:?}");
    let number = |of| told.iter().find(|it| it.0 == of).unwrap().2;
    let statistics = told.iter().filter(|(of, ..)| *of == "statistic");
    assert_eq!(number("statistics"), statistics.count() as f64);
    let peer = told.iter().find(|(_, name, _)| *name == "peer_ifindex");
    assert!(peer.is_some_and(|peer| peer.2 > 0.0), "{told:?}");
}

#[test]
fn other_names_have_no_answer() {
    let Some(namespace) = namespace() else { return };
    for (name, error) in [
        ("gone", "Os(19)"),
        ("lef", "Os(19)"),
        ("fifteen-letters", "Os(19)"),
        ("sixteen-letters-", "InvalidName"),
        ("left:1", "InvalidName"),
        ("left ", "InvalidName"),
        ("/left", "InvalidName"),
        ("../net/left", "InvalidName"),
        ("..", "InvalidName"),
        ("", "InvalidName"),
    ] {
        let page = asking(&namespace, &[name], &[]);
        assert_eq!(success(&page, GUEST), Some(1.0), "{name}");
        let expected = ["driver", "link", "statistics"].map(|of| (of, error, -1.0));
        assert_eq!(told(&page), expected, "{name}");
    }
}

/// `Limits::files_opened` and `Limits::bytes_read` hold for requests and their answers.
#[test]
fn requests_count_as_files_and_their_answers_as_bytes() {
    let Some(namespace) = namespace() else { return };
    for (flag, result) in [
        ("--sandbox.files=3", Some(1.0)),
        ("--sandbox.files=2", None),
        ("--sandbox.bytes-read=100000", Some(1.0)),
        // Of the settings and the driver 240, and 40 for each statistic.
        ("--sandbox.bytes-read=250", None),
        ("--sandbox.bytes-read=43", None),
    ] {
        let page = asking(&namespace, &["left"], &[flag]);
        match result {
            Some(_) => assert_eq!(success(&page, GUEST), result, "{flag}"),
            None => assert_failed(&page, GUEST, "read-limit"),
        }
    }
}

/// The lines about drivers and links.
fn lines(page: &str) -> Vec<String> {
    let of_devices = ["node_ethtool_", "node_network_"];
    let lines = page
        .lines()
        .filter(|line| of_devices.iter().any(|it| line.contains(it)));
    lines.map(str::to_owned).collect()
}

fn own(namespace: &Namespace, flags: &[&str]) -> Vec<String> {
    let firepit = Firepit::new().within(&namespace.prefix());
    let firepit = flags.iter().fold(firepit, |it, flag| it.flag(*flag));
    let ended = firepit.run(&["scrape", "--collector.disable-defaults"]);
    assert!(ended.status.success(), "{}", ended.stderr);
    lines(&ended.stdout)
}

#[test]
fn node_exporter_shows_the_same_lines() {
    let Some(namespace) = namespace() else { return };
    for more in [
        &[][..],
        &["--collector.ethtool.device-include=^(left|tap)"],
        &["--collector.ethtool.device-exclude=^left$"],
        &["--collector.ethtool.metrics-include=^(peer|rx_queue_0_xdp)"],
    ] {
        let flags = [&["--collector.ethtool"], more].concat();
        let theirs = [&["--collector.disable-defaults"], &flags[..]].concat();
        let Some(node_exporter) = NodeExporter::start(&namespace, &theirs) else {
            return;
        };
        // Interfaces that just came up count what they have to say to each other.
        let [own, theirs] = until("the network to be quiet", || {
            let before = own(&namespace, &flags);
            let theirs = lines(&node_exporter.page()?);
            (before == own(&namespace, &flags)).then_some([before, theirs])
        });
        assert!(theirs.len() > 3, "{theirs:?}");
        assert_eq!(own, theirs, "{more:?}");
    }
}

/// veth has no link modes, so the addition adds nothing here; but the kernel is asked.
#[test]
fn all_link_modes_are_those_of_the_kernel() {
    let Some(namespace) = namespace() else { return };
    let usual = own(&namespace, &["--collector.ethtool"]);
    let flags = ["--collector.ethtool", "--collector.ethtool.all-link-modes"];
    let is_name = |line: &String| line.starts_with("# TYPE");
    let names = |lines: Vec<String>| lines.into_iter().filter(is_name).collect::<Vec<_>>();
    assert_eq!(names(own(&namespace, &flags)), names(usual));
}
