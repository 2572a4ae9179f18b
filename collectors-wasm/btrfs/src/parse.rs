//! The texts of Btrfs in sysfs: numbers, counts of commits, and names of layouts.

use firepit_sdk::parse::{Error, Text, attribute, unsigned};

/// A file with nothing but an unsigned integer. Like node_exporter, takes anything else for 0.
pub(crate) fn number(content: &[u8]) -> u64 {
    match attribute(content) {
        text if text.is_empty() => 0,
        text => unsigned(&text).unwrap_or(0),
    }
}

/// `commit_stats`. Times are in milliseconds; what the file lacks is 0.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Commits {
    pub(crate) count: u64,
    pub(crate) last: u64,
    pub(crate) longest: u64,
    pub(crate) all: u64,
}

/// Takes `commit_stats` apart: lines of a name and a number, of which some names are unknown.
pub(crate) fn commits(text: &Text) -> Result<Commits, Error> {
    let mut commits = Commits::default();
    for line in text.lines() {
        let mut columns = line.columns();
        let name = columns.text("name")?;
        let value = columns.unsigned(name)?;
        if columns.next().is_some() {
            return Err(line.error(format!("{name}: expected one number")));
        }
        match name {
            "commits" => commits.count = value,
            "last_commit_ms" => commits.last = value,
            "max_commit_ms" => commits.longest = value,
            "total_commit_ms" => commits.all = value,
            _ => {}
        }
    }
    Ok(commits)
}

/// How many bytes of disks a byte of data takes in a layout; 0 for one that nobody knows.
pub(crate) fn ratio(layout: &str, devices: usize) -> f64 {
    let devices = devices as f64;
    match layout {
        "single" | "raid0" => 1.0,
        "dup" | "raid1" | "raid10" => 2.0,
        "raid1c3" => 3.0,
        "raid1c4" => 4.0,
        "raid5" => devices / (devices - 1.0),
        "raid6" => devices / (devices - 2.0),
        _ => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commits_of(content: &str) -> Result<Commits, String> {
        commits(&Text::new("f", content)).map_err(|error| error.to_string())
    }

    #[test]
    fn numbers_and_what_is_none() {
        for (content, expected) in [
            ("7\n", 7),
            (" 18446744073709551615 \n", u64::MAX),
            ("", 0),
            ("\n", 0),
            ("-1\n", 0),
            ("1 2\n", 0),
            ("0x10\n", 0),
        ] {
            assert_eq!(number(content.as_bytes()), expected, "{content:?}");
        }
        assert_eq!(number(&b"9".repeat(1 << 20)), 0);
        assert_eq!(number(&[0xff, b'1']), 0);
    }

    #[test]
    fn commits_of_old_and_new_kernels() {
        let old = "commits 258051\nlast_commit_ms 1000\nmax_commit_ms 51462\n\
                   total_commit_ms 47836090\n";
        let expected = Commits {
            count: 258_051,
            last: 1000,
            longest: 51_462,
            all: 47_836_090,
        };
        assert_eq!(commits_of(old).as_ref(), Ok(&expected));
        let new = old.replace("last", "cur_commit_ms 3\nlast");
        assert_eq!(commits_of(&new), Ok(expected));
        assert_eq!(commits_of(""), Ok(Commits::default()));
    }

    #[test]
    fn garbled_commits() {
        for (content, error) in [
            ("commits\n", "f:1: commits: the column is missing"),
            ("\n", "f:1: name: the column is missing"),
            ("commits 1 2\n", "f:1: commits: expected one number"),
            (
                "new 1\ncommits -1\n",
                "f:2: commits: expected an unsigned integer, found \"-1\"",
            ),
        ] {
            assert_eq!(commits_of(content), Err(error.to_owned()), "{content:?}");
        }
        let huge = "commits 7\n".repeat(100_000);
        assert_eq!(commits_of(&huge).unwrap().count, 7);
    }

    #[test]
    fn ratios_of_layouts() {
        for (layout, devices, expected) in [
            ("single", 1, 1.0),
            ("raid0", 2, 1.0),
            ("dup", 1, 2.0),
            ("raid10", 4, 2.0),
            ("raid1c3", 3, 3.0),
            ("raid1c4", 4, 4.0),
            ("raid5", 4, 4.0 / 3.0),
            ("raid6", 4, 2.0),
            ("raid5", 1, f64::INFINITY),
            ("raid6", 2, f64::INFINITY),
            ("raid6", 1, -1.0),
            ("raid7", 4, 0.0),
            ("", 0, 0.0),
        ] {
            assert_eq!(ratio(layout, devices), expected, "{layout} {devices}");
        }
    }
}
