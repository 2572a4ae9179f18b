//! Tests of the collector with simulated CPUs.

use super::*;
use firepit_sdk::testing::{Faults, Host, Loss};

fn file(host: Host, cpu: &str, name: &str, content: &str) -> Host {
    host.file(&format!("{DIRECTORY}/{cpu}/cpufreq/{name}"), content)
}

/// A CPU with a frequency and two governors.
fn cpu(host: Host, cpu: &str) -> Host {
    [
        ("scaling_cur_freq", "1699981\n"),
        ("scaling_available_governors", "performance powersave\n"),
        ("scaling_governor", "powersave\n"),
    ]
    .into_iter()
    .fold(host, |host, (name, content)| file(host, cpu, name, content))
}

fn host(offline: &str) -> Host {
    Host::new().file("/sys/devices/system/cpu/offline", offline)
}

fn error(host: &Host) -> String {
    let out = host.run::<CpuFreq>([]);
    assert_eq!(out.text(), "");
    out.result.unwrap_err().to_string()
}

#[test]
fn shows_frequencies_and_governors() {
    let host = cpu(host("\n"), "cpu0");
    let host = file(host, "cpu0", "cpuinfo_max_freq", "3700000\n");
    let out = cpu(host, "cpu10").run::<CpuFreq>([]);
    assert_eq!(out.result, Ok(()));
    assert_eq!(
        out.text(),
        "node_cpu_frequency_max_hertz{cpu=\"0\"} 3700000000\n\
         node_cpu_scaling_frequency_hertz{cpu=\"0\"} 1699981000\n\
         node_cpu_scaling_frequency_hertz{cpu=\"10\"} 1699981000\n\
         node_cpu_scaling_governor{cpu=\"0\",governor=\"performance\"} 0\n\
         node_cpu_scaling_governor{cpu=\"0\",governor=\"powersave\"} 1\n\
         node_cpu_scaling_governor{cpu=\"10\",governor=\"performance\"} 0\n\
         node_cpu_scaling_governor{cpu=\"10\",governor=\"powersave\"} 1\n"
    );
}

#[test]
fn each_frequency_has_its_family() {
    let names = [
        "cpuinfo_cur_freq",
        "cpuinfo_avg_freq",
        "cpuinfo_min_freq",
        "cpuinfo_max_freq",
        "scaling_cur_freq",
        "scaling_min_freq",
        "scaling_max_freq",
    ];
    let host = cpu(host(""), "cpu0");
    let host = (names.iter().enumerate()).fold(host, |host, (index, name)| {
        file(host, "cpu0", name, &format!("{index}\n"))
    });
    let text = host.run::<CpuFreq>([]).text();
    for expected in [
        "node_cpu_frequency_hertz{cpu=\"0\"} 0\n",
        "node_cpu_frequency_avg_hertz{cpu=\"0\"} 1000\n",
        "node_cpu_frequency_min_hertz{cpu=\"0\"} 2000\n",
        "node_cpu_frequency_max_hertz{cpu=\"0\"} 3000\n",
        "node_cpu_scaling_frequency_hertz{cpu=\"0\"} 4000\n",
        "node_cpu_scaling_frequency_min_hertz{cpu=\"0\"} 5000\n",
        "node_cpu_scaling_frequency_max_hertz{cpu=\"0\"} 6000\n",
    ] {
        assert!(text.contains(expected), "{expected}");
    }
}

#[test]
fn offline_cpus_and_cpus_without_cpufreq_show_nothing() {
    let host = cpu(cpu(host("1,3-5\n"), "cpu1"), "cpu4");
    let host = host
        .directory("/sys/devices/system/cpu/cpu0/topology")
        .directory("/sys/devices/system/cpu/cpufreq");
    let out = host.run::<CpuFreq>([]);
    assert_eq!((out.result.clone(), out.text()), (Ok(()), String::new()));
}

