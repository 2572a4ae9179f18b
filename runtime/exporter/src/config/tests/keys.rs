//! Unknown keys, duplicate keys, and keys that are not names.

use super::{message, parse, refusal};
use crate::config::ConfigError;

#[test]
fn unknown_key_is_reported_with_line_and_suggestion() {
    for (text, expected) in [
        (
            "colectors:\n  a:\n",
            "1: unknown key \"colectors\"; did you mean \"collectors\"?",
        ),
        (
            "\n\nlog: debug\n",
            "3: unknown key \"log\"; the keys here are collectors, attributes, config",
        ),
    ] {
        assert_eq!(message(text), expected);
    }
    for (text, expected) in [
        (
            "limit: {}",
            "3: collectors.a: unknown key \"limit\"; did you mean \"limits\"?",
        ),
        (
            "Enabled: true",
            "3: collectors.a: unknown key \"Enabled\"; did you mean \"enabled\"?",
        ),
        (
            "metric-prefix: {add: a_}",
            "3: collectors.a: unknown key \"metric-prefix\"; did you mean \"metric_prefix\"?",
        ),
        (
            "colour: red",
            "3: collectors.a: unknown key \"colour\"; the keys here are module, sha256, enabled, \
             options, grants, limits, instances, metric_prefix, labels",
        ),
        (
            "grants:\n  read: []",
            "4: collectors.a.grants: unknown key \"read\"; did you mean \"reads\"?",
        ),
        (
            "limits:\n  fuell: 1",
            "4: collectors.a.limits: unknown key \"fuell\"; did you mean \"fuel\"?",
        ),
        (
            "instances: {recycle-every: 1}",
            "3: collectors.a.instances: unknown key \"recycle-every\"; \
             did you mean \"recycle_every\"?",
        ),
        (
            "metric_prefix: {requires: a_}",
            "3: collectors.a.metric_prefix: unknown key \"requires\"; did you mean \"require\"?",
        ),
        (
            "'': 1",
            "3: collectors.a: unknown key \"\"; the keys here are module, sha256, enabled, \
             options, grants, limits, instances, metric_prefix, labels",
        ),
    ] {
        assert_eq!(refusal(text), expected);
    }
}

#[test]
fn unusual_key_is_truncated_and_escaped() {
    let text = format!("\"\\e\\n{}\": 1", "x".repeat(900));
    let shown = format!("unknown key \"\\u{{1b}}\\n{}…\"", "x".repeat(72));
    assert!(refusal(&text).contains(&shown), "{}", refusal(&text));
    assert!(refusal(&text).len() < 400);
}

#[test]
fn duplicate_key_is_reported_with_both_lines() {
    for (text, expected) in [
        (
            "collectors:\n  a:\n  b:\n  a:\n",
            "4: collectors: duplicate key \"a\", first on line 2",
        ),
        (
            "collectors:\n  a:\n    options:\n      x: 1\n      'x': 2\n",
            "5: collectors.a.options: duplicate key \"x\", first on line 4",
        ),
        (
            "collectors: {}\ncollectors: {}\n",
            "2: duplicate key \"collectors\", first on line 1",
        ),
    ] {
        assert_eq!(message(text), expected);
    }
}

#[test]
fn keys_must_be_text() {
    for text in ["? [x]\n: 1", "? {x: y}\n: 1", "{a: b}: 1", "[a]: 1"] {
        let expected = "3: a key must be a text, found a list or a mapping; \
                        quote a key that begins with [ or {";
        assert_eq!(refusal(text), expected, "{text}");
    }
}

#[test]
fn names_of_collectors_have_a_form() {
    let longest = format!("x{}", "_9".repeat(31)) + "y";
    for name in ["a", "null", longest.as_str()] {
        let file = parse(&format!("collectors:\n  {name}:\n")).unwrap();
        assert_eq!(file.collectors[0].name, name);
    }
    let too_long = format!("{longest}z");
    for name in [
        "A",
        "9a",
        "_a",
        "a-b",
        "a.b",
        "é",
        "''",
        "'a b'",
        too_long.as_str(),
    ] {
        let message = message(&format!("collectors:\n  {name}:\n    limit: 1\n"));
        let (first, second) = message.split_once('\n').unwrap();
        let form =
            "a collector's name must have the form [a-z][a-z0-9_]* with at most 64 characters";
        assert!(
            first.starts_with("2: collectors.") && first.ends_with(form),
            "{first}"
        );
        assert!(second.starts_with("3: "), "{second}");
    }
}

#[test]
fn problems_are_reported_in_line_order() {
    let text = "\
collectors:
  a:
    enabled: maybe
    module: []
    limit: {}
  B:
    limits: {fuel: 0, memory: much}
options: {}
";
    let expected = "\
3: collectors.a.enabled: expected true or false, found \"maybe\"
4: collectors.a.module: expected the path of a module, found a list
5: collectors.a: unknown key \"limit\"; did you mean \"limits\"?
6: collectors.B: a collector's name must have the form [a-z][a-z0-9_]* with at most 64 characters
7: collectors.B.limits.fuel: \"0\": not a whole number above zero
7: collectors.B.limits.memory: \"much\": not a size; write a number of bytes, or one with KiB, \
MiB or GiB, such as 64MiB
8: unknown key \"options\"; the keys here are collectors, attributes, config";
    assert_eq!(message(text), expected);
}

#[test]
fn reported_problems_are_bounded() {
    let text: String = (0..60).map(|key| format!("k{key}: x\n")).collect();
    let error = parse(&text).unwrap_err();
    let ConfigError::Invalid {
        problems, omitted, ..
    } = &error
    else {
        panic!("{error}");
    };
    assert_eq!((problems.len(), *omitted), (50, 10));
    let message = error.to_string();
    assert_eq!(message.lines().count(), 51);
    assert!(message.ends_with("\n/etc/firepit/firepit.yaml: and 10 more"));
    assert!(message.starts_with("/etc/firepit/firepit.yaml:1: unknown key \"k0\""));
}
