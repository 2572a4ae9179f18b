//! The whole command line of node_exporter 1.12: firepit takes each flag.

use firepit_tests::{Ended, Firepit};

/// The collectors of node_exporter on Linux.
const COLLECTORS: &str = "\
    arp bcache bcachefs bonding btrfs buddyinfo cgroups conntrack cpu cpu_vulnerabilities \
    cpufreq diskstats dmi dmmultipath drbd drm edac entropy ethtool fibrechannel filefd \
    filesystem hwmon infiniband interrupts ipvs kernel_hung ksmd lnstat loadavg logind \
    mdadm meminfo meminfo_numa mountstats netclass netdev netstat network_route nfs nfsd \
    ntp nvme nvmesubsystem os pcidevice perf powersupplyclass pressure processes qdisc \
    rapl runit schedstat selinux slabinfo sockstat softirqs softnet stat supervisord swap \
    sysctl systemd tapestats tcpstat textfile thermal_zone time timex udp_queues uname \
    vmstat watchdog wifi xfrm xfs zfs zoneinfo";

/// Options without a value. Each has a negated form.
const SWITCHES: &str = "\
    arp.netlink bcache.priorityStats cpu.guest cpu.info interrupts.include-zeros \
    netclass.ignore-invalid-speed netclass.netlink netclass_rtnl.with-stats \
    netdev.address-info netdev.enable-detailed-metrics netdev.label-ifalias netdev.netlink \
    ntp.server-is-local pcidevice.names perf.disable-cache-profilers \
    perf.disable-hardware-profilers perf.disable-software-profilers rapl.enable-zone-label \
    stat.softirq systemd.enable-restarts-metrics systemd.enable-start-time-metrics \
    systemd.enable-task-metrics systemd.private";

/// Options with a value, without those that exclude one of these.
const VALUES: &str = "\
    arp.device-exclude=^x$ cpu.info.bugs-include=^x$ cpu.info.flags-include=^x$ \
    diskstats.device-exclude=^x$ ethtool.device-exclude=^x$ ethtool.metrics-include=^x$ \
    filesystem.fs-types-exclude=^x$ filesystem.mount-points-exclude=^x$ \
    filesystem.mount-timeout=5s filesystem.stat-workers=4 hwmon.chip-exclude=^x$ \
    hwmon.sensor-exclude=^x$ infiniband.device-exclude=^x$ interrupts.name-exclude=^x$ \
    ipvs.backend-labels=local_address,local_port netclass.ignored-devices=^x$ \
    netdev.device-exclude=^x$ netstat.fields=^x$ ntp.ip-ttl=1 \
    ntp.local-offset-tolerance=1ms ntp.max-distance=3.46608s ntp.protocol-version=4 \
    ntp.server=127.0.0.1 ntp.server-port=123 pcidevice.idsfile=/usr/share/misc/pci.ids \
    perf.cache-profilers=^x$ perf.cpus=0 perf.hardware-profilers=^x$ \
    perf.software-profilers=^x$ perf.tracepoint=sched:sched_process_exec \
    powersupply.ignored-supplies=^x$ qdisc.device-exclude=^x$ qdisc.fixtures= \
    runit.servicedir=/etc/service slabinfo.slabs-exclude=^x$ slabinfo.slabs-include=^x$ \
    supervisord.url=http://localhost:9001/RPC2 sysctl.include=fs.file-nr \
    sysctl.include-info=kernel.seccomp.actions_avail systemd.unit-exclude=^x$ \
    systemd.unit-include=^x$ tapestats.ignored-devices=^x$ textfile.directory=/nonexistent \
    vmstat.fields=^x$ wifi.fixtures=";

/// Options that exclude one of [`VALUES`].
const INCLUDES: &str = "\
    arp.device-include=^x$ diskstats.device-include=^x$ ethtool.device-include=^x$ \
    filesystem.fs-types-include=^x$ filesystem.mount-points-include=^x$ \
    hwmon.chip-include=^x$ hwmon.sensor-include=^x$ infiniband.device-include=^x$ \
    interrupts.name-include=^x$ netdev.device-include=^x$ qdisc.device-include=^x$";

