//! What `firepit deploy` prints, beside what a run touches, and as the real tools read it.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use firepit_tests::{Directory, Firepit, is_installed, program};

const TARGETS: [&str; 2] = ["systemd", "kubernetes"];

fn printed(target: &str, flags: &[&str]) -> String {
    let words = [&["deploy", target], flags].concat();
    let ended = Firepit::new().run(&words);
    assert_eq!(ended.status.code(), Some(0), "{flags:?}: {}", ended.stderr);
    ended.stdout
}

/// The values of a unit's setting, in words.
fn setting<'u>(unit: &'u str, name: &str) -> Vec<&'u str> {
    let lines = unit.lines().filter_map(|line| line.strip_prefix(name));
    let values = lines.filter_map(|line| line.strip_prefix('='));
    values.flat_map(str::split_whitespace).collect()
}

/// The host's paths that a manifest mounts.
fn mounted(manifest: &str) -> BTreeSet<String> {
    let lines = manifest.lines().filter_map(|line| {
        let (_, rest) = line.split_once("hostPath: {path: \"")?;
        rest.split('"').next()
    });
    lines.map(str::to_owned).collect()
}

/// What a run touched.
#[derive(Debug, Default)]
struct Touched {
    paths: BTreeSet<String>,
    families: BTreeSet<String>,
}

/// What `firepit scrape` touches, by strace. `None` where that may not trace.
fn touched(flags: &[&str]) -> Option<Touched> {
    let directory = Directory::new();
    let log = directory.path().join("log");
    let mut command = Command::new("strace");
    command
        .args([
            "-f",
            "-y",
            "-qq",
            "-e",
            "trace=%file,network",
            "-s",
            "4096",
            "-o",
        ])
        .arg(&log)
        .arg(program("FIREPIT_BIN"))
        .arg("scrape")
        .args(flags)
        .current_dir("/")
        .env_clear();
    let output = command.output().ok()?;
    if !output.status.success() {
        eprintln!("skipped: {}", String::from_utf8_lossy(&output.stderr));
        return None;
    }
    let mut touched = Touched::default();
    for line in fs::read_to_string(&log).unwrap().lines() {
        let Some((_, call)) = line.split_once(' ') else {
            continue;
        };
        let Some((name, arguments)) = call.trim_start().split_once('(') else {
            continue;
        };
        if name == "socket" {
            let family = arguments.split(',').next().unwrap();
            touched.families.insert(family.to_owned());
        } else if let Some(path) = path(arguments) {
            touched.paths.insert(path);
        }
    }
    Some(touched)
}

/// The path in the arguments of a system call: its first text, below the directory before it.
fn path(arguments: &str) -> Option<String> {
    let (before, rest) = arguments.split_once('"')?;
    let (path, _) = rest.split_once('"')?;
    if path.starts_with('/') {
        return Some(path.to_owned());
    }
    let (_, base) = before.split_once('<')?;
    let (base, _) = base.split_once('>')?;
    // The text of a system call about a socket is data.
    if !base.starts_with('/') {
        return None;
    }
    let whole = format!("{}/{path}", base.trim_end_matches('/'));
    Some(
        whole
            .trim_end_matches("/.")
            .trim_end_matches('/')
            .to_owned(),
    )
}

/// What every run touches: the program and its libraries, facts about its own process and its CPU quota,
/// the tops of the trees, and the place where modules might be.
fn is_own(path: &str) -> bool {
    let own = program("FIREPIT_BIN");
    let below = |top: &str| Path::new(path).starts_with(top);
    let of_process = path.strip_prefix("/proc/").is_some_and(|rest| {
        // strace shows the process by its number, which is not known.
        let file = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        ["", "/maps", "/cgroup", "/mountinfo", "/status", "/stat"].contains(&file)
    });
    // `/proc/stat` has the time of the boot, from which the start of the process counts.
    matches!(
        path,
        "" | "/" | "/proc" | "/proc/stat" | "/sys" | "/run/udev/data" | "/etc/localtime"
    ) || Path::new(path) == own
        || ["/lib", "/lib64", "/usr/lib", "/usr/share/zoneinfo"]
            .into_iter()
            .any(below)
        || path.starts_with("/etc/ld.so.")
        || below("/etc/firepit")
        || below("/sys/fs/cgroup")
        || below("/proc/self")
        || below("/proc/thread-self")
        || of_process
}

