//! The families, by the keys of `/proc/drbd`.

use firepit_sdk::{Gauge, Scalar, families};

const ONE: f64 = 1.0;
const KIBIBYTE: f64 = 1024.0;

/// The numbers of a device: key and factor.
pub(crate) const NUMBERS: [((&str, f64), Scalar<1>); 12] = families! { Scalar["device"]
    ("ns", KIBIBYTE) => counter "node_drbd_network_sent_bytes_total": "Total number of bytes sent via the network.",
    // Also kibibytes, but node_exporter does not convert them.
    ("nr", ONE) => counter "node_drbd_network_received_bytes_total": "Total number of bytes received via the network.",
    ("dw", KIBIBYTE) => counter "node_drbd_disk_written_bytes_total": "Net data written on local hard disk; in bytes.",
    ("dr", KIBIBYTE) => counter "node_drbd_disk_read_bytes_total": "Net data read from local hard disk; in bytes.",
    ("al", ONE) => counter "node_drbd_activitylog_writes_total": "Number of updates of the activity log area of the meta data.",
    ("bm", ONE) => counter "node_drbd_bitmap_writes_total": "Number of updates of the bitmap area of the meta data.",
    ("lo", ONE) => gauge "node_drbd_local_pending": "Number of open requests to the local I/O sub-system.",
    ("pe", ONE) => gauge "node_drbd_remote_pending": "Number of requests sent to the peer, but that have not yet been answered by the latter.",
    ("ua", ONE) => gauge "node_drbd_remote_unacknowledged": "Number of requests received by the peer via the network connection, but that have not yet been answered.",
    ("ap", ONE) => gauge "node_drbd_application_pending": "Number of block I/O requests forwarded to DRBD, but not yet answered by DRBD.",
    ("ep", ONE) => gauge "node_drbd_epochs": "Number of Epochs currently on the fly.",
    ("oos", KIBIBYTE) => gauge "node_drbd_out_of_sync_bytes": "Amount of data known to be out of sync; in bytes.",
};

/// The states of both nodes (`ro:Primary/Secondary`): key, the word that counts as 1, family.
pub(crate) const PAIRS: [((&str, &str), Gauge<2>); 2] = families! { Gauge["device", "node"]
    ("ro", "Primary") => "node_drbd_node_role_is_primary": "Whether the role of the node is in the primary state.",
    ("ds", "UpToDate") => "node_drbd_disk_state_is_up_to_date": "Whether the disk of the node is up to date.",
};

/// The key `cs`, `Connected` or another state of the connection.
pub(crate) const CONNECTED: Gauge<1> = Gauge::new(
    "node_drbd_connected",
    "Whether DRBD is connected to the peer.",
    ["device"],
);
