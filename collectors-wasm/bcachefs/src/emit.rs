//! The families, filled from what was read.

use firepit_sdk::parse::names::metric_part;
use firepit_sdk::{Counter, Gauge, Metrics};

use crate::parse::Table;
use crate::read::{Device, FileSystem};

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

type Column = (Gauge<'static, 2>, fn(&FileSystem) -> &Table, usize);

/// The columns of tables that are gauges: the table, and which of its numbers.
const COLUMNS: [Column; 3] = [
    (
        Gauge::new(
            "node_bcachefs_compression_compressed_bytes",
            "Compressed size by algorithm.",
            ["algorithm", "uuid"],
        ),
        |own| &own.compression,
        0,
    ),
    (
        Gauge::new(
            "node_bcachefs_compression_uncompressed_bytes",
            "Uncompressed size by algorithm.",
            ["algorithm", "uuid"],
        ),
        |own| &own.compression,
        1,
    ),
    (
        Gauge::new(
            "node_bcachefs_btree_write_average_size_bytes",
            "Average btree write size by type.",
            ["type", "uuid"],
        ),
        |own| &own.writes,
        1,
    ),
];

type DeviceGauge = (Gauge<'static, 2>, fn(&Device) -> Option<u64>);

/// The numbers of a device, each with its family, so far as they are known.
const DEVICE_GAUGES: [DeviceGauge; 3] = [
    (
        Gauge::new(
            "node_bcachefs_device_bucket_size_bytes",
            "Bucket size in bytes.",
            ["device", "uuid"],
        ),
        |device| device.bucket_size,
    ),
    (
        Gauge::new(
            "node_bcachefs_device_buckets",
            "Total number of buckets.",
            ["device", "uuid"],
        ),
        |device| device.buckets,
    ),
    (
        Gauge::new(
            "node_bcachefs_device_durability",
            "Device durability setting.",
            ["device", "uuid"],
        ),
        |device| device.durability,
    ),
];

/// Shows all file systems.
pub(crate) fn everything(metrics: &mut Metrics, file_systems: &[FileSystem]) {
    let mut info = metrics.gauge(&INFO);
    for own in file_systems {
        info.set([&own.uuid], 1.0);
    }
    let mut btree_cache = metrics.gauge(&BTREE_CACHE);
    for own in file_systems {
        if let Some(bytes) = own.btree_cache {
            btree_cache.set([&own.uuid], bytes as f64);
        }
    }
    pairs(metrics, file_systems);
    let mut errors = metrics.counter(&ERRORS);
    for own in file_systems {
        for (name, [count, _]) in &own.errors {
            errors.total([name, &own.uuid], *count as f64);
        }
    }
    counters(metrics, file_systems);
    devices(metrics, file_systems);
}

/// The tables of two numbers each.
fn pairs(metrics: &mut Metrics, file_systems: &[FileSystem]) {
    for (family, table, column) in &COLUMNS {
        let mut writer = metrics.gauge(family);
        for own in file_systems {
            for (name, values) in table(own) {
                let value = values.get(*column).copied().unwrap_or(0);
                writer.set([name, &own.uuid], value as f64);
            }
        }
    }
    let mut writer = metrics.counter(&WRITES);
    for own in file_systems {
        for (name, [count, _]) in &own.writes {
            writer.total([name, &own.uuid], *count as f64);
        }
    }
}

/// Families that are called like their counters: those of any file system, in all of them.
fn counters(metrics: &mut Metrics, file_systems: &[FileSystem]) {
    let mut names = Table::new();
    for own in file_systems {
        for counter in own.counters.keys() {
            names.insert(counter.clone(), [0, 0]);
        }
    }
    for counter in names.keys() {
        let name = format!("node_bcachefs_{}_total", metric_part(counter));
        let help = format!("Bcachefs counter {counter} since filesystem creation.");
        let family = Counter::new(&name, &help, ["uuid"]);
        let mut writer = metrics.counter(&family);
        for own in file_systems {
            if let Some([value, _]) = own.counters.get(counter) {
                writer.total([&own.uuid], *value as f64);
            }
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
            info.set([&device.name, label, state, uuid], 1.0);
        }
    }
    for (family, value) in &DEVICE_GAUGES {
        let mut writer = metrics.gauge(family);
        for (uuid, device) in devices() {
            if let Some(value) = value(device) {
                writer.set([&device.name, uuid], value as f64);
            }
        }
    }
    let mut transfers = metrics.counter(&TRANSFERS);
    for (uuid, device) in devices() {
        for (operation, table) in ["read", "write"].into_iter().zip(&device.transfers) {
            for (data, [bytes, _]) in table {
                transfers.total([data, &device.name, operation, uuid], *bytes as f64);
            }
        }
    }
    let mut failures = metrics.counter(&FAILURES);
    for (uuid, device) in devices() {
        for (kind, [count, _]) in &device.failures {
            failures.total([&device.name, kind, uuid], *count as f64);
        }
    }
}
