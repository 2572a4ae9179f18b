//! Parses a page strictly: besides the text format, checks that every line is in the form that
//! node_exporter writes.

use std::collections::{BTreeMap, BTreeSet};
use std::iter::Peekable;

use firepit_exposition::parse::{self, Document, Limits};
use firepit_exposition::validate::Kind;

/// A parsed page.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Page {
    /// By name.
    pub families: BTreeMap<String, Family>,
}

/// A family.
#[derive(Debug, Clone, PartialEq)]
pub struct Family {
    /// Help text, unescaped.
    pub help: String,
    /// Type, as its line says.
    pub kind: String,
    /// Samples in the order of the page.
    pub samples: Vec<Sample>,
}

/// A line of the page.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// Name, with the suffix of a histogram or summary.
    pub name: String,
    /// Labels, unescaped.
    pub labels: BTreeMap<String, String>,
    /// Value.
    pub value: f64,
}

impl Page {
    /// Parses a page.
    ///
    /// # Errors
    /// The first line that is wrong, and why.
    pub fn parse(text: &str) -> Result<Self, String> {
        let document = document(text)?;
        if document.families.is_empty() {
            return Err("the page has no families".to_owned());
        }
        let mut page = Self::default();
        let mut lines = text.split_inclusive('\n').peekable();
        for parsed in &document.families {
            let last = page.families.last_key_value();
            if last.is_some_and(|(last, _)| last.as_str() >= parsed.name) {
                return Err(format!("{} is not in order", parsed.name));
            }
            let family = family(parsed, &mut lines)?;
            page.families.insert(parsed.name.to_owned(), family);
        }
        lines.next().map_or(Ok(page), |line| Err(wrong(line)))
    }

    /// The value of the one sample with these labels and no others.
    #[must_use]
    pub fn value(&self, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
        let labels: BTreeMap<_, _> = labels
            .iter()
            .map(|&(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let sample = self.samples(name).find(|sample| sample.labels == labels)?;
        Some(sample.value)
    }

    /// The samples of one name.
    pub fn samples<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Sample> {
        let samples = self.families.values().flat_map(|family| &family.samples);
        samples.filter(move |sample| sample.name == name)
    }
}

fn document(text: &str) -> Result<Document<'_>, String> {
    let (document, _work) = parse::parse(text.as_bytes(), &Limits::UNLIMITED);
    document.map_err(|error| error.to_string())
}

fn wrong(line: &str) -> String {
    format!("wrong line: {line:?}")
}

fn ensure(is_right: bool, line: &str) -> Result<(), String> {
    is_right.then_some(()).ok_or_else(|| wrong(line))
}

/// Checks the lines of a family. The next family begins after them.
fn family<'a>(
    parsed: &parse::Family<'_>,
    lines: &mut Peekable<impl Iterator<Item = &'a str>>,
) -> Result<Family, String> {
    let (name, kind) = (parsed.name, parsed.kind);
    let line = lines.next().unwrap_or_default();
    let help = help(line, parsed).ok_or_else(|| wrong(line))?;
    let line = lines.next().unwrap_or_default();
    ensure(line == format!("# TYPE {name} {}\n", kind.as_str()), line)?;
    let mut samples = Vec::new();
    while let Some(line) = lines.next_if(|line| !line.starts_with('#')) {
        let sample = sample(line).ok_or_else(|| wrong(line))?;
        ensure(belongs(&sample.name, name, kind), line)?;
        samples.push(sample);
    }
    let mut seen = BTreeSet::new();
    let repeated = (samples.iter()).find(|sample| !seen.insert((&sample.name, &sample.labels)));
    if let Some(sample) = repeated {
        return Err(format!("repeated: {sample:?}"));
    }
    let kind = kind.as_str().to_owned();
    Ok(Family {
        help,
        kind,
        samples,
    })
}

/// The help text of a family, if its line is as node_exporter writes it. The parser skips blanks
/// before the text, which belong to it here.
fn help(line: &str, family: &parse::Family<'_>) -> Option<String> {
    let line = line.strip_prefix(&format!("# HELP {} ", family.name))?;
    let text = line.trim_start_matches([' ', '\t']);
    let help = family.help.as_deref().unwrap_or_default();
    let escaped = help.replace('\\', r"\\").replace('\n', r"\n");
    let blanks = line.strip_suffix(text)?;
    (text.strip_suffix('\n')? == escaped).then(|| blanks.to_owned() + help)
}

