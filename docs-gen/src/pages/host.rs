//! The simulated host of collectors: node_exporter's fixtures, and additions.

use std::path::Path;
use std::process::Command;
use std::{fs, io};

use firepit_sdk::clock::{Timex, Zone};
use firepit_sdk::statfs::FileSystem;
use firepit_sdk::system::Uname;
use firepit_sdk::testing::Host;

use super::{bus, devices, kernel, services};

/// Files that the fixtures lack, for collectors that emit nothing without them.
const FILES: &[(&str, &str)] = &[
    ("/proc/self/attr/current", "system_u:system_r:init_t:s0\0"),
    ("/sys/fs/selinux/enforce", "1"),
    ("/rootfs/etc/selinux/config", "SELINUX=enforcing\n"),
    ("/rootfs/etc/os-release", OS_RELEASE),
    ("/sys/class/drm/card0/device/uevent", "DRIVER=amdgpu\n"),
    ("/sys/class/drm/card0/device/gpu_busy_percent", "4\n"),
    ("/sys/class/drm/card0/device/mem_info_gtt_total", "1\n"),
    ("/sys/class/drm/card0/device/mem_info_gtt_used", "1\n"),
    ("/sys/class/drm/card0/device/mem_info_vis_vram_total", "1\n"),
    ("/sys/class/drm/card0/device/mem_info_vis_vram_used", "1\n"),
    ("/sys/class/drm/card0/device/mem_info_vram_total", "1\n"),
    ("/sys/class/drm/card0/device/mem_info_vram_used", "1\n"),
    ("/sys/devices/system/cpu/cpu0/online", "1\n"),
    ("/sys/devices/system/cpu/online", "0\n"),
    (
        "/sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_cur_freq",
        "1\n",
    ),
    (
        "/sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_avg_freq",
        "1\n",
    ),
    (
        "/sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq",
        "1\n",
    ),
    (
        "/sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_min_freq",
        "1\n",
    ),
    ("/proc/10/task/10/stat", THREAD),
    ("/etc/service/sshd/supervise/status", SERVICE),
    // An empty file: the collector emits metrics about the file alone.
    ("/textfile/empty.prom", ""),
];

const OS_RELEASE: &str = "\
ID=debian
NAME=\"Debian GNU/Linux\"
VERSION_ID=13
SUPPORT_END=2028-08-09
";

const THREAD: &str = "10 (khungtaskd) S 2 0 0 0 -1 2129984 0 0 0 0 14 0 0 0 20 0 1 0 24 0 0 \
    18446744073709551615 0 0 0 0 0 0 0 2147483647 0 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n";

/// A service of runit that is up.
const SERVICE: &str = "@\0\0\0e\0\0\0\0\0\0\0\u{10}\0\0\0\0u\0\u{1}";

/// A login of the file wtmp of x86-64, by its type and its user.
fn login() -> Vec<u8> {
    let mut record = vec![0; 384];
    for (at, byte) in [(0, 7), (44, b'x')] {
        if let Some(place) = record.get_mut(at) {
            *place = byte;
        }
    }
    record
}

const SELINUX_MAGIC: u64 = 0xf97c_ff8c;

/// Unpacks the fixtures into a temporary host, which is removed on drop. `reads` are the patterns
/// of all collectors.
///
/// # Errors
/// The fixtures cannot be unpacked, or have an unexpected layout.
pub(super) fn host(fixtures: &Path, reads: &[&str]) -> io::Result<Host> {
    let host = Host::new();
    let mut tar = Command::new("tar");
    tar.args(["-x", "-z", "--strip-components=2", "-f"])
        .arg(fixtures);
    tar.arg("-C").arg(host.root()).arg("collector/fixtures");
    if !tar.status()?.success() {
        return Err(io::Error::other(format!(
            "cannot unpack {}",
            fixtures.display()
        )));
    }
    let root = host.root();
    // The places of these roots as collectors see them.
    fs::create_dir(root.join("rootfs"))?;
    fs::rename(root.join("usr"), root.join("rootfs/usr"))?;
    fs::rename(root.join("udev/data"), root.join("data"))?;
    fs::remove_dir(root.join("udev"))?;
    fs::rename(root.join("data"), root.join("udev"))?;
    let host = FILES
        .iter()
        .fold(host, |host, (path, content)| host.file(path, content))
        .file("/rootfs/var/log/wtmp", login());
    devices::answers(answers(infiniband(host, reads)))
}

/// Adds a file for every counter of an InfiniBand port: drivers differ in their counters, and none
/// has all of them.
fn infiniband(host: Host, reads: &[&str]) -> Host {
    const PORTS: &str = "/sys/class/infiniband/*/ports/*/";
    const PORT: &str = "/sys/class/infiniband/mlx4_0/ports/1/";
    let files = reads.iter().filter_map(|read| read.strip_prefix(PORTS));
    let counters = files.filter(|file| file.contains('/') && !file.contains('*'));
    counters.fold(host, |host, counter| {
        let path = format!("{PORT}{counter}");
        if host.root().join(path.trim_start_matches('/')).exists() {
            host
        } else {
            host.file(&path, "1\n")
        }
    })
}

/// Answers of system calls, which the fixtures lack as well.
fn answers(host: Host) -> Host {
    let file_system = FileSystem {
        block_size: 4096,
        blocks: 1000,
        files: 64,
        ..FileSystem::default()
    };
    let selinux = FileSystem {
        magic: SELINUX_MAGIC,
        ..file_system
    };
    let text = str::to_owned;
    let host = host
        .statfs("/rootfs", Ok(file_system))
        .statfs("/sys/fs/selinux", Ok(selinux))
        .adjtimex(Ok(Timex::default()))
        .time_zone(Zone {
            name: text("UTC"),
            offset_seconds: 0,
        })
        .uname(Uname {
            sysname: text("Linux"),
            nodename: text("host"),
            release: text("6.12.0"),
            version: text("#1 SMP"),
            machine: text("x86_64"),
            domainname: text("(none)"),
        });
    bus::answers(services::answers(kernel::answers(host)))
}
