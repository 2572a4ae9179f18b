//! The proc(5) formats behind the process metrics. Pure: bytes in, numbers out; invalid values are
//! `None`.

use std::str;

/// The fields of `/proc/<pid>/stat` that metrics use.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Stat {
    /// `utime`, in clock ticks.
    pub(super) user_ticks: Option<u64>,
    /// `stime`, in clock ticks.
    pub(super) system_ticks: Option<u64>,
    /// `starttime`, in clock ticks since boot.
    pub(super) start_ticks: Option<u64>,
    /// `vsize`, in bytes.
    pub(super) virtual_bytes: Option<u64>,
    /// `rss`, in pages.
    pub(super) resident_pages: Option<u64>,
}

impl Stat {
    /// Parses `pid (name) state ...`. The program chooses the name: it may contain spaces,
    /// parentheses, line breaks and bytes that are not text, so the fields start after the last
    /// parenthesis.
    pub(super) fn parse(content: &[u8]) -> Option<Self> {
        let name_end = content.iter().rposition(|&byte| byte == b')')?;
        let rest = str::from_utf8(content.get(name_end + 1..)?).ok()?;
        let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
        // proc(5) numbers the fields from 1; the first one here, the state, is its third.
        let field = |number: usize| fields.get(number - 3)?.parse().ok();
        Some(Self {
            user_ticks: field(14),
            system_ticks: field(15),
            start_ticks: field(22),
            virtual_bytes: field(23),
            resident_pages: field(24),
        })
    }
}

/// Bytes over the network, from `/proc/<pid>/net/netstat`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Octets {
    /// `InOctets` of `IpExt`.
    pub(super) received: Option<u64>,
    /// `OutOctets` of `IpExt`.
    pub(super) sent: Option<u64>,
}

impl Octets {
    /// Parses a file of line pairs: each protocol has one line of names and one of values.
    pub(super) fn parse(content: &[u8]) -> Self {
        let mut lines = content
            .split(|&byte| byte == b'\n')
            .filter_map(|line| str::from_utf8(line.strip_prefix(b"IpExt:")?).ok());
        let (Some(names), Some(values)) = (lines.next(), lines.next()) else {
            return Self::default();
        };
        let value = |wanted: &str| {
            let mut pairs = names
                .split_ascii_whitespace()
                .zip(values.split_ascii_whitespace());
            let (_, value) = pairs.find(|&(name, _)| name == wanted)?;
            value.parse().ok()
        };
        Self {
            received: value("InOctets"),
            sent: value("OutOctets"),
        }
    }
}

/// The line `btime` of `/proc/stat`: seconds from the epoch to the boot.
pub(super) fn boot_time(content: &[u8]) -> Option<u64> {
    let line =
        (content.split(|&byte| byte == b'\n')).find_map(|line| line.strip_prefix(b"btime "))?;
    str::from_utf8(line).ok()?.trim_ascii().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Names and values are those of proc(5), so that a shifted field shows.
    fn stat(name: &[u8]) -> Vec<u8> {
        let mut line = b"4242 (".to_vec();
        line.extend(name);
        line.extend(b") S 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26\n");
        line
    }

    const FIELDS: Stat = Stat {
        user_ticks: Some(14),
        system_ticks: Some(15),
        start_ticks: Some(22),
        virtual_bytes: Some(23),
        resident_pages: Some(24),
    };

    #[test]
    fn fields_are_found_whatever_the_name_is() {
        let names: [&[u8]; 7] = [
            b"firepit",
            b"",
            b"a b",
            b") S 1 2 3 (",
            b"((()",
            b"x)\n1 (y) Z 9 9",
            b"\xff\xfe\0",
        ];
        for name in names {
            assert_eq!(Stat::parse(&stat(name)), Some(FIELDS), "{name:?}");
        }
    }

    #[test]
    fn an_incomplete_stat_gives_its_valid_fields() {
        assert_eq!(Stat::parse(b""), None);
        assert_eq!(Stat::parse(b"1 (name S 4 5"), None);
        assert_eq!(Stat::parse(b")\xff"), None);
        assert_eq!(Stat::parse(b"1 (name)"), Some(Stat::default()));
        let short = b"1 (name) S 4 5 6 7 8 9 10 11 12 13 14";
        let expected = Stat {
            user_ticks: Some(14),
            ..Stat::default()
        };
        assert_eq!(Stat::parse(short), Some(expected));
        let garbled = b"1 (name) S 4 5 6 7 8 9 10 11 12 13 x 15 16 17 18 19 20 21 -22 99999999999999999999 -1";
        let expected = Stat {
            system_ticks: Some(15),
            ..Stat::default()
        };
        assert_eq!(Stat::parse(garbled), Some(expected));
    }

    #[test]
    fn octets_are_found_by_their_names() {
        let content = b"TcpExt: SyncookiesSent InOctets\nTcpExt: 1 2\n\
            IpExt: InNoRoutes OutOctets InOctets InCEPkts\nIpExt: 3 4 18446744073709551615 6\n\
            MPTcpExt: InOctets\nMPTcpExt: 7\n";
        let expected = Octets {
            received: Some(u64::MAX),
            sent: Some(4),
        };
        assert_eq!(Octets::parse(content), expected);
    }

    #[test]
    fn an_incomplete_netstat_gives_its_valid_fields() {
        let nothing: [&[u8]; 6] = [
            b"",
            b"IpExt:",
            b"IpExt: InOctets OutOctets\n",
            b"IpExt: InOctets OutOctets\nIpExt:\n",
            b"IpExt: A B\nIpExt: 1 2\n",
            b"IpExt: InOctets OutOctets\nIpExt: x -1\n",
        ];
        for content in nothing {
            assert_eq!(Octets::parse(content), Octets::default(), "{content:?}");
        }
        let short = Octets {
            received: Some(5),
            sent: None,
        };
        assert_eq!(Octets::parse(b"IpExt: InOctets OutOctets\nIpExt: 5"), short);
        assert_eq!(
            Octets::parse(b"\xff\nIpExt: \xff\nIpExt: InOctets\nIpExt: 5\n"),
            short
        );
    }

    #[test]
    fn the_boot_time_has_its_line() {
        let content = b"cpu  1 2\nintr 5 btime 6\nctxt 7\nbtime 1418183276\nprocesses 26442\n";
        assert_eq!(boot_time(content), Some(1_418_183_276));
        let nothing: [&[u8]; 6] = [
            b"",
            b"btime",
            b"btime \n",
            b"btime x\n",
            b"xbtime 5\n",
            b"btime \xff\n",
        ];
        for content in nothing {
            assert_eq!(boot_time(content), None, "{content:?}");
        }
    }

    #[test]
    fn huge_content_is_read_through() {
        let garbage = b"IpExt: ) btime\n".repeat(100_000);
        assert_eq!(Stat::parse(&garbage), Some(Stat::default()));
        assert_eq!(Octets::parse(&garbage), Octets::default());
        assert_eq!(boot_time(&garbage), None);
    }
}
