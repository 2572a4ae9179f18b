//! Flags derived from descriptors, and flags of collectors that do not exist here.

use super::*;
use crate::settings;

fn enabled(args: &[&str]) -> Vec<String> {
    let choices = config(args).choices;
    let running = builtin()
        .into_iter()
        .filter(|descriptor| settings::is_enabled(descriptor, &choices, None));
    running.map(|descriptor| descriptor.name).collect()
}

fn setting(args: &[&str], collector: &str, option: &str) -> Setting {
    let choices = config(args).choices;
    let descriptors = builtin();
    let descriptor = descriptors.iter().find(|found| found.name == collector);
    let settings = settings::settings(descriptor.unwrap(), &choices, None).unwrap();
    settings
        .into_iter()
        .find(|setting| setting.name == option)
        .unwrap()
}

#[test]
fn collectors_are_switched_by_name() {
    assert_eq!(enabled(&[]), ["cpu", "netstat", "textfile"]);
    assert_eq!(enabled(&["--collector.thirdparty"]).len(), 4);
    assert_eq!(enabled(&["--no-collector.cpu"]), ["netstat", "textfile"]);
    assert_eq!(enabled(&["--collector.disable-defaults"]), [""; 0]);
    let twice = ["--no-collector.disable-defaults", "--collector.cpu"];
    assert_eq!(enabled(&twice), ["cpu", "netstat", "textfile"]);
}

#[test]
fn a_name_wins_over_disabled_defaults_in_either_order() {
    for args in [
        ["--collector.disable-defaults", "--collector.cpu"],
        ["--collector.cpu", "--collector.disable-defaults"],
    ] {
        assert_eq!(enabled(&args), ["cpu"]);
    }
}

#[test]
fn scrape_can_be_restricted_to_collectors() {
    assert_eq!(
        enabled(&["scrape", "--collector", "thirdparty"]),
        ["thirdparty"]
    );
    let two = [
        "--collector=cpu",
        "scrape",
        "--collector=textfile",
        "--collector=cpu",
    ];
    assert_eq!(enabled(&two), ["cpu", "textfile"]);
    let disabled = ["scrape", "--collector=cpu", "--collector.disable-defaults"];
    assert_eq!(enabled(&disabled), ["cpu"]);
}

#[test]
fn every_kind_of_option_has_a_flag() {
    let set = |values: &[&str]| (values.iter().map(|&text| text.to_owned()).collect(), true);
    let both = |setting: Setting| (setting.values, setting.explicit);
    for (args, collector, name, wanted) in [
        (
            &["--collector.cpu.guest"][..],
            "cpu",
            "guest",
            set(&["true"]),
        ),
        (
            &["--no-collector.cpu.guest"],
            "cpu",
            "guest",
            set(&["false"]),
        ),
        (&["--collector.cpu.info"], "cpu", "info", set(&["true"])),
        (
            &["--collector.cpu.info.flags-include=^a|b$"],
            "cpu",
            "info.flags-include",
            set(&["^a|b$"]),
        ),
        (
            &["--collector.cpu.info.flags-include="],
            "cpu",
            "info.flags-include",
            set(&[""]),
        ),
        (&["--collector.cpu.old", "x"], "cpu", "old", set(&["x"])),
        (
            &["--collector.netstat.fields", ".*"],
            "netstat",
            "fields",
            set(&[".*"]),
        ),
        (
            &["--collector.thirdparty.level=2.50"],
            "thirdparty",
            "level",
            set(&["2.50"]),
        ),
        (
            &["--collector.thirdparty.level=-1"],
            "thirdparty",
            "level",
            set(&["-1"]),
        ),
        (
            &[
                "--collector.textfile.directory=/b",
                "--collector.textfile.directory",
                "/a",
            ],
            "textfile",
            "directory",
            set(&["/b", "/a"]),
        ),
        (&[], "cpu", "guest", (vec!["true".to_owned()], false)),
        (&[], "textfile", "directory", (vec![], false)),
    ] {
        assert_eq!(both(setting(args, collector, name)), wanted, "{args:?}");
    }
}

