//! The families, with the units of the numbers in `/proc/diskstats`.

use firepit_sdk::{Gauge, Scalar, families};

use crate::parse::STATISTICS as COUNT;
use crate::udev::ATA;

const ONE: f64 = 1.0;
/// Bytes, whatever the disk's own sector size.
const SECTOR: f64 = 512.0;
/// Seconds. A multiplication by this and a division by 1000 differ in the last digit.
const MILLISECOND: f64 = 0.001;

/// In the order of the columns, each with its factor. The 12th and later columns exist since Linux
/// 4.18, the last two since 5.5.
pub(crate) const STATISTICS: [(f64, Scalar<1>); COUNT] = families! { Scalar["device"]
    ONE => counter "node_disk_reads_completed_total": "The total number of reads completed successfully.",
    ONE => counter "node_disk_reads_merged_total": "The total number of reads merged.",
    SECTOR => counter "node_disk_read_bytes_total": "The total number of bytes read successfully.",
    MILLISECOND => counter "node_disk_read_time_seconds_total": "The total number of seconds spent by all reads.",
    ONE => counter "node_disk_writes_completed_total": "The total number of writes completed successfully.",
    ONE => counter "node_disk_writes_merged_total": "The number of writes merged.",
    SECTOR => counter "node_disk_written_bytes_total": "The total number of bytes written successfully.",
    MILLISECOND => counter "node_disk_write_time_seconds_total": "This is the total number of seconds spent by all writes.",
    ONE => gauge "node_disk_io_now": "The number of I/Os currently in progress.",
    MILLISECOND => counter "node_disk_io_time_seconds_total": "Total seconds spent doing I/Os.",
    MILLISECOND => counter "node_disk_io_time_weighted_seconds_total": "The weighted # of seconds spent doing I/Os.",
    ONE => counter "node_disk_discards_completed_total": "The total number of discards completed successfully.",
    ONE => counter "node_disk_discards_merged_total": "The total number of discards merged.",
    ONE => counter "node_disk_discarded_sectors_total": "The total number of sectors discarded successfully.",
    MILLISECOND => counter "node_disk_discard_time_seconds_total": "This is the total number of seconds spent by all discards.",
    ONE => counter "node_disk_flush_requests_total": "The total number of flush requests completed successfully",
    MILLISECOND => counter "node_disk_flush_requests_time_seconds_total": "This is the total number of seconds spent by all flush requests.",
};

pub(crate) const INFO: Gauge<9> = Gauge::new(
    "node_disk_info",
    "Info of /sys/block/<block_device>.",
    [
        "device",
        "major",
        "minor",
        "path",
        "wwn",
        "model",
        "serial",
        "revision",
        "rotational",
    ],
);

pub(crate) const FILESYSTEM_INFO: Gauge<5> = Gauge::new(
    "node_disk_filesystem_info",
    "Info about disk filesystem.",
    ["device", "type", "usage", "uuid", "version"],
);

pub(crate) const DEVICE_MAPPER_INFO: Gauge<6> = Gauge::new(
    "node_disk_device_mapper_info",
    "Info about disk device mapper.",
    ["device", "name", "uuid", "vg_name", "lv_name", "lv_layer"],
);

/// The families of the numbers of ATA disks, in the order of [`ATA`].
pub(crate) const ATA_FAMILIES: [Gauge<1>; ATA.len()] = families! { Gauge["device"]
    "node_disk_ata_write_cache": "ATA disk has a write cache.",
    "node_disk_ata_write_cache_enabled": "ATA disk has its write cache enabled.",
    "node_disk_ata_rotation_rate_rpm": "ATA disk rotation rate in RPMs (0 for SSDs).",
};
