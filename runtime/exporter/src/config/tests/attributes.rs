//! Attributes, in today's file and in node_exporter's of 2014.

use super::{message, parse};

fn attributes(text: &str) -> Vec<(String, String)> {
    parse(text).unwrap().attributes
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |&(name, value): &(&str, &str)| (name.to_owned(), value.to_owned());
    pairs.iter().map(owned).collect()
}

#[test]
fn attributes_are_texts_sorted_by_name() {
    assert_eq!(
        attributes("attributes: {zone: a, rack: 17, _x1: ''}\ncollectors: {cpu: {}}\n"),
        pairs(&[("_x1", ""), ("rack", "17"), ("zone", "a")])
    );
    for none in ["", "attributes:\n", "attributes: {}\n", "collectors: {}\n"] {
        assert_eq!(attributes(none), []);
    }
}

/// The file that node_exporter came with, and the same with tabs.
#[test]
fn the_old_json_file_is_read() {
    let json = "{\n  \"attributes\" : {\n    \"web_server\" : \"1\",\n    \"zone\" : \"a\",\n    \
                \"default\" : \"1\"\n  },\n  \"config\" : {\n    \"megacli_command\" : \"megacli.sh\"\n  \
                }\n}\n";
    let expected = pairs(&[("default", "1"), ("web_server", "1"), ("zone", "a")]);
    let compact = json.replace(['\n', ' '], "");
    for text in [json.to_owned(), json.replace("  ", "\t"), compact] {
        let file = parse(&text).unwrap();
        assert_eq!(file.attributes, expected, "{text}");
        assert_eq!(file.collectors, []);
        let [warning] = file.warnings.as_slice() else {
            panic!("{:?}", file.warnings);
        };
        assert!(
            warning.ends_with("have no effect: \"megacli_command\""),
            "{warning}"
        );
    }
    assert_eq!(
        parse("attributes: {a: b}\nconfig: {}\n").unwrap().warnings,
        [""; 0]
    );
}

#[test]
fn invalid_label_is_rejected_with_its_line() {
    let form = "the name of an attribute is that of a label: [a-zA-Z_][a-zA-Z0-9_]* with at most 256 \
                characters";
    for (name, reason) in [
        ("1a", form),
        ("a-b", form),
        ("''", form),
        ("é", form),
        (&*"x".repeat(257), form),
        (
            "__name__",
            "label names that begin with __ are reserved by Prometheus",
        ),
    ] {
        let shown = name.trim_matches('\'');
        let text = message(&format!("attributes:\n  zone: a\n  {name}: b\n"));
        assert!(text.starts_with("3: attributes."), "{text}");
        assert!(text.ends_with(&format!(": {reason}")), "{shown}: {text}");
    }
}

#[test]
fn values_are_texts_of_bounded_length() {
    let long = "x".repeat(4097);
    let rejected = |value: &str| message(&format!("attributes:\n  a: {value}\n"));
    assert_eq!(rejected(&long), "2: attributes.a: longer than 4096 bytes");
    assert_eq!(
        rejected("[b]"),
        "2: attributes.a: expected a text, found a list"
    );
    assert_eq!(
        rejected(""),
        "2: attributes.a: expected a text, found nothing"
    );
    assert_eq!(
        attributes(&format!("attributes: {{a: {}}}", &long[1..])).len(),
        1
    );
    let many: String = (0..65).map(|number| format!("  a{number}: b\n")).collect();
    let text = message(&format!("attributes:\n{many}"));
    assert_eq!(text, "1: attributes: more than 64 attributes: 65");
}

/// A misspelt `collectors` is not taken for the old key.
#[test]
fn entries_of_collectors_are_not_settings() {
    let text = message("config:\n  smart:\n    module: x.wasm\n");
    assert!(
        text.starts_with("3: config.smart: expected a text, as in the file of"),
        "{text}"
    );
}
