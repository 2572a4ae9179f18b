//! The families, and the counters that each of them sums.
//!
//! The kernel has 24 counters per interface. Netlink provides each of them, and node_exporter sums
//! some to get the 16 numbers of `/proc/net/dev`; the option `enable-detailed-metrics` keeps them
//! separate.

use counter::*;

/// A family and the indices of its terms in [`crate::Device::counters`].
#[derive(Debug)]
pub(crate) struct Family {
    pub(crate) name: &'static str,
    pub(crate) help: &'static str,
    terms: &'static [u8],
}

impl Family {
    /// The value of one interface; `None` if a term is missing.
    pub(crate) fn value(&self, counters: &[u64]) -> Option<f64> {
        let sum = self.terms.iter().try_fold(0_u64, |sum, &term| {
            Some(sum.wrapping_add(*counters.get(usize::from(term))?))
        });
        Some(sum? as f64)
    }
}

/// Indices of the counters in `struct rtnl_link_stats64`, which only grows at its end.
mod counter {
    pub(super) const RX_PACKETS: u8 = 0;
    pub(super) const TX_PACKETS: u8 = 1;
    pub(super) const RX_BYTES: u8 = 2;
    pub(super) const TX_BYTES: u8 = 3;
    pub(super) const RX_ERRORS: u8 = 4;
    pub(super) const TX_ERRORS: u8 = 5;
    pub(super) const RX_DROPPED: u8 = 6;
    pub(super) const TX_DROPPED: u8 = 7;
    pub(super) const MULTICAST: u8 = 8;
    pub(super) const COLLISIONS: u8 = 9;
    pub(super) const RX_LENGTH_ERRORS: u8 = 10;
    pub(super) const RX_OVER_ERRORS: u8 = 11;
    pub(super) const RX_CRC_ERRORS: u8 = 12;
    pub(super) const RX_FRAME_ERRORS: u8 = 13;
    pub(super) const RX_FIFO_ERRORS: u8 = 14;
    pub(super) const RX_MISSED_ERRORS: u8 = 15;
    pub(super) const TX_ABORTED_ERRORS: u8 = 16;
    pub(super) const TX_CARRIER_ERRORS: u8 = 17;
    pub(super) const TX_FIFO_ERRORS: u8 = 18;
    pub(super) const TX_HEARTBEAT_ERRORS: u8 = 19;
    pub(super) const TX_WINDOW_ERRORS: u8 = 20;
    pub(super) const RX_COMPRESSED: u8 = 21;
    pub(super) const TX_COMPRESSED: u8 = 22;
    pub(super) const RX_NOHANDLER: u8 = 23;
}

/// The maximum number of counters of an interface.
pub(crate) const COUNTERS: usize = 24;

macro_rules! families {
    ($($key:literal = $($term:expr),+;)*) => {
        &[$(Family {
            name: concat!("node_network_", $key, "_total"),
            help: concat!("Network device statistic ", $key, "."),
            terms: &[$($term),+],
        }),*]
    };
}

/// The families, by the source of the counters and by whether sums are kept separate.
pub(crate) fn families(netlink: bool, detailed: bool) -> &'static [Family] {
    match (netlink, detailed) {
        (true, false) => NETLINK,
        (true, true) => NETLINK_DETAILED,
        (false, false) => TABLE,
        (false, true) => TABLE_DETAILED,
    }
}

const NETLINK: &[Family] = families! {
    "receive_bytes" = RX_BYTES;
    "receive_packets" = RX_PACKETS;
    "receive_errs" = RX_ERRORS;
    "receive_drop" = RX_DROPPED, RX_MISSED_ERRORS;
    "receive_fifo" = RX_FIFO_ERRORS;
    "receive_frame" = RX_FRAME_ERRORS, RX_LENGTH_ERRORS, RX_OVER_ERRORS, RX_CRC_ERRORS;
    "receive_compressed" = RX_COMPRESSED;
    "receive_multicast" = MULTICAST;
    "receive_nohandler" = RX_NOHANDLER;
    "transmit_bytes" = TX_BYTES;
    "transmit_packets" = TX_PACKETS;
    "transmit_errs" = TX_ERRORS;
    "transmit_drop" = TX_DROPPED;
    "transmit_fifo" = TX_FIFO_ERRORS;
    "transmit_colls" = COLLISIONS;
    "transmit_carrier" =
        TX_CARRIER_ERRORS, TX_ABORTED_ERRORS, TX_HEARTBEAT_ERRORS, TX_WINDOW_ERRORS;
    "transmit_compressed" = TX_COMPRESSED;
};

