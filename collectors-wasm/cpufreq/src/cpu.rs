//! The directory `cpufreq` of one CPU, usually a link to the directory of a policy for several
//! CPUs.

use firepit_sdk::files::Directory;
use firepit_sdk::parse::attribute;
use firepit_sdk::skip::OrSkip;

use crate::DIRECTORY;

/// The number of frequencies at the beginning of [`FILES`].
pub(crate) const FREQUENCIES: usize = 7;

/// Frequencies in kilohertz, then texts. node_exporter also reads other files, which it does not
/// show, and fails if one of them is missing or malformed.
const FILES: [&str; 9] = [
    "cpuinfo_cur_freq",
    "cpuinfo_avg_freq",
    "cpuinfo_min_freq",
    "cpuinfo_max_freq",
    "scaling_cur_freq",
    "scaling_min_freq",
    "scaling_max_freq",
    "scaling_available_governors",
    "scaling_governor",
];

/// The values of one CPU.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Cpu<'a> {
    /// Its number.
    pub(crate) label: &'a str,
    /// Kilohertz; `None` if unknown.
    pub(crate) frequencies: [Option<u64>; FREQUENCIES],
    /// The available governors, separated by single spaces, and the current one.
    pub(crate) governors: Option<(String, String)>,
}

/// Patterns of the files that are read of each CPU.
pub(crate) fn reads() -> impl Iterator<Item = String> {
    FILES
        .iter()
        .map(|name| format!("{DIRECTORY}/cpu[0-9]*/cpufreq/{name}"))
}

/// The CPU's number.
pub(crate) fn label(directory: &Directory) -> &str {
    directory.name().strip_prefix("cpu").unwrap_or_default()
}

/// Reads one CPU; `None` if it has no frequency scaling.
pub(crate) fn read(cpu: &Directory) -> Option<Cpu<'_>> {
    let directory = cpu.directory("cpufreq");
    let [frequencies @ .., governors, governor] = directory.read(FILES).or_skip()?;
    let mut names = FILES.iter();
    let frequencies = frequencies.map(|content| {
        let name = names.next().copied().unwrap_or_default();
        directory.number(name, content)
    });
    let text = |content: Vec<u8>| attribute(&content).into_owned();
    let governors = governors.or_skip().map(text);
    Some(Cpu {
        label: label(cpu),
        frequencies,
        governors: governors.zip(governor.or_skip().map(text)),
    })
}
