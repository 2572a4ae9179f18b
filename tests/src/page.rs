//! Reads Prometheus' text format, and forgives nothing: every line is one that node_exporter could
//! have written.

use std::collections::{BTreeMap, BTreeSet};

/// A page, taken apart.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Page {
    /// By name.
    pub families: BTreeMap<String, Family>,
}

/// One family.
#[derive(Debug, Clone, PartialEq)]
pub struct Family {
    /// Help text, unescaped.
    pub help: String,
    /// Type, as its line says.
    pub kind: String,
    /// Samples in the order of the page.
    pub samples: Vec<Sample>,
}

/// One line of the page.
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
    /// Reads a page.
    ///
    /// # Errors
    /// The first line that is wrong, and why.
    pub fn parse(text: &str) -> Result<Self, String> {
        let Some(text) = text.strip_suffix('\n') else {
            return Err("the page does not end with a line break".to_owned());
        };
        let mut page = Self::default();
        let mut lines = text.split('\n').peekable();
        while let Some(line) = lines.next() {
            let (name, mut family) = header(line, lines.next())?;
            while let Some(line) = lines.next_if(|line| !line.starts_with('#')) {
                family
                    .samples
                    .push(sample(line, &name, &family.kind).ok_or_else(|| wrong(line))?);
            }
            family.check(&name)?;
            if page
                .families
                .last_key_value()
                .is_some_and(|(last, _)| *last >= name)
            {
                return Err(format!("{name} is not in order"));
            }
            page.families.insert(name, family);
        }
        Ok(page)
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

impl Family {
    fn check(&self, name: &str) -> Result<(), String> {
        if self.samples.is_empty() {
            return Err(format!("{name} has no samples"));
        }
        let mut seen = BTreeSet::new();
        let twice = self
            .samples
            .iter()
            .find(|s| !seen.insert((&s.name, &s.labels)));
        twice.map_or(Ok(()), |sample| Err(format!("twice: {sample:?}")))
    }
}

fn wrong(line: &str) -> String {
    format!("wrong line: {line:?}")
}

/// The two lines that a family begins with.
fn header(help: &str, kind: Option<&str>) -> Result<(String, Family), String> {
    let parts = help
        .strip_prefix("# HELP ")
        .and_then(|rest| rest.split_once(' '));
    let (name, text) = parts.ok_or_else(|| wrong(help))?;
    let kind = kind.ok_or_else(|| wrong(help))?;
    let told = kind
        .strip_prefix("# TYPE ")
        .and_then(|rest| rest.split_once(' '));
    let (of, told) = told.ok_or_else(|| wrong(kind))?;
    let kinds = ["counter", "gauge", "untyped", "histogram", "summary"];
    let help = unescape(text, false).ok_or_else(|| wrong(help))?;
    if of != name || !kinds.contains(&told) || !is_name(name, true) {
        return Err(wrong(kind));
    }
    Ok((
        name.to_owned(),
        Family {
            help,
            kind: told.to_owned(),
            samples: Vec::new(),
        },
    ))
}

fn sample(line: &str, family: &str, kind: &str) -> Option<Sample> {
    let end = line.find(['{', ' '])?;
    let (name, rest) = line.split_at(end);
    let suffix = name.strip_prefix(family)?;
    let suffixes: &[&str] = match kind {
        "histogram" => &["_bucket", "_sum", "_count"],
        "summary" => &["", "_sum", "_count"],
        _ => &[""],
    };
    suffixes.contains(&suffix).then_some(())?;
    let (labels, rest) = match rest.strip_prefix('{') {
        Some(rest) => labels(rest)?,
        None => (BTreeMap::new(), rest),
    };
    let value = rest.strip_prefix(' ')?;
    Some(Sample {
        name: name.to_owned(),
        labels,
        value: number(value)?,
    })
}

/// Labels up to the closing brace, and what follows it.
fn labels(mut rest: &str) -> Option<(BTreeMap<String, String>, &str)> {
    let mut labels = BTreeMap::new();
    loop {
        let (name, after) = rest.split_once("=\"")?;
        let mut escaped = false;
        let end = after.char_indices().find_map(|(at, c)| {
            let closes = c == '"' && !escaped;
            escaped = c == '\\' && !escaped;
            closes.then_some(at)
        })?;
        let value = unescape(&after[..end], true)?;
        if !is_name(name, false) || labels.insert(name.to_owned(), value).is_some() {
            return None;
        }
        rest = &after[end + 1..];
        match rest.strip_prefix(',') {
            Some(more) => rest = more,
            None => return Some((labels, rest.strip_prefix('}')?)),
        }
    }
}

fn unescape(text: &str, quotes: bool) -> Option<String> {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        out.push(match c {
            '\\' => match chars.next()? {
                '\\' => '\\',
                'n' => '\n',
                '"' if quotes => '"',
                _ => return None,
            },
            '"' if quotes => return None,
            c => c,
        });
    }
    Some(out)
}

fn number(text: &str) -> Option<f64> {
    match text {
        "NaN" => Some(f64::NAN),
        "+Inf" => Some(f64::INFINITY),
        "-Inf" => Some(f64::NEG_INFINITY),
        _ if text
            .bytes()
            .all(|b| b.is_ascii_digit() || b"+-.e".contains(&b)) =>
        {
            text.parse().ok()
        }
        _ => None,
    }
}

fn is_name(name: &str, colon: bool) -> bool {
    let good = |c: char| c.is_ascii_alphanumeric() || c == '_' || (colon && c == ':');
    name.starts_with(|c: char| good(c) && !c.is_ascii_digit()) && name.chars().all(good)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sound_page_is_read() {
        let text = "# HELP a A \"b\" \\\\ \\n.\n# TYPE a counter\na{x=\"1,}\\\"\\n\",y=\"\"} 1e+06\n\
                    a +Inf\n# HELP b \n# TYPE b histogram\nb_bucket{le=\"+Inf\"} 2\nb_sum 3\nb_count 2\n";
        let page = Page::parse(text).unwrap();
        assert_eq!(page.families["a"].help, "A \"b\" \\ \n.");
        assert_eq!(page.value("a", &[("x", "1,}\"\n"), ("y", "")]), Some(1e6));
        assert_eq!(page.value("a", &[]), Some(f64::INFINITY));
        assert_eq!(page.value("b_sum", &[]), Some(3.0));
        assert_eq!(page.value("b_sum", &[("x", "")]), None);
    }

    #[test]
    fn what_is_not_quite_right_is_refused() {
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
