//! The families of each event, and the options.

use firepit_sdk::log::Level;
use firepit_sdk::perf::{Cache, Hardware, Reason, Software};
use firepit_sdk::testing::{Faults, Host, Loss, Output};

use super::*;

const PAGE_FAULTS: Event<'_> = Event::Software(Software::PageFaults);
const CYCLES: Event<'_> = Event::Hardware(Hardware::CpuCycles);

/// Families with their help texts, in the order of [`kinds`].
const FAMILIES: [(&str, &str); 30] = [
    (
        "node_perf_cpucycles_total",
        "Number of CPU cycles (frequency scaled)",
    ),
    ("node_perf_instructions_total", "Number of CPU instructions"),
    (
        "node_perf_branch_instructions_total",
        "Number of CPU branch instructions",
    ),
    (
        "node_perf_branch_misses_total",
        "Number of CPU branch misses",
    ),
    (
        "node_perf_cache_refs_total",
        "Number of cache references (non frequency scaled)",
    ),
    ("node_perf_cache_misses_total", "Number of cache misses"),
    ("node_perf_ref_cpucycles_total", "Number of CPU cycles"),
    (
        "node_perf_stalled_cycles_backend_total",
        "Number of stalled backend CPU cycles",
    ),
    (
        "node_perf_stalled_cycles_frontend_total",
        "Number of stalled frontend CPU cycles",
    ),
    ("node_perf_page_faults_total", "Number of page faults"),
    (
        "node_perf_context_switches_total",
        "Number of context switches",
    ),
    (
        "node_perf_cpu_migrations_total",
        "Number of CPU process migrations",
    ),
    (
        "node_perf_minor_faults_total",
        "Number of minor page faults",
    ),
    (
        "node_perf_major_faults_total",
        "Number of major page faults",
    ),
    (
        "node_perf_cache_l1d_read_hits_total",
        "Number L1 data cache read hits",
    ),
    (
        "node_perf_cache_l1d_read_misses_total",
        "Number L1 data cache read misses",
    ),
    (
        "node_perf_cache_l1d_write_hits_total",
        "Number L1 data cache write hits",
    ),
    (
        "node_perf_cache_l1_instr_read_misses_total",
        "Number instruction L1 instruction read misses",
    ),
    (
        "node_perf_cache_tlb_instr_read_hits_total",
        "Number instruction TLB read hits",
    ),
    (
        "node_perf_cache_tlb_instr_read_misses_total",
        "Number instruction TLB read misses",
    ),
    (
        "node_perf_cache_tlb_data_read_hits_total",
        "Number of data TLB read hits",
    ),
    (
        "node_perf_cache_tlb_data_read_misses_total",
        "Number of data TLB read misses",
    ),
    (
        "node_perf_cache_tlb_data_write_hits_total",
        "Number of data TLB write hits",
    ),
    (
        "node_perf_cache_tlb_data_write_misses_total",
        "Number of data TLB write misses",
    ),
    (
        "node_perf_cache_ll_read_hits_total",
        "Number last level read hits",
    ),
    (
        "node_perf_cache_ll_read_misses_total",
        "Number last level read misses",
    ),
    (
        "node_perf_cache_ll_write_hits_total",
        "Number last level write hits",
    ),
    (
        "node_perf_cache_ll_write_misses_total",
        "Number last level write misses",
    ),
    (
        "node_perf_cache_bpu_read_hits_total",
        "Number BPU read hits",
    ),
    (
        "node_perf_cache_bpu_read_misses_total",
        "Number BPU read misses",
    ),
];

/// All events that have a family.
fn kinds() -> Vec<Event<'static>> {
    let kinds = [&HARDWARE, &SOFTWARE, &CACHE].into_iter();
    let defaults = Host::new().configure::<Perf>([]).unwrap().profilers;
    assert_eq!(kinds.len(), 3);
    defaults.iter().map(|profiler| profiler.event).collect()
}

/// A host with two CPUs, on which every event has happened a different number of times.
fn counting() -> Host {
    let host = Host::new().file(ONLINE, "0-1\n");
    kinds()
        .into_iter()
        .zip(1..)
        .fold(host, |host, (event, place)| {
            (host.counter(event, 0, Ok(place))).counter(event, 1, Ok(place + 100))
        })
}

fn names(out: &Output) -> Vec<&str> {
    out.families.iter().map(|family| &*family.name).collect()
}