const NETLINK_DETAILED: &[Family] = families! {
    "receive_packets" = RX_PACKETS;
    "transmit_packets" = TX_PACKETS;
    "receive_bytes" = RX_BYTES;
    "transmit_bytes" = TX_BYTES;
    "receive_errors" = RX_ERRORS;
    "transmit_errors" = TX_ERRORS;
    "receive_dropped" = RX_DROPPED;
    "transmit_dropped" = TX_DROPPED;
    "multicast" = MULTICAST;
    "collisions" = COLLISIONS;
    "receive_length_errors" = RX_LENGTH_ERRORS;
    "receive_over_errors" = RX_OVER_ERRORS;
    "receive_crc_errors" = RX_CRC_ERRORS;
    "receive_frame_errors" = RX_FRAME_ERRORS;
    "receive_fifo_errors" = RX_FIFO_ERRORS;
    "receive_missed_errors" = RX_MISSED_ERRORS;
    "transmit_aborted_errors" = TX_ABORTED_ERRORS;
    "transmit_carrier_errors" = TX_CARRIER_ERRORS;
    "transmit_fifo_errors" = TX_FIFO_ERRORS;
    "transmit_heartbeat_errors" = TX_HEARTBEAT_ERRORS;
    "transmit_window_errors" = TX_WINDOW_ERRORS;
    "receive_compressed" = RX_COMPRESSED;
    "transmit_compressed" = TX_COMPRESSED;
    "receive_nohandler" = RX_NOHANDLER;
};

/// The columns of `/proc/net/dev`, in their order.
const TABLE: &[Family] = families! {
    "receive_bytes" = 0;
    "receive_packets" = 1;
    "receive_errs" = 2;
    "receive_drop" = 3;
    "receive_fifo" = 4;
    "receive_frame" = 5;
    "receive_compressed" = 6;
    "receive_multicast" = 7;
    "transmit_bytes" = 8;
    "transmit_packets" = 9;
    "transmit_errs" = 10;
    "transmit_drop" = 11;
    "transmit_fifo" = 12;
    "transmit_colls" = 13;
    "transmit_carrier" = 14;
    "transmit_compressed" = 15;
};

/// The columns with the names that node_exporter gives them before it merges them.
const TABLE_DETAILED: &[Family] = families! {
    "receive_bytes" = 0;
    "receive_packets" = 1;
    "receive_errors" = 2;
    "receive_dropped" = 3;
    "receive_fifo" = 4;
    "receive_frame" = 5;
    "receive_compressed" = 6;
    "receive_multicast" = 7;
    "transmit_bytes" = 8;
    "transmit_packets" = 9;
    "transmit_errors" = 10;
    "transmit_dropped" = 11;
    "transmit_fifo" = 12;
    "transmit_colls" = 13;
    "transmit_carrier" = 14;
    "transmit_compressed" = 15;
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_counter_is_in_one_family() {
        for (netlink, counters) in [(true, COUNTERS), (false, 16)] {
            for detailed in [false, true] {
                let families = families(netlink, detailed);
                let mut terms: Vec<usize> = (families.iter())
                    .flat_map(|family| family.terms)
                    .map(|&term| usize::from(term))
                    .collect();
                terms.sort_unstable();
                assert_eq!(terms, (0..counters).collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn sums_wrap_and_missing_counters_are_zero() {
        let families = families(true, false);
        let drop = families.iter().find(|f| f.name.contains("receive_drop"));
        let mut counters = [0; COUNTERS];
        counters[6] = u64::MAX;
        counters[15] = 3;
        assert_eq!(drop.unwrap().value(&counters), Some(2.0));
        assert_eq!(drop.unwrap().value(&[]), None);
    }
}
