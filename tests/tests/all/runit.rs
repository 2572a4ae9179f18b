//! Services that a real runit supervises, in the directories that Debian has for them. A machine
//! without runit has nothing to test here.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use firepit_tests::{
    Directory, Firepit, Namespace, NodeExporter, Page, Running, is_installed, until,
};
use rustix::process::{Pid, Signal, kill_process};

/// Never ends.
const UP: &str = "#!/bin/sh\nexec sleep 100000\n";
/// Ends with its directory: runit does not end a script `finish`.
const ENDING: &str = "#!/bin/sh\nwhile test -e run; do sleep 1; done\n";
/// Ends at once, again and again.
const RESTARTING: &str = "#!/bin/sh\nexit 1\n";

const FAMILIES: [&str; 4] = [
    "node_service_state",
    "node_service_desired_state",
    "node_service_normal_state",
    "node_service_state_last_change_timestamp_seconds",
];

/// The root of a host whose services runit supervises.
#[derive(Debug)]
struct Host {
    root: Directory,
    runsvdir: Child,
}

/// A service as Debian's packages have it: `/etc/service` leads to `/etc/sv`, and that to `/run`.
fn service(root: Directory, name: &str, scripts: &[(&str, &str)]) -> Directory {
    let mut root = root
        .link(
            &format!("etc/runit/runsvdir/default/{name}"),
            &format!("../../../sv/{name}"),
        )
        .link(
            &format!("etc/sv/{name}/supervise"),
            &format!("../../../run/runit/supervise/{name}"),
        );
    for (script, text) in scripts {
        let path = format!("etc/sv/{name}/{script}");
        root = root.file(&path, text);
        root.mode(&path, 0o755);
    }
    root
}

