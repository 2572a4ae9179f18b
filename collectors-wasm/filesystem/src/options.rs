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
    Ok(Options {
        mount_points: filter(settings, "mount points", &MOUNT_POINTS)?,
        fs_types: filter(settings, "fs types", &FS_TYPES)?,
        timeout: settings.duration("mount-timeout")?,
        // The host bounds a number that is too large; the minimum is one worker.
        workers: settings.number("stat-workers").unwrap_or_default().max(1.0) as u32,
    })
}

fn filter(settings: &Settings, what: &str, option: &IncludeExclude) -> Result<Filter, String> {
    let filter = settings.filter(option);
    filter.map_err(|error| format!("unable to parse {what} filter flags: {error}"))
}
