//! The two forms of protocol statistics: pairs of lines in `netstat` and `snmp`, one line each in
//! `snmp6`.

use std::collections::BTreeMap;

use firepit_sdk::parse::{Error, Line, Text};
use firepit_sdk::skip::{self, OrSkip};

/// One number of a protocol.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Statistic<'a> {
    /// `Tcp`, `IpExt`, `Udp6`.
    pub(crate) protocol: &'a str,
    /// `InSegs`, `InOctets`.
    pub(crate) field: &'a str,
    /// The value.
    pub(crate) value: f64,
    /// Statistics of one protocol with the same number belong together. If a protocol has several
    /// numbers, only the highest is used.
    pub(crate) block: usize,
}

/// Reads `Tcp: InSegs OutSegs` followed by `Tcp: 3 5`. Each pair of lines is a block. Returns
/// whether the file consists only of such pairs in sequence, with a number for each name.
pub(crate) fn pairs<'a>(text: &'a Text, statistics: &mut Vec<Statistic<'a>>) -> bool {
    let mut is_regular = true;
    let mut waiting = BTreeMap::new();
    for line in text.lines().filter(|line| !line.as_str().is_empty()) {
        let Some(protocol) = protocol(line).or_skip() else {
            is_regular = false;
            continue;
        };
        let Some(names) = waiting.remove(protocol) else {
            waiting.insert(protocol, line);
            continue;
        };
        let read = pair(protocol, names, line, statistics).or_skip();
        let follows = line.number() % 2 == 0 && line.number() == names.number() + 1;
        is_regular &= follows && read == Some(true);
    }
    for names in waiting.values() {
        skip::report(names.error("the line with the values is missing"));
        is_regular = false;
    }
    is_regular
}

/// Reads `Tcp6InSegs 3` lines; the protocol ends with the first `6`. The file is one block. Returns
/// whether the file consists only of such lines.
pub(crate) fn single_lines<'a>(text: &'a Text, statistics: &mut Vec<Statistic<'a>>) -> bool {
    let block = next_block(statistics);
    let mut is_regular = true;
    for line in text.lines().filter(|line| !line.as_str().is_empty()) {
        let statistic = single_line(line).and_then(|(name, value)| {
            let end = name.find('6').map_or(name.len(), |at| at + 1);
            let (protocol, field) = name.split_at_checked(end).unwrap_or((name, ""));
            Ok(Statistic {
                protocol,
                field,
                value: line.part(value).float(name)?,
                block,
            })
        });
        let statistic = statistic.or_skip();
        is_regular &= statistic.is_some();
        statistics.extend(statistic);
    }
    is_regular
}

/// Name and value of a line with one statistic.
pub(crate) fn single_line(line: Line<'_>) -> Result<(&str, &str), Error> {
    let mut columns = line.columns();
    let name = columns.next().filter(|name| name.contains('6'));
    let name = name.ok_or_else(|| line.error("expected the name of a statistic of IPv6"))?;
    Ok((name, columns.text(name)?))
}

fn protocol(line: Line<'_>) -> Result<&str, Error> {
    let first = line.split(b' ').next();
    let protocol = first.and_then(|first| first.strip_suffix(':'));
    protocol.ok_or_else(|| line.error("expected a protocol and a colon"))
}

