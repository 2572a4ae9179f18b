//! The alert rules of `docs/alerts.yml`: a sound host fires none, and each fires where it should.
//!
//! The series of the sound host are those of real pages. What happens to it is added to them, under
//! names and labels that real pages have too.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::process::Command;

use firepit_tests::{Directory, Firepit, Page, Request, Running, program};

const RULES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/alerts.yml");

/// When the trouble of each case begins, in minutes. There is a scrape each minute.
const TROUBLE: usize = 60;

/// Minutes of each case.
const ALL: usize = 240;

/// Keeps to the fixtures what would ask the kernel of the machine.
const OVER_FIXTURES: [&str; 5] = [
    "--path.procfs=fixtures/proc",
    "--path.udev.data=fixtures/udev",
    "--path.rootfs=fixtures/rootfs",
    "--no-collector.timex",
    // Its `mtu` is no number.
    "--collector.netclass.ignored-devices=^eth1$",
];

/// A firepit with all collectors that are on by default, and a module from a file.
fn host(sysfs: &str) -> Running {
    let firepit = Firepit::with_guest("output_junk").all_collectors();
    let firepit = OVER_FIXTURES.into_iter().fold(firepit, Firepit::flag);
    firepit.flag(format!("--path.sysfs={sysfs}")).start()
}

/// One without the hardware that many collectors are about, as virtual machines are.
fn virtual_machine() -> (Directory, Running) {
    let sysfs = Directory::new()
        .file("devices/system/cpu/offline", "\n")
        .file("devices/system/cpu/cpu0/topology/core_id", "0\n");
    let running = host(&sysfs.path().display().to_string());
    (sysfs, running)
}

/// The series of one host, by name and labels, with the values of [`ALL`] minutes.
type Host = BTreeMap<String, String>;

/// What Prometheus has of a firepit that goes on as it did from one page to the next.
fn goes_on(running: &Running) -> Host {
    let [before, after] = [running.scrape(), running.scrape()];
    let mut host = Host::from([(series("up", []), format!("1+0x{ALL}"))]);
    for (name, family) in &after.families {
        let is_about_runs = name.starts_with("firepit_") || name.starts_with("node_scrape_");
        for sample in family.samples.iter().filter(|_| is_about_runs) {
            let labels = sample.labels.iter();
            let pairs: Vec<_> = labels
                .map(|(name, value)| (name.as_str(), value.as_str()))
                .collect();
            let step = match family.kind.as_str() {
                "counter" => sample.value - before.value(name, &pairs).unwrap_or(sample.value),
                _ => 0.0,
            };
            host.insert(
                series(name, pairs),
                format!("{}+{step}x{ALL}", sample.value),
            );
        }
    }
    host
}

/// A series as Prometheus has it of a target.
fn series<'a>(name: &str, labels: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut labels: BTreeMap<_, _> = labels.into_iter().collect();
    for (name, value) in [("instance", "host:9100"), ("job", "firepit")] {
        labels.entry(name).or_insert(value);
    }
    let labels: Vec<_> = labels
        .iter()
        .map(|(name, value)| format!("{name}={value:?}"))
        .collect();
    format!("{name}{{{}}}", labels.join(","))
}

/// What happens to a host, and the alert that says so.
struct Case {
    alert: &'static str,
    /// Name, labels and values, from the beginning of the hour of trouble on.
    becomes: (
        &'static str,
        &'static [(&'static str, &'static str)],
        &'static str,
    ),
    /// Values until then; none where there is no such series.
    was: Option<u32>,
    /// Minutes from the beginning of the trouble after which the alert has to be there.
    after: usize,
}

