//! The families, and the files of the counters.

use firepit_sdk::{Counter, Gauge};

/// One counter of a port.
pub(crate) struct Statistic {
    pub(crate) file: &'static str,
    pub(crate) family: Counter<'static, 2>,
    /// What the number is multiplied with.
    pub(crate) unit: u64,
}

pub(crate) const INFO: Gauge<4> = Gauge::new(
    "node_infiniband_info",
    "Non-numeric data from /sys/class/infiniband/<device>, value is always 1.",
    ["device", "board_id", "firmware_version", "hca_type"],
);

/// The numbers of [`Port`](crate::port::Port) itself.
pub(crate) const STATE: Gauge<2> = Gauge::new(
    "node_infiniband_state_id",
    "State of the InfiniBand port (0: no change, 1: down, 2: init, 3: armed, 4: active, 5: act defer)",
    ["device", "port"],
);
pub(crate) const PHYSICAL_STATE: Gauge<2> = Gauge::new(
    "node_infiniband_physical_state_id",
    "Physical state of the InfiniBand port (0: no change, 1: sleep, 2: polling, 3: disable, 4: shift, 5: link up, 6: link error recover, 7: phytest)",
    ["device", "port"],
);
pub(crate) const RATE: Gauge<2> = Gauge::new(
    "node_infiniband_rate_bytes_per_second",
    "Maximum signal transfer rate",
    ["device", "port"],
);

/// The file of `hw_counters` that says how old the counters may be, in milliseconds.
pub(crate) const LIFESPAN_FILE: &str = "lifespan";
pub(crate) const LIFESPAN: Gauge<2> = Gauge::new(
    "node_infiniband_lifespan_seconds",
    "The maximum period in ms which defines the aging of the counter reads. Two consecutive reads within this period might return the same values.",
    ["device", "port"],
);

const ONE: u64 = 1;
/// Octets: data is counted in words of 32 bits.
const WORD: u64 = 4;

macro_rules! statistic {
    ($file:literal, $unit:ident, $name:literal, $help:literal) => {
        Statistic {
            file: $file,
            family: Counter::new(
                concat!("node_infiniband_", $name, "_total"),
                $help,
                ["device", "port"],
            ),
            unit: $unit,
        }
    };
}

/// The files of `counters`.
pub(crate) const COUNTERS: [Statistic; 22] = [
    statistic!(
        "excessive_buffer_overrun_errors",
        ONE,
        "excessive_buffer_overrun_errors",
        "Number of times that OverrunErrors consecutive flow control update periods occurred, each having at least one overrun error."
    ),
    statistic!(
        "link_downed",
        ONE,
        "link_downed",
        "Number of times the link failed to recover from an error state and went down"
    ),
    statistic!(
        "link_error_recovery",
        ONE,
        "link_error_recovery",
        "Number of times the link successfully recovered from an error state"
    ),
    statistic!(
        "local_link_integrity_errors",
        ONE,
        "local_link_integrity_errors",
        "Number of times that the count of local physical errors exceeded the threshold specified by LocalPhyErrors."
    ),
    statistic!(
        "multicast_rcv_packets",
        ONE,
        "multicast_packets_received",
        "Number of multicast packets received (including errors)"
    ),
    statistic!(
        "multicast_xmit_packets",
        ONE,
        "multicast_packets_transmitted",
        "Number of multicast packets transmitted (including errors)"
    ),
    statistic!(
        "port_rcv_constraint_errors",
        ONE,
        "port_constraint_errors_received",
        "Number of packets received on the switch physical port that are discarded"
    ),
    statistic!(
        "port_xmit_constraint_errors",
        ONE,
        "port_constraint_errors_transmitted",
        "Number of packets not transmitted from the switch physical port"
    ),
    statistic!(
        "port_rcv_data",
        WORD,
        "port_data_received_bytes",
        "Number of data octets received on all links"
    ),
    statistic!(
        "port_xmit_data",
        WORD,
        "port_data_transmitted_bytes",
        "Number of data octets transmitted on all links"
    ),
    statistic!(
        "port_rcv_discards",
        ONE,
        "port_discards_received",
        "Number of inbound packets discarded by the port because the port is down or congested"
    ),
    statistic!(
        "port_xmit_discards",
        ONE,
        "port_discards_transmitted",
        "Number of outbound packets discarded by the port because the port is down or congested"
    ),
    statistic!(
        "port_rcv_errors",
        ONE,
        "port_errors_received",
        "Number of packets containing an error that were received on this port"
    ),
    statistic!(
        "port_rcv_packets",
        ONE,
        "port_packets_received",
        "Number of packets received on all VLs by this port (including errors)"
    ),
    statistic!(
        "port_xmit_packets",
        ONE,
        "port_packets_transmitted",
        "Number of packets transmitted on all VLs from this port (including errors)"
    ),
    statistic!(
        "port_xmit_wait",
        ONE,
        "port_transmit_wait",
        "Number of ticks during which the port had data to transmit but no data was sent during the entire tick"
    ),
    statistic!(
        "unicast_rcv_packets",
        ONE,
        "unicast_packets_received",
        "Number of unicast packets received (including errors)"
    ),
    statistic!(
        "unicast_xmit_packets",
        ONE,
        "unicast_packets_transmitted",
        "Number of unicast packets transmitted (including errors)"
    ),
    statistic!(
        "port_rcv_remote_physical_errors",
        ONE,
        "port_receive_remote_physical_errors",
        "Number of packets marked with the EBP (End of Bad Packet) delimiter received on the port."
    ),
    statistic!(
        "port_rcv_switch_relay_errors",
        ONE,
        "port_receive_switch_relay_errors",
        "Number of packets that could not be forwarded by the switch."
    ),
    statistic!(
        "symbol_error",
        ONE,
        "symbol_error",
        "Number of minor link errors detected on one or more physical lanes."
    ),
    statistic!(
        "VL15_dropped",
        ONE,
        "vl15_dropped",
        "Number of incoming VL15 packets dropped due to resource limitations."
    ),
];

