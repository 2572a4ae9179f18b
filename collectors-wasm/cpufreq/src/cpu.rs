//! The directory `cpufreq` of one CPU, which is mostly a link to that of a policy for several.

use firepit_sdk::Error;
use firepit_sdk::files::{self, Directory, Optional, Reason};

use crate::{DIRECTORY, parse};

/// How many of the first [`FILES`] are frequencies that are shown.
pub(crate) const FREQUENCIES: usize = 7;

/// Frequencies in kilohertz, another number, then texts. As in node_exporter a file counts also
/// where it is not shown: the number must be one, and the texts must be there.
const FILES: [&str; 13] = [
    "cpuinfo_cur_freq",
    "cpuinfo_avg_freq",
    "cpuinfo_min_freq",
    "cpuinfo_max_freq",
    "scaling_cur_freq",
    "scaling_min_freq",
    "scaling_max_freq",
    "cpuinfo_transition_latency",
    "scaling_available_governors",
    "scaling_governor",
    "scaling_driver",
    "scaling_setspeed",
    "related_cpus",
];
const NUMBERS: usize = 8;

/// Of these nothing is shown, but one that is garbled costs everything.
const STATISTICS: [&str; 3] = ["total_trans", "time_in_state", "trans_table"];

/// What is shown of one CPU.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Cpu<'a> {
    /// Its number.
    pub(crate) label: &'a str,
    /// Kilohertz, so far as they may be known.
    pub(crate) frequencies: [Option<u64>; FREQUENCIES],
    /// The governors that could be chosen, separated by single spaces.
    pub(crate) governors: String,
    /// The one that is.
    pub(crate) governor: String,
}

/// Patterns of the files that are read of each CPU.
pub(crate) fn reads() -> impl Iterator<Item = String> {
    let files = FILES.map(str::to_owned).into_iter();
    let statistics = STATISTICS.map(|name| format!("stats/{name}"));
    let names = files.chain(statistics);
    names.map(|name| format!("{DIRECTORY}/cpu[0-9]*/cpufreq/{name}"))
}

/// The CPU's number.
pub(crate) fn label(directory: &Directory) -> &str {
    directory.name().strip_prefix("cpu").unwrap_or_default()
}

/// Reads one CPU, or finds that it has no frequencies to choose from.
pub(crate) fn read(cpu: &Directory) -> Result<Option<Cpu<'_>>, Error> {
    let directory = cpu.directory("cpufreq");
    let Some(contents) = directory.read(FILES).optional()? else {
        return Ok(None);
    };
    let mut contents = FILES.iter().zip(contents);
    let mut numbers = [None; NUMBERS];
    for (number, (name, content)) in numbers.iter_mut().zip(contents.by_ref()) {
        if let Some(content) = if_permitted(content)? {
            *number = Some(directory.unsigned(name, &content)?);
        }
    }
    let mut texts = Vec::new();
    for (_, content) in contents {
        texts.push(firepit_sdk::parse::attribute(&content?).into_owned());
    }
    check_statistics(&directory.directory("stats"))?;
    let [frequencies @ .., _latency] = numbers;
    let mut texts = texts.into_iter();
    Ok(Some(Cpu {
        label: label(cpu),
        frequencies,
        governors: texts.next().unwrap_or_default(),
        governor: texts.next().unwrap_or_default(),
    }))
}

fn check_statistics(directory: &Directory) -> Result<(), Error> {
    let Some(contents) = if_permitted(directory.read(STATISTICS))? else {
        return Ok(());
    };
    let [total, times, table] = contents;
    if let Some(total) = if_permitted(total)? {
        directory.unsigned("total_trans", &total)?;
    }
    if let Some(times) = if_permitted(times)? {
        parse::check_times(&directory.text("time_in_state", times))?;
    }
    if let Some(table) = if_permitted(table)? {
        parse::check_table(&directory.text("trans_table", table))?;
    }
    Ok(())
}

/// Nothing where there is no such file, or where it is not for this collector to read: some are
/// for root only.
fn if_permitted<T>(content: Result<T, files::Error>) -> Result<Option<T>, files::Error> {
    match content {
        Err(error)
            if matches!(
                error.reason,
                Reason::NotFound | Reason::PermissionDenied | Reason::NotPermitted
            ) =>
        {
            Ok(None)
        }
        content => content.map(Some),
    }
}
