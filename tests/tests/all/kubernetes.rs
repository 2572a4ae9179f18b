//! Manifests for Kubernetes: firepit takes their arguments, and answers their probes.

use std::fs;
use std::path::{Path, PathBuf};

use firepit_tests::{Directory, Firepit, Request, Running};

use crate::baseline::success;
use crate::components::collector;

/// What the Helm chart prometheus-node-exporter passes.
const CHART: [&str; 5] = [
    "--path.procfs=/host/proc",
    "--path.sysfs=/host/sys",
    "--path.rootfs=/host/root",
    "--path.udev.data=/host/root/run/udev/data",
    "--web.listen-address=[$(HOST_IP)]:9100",
];

fn base() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../packaging/kubernetes/base")
}

/// Starts firepit as a pod of this host, but for the port.
fn start<'a>(arguments: impl Iterator<Item = &'a str>, host: &str, pod: Directory) -> Running {
    let pod_path = pod.path().display().to_string();
    // The longer paths first.
    let places = [
        ("$(HOST_IP)", host),
        (":9100", ":0"),
        ("=/host/root/", "=/"),
        ("=/host/root", "=/"),
        ("=/host/", "=/"),
        ("=/etc/", &format!("={pod_path}/etc/")),
        ("=/modules", &format!("={pod_path}/modules")),
        ("=/cache/", &format!("={pod_path}/cache/")),
    ];
    let mut firepit = Firepit::new().exact().keep(pod);
    for argument in arguments {
        let here = |text: String, (from, to): &(&str, &str)| text.replace(from, to);
        firepit = firepit.flag(places.iter().fold(argument.to_owned(), here));
    }
    firepit.start()
}

fn status(running: &Running, path: &str) -> u16 {
    running.ask(&Request::get(path)).status
}

#[test]
fn the_daemon_set_starts_and_its_probes_are_answered() {
    let manifest = fs::read_to_string(base().join("daemon-set.yaml")).unwrap();
    let lines = || manifest.lines().map(str::trim);
    let arguments =
        lines().filter_map(|line| line.strip_prefix("- ").filter(|it| it.starts_with("--")));
    let config = fs::read(base().join("firepit.yaml")).unwrap();
    let pod = Directory::new()
        .file("etc/firepit/firepit.yaml", config)
        .file("modules/own.wasm", collector("own", "", "", ""))
        .file("cache/other", "");
    let running = start(arguments, "127.0.0.1", pod);
    let page = running.scrape();
    assert_eq!(success(&page, "loadavg"), Some(1.0));
    // Without an entry that approves it.
    assert_eq!(success(&page, "own"), None);
    let line = running.logs.wait_for("reason", "unapproved");
    assert!(line.get("err").unwrap().contains("own"), "{line:?}");
    let probes: Vec<&str> = lines()
        .filter_map(|line| line.strip_prefix("path: /-/"))
        .collect();
    assert_eq!(probes, ["healthy", "ready"]);
    for probe in probes {
        assert_eq!(status(&running, &format!("/-/{probe}")), 200);
    }
}

/// Its probes ask for the status page. A node's address stands in brackets, of whichever version it is.
#[test]
fn the_arguments_of_the_helm_chart_are_taken() {
    for host in ["127.0.0.1", "0.0.0.0"] {
        let running = start(CHART.into_iter(), host, Directory::new());
        assert_eq!(status(&running, "/"), 200);
        assert_eq!(success(&running.scrape(), "loadavg"), Some(1.0));
    }
}
