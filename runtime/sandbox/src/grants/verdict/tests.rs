//! Lacking grants, and new versions that wait for the operator.

use super::*;

const FILES: &str = "firepit:collector/files@0.1.0";
const METRICS: &str = "firepit:collector/metrics@0.1.0";
const SYSTEM: &str = "firepit:collector/system@0.1.0#page-size";
const CLOCKS: &str = "wasi:clocks/monotonic-clock@0.2.6";
const SOCKETS: &str = "wasi:sockets/tcp@0.2.0";

type Texts = &'static [&'static str];

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

/// An entry with these patterns, and the interfaces of a third-party module.
fn only(patterns: &[&str]) -> Policy {
    Policy {
        reads: Reads::Only(owned(patterns)),
        ..Policy::third_party()
    }
}

fn check(reads: &[&str], imports: &[&str], policy: &Policy) -> Verdict {
    Verdict::new(&owned(reads), imports.iter().copied(), policy)
}

fn lacking(pattern: &str, why: Why) -> Lacking {
    Lacking {
        pattern: pattern.to_owned(),
        why,
    }
}

#[test]
fn third_party_module_lacks_paths_outside_proc_and_sys() {
    let reads = [
        "/proc/stat",
        "/rootfs/**",
        "{directory}/*",
        "/sys/**",
        "/udev/*",
    ];
    let imports = [
        FILES,
        METRICS,
        SYSTEM,
        CLOCKS,
        SOCKETS,
        "wasi:io/poll@0.2.0",
        "env",
    ];
    let verdict = check(&reads, &imports, &Policy::third_party());
    assert_eq!(verdict.granted_reads, ["/proc/stat", "/sys/**"]);
    let not_allowed = ["/rootfs/**", "{directory}/*", "/udev/*"];
    let not_allowed = not_allowed.map(|text| lacking(text, Why::NotAllowed));
    assert_eq!(verdict.lacking_reads, not_allowed);
    assert_eq!(
        verdict.granted_interfaces,
        [Interface::Files, Interface::Metrics, Interface::Clocks].into()
    );
    assert_eq!(verdict.lacking_interfaces, [Interface::PageSize].into());
    assert_eq!(verdict.never, [SOCKETS]);
    assert_eq!(verdict.unknown, ["env"]);
}

#[test]
fn built_in_collector_lacks_only_always_denied_grants() {
    let reads = ["/proc/stat", "/rootfs/**", "{directory}/*", "/proc/kcore"];
    let verdict = check(&reads, &[SYSTEM, SOCKETS], &Policy::builtin());
    assert_eq!(verdict.granted_reads, reads[..3]);
    assert_eq!(verdict.lacking_reads, [lacking("/proc/kcore", Why::Never)]);
    assert!(verdict.lacking_interfaces.is_empty());
    assert_eq!(verdict.never, [SOCKETS]);
}

#[test]
fn entry_grants_requests_that_one_pattern_covers() {
    let policy = only(&["/sys/class/net/eth0/*", "/proc/*", "{directory}/**", "bad["]);
    let verdict = check(
        &[
            "/sys/class/net/eth0/mtu",
            "/sys/class/net/*/mtu",
            "/sys/class/block",
            "/proc/stat",
            "/proc/**",
            "{directory}/*.prom",
            "{other}/*.prom",
            "/proc/[",
        ],
        &[],
        &policy,
    );
    assert_eq!(
        verdict.granted_reads,
        [
            "/sys/class/net/eth0/mtu",
            "/proc/stat",
            "{directory}/*.prom"
        ]
    );
    assert_eq!(
        verdict.lacking_reads,
        [
            lacking("/sys/class/net/*/mtu", Why::Partly),
            lacking("/sys/class/block", Why::NotAllowed),
            lacking("/proc/**", Why::Partly),
            lacking("{other}/*.prom", Why::NotAllowed),
            lacking("/proc/[", Why::Malformed(PatternProblem::Bracket)),
        ]
    );
}

