//! The families, by the keys of `/proc/drbd`.

use firepit_sdk::{Gauge, Scalar};

/// One number of a device.
pub(crate) struct Number {
    pub(crate) key: &'static str,
    pub(crate) family: Scalar<'static, 1>,
    /// What the number is multiplied with.
    pub(crate) unit: f64,
}

const ONE: f64 = 1.0;
const KIBIBYTE: f64 = 1024.0;

const fn counter(key: &'static str, unit: f64, name: &'static str, help: &'static str) -> Number {
    Number {
        key,
        family: Scalar::counter(name, help, ["device"]),
        unit,
    }
}

const fn gauge(key: &'static str, unit: f64, name: &'static str, help: &'static str) -> Number {
    Number {
        key,
        family: Scalar::gauge(name, help, ["device"]),
        unit,
    }
}

pub(crate) const NUMBERS: [Number; 12] = [
    counter(
        "ns",
        KIBIBYTE,
        "node_drbd_network_sent_bytes_total",
        "Total number of bytes sent via the network.",
    ),
    // Kibibytes too, but node_exporter shows them as they are.
    counter(
        "nr",
        ONE,
        "node_drbd_network_received_bytes_total",
        "Total number of bytes received via the network.",
    ),
    counter(
        "dw",
        KIBIBYTE,
        "node_drbd_disk_written_bytes_total",
        "Net data written on local hard disk; in bytes.",
    ),
    counter(
        "dr",
        KIBIBYTE,
        "node_drbd_disk_read_bytes_total",
        "Net data read from local hard disk; in bytes.",
    ),
    counter(
        "al",
        ONE,
        "node_drbd_activitylog_writes_total",
        "Number of updates of the activity log area of the meta data.",
    ),
    counter(
        "bm",
        ONE,
        "node_drbd_bitmap_writes_total",
        "Number of updates of the bitmap area of the meta data.",
    ),
    gauge(
        "lo",
        ONE,
        "node_drbd_local_pending",
        "Number of open requests to the local I/O sub-system.",
    ),
    gauge(
        "pe",
        ONE,
        "node_drbd_remote_pending",
        "Number of requests sent to the peer, but that have not yet been answered by the latter.",
    ),
    gauge(
        "ua",
        ONE,
        "node_drbd_remote_unacknowledged",
        "Number of requests received by the peer via the network connection, but that have not yet been answered.",
    ),
    gauge(
        "ap",
        ONE,
        "node_drbd_application_pending",
        "Number of block I/O requests forwarded to DRBD, but not yet answered by DRBD.",
    ),
    gauge(
        "ep",
        ONE,
        "node_drbd_epochs",
        "Number of Epochs currently on the fly.",
    ),
    gauge(
        "oos",
        KIBIBYTE,
        "node_drbd_out_of_sync_bytes",
        "Amount of data known to be out of sync; in bytes.",
    ),
];

/// The states of both nodes (`ro:Primary/Secondary`): key, the word that counts as 1, family.
pub(crate) const PAIRS: [(&str, &str, Gauge<2>); 2] = [
    (
        "ro",
        "Primary",
        Gauge::new(
            "node_drbd_node_role_is_primary",
            "Whether the role of the node is in the primary state.",
            ["device", "node"],
        ),
    ),
    (
        "ds",
        "UpToDate",
        Gauge::new(
            "node_drbd_disk_state_is_up_to_date",
            "Whether the disk of the node is up to date.",
            ["device", "node"],
        ),
    ),
];

/// The key `cs`, `Connected` or another state of the connection.
pub(crate) const CONNECTED: Gauge<1> = Gauge::new(
    "node_drbd_connected",
    "Whether DRBD is connected to the peer.",
    ["device"],
);
