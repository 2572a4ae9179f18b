//! The counters on a page.

mod views;

use std::collections::BTreeSet;
use std::time::Duration;

use super::collector::FIRST_REASON;
use super::*;
use crate::metric::Metric;
use firepit_exposition::validate::{Kind, Point};

const USAGE: Usage = Usage {
    fuel: 1_000,
    cpu: Duration::from_millis(250),
    wall: Duration::from_millis(500),
    memory_bytes: 65_536,
    host_calls: 2,
    files_opened: 3,
    bytes_read: 4_096,
    denied: 2,
    connections: 5,
    connection_bytes: 6,
    connections_denied: 8,
    skipped: 4,
    log_bytes_dropped: 7,
};

/// The value on the full page of the series with this name and these label values, in the order of
/// the label names.
fn value(counters: &Counters, name: &str, labels: &[&str]) -> Option<f64> {
    value_on(&View::FULL, counters, name, labels)
}

fn value_on(view: &View<'_>, counters: &Counters, name: &str, labels: &[&str]) -> Option<f64> {
    let families = counters.families(view);
    let family = families.iter().find(|family| family.name() == name)?;
    let mut series = family.series();
    let series = series.find(|series| series.label_values().eq(labels.iter().copied()))?;
    match series.point() {
        Point::Value(value) => Some(*value),
        other => panic!("{other:?} is not a value"),
    }
}

fn problem(reason: validate::Reason) -> Problem {
    Problem {
        family: "node_x".to_owned(),
        reason,
        detail: "some detail".to_owned(),
    }
}

#[test]
fn runs_add_up_by_collector() {
    let counters = Counters::new();
    counters.collected("cpu", &USAGE, &Ok(()), &[]);
    counters.collected("cpu", &USAGE, &Ok(()), &[]);
    counters.collected("stat", &USAGE, &Ok(()), &[]);
    let of = |name: &str, collector: &str| value(&counters, name, &[collector]);
    let expected = [
        ("firepit_collector_fuel_consumed_total", 2_000.0),
        ("firepit_collector_cpu_seconds_total", 0.5),
        ("firepit_collector_memory_bytes", 65_536.0),
        ("firepit_collector_files_opened_total", 6.0),
        ("firepit_collector_read_bytes_total", 8_192.0),
        ("firepit_collector_connections_total", 10.0),
        ("firepit_collector_connection_bytes_total", 12.0),
        ("firepit_collector_denied_connections_total", 16.0),
        ("firepit_collector_denied_paths_total", 4.0),
        ("firepit_collector_skipped_total", 8.0),
        ("firepit_collector_log_dropped_bytes_total", 14.0),
        ("firepit_collector_instance_recycles_total", 0.0),
    ];
    for (name, value) in expected {
        assert_eq!(of(name, "cpu"), Some(value), "{name}");
    }
    assert_eq!(
        of("firepit_collector_fuel_consumed_total", "stat"),
        Some(1_000.0)
    );
}

#[test]
fn memory_is_that_of_the_last_run() {
    let counters = Counters::new();
    let of = |memory_bytes| {
        let usage = Usage {
            memory_bytes,
            ..USAGE
        };
        counters.collected("cpu", &usage, &Ok(()), &[]);
        value(&counters, "firepit_collector_memory_bytes", &["cpu"])
    };
    assert_eq!(of(131_072), Some(131_072.0));
    assert_eq!(of(65_536), Some(65_536.0));
    assert_eq!(of(u64::MAX), Some(i64::MAX as f64));
}

#[test]
fn prepared_collectors_begin_at_zero() {
    let counters = Counters::new();
    counters.prepare([("cpu", false), ("stat", false)].into_iter());
    counters.modules().expect_modules(["compile", "name-taken"]);
    for name in ["cpu", "stat"] {
        counters.modules().begin(name);
    }
    for collector in ["cpu", "stat"] {
        for family in counters.families(&View::FULL) {
            let name = family.name();
            let labels: &[&str] = match name {
                "firepit_collector_failures_total" => &[collector, "error"],
                "firepit_collector_load_failures_total" => &["compile"],
                "firepit_collectors_failures_total" => &["trap"],
                _ if name.starts_with("firepit_collectors_") => &[],
                _ if name.starts_with("firepit_config_") => &[],
                _ if name.starts_with("firepit_compiler_") => &[],
                _ => &[collector],
            };
            assert_eq!(value(&counters, name, labels), Some(0.0), "{name}");
        }
    }
    assert_eq!(counters.families(&View::FULL).len(), 39);
}

