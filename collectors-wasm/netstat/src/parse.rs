//! The two forms of protocol statistics: pairs of lines in `netstat` and `snmp`, one line each in
//! `snmp6`.

use firepit_sdk::parse::{Error, Line, Text};

/// One number of a protocol.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Statistic<'a> {
    /// `Tcp`, `IpExt`, `Udp6`.
    pub(crate) protocol: &'a str,
    /// `InSegs`, `InOctets`.
    pub(crate) field: &'a str,
    /// The value.
    pub(crate) value: f64,
    /// Statistics of one protocol with the same number belong together. Where a protocol occurs
    /// with several, only those of the highest count.
    pub(crate) block: usize,
}

/// Reads `Tcp: InSegs OutSegs` followed by `Tcp: 3 5`. Each pair of lines is a block.
pub(crate) fn pairs<'a>(text: &'a Text, statistics: &mut Vec<Statistic<'a>>) -> Result<(), Error> {
    let mut block = next_block(statistics);
    let mut lines = text.lines();
    while let Some(names) = lines.next() {
        let Some(values) = lines.next() else {
            return Err(names.error("the line with the values is missing"));
        };
        pair(names, values, block, statistics)?;
        block += 1;
    }
    Ok(())
}

/// Reads `Tcp6InSegs 3` lines; the protocol ends with the first `6`. Names without one and lines
/// without a value are passed over. The file is one block.
pub(crate) fn single_lines<'a>(
    text: &'a Text,
    statistics: &mut Vec<Statistic<'a>>,
) -> Result<(), Error> {
    let block = next_block(statistics);
    for line in text.lines() {
        let Some((name, value)) = single_line(line) else {
            continue;
        };
        let end = name.find('6').map_or(name.len(), |at| at + 1);
        let (protocol, field) = name.split_at_checked(end).unwrap_or((name, ""));
        statistics.push(Statistic {
            protocol,
            field,
            value: line.part(value).float(name)?,
            block,
        });
    }
    Ok(())
}

/// Name and value of a line with one statistic.
pub(crate) fn single_line(line: Line<'_>) -> Option<(&str, &str)> {
    let mut columns = line.columns();
    let name = columns.next().filter(|name| name.contains('6'))?;
    Some((name, columns.next()?))
}

fn next_block(statistics: &[Statistic<'_>]) -> usize {
    statistics.last().map_or(0, |last| last.block + 1)
}

fn pair<'a>(
    names: Line<'a>,
    values: Line<'a>,
    block: usize,
    statistics: &mut Vec<Statistic<'a>>,
) -> Result<(), Error> {
    let mut fields = names.split(b' ');
    let protocol = fields.next().and_then(|first| first.strip_suffix(':'));
    let Some(protocol) = protocol else {
        return Err(names.error("expected a protocol and a colon"));
    };
    // A value that is missing or one too many is noticed by asking both sides once more.
    let mut numbers = values.split(b' ').skip(1);
    loop {
        let (field, number) = match (fields.next(), numbers.next()) {
            (Some(field), Some(number)) => (field, number),
            (None, None) => return Ok(()),
            _ => {
                let message = format!("{protocol}: the numbers of names and values differ");
                return Err(values.error(message));
            }
        };
        statistics.push(Statistic {
            protocol,
            field,
            value: values.part(number).float(field)?,
            block,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Parsed = Result<Vec<(String, String, f64, usize)>, String>;

    fn parse(
        text: &str,
        read: impl for<'a> Fn(&'a Text, &mut Vec<Statistic<'a>>) -> Result<(), Error>,
    ) -> Parsed {
        let text = Text::new("f", text);
        let mut statistics = Vec::new();
        read(&text, &mut statistics).map_err(|error| error.to_string())?;
        Ok((statistics.iter())
            .map(|s| (s.protocol.to_owned(), s.field.to_owned(), s.value, s.block))
            .collect())
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
        assert_eq!(parse("", pairs), Ok(vec![]));
        assert_eq!(parse("Ip:\nIp:\n", pairs), Ok(vec![]));
        let text = "Ip: Forwarding InDiscards\nIp: 1 2\nTcp: MaxConn\nTcp: -1\n";
        let expected = vec![
            found("Ip", "Forwarding", 1.0, 0),
            found("Ip", "InDiscards", 2.0, 0),
            found("Tcp", "MaxConn", -1.0, 1),
        ];
        assert_eq!(parse(text, pairs), Ok(expected));
    }

    #[test]
    fn garbled_pairs_are_errors() {
        let differ = "f:2: Ip: the numbers of names and values differ";
        let cases = [
            ("Ip: A B\nIp: 1\n", differ),
            ("Ip: A\nIp: 1 2\n", differ),
            ("Ip: A\n\n", differ),
            ("Ip: A\n", "f:1: the line with the values is missing"),
            ("\n\n", "f:1: expected a protocol and a colon"),
            ("Ip A\nIp 1\n", "f:1: expected a protocol and a colon"),
            ("Ip: A\nIp: x\n", "f:2: A: expected a number, found \"x\""),
            (
                "Ip: A B\nIp: 1  2\n",
                "f:2: B: expected a number, found \"\"",
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(parse(text, pairs), Err(expected.to_owned()), "{text:?}");
        }
    }

    #[test]
    fn single_lines_are_cut_after_the_first_six() {
        let text = "Ip6InReceives  \t7\nUdpLite6InErrors 0\nIcmp6OutType136 3\nNoSuchDigit 1\n\nIp6Alone\n";
        let expected = vec![
            found("Ip6", "InReceives", 7.0, 0),
            found("UdpLite6", "InErrors", 0.0, 0),
            found("Icmp6", "OutType136", 3.0, 0),
        ];
        assert_eq!(parse(text, single_lines), Ok(expected));
        assert_eq!(parse("", single_lines), Ok(vec![]));
        let error = "f:1: Ip6InReceives: expected a number, found \"many\"";
        assert_eq!(
            parse("Ip6InReceives many", single_lines),
            Err(error.to_owned())
        );
    }

    #[test]
    fn huge_files() {
        let wide = format!("Ip:{}\nIp:{}\n", " A".repeat(1 << 18), " 1".repeat(1 << 18));
        assert_eq!(parse(&wide, pairs).unwrap().len(), 1 << 18);
        let long = "Ip6A 18446744073709551616\n".repeat(1 << 16);
        assert_eq!(parse(&long, single_lines).unwrap().len(), 1 << 16);
    }
}