/// The flags of node_exporter's own end-to-end test.
fn conformance_flags() -> Vec<String> {
    const ENABLED: &str = "arp bcache bcachefs bonding btrfs buddyinfo cgroups conntrack cpu \
        cpufreq cpu_vulnerabilities diskstats dmi drbd edac entropy fibrechannel filefd hwmon \
        infiniband interrupts ipvs kernel_hung ksmd lnstat loadavg mdadm meminfo meminfo_numa \
        mountstats netdev netstat nfs nfsd pcidevice pressure processes qdisc rapl schedstat \
        slabinfo sockstat softirqs stat sysctl textfile thermal_zone udp_queues vmstat watchdog \
        wifi xfrm xfs zfs zoneinfo";
    const DISABLED: &str = "selinux filesystem timex uname";
    const OTHERS: &str = "--path.rootfs=collector/fixtures --path.procfs=collector/fixtures/proc \
        --path.sysfs=collector/fixtures/sys --path.udev.data=collector/fixtures/udev/data \
        --collector.cpu.info --collector.arp.device-exclude=nope --collector.bcache.priorityStats \
        --collector.cpu.info.bugs-include=^(cpu_meltdown|spectre_.*|mds)$ \
        --collector.cpu.info.flags-include=^(aes|avx.?|constant_tsc)$ \
        --collector.hwmon.chip-include=(applesmc|asus_nb_wmi|coretemp|hwmon4|ieee80211|nct6779) \
        --collector.netclass.ignore-invalid-speed --collector.netclass.ignored-devices=(dmz|int) \
        --collector.netdev.device-include=lo --collector.qdisc.device-include=(wlan0|eth0) \
        --collector.qdisc.fixtures=collector/fixtures/qdisc/ --collector.stat.softirq \
        --collector.sysctl.include-info=kernel.seccomp.actions_avail \
        --collector.sysctl.include=fs.file-nr --collector.sysctl.include=fs.file-nr:total,current,max \
        --collector.sysctl.include=kernel.threads-max \
        --collector.textfile.directory=collector/fixtures/textfile/two_metric_files/ \
        --collector.wifi.fixtures=collector/fixtures/wifi --no-collector.arp.netlink \
        --web.listen-address=127.0.0.1:9100 --log.level=debug";
    let enabled = ENABLED
        .split_whitespace()
        .map(|name| format!("--collector.{name}"));
    let disabled = DISABLED
        .split_whitespace()
        .map(|name| format!("--no-collector.{name}"));
    let others = OTHERS.split_whitespace().map(str::to_owned);
    enabled.chain(disabled).chain(others).collect()
}

#[test]
fn command_line_of_node_exporter_is_accepted() {
    let flags = conformance_flags();
    let flags: Vec<_> = flags.iter().map(String::as_str).collect();
    let got = config(&flags);
    assert_eq!(enabled(&flags), ["cpu", "netstat", "textfile"]);
    assert_eq!(got.paths.procfs, PathBuf::from("collector/fixtures/proc"));

    // All enabled except the three here, and the options of collectors that do not exist here.
    let about = |what: &str| {
        got.warnings
            .iter()
            .filter(|line| line.contains(what))
            .count()
    };
    assert_eq!(about("has no collector"), got.warnings.len() - 1);
    assert_eq!(
        about("--collector.bonding has no effect: this firepit has no collector \"bonding\""),
        1
    );
    assert_eq!(
        about(
            "--collector.sysctl, --collector.sysctl.include, --collector.sysctl.include-info have no effect"
        ),
        1
    );
    let bugs = "--collector.cpu.info.bugs-include has no effect: the collector \"cpu\" of this firepit has no such option";
    assert_eq!(about(bugs), 1);
    assert_eq!(
        about("--collector.cpu has") + about("textfile") + about("--no-"),
        0
    );
    assert_eq!(about("selinux") + about("arp.netlink"), 0);
}

