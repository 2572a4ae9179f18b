//! Performance counters: what the collector shows, who may open how many, and when they are closed.
//!
//! Software events only, which every kernel counts. The other ones are tested in the collector, with
//! recorded answers.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use firepit_tests::{Firepit, Namespace, NodeExporter, Page, Running, until};

use crate::baseline::{assert_complete, assert_fails_alone, procfs, success};

const GUEST: &str = "limit_counters";

/// Without the right to count on whole CPUs, which is all that differs from a run as root.
const WITHOUT_RIGHT: [&str; 2] = ["setpriv", "--bounding-set=-perfmon,-sys_admin"];

/// The families of software events.
const SOFTWARE: [&str; 5] = [
    "node_perf_context_switches_total",
    "node_perf_cpu_migrations_total",
    "node_perf_major_faults_total",
    "node_perf_minor_faults_total",
    "node_perf_page_faults_total",
];

/// The collector with software events.
fn perf() -> Firepit {
    Firepit::new()
        .flag("--collector.perf")
        .flag("--collector.perf.disable-hardware-profilers")
        .flag("--collector.perf.disable-cache-profilers")
}

/// The guest with an option, and the right to count.
fn opening(options: &[&str]) -> Firepit {
    let firepit = Firepit::with_guest(GUEST).config(&format!(
        "collectors: {{{GUEST}: {{grants: {{interfaces: [metrics, log, random, perf]}}}}}}"
    ));
    options.iter().fold(firepit, |firepit, option| {
        firepit.flag(format!("--collector.{GUEST}.{option}"))
    })
}

/// Whether this machine lets root count, which some containers do not. If not, says that a test is
/// skipped.
fn can_count() -> bool {
    let ended = perf().scrape();
    let counts = ended.stdout.contains("\nnode_perf_");
    if !counts {
        eprintln!(
            "skipped: perf_event_open(2) is denied here: {}",
            ended.stderr
        );
    }
    counts
}

/// Descriptors of counters in the process.
fn counters(running: &Running) -> usize {
    let entries = fs::read_dir(format!("/proc/{}/fd", running.pid())).unwrap();
    let targets = entries
        .flatten()
        .filter_map(|it| fs::read_link(it.path()).ok());
    targets
        .filter(|target| target.as_os_str() == "anon_inode:[perf_event]")
        .count()
}

fn gauge(page: &Page, name: &str) -> Option<f64> {
    page.value(name, &[])
}

fn refused(page: &Page, reason: &str) -> Option<f64> {
    page.value("guest_refused", &[("reason", reason)])
}

const TOO_MANY: &str = "too many counters are open";

fn online() -> BTreeSet<String> {
    let text = fs::read_to_string("/sys/devices/system/cpu/online").unwrap();
    let cpus = firepit_sdk::parse::numbers::list(&text).unwrap();
    cpus.iter().map(u32::to_string).collect()
}

/// Sum of a family over all CPUs.
fn sum(page: &Page, family: &str) -> f64 {
    page.samples(family).map(|sample| sample.value).sum()
}

#[test]
fn software_events_of_all_cpus_are_counted_without_opening_anew() {
    if !can_count() {
        return;
    }
    let running = perf().start();
    assert_eq!(counters(&running), 0);
    let first = running.scrape();
    assert_eq!(success(&first, "perf"), Some(1.0));
    for family in SOFTWARE {
        let cpus = first.samples(family).map(|it| it.labels["cpu"].clone());
        assert_eq!(cpus.collect::<BTreeSet<_>>(), online(), "{family}");
    }
    let open = SOFTWARE.len() * online().len();
    let mut last = first;
    for _ in 0..5 {
        assert_eq!(counters(&running), open);
        // A scrape alone switches between threads.
        let page = running.scrape();
        for family in SOFTWARE {
            assert!(sum(&page, family) >= sum(&last, family), "{family}");
        }
        let family = "node_perf_context_switches_total";
        assert!(sum(&page, family) > sum(&last, family));
        last = page;
    }
}

