//! Which families there are and where their values come from.
//!
//! The kernel counts 24 things per interface. `/proc/net/dev` shows 16 numbers, three of which
//! are sums of several counters, and leaves out one. `/sys/class/net/<device>/statistics` shows them
//! all, a file each.

/// Names of the families, in the order of [`crate::parse::Device::counters`].
const MERGED: [&str; 16] = [
    "receive_bytes",
    "receive_packets",
    "receive_errs",
    "receive_drop",
    "receive_fifo",
    "receive_frame",
    "receive_compressed",
    "receive_multicast",
    "transmit_bytes",
    "transmit_packets",
    "transmit_errs",
    "transmit_drop",
    "transmit_fifo",
    "transmit_colls",
    "transmit_carrier",
    "transmit_compressed",
];

/// The same with the names that node_exporter gives to the details of `/proc/net/dev`.
const DETAILED_TABLE: [&str; 16] = [
    "receive_bytes",
    "receive_packets",
    "receive_errors",
    "receive_dropped",
    "receive_fifo",
    "receive_frame",
    "receive_compressed",
    "receive_multicast",
    "transmit_bytes",
    "transmit_packets",
    "transmit_errors",
    "transmit_dropped",
    "transmit_fifo",
    "transmit_colls",
    "transmit_carrier",
    "transmit_compressed",
];

/// The same with the names that node_exporter gives to the details of netlink; `None` for a sum of
/// several counters, which are in [`DETAILED_FILES`].
const DETAILED_COUNTERS: [Option<&str>; 16] = [
    Some("receive_bytes"),
    Some("receive_packets"),
    Some("receive_errors"),
    None,
    Some("receive_fifo_errors"),
    None,
    Some("receive_compressed"),
    Some("multicast"),
    Some("transmit_bytes"),
    Some("transmit_packets"),
    Some("transmit_errors"),
    Some("transmit_dropped"),
    Some("transmit_fifo_errors"),
    Some("collisions"),
    None,
    Some("transmit_compressed"),
];

/// Family and file of what `/proc/net/dev` leaves out.
const NOHANDLER: (&str, &str) = ("receive_nohandler", "rx_nohandler");

/// Families and files of the counters that `/proc/net/dev` sums up.
const DETAILED_FILES: [(&str, &str); 10] = [
    ("receive_dropped", "rx_dropped"),
    ("receive_missed_errors", "rx_missed_errors"),
    ("receive_frame_errors", "rx_frame_errors"),
    ("receive_length_errors", "rx_length_errors"),
    ("receive_over_errors", "rx_over_errors"),
    ("receive_crc_errors", "rx_crc_errors"),
    ("transmit_carrier_errors", "tx_carrier_errors"),
    ("transmit_aborted_errors", "tx_aborted_errors"),
    ("transmit_heartbeat_errors", "tx_heartbeat_errors"),
    ("transmit_window_errors", "tx_window_errors"),
];

/// All files of `statistics` that are ever read.
pub(crate) fn all_files() -> impl Iterator<Item = &'static str> {
    let detailed = DETAILED_FILES.iter().map(|(_, file)| *file);
    detailed.chain([NOHANDLER.1])
}

/// A family and the place of its value.
#[derive(Debug)]
pub(crate) struct Key {
    pub(crate) name: String,
    pub(crate) help: String,
    pub(crate) source: Source,
}

/// The place of a value.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Source {
    /// Index of [`crate::parse::Device::counters`].
    Table(usize),
    /// Index of [`Keys::files`].
    File(usize),
}

/// The families that the options ask for.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    pub(crate) keys: Vec<Key>,
    /// Files of `statistics` that are needed for them.
    pub(crate) files: Vec<&'static str>,
}

impl Keys {
    /// `all` adds what `/proc/net/dev` does not show; `detailed` keeps apart what it sums up.
    pub(crate) fn new(all: bool, detailed: bool) -> Self {
        let columns = match (all, detailed) {
            (_, false) => MERGED.map(Some),
            (false, true) => DETAILED_TABLE.map(Some),
            (true, true) => DETAILED_COUNTERS,
        };
        let mut keys = Self::default();
        for (index, key) in columns.into_iter().enumerate() {
            if let Some(key) = key {
                keys.add(key, Source::Table(index));
            }
        }
        if all && detailed {
            DETAILED_FILES.iter().for_each(|pair| keys.add_file(*pair));
        }
        if all {
            keys.add_file(NOHANDLER);
        }
        keys
    }

    fn add_file(&mut self, (key, file): (&str, &'static str)) {
        self.add(key, Source::File(self.files.len()));
        self.files.push(file);
    }

    fn add(&mut self, key: &str, source: Source) {
        self.keys.push(Key {
            name: format!("node_network_{key}_total"),
            help: format!("Network device statistic {key}."),
            source,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_counter_of_the_kernel_is_there_once() {
        let keys = Keys::new(true, true);
        let mut names: Vec<&str> = keys.keys.iter().map(|key| key.name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), 24);
        assert_eq!(keys.files, all_files().collect::<Vec<_>>());
    }

    #[test]
    fn the_table_alone_needs_no_files() {
        for detailed in [false, true] {
            let keys = Keys::new(false, detailed);
            assert_eq!((keys.keys.len(), keys.files.len()), (16, 0));
        }
    }

    #[test]
    fn names_and_helps() {
        let keys = Keys::new(true, false);
        let last = keys.keys.last().unwrap();
        assert_eq!(last.name, "node_network_receive_nohandler_total");
        assert_eq!(last.help, "Network device statistic receive_nohandler.");
        assert_eq!(keys.files, ["rx_nohandler"]);
    }
}
