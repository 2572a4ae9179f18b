//! The standard collectors as native code: for benchmarks, for the pages about them, and for their
//! costs.

use std::fmt;

use firepit_sdk::testing::{Host, Output};
use firepit_sdk::{Collector, Descriptor};

/// Options of a collector by name, as in [`Host::run`].
pub type Options<'a> = &'a [(&'static str, &'static str)];

/// The topic of a collector: its page in `docs/collectors/`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// CPUs and scheduling.
    Cpu,
    /// Memory.
    Memory,
    /// Disks and file systems.
    Disks,
    /// Network.
    Network,
    /// Hardware.
    Hardware,
    /// Storage in layers.
    Storage,
    /// System and time.
    System,
    /// Services of the host.
    Services,
    /// Files written by others.
    Textfile,
}

impl Group {
    /// All of them, in the order of the index.
    pub const ALL: [Self; 9] = [
        Self::Cpu,
        Self::Memory,
        Self::Disks,
        Self::Network,
        Self::Hardware,
        Self::Storage,
        Self::System,
        Self::Services,
        Self::Textfile,
    ];

    /// Name of the page, without the extension.
    #[must_use]
    pub fn page(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Memory => "memory",
            Self::Disks => "disks",
            Self::Network => "network",
            Self::Hardware => "hardware",
            Self::Storage => "storage",
            Self::System => "system",
            Self::Services => "services",
            Self::Textfile => "textfile",
        }
    }

    /// Heading of the page.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Cpu => "CPUs and scheduling",
            Self::Memory => "Memory",
            Self::Disks => "Disks and file systems",
            Self::Network => "Network",
            Self::Hardware => "Hardware",
            Self::Storage => "Storage layers",
            Self::System => "System and time",
            Self::Services => "Services",
            Self::Textfile => "Text files",
        }
    }
}

/// A standard collector.
#[derive(Clone, Copy)]
pub struct Standard {
    /// Its name, which is also that of its directory.
    pub name: &'static str,
    /// Its topic.
    pub group: Group,
    describe: fn() -> Descriptor,
    configure: Configure,
}

type Configure = fn(&Host, Options<'_>) -> Result<Box<dyn Native>, String>;

/// A collector with its options, without a sandbox.
pub trait Native {
    /// Collects once from a host.
    fn run(&mut self, host: &Host) -> Output;
}

impl<C: Collector> Native for C {
    fn run(&mut self, host: &Host) -> Output {
        host.collect(self)
    }
}

impl Standard {
    const fn of<C: Collector>(group: Group, name: &'static str) -> Self {
        Self {
            name,
            group,
            describe: C::describe,
            configure: |host, options| {
                let collector: C = host.configure(options.iter().copied())?;
                Ok(Box::new(collector))
            },
        }
    }

    /// Its descriptor.
    #[must_use]
    pub fn describe(&self) -> Descriptor {
        (self.describe)()
    }

    /// Configures it with these options, and defaults for the others.
    ///
    /// # Errors
    /// It rejects the options.
    pub fn configure(&self, host: &Host, options: Options<'_>) -> Result<Box<dyn Native>, String> {
        (self.configure)(host, options)
    }

    /// The collector of this name.
    #[must_use]
    pub fn find(name: &str) -> Option<&'static Self> {
        COLLECTORS.iter().find(|collector| collector.name == name)
    }
}

impl fmt::Debug for Standard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Standard").field(&self.name).finish()
    }
}

macro_rules! standard {
    ($($group:ident { $($name:ident: $collector:path,)* })*) => {
        /// All of them, by group and name.
        pub const COLLECTORS: &[Standard] = &[
            $($(Standard::of::<$collector>(Group::$group, stringify!($name)),)*)*
        ];
    };
}

