//! Reads the two text formats: a small strict reader.

use std::collections::BTreeMap;

use crate::{Example, Facts, Labels, Number, in_label, micros};

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Dialect {
    Text,
    OpenMetrics,
}

/// The facts of all families, by the names that their samples have.
pub(crate) fn facts(page: &[u8], dialect: Dialect) -> BTreeMap<String, Facts> {
    let page = std::str::from_utf8(page).unwrap();
    let page = match dialect {
        Dialect::Text => page,
        Dialect::OpenMetrics => page.strip_suffix("# EOF\n").unwrap(),
    };
    let mut all: BTreeMap<String, Facts> = BTreeMap::new();
    let mut lines = page.strip_suffix('\n').unwrap().split('\n').peekable();
    while let Some(line) = lines.next() {
        let (name, help) = comment(line, "HELP");
        let (same, kind) = comment(lines.next().unwrap(), "TYPE");
        assert_eq!(name, same);
        let mut facts = Facts {
            kind: kind.clone(),
            help,
            ..Facts::default()
        };
        if let Some(line) = lines.next_if(|line| line.starts_with("# UNIT ")) {
            let (same, unit) = comment(line, "UNIT");
            assert_eq!(name, same);
            assert!(name.ends_with(&format!("_{unit}")), "{name} {unit}");
            facts.unit = unit;
        }
        let mut of_samples = name.clone();
        if dialect == Dialect::OpenMetrics && kind == "counter" {
            of_samples.push_str("_total");
        }
        if dialect == Dialect::OpenMetrics && kind == "unknown" {
            // The name tells which of both it was.
            let is_counter = name.contains("total");
            facts.kind = if is_counter { "counter" } else { "untyped" }.to_owned();
        }
        while let Some(line) = lines.next_if(|line| !line.starts_with("# ")) {
            let ((sample, labels), number, exemplar) = sample(line, dialect);
            if sample == format!("{name}_created") && dialect == Dialect::OpenMetrics {
                facts.created.insert(labels, micros(number));
                continue;
            }
            assert!(sample.starts_with(&of_samples), "{sample}");
            let key = (sample, labels);
            facts.exemplars.extend(exemplar.map(|it| (key.clone(), it)));
            let before = facts.samples.insert(key, Number::new(number));
            assert_eq!(before, None, "{line}");
        }
        assert!(all.insert(of_samples, facts).is_none());
    }
    all
}

fn comment(line: &str, keyword: &str) -> (String, String) {
    let mut rest = line
        .strip_prefix("# ")
        .unwrap()
        .strip_prefix(keyword)
        .unwrap();
    rest = rest.strip_prefix(' ').unwrap();
    let (name, rest) = name(rest);
    let text = rest.strip_prefix(' ').unwrap();
    (name, unescape(text))
}

/// A name, in quotes or not, and what follows it.
fn name(text: &str) -> (String, &str) {
    if let Some(quoted) = text.strip_prefix('"') {
        return quoted_text(quoted);
    }
    let is_name = |char: char| char.is_ascii_alphanumeric() || char == '_' || char == ':';
    let end = text.find(|char| !is_name(char)).unwrap_or(text.len());
    assert!(
        end > 0 && !text.starts_with(|char: char| char.is_ascii_digit()),
        "{text}"
    );
    (text[..end].to_owned(), &text[end..])
}

/// A text up to its closing quote, and what follows that.
fn quoted_text(text: &str) -> (String, &str) {
    let mut is_escaped = false;
    for (place, char) in text.char_indices() {
        match char {
            '"' if !is_escaped => return (unescape(&text[..place]), &text[place + 1..]),
            '\\' => is_escaped = !is_escaped,
            _ => is_escaped = false,
        }
    }
    panic!("no end of {text}");
}

fn unescape(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(char) = chars.next() {
        out.push(match char {
            '\\' => match chars.next().unwrap() {
                'n' => '\n',
                char => char,
            },
            char => char,
        });
    }
    out
}

type Sample = ((String, Labels), f64, Option<Example>);

fn sample(line: &str, dialect: Dialect) -> Sample {
    let (mut of_line, mut rest) = (None, line);
    if !line.starts_with('{') {
        let (plain, after) = name(line);
        (of_line, rest) = (Some(plain), after);
    }
    let (labels, after) = match rest.strip_prefix('{') {
        Some(inside) => braces(inside, &mut of_line),
        None => (Labels::new(), rest),
    };
    let after = after.strip_prefix(' ').unwrap();
    let (number, exemplar) = match after.split_once(" # {") {
        Some((number, exemplar)) => (number, Some(example(exemplar))),
        None => (after, None),
    };
    let name = of_line.unwrap();
    if dialect == Dialect::OpenMetrics && number.parse::<f64>().unwrap().is_finite() {
        let is_count = name.ends_with("_count") || name.ends_with("_bucket");
        assert_eq!(!number.contains(['.', 'e']), is_count, "{line}");
    }
    ((name, labels), number.parse().unwrap(), exemplar)
}

/// Labels up to the closing brace, and what follows that. A name in quotes without a value is that of the
/// metric.
fn braces<'a>(mut rest: &'a str, metric: &mut Option<String>) -> (Labels, &'a str) {
    let mut labels = Labels::new();
    loop {
        if let Some(after) = rest.strip_prefix('}') {
            return (labels, after);
        }
        rest = rest.strip_prefix(',').unwrap_or(rest);
        let (label, after) = name(rest);
        let Some(value) = after.strip_prefix("=\"") else {
            assert_eq!(metric.replace(label), None);
            rest = after;
            continue;
        };
        let (mut value, after) = quoted_text(value);
        if label == "le" || label == "quantile" {
            value = in_label(value.parse().unwrap());
        }
        assert_eq!(labels.insert(label, value), None);
        rest = after;
    }
}

fn example(text: &str) -> Example {
    let (labels, rest) = braces(text, &mut None);
    let rest = rest.strip_prefix(' ').unwrap();
    let (value, timestamp) = match rest.split_once(' ') {
        Some((value, timestamp)) => (value, Some(micros(timestamp.parse().unwrap()))),
        None => (rest, None),
    };
    (labels, Number::new(value.parse().unwrap()), timestamp)
}
