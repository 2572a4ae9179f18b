//! YAML features that a config file cannot use, and texts that are not YAML.

use super::{message, parse};
use crate::config::ConfigError;

#[test]
fn anchors_aliases_and_tags_are_refused() {
    let anchor = "anchors are not supported; leave it out, or quote a text that begins with &";
    let alias = "aliases are not supported; write the value itself, \
                 or quote a text that begins with *";
    let tag = "tags are not supported; leave it out, or quote a text that begins with !";
    for (text, expected) in [
        ("&x collectors:\n", format!("1: {anchor}")),
        ("collectors: &x {}\n", format!("1: {anchor}")),
        ("collectors: &x\n  a:\n", format!("1: {anchor}")),
        (
            "collectors:\n  a: &x {}\n  b: *x\n",
            format!("2: {anchor}\n3: {alias}"),
        ),
        (
            "collectors:\n  a: &x {}\n  *x : {}\n",
            format!("2: {anchor}\n3: {alias}"),
        ),
        ("collectors: !!map {}\n", format!("1: {tag}")),
        ("collectors:\n  a: {sha256: !x }\n", format!("2: {tag}")),
        ("collectors:\n  a: {module: ! x}\n", format!("2: {tag}")),
    ] {
        let message = message(text);
        assert!(message.starts_with(&expected), "{text}: {message}");
    }
}

#[test]
fn an_alias_is_reported_once() {
    let text = "collectors:\n  a: &x {}\n  b:\n    enabled: *x\n    options: {y: *x, z: [*x]}\n";
    assert_eq!(message(text).lines().count(), 4, "{}", message(text));
}

#[test]
fn merge_key_is_rejected() {
    let text = "collectors:\n  a:\n    <<: {enabled: true}\n";
    assert!(message(text).starts_with("3: collectors.a: unknown key \"<<\"; the keys here are"));
}

#[test]
fn a_file_has_one_document() {
    for text in [
        "collectors:\n---\ncollectors:\n",
        "---\n---\n",
        "collectors:\n...\nmore: x\n",
    ] {
        let message = message(text);
        let expected = "a second document begins here; a config file has only one";
        assert!(message.ends_with(expected), "{text}: {message}");
    }
    assert!(parse("---\ncollectors:\n...\n").is_ok());
}

#[test]
fn invalid_yaml_is_reported_with_its_position() {
    for (text, line, column) in [
        ("collectors:\n  a:\n    module: 'x\n", 3, 13),
        ("collectors:\n  a: b: c\n", 2, 7),
        ("collectors:\n  a:\n   x: 1\n  - y\n", 4, 5),
        ("collectors: {a: {}\n", 2, 1),
        ("é: \"\\q\"", 1, 4),
    ] {
        let error = parse(text).unwrap_err();
        let begins = format!("/etc/firepit/firepit.yaml:{line}:{column}: invalid YAML: ");
        assert!(error.to_string().starts_with(&begins), "{text}: {error}");
    }
}

#[test]
fn missing_quotes_are_guessed() {
    for (value, begin) in [
        ("*.wasm", '*'),
        ("[*.wasm]", '*'),
        ("@file", '@'),
        ("%n", '%'),
        ("`x`", '`'),
        ("[{dir}/*.prom]", '{'),
        ("{dir}/*.prom", '{'),
    ] {
        let message = message(&format!("collectors:\n  a:\n    x: {value}\n"));
        let expected = format!("; quote a text that begins with {begin}");
        assert!(message.starts_with("3:"), "{value}: {message}");
        assert!(message.ends_with(&expected), "{value}: {message}");
    }
}

#[test]
fn control_characters_are_refused_everywhere() {
    for (text, expected) in [
        ("collectors:\n\0  a: b", "2:1: "),
        ("collectors: {} \u{1b}", "1:16: "),
        ("# \u{7f}", "1:3: "),
        ("\0", "1:1: "),
    ] {
        let message = message(text);
        assert!(message.starts_with(expected), "{text:?}: {message}");
        assert!(
            message.contains("invalid control character U+"),
            "{text:?}: {message}"
        );
    }
    assert!(parse("collectors:\r\n  a:\r\n    enabled: true\t# x\r\n").is_ok());
}

#[test]
fn depth_and_length_are_bounded() {
    let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    assert!(matches!(
        parse(&nested(16)),
        Err(ConfigError::Invalid { .. })
    ));
    for text in [nested(17), "- ".repeat(17), "? ".repeat(17)] {
        assert!(message(&text).ends_with("nested more than 16 levels deep"));
    }
    let values = |number: usize| "- a\n".repeat(number - 1);
    assert!(matches!(
        parse(&values(100_000)),
        Err(ConfigError::Invalid { .. })
    ));
    assert!(message(&values(100_001)).ends_with("more than 100000 values"));
}
