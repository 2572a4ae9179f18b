//! The families, with the files and the units of what stands in them.

use firepit_sdk::Scalar;

/// One number of a drive.
pub(crate) struct Statistic {
    file: &'static str,
    pub(crate) family: Scalar<'static, 1>,
    /// What the number is multiplied with.
    pub(crate) unit: f64,
}

const ONE: f64 = 1.0;
/// Seconds. A multiplication by this and a division by 1e9 differ in the last digit.
const NANOSECOND: f64 = 0.000_000_001;

const fn counter(
    file: &'static str,
    unit: f64,
    name: &'static str,
    help: &'static str,
) -> Statistic {
    Statistic {
        file,
        family: Scalar::counter(name, help, ["device"]),
        unit,
    }
}

/// The names of the files, in the order of [`STATISTICS`].
pub(crate) fn files() -> [&'static str; STATISTICS.len()] {
    STATISTICS.map(|statistic| statistic.file)
}

pub(crate) const STATISTICS: [Statistic; 10] = [
    Statistic {
        file: "in_flight",
        family: Scalar::gauge(
            "node_tape_io_now",
            "The number of I/Os currently outstanding to this device.",
            ["device"],
        ),
        unit: ONE,
    },
    counter(
        "io_ns",
        NANOSECOND,
        "node_tape_io_time_seconds_total",
        "The amount of time spent waiting for all I/O to complete (including read and write). This includes tape movement commands such as seeking between file or set marks and implicit tape movement such as when rewind on close tape devices are used.",
    ),
    counter(
        "other_cnt",
        ONE,
        "node_tape_io_others_total",
        "The number of I/Os issued to the tape drive other than read or write commands. The time taken to complete these commands uses the following calculation io_time_seconds_total-read_time_seconds_total-write_time_seconds_total",
    ),
    counter(
        "read_byte_cnt",
        ONE,
        "node_tape_read_bytes_total",
        "The number of bytes read from the tape drive.",
    ),
    counter(
        "read_cnt",
        ONE,
        "node_tape_reads_completed_total",
        "The number of read requests issued to the tape drive.",
    ),
    counter(
        "read_ns",
        NANOSECOND,
        "node_tape_read_time_seconds_total",
        "The amount of time spent waiting for read requests to complete.",
    ),
    counter(
        "resid_cnt",
        ONE,
        "node_tape_residual_total",
        "The number of times during a read or write we found the residual amount to be non-zero. This should mean that a program is issuing a read larger thean the block size on tape. For write not all data made it to tape.",
    ),
    counter(
        "write_byte_cnt",
        ONE,
        "node_tape_written_bytes_total",
        "The number of bytes written to the tape drive.",
    ),
    counter(
        "write_cnt",
        ONE,
        "node_tape_writes_completed_total",
        "The number of write requests issued to the tape drive.",
    ),
    counter(
        "write_ns",
        NANOSECOND,
        "node_tape_write_time_seconds_total",
        "The amount of time spent waiting for write requests to complete.",
    ),
];
