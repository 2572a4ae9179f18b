//! Answers about devices: a network card, and the disk of a Btrfs.

use std::{fs, io};

use firepit_sdk::btrfs::{self, DeviceErrors, FileSystem};
use firepit_sdk::ethtool::{Device, DriverInfo, LinkSettings, Statistic};
use firepit_sdk::testing::Host;

const MOUNTS: &str = "/proc/1/mountinfo";
const MOUNT: &str = "90 29 0:50 / /srv rw shared:90 - btrfs /dev/loop25 rw\n";
/// One of the file systems of the fixtures.
const UUID: &str = "0abb23a9-579b-43e6-ad30-227ef47fcb9d";

pub(super) fn answers(host: Host) -> io::Result<Host> {
    let mut mounts = fs::read_to_string(host.root().join(&MOUNTS[1..]))?;
    mounts.push_str(MOUNT);
    Ok(host
        .file(MOUNTS, mounts)
        .btrfs("/rootfs/srv", Ok(disk()))
        .ethtool("eth0", card()))
}

fn disk() -> FileSystem {
    let device = btrfs::Device {
        id: 1,
        uuid: UUID.to_owned(),
        path: "/dev/loop25".to_owned(),
        total_bytes: 2,
        bytes_used: 1,
        errors: Ok(DeviceErrors::default()),
    };
    FileSystem {
        uuid: UUID.to_owned(),
        devices: vec![device],
    }
}

/// Twisted pair, 1000 MBit/s.
fn card() -> Device {
    let statistics = [
        "rx_bytes",
        "rx_dropped",
        "rx_errors",
        "rx_packets",
        "tx_bytes",
        "tx_errors",
        "tx_packets",
        "rx_queue_0_packets",
    ];
    Device {
        link_settings: Ok(LinkSettings {
            supported: 1 << 7 | 1 << 5,
            advertising: 1 << 5,
            ..LinkSettings::default()
        }),
        driver_info: Ok(DriverInfo::default()),
        statistics: Ok(statistics
            .map(|name| Statistic {
                name: name.to_owned(),
                value: 1,
            })
            .into()),
    }
}
