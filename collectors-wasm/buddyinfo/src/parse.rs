//! `/proc/buddyinfo`: a line per zone such as `Node 0, zone DMA 1 0 1 0 2 1 1 0 1 1 3`.

use firepit_sdk::parse::{Error, Line, Text};
use firepit_sdk::skip::OrSkip;

/// One zone of memory.
#[derive(Debug, PartialEq)]
pub(crate) struct Zone<'a> {
    pub(crate) node: &'a str,
    pub(crate) name: &'a str,
    /// Free blocks of 1, 2, 4... pages.
    pub(crate) blocks: Vec<f64>,
}

/// The zones in the order of the file. Malformed lines are skipped.
pub(crate) fn zones(text: &Text) -> Vec<Zone<'_>> {
    let lines = text
        .lines()
        .filter(|line| !line.as_str().trim_ascii().is_empty());
    lines.filter_map(|line| zone(line).or_skip()).collect()
}

fn zone(line: Line<'_>) -> Result<Zone<'_>, Error> {
    let mut columns = line.columns();
    columns.text("Node")?;
    let node = columns.text("node")?;
    columns.text("zone")?;
    let name = columns.text("zone's name")?;
    let blocks = columns.map(|count| line.part(count).float("blocks"));
    Ok(Zone {
        node: node.strip_suffix(',').unwrap_or(node),
        name: name.strip_suffix(',').unwrap_or(name),
        blocks: blocks.collect::<Result<_, _>>()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Vec<(String, String, Vec<f64>)> {
        let text = Text::new("buddyinfo", text);
        (zones(&text).into_iter())
            .map(|zone| (zone.node.to_owned(), zone.name.to_owned(), zone.blocks))
            .collect()
    }

    #[test]
    fn node_zone_and_blocks_are_parsed() {
        assert_eq!(
            parse("Node 0, zone DMA 1 2\nNode 1, zone Normal 3 4"),
            vec![
                ("0".into(), "DMA".into(), vec![1.0, 2.0]),
                ("1".into(), "Normal".into(), vec![3.0, 4.0]),
            ]
        );
    }

    #[test]
    fn an_empty_file_and_zones_without_sizes() {
        assert_eq!(parse("\n \n"), vec![]);
        let zone = ("0".into(), "DMA".into(), vec![]);
        assert_eq!(parse("Node 0, zone DMA\n"), vec![zone]);
    }

    #[test]
    fn errors_describe_malformed_input() {
        let cases = [
            ("Node", "buddyinfo:1: node: the column is missing"),
            (
                "Node 0, zone",
                "buddyinfo:1: zone's name: the column is missing",
            ),
            (
                "Node 0, zone DMA 1 x",
                "buddyinfo:1: blocks: expected a number, found \"x\"",
            ),
        ];
        for (text, expected) in cases {
            let text = Text::new("buddyinfo", text);
            let error = zone(text.first_line().unwrap()).unwrap_err();
            assert_eq!(error.to_string(), expected);
        }
    }

    #[test]
    fn zones_may_have_fewer_sizes_than_others() {
        let zones = parse("Node 0, zone DMA 1 2\nNode 0, zone DMA32 1\n");
        assert_eq!(zones[1].2, [1.0]);
    }

    #[test]
    fn huge_input() {
        let line = "Node 0, zone DMA".to_owned() + &" 1".repeat(1000) + "\n";
        let zones = parse(&line.repeat(100));
        assert_eq!((zones.len(), zones[0].2.len()), (100, 1000));
    }
}