#[test]
fn manifest_mounts_match_the_accessed_paths() {
    if !is_installed("strace") {
        return;
    }
    let text = Directory::new().file("a.prom", "a 1\n");
    let text = text.path().display().to_string();
    let option = format!("--collector.textfile.directory={text}");
    let no_root = [
        "--no-collector.btrfs",
        "--no-collector.filesystem",
        "--no-collector.os",
        "--no-collector.selinux",
    ];
    let only = |collector| ["--collector.disable-defaults", collector].to_vec();
    let mut netlink = only("--collector.arp");
    netlink.push("--collector.loadavg");
    let mut textfile = only("--collector.textfile");
    textfile.push(&option);
    for (flags, expected) in [
        (no_root.to_vec(), &["/proc", "/run/udev/data", "/sys"][..]),
        (vec![], &["/", "/proc", "/sys"]),
        (only("--collector.loadavg"), &["/proc"]),
        (only("--collector.processes"), &["/proc"]),
        (only("--collector.hwmon"), &["/sys"]),
        (only("--collector.os"), &["/"]),
        (netlink, &["/proc"]),
        (textfile, &[&*text]),
    ] {
        let manifest = printed("kubernetes", &flags);
        let unit = printed("systemd", &flags);
        let mounts = mounted(&manifest);
        let expected: BTreeSet<String> = expected.iter().map(|&path| path.to_owned()).collect();
        assert_eq!(mounts, expected, "{flags:?}");
        let Some(touched) = touched(&flags) else {
            return;
        };
        // Each path is in a mount, and each mount has a path.
        let foreign = touched.paths.iter().filter(|path| !is_own(path));
        for path in foreign.clone() {
            let mut tops = mounts.iter();
            assert!(
                tops.any(|top| Path::new(path).starts_with(top)),
                "{flags:?}: {path}"
            );
        }
        for top in mounts.iter().filter(|top| *top != "/run/udev/data") {
            let mut paths = foreign.clone();
            assert!(
                paths.any(|path| Path::new(path).starts_with(top)),
                "{flags:?}: {top}"
            );
        }
        check_namespaces(&flags, &touched, &unit, &manifest);
    }
}

/// Sockets and files of other processes.
fn check_namespaces(flags: &[&str], touched: &Touched, unit: &str, manifest: &str) {
    let families: BTreeSet<&str> = setting(unit, "RestrictAddressFamilies")
        .into_iter()
        .collect();
    for family in &touched.families {
        assert!(
            families.contains(&**family),
            "{flags:?}: {family} of {families:?}"
        );
    }
    let has_netlink = touched.families.contains("AF_NETLINK");
    assert_eq!(families.contains("AF_NETLINK"), has_netlink, "{flags:?}");
    if has_netlink {
        assert!(manifest.contains("hostNetwork: true"), "{flags:?}");
    }
    let first = "/proc/1/";
    let reads_others = touched.paths.iter().any(|path| path.starts_with(first));
    let expected = if reads_others { "default" } else { "invisible" };
    assert_eq!(setting(unit, "ProtectProc"), [expected], "{flags:?}");
    assert!(!manifest.contains("hostPID: true"), "{flags:?}");
}

#[test]
fn unit_has_the_restrictions_that_its_collectors_allow() {
    let unit = printed("systemd", &[]);
    for line in [
        "CapabilityBoundingSet=",
        "ProtectHome=read-only",
        "ProtectSystem=strict",
        "ProtectProc=default",
        "SystemCallFilter=adjtimex clock_adjtime",
        "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK",
        "PrivateUsers=yes",
        "CacheDirectory=firepit",
    ] {
        assert!(unit.lines().any(|it| it == line), "{line}\n{unit}");
    }
    let unit = printed(
        "systemd",
        &[
            "--collector.disable-defaults",
            "--collector.slabinfo",
            "--collector.textfile",
            "--collector.textfile.directory=/run/user/7/text*/x",
            "--web.listen-address=unix:/run/firepit/firepit.sock",
            "--collector.cache-directory=/srv/cache",
        ],
    );
    for line in [
        "CapabilityBoundingSet=CAP_DAC_READ_SEARCH",
        "AmbientCapabilities=CAP_DAC_READ_SEARCH",
        "PrivateUsers=no",
        "ProtectHome=tmpfs",
        "BindReadOnlyPaths=/run/user/7",
        "ProtectProc=invisible",
        "ProtectClock=yes",
        "RestrictAddressFamilies=AF_UNIX",
        "RuntimeDirectory=firepit",
        "ReadWritePaths=/srv/cache",
        "InaccessiblePaths=-/boot -/media -/mnt -/opt",
    ] {
        assert!(unit.lines().any(|it| it == line), "{line}\n{unit}");
    }
    assert!(!unit.contains("CacheDirectory="), "{unit}");
    let counting = ["--collector.disable-defaults", "--collector.perf"];
    let traced = [&counting[..], &["--collector.perf.tracepoint=a:b"]].concat();
    for (flags, capabilities) in [
        (counting.to_vec(), "CAP_PERFMON"),
        (traced, "CAP_DAC_READ_SEARCH CAP_PERFMON"),
    ] {
        let unit = printed("systemd", &flags);
        for line in [
            &format!("AmbientCapabilities={capabilities}"),
            "PrivateUsers=no",
            "SystemCallFilter=perf_event_open",
        ] {
            assert!(unit.lines().any(|it| it == line), "{line}\n{unit}");
        }
        let manifest = printed("kubernetes", &flags);
        assert!(manifest.contains("PERFMON"), "{manifest}");
    }
    let low = printed("systemd", &["--web.listen-address=:80"]);
    assert_eq!(
        setting(&low, "AmbientCapabilities"),
        ["CAP_NET_BIND_SERVICE"]
    );
}

