//! The sandbox environment: everything goes through the contract's imports.

pub(crate) mod btrfs;
pub(crate) mod ethtool;
mod net;
mod perf;

use std::cell::RefCell;

use crate::bindings;
use crate::bindings::firepit::collector::{
    adjtimex as host_adjtimex, files as host_files, log as host_log, metrics,
    netlink as host_netlink, statfs as host_statfs, system, time_zone as host_time_zone, types,
};
use crate::clock::{Timex, Zone};
use crate::dynamic::{Family, HistogramSample, Samples, SummarySample};
use crate::files::{Entry, EntryKind, Reason, Stat};
use crate::log::Level;
use crate::metrics::{Buffer, Kind};
use crate::netlink::{self, IpVersion, Query};
use crate::skip;
use crate::statfs::{self, FileSystem};
use crate::system::Uname;
use crate::{Collector, Error, Metrics, OptionDescriptor, OptionKind, Setting, Settings};

pub(crate) use net::{Connection, exchange_datagram};
pub(crate) use perf::Counters;

/// The export `describe`.
pub fn describe<C: Collector>(version: &str) -> bindings::Descriptor {
    let descriptor = C::describe();
    bindings::Descriptor {
        name: descriptor.name,
        about: descriptor.about,
        version: version.to_owned(),
        enabled_by_default: descriptor.enabled_by_default,
        reads: descriptor.reads,
        options: descriptor.options.into_iter().map(option).collect(),
    }
}

fn option(option: OptionDescriptor) -> types::OptionDescriptor {
    types::OptionDescriptor {
        name: option.name,
        help: option.help,
        kind: match option.kind {
            OptionKind::Flag => types::OptionKind::Flag,
            OptionKind::Text => types::OptionKind::Text,
            OptionKind::Number => types::OptionKind::Number,
            OptionKind::RepeatedText => types::OptionKind::RepeatedText,
        },
        default: option.default,
        hidden: option.hidden,
    }
}

/// The export `configure`.
pub fn configure<C: Collector>(
    slot: &RefCell<Option<C>>,
    settings: Vec<bindings::Setting>,
) -> Result<(), String> {
    let settings = settings
        .into_iter()
        .map(|setting| Setting {
            name: setting.name,
            values: setting.values,
            explicit: setting.explicit,
        })
        .collect();
    let collector = C::configure(&Settings::new(settings))?;
    slot.replace(Some(collector));
    Ok(())
}

/// The export `collect`.
pub fn collect<C: Collector>(slot: &RefCell<Option<C>>) -> Result<(), bindings::CollectError> {
    let mut slot = slot.borrow_mut();
    let Some(collector) = slot.as_mut() else {
        return Err(bindings::CollectError::Failed(
            "collect was called before configure".to_owned(),
        ));
    };
    let mut metrics = Metrics::new(Sink);
    skip::begin();
    let result = collector.collect(&mut metrics);
    metrics.flush();
    skip::end(result, metrics.has_emitted()).map_err(|error| match error {
        Error::NoData => bindings::CollectError::NoData,
        error => bindings::CollectError::Failed(error.to_string()),
    })
}

/// Emits families to the host.
#[derive(Debug)]
pub(crate) struct Sink;

impl Sink {
    pub(crate) fn emit(&mut self, buffer: &Buffer) {
        if buffer.samples() == 0 {
            return;
        }
        let pieces = buffer.pieces();
        let mut samples = Vec::with_capacity(buffer.samples());
        let mut families: Vec<metrics::Family<'_>> = Vec::with_capacity(buffer.len());
        let mut ends = Vec::with_capacity(buffer.len());
        for family in buffer.families(&pieces) {
            let start = samples.len();
            family.each_row(|label_values, value| {
                samples.push(metrics::Sample {
                    label_values,
                    value,
                });
            });
            if samples.len() > start {
                ends.push(samples.len());
                families.push(metrics::Family {
                    name: family.name,
                    help: family.help,
                    kind: match family.kind {
                        Kind::Counter => metrics::Kind::Counter,
                        Kind::Gauge => metrics::Kind::Gauge,
                        Kind::Untyped => metrics::Kind::Untyped,
                    },
                    label_names: family.label_names,
                    samples: &[],
                });
            }
        }
        let mut start = 0;
        for (family, end) in families.iter_mut().zip(ends) {
            family.samples = samples.get(start..end).unwrap_or_default();
            start = end;
        }
        metrics::emit(&families);
    }

    pub(crate) fn emit_distribution(&mut self, family: Family) {
        let label_names: Vec<&str> = family.label_names.iter().map(String::as_str).collect();
        match &family.samples {
            Samples::Histogram(samples) => emit_histograms(&family, &label_names, samples),
            Samples::Summary(samples) => emit_summaries(&family, &label_names, samples),
            Samples::Counter(_) | Samples::Gauge(_) | Samples::Untyped(_) => {}
        }
    }
}

