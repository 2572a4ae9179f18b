//! Command lines of node_exporter that are in use: firepit serves with them, or says what is wrong.
//!
//! Each is copied from a public file, but for its port and the prefixes at which containers mount the
//! host's trees.

use firepit_tests::{Directory, Firepit, Request};

use self::Outcome::{Rejected, Serves};
use crate::baseline::success;

/// What a command line does.
enum Outcome {
    /// It serves. Each collector that it names runs, or one warning names it.
    Serves,
    /// It is a usage error with these words.
    Rejected(&'static [&'static str]),
}

/// A place where a container has a tree of its host, and that tree.
const MOUNTS: [(&str, &str); 4] = [
    ("=/host/proc", "=/proc"),
    ("=/host/sys", "=/sys"),
    ("=/host/root", "=/"),
    ("=/rootfs", "=/"),
];

/// The directory of text files of all of them.
const TEXTFILES: &str = "/var/lib/node_exporter";

/// A web configuration. The test has one that sets a header.
const WEB_CONFIG: &str = "/etc/node_exporter/web_config.yml";
const WEB_YAML: &str = "http_server_config:\n  headers:\n    X-Frame-Options: deny\n";

const LINES: [(&str, &[&str], Outcome); 20] = [
    (
        "The Helm chart of the community, on all interfaces",
        &[
            "--path.procfs=/host/proc",
            "--path.sysfs=/host/sys",
            "--path.rootfs=/host/root",
            "--path.udev.data=/host/root/run/udev/data",
            "--web.listen-address=[0.0.0.0]:0",
        ],
        Serves,
    ),
    (
        "The same chart with kube-rbac-proxy, and kube-prometheus-stack's arguments",
        &[
            "--path.procfs=/host/proc",
            "--path.sysfs=/host/sys",
            "--path.rootfs=/host/root",
            "--path.udev.data=/host/root/run/udev/data",
            "--web.listen-address=[127.0.0.1]:0",
            "--collector.filesystem.mount-points-exclude=^/(dev|proc|sys|var/lib/docker/.+|var/lib/kubelet/.+)($|/)",
            "--collector.filesystem.fs-types-exclude=^(autofs|binfmt_misc|bpf|cgroup2?|configfs|debugfs|devpts|devtmpfs|fusectl|hugetlbfs|iso9660|mqueue|nsfs|overlay|proc|procfs|pstore|rpc_pipefs|securityfs|selinuxfs|squashfs|sysfs|tracefs)$",
        ],
        Serves,
    ),
    (
        "kube-prometheus",
        &[
            "--web.listen-address=127.0.0.1:0",
            "--path.sysfs=/host/sys",
            "--path.rootfs=/host/root",
            "--path.udev.data=/host/root/run/udev/data",
            "--no-collector.wifi",
            "--no-collector.hwmon",
            "--no-collector.btrfs",
            "--collector.filesystem.mount-points-exclude=^/(dev|proc|sys|run/k3s/containerd/.+|var/lib/docker/.+|var/lib/kubelet/pods/.+)($|/)",
            "--collector.netclass.ignored-devices=^(veth.*|[a-f0-9]{15})$",
            "--collector.netdev.device-exclude=^(veth.*|[a-f0-9]{15})$",
        ],
        Serves,
    ),
    (
        "The Ansible role of the community",
        &[
            "--collector.systemd",
            "--collector.textfile",
            "--collector.textfile.directory=/var/lib/node_exporter",
            "--web.listen-address=0.0.0.0:0",
            "--web.telemetry-path=/metrics",
        ],
        Serves,
    ),
    (
        "The same role with TLS or basic auth",
        &[
            "--collector.systemd",
            "--collector.textfile",
            "--collector.textfile.directory=/var/lib/node_exporter",
            "--web.config.file=/etc/node_exporter/web_config.yml",
            "--web.listen-address=0.0.0.0:0",
            "--web.telemetry-path=/metrics",
        ],
        Serves,
    ),
    (
        "dockprom",
        &[
            "--path.procfs=/host/proc",
            "--path.rootfs=/rootfs",
            "--path.sysfs=/host/sys",
            "--collector.filesystem.ignored-mount-points=^/(sys|proc|dev|host|etc)($|/)",
            "--web.listen-address=:0",
        ],
        Serves,
    ),
    (
        "OpenShift's cluster-monitoring-operator",
        &[
            "--web.listen-address=127.0.0.1:0",
            "--path.procfs=/host/proc",
            "--path.sysfs=/host/sys",
            "--path.rootfs=/host/root",
            "--no-collector.wifi",
            "--collector.filesystem.ignored-mount-points=^/(dev|proc|sys|var/lib/docker/.+|var/lib/kubelet/pods/.+)($|/)",
            "--collector.mountstats",
            "--collector.cpu.info",
            "--collector.textfile.directory=/var/lib/node_exporter",
        ],
        Serves,
    ),
    (
        "GitLab omnibus",
        &[
            "--web.listen-address=localhost:0",
            "--collector.mountstats",
            "--collector.runit",
            "--collector.runit.servicedir=/opt/gitlab/sv",
            "--collector.textfile.directory=/var/lib/node_exporter",
        ],
        Serves,
    ),
    (
        "NixOS",
        &[
            "--collector.textfile",
            "--collector.textfile.directory",
            "/var/lib/node_exporter",
            "--collector.systemd",
            r"--collector.systemd.unit-exclude=.+\.(automount|device|scope|slice)",
            r"--collector.diskstats.ignored-devices=^(ram|loop|fd|(h|s|v|xv)d[a-z]|nvme\d+n\d+p|mmcblk\d+p)\d+$|^zd",
            "--no-collector.ipvs",
            "--no-collector.schedstat",
            "--no-collector.mdadm",
            "--no-collector.nfsd",
            "--no-collector.bonding",
            "--no-collector.infiniband",
            "--no-collector.nfs",
            "--no-collector.rapl",
            "--no-collector.fibrechannel",
            "--no-collector.tapestats",
            "--no-collector.nvme",
            "--web.listen-address",
            "0.0.0.0:0",
        ],
        Serves,
    ),
    (
        "NixOS, everything by name",
        &[
            "--collector.arp",
            "--collector.bcache",
            "--collector.conntrack",
            "--collector.filefd",
            "--collector.logind",
            "--collector.netclass",
            "--collector.netdev",
            "--collector.netstat",
            "--collector.rapl",
            "--collector.sockstat",
            "--collector.softnet",
            "--collector.stat",
            "--collector.systemd",
            "--collector.textfile",
            "--collector.textfile.directory",
            "/var/lib/node_exporter",
            "--collector.thermal_zone",
            "--collector.time",
            "--collector.udp_queues",
            "--collector.uname",
            "--collector.vmstat",
            "--collector.cpu",
            "--collector.cpufreq",
            "--collector.diskstats",
            "--collector.edac",
            "--collector.entropy",
            "--collector.filesystem",
            "--collector.hwmon",
            "--collector.interrupts",
            "--collector.ksmd",
            "--collector.loadavg",
            "--collector.meminfo",
            "--collector.pressure",
            "--collector.timex",
            "--collector.zfs",
            "--web.listen-address",
            "0.0.0.0:0",
            "--collector.disable-defaults",
        ],
        Serves,
    ),
    (
        "An ignition file with a log format of the old library",
        &[
            "--web.listen-address=:0",
            "--web.telemetry-path=/metrics",
            "--log.level=info",
            "--log.format=logger:stdout",
            "--collector.textfile.directory=/var/lib/node_exporter",
            "--collector.netdev.ignored-devices=^(weave|veth.*|docker0|datapath|dummy0)$",
            "--collector.filesystem.ignored-mount-points=^/(sys|proc|dev|host|etc)($|/)",
            "--collector.tcpstat",
        ],
        Rejected(&["--log.format", "logfmt, json"]),
    ),
    (
        "A compose file with quotes inside of the value",
        &[
            "--collector.textfile.directory=/var/lib/node_exporter",
            "--path.procfs=/host/proc",
            "--path.sysfs=/host/sys",
            r#"--collector.filesystem.ignored-mount-points="^(/rootfs|/host|)/(sys|proc|dev|host|etc)($|/)""#,
            r#"--collector.filesystem.ignored-fs-types="^(sys|proc|auto|cgroup|devpts|ns|au|fuse\.lxc|mqueue)(fs|)$""#,
            "--web.listen-address=:0",
        ],
        Serves,
    ),
    (
        "A manifest with a name that the flag never had",
        &[
            "--path.procfs=/host/proc",
            "--path.sysfs=/host/sys",
            "--path.rootfs=/host/root",
            "--web.listen-address=0.0.0.0:0",
            "--web.config=/etc/certs/web.yaml",
            "--collector.filesystem.ignored-mount-points=^/(dev|proc|sys|var/lib/docker/.+)($|/)",
        ],
        Rejected(&["--web.config", "--web.config.file"]),
    ),
    (
        "ntp, and values in the next argument",
        &[
            "--web.listen-address=127.0.0.1:0",
            "--collector.netdev.address-info",
            "--collector.ntp",
            "--collector.ntp.server-is-local",
            "--collector.filesystem.mount-points-exclude",
            "(^/(dev|proc|sys|run|var/lib/kubelet)($|/))|(^/var/lib/docker/)",
            "--collector.filesystem.fs-types-exclude",
            r"^(autofs|binfmt_misc|cgroup|configfs|debugfs|devpts|devtmpfs|fusectl|fuse\.lxcfs|hugetlbfs|mqueue|nsfs|overlay|proc|procfs|pstore|rpc_pipefs|securityfs|sysfs|tracefs|squashfs)$",
        ],
        Serves,
    ),
    (
        "The old names of options",
        &[
            "--collector.textfile.directory=/var/lib/node_exporter",
            "--collector.ntp",
            "--collector.processes",
            "--collector.netclass.ignored-devices=^veth.*",
            "--collector.netdev.device-blacklist=^veth.*",
            r"--collector.systemd.unit-blacklist=.+\.(scope|mount|device)",
            "--collector.netstat.fields=^(.*_(InErrors|InErrs)|Ip_Forwarding|Ip(6|Ext)_(InOctets|OutOctets)|Icmp6?_(InMsgs|OutMsgs)|TcpExt_(Listen.*|Syncookies.*|TCPSynRetrans)|Tcp_(ActiveOpens|PassiveOpens|RetransSegs|CurrEstab)|Udp6?_(InDatagrams|OutDatagrams|NoPorts))$",
            "--collector.vmstat.fields=(.*)",
            "--collector.interrupts",
            "--collector.tcpstat",
            "--web.listen-address=:0",
        ],
        Serves,
    ),
    (
        "A compose file with escaped slashes",
        &[
            "--path.procfs=/host/proc",
            "--path.rootfs=/rootfs",
            "--path.sysfs=/host/sys",
            r"--collector.filesystem.ignored-mount-points=^/(dev|etc|host|proc|run|sys|var\/lib\/docker\/containers\/.*\/mounts\/shm)($|/)",
            "--collector.mountstats",
            "--collector.systemd",
            "--collector.tcpstat",
            "--collector.time",
            "--collector.uname",
            "--no-collector.powersupplyclass",
            "--web.listen-address=:0",
        ],
        Serves,
    ),
    (
        "A systemd drop-in",
        &[
            "--web.listen-address=0.0.0.0:0",
            "--collector.systemd",
            r"--collector.systemd.unit-include=^(sshd|nginx|docker)\.service$",
            "--collector.processes",
            "--collector.textfile.directory=/var/lib/node_exporter",
            "--collector.ethtool",
            "--collector.filesystem.mount-points-exclude=^/(dev|proc|sys|run|var/lib/docker/.+|var/lib/containers/.+)($|/)",
        ],
        Serves,
    ),
    (
        "A level in quotes, as a unit file passes it on",
        &[r#"--log.level="debug""#, "--web.listen-address=:0"],
        Rejected(&["--log.level", "debug, info, warn, error"]),
    ),
    (
        "A telemetry path without its slash",
        &["--web.telemetry-path=node_info", "--web.listen-address=:0"],
        Rejected(&["--web.telemetry-path", "must begin with \"/\""]),
    ),
    (
        "An empty argument, from `ARGS=\"\"`",
        &["", "--web.listen-address=:0"],
        Rejected(&["the empty argument \"\""]),
    ),
];

/// The arguments as this machine can have them.
fn adapted(args: &[&str], textfiles: &Directory) -> Vec<String> {
    let adapt = |arg: &&str| {
        let mounts = MOUNTS.iter().find(|(place, _)| arg.contains(place));
        let arg = match mounts {
            Some((place, tree)) if arg.starts_with("--path.") => arg.replace(place, tree),
            _ => (*arg).to_owned(),
        };
        let own = textfiles.path().display().to_string();
        arg.replace(WEB_CONFIG, &format!("{own}/web.yml"))
            .replace(TEXTFILES, &own)
    };
    args.iter().map(adapt).collect()
}

fn firepit(args: &[String]) -> Firepit {
    args.iter()
        .fold(Firepit::new().exact(), |firepit, arg| firepit.flag(arg))
}

/// The collectors that arguments enable, and those that they disable.
fn named(args: &[String]) -> (Vec<&str>, Vec<&str>) {
    let with = |prefix: &str| -> Vec<&str> {
        let names = args.iter().filter_map(|arg| {
            let flag = arg.split('=').next()?.strip_prefix(prefix)?;
            flag.split('.').next()
        });
        let mut names: Vec<&str> = names.filter(|name| *name != "disable-defaults").collect();
        names.sort_unstable();
        names.dedup();
        names
    };
    (with("--collector."), with("--no-collector."))
}

fn assert_serves(from: &str, args: &[String]) {
    let running = firepit(args).start();
    let page = running.scrape();
    let warnings: Vec<String> = running
        .logs
        .with("level", "WARN")
        .iter()
        .filter_map(|line| line.get("msg").map(str::to_owned))
        .filter(|message| message.starts_with("--"))
        .collect();
    let has_web_config = args.iter().any(|arg| arg.starts_with("--web.config.file"));
    let answer = running.ask(&Request::get("/metrics"));
    let header = has_web_config.then_some("deny");
    assert_eq!(answer.header("x-frame-options"), header, "{from}");
    let (enabled, disabled) = named(args);
    for collector in enabled {
        let quoted = format!("no collector {collector:?}");
        let told = warnings
            .iter()
            .filter(|warning| warning.contains(&quoted))
            .count();
        assert_eq!(told, 0, "{from}: {collector}: {warnings:#?}");
        if args.contains(&format!("--collector.{collector}")) {
            assert!(success(&page, collector).is_some(), "{from}: {collector}");
        }
    }
    for collector in disabled {
        assert_eq!(success(&page, collector), None, "{from}: {collector}");
    }
    assert_eq!(page.samples("node_uname_info").count(), 1, "{from}");
}

#[test]
fn command_lines_in_use_work_or_explain_the_error() {
    let textfiles = Directory::new().file("web.yml", WEB_YAML);
    for (from, args, outcome) in &LINES {
        let args = adapted(args, &textfiles);
        match outcome {
            Serves => assert_serves(from, &args),
            Rejected(words) => {
                let ended = firepit(&args).run(&[]);
                assert_eq!(ended.status.code(), Some(2), "{from}: {}", ended.stderr);
                for word in *words {
                    assert!(
                        ended.stderr.contains(word),
                        "{from}: {word}: {}",
                        ended.stderr
                    );
                }
            }
        }
    }
}
