//! The collector of systemd, against a real systemd: the manager of a user, which has a bus and a private socket
//! of its own and answers like that of the system.

use std::collections::BTreeSet;
use std::os::unix::net::UnixStream;
use std::path::Path;

use firepit_tests::{Ended, Firepit, Namespace, NodeExporter, Page, UserManager, until};

/// Units of all kinds that are asked for properties, in several states.
const UNITS: [(&str, &str); 12] = [
    (
        "tests-simple.service",
        "[Service]\nExecStart=/bin/sleep infinity\n",
    ),
    (
        "tests-forking.service",
        "[Service]\nType=forking\nExecStart=/bin/sh -c 'sleep infinity &'\n",
    ),
    (
        "tests-done.service",
        "[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true\nTasksMax=77\n",
    ),
    (
        "tests-failed.service",
        "[Service]\nType=oneshot\nExecStart=/bin/false\n",
    ),
    (
        "tests-wanted.service",
        "[Service]\nType=idle\nExecStart=/bin/true\n",
    ),
    (
        "tests-again.service",
        "[Unit]\nStartLimitBurst=3\n[Service]\nExecStart=/bin/false\nRestart=always\nRestartSec=10ms\n",
    ),
    (
        "tests-name\\x2dwith:all.kinds_of-signs.service",
        "[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true\n",
    ),
    (
        "tests-cron.timer",
        "[Timer]\nOnActiveSec=1ms\nOnUnitActiveSec=1d\nUnit=tests-done.service\n",
    ),
    (
        "tests-never.timer",
        "[Timer]\nOnCalendar=2100-01-01\nUnit=tests-done.service\n",
    ),
    (
        "tests-inet.socket",
        "[Socket]\nListenStream=%t/tests-inet\nAccept=yes\n",
    ),
    (
        "tests-inet@.service",
        "[Service]\nExecStart=/bin/sleep infinity\nStandardInput=socket\n",
    ),
    (
        "tests-watch.path",
        "[Path]\nPathExists=/nonexistent\nUnit=tests-done.service\n",
    ),
];

const ALL: [&str; 4] = [
    "--collector.systemd",
    "--collector.systemd.enable-task-metrics",
    "--collector.systemd.enable-restarts-metrics",
    "--collector.systemd.enable-start-time-metrics",
];

fn manager() -> Option<UserManager> {
    let manager = UserManager::start(UNITS)?;
    let started: Vec<&str> = (UNITS.iter().map(|(name, _)| *name))
        .filter(|name| !name.contains("@.") && !name.contains("wanted"))
        .collect();
    // Some of them fail, as they should.
    let _ = manager.ask(&[&["start"], started.as_slice()].concat());
    let state = |unit: &str| manager.ask(&["is-active", unit]).trim().to_owned();
    for (unit, expected) in [
        ("tests-simple.service", "active"),
        ("tests-done.service", "active"),
        ("tests-failed.service", "failed"),
        ("tests-again.service", "failed"),
        ("tests-wanted.service", "inactive"),
    ] {
        until(&format!("{unit} to be {expected}"), || {
            (state(unit) == expected).then_some(())
        });
    }
    // Connections that the socket accepts are counted.
    let inet = manager.bus().with_file_name("tests-inet");
    for number in 1..=2 {
        std::mem::forget(UnixStream::connect(&inet).unwrap());
        let accepted = || manager.ask(&["show", "-P", "NAccepted", "tests-inet.socket"]);
        until("an accepted connection", || {
            (accepted().trim() == number.to_string()).then_some(())
        });
    }
    Some(manager)
}

fn flags(firepit: Firepit, flags: &[&str]) -> Firepit {
    flags
        .iter()
        .fold(firepit, |firepit, flag| firepit.flag(*flag))
}

/// Scrapes a bus once.
fn scrape(bus: &Path, options: &[&str]) -> Ended {
    let firepit = flags(Firepit::new(), options);
    let firepit = firepit.flag(format!("--collector.systemd.bus={}", bus.display()));
    firepit.run(&["scrape", "--collector.disable-defaults"])
}

/// The lines about systemd, with the comments, sorted.
fn lines(page: &str) -> BTreeSet<String> {
    let is_about = |line: &&str| {
        line.split(' ')
            .take(3)
            .any(|word| word.starts_with("node_systemd_"))
    };
    page.lines().filter(is_about).map(str::to_owned).collect()
}

/// What firepit and node_exporter show of the same systemd while it does not change.
fn at_once(manager: &UserManager, options: &[&str]) -> Option<[BTreeSet<String>; 2]> {
    let namespace = Namespace::new()?;
    namespace.run("ip link set lo up");
    let address = format!("unix:path={}", manager.bus().display());
    let disabled = [
        "--web.disable-exporter-metrics",
        "--collector.disable-defaults",
    ];
    let theirs = NodeExporter::with_environment(
        &namespace,
        &[&disabled, options].concat(),
        &[("DBUS_SYSTEM_BUS_ADDRESS", &address)],
    )?;
    for _ in 0..50 {
        let before = lines(&theirs.page().unwrap());
        let own = scrape(&manager.bus(), options);
        assert!(own.status.success(), "{}", own.stderr);
        if before == lines(&theirs.page().unwrap()) {
            return Some([lines(&own.stdout), before]);
        }
    }
    panic!("systemd never stood still");
}