const CASES: [Case; 17] = [
    Case {
        alert: "FirepitCollectorFailing",
        becomes: (
            "firepit_collector_failures_total",
            &[("collector", "loadavg"), ("reason", "error")],
            "1+1x120",
        ),
        was: None,
        after: 25,
    },
    Case {
        alert: "FirepitCollectorBroke",
        becomes: (
            "firepit_collectors_failures_total",
            &[("reason", "trap")],
            "1+0x120",
        ),
        was: Some(0),
        after: 3,
    },
    Case {
        alert: "FirepitCollectorBroke",
        becomes: (
            "firepit_collectors_failures_total",
            &[("reason", "out-of-fuel")],
            "1+0x120",
        ),
        was: Some(0),
        after: 3,
    },
    Case {
        alert: "FirepitCollectorQuarantined",
        becomes: (
            "firepit_collector_quarantined",
            &[("collector", "loadavg")],
            "1+0x120",
        ),
        was: None,
        after: 20,
    },
    Case {
        alert: "FirepitAccessDenied",
        becomes: ("firepit_collectors_denied_paths_total", &[], "7+0x120"),
        was: Some(0),
        after: 3,
    },
    Case {
        alert: "FirepitAccessDenied",
        becomes: (
            "firepit_collectors_denied_connections_total",
            &[],
            "1+0x120",
        ),
        was: Some(0),
        after: 3,
    },
    Case {
        alert: "FirepitAccessDenied",
        becomes: (
            "firepit_collectors_failures_total",
            &[("reason", "denied")],
            "1+0x120",
        ),
        was: Some(0),
        after: 3,
    },
    Case {
        alert: "FirepitValuesLeftOut",
        becomes: ("firepit_collectors_skipped_total", &[], "1+1x120"),
        was: Some(0),
        after: 70,
    },
    Case {
        alert: "FirepitOutputRefused",
        becomes: ("firepit_collectors_families_refused_total", &[], "1+0x120"),
        was: Some(0),
        after: 3,
    },
    Case {
        alert: "FirepitOutputRefused",
        becomes: ("firepit_collectors_series_conflicts_total", &[], "1+0x120"),
        was: Some(0),
        after: 3,
    },
    Case {
        alert: "FirepitModuleNotTaken",
        becomes: (
            "firepit_collector_load_failures_total",
            &[("reason", "compile")],
            "1+0x120",
        ),
        was: Some(0),
        after: 3,
    },
    // The first that Prometheus hears of this host.
    Case {
        alert: "FirepitModuleNotTaken",
        becomes: (
            "firepit_collector_load_failures_total",
            &[("reason", "digest")],
            "1+0x120",
        ),
        was: None,
        after: 3,
    },
    Case {
        alert: "FirepitModuleRolledBack",
        becomes: (
            "firepit_collector_rollbacks_total",
            &[("collector", "output_junk")],
            "1+0x120",
        ),
        was: Some(0),
        after: 3,
    },
    Case {
        alert: "FirepitModuleGone",
        becomes: (
            "firepit_collector_info",
            &[
                ("collector", "programs"),
                ("sha256", "a"),
                ("source", "/x.wasm"),
                ("version", "1"),
            ],
            "_x120",
        ),
        was: Some(1),
        after: 10,
    },
    Case {
        alert: "FirepitVersionsDiffer",
        becomes: (
            "firepit_collector_info",
            &[
                ("collector", "output_junk"),
                ("instance", "other:9100"),
                ("sha256", "a"),
                ("source", "/x.wasm"),
                ("version", "1"),
            ],
            "1+0x120",
        ),
        was: None,
        after: 70,
    },
    Case {
        alert: "FirepitConfigNotInForce",
        becomes: ("firepit_config_last_reload_successful", &[], "0+0x120"),
        was: Some(1),
        after: 10,
    },
    // Half an hour of failures, and then none: it does not go on for ever.
    Case {
        alert: "",
        becomes: (
            "firepit_collector_failures_total",
            &[("collector", "loadavg"), ("reason", "deadline")],
            "1+1x30 31+0x90",
        ),
        was: None,
        after: 60,
    },
];

