//! The selected statistics, and the names of their families.

use firepit_sdk::filter::Pattern;

use crate::parse::Statistic;

/// Name and help of a selected statistic.
#[derive(Debug, PartialEq)]
pub(crate) struct Family {
    pub(crate) name: String,
    pub(crate) help: String,
}

/// The families of these statistics; `None` if not selected.
pub(crate) fn families(statistics: &[Statistic<'_>], wanted: &Pattern) -> Vec<Option<Family>> {
    let of_one =
        |a: &Statistic<'_>, b: &Statistic<'_>| a.block == b.block && a.protocol == b.protocol;
    let parts: Vec<&[Statistic<'_>]> = statistics.chunk_by(of_one).collect();
    let last_block = |protocol: &str| {
        let mut last = parts.iter().rev().filter_map(|part| part.first());
        last.find(|s| s.protocol == protocol).map(|s| s.block)
    };
    let mut key = String::new();
    // The last value of a duplicate field is used, so the search starts at the end.
    let mut seen: Vec<(&str, &str)> = Vec::new();
    let mut families: Vec<Option<Family>> = (statistics.iter().rev())
        .map(|s| {
            key.clear();
            key.extend([s.protocol, "_", s.field]);
            let is_wanted = wanted.search(&key)
                && last_block(s.protocol) == Some(s.block)
                && !seen.contains(&(s.protocol, s.field));
            is_wanted.then(|| {
                seen.push((s.protocol, s.field));
                Family {
                    name: format!("node_netstat_{key}"),
                    help: format!("Statistic {}{}.", s.protocol, s.field),
                }
            })
        })
        .collect();
    families.reverse();
    families
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statistic<'a>(protocol: &'a str, field: &'a str, block: usize) -> Statistic<'a> {
        Statistic {
            protocol,
            field,
            value: 0.0,
            block,
        }
    }

    #[test]
    fn names_and_helps() {
        let pattern = Pattern::new("").unwrap();
        let expected = Family {
            name: "node_netstat_Tcp_CurrEstab".to_owned(),
            help: "Statistic TcpCurrEstab.".to_owned(),
        };
        let found = families(&[statistic("Tcp", "CurrEstab", 0)], &pattern);
        assert_eq!(found, [Some(expected)]);
        assert_eq!(families(&[], &pattern), []);
    }

    #[test]
    fn last_duplicate_block_and_field_are_used() {
        let statistics = [
            statistic("Tcp", "A", 0),
            statistic("Tcp", "Lost", 0),
            statistic("Ip", "Octets", 1),
            statistic("Tcp", "A", 2),
            statistic("Tcp", "A", 2),
            statistic("Ip6", "Other", 3),
        ];
        let pattern = Pattern::new("^Tcp_|Octets$").unwrap();
        let found = families(&statistics, &pattern);
        let wanted: Vec<bool> = found.iter().map(Option::is_some).collect();
        assert_eq!(wanted, [false, false, true, false, true, false]);
    }
}