/// Whether a sample of this name belongs to a family.
fn belongs(sample: &str, family: &str, kind: Kind) -> bool {
    match sample.strip_prefix(family) {
        Some("") => kind != Kind::Histogram,
        Some(suffix) => kind.suffixes().contains(&suffix),
        None => false,
    }
}

/// Parses a line with a sample. Without its TYPE line it is a family of its own, so that no detail
/// of a distribution is lost.
fn sample(line: &str) -> Option<Sample> {
    let document = document(line).ok()?;
    let family = document.families.first()?;
    let series = family.series.first()?;
    let names: Vec<&str> = document.label_names(family).collect();
    let labels = document.all_labels(series);
    let labels = labels.map(|(column, value)| (names[column], value.as_ref()));
    let written: Vec<String> = labels.clone().map(label).collect();
    let start = match &written[..] {
        [] => format!("{} ", family.name),
        labels => format!("{}{{{}}} ", family.name, labels.join(",")),
    };
    let number = line.strip_prefix(&start)?.strip_suffix('\n')?;
    is_number(number).then(|| Sample {
        name: family.name.to_owned(),
        labels: labels
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
        value: series.value,
    })
}

/// A label as node_exporter writes it.
fn label((name, value): (&str, &str)) -> String {
    let value = value.replace('\\', r"\\").replace('\n', r"\n");
    format!("{name}=\"{}\"", value.replace('"', r#"\""#))
}

fn is_number(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_digit() || b"+-.e".contains(&byte);
    matches!(text, "NaN" | "+Inf" | "-Inf") || text.bytes().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn valid_response_is_parsed() {
        let text = "# HELP a A \"b\" \\\\ \\n.\n# TYPE a counter\na{x=\"1,}\\\"\\n\",y=\"\"} 1e+06\n\
                    a +Inf\n# HELP b \n# TYPE b histogram\nb_bucket{le=\"+Inf\"} 2\nb_sum 3\nb_count 2\n";
        let page = Page::parse(text).unwrap();
        assert_eq!(page.families["a"].help, "A \"b\" \\ \n.");
        assert_eq!(page.value("a", &[("x", "1,}\"\n"), ("y", "")]), Some(1e6));
        assert_eq!(page.value("a", &[]), Some(f64::INFINITY));
        assert_eq!(page.value("b_sum", &[]), Some(3.0));
        assert_eq!(page.value("b_sum", &[("x", "")]), None);
        let page = Page::parse("# HELP a  \t A.\n# TYPE a gauge\na 1\n").unwrap();
        assert_eq!(page.families["a"].help, " \t A.");
    }

    #[test]
    fn any_deviation_is_rejected() {
        let head = "# HELP a A.\n# TYPE a gauge\n";
        for body in [
            "",
            "a 1",
            "b 1\n",
            "a 1\n\n",
            "a 1\na 2\n",
            "a  1\n",
            "a 1 \n",
            "a 1 2\n",
            "a{} 1\n",
            "a{x=\"1\"}1\n",
            "a{x=\"1\" 1\n",
            "a{x=\"\"\"} 1\n",
            "a{x=\"\\t\"} 1\n",
            "a x\n",
            "a inf\n",
            "a 1_0\n",
            "a{\"x\"=\"1\"} 1\n",
            "{a} 1\n",
            "a 1\n# HELP b B.\n# TYPE b gauge\n",
            "a 1\n# HELP b B.\n# TYPE b gauge\na 2\n",
            "a 1\n# HELP 0 B.\n# TYPE 0 gauge\n0 2\n",
            "a{9=\"1\"} 1\n",
            "a{x=\"1\",x=\"2\"} 1\n",
            "a_sum 1\n",
            "a 1\n# EOF\n",
            "a 1\n# HELP a A.\n# TYPE a gauge\na 2\n",
            "a 1\n# HELP b B.\n# TYPE c gauge\nb 1\n",
        ] {
            assert!(Page::parse(&format!("{head}{body}")).is_err(), "{body:?}");
        }
        assert!(Page::parse("").is_err());
        assert!(Page::parse("# HELP a A.\n# TYPE a thing\na 1\n").is_err());
    }
}
