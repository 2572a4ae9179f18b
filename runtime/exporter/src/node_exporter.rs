//! The collectors of node_exporter and their options: names that scrapers and command lines may
//! use, even if firepit does not have the collector.

/// node_exporter's collectors on Linux that have no options.
pub(crate) const PLAIN: &str = "\
    bcachefs bonding btrfs buddyinfo cgroups conntrack cpu_vulnerabilities cpufreq dmi \
    dmmultipath drbd drm edac entropy fibrechannel filefd kernel_hung ksmd lnstat loadavg \
    logind mdadm meminfo meminfo_numa mountstats network_route nfs nfsd nvme nvmesubsystem \
    os powersupplyclass pressure processes schedstat selinux sockstat softirqs softnet swap \
    tcpstat thermal_zone time timex udp_queues uname watchdog xfrm xfs zfs zoneinfo";

/// Collectors with options: the name, the switches, and the options with a value.
pub(crate) const WITH_OPTIONS: [(&str, &str, &str); 28] = [
    ("arp", "netlink", "device-exclude device-include"),
    ("bcache", "priorityStats", ""),
    ("cpu", "guest info", "info.bugs-include info.flags-include"),
    (
        "diskstats",
        "",
        "device-exclude device-include ignored-devices",
    ),
    (
        "ethtool",
        "",
        "device-exclude device-include metrics-include",
    ),
    (
        "filesystem",
        "",
        "fs-types-exclude fs-types-include ignored-fs-types ignored-mount-points \
         mount-points-exclude mount-points-include mount-timeout stat-workers",
    ),
    (
        "hwmon",
        "",
        "chip-exclude chip-include sensor-exclude sensor-include",
    ),
    ("infiniband", "", "device-exclude device-include"),
    ("interrupts", "include-zeros", "name-exclude name-include"),
    ("ipvs", "", "backend-labels"),
    (
        "netclass",
        "ignore-invalid-speed netlink",
        "ignored-devices",
    ),
    (
        "netdev",
        "address-info enable-detailed-metrics label-ifalias netlink",
        "device-blacklist device-exclude device-include device-whitelist",
    ),
    ("netstat", "", "fields"),
    (
        "ntp",
        "server-is-local",
        "ip-ttl local-offset-tolerance max-distance protocol-version server server-port",
    ),
    ("pcidevice", "names", "idsfile"),
    (
        "perf",
        "disable-cache-profilers disable-hardware-profilers disable-software-profilers",
        "cache-profilers cpus hardware-profilers software-profilers tracepoint",
    ),
    ("qdisc", "", "device-exclude device-include fixtures"),
    ("rapl", "enable-zone-label", ""),
    ("runit", "", "servicedir"),
    ("slabinfo", "", "slabs-exclude slabs-include"),
    ("stat", "softirq", ""),
    ("supervisord", "", "url"),
    ("sysctl", "", "include include-info"),
    (
        "systemd",
        "enable-restarts-metrics enable-start-time-metrics enable-task-metrics private",
        "unit-blacklist unit-exclude unit-include unit-whitelist",
    ),
    ("tapestats", "", "ignored-devices"),
    ("textfile", "", "directory"),
    ("vmstat", "", "fields"),
    ("wifi", "", "fixtures"),
];

/// Collectors of node_exporter 0.8 that firepit has and later versions of node_exporter do not.
pub(crate) const OLD: [&str; 2] = ["gmond", "lastlogin"];

/// Flags of node_exporter 1.12 that are no collector's, without dashes.
pub const FLAGS: [&str; 16] = [
    "web.telemetry-path",
    "web.disable-exporter-metrics",
    "web.max-requests",
    "web.systemd-socket",
    "web.listen-address",
    "web.config.file",
    "collector.disable-defaults",
    "runtime.gomaxprocs",
    "log.level",
    "log.format",
    "path.procfs",
    "path.sysfs",
    "path.rootfs",
    "path.udev.data",
    "help",
    "version",
];

/// Whether node_exporter has a collector of this name on Linux.
pub(crate) fn has_collector(name: &str) -> bool {
    let mut plain = PLAIN.split_whitespace();
    plain.any(|known| known == name) || WITH_OPTIONS.iter().any(|(known, ..)| *known == name)
}