/// The files of `counters_ext`, where kernels before 4.5 had the counters of 64 bits.
pub(crate) const EXTENDED: [Statistic; 8] = [
    statistic!(
        "port_multicast_rcv_packets",
        ONE,
        "legacy_multicast_packets_received",
        "Number of multicast packets received"
    ),
    statistic!(
        "port_multicast_xmit_packets",
        ONE,
        "legacy_multicast_packets_transmitted",
        "Number of multicast packets transmitted"
    ),
    statistic!(
        "port_rcv_data_64",
        WORD,
        "legacy_data_received_bytes",
        "Number of data octets received on all links"
    ),
    statistic!(
        "port_rcv_packets_64",
        ONE,
        "legacy_packets_received",
        "Number of data packets received on all links"
    ),
    statistic!(
        "port_unicast_rcv_packets",
        ONE,
        "legacy_unicast_packets_received",
        "Number of unicast packets received"
    ),
    statistic!(
        "port_unicast_xmit_packets",
        ONE,
        "legacy_unicast_packets_transmitted",
        "Number of unicast packets transmitted"
    ),
    statistic!(
        "port_xmit_data_64",
        WORD,
        "legacy_data_transmitted_bytes",
        "Number of data octets transmitted on all links"
    ),
    statistic!(
        "port_xmit_packets_64",
        ONE,
        "legacy_packets_transmitted",
        "Number of data packets received on all links"
    ),
];