#[test]
fn metrics_of_systemd_are_those_of_node_exporter() {
    let Some(manager) = manager() else { return };
    // Debian's package leaves out targets by default.
    let exclude = r"--collector.systemd.unit-exclude=.+\.(automount|device|mount|scope|slice)";
    for options in [
        &[&ALL[..], &[exclude]].concat(),
        &[&ALL[..], &["--collector.systemd.unit-exclude=nothing"]].concat(),
        &[
            &ALL[..1],
            &["--collector.systemd.unit-include=tests-.*", exclude],
        ]
        .concat(),
        &[
            &ALL[..1],
            &["--collector.systemd.unit-whitelist=tests-.+service|.*timer"],
        ]
        .concat(),
    ] {
        let Some([own, theirs]) = at_once(&manager, options) else {
            return;
        };
        for text in [
            "name=\"tests-again.service\",state=\"failed\"",
            "node_systemd_units",
            "node_systemd_version{",
        ] {
            assert!(
                theirs.iter().any(|line| line.contains(text)),
                "{text}: {theirs:#?}"
            );
        }
        assert_eq!(own, theirs, "{options:?}");
    }
}

#[test]
fn units_are_shown_as_they_are() {
    let Some(manager) = manager() else { return };
    let page = Page::parse(&scrape(&manager.bus(), &ALL).stdout).unwrap();
    let state = |name, state, kind| {
        let labels = [("name", name), ("state", state), ("type", kind)];
        page.value("node_systemd_unit_state", &labels)
    };
    for (name, kind, active) in [
        ("tests-simple.service", "simple", "active"),
        ("tests-forking.service", "forking", "active"),
        ("tests-failed.service", "oneshot", "failed"),
        ("tests-again.service", "simple", "failed"),
        (
            "tests-name\\x2dwith:all.kinds_of-signs.service",
            "oneshot",
            "active",
        ),
        ("tests-cron.timer", "", "active"),
        ("tests-watch.path", "", "active"),
    ] {
        for known in ["active", "activating", "deactivating", "inactive", "failed"] {
            let expected = f64::from(u8::from(known == active));
            assert_eq!(state(name, known, kind), Some(expected), "{name} {known}");
        }
    }
    let named =
        |family: &str, name| page.value(&format!("node_systemd_{family}"), &[("name", name)]);
    assert_eq!(
        named("service_restart_total", "tests-again.service"),
        Some(3.0)
    );
    assert_eq!(
        named("service_restart_total", "tests-simple.service"),
        Some(0.0)
    );
    assert_eq!(named("unit_tasks_max", "tests-done.service"), Some(77.0));
    assert_eq!(
        named("socket_accepted_connections_total", "tests-inet.socket"),
        Some(2.0)
    );
    assert_eq!(
        named("socket_current_connections", "tests-inet.socket"),
        Some(2.0)
    );
    assert_eq!(
        named("socket_refused_connections_total", "tests-inet.socket"),
        Some(0.0)
    );
    assert_eq!(
        named("timer_last_trigger_seconds", "tests-never.timer"),
        Some(0.0)
    );
    assert!(named("timer_last_trigger_seconds", "tests-cron.timer") > Some(1e9));
    assert!(named("unit_start_time_seconds", "tests-simple.service") > Some(1e9));
    assert_eq!(
        named("unit_start_time_seconds", "tests-failed.service"),
        Some(0.0)
    );
    // A failed unit makes the system degraded.
    assert_eq!(page.value("node_systemd_system_running", &[]), Some(0.0));
    assert!(page.value("node_systemd_units", &[("state", "failed")]) >= Some(2.0));
}

#[test]
fn private_socket_takes_the_place_of_a_bus_that_is_missing() {
    let Some(manager) = manager() else { return };
    let within = manager.within();
    let within: Vec<&str> = within.iter().map(String::as_str).collect();
    let by_bus = scrape(&manager.bus(), &ALL[..1]);
    for option in [
        "--collector.systemd.private",
        "--collector.systemd.bus=/nonexistent",
    ] {
        let firepit = flags(Firepit::new().within(&within), &[ALL[0], option]);
        let by_socket = firepit.run(&["scrape", "--collector.disable-defaults"]);
        assert_eq!(
            lines(&by_socket.stdout),
            lines(&by_bus.stdout),
            "{option}: {}",
            by_socket.stderr
        );
    }
}

#[test]
fn bus_that_stops_is_reported_and_asked_again_when_it_is_back() {
    let Some(manager) = manager() else { return };
    let firepit = flags(
        Firepit::new(),
        &["--collector.systemd", "--log.level=debug"],
    );
    let firepit = firepit
        .flag(format!(
            "--collector.systemd.bus={}",
            manager.bus().display()
        ))
        .start();
    let success = || {
        let page = firepit.scrape();
        page.value("node_scrape_collector_success", &[("collector", "systemd")])
    };
    assert_eq!([success(), success()], [Some(1.0), Some(1.0)]);

    // The kept connection is broken, and the bus is there again.
    manager.systemctl(&["restart", "dbus.service"]);
    until("the manager on the new bus", || {
        (success() == Some(1.0)).then_some(())
    });

    manager.systemctl(&["stop", "dbus.socket", "dbus.service"]);
    assert_eq!(success(), Some(0.0));
    let told = || {
        firepit
            .logs
            .raw()
            .into_iter()
            .find(|line| line.contains("couldn't get dbus connection"))
    };
    let told = until("the reason", told);
    assert!(
        told.contains("no such host or path") || told.contains("connection refused"),
        "{told}"
    );

    manager.systemctl(&["start", "dbus.service"]);
    until("the manager on the new bus", || {
        (success() == Some(1.0)).then_some(())
    });
}
