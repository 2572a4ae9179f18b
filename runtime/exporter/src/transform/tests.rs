//! Each step, and what it is charged.

use std::sync::Arc;

use super::*;
use firepit_exposition::record::{Family, Sample, Samples};
use firepit_exposition::validate::Reason;
use firepit_sandbox::budget::Budget;
use firepit_sandbox::files::{RootPaths, Roots};
use firepit_sandbox::grants::Policy;
use firepit_sandbox::limits::Limits;

fn descriptor(name: &str, reads: &str) -> Descriptor {
    Descriptor {
        name: name.to_owned(),
        about: "Shows something.".to_owned(),
        version: "1".to_owned(),
        enabled_by_default: true,
        reads: vec![reads.to_owned()],
        connects: Vec::new(),
        options: Vec::new(),
    }
}

fn builtin() -> Source {
    Source::Builtin("x".into())
}

fn third_party() -> Source {
    Source::File("/x.wasm".into())
}

fn names(namespace: &str, old: bool) -> BuiltinNames {
    BuiltinNames {
        namespace: Namespace::parse(namespace).unwrap(),
        old,
    }
}

fn config(policy: Policy, limits: Limits) -> SessionConfig {
    let roots = Arc::new(Roots::open(&RootPaths::default()).unwrap());
    SessionConfig::new(Vec::new(), policy, roots, limits)
}

fn family(name: &str, labels: &[(&str, &str)], value: f64) -> Family {
    let (label_names, label_values) = labels
        .iter()
        .map(|&(name, value)| (name.to_owned(), value.to_owned()))
        .unzip();
    Family {
        name: name.to_owned(),
        help: "Help.".to_owned(),
        unit: String::new(),
        label_names,
        samples: Samples::Gauge(vec![Sample {
            label_values,
            value,
            extra: None,
        }]),
    }
}

fn apply(transform: &Transform, policy: Policy, families: Vec<Family>) -> Transformed {
    let config = config(policy, Limits::default());
    let transformed = transform.apply(families, &config, &mut Hold::default(), || true);
    transformed.unwrap()
}

fn shown(transformed: &Transformed) -> Vec<&str> {
    let families = transformed.families.iter();
    families.map(validate::Family::name).collect()
}