#[test]
fn quarantine_is_a_gauge() {
    let counters = Counters::new();
    let of = |counters: &Counters| value(counters, "firepit_collector_quarantined", &["cpu"]);
    for is_on in [true, false] {
        counters.quarantined("cpu", is_on);
        assert_eq!(of(&counters), Some(f64::from(u8::from(is_on))));
    }
}

#[test]
fn preparing_again_changes_nothing() {
    let counters = Counters::new();
    counters.prepare([("cpu", false)].into_iter());
    counters.collected("cpu", &USAGE, &Err(Failure::NoData), &[]);
    counters.modules().swapped("cpu");
    let before = counters.families(&View::FULL);
    counters.prepare([("cpu", false)].into_iter());
    assert_eq!(counters.families(&View::FULL), before);
}

/// The families without those of all collectors together.
fn of_single_ones(counters: &Counters) -> Vec<validate::Family> {
    let families = counters.families(&View::FULL).into_iter();
    families
        .filter(|family| !family.name().starts_with("firepit_collectors_"))
        .collect()
}

#[test]
fn removed_collectors_remain_only_in_totals() {
    let counters = Counters::new();
    counters.prepare([("cpu", false)].into_iter());
    let before = of_single_ones(&counters);
    let problems = validate::Reason::ALL.map(problem);
    counters.prepare([("cpu", false), ("gone", false)].into_iter());
    counters.collected("gone", &USAGE, &Err(Failure::Deadline), &problems);
    counters.conflict("gone", merge::Reason::Taken, 1);
    counters.modules().swapped("gone");
    counters.modules().rolled_back("gone");
    counters.prepare([("cpu", false)].into_iter());
    assert_eq!(of_single_ones(&counters), before);
    let total = |name, labels: &[&str]| value(&counters, name, labels);
    let refused = Some(validate::Reason::ALL.len() as f64);
    let expected = [
        ("firepit_collectors_denied_paths_total", Some(2.0)),
        ("firepit_collectors_families_refused_total", refused),
        ("firepit_collectors_series_conflicts_total", Some(1.0)),
        ("firepit_collectors_memory_bytes", Some(0.0)),
    ];
    for (name, number) in expected {
        assert_eq!(total(name, &[]), number, "{name}");
    }
    let deadlines = total("firepit_collectors_failures_total", &["deadline"]);
    assert_eq!(deadlines, Some(1.0));
}

#[test]
fn the_first_reason_is_a_collectors_own_error() {
    assert_eq!(Failure::Collector(String::new()).reason(), FIRST_REASON);
}

#[test]
fn failures_count_by_reason_with_and_without_a_run() {
    let counters = Counters::new();
    let error = Err(Failure::Collector("broken".to_owned()));
    counters.collected("cpu", &USAGE, &error, &[]);
    counters.collected("cpu", &USAGE, &Err(Failure::Deadline), &[]);
    counters.failed("cpu", &Failure::Deadline);
    counters.failed("stat", &Failure::Busy);
    let of = |collector, reason| {
        value(
            &counters,
            "firepit_collector_failures_total",
            &[collector, reason],
        )
    };
    assert_eq!(of("cpu", "error"), Some(1.0));
    assert_eq!(of("cpu", "deadline"), Some(2.0));
    assert_eq!(of("stat", "busy"), Some(1.0));
    assert_eq!(of("cpu", "trap"), None);
}

#[test]
fn refused_families_count_by_reason() {
    use validate::Reason;
    let counters = Counters::new();
    let problems = [Reason::TooLong, Reason::InvalidName, Reason::TooLong].map(problem);
    counters.collected("cpu", &USAGE, &Ok(()), &problems);
    let of = |reason| {
        value(
            &counters,
            "firepit_families_refused_total",
            &["cpu", reason],
        )
    };
    assert_eq!(of("too-long"), Some(2.0));
    assert_eq!(of("invalid-name"), Some(1.0));
}

#[test]
fn conflicts_count_series() {
    let counters = Counters::new();
    counters.conflict("textfile", merge::Reason::Help, 40);
    counters.conflict("textfile", merge::Reason::Help, 2);
    counters.conflict("textfile", merge::Reason::Type, 1);
    let of = |reason| {
        value(
            &counters,
            "firepit_series_conflicts_total",
            &["textfile", reason],
        )
    };
    assert_eq!(of("help"), Some(42.0));
    assert_eq!(of("type"), Some(1.0));
}

#[test]
fn recycles_count_replacement_instances() {
    let counters = Counters::new();
    counters.instantiated("cpu");
    counters.instantiated("cpu");
    let recycles = value(
        &counters,
        "firepit_collector_instance_recycles_total",
        &["cpu"],
    );
    assert_eq!(recycles, Some(2.0));
}