/// Hidden options: old names of others.
const OLD_NAMES: &str = "\
    diskstats.ignored-devices=^x$ filesystem.ignored-fs-types=^x$ \
    filesystem.ignored-mount-points=^x$ netdev.device-blacklist=^x$ qdisk.device-exclude=^x$ \
    systemd.unit-blacklist=^x$";

/// Those that exclude one of [`OLD_NAMES`].
const OLD_INCLUDES: &str = "\
    netdev.device-whitelist=^x$ qdisk.device-include=^x$ systemd.unit-whitelist=^x$";

/// Flags that are no collector's, except those of `--help`.
const PROGRAM: &str = "\
    --web.telemetry-path=/metrics --web.disable-exporter-metrics --web.max-requests=40 \
    --collector.disable-defaults --runtime.gomaxprocs=1 --web.listen-address=:9100 \
    --web.listen-address=[::1]:9100 --log.level=info --log.format=logfmt --path.procfs=/proc \
    --path.sysfs=/sys --path.rootfs=/ --path.udev.data=/run/udev/data";

fn flags(prefix: &str, names: &str) -> Vec<String> {
    let names = names.split_whitespace();
    names
        .map(|name| format!("--{prefix}collector.{name}"))
        .collect()
}

/// Validates a command line; with each value in its own argument if `apart`.
fn check(flags: &[String], apart: bool) -> Ended {
    let mut firepit = Firepit::new().flag("check-config");
    for flag in flags {
        firepit = match flag.split_once('=').filter(|_| apart) {
            Some((flag, value)) => firepit.flag(flag).flag(value),
            None => firepit.flag(flag),
        };
    }
    firepit.run(&[])
}

#[track_caller]
fn assert_taken(flags: &[String]) {
    for apart in [false, true] {
        let ended = check(flags, apart);
        assert_eq!(ended.status.code(), Some(0), "{}", ended.stderr);
    }
}

#[test]
fn every_flag_is_accepted() {
    let program = PROGRAM.split_whitespace().map(str::to_owned);
    let mut all: Vec<String> = program.collect();
    all.extend(flags("", COLLECTORS));
    all.extend(flags("", SWITCHES));
    all.extend(flags("", VALUES));
    assert_eq!(COLLECTORS.split_whitespace().count(), 79);
    assert_eq!(SWITCHES.split_whitespace().count(), 23);
    let valued =
        [VALUES, INCLUDES, OLD_NAMES, OLD_INCLUDES].map(|names| names.split_whitespace().count());
    assert_eq!(valued.iter().sum::<usize>(), 65);
    assert_taken(&all);
    assert_taken(&flags("", INCLUDES));
    assert_taken(&flags("", OLD_NAMES));
    assert_taken(&flags("", OLD_INCLUDES));
}

#[test]
fn every_negated_flag_is_accepted() {
    let mut all = flags("no-", COLLECTORS);
    all.extend(flags("no-", SWITCHES));
    let of_program = ["web.disable-exporter-metrics", "web.systemd-socket"];
    all.extend(of_program.map(|flag| format!("--no-{flag}")));
    all.push("--no-collector.disable-defaults".to_owned());
    assert_taken(&all);
}

/// kingpin's rules: a switch takes no value, and nothing but flags comes after `--`.
#[test]
fn a_value_of_a_switch_is_rejected() {
    for (words, told) in [
        (
            &["--collector.cpu=true"][..],
            "write --collector.cpu or --no-collector.cpu",
        ),
        (
            &["--no-collector.cpu=false"],
            "write --collector.cpu or --no-collector.cpu",
        ),
        (
            &["--web.disable-exporter-metrics=true"],
            "--web.disable-exporter-metrics takes no value",
        ),
        (&["--collector.ntp=true"], "--collector.ntp takes no value"),
        (&["--collector.disable-defaults", "true"], "'true'"),
        (&["--", "--collector.cpu"], "--collector.cpu"),
        (
            &["--collector.cpu", "--collector.cpu"],
            "cannot be used multiple times",
        ),
        (&["--web.max-requests"], "--web.max-requests"),
        (&["-web.max-requests"], "-w"),
    ] {
        let ended = Firepit::new().run(words);
        assert_eq!(ended.status.code(), Some(2), "{words:?}: {}", ended.stderr);
        assert!(ended.stderr.contains(told), "{words:?}: {}", ended.stderr);
    }
}
