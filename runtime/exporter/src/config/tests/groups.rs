//! Values of `grants`, `limits`, `instances` and `metric_prefix`.

use super::entry;
use super::values::all_rejected;
use crate::config::Instances;
use firepit_exposition::validate::NamePrefix;
use firepit_sandbox::grants::Interface;
use firepit_sandbox::limits::{BackOff, Limits, Share};

#[test]
fn omitted_grants_differ_from_empty_grants() {
    let grants = |text: &str| entry(text).grants.unwrap();
    assert_eq!(
        (grants("grants: {}").reads, grants("grants: {}").interfaces),
        (None, None)
    );
    let nothing = grants("grants:\n  reads: []\n  interfaces: []");
    assert_eq!(
        (nothing.reads, nothing.interfaces),
        (Some(vec![]), Some(vec![]))
    );

    let reads = grants("grants:\n  reads:\n  - /proc/stat\n  - '{dir}/*'")
        .reads
        .unwrap();
    let reads: Vec<_> = reads
        .iter()
        .map(|it| (it.pattern.as_str(), it.line))
        .collect();
    assert_eq!(reads, [("/proc/stat", 5), ("{dir}/*", 6)]);

    let all = "grants: {interfaces: [metrics, files, log, uname, page-size, clock-ticks, statfs, \
adjtimex, time-zone, netlink, connections, perf, ethtool, btrfs, clocks, random, files]}";
    assert_eq!(grants(all).interfaces.unwrap(), Interface::ALL);

    // One name stands for three interfaces, which may also be listed by their own names.
    for list in [
        "[system]",
        "[uname, system]",
        "[system, page-size, clock-ticks]",
    ] {
        let interfaces = grants(&format!("grants: {{interfaces: {list}}}")).interfaces;
        assert!(
            interfaces.unwrap().into_iter().eq(Interface::system()),
            "{list}"
        );
    }
}

#[test]
fn names_are_granted_by_a_list() {
    let names = |text: &str| entry(text).grants.unwrap().names;
    assert_eq!(names("grants: {}"), None);
    assert_eq!(names("grants: {names: []}"), Some(vec![]));
    let listed = names("grants: {names: [node_foo_total, \"node_x_*\", job:x:sum]}").unwrap();
    let listed: Vec<String> = listed.iter().map(ToString::to_string).collect();
    assert_eq!(listed, ["node_foo_total", "node_x_*", "job:x:sum"]);
}

#[test]
fn invalid_granted_names_are_rejected() {
    let many = format!("grants: {{names: [{}]}}", "x,".repeat(257));
    all_rejected(&[
        (
            "grants:\n  names:",
            "expected a list of metric names, or [] for none, found nothing",
        ),
        (
            "grants: {names: node_x}",
            "expected a list of metric names, or [] for none, found \"node_x\"",
        ),
        (
            "grants: {names: [[node_x]]}",
            "expected a metric name, or the beginning of one followed by *, found a list",
        ),
        (
            "grants: {names: [node-x]}",
            "a.grants.names: \"node-x\": not of the form [a-zA-Z_:][a-zA-Z0-9_:]* with at most 256 \
characters; a * may stand at its end, for any more characters",
        ),
        (
            "grants: {names: ['*']}",
            "would grant every name; write a prefix followed by *, such as node_disk_*",
        ),
        (
            "grants: {names: [up]}",
            "\"up\": cannot be granted to a module: Prometheus sets it for each target and \
alert",
        ),
        (
            "grants: {names: [firepit_*]}",
            "\"firepit_*\": cannot be granted to a module: firepit reports the state of itself and \
its collectors with it",
        ),
        (&many, "257 names, at most 256 are allowed"),
    ]);
}

