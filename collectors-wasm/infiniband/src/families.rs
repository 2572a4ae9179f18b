//! The families, and the files of the counters.

use firepit_sdk::{Counter, Gauge, families};

/// One counter of a port: its file, its factor, and its family.
pub(crate) type Statistic = ((&'static str, u64), Counter<'static, 2>);

pub(crate) const INFO: Gauge<4> = Gauge::new(
    "node_infiniband_info",
    "Non-numeric data from /sys/class/infiniband/<device>, value is always 1.",
    ["device", "board_id", "firmware_version", "hca_type"],
);

/// The file of `hw_counters` with the maximum age of the counters in milliseconds.
pub(crate) const LIFESPAN_FILE: &str = "lifespan";

/// The numbers of [`Port`](crate::port::Port) itself.
pub(crate) const PORT: [Gauge<2>; 4] = families! { Gauge["device", "port"]
    "node_infiniband_state_id": "State of the InfiniBand port (0: no change, 1: down, 2: init, 3: armed, 4: active, 5: act defer)",
    "node_infiniband_physical_state_id": "Physical state of the InfiniBand port (0: no change, 1: sleep, 2: polling, 3: disable, 4: shift, 5: link up, 6: link error recover, 7: phytest)",
    "node_infiniband_rate_bytes_per_second": "Maximum signal transfer rate",
    "node_infiniband_lifespan_seconds": "The maximum period in ms which defines the aging of the counter reads. Two consecutive reads within this period might return the same values.",
};

const ONE: u64 = 1;
/// Octets: data is counted in words of 32 bits.
const WORD: u64 = 4;

/// The files of `counters`.
pub(crate) const COUNTERS: [Statistic; 22] = families! { Counter["device", "port"]
    ("excessive_buffer_overrun_errors", ONE) => "node_infiniband_excessive_buffer_overrun_errors_total": "Number of times that OverrunErrors consecutive flow control update periods occurred, each having at least one overrun error.",
    ("link_downed", ONE) => "node_infiniband_link_downed_total": "Number of times the link failed to recover from an error state and went down",
    ("link_error_recovery", ONE) => "node_infiniband_link_error_recovery_total": "Number of times the link successfully recovered from an error state",
    ("local_link_integrity_errors", ONE) => "node_infiniband_local_link_integrity_errors_total": "Number of times that the count of local physical errors exceeded the threshold specified by LocalPhyErrors.",
    ("multicast_rcv_packets", ONE) => "node_infiniband_multicast_packets_received_total": "Number of multicast packets received (including errors)",
    ("multicast_xmit_packets", ONE) => "node_infiniband_multicast_packets_transmitted_total": "Number of multicast packets transmitted (including errors)",
    ("port_rcv_constraint_errors", ONE) => "node_infiniband_port_constraint_errors_received_total": "Number of packets received on the switch physical port that are discarded",
    ("port_xmit_constraint_errors", ONE) => "node_infiniband_port_constraint_errors_transmitted_total": "Number of packets not transmitted from the switch physical port",
    ("port_rcv_data", WORD) => "node_infiniband_port_data_received_bytes_total": "Number of data octets received on all links",
    ("port_xmit_data", WORD) => "node_infiniband_port_data_transmitted_bytes_total": "Number of data octets transmitted on all links",
    ("port_rcv_discards", ONE) => "node_infiniband_port_discards_received_total": "Number of inbound packets discarded by the port because the port is down or congested",
    ("port_xmit_discards", ONE) => "node_infiniband_port_discards_transmitted_total": "Number of outbound packets discarded by the port because the port is down or congested",
    ("port_rcv_errors", ONE) => "node_infiniband_port_errors_received_total": "Number of packets containing an error that were received on this port",
    ("port_rcv_packets", ONE) => "node_infiniband_port_packets_received_total": "Number of packets received on all VLs by this port (including errors)",
    ("port_xmit_packets", ONE) => "node_infiniband_port_packets_transmitted_total": "Number of packets transmitted on all VLs from this port (including errors)",
    ("port_xmit_wait", ONE) => "node_infiniband_port_transmit_wait_total": "Number of ticks during which the port had data to transmit but no data was sent during the entire tick",
    ("unicast_rcv_packets", ONE) => "node_infiniband_unicast_packets_received_total": "Number of unicast packets received (including errors)",
    ("unicast_xmit_packets", ONE) => "node_infiniband_unicast_packets_transmitted_total": "Number of unicast packets transmitted (including errors)",
    ("port_rcv_remote_physical_errors", ONE) => "node_infiniband_port_receive_remote_physical_errors_total": "Number of packets marked with the EBP (End of Bad Packet) delimiter received on the port.",
    ("port_rcv_switch_relay_errors", ONE) => "node_infiniband_port_receive_switch_relay_errors_total": "Number of packets that could not be forwarded by the switch.",
    ("symbol_error", ONE) => "node_infiniband_symbol_error_total": "Number of minor link errors detected on one or more physical lanes.",
    ("VL15_dropped", ONE) => "node_infiniband_vl15_dropped_total": "Number of incoming VL15 packets dropped due to resource limitations.",
};

/// The files of `counters_ext`, which had the 64-bit counters before Linux 4.5.
pub(crate) const EXTENDED: [Statistic; 8] = families! { Counter["device", "port"]
    ("port_multicast_rcv_packets", ONE) => "node_infiniband_legacy_multicast_packets_received_total": "Number of multicast packets received",
    ("port_multicast_xmit_packets", ONE) => "node_infiniband_legacy_multicast_packets_transmitted_total": "Number of multicast packets transmitted",
    ("port_rcv_data_64", WORD) => "node_infiniband_legacy_data_received_bytes_total": "Number of data octets received on all links",
    ("port_rcv_packets_64", ONE) => "node_infiniband_legacy_packets_received_total": "Number of data packets received on all links",
    ("port_unicast_rcv_packets", ONE) => "node_infiniband_legacy_unicast_packets_received_total": "Number of unicast packets received",
    ("port_unicast_xmit_packets", ONE) => "node_infiniband_legacy_unicast_packets_transmitted_total": "Number of unicast packets transmitted",
    ("port_xmit_data_64", WORD) => "node_infiniband_legacy_data_transmitted_bytes_total": "Number of data octets transmitted on all links",
    ("port_xmit_packets_64", ONE) => "node_infiniband_legacy_packets_transmitted_total": "Number of data packets received on all links",
};

/// The files of `hw_counters`, which are specific to the driver.
pub(crate) const HARDWARE: [Statistic; 29] = families! { Counter["device", "port"]
    ("duplicate_request", ONE) => "node_infiniband_duplicate_requests_packets_total": "The number of received packets. A duplicate request is a request that had been previously executed.",
    ("implied_nak_seq_err", ONE) => "node_infiniband_implied_nak_seq_errors_total": "The number of time the requested decided an ACK. with a PSN larger than the expected PSN for an RDMA read or response.",
    ("local_ack_timeout_err", ONE) => "node_infiniband_local_ack_timeout_errors_total": "The number of times QP's ack timer expired for RC, XRC, DCT QPs at the sender side. The QP retry limit was not exceed, therefore it is still recoverable error.",
    ("np_cnp_sent", ONE) => "node_infiniband_np_cnp_packets_sent_total": "The number of CNP packets sent by the Notification Point when it noticed congestion experienced in the RoCEv2 IP header (ECN bits). The counters was added in MLNX_OFED 4.1",
    ("np_ecn_marked_roce_packets", ONE) => "node_infiniband_np_ecn_marked_roce_packets_received_total": "The number of RoCEv2 packets received by the notification point which were marked for experiencing the congestion (ECN bits where '11' on the ingress RoCE traffic) . The counters was added in MLNX_OFED 4.1",
    ("out_of_buffer", ONE) => "node_infiniband_out_of_buffer_drops_total": "The number of drops occurred due to lack of WQE for the associated QPs.",
    ("out_of_sequence", ONE) => "node_infiniband_out_of_sequence_packets_received_total": "The number of out of sequence packets received.",
    ("packet_seq_err", ONE) => "node_infiniband_packet_sequence_errors_total": "The number of received NAK sequence error packets. The QP retry limit was not exceeded.",
    ("req_cqe_error", ONE) => "node_infiniband_req_cqes_errors_total": "The number of times requester detected CQEs completed with errors. The counters was added in MLNX_OFED 4.1",
    ("req_cqe_flush_error", ONE) => "node_infiniband_req_cqes_flush_errors_total": "The number of times requester detected CQEs completed with flushed errors. The counters was added in MLNX_OFED 4.1",
    ("req_remote_access_errors", ONE) => "node_infiniband_req_remote_access_errors_total": "The number of times requester detected remote access errors. The counters was added in MLNX_OFED 4.1",
    ("req_remote_invalid_request", ONE) => "node_infiniband_req_remote_invalid_request_errors_total": "The number of times requester detected remote invalid request errors. The counters was added in MLNX_OFED 4.1",
    ("resp_cqe_error", ONE) => "node_infiniband_resp_cqes_errors_total": "The number of times responder detected CQEs completed with errors. The counters was added in MLNX_OFED 4.1",
    ("resp_cqe_flush_error", ONE) => "node_infiniband_resp_cqes_flush_errors_total": "The number of times responder detected CQEs completed with flushed errors. The counters was added in MLNX_OFED 4.1",
    ("resp_local_length_error", ONE) => "node_infiniband_resp_local_length_errors_total": "The number of times responder detected local length errors. The counters was added in MLNX_OFED 4.1",
    ("resp_remote_access_errors", ONE) => "node_infiniband_resp_remote_access_errors_total": "The number of times responder detected remote access errors. The counters was added in MLNX_OFED 4.1",
    ("rnr_nak_retry_err", ONE) => "node_infiniband_rnr_nak_retry_packets_received_total": "The number of received RNR NAK packets. The QP retry limit was not exceeded.",
    ("roce_adp_retrans", ONE) => "node_infiniband_roce_adp_retransmits_total": "The number of adaptive retransmissions for RoCE traffic. The counter was added in MLNX_OFED rev 5.0-1.0.0.0 and kernel v5.6.0",
    ("roce_adp_retrans_to", ONE) => "node_infiniband_roce_adp_retransmits_timeout_total": "The number of times RoCE traffic reached timeout due to adaptive retransmission. The counter was added in MLNX_OFED rev 5.0-1.0.0.0 and kernel v5.6.0",
    ("roce_slow_restart", ONE) => "node_infiniband_roce_slow_restart_used_total": "The number of times RoCE slow restart was used. The counter was added in MLNX_OFED rev 5.0-1.0.0.0 and kernel v5.6.0",
    ("roce_slow_restart_cnps", ONE) => "node_infiniband_roce_slow_restart_cnps_total": "The number of times RoCE slow restart generated CNP packets. The counter was added in MLNX_OFED rev 5.0-1.0.0.0 and kernel v5.6.0",
    ("roce_slow_restart_trans", ONE) => "node_infiniband_roce_slow_restart_total": "The number of times RoCE slow restart changed state to slow restart. The counter was added in MLNX_OFED rev 5.0-1.0.0.0 and kernel v5.6.0",
    ("rp_cnp_handled", ONE) => "node_infiniband_rp_cnp_packets_handled_total": "The number of CNP packets handled by the Reaction Point HCA to throttle the transmission rate. The counters was added in MLNX_OFED 4.1",
    ("rp_cnp_ignored", ONE) => "node_infiniband_rp_cnp_ignored_packets_received_total": "The number of CNP packets received and ignored by the Reaction Point HCA. This counter should not raise if RoCE Congestion Control was enabled in the network. If this counter raise, verify that ECN was enabled on the adapter.",
    ("rx_atomic_requests", ONE) => "node_infiniband_rx_atomic_requests_total": "The number of received ATOMIC request for the associated QPs.",
    ("rx_dct_connect", ONE) => "node_infiniband_rx_dct_connect_requests_total": "The number of received connection requests for the associated DCTs.",
    ("rx_read_requests", ONE) => "node_infiniband_rx_read_requests_total": "The number of received READ requests for the associated QPs.",
    ("rx_write_requests", ONE) => "node_infiniband_rx_write_requests_total": "The number of received WRITE requests for the associated QPs.",
    ("rx_icrc_encapsulated", ONE) => "node_infiniband_rx_icrc_encapsulated_errors_total": "The number of RoCE packets with ICRC errors. This counter was added in MLNX_OFED 4.4 and kernel 4.19",
};