/// The files of `hw_counters`, which are the drivers' own.
pub(crate) const HARDWARE: [Statistic; 29] = [
    statistic!(
        "duplicate_request",
        ONE,
        "duplicate_requests_packets",
        "The number of received packets. A duplicate request is a request that had been previously executed."
    ),
    statistic!(
        "implied_nak_seq_err",
        ONE,
        "implied_nak_seq_errors",
        "The number of time the requested decided an ACK. with a PSN larger than the expected PSN for an RDMA read or response."
    ),
    statistic!(
        "local_ack_timeout_err",
        ONE,
        "local_ack_timeout_errors",
        "The number of times QP's ack timer expired for RC, XRC, DCT QPs at the sender side. The QP retry limit was not exceed, therefore it is still recoverable error."
    ),
    statistic!(
        "np_cnp_sent",
        ONE,
        "np_cnp_packets_sent",
        "The number of CNP packets sent by the Notification Point when it noticed congestion experienced in the RoCEv2 IP header (ECN bits). The counters was added in MLNX_OFED 4.1"
    ),
    statistic!(
        "np_ecn_marked_roce_packets",
        ONE,
        "np_ecn_marked_roce_packets_received",
        "The number of RoCEv2 packets received by the notification point which were marked for experiencing the congestion (ECN bits where '11' on the ingress RoCE traffic) . The counters was added in MLNX_OFED 4.1"
    ),
    statistic!(
        "out_of_buffer",
        ONE,
        "out_of_buffer_drops",
        "The number of drops occurred due to lack of WQE for the associated QPs."
    ),
    statistic!(
        "out_of_sequence",
        ONE,
        "out_of_sequence_packets_received",
        "The number of out of sequence packets received."
    ),
    statistic!(
        "packet_seq_err",
        ONE,
        "packet_sequence_errors",
        "The number of received NAK sequence error packets. The QP retry limit was not exceeded."
    ),
    statistic!(
        "req_cqe_error",
        ONE,
        "req_cqes_errors",
        "The number of times requester detected CQEs completed with errors. The counters was added in MLNX_OFED 4.1"
    ),
    statistic!(
        "req_cqe_flush_error",
        ONE,
        "req_cqes_flush_errors",
        "The number of times requester detected CQEs completed with flushed errors. The counters was added in MLNX_OFED 4.1"
    ),
    statistic!(
        "req_remote_access_errors",
        ONE,
        "req_remote_access_errors",
        "The number of times requester detected remote access errors. The counters was added in MLNX_OFED 4.1"
    ),
    statistic!(
        "req_remote_invalid_request",
        ONE,
        "req_remote_invalid_request_errors",
        "The number of times requester detected remote invalid request errors. The counters was added in MLNX_OFED 4.1"
    ),
    statistic!(
        "resp_cqe_error",
        ONE,
        "resp_cqes_errors",
        "The number of times responder detected CQEs completed with errors. The counters was added in MLNX_OFED 4.1"
    ),
    statistic!(
        "resp_cqe_flush_error",
        ONE,
        "resp_cqes_flush_errors",
        "The number of times responder detected CQEs completed with flushed errors. The counters was added in MLNX_OFED 4.1"
    ),
    statistic!(
        "resp_local_length_error",
        ONE,
        "resp_local_length_errors",
        "The number of times responder detected local length errors. The counters was added in MLNX_OFED 4.1"
    ),
    statistic!(
        "resp_remote_access_errors",
        ONE,
        "resp_remote_access_errors",
        "The number of times responder detected remote access errors. The counters was added in MLNX_OFED 4.1"
    ),
    statistic!(
        "rnr_nak_retry_err",
        ONE,
        "rnr_nak_retry_packets_received",
        "The number of received RNR NAK packets. The QP retry limit was not exceeded."
    ),
    statistic!(
        "roce_adp_retrans",
        ONE,
        "roce_adp_retransmits",
        "The number of adaptive retransmissions for RoCE traffic. The counter was added in MLNX_OFED rev 5.0-1.0.0.0 and kernel v5.6.0"
    ),
    statistic!(
        "roce_adp_retrans_to",
        ONE,
        "roce_adp_retransmits_timeout",
        "The number of times RoCE traffic reached timeout due to adaptive retransmission. The counter was added in MLNX_OFED rev 5.0-1.0.0.0 and kernel v5.6.0"
    ),
    statistic!(
        "roce_slow_restart",
        ONE,
        "roce_slow_restart_used",
        "The number of times RoCE slow restart was used. The counter was added in MLNX_OFED rev 5.0-1.0.0.0 and kernel v5.6.0"
    ),
    statistic!(
        "roce_slow_restart_cnps",
        ONE,
        "roce_slow_restart_cnps",
        "The number of times RoCE slow restart generated CNP packets. The counter was added in MLNX_OFED rev 5.0-1.0.0.0 and kernel v5.6.0"
    ),
    statistic!(
        "roce_slow_restart_trans",
        ONE,
        "roce_slow_restart",
        "The number of times RoCE slow restart changed state to slow restart. The counter was added in MLNX_OFED rev 5.0-1.0.0.0 and kernel v5.6.0"
    ),
    statistic!(
        "rp_cnp_handled",
        ONE,
        "rp_cnp_packets_handled",
        "The number of CNP packets handled by the Reaction Point HCA to throttle the transmission rate. The counters was added in MLNX_OFED 4.1"
    ),
    statistic!(
        "rp_cnp_ignored",
        ONE,
        "rp_cnp_ignored_packets_received",
        "The number of CNP packets received and ignored by the Reaction Point HCA. This counter should not raise if RoCE Congestion Control was enabled in the network. If this counter raise, verify that ECN was enabled on the adapter."
    ),
    statistic!(
        "rx_atomic_requests",
        ONE,
        "rx_atomic_requests",
        "The number of received ATOMIC request for the associated QPs."
    ),
    statistic!(
        "rx_dct_connect",
        ONE,
        "rx_dct_connect_requests",
        "The number of received connection requests for the associated DCTs."
    ),
    statistic!(
        "rx_read_requests",
        ONE,
        "rx_read_requests",
        "The number of received READ requests for the associated QPs."
    ),
    statistic!(
        "rx_write_requests",
        ONE,
        "rx_write_requests",
        "The number of received WRITE requests for the associated QPs."
    ),
    statistic!(
        "rx_icrc_encapsulated",
        ONE,
        "rx_icrc_encapsulated_errors",
        "The number of RoCE packets with ICRC errors. This counter was added in MLNX_OFED 4.4 and kernel 4.19"
    ),
];