/// Not part of [`Sink::emit_distribution`], so that only modules with details import the function.
mod detailed;

fn borrow(texts: &[String]) -> Vec<&str> {
    texts.iter().map(String::as_str).collect()
}

fn emit_histograms(family: &Family, label_names: &[&str], samples: &[HistogramSample]) {
    let parts: Vec<(Vec<&str>, Vec<metrics::Bucket>)> = samples
        .iter()
        .map(|sample| {
            let buckets = sample.buckets.iter().map(|bucket| metrics::Bucket {
                upper_bound: bucket.upper_bound,
                cumulative_count: bucket.cumulative_count,
            });
            (borrow(&sample.label_values), buckets.collect())
        })
        .collect();
    let samples: Vec<metrics::HistogramSample<'_>> = samples
        .iter()
        .zip(&parts)
        .map(
            |(sample, (label_values, buckets))| metrics::HistogramSample {
                label_values,
                buckets,
                sum: sample.sum,
                count: sample.count,
            },
        )
        .collect();
    metrics::emit_histograms(&[metrics::HistogramFamily {
        name: &family.name,
        help: &family.help,
        label_names,
        samples: &samples,
    }]);
}

fn emit_summaries(family: &Family, label_names: &[&str], samples: &[SummarySample]) {
    let parts: Vec<(Vec<&str>, Vec<metrics::Quantile>)> = samples
        .iter()
        .map(|sample| {
            let quantiles = sample.quantiles.iter().map(|quantile| metrics::Quantile {
                quantile: quantile.quantile,
                value: quantile.value,
            });
            (borrow(&sample.label_values), quantiles.collect())
        })
        .collect();
    let samples: Vec<metrics::SummarySample<'_>> = samples
        .iter()
        .zip(&parts)
        .map(
            |(sample, (label_values, quantiles))| metrics::SummarySample {
                label_values,
                quantiles,
                sum: sample.sum,
                count: sample.count,
            },
        )
        .collect();
    metrics::emit_summaries(&[metrics::SummaryFamily {
        name: &family.name,
        help: &family.help,
        label_names,
        samples: &samples,
    }]);
}

fn reason(error: host_files::FileError) -> Reason {
    match error {
        host_files::FileError::NotFound => Reason::NotFound,
        host_files::FileError::NotPermitted => Reason::NotPermitted,
        host_files::FileError::PermissionDenied => Reason::PermissionDenied,
        host_files::FileError::InvalidPath => Reason::InvalidPath,
        host_files::FileError::NotAFile => Reason::NotAFile,
        host_files::FileError::NotADirectory => Reason::NotADirectory,
        host_files::FileError::TooLarge => Reason::TooLarge,
        host_files::FileError::Os(errno) => Reason::Os(errno),
    }
}

fn kind(kind: host_files::EntryKind) -> EntryKind {
    match kind {
        host_files::EntryKind::File => EntryKind::File,
        host_files::EntryKind::Directory => EntryKind::Directory,
        host_files::EntryKind::Symlink => EntryKind::Symlink,
        host_files::EntryKind::Other => EntryKind::Other,
    }
}

pub(crate) fn read(path: &str) -> Result<Vec<u8>, Reason> {
    host_files::read(path).map_err(reason)
}

pub(crate) fn read_from(path: &str, offset: u64) -> Result<Vec<u8>, Reason> {
    host_files::read_from(path, offset).map_err(reason)
}

pub(crate) fn read_many(
    directory: &str,
    names: &[&str],
) -> Result<Vec<Result<Vec<u8>, Reason>>, Reason> {
    let contents = host_files::read_many(directory, names).map_err(reason)?;
    Ok(contents
        .into_iter()
        .map(|content| content.map_err(reason))
        .collect())
}

pub(crate) fn list(directory: &str) -> Result<Vec<Entry>, Reason> {
    let entries = host_files::list(directory).map_err(reason)?;
    Ok((entries.into_iter())
        .map(|entry| Entry {
            name: entry.name,
            kind: kind(entry.kind),
        })
        .collect())
}

pub(crate) fn read_link(path: &str) -> Result<String, Reason> {
    host_files::read_link(path).map_err(reason)
}

pub(crate) fn real_path(path: &str) -> Result<String, Reason> {
    host_files::real_path(path).map_err(reason)
}

pub(crate) fn stat(path: &str) -> Result<Stat, Reason> {
    let stat = host_files::stat(path).map_err(reason)?;
    Ok(Stat {
        kind: kind(stat.kind),
        size: stat.size,
        modified_seconds: stat.modified_seconds,
        modified_nanoseconds: stat.modified_nanoseconds,
    })
}