#[test]
fn every_event_has_a_family_of_all_cpus() {
    let out = counting().run::<Perf>([]);
    assert_eq!(out.result, Ok(()));
    let found: Vec<(&str, &str)> = (out.families.iter())
        .map(|family| (&*family.name, &*family.help))
        .collect();
    assert_eq!(found, FAMILIES);
    let expected = (FAMILIES.iter().zip(1..)).map(|((name, _), place)| {
        format!(
            "{name}{{cpu=\"0\"}} {place}\n{name}{{cpu=\"1\"}} {}\n",
            place + 100
        )
    });
    assert_eq!(out.text(), expected.collect::<String>());
    assert_eq!(out.messages, []);
}

/// The kernel's numbers depend on these.
#[test]
fn names_stand_for_their_events() {
    let profilers = Host::new().configure::<Perf>([]).unwrap().profilers;
    let event = |name| profilers.iter().find(|it| it.name == name).unwrap().event;
    for (name, expected) in [
        ("CpuInstr", Event::Hardware(Hardware::Instructions)),
        ("CacheRef", Event::Hardware(Hardware::CacheReferences)),
        ("RefCpuCycles", Event::Hardware(Hardware::RefCpuCycles)),
        ("MajorFault", Event::Software(Software::MajorFaults)),
        ("LLWriteMiss", Event::Cache(Cache::LastLevelWriteMisses)),
        (
            "InstrTLBReadHit",
            Event::Cache(Cache::InstructionTlbReadHits),
        ),
        (
            "BPUReadMiss",
            Event::Cache(Cache::BranchPredictionReadMisses),
        ),
    ] {
        assert_eq!(event(name), expected, "{name}");
    }
}

#[test]
fn cpus_are_those_of_the_option_or_online() {
    let host = counting().counter(PAGE_FAULTS, 9, Ok(9));
    let only = ("software-profilers", "PageFault");
    let text = |cpus| {
        let out = host.run::<Perf>([
            ("cpus", cpus),
            only,
            ("disable-hardware-profilers", "true"),
            ("disable-cache-profilers", "true"),
        ]);
        assert_eq!(out.result, Ok(()));
        out.text().replace("node_perf_page_faults_total", "")
    };
    assert_eq!(text(""), "{cpu=\"0\"} 10\n{cpu=\"1\"} 110\n");
    assert_eq!(text("1-9:8"), "{cpu=\"1\"} 110\n{cpu=\"9\"} 9\n");
    assert_eq!(text("5"), "");
    let error = host.configure::<Perf>([("cpus", "0,x")]).unwrap_err();
    assert_eq!(
        error,
        "invalid CPUs \"x\": expected a list such as 0,2-6 or 1-10:5"
    );
    let missing = Host::new().run::<Perf>([]).result.unwrap_err();
    assert_eq!(
        missing.to_string(),
        format!("{ONLINE}: no such file or directory")
    );
}

#[test]
fn profilers_are_selected_and_disabled_by_kind() {
    let host = counting();
    let out = host.run::<Perf>([
        ("hardware-profilers", "CacheMisses"),
        ("hardware-profilers", "CpuInstr"),
        ("disable-software-profilers", "true"),
        ("cache-profilers", "BPUReadHit"),
    ]);
    let expected = [
        "node_perf_instructions_total",
        "node_perf_cache_misses_total",
        "node_perf_cache_bpu_read_hits_total",
    ];
    assert_eq!(names(&out), expected);
    let out = host.run::<Perf>([
        ("disable-hardware-profilers", "true"),
        ("disable-software-profilers", "true"),
        ("disable-cache-profilers", "true"),
    ]);
    assert_eq!((out.result.clone(), names(&out).len()), (Ok(()), 0));
}

/// As in node_exporter, a selection without any known name selects all.
#[test]
fn unknown_profilers_select_nothing() {
    let perf = Host::new().configure::<Perf>([
        ("hardware-profilers", "cpucycles"),
        ("software-profilers", "PageFault"),
        ("software-profilers", "MinorFault,MajorFault"),
        ("disable-cache-profilers", "true"),
    ]);
    let perf = perf.unwrap();
    let names = perf.names();
    assert_eq!(names.len(), 9 + 1);
    assert!(names.contains(&"PageFault") && names.contains(&"CpuCycles"));
}

