//! The counters on different pages, and totals.

use super::*;
use crate::self_metrics::SelfMetrics;

const LEAN: View<'static> = View {
    metrics: SelfMetrics::Lean,
    only: None,
};

#[test]
fn totals_add_up_all_collectors() {
    let counters = Counters::new();
    for collector in ["cpu", "cpu", "stat"] {
        counters.collected(collector, &USAGE, &Err(Failure::Deadline), &[]);
    }
    counters.quarantined("cpu", true);
    counters.instantiated("stat");
    let expected = [
        ("runs_total", 3.0),
        ("run_seconds_total", 1.5),
        ("cpu_seconds_total", 0.75),
        ("memory_bytes", 131_072.0),
        ("fuel_consumed_total", 3_000.0),
        ("files_opened_total", 9.0),
        ("read_bytes_total", 12_288.0),
        ("denied_paths_total", 6.0),
        ("skipped_total", 12.0),
        ("log_dropped_bytes_total", 21.0),
        ("instance_recycles_total", 1.0),
        ("quarantined", 1.0),
    ];
    for view in [&View::FULL, &LEAN] {
        for (name, number) in expected {
            let name = format!("firepit_collectors_{name}");
            assert_eq!(
                value_on(view, &counters, &name, &[]),
                Some(number),
                "{name}"
            );
        }
        let of = |reason| {
            value_on(
                view,
                &counters,
                "firepit_collectors_failures_total",
                &[reason],
            )
        };
        assert_eq!([of("deadline"), of("trap")], [Some(3.0), Some(0.0)]);
    }
}

/// Name and reason of all series about one collector.
fn lines_of(view: &View<'_>, counters: &Counters, collector: &str) -> Vec<String> {
    let families = counters.families(view);
    let lines = families.iter().flat_map(|family| {
        let series = family.series();
        let of_it = series.filter(|series| {
            series
                .labels()
                .any(|label| label == ("collector", collector))
        });
        of_it.map(|series| {
            let reason = series.labels().find(|(name, _)| *name == "reason");
            let name = family.name().trim_start_matches("firepit_");
            reason.map_or(name.to_owned(), |(_, reason)| format!("{name} {reason}"))
        })
    });
    lines.collect()
}

#[test]
fn lean_view_has_the_series_that_alerts_need() {
    let counters = Counters::new();
    let quiet = Usage {
        denied: 0,
        connections_denied: 0,
        skipped: 0,
        ..USAGE
    };
    counters.prepare([("cpu", false), ("theirs", true)].into_iter());
    counters.collected("cpu", &quiet, &Err(Failure::NoData), &[]);
    let lean = |collector| lines_of(&LEAN, &counters, collector);
    assert_eq!(lean("cpu"), Vec::<String>::new());

    counters.collected(
        "cpu",
        &USAGE,
        &Err(Failure::Deadline),
        &[problem(validate::Reason::TooLong)],
    );
    counters.quarantined("cpu", true);
    counters.conflict("cpu", merge::Reason::Help, 1);
    let expected = [
        "collector_denied_connections_total",
        "collector_denied_paths_total",
        "collector_skipped_total",
        "collector_quarantined",
        "collector_failures_total deadline",
        "families_refused_total too-long",
        "series_conflicts_total help",
    ];
    assert_eq!(lean("cpu"), expected);
    // The full page has more.
    assert!(lines_of(&View::FULL, &counters, "cpu").len() > 10);
}

#[test]
fn every_view_has_all_series_of_third_party_modules() {
    let counters = Counters::new();
    counters.prepare([("theirs", true)].into_iter());
    counters.collected("theirs", &USAGE, &Err(Failure::NoData), &[]);
    let lean = lines_of(&LEAN, &counters, "theirs");
    assert_eq!(lean, lines_of(&View::FULL, &counters, "theirs"));
    assert_eq!(lean.len(), 14);
}

#[test]
fn filtered_view_has_the_selected_collectors_and_the_totals() {
    let counters = Counters::new();
    counters.prepare([("cpu", true), ("stat", true)].into_iter());
    for name in ["cpu", "stat"] {
        counters.modules().begin(name);
        counters.failed(name, &Failure::Busy);
    }
    let only = ["stat".to_owned()];
    let view = View {
        only: Some(&only),
        ..View::FULL
    };
    assert_eq!(lines_of(&view, &counters, "cpu"), Vec::<String>::new());
    let all = lines_of(&View::FULL, &counters, "stat");
    assert_eq!(lines_of(&view, &counters, "stat"), all);
    assert_eq!(
        value_on(
            &view,
            &counters,
            "firepit_collectors_failures_total",
            &["busy"]
        ),
        Some(2.0)
    );
}

#[test]
fn every_family_of_single_collectors_has_a_total() {
    let counters = Counters::new();
    counters.quarantined("cpu", true);
    counters.collected(
        "cpu",
        &USAGE,
        &Ok(()),
        &[problem(validate::Reason::TooLong)],
    );
    counters.conflict("cpu", merge::Reason::Help, 1);
    let families = counters.families(&View::FULL);
    let names: BTreeSet<&str> = families.iter().map(validate::Family::name).collect();
    let of_one = families.iter().filter(|family| {
        let mut series = family.series();
        series.any(|series| series.labels().any(|(name, _)| name == "collector"))
    });
    let mut number = 0;
    for name in of_one.map(validate::Family::name) {
        let what = name
            .trim_start_matches("firepit_")
            .trim_start_matches("collector_");
        let total = format!("firepit_collectors_{what}");
        assert!(names.contains(&*total), "{total}");
        number += 1;
    }
    assert_eq!(number, 16);
}
