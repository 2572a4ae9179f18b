//! Names of families for statistics, by node_exporter's rules.

/// A family for statistics.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Name {
    /// The statistic's name without characters that a metric name cannot have. The option
    /// `metrics-include` applies to it.
    pub(crate) sanitised: String,
    /// The metric name by rule, by which two statistics of a device are the same.
    pub(crate) by_rule: String,
}

/// Prefix of all families for statistics.
const PREFIX: &str = "node_ethtool_";

/// Statistics with families of their own: sanitised name, metric name and help text.
const FIXED: [(&str, &str, &str); 7] = [
    (
        "rx_bytes",
        "node_ethtool_received_bytes_total",
        "Network interface bytes received",
    ),
    (
        "rx_dropped",
        "node_ethtool_received_dropped_total",
        "Number of received frames dropped",
    ),
    (
        "rx_errors",
        "node_ethtool_received_errors_total",
        "Number of received frames with errors",
    ),
    (
        "rx_packets",
        "node_ethtool_received_packets_total",
        "Network interface packets received",
    ),
    (
        "tx_bytes",
        "node_ethtool_transmitted_bytes_total",
        "Network interface bytes sent",
    ),
    (
        "tx_errors",
        "node_ethtool_transmitted_errors_total",
        "Number of sent frames with errors",
    ),
    (
        "tx_packets",
        "node_ethtool_transmitted_packets_total",
        "Network interface packets sent",
    ),
];

impl Name {
    /// The name for a statistic; `None` if nothing of it is left.
    pub(crate) fn of(statistic: &str) -> Option<Self> {
        let sanitised = sanitise(statistic);
        let lower = sanitised.to_ascii_lowercase();
        let words = lower.trim_start_matches('_');
        if words.is_empty() {
            return None;
        }
        let words = replace_word(words, "rx", "received");
        let words = replace_word(&words, "tx", "transmitted");
        Some(Self {
            by_rule: PREFIX.to_owned() + &words,
            sanitised,
        })
    }

    /// The metric name.
    pub(crate) fn family(&self) -> &str {
        self.fixed().map_or(&self.by_rule, |(name, _)| name)
    }

    /// The help text.
    pub(crate) fn help(&self) -> String {
        match self.fixed() {
            Some((_, help)) => help.to_owned(),
            None => format!("Network interface {}", self.sanitised),
        }
    }

    fn fixed(&self) -> Option<(&'static str, &'static str)> {
        let fixed = FIXED.iter().find(|(name, ..)| *name == self.sanitised);
        fixed.map(|(_, name, help)| (*name, *help))
    }
}

/// Replaces each run of characters other than ASCII letters, digits and `_` with one `_`, together
/// with the underscores at its ends.
fn sanitise(name: &str) -> String {
    let is_word = |c: char| c.is_ascii_alphanumeric();
    let is_bad = |c: char| !is_word(c) && c != '_';
    let mut sanitised = String::with_capacity(name.len());
    let mut rest = name;
    while !rest.is_empty() {
        let word = rest.trim_start_matches(is_word);
        sanitised.push_str(rest.strip_suffix(word).unwrap_or_default());
        // Underscores, then bad characters, then underscores; each may be missing.
        let bad = word.trim_start_matches('_');
        let after = bad.trim_start_matches(is_bad);
        if after.len() == bad.len() {
            sanitised.push_str(word.strip_suffix(bad).unwrap_or_default());
            rest = bad;
        } else {
            sanitised.push('_');
            rest = after.trim_start_matches('_');
        }
    }
    sanitised
}

/// Replaces a word between underscores. Of two such words in a row, only the first is replaced: they
/// share an underscore, which counts for the first.
fn replace_word(text: &str, word: &str, by: &str) -> String {
    let mut replaced = String::with_capacity(text.len() + by.len());
    let mut is_shared = false;
    for (index, part) in text.split('_').enumerate() {
        if index > 0 {
            replaced.push('_');
        }
        is_shared = part == word && !is_shared;
        replaced.push_str(if is_shared { by } else { part });
    }
    replaced
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by_rule(statistic: &str) -> String {
        let name = Name::of(statistic).unwrap();
        name.by_rule.strip_prefix(PREFIX).unwrap().to_owned()
    }

    #[test]
    fn names_of_families() {
        for (statistic, expected) in [
            ("port.rx_errors", "port_received_errors"),
            ("Queue[0] AllocFails", "queue_0_allocfails"),
            ("Tx LPI entry count", "transmitted_lpi_entry_count"),
            (
                "port.VF_admin_queue_requests",
                "port_vf_admin_queue_requests",
            ),
            ("[3]: tx_bytes", "3_transmitted_bytes"),
            ("     err", "err"),
            ("rx_tx", "received_transmitted"),
            ("rx_rx_rx", "received_rx_received"),
            ("rx__rx", "received__received"),
            ("rx0_packets", "rx0_packets"),
            ("TSO pkts tx", "tso_pkts_transmitted"),
            ("txrx_tx", "txrx_transmitted"),
            ("a__b", "a__b"),
            ("a_", "a_"),
        ] {
            assert_eq!(by_rule(statistic), expected, "{statistic}");
        }
    }

    #[test]
    fn sanitised_names() {
        for (statistic, expected) in [
            (" align_errors", "_align_errors"),
            ("a.b", "a_b"),
            ("a_-_b", "a_b"),
            ("a._.b", "a__b"),
            ("é", "_"),
            ("a\u{fffd}\u{fffd}b", "a_b"),
            ("x:y", "x_y"),
            ("__a__", "__a__"),
            ("__-", "_"),
            ("-__", "_"),
            ("", ""),
        ] {
            assert_eq!(sanitise(statistic), expected, "{statistic}");
        }
        let long = "a-".repeat(1 << 16);
        assert_eq!(sanitise(&long), "a_".repeat(1 << 16));
    }

    #[test]
    fn nothing_is_no_name() {
        for statistic in ["", "_", " ", "---", "é", "\u{fffd}"] {
            assert_eq!(Name::of(statistic), None, "{statistic:?}");
        }
    }

    #[test]
    fn help_texts() {
        let family = |statistic| {
            let name = Name::of(statistic).unwrap();
            (name.family().to_owned(), name.help())
        };
        let pair = |name: &str, help: &str| (name.to_owned(), help.to_owned());
        assert_eq!(
            family(" Align_errors"),
            pair(
                "node_ethtool_align_errors",
                "Network interface _Align_errors"
            )
        );
        assert_eq!(
            family("rx_bytes"),
            pair(
                "node_ethtool_received_bytes_total",
                "Network interface bytes received"
            )
        );
        assert_eq!(
            family("RX_bytes"),
            pair("node_ethtool_received_bytes", "Network interface RX_bytes")
        );
    }
}
