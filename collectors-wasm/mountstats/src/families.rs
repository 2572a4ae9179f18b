//! The families, and the line and number of each.

use firepit_sdk::{Counter, Gauge, families};

pub(crate) const AGE: Counter<3> = Counter::new(
    "node_mountstats_nfs_age_seconds_total",
    "The age of the NFS mount in seconds.",
    ["export", "mountaddr", "protocol"],
);

pub(crate) const MOUNT_POINT: Gauge<4> = Gauge::new(
    "node_mountstats_nfs_mountpoint_info",
    "Info metric for an NFS mountpoint.",
    ["export", "mountaddr", "mountpoint", "protocol"],
);

/// In the order of a line `bytes:`.
pub(crate) const BYTES: [Counter<3>; 8] = families! { Counter["export", "mountaddr", "protocol"]
    "node_mountstats_nfs_read_bytes_total": "Number of bytes read using the read() syscall.",
    "node_mountstats_nfs_write_bytes_total": "Number of bytes written using the write() syscall.",
    "node_mountstats_nfs_direct_read_bytes_total": "Number of bytes read using the read() syscall in O_DIRECT mode.",
    "node_mountstats_nfs_direct_write_bytes_total": "Number of bytes written using the write() syscall in O_DIRECT mode.",
    "node_mountstats_nfs_total_read_bytes_total": "Number of bytes read from the NFS server, in total.",
    "node_mountstats_nfs_total_write_bytes_total": "Number of bytes written to the NFS server, in total.",
    "node_mountstats_nfs_read_pages_total": "Number of pages read directly via mmap()'d files.",
    "node_mountstats_nfs_write_pages_total": "Number of pages written directly via mmap()'d files.",
};

/// Indices in a line `events:`, from 0. The 19th, waits for congestion, is not shown. Three help
/// texts repeat those of their neighbours, as in node_exporter.
pub(crate) const EVENTS: [(usize, Counter<3>); 26] = families! { Counter["export", "mountaddr", "protocol"]
    0 => "node_mountstats_nfs_event_inode_revalidate_total": "Number of times cached inode attributes are re-validated from the server.",
    1 => "node_mountstats_nfs_event_dnode_revalidate_total": "Number of times cached dentry nodes are re-validated from the server.",
    2 => "node_mountstats_nfs_event_data_invalidate_total": "Number of times an inode cache is cleared.",
    3 => "node_mountstats_nfs_event_attribute_invalidate_total": "Number of times cached inode attributes are invalidated.",
    4 => "node_mountstats_nfs_event_vfs_open_total": "Number of times cached inode attributes are invalidated.",
    5 => "node_mountstats_nfs_event_vfs_lookup_total": "Number of times a directory lookup has occurred.",
    6 => "node_mountstats_nfs_event_vfs_access_total": "Number of times permissions have been checked.",
    7 => "node_mountstats_nfs_event_vfs_update_page_total": "Number of updates (and potential writes) to pages.",
    8 => "node_mountstats_nfs_event_vfs_read_page_total": "Number of pages read directly via mmap()'d files.",
    9 => "node_mountstats_nfs_event_vfs_read_pages_total": "Number of times a group of pages have been read.",
    10 => "node_mountstats_nfs_event_vfs_write_page_total": "Number of pages written directly via mmap()'d files.",
    11 => "node_mountstats_nfs_event_vfs_write_pages_total": "Number of times a group of pages have been written.",
    12 => "node_mountstats_nfs_event_vfs_getdents_total": "Number of times directory entries have been read with getdents().",
    13 => "node_mountstats_nfs_event_vfs_setattr_total": "Number of times directory entries have been read with getdents().",
    14 => "node_mountstats_nfs_event_vfs_flush_total": "Number of pending writes that have been forcefully flushed to the server.",
    15 => "node_mountstats_nfs_event_vfs_fsync_total": "Number of times fsync() has been called on directories and files.",
    16 => "node_mountstats_nfs_event_vfs_lock_total": "Number of times locking has been attempted on a file.",
    17 => "node_mountstats_nfs_event_vfs_file_release_total": "Number of times files have been closed and released.",
    19 => "node_mountstats_nfs_event_truncation_total": "Number of times files have been truncated.",
    20 => "node_mountstats_nfs_event_write_extension_total": "Number of times a file has been grown due to writes beyond its existing end.",
    21 => "node_mountstats_nfs_event_silly_rename_total": "Number of times a file was removed while still open by another process.",
    22 => "node_mountstats_nfs_event_short_read_total": "Number of times the NFS server gave less data than expected while reading.",
    23 => "node_mountstats_nfs_event_short_write_total": "Number of times the NFS server wrote less data than expected while writing.",
    24 => "node_mountstats_nfs_event_jukebox_delay_total": "Number of times the NFS server indicated EJUKEBOX; retrieving data from offline storage.",
    25 => "node_mountstats_nfs_event_pnfs_read_total": "Number of NFS v4.1+ pNFS reads.",
    26 => "node_mountstats_nfs_event_pnfs_write_total": "Number of NFS v4.1+ pNFS writes.",
};

