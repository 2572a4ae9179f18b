//! The texts of Btrfs in sysfs: counts of commits, and names of layouts.

use firepit_sdk::parse::{Error, Line, Text};
use firepit_sdk::skip::{self, OrSkip};

/// The values of `commit_stats`; `None` if unknown. Times are in milliseconds.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Commits {
    pub(crate) count: Option<u64>,
    pub(crate) last: Option<u64>,
    pub(crate) longest: Option<u64>,
    pub(crate) all: Option<u64>,
}

impl Commits {
    /// The values that node_exporter shows for a kernel without `commit_stats`.
    pub(crate) const NONE: Self = Self {
        count: Some(0),
        last: Some(0),
        longest: Some(0),
        all: Some(0),
    };
}

/// Parses `commit_stats`: lines of a name and a number. Unknown names are ignored.
pub(crate) fn commits(text: &Text) -> Commits {
    let mut commits = Commits::default();
    for line in text.lines() {
        let place = match line.columns().next() {
            Some("commits") => &mut commits.count,
            Some("last_commit_ms") => &mut commits.last,
            Some("max_commit_ms") => &mut commits.longest,
            Some("total_commit_ms") => &mut commits.all,
            _ => continue,
        };
        *place = number(line).or_skip();
    }
    if commits == Commits::default() {
        skip::report(text.error("expected counts of commits"));
    }
    commits
}

fn number(line: Line<'_>) -> Result<u64, Error> {
    let mut columns = line.columns();
    let name = columns.text("name")?;
    columns.unsigned(name)
}

/// The number of disk bytes that a byte of data takes in a layout. `None` if the layout is unknown,
/// or if it depends on the number of devices and that is unknown.
pub(crate) fn ratio(layout: &str, devices: Option<usize>) -> Option<f64> {
    let devices = devices.map(|devices| devices as f64);
    match layout {
        "single" | "raid0" => Some(1.0),
        "dup" | "raid1" | "raid10" => Some(2.0),
        "raid1c3" => Some(3.0),
        "raid1c4" => Some(4.0),
        "raid5" => devices.map(|devices| devices / (devices - 1.0)),
        "raid6" => devices.map(|devices| devices / (devices - 2.0)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commits_of(content: &str) -> Commits {
        commits(&Text::new("f", content))
    }

    #[test]
    fn commits_of_old_and_new_kernels() {
        let old = "commits 258051\nlast_commit_ms 1000\nmax_commit_ms 51462\n\
                   total_commit_ms 47836090\n";
        let expected = Commits {
            count: Some(258_051),
            last: Some(1000),
            longest: Some(51_462),
            all: Some(47_836_090),
        };
        assert_eq!(commits_of(old), expected);
        let new = old.replace("last", "cur_commit_ms 3\n\nstate idle\nlast");
        assert_eq!(commits_of(&new.replace("258051", "258051 new")), expected);
        assert_eq!(commits_of(""), Commits::default());
    }

    #[test]
    fn malformed_count_is_skipped() {
        for bad in ["", "-1", "x", "99999999999999999999999"] {
            let content = format!("commits {bad}\nmax_commit_ms 7\n");
            let expected = Commits {
                longest: Some(7),
                ..Commits::default()
            };
            assert_eq!(commits_of(&content), expected, "{bad:?}");
        }
        let huge = "commits 7\n".repeat(100_000);
        assert_eq!(commits_of(&huge).count, Some(7));
    }

    #[test]
    fn ratios_of_layouts() {
        for (layout, devices, expected) in [
            ("single", 1, Some(1.0)),
            ("raid0", 2, Some(1.0)),
            ("dup", 1, Some(2.0)),
            ("raid10", 4, Some(2.0)),
            ("raid1c3", 3, Some(3.0)),
            ("raid1c4", 4, Some(4.0)),
            ("raid5", 4, Some(4.0 / 3.0)),
            ("raid6", 4, Some(2.0)),
            ("raid5", 1, Some(f64::INFINITY)),
            ("raid6", 2, Some(f64::INFINITY)),
            ("raid6", 1, Some(-1.0)),
            ("raid7", 4, None),
            ("", 0, None),
        ] {
            let found = ratio(layout, Some(devices));
            assert_eq!(found, expected, "{layout} {devices}");
        }
        assert_eq!(ratio("raid5", None), None);
        assert_eq!(ratio("raid1", None), Some(2.0));
    }
}
