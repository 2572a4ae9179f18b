//! Tests of throttle counts and online CPUs with simulated directories.

use super::*;
use firepit_sdk::testing::Host;
use firepit_sdk::{Collector, Descriptor, Settings};

/// This module as a collector.
#[derive(Default)]
struct Topology(Cpus);

impl Collector for Topology {
    fn describe() -> Descriptor {
        Descriptor::new("cpu", "").reads(READS)
    }

    fn configure(_settings: &Settings) -> Result<Self, String> {
        Ok(Self::default())
    }

    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        self.0.update();
        self.0.emit_throttles(metrics);
        self.0.emit_online(metrics);
        Ok(())
    }
}

fn cpu(host: Host, cpu: &str, files: &[(&str, &str)]) -> Host {
    files.iter().fold(host, |host, (file, content)| {
        host.file(&format!("{DIRECTORY}/{cpu}/{file}"), content)
    })
}

fn throttling(host: Host, name: &str, place: [&str; 2], counts: [&str; 2]) -> Host {
    let files = [
        ("topology/physical_package_id", place[0]),
        ("topology/core_id", place[1]),
        ("thermal_throttle/core_throttle_count", counts[0]),
        ("thermal_throttle/package_throttle_count", counts[1]),
    ];
    cpu(host, name, &files)
}

#[test]
fn each_core_and_package_is_shown_once() {
    let host = Host::new();
    let host = throttling(host, "cpu0", ["0\n", "0\n"], ["5\n", "30\n"]);
    let host = throttling(host, "cpu1", ["0", "4"], ["1", "31"]);
    let host = throttling(host, "cpu2", ["1", "0"], ["2", "6"]);
    let host = throttling(host, "cpu10", ["0", "0"], ["7", "32"]);
    let out = host.run::<Topology>([]);
    assert_eq!(
        out.text(),
        "node_cpu_core_throttles_total{core=\"0\",package=\"0\"} 5\n\
         node_cpu_core_throttles_total{core=\"4\",package=\"0\"} 1\n\
         node_cpu_core_throttles_total{core=\"0\",package=\"1\"} 2\n\
         node_cpu_package_throttles_total{package=\"0\"} 30\n\
         node_cpu_package_throttles_total{package=\"1\"} 6\n"
    );
}

#[test]
fn missing_count_comes_from_a_sibling_cpu() {
    let host = Host::new();
    let host = throttling(host, "cpu0", ["0", "0"], ["x", ""]);
    let host = throttling(host, "cpu1", ["0", "0"], ["1", "-1"]);
    let host = throttling(host, "cpu2", ["0", "0"], ["2", "9"]);
    assert_eq!(
        host.run::<Topology>([]).text(),
        "node_cpu_core_throttles_total{core=\"0\",package=\"0\"} 1\n\
         node_cpu_package_throttles_total{package=\"0\"} 9\n"
    );
}

#[test]
fn cpu_without_topology_or_counts_is_ignored() {
    let host = throttling(Host::new(), "cpu0", ["-1", "0"], ["1", "1"]);
    let host = cpu(host, "cpu1", &[("topology/core_id", "0")]);
    let host = cpu(
        host,
        "cpu2",
        &[
            ("topology/core_id", "0"),
            ("topology/physical_package_id", "0"),
        ],
    );
    let host = throttling(host, "cpufreq", ["0", "0"], ["1", "1"]);
    let out = host.run::<Topology>([]);
    assert_eq!(out.text(), "");
}

#[test]
fn online_is_one_and_off_or_missing_is_zero() {
    let mut host = Host::new();
    for (name, content) in [
        ("cpu0", "1\n"),
        ("cpu10", "0\n"),
        ("cpu2", "11"),
        ("cpu4", ""),
    ] {
        host = cpu(host, name, &[("online", content)]);
    }
    let host = host.directory("/sys/devices/system/cpu/cpu3");
    let out = host.run::<Topology>([]);
    assert_eq!(
        out.text(),
        "node_cpu_online{cpu=\"0\"} 1\nnode_cpu_online{cpu=\"10\"} 0\n\
         node_cpu_online{cpu=\"3\"} 0\n"
    );
    let problems: Vec<&str> = out.skipped.iter().map(|it| &*it.problem).collect();
    assert_eq!(
        problems,
        [
            "expected 0 or 1, found \"11\"",
            "expected 0 or 1, found \"\""
        ]
    );
}

#[test]
fn online_is_omitted_without_a_file_for_the_first_cpu() {
    let host = Host::new().directory("/sys/devices/system/cpu/cpu0");
    let host = cpu(host, "cpu1", &[("online", "1")]);
    assert_eq!(host.run::<Topology>([]).text(), "");
}

#[test]
fn cpus_can_be_added_and_removed() {
    let host = cpu(Host::new(), "cpu0", &[("online", "1")]);
    let mut collector: Topology = host.configure([]).unwrap();
    host.collect(&mut collector);
    let host = throttling(host, "cpu0", ["0", "0"], ["1", "2"]);
    let host = cpu(host, "cpu1", &[("online", "0")]);
    assert_eq!(
        host.collect(&mut collector).text(),
        "node_cpu_core_throttles_total{core=\"0\",package=\"0\"} 1\n\
         node_cpu_package_throttles_total{package=\"0\"} 2\n\
         node_cpu_online{cpu=\"0\"} 1\nnode_cpu_online{cpu=\"1\"} 0\n"
    );
    std::fs::remove_dir_all(host.root().join("sys/devices/system/cpu/cpu0")).unwrap();
    let text = host.collect(&mut collector).text();
    assert_eq!(text, "node_cpu_online{cpu=\"1\"} 0\n");
}

#[test]
fn a_host_without_the_directory_shows_nothing() {
    let out = Host::new().run::<Topology>([]);
    assert_eq!((out.result, out.families), (Ok(()), vec![]));
}
