//! The families of node_exporter 0.8.1.

use super::{EXPORTER, LabelChange, OldKind, Rename, Scale, Source};

/// All families of node_exporter 0.8.1, by collector.
#[rustfmt::skip] // A family per row.
pub const RENAMES: &[Rename] = &[
    gauge("attributes", "node_attributes", "The node_exporter attributes.")
        .is(EXPORTER, "node_attributes", Scale::Same, &[]),
    gauge("bonding", "node_net_bonding_slaves", "Number of configured slaves per bonding interface.")
        .is("bonding", "node_bonding_slaves", Scale::Same, &[]),
    gauge("bonding", "node_net_bonding_slaves_active", "Number of active slaves per bonding interface.")
        .is("bonding", "node_bonding_active", Scale::Same, &[]),
    disk("node_disk_reads_completed", "The total number of reads completed successfully.")
        .is("diskstats", "node_disk_reads_completed_total", Scale::Same, &[]),
    disk("node_disk_reads_merged", "The number of reads merged. See https://www.kernel.org/doc/Documentation/iostats.txt.")
        .is("diskstats", "node_disk_reads_merged_total", Scale::Same, &[]),
    disk("node_disk_sectors_read", "The total number of sectors read successfully.")
        .is("diskstats", "node_disk_read_bytes_total", SECTORS, &[]),
    disk("node_disk_read_time_ms", "The total number of milliseconds spent by all reads.")
        .is("diskstats", "node_disk_read_time_seconds_total", MILLISECONDS, &[]),
    disk("node_disk_writes_completed", "The total number of writes completed successfully.")
        .is("diskstats", "node_disk_writes_completed_total", Scale::Same, &[]),
    disk("node_disk_writes_merged", "The number of writes merged. See https://www.kernel.org/doc/Documentation/iostats.txt.")
        .is("diskstats", "node_disk_writes_merged_total", Scale::Same, &[]),
    disk("node_disk_sectors_written", "The total number of sectors written successfully.")
        .is("diskstats", "node_disk_written_bytes_total", SECTORS, &[]),
    disk("node_disk_write_time_ms", "This is the total number of milliseconds spent by all writes.")
        .is("diskstats", "node_disk_write_time_seconds_total", MILLISECONDS, &[]),
    gauge("diskstats", "node_disk_io_now", "The number of I/Os currently in progress.")
        .is("diskstats", "node_disk_io_now", Scale::Same, &[]),
    disk("node_disk_io_time_ms", "Milliseconds spent doing I/Os.")
        .is("diskstats", "node_disk_io_time_seconds_total", MILLISECONDS, &[]),
    disk("node_disk_io_time_weighted", "The weighted # of milliseconds spent doing I/Os. See https://www.kernel.org/doc/Documentation/iostats.txt.")
        .is("diskstats", "node_disk_io_time_weighted_seconds_total", MILLISECONDS, &[]),
    gauge("filesystem", "node_filesystem_size", "Filesystem size in bytes.")
        .is("filesystem", "node_filesystem_size_bytes", Scale::Same, MOUNT),
    gauge("filesystem", "node_filesystem_free", "Filesystem free space in bytes.")
        .is("filesystem", "node_filesystem_free_bytes", Scale::Same, MOUNT),
    gauge("filesystem", "node_filesystem_avail", "Filesystem space available to non-root users in bytes.")
        .is("filesystem", "node_filesystem_avail_bytes", Scale::Same, MOUNT),
    gauge("filesystem", "node_filesystem_files", "Filesystem total file nodes.")
        .is("filesystem", "node_filesystem_files", Scale::Same, MOUNT),
    gauge("filesystem", "node_filesystem_files_free", "Filesystem total free file nodes.")
        .is("filesystem", "node_filesystem_files_free", Scale::Same, MOUNT),
    gauge("gmond", "ganglia_*", "")
        .is("gmond", "ganglia_*", Scale::Same, &[]),
    counter("interrupts", "node_interrupts", "Interrupt details from /proc/interrupts.")
        .is("interrupts", "node_interrupts_total", Scale::Same, &[LabelChange::Name { new: "cpu", old: "CPU" }]),
    gauge("lastlogin", "node_last_login_time", "The time of the last login.")
        .is("lastlogin", "node_last_login_time", Scale::Same, &[]),
    gauge("loadavg", "node_load1", "1m load average.")
        .is("loadavg", "node_load1", Scale::Same, &[]),
    gauge("megacli", "node_megacli_drive_temperature_celsius", "megacli: drive temperature"),
    counter("megacli", "node_megacli_drive_count", "megacli: drive error and event counters"),
    gauge("megacli", "node_megacli_adapter_disk_presence", "megacli: disk presence per adapter"),
    gauge("meminfo", "node_memory_*", "* from /proc/meminfo.")
        .is("meminfo", "node_memory_*_bytes", Scale::Same, &[]),
    gauge("meminfo", "node_memory_HugePages_*", "HugePages_* from /proc/meminfo.")
        .is("meminfo", "node_memory_HugePages_*", Scale::Same, &[]),
    gauge("netdev", "node_network_receive_bytes", "bytes receive from /proc/net/dev.")
        .is("netdev", "node_network_receive_bytes_total", Scale::Same, &[]),
    gauge("netdev", "node_network_receive_packets", "packets receive from /proc/net/dev.")
        .is("netdev", "node_network_receive_packets_total", Scale::Same, &[]),
    gauge("netdev", "node_network_receive_errs", "errs receive from /proc/net/dev.")
        .is("netdev", "node_network_receive_errs_total", Scale::Same, &[]),
    gauge("netdev", "node_network_receive_drop", "drop receive from /proc/net/dev.")
        .is("netdev", "node_network_receive_drop_total", Scale::Same, &[]),
    gauge("netdev", "node_network_receive_fifo", "fifo receive from /proc/net/dev.")
        .is("netdev", "node_network_receive_fifo_total", Scale::Same, &[]),
    gauge("netdev", "node_network_receive_frame", "frame receive from /proc/net/dev.")
        .is("netdev", "node_network_receive_frame_total", Scale::Same, &[]),
    gauge("netdev", "node_network_receive_compressed", "compressed receive from /proc/net/dev.")
        .is("netdev", "node_network_receive_compressed_total", Scale::Same, &[]),
    gauge("netdev", "node_network_receive_multicast", "multicast receive from /proc/net/dev.")
        .is("netdev", "node_network_receive_multicast_total", Scale::Same, &[]),
    gauge("netdev", "node_network_transmit_bytes", "bytes transmit from /proc/net/dev.")
        .is("netdev", "node_network_transmit_bytes_total", Scale::Same, &[]),
    gauge("netdev", "node_network_transmit_packets", "packets transmit from /proc/net/dev.")
        .is("netdev", "node_network_transmit_packets_total", Scale::Same, &[]),
    gauge("netdev", "node_network_transmit_errs", "errs transmit from /proc/net/dev.")
        .is("netdev", "node_network_transmit_errs_total", Scale::Same, &[]),
    gauge("netdev", "node_network_transmit_drop", "drop transmit from /proc/net/dev.")
        .is("netdev", "node_network_transmit_drop_total", Scale::Same, &[]),
    gauge("netdev", "node_network_transmit_fifo", "fifo transmit from /proc/net/dev.")
        .is("netdev", "node_network_transmit_fifo_total", Scale::Same, &[]),
    // 0.8.1 named the columns of both directions after those of the receiving one.
    gauge("netdev", "node_network_transmit_frame", "frame transmit from /proc/net/dev.")
        .is("netdev", "node_network_transmit_colls_total", Scale::Same, &[]),
    gauge("netdev", "node_network_transmit_compressed", "compressed transmit from /proc/net/dev.")
        .is("netdev", "node_network_transmit_carrier_total", Scale::Same, &[]),
    gauge("netdev", "node_network_transmit_multicast", "multicast transmit from /proc/net/dev.")
        .is("netdev", "node_network_transmit_compressed_total", Scale::Same, &[]),
    gauge("netstat", "node_netstat_TcpExt_*", "TcpExt * from /proc/net/netstat.")
        .is("netstat", "node_netstat_TcpExt_*", Scale::Same, &[]),
    gauge("netstat", "node_netstat_IpExt_*", "IpExt * from /proc/net/netstat.")
        .is("netstat", "node_netstat_IpExt_*", Scale::Same, &[]),
    gauge("ntp", "node_ntp_drift_seconds", "Time between system time and ntp time.")
        .is("ntp", "node_ntp_offset_seconds", Scale::Same, &[]),
    gauge("runit", "node_service_state", "state of runit service.")
        .is("runit", "node_service_state", Scale::Same, &[]),
    gauge("runit", "node_service_desired_state", "desired state of runit service.")
        .is("runit", "node_service_desired_state", Scale::Same, &[]),
    gauge("runit", "node_service_normal_state", "normal state of runit service.")
        .is("runit", "node_service_normal_state", Scale::Same, &[]),
    counter("stat", "node_cpu", "Seconds the cpus spent in each mode.")
        .is("cpu", "node_cpu_seconds_total", Scale::Same, &[CPU]),
    counter("stat", "node_cpu", "Seconds the cpus spent in each mode.").is(
        "cpu",
        "node_cpu_guest_seconds_total",
        Scale::Same,
        &[CPU, LabelChange::Only { label: "mode", new: "user", old: "guest" }],
    ),
    counter("stat", "node_intr", "Total number of interrupts serviced.")
        .is("stat", "node_intr_total", Scale::Same, &[]),
    counter("stat", "node_context_switches", "Total number of context switches.")
        .is("stat", "node_context_switches_total", Scale::Same, &[]),
    counter("stat", "node_forks", "Total number of forks.")
        .is("stat", "node_forks_total", Scale::Same, &[]),
    gauge("stat", "node_boot_time", "Node boot time, in unixtime.")
        .is("stat", "node_boot_time_seconds", Scale::Same, &[]),
    gauge("stat", "node_procs_running", "Number of processes in runnable state.")
        .is("stat", "node_procs_running", Scale::Same, &[]),
    gauge("stat", "node_procs_blocked", "Number of processes blocked waiting for I/O to complete.")
        .is("stat", "node_procs_blocked", Scale::Same, &[]),
    gauge("tcpstat", "node_tcp_connection_states", "Number of connection states.")
        .is("tcpstat", "node_tcp_connection_states", Scale::Same, &[]),
    gauge("textfile", "node_textfile_mtime", "Unixtime mtime of textfiles successfully read.").is(
        "textfile",
        "node_textfile_mtime_seconds",
        Scale::Same,
        &[LabelChange::BaseName("file")],
    ),
    gauge("textfile", "node_textfile_scrape_error", "1 if there was an error opening or reading a file, 0 otherwise")
        .is("textfile", "node_textfile_scrape_error", Scale::Same, &[]),
    counter("time", "node_time", "System time in seconds since epoch (1970).")
        .is("time", "node_time_seconds", Scale::Floor, &[]),
    // Its label `result` is today's `node_scrape_collector_success`.
    old(EXPORTER, "node_exporter_scrape_duration_seconds", OldKind::Summary, "node_exporter: Duration of a scrape job.")
        .is(EXPORTER, "node_scrape_collector_duration_seconds", Scale::Same, &[]),
];

