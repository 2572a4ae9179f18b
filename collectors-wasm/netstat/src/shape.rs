//! The shape of the files at the last scrape. The kernel always writes the same names in the same
//! order, so only the values are parsed, and each line of names is compared as a whole.

use firepit_sdk::parse::{Text, float, same};

use crate::names::Family;
use crate::parse::single_line;

/// Names of consecutive statistics, and the families of the selected ones.
#[derive(Debug)]
struct Names {
    /// The line of names, or the one name.
    text: Box<str>,
    families: Vec<Option<Family>>,
}

/// All names of statistics, in the order of the files.
#[derive(Debug, Default)]
pub(crate) struct Shape {
    pairs: Vec<Names>,
    single_lines: Vec<Names>,
}

impl Shape {
    /// Stores the names of well-formed files, and the family of each statistic.
    pub(crate) fn new(
        pairs: [&Text; 2],
        single_lines: &Text,
        families: impl IntoIterator<Item = Option<Family>>,
    ) -> Self {
        let mut families = families.into_iter();
        let mut names = |text: &str, count| Names {
            text: text.into(),
            families: families.by_ref().take(count).collect(),
        };
        let headers = pairs.map(|text| text.lines().step_by(2));
        Self {
            pairs: (headers.into_iter().flatten())
                .map(|line| names(line.as_str(), line.split(b' ').skip(1).count()))
                .collect(),
            single_lines: (single_lines.lines())
                .filter_map(|line| single_line(line).ok())
                .map(|(name, _)| names(name, 1))
                .collect(),
        }
    }

    /// The selected families, in order.
    pub(crate) fn families(&self) -> impl Iterator<Item = &Family> {
        let names = self.pairs.iter().chain(&self.single_lines);
        names.flat_map(|names| names.families.iter().flatten())
    }

    /// The values of [`Self::families`], or `None` if the files have other names or another form.
    pub(crate) fn values(&self, pairs: [&Text; 2], single_lines: &Text) -> Option<Vec<f64>> {
        let mut values = Vec::with_capacity(64);
        let mut known = self.pairs.iter();
        for text in pairs {
            let mut lines = text.lines();
            while let Some(names) = lines.next() {
                let known = known
                    .next()
                    .filter(|known| same(&known.text, names.as_str()))?;
                known.values(lines.next()?.split(b' ').skip(1), &mut values)?;
            }
        }
        let mut known_lines = self.single_lines.iter();
        for line in single_lines.lines() {
            let mut columns = line.columns();
            let name = columns.next()?;
            let known = known_lines.next().filter(|known| same(&known.text, name))?;
            known.values(columns.take(1), &mut values)?;
        }
        (known.len() == 0 && known_lines.len() == 0).then_some(values)
    }
}

impl Names {
    /// Adds the selected values. There must be a number for each name.
    fn values<'v>(
        &self,
        mut found: impl Iterator<Item = &'v str>,
        values: &mut Vec<f64>,
    ) -> Option<()> {
        for family in &self.families {
            let value = float(found.next()?)?;
            if family.is_some() {
                values.push(value);
            }
        }
        found.next().is_none().then_some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Text {
        Text::new("f", text)
    }

    fn family(name: &str) -> Option<Family> {
        Some(Family {
            name: name.to_owned(),
            help: String::new(),
        })
    }

    const NETSTAT: &str = "TcpExt: A B\nTcpExt: 1 2\n";
    const SNMP: &str = "Ip: C\nIp: 3\n";
    const SNMP6: &str = "Ip6D   4\nIp6E 5\n";

    fn shape() -> Shape {
        let families = [family("a"), None, family("c"), None, family("e")];
        Shape::new([&text(NETSTAT), &text(SNMP)], &text(SNMP6), families)
    }

    fn values(netstat: &str, snmp: &str, snmp6: &str) -> Option<Vec<f64>> {
        shape().values([&text(netstat), &text(snmp)], &text(snmp6))
    }

    #[test]
    fn the_wanted_values_of_the_same_names() {
        let shape = shape();
        let names: Vec<&str> = shape
            .families()
            .map(|family| family.name.as_str())
            .collect();
        assert_eq!(names, ["a", "c", "e"]);
        assert_eq!(values(NETSTAT, SNMP, SNMP6), Some(vec![1.0, 3.0, 5.0]));
        let found = values(NETSTAT, "Ip: C\nX: -7\n", "Ip6D x\nIp6E 5\n");
        assert_eq!(found, None);
        let found = values(NETSTAT, "Ip: C\nX: -7\n", "Ip6D 0 0\nIp6E 6\n");
        assert_eq!(found, Some(vec![1.0, -7.0, 6.0]));
    }

    #[test]
    fn other_content_does_not_match_the_shape() {
        for (netstat, snmp, snmp6) in [
            ("", SNMP, SNMP6),
            (NETSTAT, "", SNMP6),
            (NETSTAT, SNMP, ""),
            (NETSTAT, SNMP, "Ip6D 4\n"),
            (NETSTAT, SNMP, "Ip6D 4\nIp6E 5\nIp6F 6\n"),
            (NETSTAT, SNMP, "Ip6D 4\n\nIp6E 5\n"),
            (NETSTAT, SNMP, "Ip6D\nIp6E 5\n"),
            ("TcpExt: A X\nTcpExt: 1 2\n", SNMP, SNMP6),
            ("TcpExt: A B\nTcpExt: 1\n", SNMP, SNMP6),
            ("TcpExt: A B\nTcpExt: 1 2 3\n", SNMP, SNMP6),
            ("TcpExt: A B\nTcpExt: 1  2\n", SNMP, SNMP6),
            ("TcpExt: A B\n", SNMP, SNMP6),
            (NETSTAT, "Ip: C\nIp: 3\nIp: C\nIp: 3\n", SNMP6),
        ] {
            assert_eq!(
                values(netstat, snmp, snmp6),
                None,
                "{netstat:?} {snmp:?} {snmp6:?}"
            );
        }
    }
}