#[test]
fn options_select_cpus_and_profilers() {
    if !can_count() {
        return;
    }
    let running = perf()
        .flag("--collector.perf.cpus=0-9:9")
        .flag("--collector.perf.software-profilers=PageFault")
        .flag("--collector.perf.software-profilers=Nonsense")
        .start();
    let line = running
        .logs
        .wait_for("msg", "Unknown software profiler: Nonsense");
    assert_eq!(line.get("level"), Some("ERROR"));
    let page = running.scrape();
    let names = page.families.keys();
    let names: Vec<&String> = names
        .filter(|name| name.starts_with("node_perf_"))
        .collect();
    assert_eq!(names, ["node_perf_page_faults_total"]);
    let first = page.value("node_perf_page_faults_total", &[("cpu", "0")]);
    assert!(first.is_some());
}

#[test]
fn bad_options_are_usage_errors() {
    for (flag, told) in [
        ("tracepoint=foo", "invalid tracepoint config foo"),
        ("cpus=a", "invalid CPUs \"a\""),
    ] {
        let ended = perf().flag(format!("--collector.perf.{flag}")).scrape();
        assert_eq!(ended.status.code(), Some(2), "{}", ended.stderr);
        assert!(ended.stderr.contains(told), "{}", ended.stderr);
    }
}

/// node_exporter does not start then.
#[test]
fn without_the_right_to_count_only_the_collector_fails() {
    let procfs = procfs();
    let running = perf().within(&WITHOUT_RIGHT).procfs(procfs.path()).start();
    for _ in 0..2 {
        let page = running.scrape();
        assert_complete(&page);
        if success(&page, "perf") == Some(1.0) {
            eprintln!("skipped: kernel.perf_event_paranoid lets everybody count");
            return;
        }
    }
    let line = running.logs.wait_for("msg", "collector failed");
    let told = line.get("err").unwrap();
    assert!(told.contains("CAP_PERFMON"), "{told}");
    assert_eq!(counters(&running), 0);
}

/// A mount namespace with a tracefs, which most containers lack.
const WITH_TRACEFS: [&str; 6] = [
    "unshare",
    "--mount",
    "sh",
    "-c",
    "mount -t tracefs tracefs /sys/kernel/tracing && exec \"$@\"",
    "sh",
];

fn tracing() -> Firepit {
    perf()
        .flag("--collector.perf.tracepoint=sched:sched_process_exec")
        .flag("--collector.perf.tracepoint=sched:no_such_event")
}

#[test]
fn tracepoints_are_counted_where_there_is_a_tracefs() {
    if !can_count() {
        return;
    }
    let can_mount = Command::new(WITH_TRACEFS[0])
        .args(&WITH_TRACEFS[1..])
        .arg("true")
        .status();
    if !can_mount.is_ok_and(|status| status.success()) {
        eprintln!("skipped: no tracefs can be mounted");
        return;
    }
    let running = tracing().within(&WITH_TRACEFS).start();
    let family = "node_perf_sched_sched_process_exec";
    let before = sum(&running.scrape(), family);
    for _ in 0..3 {
        let ended = Command::new("true").status().unwrap();
        assert!(ended.success());
    }
    let page = running.scrape();
    assert!(sum(&page, family) >= before + 3.0);
    let help = &page.families[family].help;
    assert_eq!(help, "Perf tracepoint sched:sched_process_exec");
    let line = running
        .logs
        .wait_for("msg", "performance counters are left out");
    assert_eq!(line.get("counters"), Some("sched:no_such_event"));
}

#[test]
fn missing_tracepoints_cost_nothing_else() {
    if !can_count() {
        return;
    }
    let running = perf()
        .flag("--collector.perf.tracepoint=no:such_event")
        .start();
    let page = running.scrape();
    assert_eq!(success(&page, "perf"), Some(1.0));
    assert!(page.samples(SOFTWARE[0]).next().is_some());
    let line = running
        .logs
        .wait_for("msg", "performance counters are left out");
    assert_eq!(line.get("counters"), Some("no:such_event"));
}

/// `Limits::counters`
#[test]
fn counters_of_an_instance_are_bounded() {
    if !can_count() {
        return;
    }
    let running = opening(&["each=4", "times=5"])
        .flag("--sandbox.counters=10")
        .start();
    for expected in [10.0, 20.0, 20.0] {
        let page = running.scrape();
        assert_eq!(success(&page, GUEST), Some(1.0));
        assert_eq!(gauge(&page, "guest_counters"), Some(10.0));
        assert_eq!(refused(&page, TOO_MANY), Some(expected));
        assert_eq!(counters(&running), 10);
    }
}

