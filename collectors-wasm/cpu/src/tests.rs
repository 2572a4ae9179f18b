//! Tests of the whole collector: options, the order of its parts, and its state between scrapes.

use super::*;
use firepit_sdk::log::Level;
use firepit_sdk::system::Uname;
use firepit_sdk::testing::{Faults, Host, Loss};

const CPUINFO: &str = "processor\t: 0\nvendor_id\t: X\ncpu MHz\t\t: 1900.5\nflags\t\t: aes avx\n\
                       bugs\t\t: mds\ncore id\t\t: 1\nphysical id\t: 2\n";

fn host() -> Host {
    Host::new()
        .file(
            "/proc/stat",
            "cpu0 100 200 300 400 500 600 700 800 900 1000\n",
        )
        .uname(uname("x86_64"))
}

fn uname(machine: &str) -> Uname {
    Uname {
        sysname: "Linux".to_owned(),
        nodename: String::new(),
        release: String::new(),
        version: String::new(),
        machine: machine.to_owned(),
        domainname: String::new(),
    }
}

const SECONDS: &str = "node_cpu_seconds_total{cpu=\"0\",mode=\"user\"} 1\n\
                       node_cpu_seconds_total{cpu=\"0\",mode=\"nice\"} 2\n\
                       node_cpu_seconds_total{cpu=\"0\",mode=\"system\"} 3\n\
                       node_cpu_seconds_total{cpu=\"0\",mode=\"idle\"} 4\n\
                       node_cpu_seconds_total{cpu=\"0\",mode=\"iowait\"} 5\n\
                       node_cpu_seconds_total{cpu=\"0\",mode=\"irq\"} 6\n\
                       node_cpu_seconds_total{cpu=\"0\",mode=\"softirq\"} 7\n\
                       node_cpu_seconds_total{cpu=\"0\",mode=\"steal\"} 8\n";

#[test]
fn shows_seconds_in_each_mode_and_in_guests() {
    let out = host().run::<Cpu>([]);
    assert_eq!(out.result, Ok(()));
    let guest = "node_cpu_guest_seconds_total{cpu=\"0\",mode=\"user\"} 9\n\
                 node_cpu_guest_seconds_total{cpu=\"0\",mode=\"nice\"} 10\n";
    assert_eq!(out.text(), SECONDS.to_owned() + guest);
}

#[test]
fn guests_can_be_excluded() {
    let out = host().run::<Cpu>([("guest", "false")]);
    assert_eq!(out.text(), SECONDS);
}

#[test]
fn seconds_do_not_run_backwards_between_scrapes() {
    let host = host();
    let mut collector: Cpu = host.configure([("guest", "false")]).unwrap();
    host.collect(&mut collector);
    let host = host.file("/proc/stat", "cpu0 100 200 300 399 499 600 700 800\n");
    let out = host.collect(&mut collector);
    assert_eq!(out.text(), SECONDS);
    let expected = "CPU Iowait counter jumped backwards cpu=0 old_value=5 new_value=4.99";
    let jumps = |text: &str| out.messages.contains(&(Level::Debug, text.to_owned()));
    assert!(jumps(expected), "{:?}", out.messages);
}

#[test]
fn isolated_cpus_are_read_once() {
    let host = host().file("/sys/devices/system/cpu/isolated", "1,3-4\n");
    let mut collector: Cpu = host.configure([]).unwrap();
    let first = host.collect(&mut collector);
    let isolated = first.family("node_cpu_isolated");
    assert!(isolated.is_some());
    let host = host.file("/sys/devices/system/cpu/isolated", "x");
    let second = host.collect(&mut collector);
    assert_eq!(second.family("node_cpu_isolated"), isolated);
    assert_eq!(second.text().matches("node_cpu_isolated{cpu=").count(), 3);
}

#[test]
fn malformed_isolated_cpus_are_skipped() {
    let host = host()
        .file("/sys/devices/system/cpu/isolated", "1,x\n")
        .file("/sys/devices/system/cpu/cpu0/online", "1");
    let mut collector: Cpu = host.configure([]).unwrap();
    let out = host.collect(&mut collector);
    assert_eq!(out.result, Ok(()));
    let problem = "expected a list of numbers, found \"x\"";
    assert_eq!(out.skipped[0].problem, problem);
    assert!(out.family("node_cpu_seconds_total").is_some());
    assert!(out.family("node_cpu_online").is_some());
    let host = host.file("/sys/devices/system/cpu/isolated", "1\n");
    let out = host.collect(&mut collector);
    assert!(out.family("node_cpu_isolated").is_some());
}