#[test]
fn counters_that_cannot_be_opened_are_left_out_and_logged_once() {
    let host = Host::new()
        .file(ONLINE, "0-2\n")
        .counter(PAGE_FAULTS, 0, Ok(1))
        .counter(PAGE_FAULTS, 1, Err(Reason::Offline))
        .counter(PAGE_FAULTS, 2, Err(Reason::TooMany));
    let mut perf = host
        .configure::<Perf>([
            ("disable-cache-profilers", "true"),
            ("hardware-profilers", "CpuCycles"),
            ("hardware-profilers", "CpuInstr"),
            ("software-profilers", "PageFault"),
        ])
        .unwrap();
    let out = host.collect(&mut perf);
    assert_eq!(out.result, Ok(()));
    assert_eq!(out.text(), "node_perf_page_faults_total{cpu=\"0\"} 1\n");
    let line = |reason, counters, cpus| {
        format!("performance counters are left out reason={reason} counters={counters} cpus={cpus}")
    };
    let expected = [
        (
            Level::Info,
            line(
                "not supported by this CPU or kernel",
                "CpuCycles,CpuInstr",
                3,
            ),
        ),
        (Level::Info, line("the CPU is offline", "PageFault", 1)),
        (
            Level::Warn,
            line("too many counters are open", "PageFault", 1),
        ),
    ];
    assert_eq!(out.messages, expected);
    assert_eq!(host.collect(&mut perf).messages, []);
}

#[test]
fn counters_stay_open_between_scrapes() {
    let host = Host::new()
        .file(ONLINE, "0\n")
        .counter(PAGE_FAULTS, 0, Ok(1));
    let mut perf = host.configure::<Perf>([]).unwrap();
    assert_eq!(host.collect(&mut perf).result, Ok(()));
    // Neither the list of CPUs nor the other counters are asked for again.
    let later = Host::new()
        .counter(PAGE_FAULTS, 0, Ok(7))
        .counter(CYCLES, 0, Ok(7));
    let out = later.collect(&mut perf);
    assert_eq!(out.result, Ok(()));
    assert_eq!(out.text(), "node_perf_page_faults_total{cpu=\"0\"} 7\n");
    // A counter that cannot be read costs its own sample.
    let out = Host::new().collect(&mut perf);
    assert_eq!((out.result.clone(), out.text()), (Ok(()), String::new()));
}

#[test]
fn without_any_right_a_scrape_fails_and_the_next_one_tries_again() {
    let denied = Host::new().file(ONLINE, "0\n");
    let denied = denied.counters(Err(Reason::PermissionDenied));
    let mut perf = denied.configure::<Perf>([]).unwrap();
    for _ in 0..2 {
        let out = denied.collect(&mut perf);
        assert_eq!(
            out.result.unwrap_err().to_string(),
            "cannot open any performance counter: permission denied (firepit needs CAP_PERFMON, or \
             kernel.perf_event_paranoid of 0 or less)"
        );
        assert_eq!(out.messages, []);
    }
    let out = counting().collect(&mut perf);
    assert_eq!((out.result, out.families.len()), (Ok(()), FAMILIES.len()));
}

/// As on a virtual machine of which only hardware events are asked for.
#[test]
fn a_host_without_the_events_shows_none_and_succeeds() {
    let host = Host::new().file(ONLINE, "0-1\n");
    let out = host.run::<Perf>([]);
    assert_eq!((out.result.clone(), out.text()), (Ok(()), String::new()));
    assert_eq!(out.messages.len(), 1);
}

#[test]
fn tracepoints_have_families_of_their_names() {
    let event = Event::Tracepoint {
        subsystem: "sched",
        event: "sched_process_exec",
    };
    let host = Host::new().file(ONLINE, "0\n");
    let host = host.counter(event, 0, Ok(3)).counter(CYCLES, 0, Ok(4));
    let out = host.run::<Perf>([
        ("tracepoint", "sched:sched_process_exec"),
        ("tracepoint", "sched:gone"),
    ]);
    assert_eq!(
        out.text(),
        "node_perf_cpucycles_total{cpu=\"0\"} 4\n\
         node_perf_sched_sched_process_exec{cpu=\"0\"} 3\n"
    );
    let family = out.family("node_perf_sched_sched_process_exec").unwrap();
    assert_eq!(family.help, "Perf tracepoint sched:sched_process_exec");
    let error = host.configure::<Perf>([("tracepoint", "foo")]).unwrap_err();
    assert_eq!(error, "invalid tracepoint config foo");

    // A tracepoint that was named and is missing is a fault if there is nothing else.
    let gone = Host::new().file(ONLINE, "0\n");
    let gone = gone.counter(event, 0, Err(Reason::NoTracepoint));
    let out = gone.run::<Perf>([("tracepoint", "sched:sched_process_exec")]);
    assert_eq!(
        out.result.unwrap_err().to_string(),
        "cannot open any performance counter: no such tracepoint, or tracefs is not mounted"
    );
}

#[test]
fn faults() {
    Faults::new()
        .rule(ONLINE, Loss::Everything, "nothing else lists the CPUs")
        .check::<Perf>(&counting());
}
