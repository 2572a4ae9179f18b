//! The families, and the files of the counters.

use firepit_sdk::{Counter, Gauge, families};

pub(crate) const INFO: Gauge<11> = Gauge::new(
    "node_fibrechannel_info",
    "Non-numeric data from /sys/class/fc_host/<host>, value is always 1.",
    [
        "fc_host",
        "speed",
        "port_state",
        "port_type",
        "port_id",
        "port_name",
        "fabric_name",
        "symbolic_name",
        "supported_classes",
        "supported_speeds",
        "dev_loss_tmo",
    ],
);

/// The files of `statistics`, with their families.
pub(crate) const COUNTERS: [(&str, Counter<1>); 14] = families! { Counter["fc_host"]
    "dumped_frames" => "node_fibrechannel_dumped_frames_total": "Number of dumped frames",
    "error_frames" => "node_fibrechannel_error_frames_total": "Number of errors in frames",
    "invalid_crc_count" => "node_fibrechannel_invalid_crc_total": "Invalid Cyclic Redundancy Check count",
    "rx_frames" => "node_fibrechannel_rx_frames_total": "Number of frames received",
    "rx_words" => "node_fibrechannel_rx_words_total": "Number of words received by host port",
    "tx_frames" => "node_fibrechannel_tx_frames_total": "Number of frames transmitted by host port",
    "tx_words" => "node_fibrechannel_tx_words_total": "Number of words transmitted by host port",
    "seconds_since_last_reset" => "node_fibrechannel_seconds_since_last_reset_total": "Number of seconds since last host port reset",
    "invalid_tx_word_count" => "node_fibrechannel_invalid_tx_words_total": "Number of invalid words transmitted by host port",
    "link_failure_count" => "node_fibrechannel_link_failure_total": "Number of times the host port link has failed",
    "loss_of_sync_count" => "node_fibrechannel_loss_of_sync_total": "Number of failures on either bit or transmission word boundaries",
    "loss_of_signal_count" => "node_fibrechannel_loss_of_signal_total": "Number of times signal has been lost",
    "nos_count" => "node_fibrechannel_nos_total": "Number Not_Operational Primitive Sequence received by host port",
    "fcp_packet_aborts" => "node_fibrechannel_fcp_packet_aborts_total": "Number of aborted packets",
};