#[test]
fn always_denied_requests_are_reported_under_any_policy() {
    for (pattern, never) in [
        ("/proc/kcore", true),
        ("/proc/self/environ", true),
        ("/proc/self/environ/*", true),
        ("/proc/1/fd/**", true),
        ("/sys/kernel/debug/*/x", true),
        ("/rootfs/etc/shadow", true),
        ("{root}/etc/shadow", true),
        ("/proc/self/status", false),
        ("/proc/*/environ", true),
        ("/proc/[0-9]*/fd/*", true),
        ("/proc/**", false),
        ("/proc", false),
        ("{root}", false),
    ] {
        let verdict = check(&[pattern], &[], &only(&["/proc/**", "/sys/**"]));
        let told = verdict.lacking_reads.iter().any(|l| l.why == Why::Never);
        assert_eq!(told, never, "{pattern}");
    }
}

#[test]
fn always_denied_part_of_a_granted_pattern_is_reported() {
    let reads = ["/proc/[0-9]*/[em]*", "/proc/*/stat", "/rootfs/**"];
    for policy in [Policy::third_party(), only(&["/proc/**"])] {
        let verdict = check(&reads, &[], &policy);
        assert_eq!(verdict.granted_reads, reads[..2]);
        assert_eq!(verdict.exceptions.keys().collect::<Vec<_>>(), [reads[0]]);
        assert_eq!(verdict.exceptions[reads[0]][..2], ["environ", "mem"]);
    }
}

#[test]
fn new_version_that_requests_more_waits() {
    const A: &str = "/proc/a";
    const B: &str = "/rootfs/b";
    const WIDE: &str = "/sys/*/x";
    const NARROW: &str = "/sys/y/x";
    let stranger = Policy::third_party;
    const ENVIRON: &str = "/proc/*/environ";
    let cases: [(&str, Policy, Texts, Texts, Texts); 18] = [
        ("new and never", stranger(), &[A], &[A, ENVIRON], &[ENVIRON]),
        ("never as before", stranger(), &[ENVIRON], &[ENVIRON], &[]),
        (
            "never, and listed",
            only(&[A, ENVIRON]),
            &[A],
            &[A, ENVIRON],
            &[],
        ),
        (
            "no entry, more",
            stranger(),
            &[A],
            &[A, "/proc/c"],
            &["/proc/c"],
        ),
        ("no entry, more that lacks", stranger(), &[A], &[A, B], &[B]),
        ("no entry, wider", stranger(), &[NARROW], &[WIDE], &[WIDE]),
        ("no entry, narrower", stranger(), &[WIDE, A], &[NARROW], &[]),
        ("no entry, the same", stranger(), &[A, B], &[B, A], &[]),
        ("no entry, nothing", stranger(), &[A], &[], &[]),
        ("entry without it", only(&[A]), &[A], &[A, B], &[B]),
        ("entry with it", only(&[A, B]), &[A], &[A, B], &[]),
        ("entry with a wider one", only(&[WIDE]), &[], &[NARROW], &[]),
        (
            "entry with a part of it",
            only(&[NARROW]),
            &[],
            &[WIDE],
            &[WIDE],
        ),
        ("lacked before", only(&[A]), &[A, B], &[A, B], &[]),
        (
            "less than lacked before",
            only(&[A]),
            &[WIDE],
            &[NARROW],
            &[],
        ),
        ("never given", stranger(), &[A], &[A, "/proc/kcore"], &[]),
        ("malformed", stranger(), &[A], &["/proc/["], &["/proc/["]),
        (
            "malformed before",
            stranger(),
            &["/proc/["],
            &["/proc/["],
            &[],
        ),
    ];
    for (what, policy, running, new, held) in cases {
        let running = check(running, &[], &policy);
        let new = check(new, &[], &policy);
        assert_eq!(new.asks_more_than(&running), held, "{what}");
    }
}

