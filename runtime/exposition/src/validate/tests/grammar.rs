//! Names of metrics and labels.

use super::*;

#[test]
fn metric_names_follow_the_grammar() {
    for name in ["a", "_", ":", "node_load1", "job:rate:5m", "A9", "__x"] {
        assert_eq!(accepted(gauge(name, &[], &[&[]])).name(), name);
    }
    for name in [
        "",
        "9a",
        "a-b",
        "a b",
        "a.b",
        "ä",
        "a{b=\"c\"}",
        "a\n# TYPE b gauge\nb 1",
        "a\0",
    ] {
        assert_eq!(
            reason(gauge(name, &[], &[&[]])),
            Reason::InvalidName,
            "{name:?}"
        );
    }
}

#[test]
fn label_names_follow_the_grammar() {
    for name in ["a", "_", "_a", "A9", "le", "quantile"] {
        let family = accepted(gauge("m", &[name], &[&["v"]]));
        assert_eq!(
            family.series().next().unwrap().labels().collect::<Vec<_>>(),
            [(name, "v")]
        );
    }
    for name in ["", "9", "a:b", "a-b", "é", "a=\"1\",b", "a\nb"] {
        assert_eq!(
            reason(gauge("m", &[name], &[&["v"]])),
            Reason::InvalidLabelName,
            "{name:?}"
        );
    }
}

#[test]
fn labels_of_the_host_are_reserved() {
    for name in ["__name__", "__", "__a"] {
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
fn a_label_name_stands_once() {
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
fn what_is_accepted_of_garbage_keeps_the_rules() {
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
            let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
            assert!(
                family
                    .name()
                    .starts_with(|c| c != '1' && (plain(c) || c == ':'))
            );
            assert!(family.name().chars().all(|c| plain(c) || c == ':'));
            let names: Vec<&str> = family
                .series()
                .next()
                .unwrap()
                .labels()
                .map(|(name, _)| name)
                .collect();
            assert!(names.is_sorted_by(|a, b| a < b));
            assert!(
                names
                    .iter()
                    .all(|name| !name.is_empty() && name.chars().all(plain))
            );
        }
    }
    assert!(count > 100, "{count} accepted");
}
