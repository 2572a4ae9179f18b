//! Which statistics are wanted, and what their families are called.

use std::collections::{HashMap, HashSet};

use firepit_sdk::filter::Pattern;

use crate::parse::Statistic;

/// The families of a list of statistics, by position. The kernel writes the same statistics in the
/// same order all the time, so names are made once and only compared from then on.
#[derive(Debug, Default)]
pub(crate) struct Names {
    known: Vec<Known>,
}

#[derive(Debug)]
struct Known {
    protocol: String,
    field: String,
    family: Option<Family>,
}

/// Name and help of a wanted statistic.
#[derive(Debug, PartialEq)]
pub(crate) struct Family {
    pub(crate) name: String,
    pub(crate) help: String,
}

impl Names {
    /// The families of these statistics, `None` for those that are not wanted.
    pub(crate) fn of<'n>(
        &'n mut self,
        statistics: &[Statistic<'_>],
        wanted: &Pattern,
    ) -> impl Iterator<Item = Option<&'n Family>> {
        if !self.fit(statistics) {
            self.known = name(statistics, wanted);
        }
        self.known.iter().map(|known| known.family.as_ref())
    }

    fn fit(&self, statistics: &[Statistic<'_>]) -> bool {
        self.known.len() == statistics.len()
            && (self.known.iter().zip(statistics))
                .all(|(known, s)| known.field == s.field && known.protocol == s.protocol)
    }
}

fn name(statistics: &[Statistic<'_>], wanted: &Pattern) -> Vec<Known> {
    let last_block: HashMap<&str, usize> =
        statistics.iter().map(|s| (s.protocol, s.block)).collect();
    // A field that occurs twice in a block counts with its last value: so from the end.
    let mut seen = HashSet::new();
    let mut known: Vec<Known> = (statistics.iter().rev())
        .map(|s| {
            let counts =
                last_block.get(s.protocol) == Some(&s.block) && seen.insert((s.protocol, s.field));
            let key = format!("{}_{}", s.protocol, s.field);
            Known {
                protocol: s.protocol.to_owned(),
                field: s.field.to_owned(),
                family: (counts && wanted.matches(&key)).then(|| Family {
                    name: format!("node_netstat_{key}"),
                    help: format!("Statistic {}{}.", s.protocol, s.field),
                }),
            }
        })
        .collect();
    known.reverse();
    known
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

    fn wanted(statistics: &[Statistic<'_>], names: &mut Names) -> Vec<bool> {
        let pattern = Pattern::new("^Tcp_|Octets$").unwrap();
        names
            .of(statistics, &pattern)
            .map(|n| n.is_some())
            .collect()
    }

    #[test]
    fn names_and_helps() {
        let mut names = Names::default();
        let pattern = Pattern::new("").unwrap();
        let family = names
            .of(&[statistic("Tcp", "CurrEstab", 0)], &pattern)
            .next();
        let expected = Family {
            name: "node_netstat_Tcp_CurrEstab".to_owned(),
            help: "Statistic TcpCurrEstab.".to_owned(),
        };
        assert_eq!(family, Some(Some(&expected)));
    }

    #[test]
    fn the_last_block_of_a_protocol_and_the_last_field_of_a_block_count() {
        let statistics = [
            statistic("Tcp", "A", 0),
            statistic("Tcp", "Lost", 0),
            statistic("Ip", "Octets", 1),
            statistic("Tcp", "A", 2),
            statistic("Tcp", "A", 2),
            statistic("Ip6", "Other", 3),
        ];
        assert_eq!(
            wanted(&statistics, &mut Names::default()),
            [false, false, true, false, true, false]
        );
    }

    #[test]
    fn another_shape_is_noticed() {
        let mut names = Names::default();
        let a = statistic("Tcp", "A", 0);
        assert_eq!(wanted(&[a], &mut names), [true]);
        assert_eq!(wanted(&[statistic("Udp", "A", 0)], &mut names), [false]);
        assert_eq!(wanted(&[a, a], &mut names), [false, true]);
        assert_eq!(wanted(&[], &mut names), []);
        assert_eq!(wanted(&[a], &mut names), [true]);
    }
}