#[test]
fn approved_requests_no_longer_wait() {
    let (a, b) = ("/proc/a", "/proc/b");
    let running = check(&[a], &[FILES], &Policy::third_party());
    let new = |policy: &Policy| check(&[a, b], &[FILES, SYSTEM], policy).asks_more_than(&running);
    assert_eq!(new(&Policy::third_party()), [b, "page-size"]);
    assert_eq!(new(&only(&[a, b])), ["page-size"]);
    let mut approved = only(&[a, b]);
    approved.interfaces.insert(Interface::PageSize);
    assert!(new(&approved).is_empty());
}

/// A file with side effects or secrets is granted by full name only, and reported so.
#[test]
fn some_files_need_their_full_name() {
    let named = "/sys/firmware/vpd/ro/serial_number";
    let deep = "/sys/firmware/vpd/**";
    let reads = [named, deep, "/proc/1/net/tcp", "/proc/self/net/tcp"];
    let other = "/proc/1/net/tcp";
    let cases = [
        (Policy::third_party(), vec![named, deep, other]),
        (only(&["/proc/**", "/sys/**"]), vec![named, deep, other]),
        (only(&["/proc/**", named, deep]), vec![deep, other]),
        (Policy::builtin(), vec![]),
    ];
    for (policy, expected) in cases {
        let verdict = check(&reads, &[FILES], &policy);
        let expected: Vec<_> = (expected.iter())
            .map(|text| lacking(text, Why::ByName))
            .collect();
        assert_eq!(verdict.lacking_reads, expected);
    }
    // A version that newly declares one waits.
    let before = check(&["/proc/stat"], &[FILES], &Policy::third_party());
    let after = check(&["/proc/stat", named], &[FILES], &Policy::third_party());
    assert_eq!(after.asks_more_than(&before), [named]);
}

#[test]
fn new_interfaces_wait_until_granted() {
    let stranger = Policy::third_party();
    let with_system = Policy {
        interfaces: [Interface::Metrics, Interface::PageSize].into(),
        ..Policy::third_party()
    };
    let without = Policy {
        interfaces: [Interface::Metrics].into(),
        ..Policy::third_party()
    };
    let cases: [(&Policy, Texts, Texts, Texts); 8] = [
        (&stranger, &[METRICS], &[METRICS, SYSTEM], &["page-size"]),
        (&stranger, &[METRICS], &[METRICS, CLOCKS], &[]),
        (&stranger, &[SYSTEM], &[SYSTEM], &[]),
        (&stranger, &[METRICS], &[METRICS, SOCKETS], &[]),
        (&with_system, &[METRICS], &[METRICS, SYSTEM], &[]),
        (&without, &[METRICS], &[METRICS, CLOCKS], &["clocks"]),
        (&without, &[METRICS, CLOCKS], &[METRICS, CLOCKS], &[]),
        (
            &without,
            &[METRICS, FILES],
            &[CLOCKS, SYSTEM],
            &["page-size", "clocks"],
        ),
    ];
    for (policy, running, new, held) in cases {
        let before = check(&[], running, policy);
        let after = check(&[], new, policy);
        assert_eq!(after.asks_more_than(&before), held, "{running:?} {new:?}");
    }
}

#[test]
fn patterns_beyond_the_limits_are_not_compared() {
    let long = format!("/sys/{}", ["**", "a"].repeat(31).join("/"));
    let many = vec![long.as_str(); 600];
    for policy in [Policy::builtin(), Policy::third_party(), only(&many)] {
        let verdict = check(&many, &[], &policy);
        let within = 16384 / long.len();
        assert_eq!(verdict.granted_reads.len(), within);
        assert_eq!(verdict.lacking_reads.len(), 600 - within);
        let why = verdict.lacking_reads.last().map(|l| l.why.clone());
        assert_eq!(why, Some(Why::Malformed(PatternProblem::TooManyPatterns)));
        assert!(verdict.asks_more_than(&verdict).is_empty());
    }
    let short = vec!["/sys/a"; 513];
    let verdict = check(&short, &[], &Policy::builtin());
    assert_eq!(verdict.lacking_reads.len(), 1);
}