/// What promtool says of the alerts of some hosts at these minutes. No alert has an empty name.
fn promtool(tests: &[(&Host, &[usize], &str)]) -> (bool, String) {
    let mut file = format!("rule_files: [{RULES}]\nevaluation_interval: 1m\ntests:\n");
    for (host, times, alert) in tests {
        file += "  - interval: 1m\n    input_series:\n";
        for (series, values) in *host {
            let series = series.replace('\'', "''");
            writeln!(file, "      - {{series: '{series}', values: '{values}'}}").unwrap();
        }
        file += "    promql_expr_test:\n";
        for time in *times {
            write!(
                file,
                "      - expr: group by (alertname) (ALERTS{{alertstate=\"firing\"}})\n        \
                 eval_time: {time}m\n        exp_samples: ["
            )
            .unwrap();
            if !alert.is_empty() {
                write!(file, "{{labels: '{{alertname=\"{alert}\"}}', value: 1}}").unwrap();
            }
            file += "]\n";
        }
    }
    let directory = Directory::new().file("test.yml", file);
    let test = directory.path().join("test.yml");
    let mut command = Command::new(program("FIREPIT_PROMTOOL"));
    let output = command.args(["test", "rules"]).arg(test).output().unwrap();
    let told = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    (output.status.success(), told)
}

/// The host of a case.
fn in_trouble(sound: &Host, case: &Case) -> Host {
    let (name, labels, values) = case.becomes;
    let until = TROUBLE - 1;
    let before = match case.was {
        Some(value) => format!("{value}+0x{until}"),
        None => format!("_x{TROUBLE}"),
    };
    let mut host = sound.clone();
    host.insert(
        series(name, labels.iter().copied()),
        format!("{before} {values}"),
    );
    host
}

#[test]
fn healthy_host_fires_no_alert() {
    let (_sysfs, machine) = virtual_machine();
    let page = machine.scrape();
    let no_data = [("reason", "no-data")];
    let no_data = page
        .value("firepit_collectors_failures_total", &no_data)
        .unwrap();
    assert!(no_data >= 10.0, "{no_data} collectors have nothing to show");
    let times = [1, 10, 30, 60, 90, 240];
    for running in [machine, host("fixtures/sys")] {
        let host = goes_on(&running);
        let (is_quiet, told) = promtool(&[(&host, &times, "")]);
        assert!(is_quiet, "{told}");
    }
}

#[test]
fn each_alert_fires_when_it_should_and_no_other() {
    let (_sysfs, machine) = virtual_machine();
    let sound = goes_on(&machine);
    let hosts = CASES.iter().map(|case| in_trouble(&sound, case));
    let hosts: Vec<Host> = hosts.collect();
    let times = CASES.iter().map(|case| [TROUBLE + case.after]);
    let times: Vec<[usize; 1]> = times.collect();
    let cases = (CASES.iter().zip(&hosts)).zip(&times);
    let tests: Vec<_> = cases
        .map(|((case, host), times)| (host, &times[..], case.alert))
        .collect();
    let (is_as_told, told) = promtool(&tests);
    assert!(is_as_told, "{told}");
    // promtool would say so if it were otherwise.
    let (is_as_told, _) = promtool(&[(&sound, &[90], CASES[0].alert)]);
    assert!(!is_as_told);
}

#[test]
fn every_rule_has_a_case() {
    let rules = std::fs::read_to_string(RULES).unwrap();
    let names = rules
        .lines()
        .filter_map(|line| line.trim().strip_prefix("- alert: "));
    let names: BTreeSet<&str> = names.collect();
    let tested = CASES.iter().map(|case| case.alert);
    let tested: BTreeSet<&str> = tested.filter(|alert| !alert.is_empty()).collect();
    assert_eq!(names, tested);
}

/// The names and labels of the cases are those of a page.
#[test]
fn the_series_of_the_cases_exist() {
    let running = Firepit::with_guest("trap_panic")
        .config("collectors:\n  loadavg:\n    limits:\n      fuel: 1000\n")
        .start();
    // Three failures and a quarantine.
    let pages: Vec<Page> = (0..4)
        .map(|_| running.page(&Request::get("/metrics")))
        .collect();
    let known: BTreeSet<(&str, Vec<&str>)> = pages
        .iter()
        .flat_map(|page| page.families.values())
        .flat_map(|family| &family.samples)
        .map(|sample| {
            (
                &*sample.name,
                sample.labels.keys().map(String::as_str).collect(),
            )
        })
        .collect();
    for case in &CASES {
        let (name, labels, _) = case.becomes;
        let labels = labels.iter().map(|(name, _)| *name);
        let labels = labels.filter(|name| *name != "instance").collect();
        assert!(known.contains(&(name, labels)), "{name}");
    }
}
