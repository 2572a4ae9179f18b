//! `/proc/net/udp` and `/proc/net/udp6`: a line of names, then one line per socket.

use firepit_sdk::parse::{Error, Line, Text, any_base_unsigned};
use firepit_sdk::skip::OrSkip;

/// Queued bytes of sockets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Queues {
    /// To be sent.
    pub(crate) tx: u64,
    /// Received, not yet read by the program.
    pub(crate) rx: u64,
}

/// The sums over all sockets of a file.
pub(crate) fn queues(text: &Text) -> Queues {
    let mut sum = Queues::default();
    let lines = text.lines().skip(1);
    let sockets = lines.filter(|line| !line.as_str().trim_ascii().is_empty());
    for socket in sockets.filter_map(|line| socket(line).or_skip()) {
        sum.tx = sum.tx.wrapping_add(socket.tx);
        sum.rx = sum.rx.wrapping_add(socket.rx);
    }
    sum
}

/// One socket. Unused columns must have their form too, because otherwise the line is not a socket.
fn socket(line: Line<'_>) -> Result<Queues, Error> {
    let mut columns = line.columns();
    let (slot, _) = pair(line, "sl", columns.text("sl")?)?;
    unsigned(line, "sl", slot)?;
    address(line, "local_address", columns.text("local_address")?)?;
    address(line, "rem_address", columns.text("rem_address")?)?;
    columns.hexadecimal("st")?;
    let (tx, rx) = pair(line, "queues", columns.text("queues")?)?;
    let queues = Queues {
        tx: line.part(tx).hexadecimal("tx_queue")?,
        rx: line.part(rx).hexadecimal("rx_queue")?,
    };
    for unused in ["tr", "retrnsmt"] {
        columns.text(unused)?;
    }
    unsigned(line, "uid", columns.text("uid")?)?;
    columns.text("timeout")?;
    unsigned(line, "inode", columns.text("inode")?)?;
    for unused in ["ref", "pointer"] {
        columns.text(unused)?;
    }
    unsigned(line, "drops", columns.text("drops")?)?;
    Ok(queues)
}

fn pair<'a>(line: Line<'_>, what: &str, text: &'a str) -> Result<(&'a str, &'a str), Error> {
    let parts = text.split_once(':');
    let parts = parts.filter(|(_, second)| !second.contains(':'));
    parts.ok_or_else(|| line.error(format!("{what}: expected two parts separated by a colon")))
}

/// An address of 4 or 16 bytes and a port, all hexadecimal.
fn address(line: Line<'_>, what: &str, text: &str) -> Result<(), Error> {
    let (address, port) = pair(line, what, text)?;
    let hexadecimal = address.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !hexadecimal || !matches!(address.len(), 8 | 32) {
        return Err(line.error(format!("{what}: expected an address of 4 or 16 bytes")));
    }
    line.part(port).hexadecimal(what).map(|_| ())
}

fn unsigned(line: Line<'_>, what: &str, text: &str) -> Result<(), Error> {
    match any_base_unsigned(text) {
        Some(_) => Ok(()),
        None => Err(line.error(format!("{what}: expected an unsigned integer"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use firepit_sdk::testing::Host;

    const SOCKET: [&str; 13] = [
        "0:",
        "0100007F:0035",
        "00000000:0000",
        "07",
        "00000015:00000001",
        "00:00000000",
        "00000000",
        "1000",
        "0",
        "2740",
        "2",
        "0000000000000000",
        "0",
    ];

    /// The sums, or the error of a skipped line.
    fn parse(lines: &str) -> Result<Queues, String> {
        let text = Text::new("f", format!("sl\n{lines}"));
        let (sums, skipped) = Host::new().skipping(|| queues(&text));
        match skipped.first() {
            Some(first) => Err(format!("f:{}: {}", first.line, first.problem)),
            None => Ok(sums),
        }
    }

    fn with(column: usize, text: &str) -> String {
        let mut socket = SOCKET;
        socket[column] = text;
        socket.join(" ") + "\n"
    }

    #[test]
    fn sums_all_sockets() {
        let six = "0".repeat(31) + "1:FFFF";
        let text = with(4, "ff:1") + &with(4, "1:2") + &with(1, &six);
        let expected = Queues { tx: 277, rx: 4 };
        assert_eq!(parse(&text), Ok(expected));
        // More columns than current Linux has.
        let wide = with(12, "0 1 2");
        assert_eq!(parse(&wide), Ok(Queues { tx: 21, rx: 1 }));
    }

    #[test]
    fn sums_without_sockets_are_zero() {
        assert_eq!(parse(""), Ok(Queues::default()));
        assert_eq!(queues(&Text::new("f", "")), Queues::default());
    }

    #[test]
    fn every_column_must_have_its_form() {
        for column in [0, 1, 2, 3, 4, 7, 9, 12] {
            for text in ["x", ":", "-1", "1:2:3", "é:é"] {
                let error = parse(&with(column, text)).unwrap_err();
                assert!(error.starts_with("f:2: "), "{column} {text}: {error}");
            }
        }
        let error = parse(&with(1, "0100:0035")).unwrap_err();
        assert_eq!(
            error,
            "f:2: local_address: expected an address of 4 or 16 bytes"
        );
        let error = parse(&with(4, "10000000000000000:0")).unwrap_err();
        assert!(error.starts_with("f:2: tx_queue: "), "{error}");
    }

    #[test]
    fn a_line_that_ends_early_is_an_error() {
        for columns in 0..SOCKET.len() {
            let line = SOCKET[..columns].join(" ") + "\n";
            if columns == 0 {
                assert_eq!(parse(&line), Ok(Queues::default()), "a blank line");
                continue;
            }
            let error = parse(&line).unwrap_err();
            assert!(error.ends_with(": the column is missing"), "{error}");
        }
    }

    #[test]
    fn huge_files() {
        let full = with(4, "ffffffffffffffff:1");
        let expected = Queues {
            tx: 0_u64.wrapping_sub(20_000),
            rx: 20_000,
        };
        assert_eq!(parse(&full.repeat(20_000)), Ok(expected));
        let error = "f:2: sl: expected two parts separated by a colon".to_owned();
        assert_eq!(parse(&"x".repeat(1 << 20)), Err(error));
    }
}
