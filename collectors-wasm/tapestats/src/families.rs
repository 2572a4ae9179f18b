//! The families, with the files and the units of their numbers.

use firepit_sdk::{Scalar, families};

const ONE: f64 = 1.0;
/// Seconds. A multiplication by this and a division by 1e9 differ in the last digit.
const NANOSECOND: f64 = 0.000_000_001;

/// The numbers of a drive: file and factor.
pub(crate) const STATISTICS: [((&str, f64), Scalar<1>); 10] = families! { Scalar["device"]
    ("in_flight", ONE) => gauge "node_tape_io_now": "The number of I/Os currently outstanding to this device.",
    ("io_ns", NANOSECOND) => counter "node_tape_io_time_seconds_total": "The amount of time spent waiting for all I/O to complete (including read and write). This includes tape movement commands such as seeking between file or set marks and implicit tape movement such as when rewind on close tape devices are used.",
    ("other_cnt", ONE) => counter "node_tape_io_others_total": "The number of I/Os issued to the tape drive other than read or write commands. The time taken to complete these commands uses the following calculation io_time_seconds_total-read_time_seconds_total-write_time_seconds_total",
    ("read_byte_cnt", ONE) => counter "node_tape_read_bytes_total": "The number of bytes read from the tape drive.",
    ("read_cnt", ONE) => counter "node_tape_reads_completed_total": "The number of read requests issued to the tape drive.",
    ("read_ns", NANOSECOND) => counter "node_tape_read_time_seconds_total": "The amount of time spent waiting for read requests to complete.",
    ("resid_cnt", ONE) => counter "node_tape_residual_total": "The number of times during a read or write we found the residual amount to be non-zero. This should mean that a program is issuing a read larger thean the block size on tape. For write not all data made it to tape.",
    ("write_byte_cnt", ONE) => counter "node_tape_written_bytes_total": "The number of bytes written to the tape drive.",
    ("write_cnt", ONE) => counter "node_tape_writes_completed_total": "The number of write requests issued to the tape drive.",
    ("write_ns", NANOSECOND) => counter "node_tape_write_time_seconds_total": "The amount of time spent waiting for write requests to complete.",
};
