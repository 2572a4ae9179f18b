//! The collector of logind, against a made-up logind on a real bus.

use std::collections::BTreeSet;

use firepit_tests::{Bus, Firepit, Namespace, NodeExporter, Page, until};

const LOGIND: &str = "org.freedesktop.login1";

/// A logind with three sessions.
fn logind() -> Option<Bus> {
    let mut bus = Bus::start()?;
    add_logind(&mut bus).then_some(bus)
}

fn add_logind(bus: &mut Bus) -> bool {
    if !bus.mock("logind", LOGIND) {
        return false;
    }
    for (session, seat, kind, class, remote) in [
        ("c1", "seat0", "wayland", "user", "false"),
        ("c2", "seat0", "x11", "greeter", "false"),
        ("c3", "seat1", "carrier-pigeon", "user-early", "true"),
    ] {
        let (id, seat) = (format!("string:{session}"), format!("string:{seat}"));
        let add = "org.freedesktop.DBus.Mock.AddSession";
        let user = ["uint32:1000", "string:user", "boolean:true"];
        let words = [LOGIND, "/org/freedesktop/login1", add, &id, &seat];
        bus.call(&[&words[..], &user].concat());
        let path = format!("/org/freedesktop/login1/session/{session}");
        for (property, value) in [
            ("Type", format!("variant:string:{kind}")),
            ("Class", format!("variant:string:{class}")),
            ("Remote", format!("variant:boolean:{remote}")),
        ] {
            let (interface, property) = (
                "string:org.freedesktop.login1.Session",
                format!("string:{property}"),
            );
            let set = "org.freedesktop.DBus.Properties.Set";
            bus.call(&[LOGIND, &path, set, interface, &property, &value]);
        }
    }
    true
}

fn firepit(bus: &Bus) -> Firepit {
    let path = format!("--collector.logind.bus={}", bus.path().display());
    Firepit::new().flag("--collector.logind").flag(path)
}

fn lines(page: &str) -> BTreeSet<String> {
    let lines = page.lines().filter(|line| line.contains("node_logind_"));
    lines.map(str::to_owned).collect()
}

#[test]
fn sessions_are_those_of_node_exporter() {
    let Some(bus) = logind() else { return };
    let own = firepit(&bus).run(&["scrape", "--collector.disable-defaults"]);
    let page = Page::parse(&own.stdout).unwrap();
    let sessions = |seat, kind, class, remote| {
        let labels = [
            ("seat", seat),
            ("type", kind),
            ("class", class),
            ("remote", remote),
        ];
        page.value("node_logind_sessions", &labels)
    };
    assert_eq!(sessions("seat0", "wayland", "user", "false"), Some(1.0));
    assert_eq!(sessions("seat0", "x11", "greeter", "false"), Some(1.0));
    assert_eq!(sessions("seat1", "other", "other", "true"), Some(1.0));
    assert_eq!(sessions("", "tty", "user", "true"), Some(0.0));

    let Some(namespace) = Namespace::new() else {
        return;
    };
    namespace.run("ip link set lo up");
    let flags = [
        "--web.disable-exporter-metrics",
        "--collector.disable-defaults",
        "--collector.logind",
    ];
    let address = [("DBUS_SYSTEM_BUS_ADDRESS", bus.address())];
    let address = address
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    let Some(node_exporter) = NodeExporter::with_environment(&namespace, &flags, &address) else {
        return;
    };
    let theirs = lines(&node_exporter.page().unwrap());
    assert_eq!(theirs.len(), 2 + 2 * 7 * 5 * 3);
    assert_eq!(lines(&own.stdout), theirs);
}

#[test]
fn logind_that_is_missing_or_restarted_is_reported_and_asked_again() {
    let Some(mut bus) = logind() else { return };
    let firepit = firepit(&bus).start();
    let success = || {
        let labels = [("collector", "logind")];
        firepit
            .scrape()
            .value("node_scrape_collector_success", &labels)
    };
    let told = |text: &str| {
        let lines = || firepit.logs.raw();
        until(text, || {
            lines().into_iter().find(|line| line.contains(text))
        })
    };
    assert_eq!([success(), success()], [Some(1.0), Some(1.0)]);

    // A bus without logind: the kept connection is broken, and a new one is made.
    bus.restart();
    assert_eq!(success(), Some(0.0));
    told("unable to get seats: The name org.freedesktop.login1 was not provided");
    assert!(add_logind(&mut bus));
    assert_eq!(success(), Some(1.0));

    bus.stop();
    assert_eq!(success(), Some(0.0));
    told("unable to connect to dbus: ");
    bus.restart();
    assert!(add_logind(&mut bus));
    assert_eq!(success(), Some(1.0));
}
