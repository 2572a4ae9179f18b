//! The collector over made-up CPUs.

use super::*;
use firepit_sdk::testing::Host;

fn file(host: Host, cpu: &str, name: &str, content: &str) -> Host {
    host.file(&format!("{DIRECTORY}/{cpu}/cpufreq/{name}"), content)
}

/// A CPU with all that must be there, and the current frequency.
fn cpu(host: Host, cpu: &str) -> Host {
    [
        ("scaling_cur_freq", "1699981\n"),
        ("scaling_available_governors", "performance powersave\n"),
        ("scaling_governor", "powersave\n"),
        ("scaling_driver", "intel_pstate\n"),
        ("scaling_setspeed", "<unsupported>\n"),
        ("related_cpus", "0\n"),
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
        "cpuinfo_transition_latency",
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
fn cpus_that_are_off_or_have_no_choice_show_nothing() {
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
fn the_list_and_a_cpu_must_be_there() {
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
fn one_bad_cpu_costs_everything() {
    let directory = "/sys/devices/system/cpu/cpu1/cpufreq";
    let good = || cpu(cpu(host(""), "cpu0"), "cpu1");
    for (name, content, expected) in [
        (
            "cpuinfo_cur_freq",
            "<unknown>\n",
            "expected an unsigned integer, found \"<unknown>\"",
        ),
        (
            "cpuinfo_transition_latency",
            "-1\n",
            "expected an unsigned integer, found \"-1\"",
        ),
        (
            "stats/total_trans",
            "",
            "expected an unsigned integer, found \"\"",
        ),
    ] {
        let host = file(good(), "cpu1", name, content);
        assert_eq!(error(&host), format!("{directory}/{name}: {expected}"));
    }
    for name in ["stats/time_in_state", "stats/trans_table"] {
        let host = file(good(), "cpu1", name, "\nx\n");
        let error = error(&host);
        assert!(
            error.starts_with(&format!("{directory}/{name}:")),
            "{error}"
        );
    }
    let text_missing = file(cpu(host(""), "cpu0"), "cpu1", "scaling_governor", "x\n");
    assert_eq!(
        error(&text_missing),
        format!("{directory}/scaling_available_governors: no such file or directory")
    );
}

#[test]
fn good_statistics_change_nothing() {
    let host = cpu(host(""), "cpu0");
    let host = file(host, "cpu0", "stats/total_trans", "20\n");
    let host = file(host, "cpu0", "stats/time_in_state", "3600000 2089\n");
    let out = host.run::<CpuFreq>([]);
    assert_eq!(out.result, Ok(()));
    assert_eq!(out.families.len(), 2);
}