#[test]
fn invalid_grants_are_rejected() {
    all_rejected(&[
        (
            "grants:",
            "a.grants: expected a mapping, found nothing; write {} for the default grants",
        ),
        (
            "grants:\n  reads:",
            "expected a list of patterns, or [] for none, found nothing",
        ),
        (
            "grants: {reads: /proc}",
            "expected a list of patterns, or [] for none, \
found \"/proc\"",
        ),
        (
            "grants: {reads: [proc]}",
            "a.grants.reads: the pattern \"proc\": begins neither with / \
nor with an option in braces",
        ),
        (
            "grants: {reads: ['']}",
            "the pattern \"\": begins neither with / nor with an option in \
braces",
        ),
        (
            "grants: {reads: [[/proc]]}",
            "expected a pattern of paths, found a list",
        ),
        ("grants:\n  reads:\n  - {dir}", "or contains \": \""),
        (
            "grants:\n  interfaces:",
            "expected a list of interfaces, or [] for none, found nothing",
        ),
        (
            "grants: {interfaces: all}",
            "expected a list of interfaces, or [] for none, found \"all\"",
        ),
        (
            "grants: {interfaces: [file]}",
            "unknown interface \"file\"; did you mean \"files\"?",
        ),
        (
            "grants: {interfaces: [sockets]}",
            "unknown interface \"sockets\"; they are metrics, files, log, uname, \
page-size, clock-ticks, statfs, adjtimex, time-zone, netlink, connections, perf, ethtool, btrfs, clocks, \
random, system",
        ),
        (
            "grants: {interfaces: [~]}",
            "expected the name of an interface, found nothing",
        ),
    ]);
}

#[test]
fn limits_have_units_and_are_above_zero() {
    let size = "not a size; write a number of bytes, or one with KiB, MiB or GiB, such as 64MiB";
    all_rejected(&[
        (
            "limits: {fuel: -1}",
            "a.limits.fuel: \"-1\": not a whole number above zero",
        ),
        (
            "limits: {series: 1.5}",
            "\"1.5\": not a whole number above zero",
        ),
        (
            "limits: {files: many}",
            "\"many\": not a whole number above zero",
        ),
        (
            "limits: {deadline: 5}",
            "\"5\": not a duration; write a number with a unit, such as 500ms, 5s, \
1m30s or 1d",
        ),
        (
            "limits: {deadline: 0s}",
            "\"0s\": the duration must be above zero",
        ),
        ("limits: {memory: 1}", "\"1\": not between 64KiB and 4GiB"),
        ("limits: {output_bytes: 32MB}", size),
        ("limits: {bytes_read: 0}", size),
        ("limits: {file_bytes: 1 KiB}", size),
        ("limits: {log_bytes: ''}", size),
        ("limits:\n  fuel:", "expected a whole number, found nothing"),
        (
            "limits: {memory: [1MiB]}",
            "expected a size such as 64MiB, found a list",
        ),
        ("limits: {deadline: {s: 5}}", "or contains \": \""),
        (
            "limits: {scrape_share: 1.5}",
            "a.limits.scrape_share: \"1.5\": not a share; write a number above 0 and \
up to 1, such as 0.5",
        ),
        (
            "limits: {scrape_timeout: 0}",
            "\"0\": the duration must be above zero",
        ),
        (
            "limits: {cpu_per_minute: 5%}",
            "\"5%\": not a duration; write a number with a unit, such as 500ms, 5s, 1m30s or 1d",
        ),
        (
            "limits: {quarantine_after: never}",
            "\"never\": not a whole number; 0 disables it",
        ),
        (
            "limits: {quarantine_pause: 0s}",
            "\"0s\": the duration must be above zero",
        ),
        (
            "limits: {quarantine_max_pause: 0s}",
            "\"0s\": the duration must be above zero",
        ),
    ]);
}

#[test]
fn limits_include_shares_budgets_and_quarantine() {
    let text = "limits: {scrape_share: 0.9, scrape_timeout: 4s, cpu_per_minute: 0, \
                quarantine_after: 0, quarantine_pause: 1s, quarantine_max_pause: 2s}";
    let limits = entry(text).limits.apply(&Limits::default());
    let second = std::time::Duration::from_secs(1);
    let expected = Limits {
        scrape_share: Share::new(0.9),
        scrape_timeout: Some(second * 4),
        cpu_per_minute: std::time::Duration::ZERO,
        back_off: BackOff {
            after: 0,
            pause: second,
            longest: second * 2,
        },
        ..Limits::default()
    };
    assert_eq!(limits, expected);
}