pub(crate) fn display_path(path: &str) -> String {
    host_files::display_path(path)
}

pub(crate) fn uname() -> Uname {
    let uname = system::get_uname();
    Uname {
        sysname: uname.sysname,
        nodename: uname.nodename,
        release: uname.release,
        version: uname.version,
        machine: uname.machine,
        domainname: uname.domainname,
    }
}

pub(crate) fn page_size() -> u32 {
    system::page_size()
}

pub(crate) fn clock_ticks() -> u32 {
    system::clock_ticks()
}

pub(crate) fn statfs(
    paths: &[&str],
    workers: u32,
    timeout_milliseconds: u32,
) -> Vec<Result<FileSystem, statfs::Error>> {
    let answers = host_statfs::get(paths, workers, timeout_milliseconds);
    let answers = answers.into_iter().map(|answer| match answer {
        Ok(found) => Ok(FileSystem {
            magic: found.magic,
            read_only: found.read_only,
            block_size: found.block_size,
            blocks: found.blocks,
            blocks_free: found.blocks_free,
            blocks_available: found.blocks_available,
            files: found.files,
            files_free: found.files_free,
        }),
        Err(host_statfs::StatfsError::InvalidPath) => Err(statfs::Error::InvalidPath),
        Err(host_statfs::StatfsError::NotPermitted) => Err(statfs::Error::NotPermitted),
        Err(host_statfs::StatfsError::Stuck) => Err(statfs::Error::Stuck),
        Err(host_statfs::StatfsError::Os(errno)) => Err(statfs::Error::Os(errno)),
    });
    answers.collect()
}

pub(crate) fn adjtimex() -> Result<Timex, u32> {
    let timex = host_adjtimex::get()?;
    Ok(Timex {
        state: timex.state,
        status: timex.status,
        offset: timex.offset,
        freq: timex.freq,
        maxerror: timex.maxerror,
        esterror: timex.esterror,
        constant: timex.constant,
        tick: timex.tick,
        ppsfreq: timex.ppsfreq,
        jitter: timex.jitter,
        shift: timex.shift,
        stabil: timex.stabil,
        jitcnt: timex.jitcnt,
        calcnt: timex.calcnt,
        errcnt: timex.errcnt,
        stbcnt: timex.stbcnt,
        tai: timex.tai,
    })
}

pub(crate) fn time_zone(seconds: i64) -> Zone {
    let zone = host_time_zone::at(seconds);
    Zone {
        name: zone.name,
        offset_seconds: zone.offset_seconds,
    }
}

pub(crate) fn netlink(query: Query) -> Result<Vec<u8>, netlink::Reason> {
    let query = match query {
        Query::Links => host_netlink::Query::Links,
        Query::Addresses => host_netlink::Query::Addresses,
        Query::Neighbours => host_netlink::Query::Neighbours,
        Query::Routes => host_netlink::Query::Routes,
        Query::Qdiscs => host_netlink::Query::Qdiscs,
        Query::TcpSockets(IpVersion::V4) => {
            host_netlink::Query::TcpSockets(host_netlink::IpVersion::V4)
        }
        Query::TcpSockets(IpVersion::V6) => {
            host_netlink::Query::TcpSockets(host_netlink::IpVersion::V6)
        }
        Query::LinkModes => host_netlink::Query::LinkModes,
        Query::WifiInterfaces => host_netlink::Query::WifiInterfaces,
        Query::WifiScan(index) => host_netlink::Query::WifiScan(index),
        Query::WifiStations(index) => host_netlink::Query::WifiStations(index),
    };
    host_netlink::dump(query).map_err(|error| match error {
        host_netlink::NetlinkError::Unsupported => netlink::Reason::Unsupported,
        host_netlink::NetlinkError::PermissionDenied => netlink::Reason::PermissionDenied,
        host_netlink::NetlinkError::Interrupted => netlink::Reason::Interrupted,
        host_netlink::NetlinkError::TooLarge => netlink::Reason::TooLarge,
        host_netlink::NetlinkError::TimedOut => netlink::Reason::TimedOut,
        host_netlink::NetlinkError::Os(errno) => netlink::Reason::Os(errno),
    })
}

pub(crate) fn log(level: Level, message: &str, fields: &[(&str, &str)]) {
    let level = match level {
        Level::Debug => host_log::Level::Debug,
        Level::Info => host_log::Level::Info,
        Level::Warn => host_log::Level::Warn,
        Level::Error => host_log::Level::Error,
    };
    let fields: Vec<host_log::Field<'_>> = fields
        .iter()
        .map(|&(key, value)| host_log::Field { key, value })
        .collect();
    host_log::log(level, message, &fields);
}

pub(crate) fn skipped(file: &str, line: u32, problem: &str) {
    metrics::skipped(file, line, problem);
}
