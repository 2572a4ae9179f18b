//! What files a module gets of those that it asks for: by default, and under an entry of the configuration file.

use std::collections::BTreeMap;

use firepit_tests::{Directory, Firepit, Page};

use crate::baseline::{assert_complete, procfs, success};

/// A host with one file in each place that the guest asks for; the name says how long each is.
struct Host(Directory);

impl Host {
    fn new() -> Self {
        let procfs = procfs();
        let loadavg = std::fs::read(procfs.path().join("loadavg")).unwrap();
        let meminfo = std::fs::read(procfs.path().join("meminfo")).unwrap();
        Self(
            Directory::new()
                .file("proc/loadavg", loadavg)
                .file("proc/meminfo", meminfo)
                .file("proc/probe/one", "1")
                .file("proc/probe/two", "22")
                .file("sys/probe", "333")
                .file("rootfs/probe", "4444")
                .file("udev/probe", "55555")
                .file("directory/file", "666666"),
        )
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).display().to_string()
    }

    /// A firepit on it whose guest reads what it can.
    fn firepit(&self) -> Firepit {
        let path = |flag: &str, name: &str| format!("--path.{flag}={}", self.path(name));
        Firepit::with_guest("grant_probe")
            .flag(path("procfs", "proc"))
            .flag(path("sysfs", "sys"))
            .flag(path("rootfs", "rootfs"))
            .flag(path("udev.data", "udev"))
            .flag("--collector.grant_probe.use=files")
    }

    /// What of the files was got, by the contract's `files` and by the standard library; the one in
    /// the directory of the option is called so.
    fn got(&self, page: &Page) -> Vec<&'static str> {
        const NAMES: [&str; 8] = [
            "/proc/loadavg",
            "/proc/meminfo",
            "/proc/probe/one",
            "/proc/probe/two",
            "/rootfs/probe",
            "/sys/probe",
            "/udev/probe",
            "directory",
        ];
        assert_eq!(success(page, "grant_probe"), Some(1.0));
        let mut got: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
        for sample in page.samples("guest_probe_bytes") {
            let path = sample.labels["path"].as_str();
            let known = NAMES.iter().find(|name| **name == path);
            let name = known.unwrap_or(&"directory");
            got.entry(name).or_default().push(sample.value);
        }
        let got = got.into_iter().filter_map(|(name, ways)| {
            let [ours, theirs] = ways.as_slice() else {
                panic!("{name}: {ways:?}")
            };
            // The standard library has no way into an option's directory.
            assert!(ours == theirs || name == "directory", "{name}: {ways:?}");
            (*ours > 0.0).then_some(name)
        });
        let got: Vec<&str> = got.collect();
        NAMES
            .into_iter()
            .filter(|name| got.contains(name))
            .collect()
    }
}

/// An entry of the guest with these grants.
pub(crate) fn granting(grants: &str) -> String {
    format!("collectors:\n  grant_probe:\n    grants: {grants}\n")
}

fn denied(page: &Page) -> f64 {
    let of = [("collector", "grant_probe")];
    let denied = page.value("firepit_collector_denied_paths_total", &of);
    denied.unwrap()
}

/// Without an entry: what it declares below `/proc` and `/sys`, and nothing else.
#[test]
fn third_party_module_gets_proc_and_sys() {
    let host = Host::new();
    let directory = format!(
        "--collector.grant_probe.directory={}",
        host.path("directory")
    );
    let running = host.firepit().flag(directory).start();
    let page = running.scrape();
    let default = [
        "/proc/loadavg",
        "/proc/probe/one",
        "/proc/probe/two",
        "/sys/probe",
    ];
    assert_eq!(host.got(&page), default);
    assert_complete(&page);
    // Two files, `meminfo` and that of the option, each in two ways.
    assert!(denied(&running.scrape()) >= 8.0);
}

/// A default of the module's own opens no directory, even for one that was granted its option.
#[test]
fn only_the_operator_grants_option_directories() {
    let host = Host::new();
    let all = "{reads: [/proc/**, /rootfs/**, /udev/**, \"{directory}/*\"]}";
    let firepit = || host.firepit().config(&granting(all));
    let page = firepit().start().scrape();
    let without = [
        "/proc/loadavg",
        "/proc/probe/one",
        "/proc/probe/two",
        "/rootfs/probe",
        "/udev/probe",
    ];
    assert_eq!(host.got(&page), without);

    let directory = format!(
        "--collector.grant_probe.directory={}",
        host.path("directory")
    );
    let page = firepit().flag(directory).start().scrape();
    let with: Vec<&str> = without.into_iter().chain(["directory"]).collect();
    assert_eq!(host.got(&page), with);

    let file = format!(
        "{}    options: {{directory: {}}}\n",
        granting(all),
        host.path("directory")
    );
    let page = host.firepit().config(&file).start().scrape();
    assert_eq!(host.got(&page), with);
}

/// A module gets what it asks for and what it is allowed, never the one without the other.
#[test]
fn grants_are_the_intersection() {
    let host = Host::new();
    for (reads, expected) in [
        ("[]", &[][..]),
        ("[/proc/probe/one]", &["/proc/probe/one"]),
        ("[/proc/*/t*, /etc/../x]", &[]),
        ("[/proc/meminfo, /rootfs/*]", &["/rootfs/probe"]),
        (
            "[/proc/**]",
            &["/proc/loadavg", "/proc/probe/one", "/proc/probe/two"],
        ),
    ] {
        let config = granting(&format!("{{reads: {reads}}}"));
        let firepit = host.firepit().config(&config);
        if reads.contains("..") {
            assert_eq!(firepit.execute(&["check-config"]).status.code(), Some(2));
            continue;
        }
        assert_eq!(host.got(&firepit.start().scrape()), expected, "{reads}");
    }
}

/// Grants narrow built-in collectors too.
#[test]
fn built_in_collectors_can_be_narrowed() {
    let procfs = procfs();
    let running = Firepit::new()
        .config("collectors: {loadavg: {grants: {reads: [/proc/uptime]}}}")
        .procfs(procfs.path())
        .start();
    let page = running.scrape();
    assert_eq!(success(&page, "loadavg"), Some(0.0));
    assert_eq!(success(&page, "meminfo"), Some(1.0));
    let of = [("collector", "loadavg")];
    assert_eq!(
        page.value("firepit_collector_denied_paths_total", &of),
        Some(1.0)
    );
}