fn next_block(statistics: &[Statistic<'_>]) -> usize {
    statistics.last().map_or(0, |last| last.block + 1)
}

/// Adds the statistics of a protocol, and returns whether all values are numbers. If the numbers of
/// names and values differ, values cannot be assigned to names.
fn pair<'a>(
    protocol: &'a str,
    names: Line<'a>,
    values: Line<'a>,
    statistics: &mut Vec<Statistic<'a>>,
) -> Result<bool, Error> {
    let (before, block) = (statistics.len(), next_block(statistics));
    let mut is_regular = true;
    let mut fields = names.split(b' ').skip(1);
    let mut numbers = values.split(b' ').skip(1);
    // Advancing both iterators once more detects a missing or surplus value.
    loop {
        let (field, number) = match (fields.next(), numbers.next()) {
            (Some(field), Some(number)) => (field, number),
            (None, None) => return Ok(is_regular),
            _ => {
                statistics.truncate(before);
                let message = format!("{protocol}: the numbers of names and values differ");
                return Err(values.error(message));
            }
        };
        let value = values.part(number).float(field).or_skip();
        is_regular &= value.is_some();
        statistics.extend(value.map(|value| Statistic {
            protocol,
            field,
            value,
            block,
        }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use firepit_sdk::testing::Host;

    type Found = (String, String, f64, usize);

    /// The results, and the reported problems.
    fn parse(
        text: &str,
        read: impl for<'a> Fn(&'a Text, &mut Vec<Statistic<'a>>) -> bool,
    ) -> (Vec<Found>, bool) {
        let text = Text::new("f", text);
        let mut statistics = Vec::new();
        let is_regular = Host::new().enter(|| read(&text, &mut statistics));
        let found = (statistics.iter())
            .map(|s| (s.protocol.to_owned(), s.field.to_owned(), s.value, s.block))
            .collect();
        (found, is_regular)
    }

    fn found(
        protocol: &str,
        field: &str,
        value: f64,
        block: usize,
    ) -> (String, String, f64, usize) {
        (protocol.to_owned(), field.to_owned(), value, block)
    }

    #[test]
    fn pairs_of_lines() {
        assert_eq!(parse("", pairs), (vec![], true));
        assert_eq!(parse("Ip:\nIp:\n", pairs), (vec![], true));
        let text = "Ip: Forwarding InDiscards\nIp: 1 2\nTcp: MaxConn\nTcp: -1\n";
        let expected = vec![
            found("Ip", "Forwarding", 1.0, 0),
            found("Ip", "InDiscards", 2.0, 0),
            found("Tcp", "MaxConn", -1.0, 1),
        ];
        assert_eq!(parse(text, pairs), (expected, true));
    }

    #[test]
    fn malformed_lines_are_skipped() {
        let cases = [
            ("Ip: A B\nIp: 1\n", 0),
            ("Ip: A\nIp: 1 2\n", 0),
            ("Ip: A\n\n", 0),
            ("Ip A\nIp 1\n", 0),
            ("Ip: A B\nIp: x 2\n", 1),
            ("Ip: A B\nIp: 1  2\n", 0),
            ("Ip: A B\nIp:  2\n", 1),
            ("\nIp: A\nnew\nnew: x\n\nIp: 1\n", 1),
            ("Ip: A\nnew: A\nIp: 1\nnew: 1\n", 2),
        ];
        for (text, count) in cases {
            let sound = "Tcp: A\nTcp: 7\n";
            for text in [sound.to_owned() + text, text.to_owned() + sound] {
                let (statistics, is_regular) = parse(&text, pairs);
                assert_eq!(
                    (statistics.len(), is_regular),
                    (count + 1, false),
                    "{text:?}"
                );
                let kept = statistics
                    .iter()
                    .any(|(name, _, value, _)| name == "Tcp" && *value == 7.0);
                assert!(kept, "{text:?}");
            }
        }
    }

    #[test]
    fn single_lines_are_truncated_after_the_first_six() {
        let text = "Ip6InReceives  \t7\nUdpLite6InErrors 0\nIcmp6OutType136 3\n";
        let expected = vec![
            found("Ip6", "InReceives", 7.0, 0),
            found("UdpLite6", "InErrors", 0.0, 0),
            found("Icmp6", "OutType136", 3.0, 0),
        ];
        assert_eq!(parse(text, single_lines), (expected.clone(), true));
        assert_eq!(parse("", single_lines), (vec![], true));
        for bad in ["NoSuchDigit 1\n", "Ip6Alone\n", "Ip6InReceives many\n"] {
            let text = [bad, text].concat();
            assert_eq!(parse(&text, single_lines), (expected.clone(), false));
        }
    }

    #[test]
    fn huge_files() {
        let wide = format!("Ip:{}\nIp:{}\n", " A".repeat(1 << 18), " 1".repeat(1 << 18));
        assert_eq!(parse(&wide, pairs).0.len(), 1 << 18);
        let long = "Ip6A 18446744073709551616\n".repeat(1 << 16);
        assert_eq!(parse(&long, single_lines).0.len(), 1 << 16);
        let names: String = (0..1 << 16).map(|n| format!("P{n}: A\n")).collect();
        assert_eq!(parse(&names, pairs), (vec![], false));
    }
}