#[test]
fn built_in_families_move_to_the_namespace() {
    let of = |descriptor: &Descriptor, source: &Source| {
        let transform = Transform::new(source, descriptor, &names("host", false));
        let families = ["node_load1", "node_textfile_mtime_seconds", "other"];
        let families = families.map(|name| family(name, &[], 1.0)).into();
        let policy = match source {
            Source::Builtin(_) => Policy::builtin(),
            Source::File(_) => Policy::third_party(),
        };
        let transformed = apply(&transform, policy, families);
        let shown = shown(&transformed);
        shown.into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(
        of(&descriptor("loadavg", "/proc/loadavg"), &builtin()),
        ["host_load1", "host_textfile_mtime_seconds", "other"]
    );
    // The content of text files keeps its names.
    assert_eq!(
        of(&descriptor("textfile", "{directory}/*.prom"), &builtin()),
        ["node_load1", "host_textfile_mtime_seconds", "other"]
    );
    // So do modules, to whom the names in the namespace are denied instead of those of `node`.
    let module = descriptor("loadavg", "/proc/loadavg");
    assert_eq!(
        of(&module, &third_party()),
        ["node_load1", "node_textfile_mtime_seconds", "other"]
    );
    let transform = Transform::new(&third_party(), &module, &names("host", false));
    let taken = vec![family("host_load1", &[], 1.0)];
    let transformed = apply(&transform, Policy::third_party(), taken);
    assert_eq!(transformed.problems[0].reason, Reason::ReservedName);
}

#[test]
fn labels_are_added_and_charged() {
    let labels = || {
        let rack = ("rack".to_owned(), "a1".repeat(50));
        ConstantLabels::new([rack]).unwrap()
    };
    let descriptor = descriptor("x", "/proc/x");
    let transform = Transform::new(&third_party(), &descriptor, &BuiltinNames::default());
    let transform = transform.labels(labels());
    let given = || vec![family("a", &[], 1.0), family("b", &[], 2.0)];
    let transformed = apply(&transform, Policy::third_party(), given());
    assert_eq!(shown(&transformed), ["a", "b"]);
    for family in &transformed.families {
        let series = family.series().next().unwrap();
        assert_eq!(series.labels().next(), Some(("rack", &*"a1".repeat(50))));
    }

    // Two families of about 400 bytes with their labels, and less than 100 without.
    let limited = |output_bytes| {
        let limits = Limits {
            output_bytes,
            ..Limits::default()
        };
        let config = config(Policy::third_party(), limits);
        let mut held = Hold::default();
        transform.apply(given(), &config, &mut held, || true)
    };
    let transformed = limited(500).unwrap();
    assert_eq!(shown(&transformed), ["a"]);
    assert_eq!(transformed.failure, Some(Failure::Output("text")));
    assert_eq!(limited(1_000).unwrap().failure, None);

    let config = config(Policy::third_party(), Limits::default());
    let budget = Budget::new(150);
    let mut held = budget.hold();
    let transformed = transform.apply(given(), &config, &mut held, || true);
    let transformed = transformed.unwrap();
    assert_eq!(shown(&transformed), ["a"]);
    assert_eq!(transformed.failure, Some(Failure::TotalMemory));
    assert!(held.bytes() > 100);
}

#[test]
fn label_clash_drops_only_its_family() {
    let rack = [("rack".to_owned(), "a1".to_owned())];
    let descriptor = descriptor("x", "/proc/x");
    let transform = Transform::new(&builtin(), &descriptor, &BuiltinNames::default());
    let transform = transform.labels(ConstantLabels::new(rack).unwrap());
    let given = vec![family("a", &[("rack", "b")], 1.0), family("b", &[], 2.0)];
    let transformed = apply(&transform, Policy::builtin(), given);
    assert_eq!(shown(&transformed), ["b"]);
    assert_eq!(transformed.problems[0].reason, Reason::LabelClash);
    assert_eq!(transformed.failure, None);
}

#[test]
fn old_names_accompany_current_names_in_any_namespace() {
    let given = || {
        vec![
            family(
                "node_filesystem_size_bytes",
                &[
                    ("device", "/dev/sda"),
                    ("fstype", "ext4"),
                    ("mountpoint", "/"),
                ],
                4096.0,
            ),
            family(
                "node_filesystem_files",
                &[
                    ("device", "/dev/sda"),
                    ("fstype", "ext4"),
                    ("mountpoint", "/"),
                ],
                7.0,
            ),
        ]
    };
    let filesystem = descriptor("filesystem", "/proc/1/mountinfo");
    for (namespace, size, files) in [
        (
            "node",
            "node_filesystem_size_bytes",
            "node_filesystem_files",
        ),
        (
            "host",
            "host_filesystem_size_bytes",
            "host_filesystem_files",
        ),
    ] {
        let transform = Transform::new(&builtin(), &filesystem, &names(namespace, true));
        let transformed = apply(&transform, Policy::builtin(), given());
        let expected = [size, files, "node_filesystem_size", "node_filesystem_files"];
        assert_eq!(shown(&transformed), expected);
        let old = transformed.families[2].series().next().unwrap();
        assert_eq!(old.labels().collect::<Vec<_>>(), [("filesystem", "/")]);
        assert_eq!(transformed.problems, []);
    }
    // Neither without the flag nor for modules.
    for (source, old) in [(builtin(), false), (third_party(), true)] {
        let transform = Transform::new(&source, &filesystem, &names("node", old));
        let transformed = apply(&transform, Policy::builtin(), given());
        assert_eq!(transformed.families.len(), 2);
    }
}

#[test]
fn late_output_is_dropped_whole() {
    let descriptor = descriptor("loadavg", "/proc/loadavg");
    let transform = Transform::new(&builtin(), &descriptor, &names("node", true));
    let config = config(Policy::builtin(), Limits::default());
    let late = transform.apply(
        vec![family("node_load1", &[], 1.0)],
        &config,
        &mut Hold::default(),
        || false,
    );
    assert!(late.is_none());
}