#[test]
fn disabling_a_missing_collector_is_silent() {
    let flags = [
        "--no-collector.arp",
        "--no-collector.wifi",
        "--no-collector.netdev.netlink",
    ];
    assert_eq!(config(&flags).warnings, [""; 0]);
}

#[test]
fn flags_without_effect_are_reported() {
    let warnings = config(&[
        "--collector.powersupply.ignored-supplies=x",
        "--collector.runit",
        "--collector.runit.servicedir=/opt/gitlab/sv",
    ])
    .warnings;
    assert_eq!(
        warnings,
        [
            "--collector.runit, --collector.runit.servicedir have no effect: this firepit has no collector \"runit\"",
            "--collector.powersupply.ignored-supplies has no effect: this firepit has no collector \"powersupplyclass\"",
        ]
    );
    let warnings = config(&["--sandbox.fresh", "--sandbox.recycle-every=5"]).warnings;
    assert_eq!(
        warnings,
        ["--sandbox.recycle-every has no effect together with --sandbox.fresh"]
    );
}

/// Collectors with an option whose name in node_exporter is irregular.
fn oddly_named() -> Vec<Descriptor> {
    vec![
        descriptor(
            "netclass",
            true,
            vec![option("with-stats", OptionKind::Flag, &["true"])],
        ),
        descriptor(
            "powersupplyclass",
            true,
            vec![option("ignored-supplies", OptionKind::Text, &["^$"])],
        ),
    ]
}

fn given(args: &[&str], descriptors: &[Descriptor], collector: &str) -> Vec<(String, String)> {
    let args = ["firepit"].iter().chain(args).map(OsString::from);
    let config = parse_words(args, descriptors).unwrap();
    assert_eq!(config.warnings, [""; 0]);
    let options = config.choices.collectors[collector].options.clone();
    options
        .into_iter()
        .map(|(name, values)| (name, values.concat()))
        .collect()
}

#[test]
fn irregular_flags_match_node_exporter() {
    let descriptors = oddly_named();
    for name in ["powersupply", "powersupplyclass"] {
        let flag = format!("--collector.{name}.ignored-supplies=x");
        let options = given(&[&flag], &descriptors, "powersupplyclass");
        assert_eq!(options, [("ignored-supplies".to_owned(), "x".to_owned())]);
    }
    for name in ["netclass_rtnl", "netclass"] {
        for (negated, value) in [("", "true"), ("no-", "false")] {
            let flag = format!("--{negated}collector.{name}.with-stats");
            let options = given(&[&flag], &descriptors, "netclass");
            assert_eq!(options, [("with-stats".to_owned(), value.to_owned())]);
        }
    }
    let help = parse_words(["firepit", "--help-all"].map(OsString::from), &descriptors);
    let Command::Print(help) = help.unwrap().command else {
        panic!("no text");
    };
    let words: Vec<&str> = help.split_whitespace().collect();
    let help = words.join(" ");
    assert!(help.contains("--collector.powersupply.ignored-supplies=^$"));
    assert!(help.contains("--no-collector.netclass_rtnl.with-stats disables it"));
    assert!(!help.contains("--collector.powersupplyclass.ignored-supplies"));
}

/// Two names of one flag are one flag.
#[test]
fn irregular_flag_conflicts_with_its_regular_form() {
    let args = [
        "firepit",
        "--collector.netclass_rtnl.with-stats",
        "--no-collector.netclass.with-stats",
    ];
    let error = parse_words(args.map(OsString::from), &oddly_named()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ArgumentConflict);
}

/// A collector keeps its regular flag, even if it is another's irregular flag.
#[test]
fn irregular_flag_does_not_shadow_a_regular_flag() {
    let mut descriptors = oddly_named();
    descriptors.push(descriptor(
        "powersupply",
        true,
        vec![option("ignored-supplies", OptionKind::Text, &[""])],
    ));
    flags::command(&descriptors, &unsupported::flags(&descriptors)).debug_assert();
    let flag = "--collector.powersupply.ignored-supplies=x";
    assert_eq!(given(&[flag], &descriptors, "powersupply").len(), 1);
    assert_eq!(given(&[flag], &descriptors, "powersupplyclass"), []);
    let regular = "--collector.powersupplyclass.ignored-supplies=x";
    assert_eq!(given(&[regular], &descriptors, "powersupplyclass").len(), 1);
}