impl Host {
    /// `None` without runit.
    fn start() -> Option<Self> {
        if !is_installed("runsvdir") {
            return None;
        }
        let root = Directory::new()
            .file("run/runit/supervise/.keep", "")
            .link("etc/service", "runit/runsvdir/current")
            .link("etc/runit/runsvdir/current", "default");
        let root = service(root, "web", &[("run", UP)]);
        let root = service(root, "off", &[("run", UP), ("down", "")]);
        let root = service(root, "ending", &[("run", RESTARTING), ("finish", ENDING)]);
        let root = service(root, "again", &[("run", RESTARTING)]);
        // A service without links.
        let root = root.file("etc/runit/runsvdir/default/plain/run", UP);
        root.mode("etc/runit/runsvdir/default/plain/run", 0o755);
        let runsvdir = Command::new("runsvdir")
            .arg("-P")
            .arg(root.path().join("etc/service"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        Some(Self {
            root,
            runsvdir: runsvdir.unwrap(),
        })
    }

    fn directory(&self) -> PathBuf {
        self.root.path().join("etc/service")
    }

    fn flags(&self) -> [String; 2] {
        let directory = self.directory();
        [
            "--collector.runit".to_owned(),
            format!("--collector.runit.servicedir={}", directory.display()),
        ]
    }

    fn firepit(&self) -> Firepit {
        let [enable, directory] = self.flags();
        Firepit::new()
            .flag(enable)
            .flag(directory)
            .flag(format!("--path.rootfs={}", self.root.path().display()))
    }

    /// Controls a service, and waits until runit has done it.
    fn control(&self, command: &str, service: &str) {
        let mut sv = Command::new("sv");
        sv.args(["-w", "60", command]);
        let output = sv.arg(self.directory().join(service)).output().unwrap();
        assert!(output.status.success(), "{output:?}");
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        // It ends its services, and then itself.
        if let Ok(pid) = i32::try_from(self.runsvdir.id())
            && let Some(pid) = Pid::from_raw(pid)
        {
            let _ = kill_process(pid, Signal::HUP);
        }
        let _ = self.runsvdir.wait();
    }
}

fn of(page: &Page, family: &str, service: &str) -> Option<f64> {
    page.value(family, &[("service", service), ("supervisor", "runit")])
}

/// State, wanted state and usual state of a service.
fn states(page: &Page, service: &str) -> [Option<f64>; 3] {
    let [state, desired, normal, _] = FAMILIES;
    [state, desired, normal].map(|family| of(page, family, service))
}

/// A page on which each service has reached its state.
fn settled(running: &Running) -> Page {
    until("the services", || {
        let page = running.scrape();
        let state = |service| of(&page, FAMILIES[0], service);
        let reached = [("web", 1.0), ("plain", 1.0), ("off", 0.0), ("ending", 2.0)]
            .iter()
            .all(|(service, expected)| state(service) == Some(*expected));
        (reached && state("again").is_some()).then_some(page)
    })
}

#[test]
fn services_of_a_real_runit_are_shown_and_followed() {
    let Some(host) = Host::start() else { return };
    let running = host.firepit().start();
    let page = settled(&running);
    let up = Some(1.0);
    let down = Some(0.0);
    assert_eq!(states(&page, "web"), [up, up, up]);
    assert_eq!(states(&page, "plain"), [up, up, up]);
    assert_eq!(states(&page, "off")[..2], [down, down]);
    assert_eq!(states(&page, "ending"), [Some(2.0), up, up]);
    assert_eq!(states(&page, "again")[1..], [up, up]);
    let changed = |page: &Page, service| of(page, FAMILIES[3], service).unwrap();
    let before = changed(&page, "again");
    until("another start", || {
        (changed(&running.scrape(), "again") > before).then_some(())
    });
    host.control("down", "web");
    let page = running.scrape();
    assert_eq!(states(&page, "web"), [down, down, up]);
    host.control("up", "web");
    assert_eq!(states(&running.scrape(), "web"), [up, up, up]);
    let warning =
        "This collector is deprecated and will be removed in the next major version release.";
    assert!(!running.logs.with("msg", warning).is_empty());
}

/// The lines of the services that stay in one state.
fn lasting(page: &str) -> Vec<&str> {
    let lines = page.lines();
    let of_runit = lines.filter(|line| line.contains("node_service_"));
    of_runit
        .filter(|line| !line.contains("\"again\""))
        .collect()
}

#[test]
fn services_are_shown_as_by_node_exporter() {
    let Some(host) = Host::start() else { return };
    let Some(namespace) = Namespace::new() else {
        return;
    };
    namespace.run("ip link set lo up");
    let [enable, directory] = host.flags();
    let flags = ["--collector.disable-defaults", &enable, &directory];
    let Some(node_exporter) = NodeExporter::start(&namespace, &flags) else {
        return;
    };
    settled(&host.firepit().start());
    let ended = host
        .firepit()
        .run(&["scrape", "--collector.disable-defaults"]);
    let expected = node_exporter.page().unwrap();
    assert_eq!(lasting(&ended.stdout), lasting(&expected));
    assert_eq!(lasting(&expected).len(), 4 * (2 + 4));
}

/// Links lead to the places of services, and nowhere else.
#[test]
fn links_to_other_places_are_denied() {
    let status = b"\x40\0\0\0\x65\0\0\0\0\0\0\0\x10\0\0\0\0u\0\x01";
    let root = Directory::new()
        .file("etc/sv/fine/supervise/status", status)
        .file("srv/secret/supervise/status", status)
        .file("etc/shadow/supervise/status", status)
        .file("run/runit/supervise/absolute/status", status)
        .link("etc/service/fine", "../sv/fine")
        .link("etc/service/absolute", "/etc/sv/absolute")
        .link("etc/sv/absolute/supervise", "/run/runit/supervise/absolute")
        .link("etc/service/secret", "../../srv/secret")
        .link("etc/service/shadow", "/etc/shadow")
        .link("etc/service/above", "../../../../../../../../../../../etc");
    let directory = root.path().join("etc/service");
    let running = Firepit::new()
        .flag("--collector.runit")
        .flag(format!(
            "--collector.runit.servicedir={}",
            directory.display()
        ))
        .flag(format!("--path.rootfs={}", root.path().display()))
        .keep(root)
        .start();
    let page = running.scrape();
    for service in ["absolute", "fine"] {
        assert_eq!(states(&page, service), [Some(1.0); 3], "{service}");
    }
    assert_eq!(page.samples(FAMILIES[0]).count(), 2);
    let denied = page.value(
        "firepit_collector_denied_paths_total",
        &[("collector", "runit")],
    );
    assert_eq!(denied, Some(3.0));
}

#[test]
fn a_missing_directory_fails_the_collector() {
    let running = Firepit::new()
        .flag("--collector.runit")
        .flag("--collector.runit.servicedir=/nonexistent/service")
        .start();
    let page = running.scrape();
    let success = page.value("node_scrape_collector_success", &[("collector", "runit")]);
    assert_eq!(success, Some(0.0));
}