/// Indices in [`crate::parse::Transport::numbers`].
pub(crate) const TRANSPORTS: [(usize, Counter<4>); 8] = families! { Counter["export", "mountaddr", "protocol", "transport"]
    1 => "node_mountstats_nfs_transport_bind_total": "Number of times the client has had to establish a connection from scratch to the NFS server.",
    2 => "node_mountstats_nfs_transport_connect_total": "Number of times the client has made a TCP connection to the NFS server.",
    5 => "node_mountstats_nfs_transport_sends_total": "Number of RPC requests for this mount sent to the NFS server.",
    6 => "node_mountstats_nfs_transport_receives_total": "Number of RPC responses for this mount received from the NFS server.",
    7 => "node_mountstats_nfs_transport_bad_transaction_ids_total": "Number of times the NFS server sent a response with a transaction ID unknown to this client.",
    9 => "node_mountstats_nfs_transport_backlog_queue_total": "Total number of items added to the RPC backlog queue.",
    11 => "node_mountstats_nfs_transport_sending_queue_total": "Total number of items added to the RPC transmission sending queue.",
    12 => "node_mountstats_nfs_transport_pending_queue_total": "Total number of items added to the RPC transmission pending queue.",
};

/// The gauges among them, the first of which is a time: see [`wrapped`](crate::wrapped).
pub(crate) const IDLE_AND_SLOTS: [(usize, Gauge<4>); 2] = families! { Gauge["export", "mountaddr", "protocol", "transport"]
    4 => "node_mountstats_nfs_transport_idle_time_seconds": "Duration since the NFS mount last saw any RPC traffic, in seconds.",
    10 => "node_mountstats_nfs_transport_maximum_rpc_slots": "Maximum number of simultaneously active RPC requests ever used.",
};

/// In the order of an operation's numbers; the last three are times in milliseconds.
pub(crate) const OPERATIONS: [Counter<4>; 8] = families! { Counter["export", "mountaddr", "operation", "protocol"]
    "node_mountstats_nfs_operations_requests_total": "Number of requests performed for a given operation.",
    "node_mountstats_nfs_operations_transmissions_total": "Number of times an actual RPC request has been transmitted for a given operation.",
    "node_mountstats_nfs_operations_major_timeouts_total": "Number of times a request has had a major timeout for a given operation.",
    "node_mountstats_nfs_operations_sent_bytes_total": "Number of bytes sent for a given operation, including RPC headers and payload.",
    "node_mountstats_nfs_operations_received_bytes_total": "Number of bytes received for a given operation, including RPC headers and payload.",
    "node_mountstats_nfs_operations_queue_time_seconds_total": "Duration all requests spent queued for transmission for a given operation before they were sent, in seconds.",
    "node_mountstats_nfs_operations_response_time_seconds_total": "Duration all requests took to get a reply back after a request for a given operation was transmitted, in seconds.",
    "node_mountstats_nfs_operations_request_time_seconds_total": "Duration all requests took from when a request was enqueued to when it was completely handled for a given operation, in seconds.",
};