fn serving(args: &[&str], coming: &PossibleModules) -> Result<Option<Config>, clap::Error> {
    let args = ["firepit"].iter().chain(args);
    let args = Arguments::expand(args.map(OsString::from))?;
    parse_serving(&args, &builtin(), coming)
}

fn unclaimed(args: &[&str]) -> Vec<(String, Vec<String>)> {
    let config = serving(args, &PossibleModules::Any).unwrap().unwrap();
    let shown = |flag: &settings::GivenFlag| {
        let option = flag.option.as_deref().unwrap_or("");
        let values = flag.values.iter().map(|it| it.as_deref().unwrap_or("-"));
        let no = if flag.is_negated { "no " } else { "" };
        format!("{no}{option} {}", values.collect::<Vec<_>>().join(","))
    };
    let flags = config.choices.unclaimed.into_iter();
    flags
        .map(|(name, flags)| (name, flags.iter().map(shown).collect()))
        .collect()
}

/// Flags of collectors that do not exist yet keep their values as written.
#[test]
fn flags_of_future_modules_are_parsed_by_form() {
    for (args, expected) in [
        (&["--collector.smart"][..], &[" -"][..]),
        (&["--no-collector.smart"], &["no  -"]),
        (&["--collector.smart.a=1"], &["a 1"]),
        (&["--collector.smart.a="], &["a "]),
        (&["--collector.smart.a", "1"], &["a 1"]),
        (&["--collector.smart.a", "--collector.cpu"], &["a -"]),
        (
            &["--collector.smart.a=1", "--collector.smart.a", "2"],
            &["a 1,2"],
        ),
        (&["--no-collector.smart.a.b-c"], &["no a.b-c -"]),
    ] {
        let (name, flags) = unclaimed(args).pop().unwrap();
        assert_eq!(
            (name.as_str(), flags.as_slice()),
            (
                "smart",
                &expected.iter().map(|it| it.to_string()).collect::<Vec<_>>()[..]
            ),
            "{args:?}"
        );
    }
    let config = serving(&["--no-collector.smart"], &PossibleModules::Any)
        .unwrap()
        .unwrap();
    assert_eq!(config.choices.collectors["smart"].enabled, Some(false));
    // Flags of collectors that do not exist here, but that a module may provide.
    assert_eq!(unclaimed(&["--collector.ntp.server=x"])[0].0, "ntp");
    assert_eq!(unclaimed(&["--collector.cpu.guest"]), []);
}

#[test]
fn flag_that_no_module_can_declare_is_an_error() {
    let named = PossibleModules::Named(["smart".to_owned()].into());
    assert!(serving(&["--collector.smart.x=1"], &named).is_ok());
    for args in [
        &["--collector.cpu.none"][..],
        &["--collector.Smart"],
        &["--collector.smart.a=1", "b"],
        &["--collector.smart=1"],
        &["--collector.smart", "--no-collector.smart"],
        &["--collector.smart.a b=1"],
        &["--collector.directory"],
        &["--", "--collector.smart"],
    ] {
        assert!(serving(args, &PossibleModules::Any).is_err(), "{args:?}");
    }
    for args in [&["--collector.other"][..], &["--collector.other.x=1"]] {
        let error = serving(args, &named).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnknownArgument, "{args:?}");
    }
}

/// Other commands, and texts about all flags, wait for the modules.
#[test]
fn commands_that_need_modules_are_deferred() {
    for args in [
        &["check-config"][..],
        &["scrape", "--collector=smart"],
        &["--collector.smart.a", "scrape"],
        &["--help"],
    ] {
        assert_eq!(
            serving(args, &PossibleModules::Any).unwrap(),
            None,
            "{args:?}"
        );
    }
    let error = serving(&["--version"], &PossibleModules::Any).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DisplayVersion);
}
