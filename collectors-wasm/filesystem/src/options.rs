//! The options, and their consistency checks.

use std::time::Duration;

use firepit_sdk::filter::{Expression, Filter, IncludeExclude};
use firepit_sdk::{Descriptor, Settings};

/// The filters, and the settings of the queries.
#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) mount_points: Filter,
    pub(crate) fs_types: Filter,
    pub(crate) timeout: Duration,
    pub(crate) workers: u32,
}

const EXCLUDED_MOUNT_POINTS: &str = "^/(dev|proc|run/credentials/.+|sys|var/lib/docker/.+|\
    var/lib/containers/storage/.+)($|/)";
const EXCLUDED_FS_TYPES: &str = "^(autofs|binfmt_misc|bpf|cgroup2?|configfs|debugfs|devpts|\
    devtmpfs|fusectl|hugetlbfs|iso9660|mqueue|nsfs|overlay|proc|procfs|pstore|rpc_pipefs|\
    securityfs|selinuxfs|squashfs|erofs|sysfs|tracefs)$";

const MOUNT_POINTS: IncludeExclude = IncludeExclude::new(
    "filesystem",
    Expression::new(
        "mount-points-include",
        "Regexp of mount points to include for filesystem collector. (mutually exclusive to mount-points-exclude)",
    ),
    Expression::new(
        "mount-points-exclude",
        "Regexp of mount points to exclude for filesystem collector. (mutually exclusive to mount-points-include)",
    )
    .default(EXCLUDED_MOUNT_POINTS)
    .renamed(
        "ignored-mount-points",
        "Regexp of mount points to ignore for filesystem collector.",
    ),
)
.exclude_first()
.exclusive(
    "--collector.filesystem.mount-points-exclude and --collector.filesystem.mount-points-include are mutually exclusive",
)
.logged("Parsed flag", "Parsed flag");

const FS_TYPES: IncludeExclude = IncludeExclude::new(
    "filesystem",
    Expression::new(
        "fs-types-include",
        "Regexp of filesystem types to include for filesystem collector. (mutually exclusive to fs-types-exclude)",
    ),
    Expression::new(
        "fs-types-exclude",
        "Regexp of filesystem types to exclude for filesystem collector. (mutually exclusive to fs-types-include)",
    )
    .default(EXCLUDED_FS_TYPES)
    .renamed(
        "ignored-fs-types",
        "Regexp of filesystem types to ignore for filesystem collector.",
    ),
)
.exclude_first()
.exclusive(
    "--collector.filesystem.fs-types-exclude and --collector.filesystem.fs-types-include are mutually exclusive",
)
.logged("Parsed flag", "Parsed flag");

/// Adds the options. By default the kernel's own file systems and those of containers are omitted.
pub(crate) fn declare(descriptor: Descriptor) -> Descriptor {
    descriptor
        .include_exclude(&MOUNT_POINTS)
        .include_exclude(&FS_TYPES)
        .text(
            "mount-timeout",
            "5s",
            "how long to wait for a mount to respond before marking it as stale",
        )
        .hidden()
        .number(
            "stat-workers",
            4.0,
            "how many stat calls to process simultaneously",
        )
        .hidden()
}

/// Reads the options.
///
/// # Errors
/// Mutually exclusive options, an invalid expression, or an invalid duration.
pub(crate) fn read(settings: &Settings) -> Result<Options, String> {
    let timeout = settings.text("mount-timeout");
    Ok(Options {
        mount_points: filter(settings, "mount points", &MOUNT_POINTS)?,
        fs_types: filter(settings, "fs types", &FS_TYPES)?,
        timeout: duration(timeout)
            .ok_or_else(|| format!("mount-timeout {timeout:?}: expected a duration such as 5s"))?,
        // The host bounds a number that is too large; the minimum is one worker.
        workers: settings.number("stat-workers").unwrap_or_default().max(1.0) as u32,
    })
}

fn filter(settings: &Settings, what: &str, option: &IncludeExclude) -> Result<Filter, String> {
    let filter = settings.filter(option);
    filter.map_err(|error| format!("unable to parse {what} filter flags: {error}"))
}

/// A duration as Go writes it: `1m30s`, `500ms`, `1.5h`; `0` has no unit.
fn duration(text: &str) -> Option<Duration> {
    const UNITS: [(&str, f64); 9] = [
        ("ns", 1e-9),
        ("us", 1e-6),
        ("µs", 1e-6),
        ("ms", 1e-3),
        ("s", 1.0),
        ("m", 60.0),
        ("h", 3600.0),
        ("d", 86_400.0),
        ("w", 604_800.0),
    ];
    if text == "0" {
        return Some(Duration::ZERO);
    }
    let (mut rest, mut seconds) = (text, 0.0);
    loop {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, after) = rest.split_at(end);
        let end = after.find(|c: char| c.is_ascii_digit() || c == '.');
        let (unit, after) = after.split_at(end.unwrap_or(after.len()));
        let (_, factor) = UNITS.iter().find(|(name, _)| *name == unit)?;
        seconds += number.parse::<f64>().ok()? * factor;
        rest = after;
        if rest.is_empty() {
            return Duration::try_from_secs_f64(seconds).ok();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        for (text, expected) in [
            ("5s", Some(5.0)),
            ("500ms", Some(0.5)),
            ("1m30s", Some(90.0)),
            ("1.5h", Some(5400.0)),
            ("1d", Some(86_400.0)),
            ("0", Some(0.0)),
            ("0s", Some(0.0)),
            ("", None),
            ("5", None),
            ("s", None),
            ("-5s", None),
            ("5 s", None),
            ("5x", None),
            ("5s3", None),
            ("1e3s", None),
            ("..s", None),
        ] {
            let expected = expected.map(Duration::from_secs_f64);
            assert_eq!(duration(text), expected, "{text:?}");
        }
        assert_eq!(duration(&("9".repeat(400) + "w")), None);
    }
}
