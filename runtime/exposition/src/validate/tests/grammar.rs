//! Names of metrics and labels.

use super::*;

/// Characters that break or garble a line.
const GARBLED: [&str; 9] = [
    "",
    "a\n# TYPE b gauge\nb 1",
    "a\0",
    "a\u{1b}[31m",
    "a\r",
    "a\u{85}",
    "a\u{202e}b",
    "a\u{2066}b",
    "a\u{2028}b",
];

#[test]
fn metric_names_are_any_text_that_prints() {
    let plain = ["a", "_", ":", "node_load1", "job:rate:5m", "A9", "__x"];
    let others = [
        "9a",
        "a-b",
        "a b",
        "a.b",
        "ä",
        "e\u{301}",
        "a{b=\"c\"}",
        "\\",
    ];
    for name in plain.into_iter().chain(others) {
        let family = accepted(gauge(name, &[], &[&[]]));
        assert_eq!(family.name(), name);
        let is_plain = plain.contains(&name);
        assert_eq!(family.naming() == Naming::Plain, is_plain, "{name}");
        assert_ne!(family.get(0).unwrap().has_utf8_names(), is_plain);
    }
    for name in GARBLED {
        let problem = problem(gauge(name, &[], &[&[]]));
        assert_eq!(problem.reason, Reason::InvalidName, "{name:?}");
        assert!(!problem.to_string().contains(char::is_control));
    }
}

#[test]
fn label_names_are_any_text_that_prints() {
    let plain = ["a", "_", "_a", "A9", "le", "quantile"];
    for name in plain
        .into_iter()
        .chain(["9", "a:b", "a-b", "é", "a=\"1\",b"])
    {
        let family = accepted(gauge("m", &[name], &[&["v"]]));
        assert_eq!(
            family.series().next().unwrap().labels().collect::<Vec<_>>(),
            [(name, "v")]
        );
        assert_eq!(family.naming() == Naming::Plain, plain.contains(&name));
    }
    for name in GARBLED {
        let reason = reason(gauge("m", &[name], &[&["v"]]));
        assert_eq!(reason, Reason::InvalidLabelName, "{name:?}");
    }
}

#[test]
fn labels_of_the_host_are_reserved() {
    for name in ["__name__", "__", "__a", "..a", "_.", "éé"] {
        assert_eq!(
            reason(gauge("m", &[name], &[&["v"]])),
            Reason::ReservedLabel
        );
    }
    assert_eq!(reason(histogram(&["le"], &[], 0)), Reason::ReservedLabel);
    assert_eq!(
        reason(summary(&["a", "quantile"], &[])),
        Reason::ReservedLabel
    );
    accepted(histogram(&["quantile"], &[], 0));
    accepted(summary(&["le"], &[]));
}

#[test]
fn duplicate_label_name_is_rejected() {
    let family = gauge("m", &["b", "a", "b"], &[&["1", "2", "3"]]);
    assert_eq!(reason(family), Reason::DuplicateLabel);
    assert_eq!(
        reason(gauge("m", &["a", "a"], &[&["1", "2"]])),
        Reason::DuplicateLabel
    );
}

/// Bytes from a small alphabet with all special characters, so that collisions are likely.
fn garbage(state: &mut u64) -> String {
    const ALPHABET: [char; 12] = [
        'a', 'b', '_', ':', '1', '"', '\\', '\n', '{', ' ', 'é', '\0',
    ];
    let mut next = || {
        *state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        usize::try_from(*state >> 40).unwrap()
    };
    let length = next() % 4;
    (0..length)
        .map(|_| ALPHABET[next() % ALPHABET.len()])
        .collect()
}

#[test]
fn accepted_garbage_is_valid() {
    let mut state = 1;
    let mut count = 0;
    for round in 0..50_000 {
        let labels: Vec<String> = (0..round % 3).map(|_| garbage(&mut state)).collect();
        let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
        let value = garbage(&mut state);
        let family = gauge(
            &garbage(&mut state),
            &labels,
            &[&vec![value.as_str(); labels.len()]],
        );
        let (families, problems) = validate(vec![family], &Bounds::default());
        assert_eq!(families.len() + problems.len(), 1);
        for family in families {
            count += 1;
            let prints = |name: &str| !name.is_empty() && !name.contains(char::is_control);
            assert!(prints(family.name()));
            let names: Vec<&str> = family
                .series()
                .next()
                .unwrap()
                .labels()
                .map(|(name, _)| name)
                .collect();
            assert!(names.is_sorted_by(|a, b| a < b));
            assert!(names.iter().all(|name| prints(name)));
        }
    }
    assert!(count > 100, "{count} accepted");
}
