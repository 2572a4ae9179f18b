//! Lines, columns and numbers, and their error messages.

use super::*;

#[test]
fn errors_name_file_line_and_column() {
    let text = Text::new("/proc/x", "1 2\n3 x\n");
    let line = text.lines().nth(1).unwrap();
    let mut columns = line.columns();
    columns.float("first").unwrap();
    let error = columns.float("second").unwrap_err();
    assert_eq!(
        error.to_string(),
        "/proc/x:2: second: expected a number, found \"x\""
    );
    let error = columns.text("third").unwrap_err();
    assert_eq!(error.to_string(), "/proc/x:2: third: the column is missing");
}

#[test]
fn the_rest_of_a_line_as_integers() {
    let numbers = |text: &str| {
        let text = Text::new("/proc/x", text);
        let mut columns = text.first_line()?.columns();
        columns.text("name")?;
        columns.unsigned_all("value")
    };
    assert_eq!(numbers("a 1  2\t3"), Ok(vec![1, 2, 3]));
    assert_eq!(numbers("a"), Ok(vec![]));
    let error = numbers("a 1 -2 3").unwrap_err();
    assert_eq!(
        error.to_string(),
        "/proc/x:1: value: expected an unsigned integer, found \"-2\""
    );
}

#[test]
fn lines_and_parts_match_the_standard_library() {
    for text in [
        "",
        "\n",
        "\r\n",
        "\r",
        "a",
        "a\n",
        "a\r\nb",
        "a\n\nb\r",
        "a b",
        " a  b ",
        "é\nü é\n\r",
        "12345678\n1234567 12345678 123456789 \n",
        "a\r\r\n",
    ] {
        let source = Text::new("x", text);
        let lines: Vec<&str> = source.lines().map(|line| line.as_str()).collect();
        assert_eq!(lines, text.lines().collect::<Vec<_>>(), "{text:?}");
        for (index, line) in source.lines().enumerate() {
            assert_eq!(line.number(), index + 1);
            let parts: Vec<&str> = line.split(b' ').collect();
            assert_eq!(parts, line.as_str().split(' ').collect::<Vec<_>>());
        }
    }
}

#[test]
fn an_empty_text_has_no_first_line() {
    let error = Text::new("/proc/x", "").first_line().unwrap_err();
    assert_eq!(error.to_string(), "/proc/x: the file is empty");
}

#[test]
fn a_text_contains_its_parts() {
    let text = Text::new("/proc/x", "version: 8\n");
    assert!(text.contains("version:") && !text.contains("state"));
}

#[test]
fn integers_of_any_base() {
    let cases = [
        ("0", Some(0)),
        ("-1", Some(-1)),
        ("0x1003", Some(0x1003)),
        ("010", Some(8)),
        ("0b11", Some(3)),
        ("0o17", Some(15)),
        ("+5", Some(5)),
        ("", None),
        ("-", None),
        ("0x", None),
        ("08", None),
        ("1e3", None),
        ("é", None),
        ("9223372036854775808", None),
        ("-9223372036854775808", Some(i64::MIN)),
    ];
    for (text, expected) in cases {
        assert_eq!(any_base(text), expected, "{text:?}");
    }
}

#[test]
fn messages_are_short() {
    let text = Text::new("f", "é".repeat(1 << 20));
    let error = text.first_line().unwrap().float("x").unwrap_err();
    let expected = format!("f:1: x: expected a number, found \"{}\"", "é".repeat(80));
    assert_eq!(error.to_string(), expected);
    assert_eq!(excerpt("short"), "short");
}

#[test]
fn attributes_are_trimmed_and_truncated() {
    assert_eq!(attribute(b""), "");
    assert_eq!(attribute(b" up \n"), "up");
    assert_eq!(attribute(b"\xff\n"), "\u{fffd}");
    let long = [b"\n".repeat(28), b"x".repeat(200)].concat();
    assert_eq!(attribute(&long), "x".repeat(100));
}

#[test]
fn lists_of_numbers_name_their_file() {
    let list = |text| Text::new("/sys/x", text).number_list();
    assert_eq!(list("0,2-3\n"), Ok(vec![0, 2, 3]));
    assert_eq!(
        list("1,x\n").unwrap_err().to_string(),
        "/sys/x: expected a list of numbers, found \"x\""
    );
}

#[test]
fn integers_may_have_a_sign() {
    let text = Text::new("x", "-2 +3 9223372036854775807 0x1");
    let mut columns = text.first_line().unwrap().columns();
    for expected in [-2, 3, i64::MAX] {
        assert_eq!(columns.integer("number"), Ok(expected));
    }
    let error = columns.integer("number").unwrap_err();
    assert_eq!(
        error.to_string(),
        "x:1: number: expected an integer, found \"0x1\""
    );
    for text in ["", "-", "1.0", "9223372036854775808"] {
        assert_eq!(integer(text), None, "{text:?}");
    }
}

#[test]
fn unsigned_rejects_signs() {
    assert_eq!(unsigned("18446744073709551615"), Some(u64::MAX));
    for text in ["", "+1", "-1", "1.0", "18446744073709551616", "0x1"] {
        assert_eq!(unsigned(text), None, "{text:?}");
    }
}