#[test]
fn info_needs_its_option() {
    let host = host().file("/proc/cpuinfo", CPUINFO);
    assert!(host.run::<Cpu>([]).family("node_cpu_info").is_none());
    let out = host.run::<Cpu>([("info", "true")]);
    let expected = "node_cpu_info{package=\"2\",core=\"1\",cpu=\"0\",vendor=\"X\",family=\"\",\
                    model=\"\",model_name=\"\",microcode=\"\",stepping=\"\",cachesize=\"\"} 1\n\
                    node_cpu_frequency_hertz{package=\"2\",core=\"1\",cpu=\"0\"} 1900500000\n\
                    node_cpu_seconds_total";
    assert!(out.text().starts_with(expected), "{}", out.text());
}

#[test]
fn frequencies_can_be_excluded() {
    let host = host().file("/proc/cpuinfo", CPUINFO);
    let out = host.run::<Cpu>([("info", "true"), ("info.frequency", "false")]);
    assert!(out.family("node_cpu_info").is_some());
    assert!(out.family("node_cpu_frequency_hertz").is_none());
}

#[test]
fn flags_and_bugs_switch_info_on() {
    let host = host().file("/proc/cpuinfo", CPUINFO);
    let out = host.run::<Cpu>([("info.flags-include", "^a.s"), ("info.bugs-include", "d")]);
    assert!(out.family("node_cpu_info").is_some());
    assert!(out.text().contains("node_cpu_flag_info{flag=\"aes\"} 1\n"));
    assert!(!out.text().contains("avx"));
    assert!(out.text().contains("node_cpu_bug_info{bug=\"mds\"} 1\n"));
}

#[test]
fn invalid_expressions_are_rejected() {
    for option in ["info.flags-include", "info.bugs-include"] {
        let error = host().configure::<Cpu>([(option, "(")]).unwrap_err();
        let expected = "fail to compile --collector.cpu.info.flags-include and \
                        --collector.cpu.info.bugs-include, the values of them must be regular \
                        expressions: ";
        assert!(error.starts_with(expected), "{error}");
    }
}

#[test]
fn unknown_architecture_omits_info() {
    let host = host().uname(uname("vax")).file("/proc/cpuinfo", CPUINFO);
    let out = host.run::<Cpu>([("info", "true")]);
    assert_eq!(out.result, Ok(()));
    assert!(out.family("node_cpu_info").is_none());
    assert!(out.family("node_cpu_seconds_total").is_some());
    let problem = "unknown format of /proc/cpuinfo on \"vax\"";
    assert_eq!(out.skipped[0].problem, problem);
    assert_eq!(host.run::<Cpu>([]).skipped, []);
}

#[test]
fn without_cpu_times_it_fails_and_shows_the_rest() {
    let host = Host::new().file("/sys/devices/system/cpu/cpu0/online", "1\n");
    let out = host.run::<Cpu>([]);
    assert_eq!(out.text(), "node_cpu_online{cpu=\"0\"} 1\n");
    let error = out.result.unwrap_err();
    assert_eq!(error.to_string(), "/proc/stat: no such file or directory");
}

#[test]
fn faults() {
    let host = Host::at(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures"));
    Faults::new()
        .options([("info.flags-include", "."), ("info.bugs-include", ".")])
        .rule("/proc/stat", Loss::Everything, "it has all times")
        .rule(
            "/proc/cpuinfo",
            Loss::Lines(&["_info{", "node_cpu_frequency_hertz{"]),
            "it has all data of info",
        )
        .rule(
            "/sys/devices/system/cpu",
            Loss::Lines(&["_throttles_total{", "node_cpu_online{"]),
            "it lists the CPUs",
        )
        .rule(
            "/sys/devices/system/cpu/isolated",
            Loss::Lines(&["node_cpu_isolated{"]),
            "it lists them all",
        )
        .rule(
            "/sys/devices/system/cpu/cpu0/online",
            Loss::Lines(&["node_cpu_online{"]),
            "kernels that cannot take CPUs offline have none",
        )
        .rule(
            "/sys/devices/system/cpu/cpu*/online",
            Loss::Changes(&["node_cpu_online{"]),
            "a CPU without it is offline",
        )
        .rule(
            "/sys/devices/system/cpu/cpu*/topology",
            Loss::Changes(&["_throttles_total{"]),
            "another CPU of the core or the package has the value",
        )
        .rule(
            "/sys/devices/system/cpu/cpu*/topology/*",
            Loss::Changes(&["_throttles_total{"]),
            "another CPU of the core or the package has the value",
        )
        .rule(
            "/sys/devices/system/cpu/cpu*/thermal_throttle",
            Loss::Changes(&["_throttles_total{"]),
            "another CPU of the core or the package has the value",
        )
        .rule(
            "/sys/devices/system/cpu/cpu*/thermal_throttle/*",
            Loss::Changes(&["_throttles_total{"]),
            "another CPU of the core or the package has the value",
        )
        .check::<Cpu>(&host.uname(uname("x86_64")));
}