#[test]
fn instances_have_three_forms() {
    assert_eq!(entry("instances: kept").instances, Some(Instances::Kept));
    assert_eq!(entry("instances: fresh").instances, Some(Instances::Fresh));
    let recycle = entry("instances:\n  recycle_every: 100").instances;
    assert_eq!(recycle, Some(Instances::RecycleEvery(100)));
    let expected =
        |found: &str| format!("expected kept, fresh or {{recycle_every: NUMBER}}, found {found}");
    all_rejected(&[
        ("instances: recycle_every", &expected("\"recycle_every\"")),
        ("instances:", &expected("nothing")),
        ("instances: [kept]", &expected("a list")),
        ("instances: {}", &expected("an empty mapping")),
        (
            "instances: {recycle_every: 0}",
            "a.instances.recycle_every: \"0\": not a whole number above zero",
        ),
    ]);
}

#[test]
fn a_prefix_is_required_or_added() {
    let prefix = |text| entry(text).metric_prefix.unwrap();
    let required = prefix("metric_prefix: {require: smart_}");
    assert_eq!(required, NamePrefix::Require("smart_".to_owned()));
    let added = prefix("metric_prefix:\n  add: '_9:'");
    assert_eq!(added, NamePrefix::Add("_9:".to_owned()));

    let form = "not of the form [a-zA-Z_:][a-zA-Z0-9_:]* with at most 128 characters";
    let long = format!("metric_prefix: {{add: {}}}", "a".repeat(129));
    let expected = "expected {require: PREFIX} or {add: PREFIX}, found";
    all_rejected(&[
        ("metric_prefix: {add: 9a}", form),
        ("metric_prefix: {add: ''}", form),
        ("metric_prefix: {add: smart-}", form),
        ("metric_prefix: {require: é}", form),
        (&long, form),
        (
            "metric_prefix: {require: a_, add: b_}",
            "a.metric_prefix: has both require and add; keep one of them",
        ),
        ("metric_prefix: {}", &format!("{expected} an empty mapping")),
        ("metric_prefix: smart_", &format!("{expected} \"smart_\"")),
        ("metric_prefix:", &format!("{expected} nothing")),
        (
            "metric_prefix: {add:}",
            "expected the beginning of a metric name, found nothing",
        ),
    ]);
}

#[test]
fn labels_have_names_and_values() {
    let labels = |text| -> Vec<(String, String)> {
        let labels = entry(text).labels;
        let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        labels.iter().map(owned).collect()
    };
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(labels("labels:"), []);
    assert_eq!(labels("labels: {}"), []);
    assert_eq!(
        labels("labels:\n  zone: \"a \\\"b\\\"\"\n  rack: 1.50\n  spare: true"),
        [
            pair("rack", "1.50"),
            pair("spare", "true"),
            pair("zone", "a \"b\"")
        ]
    );
    let many: Vec<String> = (0..17).map(|number| format!("l{number}: v")).collect();
    let many = format!("labels: {{{}}}", many.join(", "));
    let long = format!("labels: {{{}: v}}", "a".repeat(129));
    let much = format!("labels: {{a: {}}}", "v".repeat(257));
    all_rejected(&[
        (
            "labels: {a-b: v}",
            "a.labels.a-b: a label name must have the form [a-zA-Z_][a-zA-Z0-9_]*",
        ),
        (
            "labels: {__name__: v}",
            "begin with __ belong to Prometheus",
        ),
        ("labels: {le: v}", "the quantiles of summaries"),
        ("labels: {quantile: v}", "the quantiles of summaries"),
        (
            "labels: {a: ''}",
            "an empty value is the same as no label; leave the label out",
        ),
        ("labels: {a:}", "expected a text or a number, found nothing"),
        (
            "labels: {a: [v]}",
            "expected a text or a number, found a list",
        ),
        ("labels: [a]", "expected a mapping, found a list"),
        ("labels: rack", "expected a mapping, found \"rack\""),
        (&many, "a.labels: at most 16 labels are allowed"),
        (&long, "a label name must have at most 128 bytes"),
        (&much, "a label value must have at most 256 bytes"),
    ]);
}
