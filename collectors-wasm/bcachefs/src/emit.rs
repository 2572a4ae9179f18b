//! Emits the families from the values that were read.

use firepit_sdk::parse::names::metric_part;
use firepit_sdk::{Counter, Gauge, Metrics, Scalar, families};

use crate::read::FileSystem;

const INFO: Gauge<1> = Gauge::new("node_bcachefs_info", "Filesystem information.", ["uuid"]);
const BTREE_CACHE: Gauge<1> = Gauge::new(
    "node_bcachefs_btree_cache_size_bytes",
    "Btree cache memory usage in bytes.",
    ["uuid"],
);
const ERRORS: Counter<2> = Counter::new(
    "node_bcachefs_errors_total",
    "Error count by error type.",
    ["error_type", "uuid"],
);
const WRITES: Counter<2> = Counter::new(
    "node_bcachefs_btree_writes_total",
    "Number of btree writes by type.",
    ["type", "uuid"],
);
const DEVICE_INFO: Gauge<4> = Gauge::new(
    "node_bcachefs_device_info",
    "Device information.",
    ["device", "label", "state", "uuid"],
);
const TRANSFERS: Counter<4> = Counter::new(
    "node_bcachefs_device_io_done_bytes_total",
    "IO bytes by operation type and data type.",
    ["data_type", "device", "operation", "uuid"],
);
const FAILURES: Counter<3> = Counter::new(
    "node_bcachefs_device_io_errors_total",
    "IO errors by error type.",
    ["device", "type", "uuid"],
);

/// The columns of the tables that are gauges.
const COMPRESSION: [Gauge<2>; 2] = families! { Gauge["algorithm", "uuid"]
    "node_bcachefs_compression_compressed_bytes": "Compressed size by algorithm.",
    "node_bcachefs_compression_uncompressed_bytes": "Uncompressed size by algorithm.",
};
const WRITE_SIZE: Gauge<2> = Gauge::new(
    "node_bcachefs_btree_write_average_size_bytes",
    "Average btree write size by type.",
    ["type", "uuid"],
);
const DEVICE: [Gauge<2>; 3] = families! { Gauge["device", "uuid"]
    "node_bcachefs_device_bucket_size_bytes": "Bucket size in bytes.",
    "node_bcachefs_device_buckets": "Total number of buckets.",
    "node_bcachefs_device_durability": "Device durability setting.",
};

/// Shows all file systems.
pub(crate) fn everything(metrics: &mut Metrics, file_systems: &[FileSystem]) {
    let mut own = metrics.table([INFO, BTREE_CACHE]);
    for found in file_systems {
        own.row([&found.uuid], [Some(1), found.btree_cache]);
    }
    pairs(metrics, file_systems);
    let mut errors = metrics.counter(&ERRORS);
    for own in file_systems {
        for (name, [count, _]) in &own.errors {
            errors.total([name, &own.uuid], count);
        }
    }
    counters(metrics, file_systems);
    devices(metrics, file_systems);
}

/// The tables of two numbers each.
fn pairs(metrics: &mut Metrics, file_systems: &[FileSystem]) {
    let mut compression = metrics.table(COMPRESSION);
    for own in file_systems {
        for (name, sizes) in &own.compression {
            compression.row([name, &own.uuid], *sizes);
        }
    }
    let mut writes = metrics.table([Scalar::from(WRITE_SIZE), WRITES.into()]);
    for own in file_systems {
        for (name, [count, size]) in &own.writes {
            writes.row([name, &own.uuid], [size, count]);
        }
    }
}

/// Families named like their counters: the counters of any file system, over all file systems.
fn counters(metrics: &mut Metrics, file_systems: &[FileSystem]) {
    let names = file_systems.iter().flat_map(|own| own.counters.keys());
    let mut names: Vec<&String> = names.collect();
    names.sort();
    names.dedup();
    for counter in names {
        let name = format!("node_bcachefs_{}_total", metric_part(counter));
        let help = format!("Bcachefs counter {counter} since filesystem creation.");
        let family = Counter::new(&name, &help, ["uuid"]);
        let mut writer = metrics.counter(&family);
        for own in file_systems {
            let value = own.counters.get(counter).map(|[value, _]| *value);
            writer.total([&own.uuid], value);
        }
    }
}

fn devices(metrics: &mut Metrics, file_systems: &[FileSystem]) {
    let devices = || {
        let each = file_systems.iter();
        each.flat_map(|own| own.devices.iter().map(|device| (own.uuid.as_str(), device)))
    };
    let mut info = metrics.gauge(&DEVICE_INFO);
    for (uuid, device) in devices() {
        if let (Some(label), Some(state)) = (&device.label, &device.state) {
            info.set([&device.name, label, state, uuid], 1);
        }
    }
    let mut numbers = metrics.table(DEVICE);
    for (uuid, device) in devices() {
        let values = [device.bucket_size, device.buckets, device.durability];
        numbers.row([&device.name, uuid], values);
    }
    let mut transfers = metrics.counter(&TRANSFERS);
    for (uuid, device) in devices() {
        for (operation, table) in ["read", "write"].into_iter().zip(&device.transfers) {
            for (data, [bytes, _]) in table {
                transfers.total([data, &device.name, operation, uuid], bytes);
            }
        }
    }
    let mut failures = metrics.counter(&FAILURES);
    for (uuid, device) in devices() {
        for (kind, [count, _]) in &device.failures {
            failures.total([&device.name, kind, uuid], count);
        }
    }
}