#[test]
fn families_of_other_sources_are_included() {
    let counters = Counters::new();
    let other = Metric::counter("other_total", "Help.");
    other.increment("");
    counters.add_source(move || other.family().into_iter().collect());
    assert_eq!(value(&counters, "other_total", &[]), Some(1.0));
}

#[test]
fn every_family_follows_the_naming_rules() {
    let counters = Counters::new();
    let problems = validate::Reason::ALL.map(problem);
    counters.prepare([("cpu", false)].into_iter());
    counters.modules().expect_modules(["compile", "name-taken"]);
    counters.modules().swapped("cpu");
    counters.modules().rolled_back("cpu");
    counters.collected("cpu", &USAGE, &Err(Failure::NoData), &problems);
    counters.conflict("cpu", merge::Reason::Type, 1);
    let families = counters.families(&View::FULL);
    assert_eq!(families.len(), 41);
    for family in &families {
        let is_counter = family.kind() == Kind::Counter;
        assert_eq!(family.name().ends_with("_total"), is_counter, "{family:?}");
        assert!(family.help().ends_with('.'), "{family:?}");
        assert!(!family.help().contains("  "), "{family:?}");
    }
}

#[test]
fn reasons_are_distinct() {
    let refused = validate::Reason::ALL.map(validate::Reason::as_str);
    let conflicts = merge::Reason::ALL.map(merge::Reason::as_str);
    for reasons in [&Failure::REASONS[..], &refused, &conflicts] {
        let distinct: BTreeSet<_> = reasons.iter().collect();
        assert_eq!(distinct.len(), reasons.len());
    }
}

#[test]
fn every_reason_has_a_number_of_its_own() {
    let counters = Counters::new();
    let problems: Vec<Problem> = validate::Reason::ALL.map(problem).to_vec();
    counters.collected("cpu", &USAGE, &Ok(()), &problems);
    for reason in merge::Reason::ALL {
        counters.conflict("cpu", reason, 1);
    }
    counters.failed("cpu", &Failure::NoData);
    counters.failed("cpu", &Failure::Deadline);
    let of = |name, reason| value(&counters, name, &["cpu", reason]);
    for reason in validate::Reason::ALL {
        let refused = of("firepit_families_refused_total", reason.as_str());
        assert_eq!(refused, Some(1.0), "{reason}");
    }
    for reason in merge::Reason::ALL {
        let conflicts = of("firepit_series_conflicts_total", reason.as_str());
        assert_eq!(conflicts, Some(1.0), "{reason}");
    }
    let failures = ["error", "no-data", "deadline", "trap"]
        .map(|reason| of("firepit_collector_failures_total", reason));
    assert_eq!(failures, [Some(0.0), Some(1.0), Some(1.0), None]);
}

#[test]
fn new_series_appear_in_the_next_response() {
    let counters = Counters::new();
    counters.prepare([("b", false)].into_iter());
    let of = |collector, labels: &[&str]| {
        let name = "firepit_collector_failures_total";
        value(&counters, name, &[&[collector], labels].concat())
    };
    assert_eq!(of("b", &["busy"]), None);
    counters.failed("b", &Failure::Busy);
    assert_eq!(of("b", &["busy"]), Some(1.0));
    counters.failed("a", &Failure::Busy);
    counters.failed("b", &Failure::Busy);
    assert_eq!(of("a", &["busy"]), Some(1.0));
    assert_eq!(of("a", &["error"]), Some(0.0));
    assert_eq!(of("b", &["busy"]), Some(2.0));
    counters.prepare([("a", false)].into_iter());
    assert_eq!(of("a", &["busy"]), Some(1.0));
    assert_eq!(of("b", &["busy"]), None);
}

#[test]
fn concurrent_first_runs_lose_no_counts() {
    const THREADS: usize = 8;
    const RUNS: usize = 100;
    let counters = Counters::new();
    let barrier = std::sync::Barrier::new(THREADS);
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                barrier.wait();
                for run in 0..RUNS {
                    counters.collected(&format!("c{run}"), &USAGE, &Err(Failure::Busy), &[]);
                }
            });
        }
    });
    for run in 0..RUNS {
        let collector = format!("c{run}");
        let of = |name, labels: &[&str]| value(&counters, name, labels);
        assert_eq!(
            of("firepit_collector_files_opened_total", &[&collector]),
            Some(3.0 * THREADS as f64)
        );
        assert_eq!(
            of("firepit_collector_failures_total", &[&collector, "busy"]),
            Some(THREADS as f64)
        );
    }
}
