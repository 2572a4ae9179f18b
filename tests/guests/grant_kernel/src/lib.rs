//! Asks the kernel by way of the host: one function of the contract, the one that it is told to.

use std::time::Duration;

use firepit_sdk::netlink::{self, IpVersion, Query};
use firepit_sdk::perf::{Counters, Event, Software};
use firepit_sdk::{
    Collector, Descriptor, Error, Gauge, Metrics, Settings, btrfs, clock, ethtool, export, files,
    statfs, system,
};

const TOLD: Gauge<2> = Gauge::new(
    "guest_kernel_told",
    "What the host said, in a number and in words.",
    ["of", "words"],
);

struct Kernel {
    using: String,
    paths: Vec<String>,
    workers: u32,
    timeout: Duration,
}

impl Collector for Kernel {
    fn describe() -> Descriptor {
        Descriptor::new("grant_kernel", "Asks the kernel.")
            .reads(["/sys/class/*/*", "/sys/devices/**", "/rootfs/links/*"])
            .text("use", "", "What is asked.")
            .repeated("path", "Paths that are asked about.")
            .number("workers", 4.0, "How many at once.")
            .number("timeout", 100.0, "Milliseconds for each.")
    }

    fn configure(settings: &Settings) -> Result<Self, String> {
        Ok(Self {
            using: settings.text("use").to_owned(),
            paths: settings.texts("path").to_vec(),
            workers: settings.number("workers").unwrap_or_default() as u32,
            timeout: Duration::from_millis(settings.number("timeout").unwrap_or_default() as u64),
        })
    }

    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        let told = match self.using.as_str() {
            "uname" => vec![("nodename", system::uname().nodename, 1.0)],
            "page-size" => vec![("page-size", String::new(), f64::from(system::page_size()))],
            "clock-ticks" => vec![("ticks", String::new(), f64::from(system::clock_ticks()))],
            "adjtimex" => adjtimex(),
            "time-zone" => zones(),
            "netlink" => dumps(),
            "perf" => counters(),
            "statfs" => self.statfs(),
            "ethtool" => self.ethtool(),
            "btrfs" => self.btrfs(),
            "real-path" => self.real_paths(),
            _ => Vec::new(),
        };
        let mut family = metrics.gauge(&TOLD);
        for (of, words, number) in told {
            family.set([of, &words], number);
        }
        Ok(())
    }
}

type Told<'a> = Vec<(&'a str, String, f64)>;

fn adjtimex() -> Told<'static> {
    match clock::adjtimex() {
        Ok(timex) => vec![
            ("state", String::new(), f64::from(timex.state)),
            ("tick", String::new(), timex.tick as f64),
        ],
        Err(errno) => vec![("errno", String::new(), f64::from(errno))],
    }
}

fn zones() -> Told<'static> {
    // The middle of winter and of summer in 2026.
    let at = |when, seconds| {
        let zone = clock::time_zone(seconds);
        (when, zone.name, f64::from(zone.offset_seconds))
    };
    vec![at("winter", 1_768_478_400), at("summer", 1_784_116_800)]
}

fn dumps() -> Told<'static> {
    let queries = [
        ("links", Query::Links),
        ("addresses", Query::Addresses),
        ("neighbours", Query::Neighbours),
        ("routes", Query::Routes),
        ("qdiscs", Query::Qdiscs),
        ("tcp4", Query::TcpSockets(IpVersion::V4)),
        ("tcp6", Query::TcpSockets(IpVersion::V6)),
        ("link-modes", Query::LinkModes),
        ("wifi", Query::WifiInterfaces),
        ("scan", Query::WifiScan(1)),
        ("stations", Query::WifiStations(1)),
    ];
    let dumped = queries.map(|(of, query)| match netlink::dump(query) {
        Ok(messages) => (of, "ok".to_owned(), messages.len() as f64),
        Err(reason) => (of, reason.to_string(), -1.0),
    });
    dumped.into()
}

fn counters() -> Told<'static> {
    let counters = Counters::open(&[Event::Software(Software::PageFaults)], &[0]);
    let refused = counters.refusals().iter().map(|it| it.reason.to_string());
    let counts = counters.read().into_iter().flatten();
    let refused = refused.map(|reason| ("page-faults", reason, -1.0));
    let counts = counts.map(|count| ("page-faults", "ok".to_owned(), count.value as f64));
    refused.chain(counts).collect()
}

impl Kernel {
    fn statfs(&self) -> Told<'_> {
        let answers = statfs::statfs(&self.paths, self.workers, self.timeout);
        assert_eq!(answers.len(), self.paths.len());
        let paths = self.paths.iter().zip(answers);
        paths
            .map(|(path, answer)| match answer {
                Ok(found) => (path.as_str(), "ok".to_owned(), found.block_size as f64),
                Err(error) => (path.as_str(), error.to_string(), -1.0),
            })
            .collect()
    }

    /// The answers about each path, which is the name of a network device.
    fn ethtool(&self) -> Told<'_> {
        // A test of grants names no device.
        if self.paths.is_empty() {
            let _ = ethtool::link_settings("lo");
        }
        let mut told = Vec::new();
        for device in &self.paths {
            told.push(match ethtool::link_settings(device) {
                Ok(found) => ("link", "ok".to_owned(), f64::from(found.speed)),
                Err(error) => ("link", format!("{error:?}"), -1.0),
            });
            told.push(match ethtool::driver_info(device) {
                Ok(found) => ("driver", found.driver, 0.0),
                Err(error) => ("driver", format!("{error:?}"), -1.0),
            });
            match ethtool::statistics(device) {
                Ok(found) => {
                    told.push(("statistics", "ok".to_owned(), found.len() as f64));
                    let all = found.into_iter();
                    told.extend(all.map(|it| ("statistic", it.name, it.value as f64)));
                }
                Err(error) => told.push(("statistics", format!("{error:?}"), -1.0)),
            }
        }
        told
    }

    fn btrfs(&self) -> Told<'_> {
        if self.paths.is_empty() {
            let _ = btrfs::file_system("/rootfs", self.timeout);
        }
        let paths = self.paths.iter();
        paths
            .map(|path| match btrfs::file_system(path, self.timeout) {
                Ok(found) => (path.as_str(), found.uuid, found.devices.len() as f64),
                Err(error) => (path.as_str(), error.to_string(), -1.0),
            })
            .collect()
    }

    fn real_paths(&self) -> Told<'_> {
        let paths = self.paths.iter();
        paths
            .map(|path| match files::real_path(path) {
                Ok(real) => (path.as_str(), real, 1.0),
                Err(error) => (path.as_str(), format!("{:?}", error.reason), 0.0),
            })
            .collect()
    }
}

export!(Kernel);
