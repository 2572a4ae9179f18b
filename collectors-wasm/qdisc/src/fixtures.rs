//! Simulated queueing disciplines in a JSON file.

use firepit_sdk::files::{self, path};
use firepit_sdk::json::{Document, Object};
use firepit_sdk::skip::OrSkip;
use firepit_sdk::{Error, parse};

use crate::Qdisc;

/// The numeric members, in the order of [`crate::FAMILIES`].
const VALUES: [&str; 7] = [
    "Bytes",
    "Packets",
    "Drops",
    "Requeues",
    "Overlimits",
    "Qlen",
    "Backlog",
];

/// The disciplines of a directory at the root of their interface.
pub(crate) fn qdiscs(directory: &str) -> Result<Vec<Qdisc>, Error> {
    let path = path::entry(&path::clean(directory), "results.json");
    Ok(parse(&files::read_text(&path)?)?)
}

fn parse(text: &parse::Text) -> Result<Vec<Qdisc>, parse::Error> {
    let document = Document::parse(text)?;
    Ok((document.objects()?.into_iter())
        .filter_map(|object| qdisc(&object).or_skip()?)
        .collect())
}

/// `None` if not at the root. Missing members are 0.
fn qdisc(object: &Object<'_>) -> Result<Option<Qdisc>, parse::Error> {
    if object.unsigned("Parent")? != 0 {
        return Ok(None);
    }
    let mut qdisc = Qdisc {
        device: object.text("IfaceName")?.to_owned(),
        kind: object.text("Kind")?.to_owned(),
        ..Qdisc::default()
    };
    for (value, name) in qdisc.values.iter_mut().zip(VALUES) {
        *value = Some(object.unsigned(name)?);
    }
    Ok(Some(qdisc))
}

#[cfg(test)]
mod tests {
    use super::*;
    use firepit_sdk::testing::Host;

    fn read(text: &str) -> Result<Vec<Qdisc>, String> {
        parse(&parse::Text::new("f", text)).map_err(|error| error.to_string())
    }

    #[test]
    fn all_members_and_none() {
        let text = r#"[{"IfaceName": "eth0", "Kind": "fq", "Parent": 0, "Handle": 5, "Bytes": 1,
            "Packets": 2, "Drops": 3, "Requeues": 4, "Overlimits": 5, "Qlen": 6, "Backlog": 7},
            {"parent": 4294967295}, {}]"#;
        let full = Qdisc {
            device: "eth0".to_owned(),
            kind: "fq".to_owned(),
            values: [1, 2, 3, 4, 5, 6, 7].map(Some),
        };
        let empty = Qdisc {
            values: [Some(0); 7],
            ..Qdisc::default()
        };
        assert_eq!(read(text), Ok(vec![full, empty]));
    }

    #[test]
    fn errors_describe_malformed_input() {
        // One malformed object of several is skipped.
        let found = Host::new().enter(|| read(r#"[{"Bytes": -1}, {"Parent": "x"}, {}]"#));
        assert_eq!(found.map(|found| found.len()), Ok(1));
        assert_eq!(read("{}"), Err("f: expected a list of objects".to_owned()));
        assert!(read("").is_err());
    }
}