#[test]
fn arguments_come_first_and_paths_are_absolute() {
    for (words, told) in [
        (&["deploy"][..], "needs more arguments"),
        (&["deploy", "docker"], "nothing is deployed to \"docker\""),
        (
            &["--log.level=warn", "deploy", "systemd"],
            "must come first",
        ),
        (
            &["deploy", "systemd", "--collector.textfile.directory=text"],
            "text, --collector.textfile.directory, is a relative path",
        ),
    ] {
        let ended = Firepit::new().run(words);
        assert_eq!(ended.status.code(), Some(2), "{words:?}: {}", ended.stderr);
        assert!(ended.stderr.contains(told), "{words:?}: {}", ended.stderr);
        assert_eq!(ended.stdout, "", "{words:?}");
    }
}

#[test]
fn config_file_is_included() {
    let directory = Directory::new().file(
        "firepit.yaml",
        "collectors:\n  loadavg:\n    enabled: false\n",
    );
    let file = directory.path().join("firepit.yaml").display().to_string();
    let flag = format!("--config.file={file}");
    let manifest = printed(
        "kubernetes",
        &[&flag, "--web.config.file=/etc/web/none.yml"],
    );
    assert!(
        manifest.contains("  \"firepit.yaml\": |\n    collectors:\n      loadavg:\n"),
        "{manifest}"
    );
    let mount = format!(
        "{{name: config, mountPath: \"{}\", readOnly: true}}",
        directory.path().display()
    );
    assert!(manifest.contains(&mount), "{manifest}");
    assert!(
        manifest.contains("{name: web, mountPath: \"/etc/web\", readOnly: true}"),
        "{manifest}"
    );
    assert!(!manifest.contains("loadavg and"), "{manifest}");
    let manifest = printed(
        "kubernetes",
        &[
            "--collector.cache-directory=/some/cache",
            "--web.listen-address=unix:/srv/s",
        ],
    );
    for mount in ["/some", "/srv"] {
        let mount = format!("mountPath: \"{mount}\"}}");
        assert!(manifest.contains(&mount), "{mount}: {manifest}");
    }
    let unit = printed("systemd", &[&flag]);
    assert!(
        unit.contains(&format!("ExecStart=/usr/bin/firepit \\\n    {flag}\n")),
        "{unit}"
    );
}

/// Command lines of all kinds, for the tools that read what is printed.
fn many() -> [Vec<&'static str>; 7] {
    [
        vec!["--collector.disable-defaults", "--collector.uname"],
        vec!["--collector.perf", "--collector.perf.tracepoint=a:b"],
        vec![],
        vec!["--collector.disable-defaults", "--collector.loadavg"],
        vec!["--collector.slabinfo", "--web.listen-address=127.0.0.1:80"],
        vec![
            "--collector.textfile.directory=/tmp/a b/\"%x",
            "--web.listen-address=unix:/srv/s",
        ],
        vec![
            "--collector.netclass.ignored-devices=^(a|b$)$",
            "--web.systemd-socket",
        ],
    ]
}

#[test]
fn systemd_accepts_the_unit() {
    if !is_installed("systemd-analyze") {
        return;
    }
    for flags in many() {
        let unit = printed("systemd", &flags);
        let firepit = program("FIREPIT_BIN").display().to_string();
        let unit = unit.replace("/usr/bin/firepit", &firepit);
        let directory = Directory::new().file("firepit.service", unit);
        let mut command = Command::new("systemd-analyze");
        command
            .args(["verify", "--man=no"])
            .arg(directory.path().join("firepit.service"));
        let output = command.output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        // About units of the machine it may have opinions.
        let about_it: Vec<&str> = told
            .lines()
            .filter(|line| line.contains("firepit"))
            .collect();
        assert!(about_it.is_empty(), "{flags:?}: {told}");
        assert!(output.status.success(), "{flags:?}: {told}");
    }
}

#[test]
fn kubernetes_accepts_the_manifest() {
    if !is_installed("kubernetes-validate") {
        return;
    }
    for flags in many() {
        let manifest = printed("kubernetes", &flags);
        let directory = Directory::new().file("firepit.yaml", &manifest);
        let mut command = Command::new("kubernetes-validate");
        let output = command
            .arg(directory.path().join("firepit.yaml"))
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        let more = String::from_utf8_lossy(&output.stdout);
        assert!(
            output.status.success(),
            "{flags:?}: {told}{more}\n{manifest}"
        );
    }
}

#[test]
fn manifest_has_no_privileges() {
    for flags in many() {
        let manifest = printed("kubernetes", &flags);
        for line in [
            "automountServiceAccountToken: false",
            "runAsNonRoot: true",
            "runAsUser: 65534",
            "readOnlyRootFilesystem: true",
            "allowPrivilegeEscalation: false",
            "capabilities: {drop: [ALL]}",
            "seccompProfile: {type: RuntimeDefault}",
        ] {
            assert!(manifest.contains(line), "{flags:?}: {line}");
        }
        assert!(
            !manifest.contains("privileged: true") && !manifest.contains("add:"),
            "{manifest}"
        );
    }
    assert!(
        TARGETS
            .iter()
            .all(|target| printed(target, &[]).starts_with("# Printed by"))
    );
}