standard! {
    Cpu {
        cgroups: firepit_collector_cgroups::Cgroups,
        cpu: firepit_collector_cpu::Cpu,
        cpu_vulnerabilities: firepit_collector_cpu_vulnerabilities::CpuVulnerabilities,
        cpufreq: firepit_collector_cpufreq::CpuFreq,
        interrupts: firepit_collector_interrupts::Interrupts,
        loadavg: firepit_collector_loadavg::LoadAvg,
        perf: firepit_collector_perf::Perf,
        pressure: firepit_collector_pressure::Pressure,
        processes: firepit_collector_processes::Processes,
        schedstat: firepit_collector_schedstat::SchedStat,
        softirqs: firepit_collector_softirqs::SoftIrqs,
        stat: firepit_collector_stat::Stat,
    }
    Memory {
        buddyinfo: firepit_collector_buddyinfo::BuddyInfo,
        ksmd: firepit_collector_ksmd::Ksmd,
        meminfo: firepit_collector_meminfo::MemInfo,
        meminfo_numa: firepit_collector_meminfo_numa::MemInfoNuma,
        slabinfo: firepit_collector_slabinfo::SlabInfo,
        swap: firepit_collector_swap::Swap,
        vmstat: firepit_collector_vmstat::VmStat,
        zoneinfo: firepit_collector_zoneinfo::ZoneInfo,
    }
    Disks {
        bcachefs: firepit_collector_bcachefs::Bcachefs,
        btrfs: firepit_collector_btrfs::Btrfs,
        diskstats: firepit_collector_diskstats::DiskStats,
        filefd: firepit_collector_filefd::FileFd,
        filesystem: firepit_collector_filesystem::Filesystem,
        mountstats: firepit_collector_mountstats::MountStats,
        nfs: firepit_collector_nfs::Nfs,
        nfsd: firepit_collector_nfsd::NfsD,
        nvme: firepit_collector_nvme::Nvme,
        nvmesubsystem: firepit_collector_nvmesubsystem::NvmeSubsystem,
        xfs: firepit_collector_xfs::Xfs,
        zfs: firepit_collector_zfs::Zfs,
    }
    Network {
        arp: firepit_collector_arp::Arp,
        bonding: firepit_collector_bonding::Bonding,
        conntrack: firepit_collector_conntrack::ConnTrack,
        ethtool: firepit_collector_ethtool::Ethtool,
        ipvs: firepit_collector_ipvs::Ipvs,
        lnstat: firepit_collector_lnstat::LnStat,
        netclass: firepit_collector_netclass::NetClass,
        netdev: firepit_collector_netdev::NetDev,
        netstat: firepit_collector_netstat::NetStat,
        network_route: firepit_collector_network_route::NetworkRoute,
        qdisc: firepit_collector_qdisc::QdiscStats,
        sockstat: firepit_collector_sockstat::SockStat,
        softnet: firepit_collector_softnet::SoftNet,
        tcpstat: firepit_collector_tcpstat::TcpStat,
        udp_queues: firepit_collector_udp_queues::UdpQueues,
        wifi: firepit_collector_wifi::Wifi,
        xfrm: firepit_collector_xfrm::Xfrm,
    }
    Hardware {
        dmi: firepit_collector_dmi::Dmi,
        drm: firepit_collector_drm::Drm,
        edac: firepit_collector_edac::Edac,
        fibrechannel: firepit_collector_fibrechannel::FibreChannel,
        hwmon: firepit_collector_hwmon::HwMon,
        infiniband: firepit_collector_infiniband::InfiniBand,
        pcidevice: firepit_collector_pcidevice::PciDevice,
        powersupplyclass: firepit_collector_powersupplyclass::PowerSupplyClass,
        rapl: firepit_collector_rapl::Rapl,
        tapestats: firepit_collector_tapestats::TapeStats,
        thermal_zone: firepit_collector_thermal_zone::ThermalZone,
    }
    Storage {
        bcache: firepit_collector_bcache::Bcache,
        dmmultipath: firepit_collector_dmmultipath::DmMultipath,
        drbd: firepit_collector_drbd::Drbd,
        mdadm: firepit_collector_mdadm::MdAdm,
    }
    System {
        entropy: firepit_collector_entropy::Entropy,
        kernel_hung: firepit_collector_kernel_hung::KernelHung,
        os: firepit_collector_os::Os,
        selinux: firepit_collector_selinux::SeLinux,
        sysctl: firepit_collector_sysctl::Sysctl,
        time: firepit_collector_time::Time,
        timex: firepit_collector_timex::TimexCollector,
        uname: firepit_collector_uname::UnameInfo,
        watchdog: firepit_collector_watchdog::Watchdog,
    }
    Services {
        gmond: firepit_collector_gmond::Gmond,
        lastlogin: firepit_collector_lastlogin::LastLogin,
        logind: firepit_collector_logind::Logind,
        ntp: firepit_collector_ntp::Ntp,
        runit: firepit_collector_runit::Runit,
        supervisord: firepit_collector_supervisord::Supervisord,
        systemd: firepit_collector_systemd::Systemd,
    }
    Textfile {
        textfile: firepit_collector_textfile::TextFile,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn every_directory_is_in_the_list_and_describes_itself() {
        let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/../collectors-wasm");
        let entries = fs::read_dir(directory).unwrap();
        let mut directories: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        directories.sort();
        let mut names: Vec<&str> = COLLECTORS.iter().map(|collector| collector.name).collect();
        names.sort_unstable();
        assert_eq!(names, directories, "see tests/src/collectors.rs");
        for collector in COLLECTORS {
            assert_eq!(collector.describe().name(), collector.name);
        }
    }

    #[test]
    fn list_is_sorted() {
        let keys = COLLECTORS.iter().map(|one| (one.group, one.name));
        assert!(keys.is_sorted());
    }

    #[test]
    fn collector_runs_by_name() {
        let host = Host::new().file("/proc/loadavg", "0.25 0.5 1 1/2 3\n");
        let mut loadavg = Standard::find("loadavg")
            .unwrap()
            .configure(&host, &[])
            .unwrap();
        assert!(loadavg.run(&host).text().starts_with("node_load1 0.25\n"));
        assert!(Standard::find("none").is_none());
    }
}
