//! The options, and which of them go together.

use std::time::Duration;

use firepit_sdk::filter::Filter;
use firepit_sdk::{Descriptor, Settings, log};

/// What is asked about, and how.
#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) mount_points: Filter,
    pub(crate) fs_types: Filter,
    pub(crate) timeout: Duration,
    pub(crate) workers: u32,
}

/// The names of one filter's three options.
struct Names {
    /// What the filter is called in errors.
    what: &'static str,
    exclude: &'static str,
    include: &'static str,
    /// The old name of `exclude`.
    old: &'static str,
}

const MOUNT_POINTS: Names = Names {
    what: "mount points",
    exclude: "mount-points-exclude",
    include: "mount-points-include",
    old: "ignored-mount-points",
};
const FS_TYPES: Names = Names {
    what: "fs types",
    exclude: "fs-types-exclude",
    include: "fs-types-include",
    old: "ignored-fs-types",
};

const EXCLUDED_MOUNT_POINTS: &str = "^/(dev|proc|run/credentials/.+|sys|var/lib/docker/.+|\
    var/lib/containers/storage/.+)($|/)";
const EXCLUDED_FS_TYPES: &str = "^(autofs|binfmt_misc|bpf|cgroup2?|configfs|debugfs|devpts|\
    devtmpfs|fusectl|hugetlbfs|iso9660|mqueue|nsfs|overlay|proc|procfs|pstore|rpc_pipefs|\
    securityfs|selinuxfs|squashfs|erofs|sysfs|tracefs)$";

/// Adds the options. By default the kernel's own file systems and those of containers are left out.
pub(crate) fn declare(descriptor: Descriptor) -> Descriptor {
    descriptor
        .text(
            MOUNT_POINTS.exclude,
            EXCLUDED_MOUNT_POINTS,
            "Regexp of mount points to exclude for filesystem collector. (mutually exclusive to mount-points-include)",
        )
        .text(
            MOUNT_POINTS.include,
            "",
            "Regexp of mount points to include for filesystem collector. (mutually exclusive to mount-points-exclude)",
        )
        .text(
            FS_TYPES.exclude,
            EXCLUDED_FS_TYPES,
            "Regexp of filesystem types to exclude for filesystem collector. (mutually exclusive to fs-types-include)",
        )
        .text(
            FS_TYPES.include,
            "",
            "Regexp of filesystem types to include for filesystem collector. (mutually exclusive to fs-types-exclude)",
        )
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
        .text(
            MOUNT_POINTS.old,
            "",
            "Regexp of mount points to ignore for filesystem collector.",
        )
        .hidden()
        .text(
            FS_TYPES.old,
            "",
            "Regexp of filesystem types to ignore for filesystem collector.",
        )
        .hidden()
}

/// Takes the options.
///
/// # Errors
/// Options that exclude each other, a wrong expression, a wrong duration.
pub(crate) fn read(settings: &Settings) -> Result<Options, String> {
    let timeout = settings.text("mount-timeout");
    Ok(Options {
        mount_points: filter(settings, &MOUNT_POINTS)?,
        fs_types: filter(settings, &FS_TYPES)?,
        timeout: duration(timeout)
            .ok_or_else(|| format!("mount-timeout {timeout:?}: expected a duration such as 5s"))?,
        // A number that is too large is bounded by the host; one that is too small by one worker.
        workers: settings.number("stat-workers").unwrap_or_default().max(1.0) as u32,
    })
}

fn filter(settings: &Settings, names: &Names) -> Result<Filter, String> {
    let wrong = |error: String| format!("unable to parse {} filter flags: {error}", names.what);
    let exclude = exclude(settings, names).map_err(wrong)?;
    let include = settings.text(names.include);
    for (name, value) in [(names.exclude, exclude), (names.include, include)] {
        if !value.is_empty() {
            let message = format!("Parsed flag {}", flag(name));
            log::info(&message, &[("flag", value)]);
        }
    }
    Filter::new(include, exclude).map_err(wrong)
}

/// The exclude expression, under its old name too. The default does not get in the way of who
/// asks for something.
fn exclude<'s>(settings: &'s Settings, names: &Names) -> Result<&'s str, String> {
    let (old, is_given) = (
        settings.text(names.old),
        settings.is_explicit(names.exclude),
    );
    let together = |one, other| {
        let (one, other) = (flag(one), flag(other));
        Err(format!("{one} and {other} are mutually exclusive"))
    };
    let exclude = match (old, is_given) {
        ("", _) => settings.text(names.exclude),
        (_, true) => return together(names.old, names.exclude),
        (old, false) => {
            let (old_flag, new_flag) = (flag(names.old), flag(names.exclude));
            let message =
                format!("{old_flag} is DEPRECATED and will be removed in 2.0.0, use {new_flag}");
            log::warn(&message, &[]);
            old
        }
    };
    match settings.text(names.include) {
        "" => Ok(exclude),
        _ if old.is_empty() && !is_given => Ok(""),
        _ if exclude.is_empty() => Ok(""),
        _ => together(names.exclude, names.include),
    }
}

fn flag(option: &str) -> String {
    format!("--collector.filesystem.{option}")
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