#[test]
fn without_a_governor_none_is_shown() {
    let host = file(cpu(host(""), "cpu0"), "cpu0", "scaling_governor", "\n");
    let out = host.run::<CpuFreq>([]);
    assert_eq!(
        out.text(),
        "node_cpu_scaling_frequency_hertz{cpu=\"0\"} 1699981000\n"
    );
    let host = cpu(
        Host::new().file("/sys/devices/system/cpu/offline", ""),
        "cpu0",
    );
    let host = file(host, "cpu0", "scaling_available_governors", "\n");
    let text = host.run::<CpuFreq>([]).text();
    assert!(text.ends_with("node_cpu_scaling_governor{cpu=\"0\",governor=\"\"} 0\n"));
}

#[test]
fn offline_list_and_one_cpu_with_cpufreq_are_required() {
    assert_eq!(
        error(&cpu(Host::new(), "cpu0")),
        "/sys/devices/system/cpu/offline: no such file or directory"
    );
    assert_eq!(
        error(&cpu(host("x\n"), "cpu0")),
        "/sys/devices/system/cpu/offline: expected a list of numbers, found \"x\""
    );
    assert_eq!(error(&host("")), "could not find any cpufreq files");
    assert_eq!(
        error(&cpu(host("0"), "cpu0")),
        "could not find any cpufreq files"
    );
}

#[test]
fn unreadable_file_omits_only_its_own_values() {
    let good = || cpu(cpu(host(""), "cpu0"), "cpu1");
    let all = good().run::<CpuFreq>([]).text();
    for (name, lost) in [
        ("scaling_cur_freq", "frequency_hertz{cpu=\"1\"}"),
        ("scaling_available_governors", "scaling_governor{cpu=\"1\","),
        ("scaling_governor", "scaling_governor{cpu=\"1\","),
    ] {
        let host = good();
        let path = format!("{DIRECTORY}/cpu1/cpufreq/{name}");
        std::fs::remove_file(host.root().join(path.trim_start_matches('/'))).unwrap();
        let rest: String = (all.split_inclusive('\n'))
            .filter(|line| !line.contains(lost))
            .collect();
        let out = host.run::<CpuFreq>([]);
        assert_eq!((out.result.clone(), out.text()), (Ok(()), rest), "{name}");
    }
}

#[test]
fn unknown_frequency_is_skipped() {
    let host = file(
        cpu(host(""), "cpu0"),
        "cpu0",
        "cpuinfo_cur_freq",
        "<unknown>\n",
    );
    let out = host.run::<CpuFreq>([]);
    assert_eq!(out.result, Ok(()));
    assert_eq!(
        out.text(),
        cpu(self::host(""), "cpu0").run::<CpuFreq>([]).text()
    );
    let problem = "expected an unsigned integer, found \"<unknown>\"";
    assert!(matches!(&out.skipped[..], [skipped] if skipped.problem == problem));
}

#[test]
fn faults() {
    let governors = "no line tells which governor is chosen unless both files do";
    Faults::new()
        .rule(
            "/sys/devices/system/cpu/offline",
            Loss::Everything,
            "the only list of offline CPUs",
        )
        .rule(DIRECTORY, Loss::Everything, "it lists the CPUs")
        .rule(
            "/sys/devices/system/cpu/cpu0/cpufreq",
            Loss::Lines(&["{cpu=\"0\""]),
            "all the files of the CPU are there",
        )
        .rule(
            "/sys/devices/system/cpu/cpu1/cpufreq",
            Loss::Lines(&["{cpu=\"1\""]),
            "all the files of the CPU are there",
        )
        .rule(
            "/sys/devices/system/cpu/cpu0/cpufreq/scaling_*governor*",
            Loss::Changes(&["node_cpu_scaling_governor{cpu=\"0\""]),
            governors,
        )
        .rule(
            "/sys/devices/system/cpu/cpu1/cpufreq/scaling_*governor*",
            Loss::Changes(&["node_cpu_scaling_governor{cpu=\"1\""]),
            governors,
        )
        .check::<CpuFreq>(&Host::at(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../tests/fixtures"
        )));
}