const SECTORS: Scale = Scale::Per(512.0);
const MILLISECONDS: Scale = Scale::Times(1000.0);
const CPU: LabelChange = LabelChange::Prefix {
    label: "cpu",
    prefix: "cpu",
};
const MOUNT: &[LabelChange] = &[
    LabelChange::Name {
        new: "mountpoint",
        old: "filesystem",
    },
    LabelChange::Absent("device"),
    LabelChange::Absent("device_error"),
    LabelChange::Absent("fstype"),
];

const fn old(
    old_collector: &'static str,
    old: &'static str,
    kind: OldKind,
    help: &'static str,
) -> Rename {
    Rename {
        old_collector,
        old,
        kind,
        help,
        source: None,
    }
}

const fn gauge(collector: &'static str, name: &'static str, help: &'static str) -> Rename {
    old(collector, name, OldKind::Gauge, help)
}

const fn counter(collector: &'static str, name: &'static str, help: &'static str) -> Rename {
    old(collector, name, OldKind::Counter, help)
}

const fn disk(name: &'static str, help: &'static str) -> Rename {
    counter("diskstats", name, help)
}

impl Rename {
    const fn is(
        self,
        collector: &'static str,
        name: &'static str,
        scale: Scale,
        labels: &'static [LabelChange],
    ) -> Self {
        let source = Source {
            collector,
            name,
            scale,
            labels,
        };
        Self {
            source: Some(source),
            ..self
        }
    }
}
