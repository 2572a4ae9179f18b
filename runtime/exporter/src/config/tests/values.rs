//! The keys directly below a collector, and `options`: accepted forms, and messages for others.

use super::{ConfigFile, entry, message, refusal};
use std::path::{Path, PathBuf};

/// Each text has to be rejected with one line, for the last line of the text, that ends like this.
pub(super) fn all_rejected(cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        let message = refusal(text);
        let line = 2 + text.lines().count();
        assert!(
            message.starts_with(&format!("{line}: collectors.a")),
            "{text}: {message}"
        );
        assert!(message.ends_with(expected), "{text}: {message}");
        assert_eq!(message.lines().count(), 1, "{text}: {message}");
    }
}

#[test]
fn wrong_shapes_name_the_found_value() {
    for (text, expected) in [
        ("x", "1: expected a mapping, found \"x\""),
        ("[x]", "1: expected a mapping, found a list"),
        (
            "collectors: x",
            "1: collectors: expected a mapping, found \"x\"",
        ),
        (
            "collectors: []",
            "1: collectors: expected a mapping, found a list",
        ),
        (
            "collectors:\n  a: true",
            "2: collectors.a: expected a mapping, found \"true\"",
        ),
        (
            "collectors:\n- a\n",
            "2: collectors: expected a mapping, found a list",
        ),
    ] {
        assert_eq!(message(text), expected);
    }
    all_rejected(&[
        ("options: 1", "a.options: expected a mapping, found \"1\""),
        ("limits: []", "a.limits: expected a mapping, found a list"),
        ("grants: all", "a.grants: expected a mapping, found \"all\""),
    ]);
}

#[test]
fn modules_are_found_from_the_files_directory() {
    let module = |path: &str, module: &str| {
        let text = format!("collectors: {{a: {{module: {module}}}}}");
        let file = ConfigFile::parse(Path::new(path), &text).unwrap();
        file.collectors[0].module.clone().unwrap()
    };
    assert_eq!(
        module("/etc/f.yaml", "a.wasm"),
        PathBuf::from("/etc/a.wasm")
    );
    assert_eq!(
        module("/etc/f.yaml", "../a.wasm"),
        PathBuf::from("/etc/../a.wasm")
    );
    assert_eq!(
        module("/etc/f.yaml", "/opt/a.wasm"),
        PathBuf::from("/opt/a.wasm")
    );
    assert_eq!(
        module("conf/f.yaml", "m/a.wasm"),
        PathBuf::from("conf/m/a.wasm")
    );
    assert_eq!(module("f.yaml", "m/a.wasm"), PathBuf::from("m/a.wasm"));
    all_rejected(&[
        ("module:", "expected the path of a module, found nothing"),
        ("module: ''", "\"\": not the path of a file"),
        ("module: \"a\\0b\"", "\"a\\0b\": not the path of a file"),
        (
            "module: {path: x}",
            "found a mapping; quote a text that begins with { or contains \": \"",
        ),
    ]);
}

#[test]
fn digests_have_64_digits() {
    let digest = "0123456789abcdefABCDEF0123456789abcdefABCDEF0123456789abcdefABCD";
    let read = entry(&format!("sha256: {digest}")).sha256;
    assert_eq!(read, Some(digest.to_lowercase()));
    let digits = "1".repeat(64);
    assert_eq!(entry(&format!("sha256: {digits}")).sha256, Some(digits));
    for text in [
        "9f86d0",
        &format!("{digest}0"),
        &digest.replace('a', "g"),
        &digest.replace('a', "é"),
        &format!("'{digest} '"),
    ] {
        all_rejected(&[(&format!("sha256: {text}"), ": not 64 hexadecimal digits")]);
    }
}

#[test]
fn enabled_is_true_or_false() {
    assert_eq!(entry("enabled: true").enabled, Some(true));
    assert_eq!(entry("enabled: false").enabled, Some(false));
    all_rejected(&[
        ("enabled: yes", "expected true or false, found \"yes\""),
        ("enabled: 'true'", "expected true or false, found \"true\""),
        ("enabled: 1", "expected true or false, found \"1\""),
        ("enabled:", "expected true or false, found nothing"),
        ("enabled: [true]", "expected true or false, found a list"),
        (
            "enabled: {}",
            "expected true or false, found an empty mapping",
        ),
    ]);
}

#[test]
fn options_keep_their_text() {
    for (written, text) in [
        ("0123", "0123"),
        ("1.50", "1.50"),
        ("0x1F", "0x1F"),
        ("1e3", "1e3"),
        ("yes", "yes"),
        ("True", "True"),
        (".inf", ".inf"),
        ("2026-11-22", "2026-11-22"),
        ("12:30:00", "12:30:00"),
        ("^(a|b)$", "^(a|b)$"),
        ("a b # comment", "a b"),
        ("'null'", "null"),
        ("''", ""),
        ("'it''s'", "it's"),
        ("\"a\\tb\"", "a\tb"),
        ("|\n    a\n    b", "a\nb\n"),
        (">-\n    a\n    b", "a b"),
    ] {
        let options = entry(&format!("options:\n  x: {written}")).options;
        assert_eq!(options[0].values, [text], "{written}");
    }
}

#[test]
fn options_may_be_lists() {
    let options = entry("options:\n  x: [a, 1, '', true]\n  y: []\n  z:\n  - 007\n").options;
    assert_eq!(options[0].values, ["a", "1", "", "true"]);
    assert!(options[1].values.is_empty());
    assert_eq!(
        (options[2].values.clone(), options[2].line),
        (vec!["007".to_owned()], 6)
    );
    let nothing = "found nothing; write \"\" for an empty text";
    all_rejected(&[
        ("options:\n  x:", nothing),
        ("options: {x: ~}", nothing),
        (
            "options: {x: [null]}",
            "expected a text, a number, true or false, found nothing",
        ),
        (
            "options: {x: [[a]]}",
            "expected a text, a number, true or false, found a list",
        ),
        ("options:\n  x: {}", "or contains \": \""),
    ]);
}
