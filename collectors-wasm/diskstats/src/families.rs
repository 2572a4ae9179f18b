//! The families, with the units of what stands in `/proc/diskstats`.

use firepit_sdk::{Gauge, Scalar};

use crate::parse::STATISTICS as COUNT;
use crate::udev::ATA;

/// One number of a line of `/proc/diskstats`.
pub(crate) struct Statistic {
    pub(crate) family: Scalar<'static, 1>,
    /// What the number is multiplied with.
    pub(crate) unit: f64,
}

const ONE: f64 = 1.0;
/// Bytes, whatever the disk's own sector size.
const SECTOR: f64 = 512.0;
/// Seconds. A multiplication by this and a division by 1000 differ in the last digit.
const MILLISECOND: f64 = 0.001;

const fn counter(name: &'static str, unit: f64, help: &'static str) -> Statistic {
    Statistic {
        family: Scalar::counter(name, help, ["device"]),
        unit,
    }
}

const fn gauge(name: &'static str, unit: f64, help: &'static str) -> Statistic {
    Statistic {
        family: Scalar::gauge(name, help, ["device"]),
        unit,
    }
}

/// In the order of the columns. From the 12th on since Linux 4.18, the last two since 5.5.
pub(crate) const STATISTICS: [Statistic; COUNT] = [
    counter(
        "node_disk_reads_completed_total",
        ONE,
        "The total number of reads completed successfully.",
    ),
    counter(
        "node_disk_reads_merged_total",
        ONE,
        "The total number of reads merged.",
    ),
    counter(
        "node_disk_read_bytes_total",
        SECTOR,
        "The total number of bytes read successfully.",
    ),
    counter(
        "node_disk_read_time_seconds_total",
        MILLISECOND,
        "The total number of seconds spent by all reads.",
    ),
    counter(
        "node_disk_writes_completed_total",
        ONE,
        "The total number of writes completed successfully.",
    ),
    counter(
        "node_disk_writes_merged_total",
        ONE,
        "The number of writes merged.",
    ),
    counter(
        "node_disk_written_bytes_total",
        SECTOR,
        "The total number of bytes written successfully.",
    ),
    counter(
        "node_disk_write_time_seconds_total",
        MILLISECOND,
        "This is the total number of seconds spent by all writes.",
    ),
    gauge(
        "node_disk_io_now",
        ONE,
        "The number of I/Os currently in progress.",
    ),
    counter(
        "node_disk_io_time_seconds_total",
        MILLISECOND,
        "Total seconds spent doing I/Os.",
    ),
    counter(
        "node_disk_io_time_weighted_seconds_total",
        MILLISECOND,
        "The weighted # of seconds spent doing I/Os.",
    ),
    counter(
        "node_disk_discards_completed_total",
        ONE,
        "The total number of discards completed successfully.",
    ),
    counter(
        "node_disk_discards_merged_total",
        ONE,
        "The total number of discards merged.",
    ),
    counter(
        "node_disk_discarded_sectors_total",
        ONE,
        "The total number of sectors discarded successfully.",
    ),
    counter(
        "node_disk_discard_time_seconds_total",
        MILLISECOND,
        "This is the total number of seconds spent by all discards.",
    ),
    counter(
        "node_disk_flush_requests_total",
        ONE,
        "The total number of flush requests completed successfully",
    ),
    counter(
        "node_disk_flush_requests_time_seconds_total",
        MILLISECOND,
        "This is the total number of seconds spent by all flush requests.",
    ),
];

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
pub(crate) const ATA_FAMILIES: [Gauge<1>; ATA.len()] = [
    Gauge::new(
        "node_disk_ata_write_cache",
        "ATA disk has a write cache.",
        ["device"],
    ),
    Gauge::new(
        "node_disk_ata_write_cache_enabled",
        "ATA disk has its write cache enabled.",
        ["device"],
    ),
    Gauge::new(
        "node_disk_ata_rotation_rate_rpm",
        "ATA disk rotation rate in RPMs (0 for SSDs).",
        ["device"],
    ),
];