/// `fd_limit::max_counters`
#[test]
fn counters_of_all_collectors_are_a_share_of_the_descriptors() {
    if !can_count() {
        return;
    }
    let running = opening(&["each=400"])
        .flag("--collector.perf")
        .within(&["prlimit", "--nofile=1200:1200"])
        .start();
    let page = running.scrape();
    assert_eq!(success(&page, GUEST), Some(1.0));
    assert_eq!(counters(&running), 300);
    assert!(refused(&page, TOO_MANY) >= Some(100.0));
    for collector in ["loadavg", "meminfo"] {
        assert_eq!(success(&page, collector), Some(1.0), "{collector}");
    }
}

#[test]
fn counters_are_closed_with_their_handle() {
    if !can_count() {
        return;
    }
    let running = opening(&["each=4", "times=100", "drop"])
        .flag("--sandbox.counters=4")
        .start();
    let page = running.scrape();
    assert_eq!(success(&page, GUEST), Some(1.0));
    assert_eq!(refused(&page, TOO_MANY), None);
    assert_eq!(counters(&running), 0);
}

#[test]
fn counters_are_closed_with_their_instance() {
    if !can_count() {
        return;
    }
    let firepit = opening(&["each=4"]);
    let module = firepit.module_path(GUEST);
    let running = firepit.flag("--sandbox.fresh").start();
    assert_eq!(success(&running.scrape(), GUEST), Some(1.0));
    assert_eq!(counters(&running), 0);

    let firepit = opening(&["each=4"]);
    let replaced = firepit.module_path(GUEST);
    assert_ne!(module, replaced);
    let running = firepit.start();
    assert_eq!(success(&running.scrape(), GUEST), Some(1.0));
    assert_ne!(counters(&running), 0);
    fs::remove_file(replaced).unwrap();
    until("the module to be gone", || {
        (success(&running.scrape(), GUEST).is_none() && counters(&running) == 0).then_some(())
    });
}

/// What is opened counts as files, and what is read as bytes and as fuel.
#[test]
fn opening_and_reading_without_end_ends_at_the_limits() {
    if !can_count() {
        return;
    }
    let fuel = "--sandbox.fuel=100000000";
    for (options, flag, reason) in [
        (&["each=100"][..], "--sandbox.files=50", "read-limit"),
        (&["each=4", "times=1000000000", "drop"], fuel, "out-of-fuel"),
        (&["each=0", "times=300"], "--sandbox.counters=5", "memory"),
        (&["reads=1000000000"], fuel, "out-of-fuel"),
        (&["each=250000", "cpu=none"], fuel, "out-of-fuel"),
        (
            &["each=10", "reads=9"],
            "--sandbox.bytes-read=800",
            "read-limit",
        ),
    ] {
        let (running, _) = assert_fails_alone(opening(options).flag(flag), GUEST, reason);
        assert_eq!(counters(&running), 0, "{options:?}");
    }
}

#[test]
fn missing_cpus_are_refused() {
    if !can_count() {
        return;
    }
    for cpu in ["65535", "2147483647", "2147483648", "4294967295"] {
        let page = opening(&[&format!("cpu={cpu}")]).start().scrape();
        assert_eq!(success(&page, GUEST), Some(1.0), "{cpu}");
        let reason = "not supported by this CPU or kernel";
        assert_eq!(refused(&page, reason), Some(1.0), "{cpu}");
    }
}

/// Lines about families, without their values.
fn comments(page: &str) -> BTreeSet<String> {
    let lines = page.lines();
    let lines = lines.filter(|line| line.starts_with('#') && line.contains(" node_perf_"));
    lines.map(str::to_owned).collect()
}

#[test]
fn families_are_those_of_node_exporter() {
    let Some(namespace) = Namespace::new().filter(|_| can_count()) else {
        return;
    };
    assert!(namespace.tries("ip link set lo up"));
    let flags = ["--collector.disable-defaults", "--collector.perf"];
    let Some(node_exporter) = NodeExporter::start(&namespace, &flags) else {
        return;
    };
    let Some(theirs) = node_exporter.page() else {
        return;
    };
    let ours = Firepit::new().flag("--collector.perf").scrape();
    assert_eq!(ours.status.code(), Some(0), "{}", ours.stderr);
    assert_eq!(comments(&ours.stdout), comments(&theirs));
}
