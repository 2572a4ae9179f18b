//! Reading one array's directory `/sys/block/md<N>/md`.

use firepit_sdk::files::{self, Directory};
use firepit_sdk::parse::{self, unsigned};
use firepit_sdk::skip::{self, OrSkip};

/// The attributes that are read.
pub(crate) const ATTRIBUTES: [&str; 3] = ["level", "raid_disks", "degraded"];

/// One array.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Array<'a> {
    pub(crate) name: &'a str,
    pub(crate) raid_disks: Option<u64>,
    /// The number of missing disks; 0 for levels without redundancy.
    pub(crate) degraded: Option<u64>,
}

/// What the level says about an array.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    /// It is a container of other arrays.
    Container,
    /// It has no redundancy.
    Striped,
    /// Its files have the numbers: it is redundant, or its level is unknown.
    Other,
}

/// Reads an array; `None` if the device is not an array.
pub(crate) fn read<'a>(devices: &str, name: &'a str) -> Option<Array<'a>> {
    let directory = Directory::new(format!("{devices}/{name}/md"));
    let [level, raid_disks, degraded] = directory.attributes(ATTRIBUTES).or_skip()?;
    let level = level.or_skip().map_or(Level::Other, |text| {
        level_of(&text).unwrap_or_else(|| {
            skip::report(directory.unexpected("level", "a level", &text));
            Level::Other
        })
    });
    let number = |name, found| number(&directory, name, found).or_skip().flatten();
    Some(Array {
        name,
        raid_disks: match level {
            Level::Container => None,
            Level::Striped | Level::Other => number("raid_disks", raid_disks),
        },
        degraded: match level {
            Level::Container | Level::Striped => Some(0),
            Level::Other => number("degraded", degraded),
        },
    })
}

/// The number in a file; a cleared array has none. While the number of disks changes, the old
/// number follows: `3 (2)`.
fn number(
    directory: &Directory,
    name: &str,
    found: Result<String, files::Error>,
) -> Result<Option<u64>, firepit_sdk::Error> {
    let text = found?;
    let Some(first) = text.split_ascii_whitespace().next() else {
        return Ok(None);
    };
    let wrong = || directory.unexpected(name, "an unsigned integer", first);
    Ok(Some(unsigned(first).ok_or_else(wrong)?))
}

/// An array that is not running may have a number instead of the name of its level, or nothing.
fn level_of(text: &str) -> Option<Level> {
    match text {
        "container" | "imsm" | "ddf" => Some(Level::Container),
        "linear" | "raid0" | "multipath" | "faulty" => Some(Level::Striped),
        "raid1" | "raid4" | "raid5" | "raid6" | "raid10" | "" => Some(Level::Other),
        number => parse::integer(number).map(|_| Level::Other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use firepit_sdk::testing::Host;

    /// Reads an array of level 5 with one attribute changed or removed.
    fn read_with(attribute: &str, text: Option<&str>) -> (Option<u64>, Option<u64>) {
        let normal = [
            ("level", "raid5\n"),
            ("raid_disks", "3 (2)\n"),
            ("degraded", "1\n"),
        ];
        let mut host = Host::new();
        for (name, normal) in normal {
            let content = if name == attribute {
                text
            } else {
                Some(normal)
            };
            if let Some(content) = content {
                host = host.file(&format!("/sys/block/md0/md/{name}"), content);
            }
        }
        let array = host.enter(|| read("/sys/block", "md0")).unwrap();
        (array.raid_disks, array.degraded)
    }

    #[test]
    fn levels_have_different_numbers() {
        for (level, expected) in [
            ("raid5", (Some(3), Some(1))),
            ("raid1", (Some(3), Some(1))),
            ("raid0", (Some(3), Some(0))),
            ("linear", (Some(3), Some(0))),
            ("container", (None, Some(0))),
            ("-5", (Some(3), Some(1))),
            ("", (Some(3), Some(1))),
            ("tomorrow", (Some(3), Some(1))),
        ] {
            assert_eq!(read_with("level", Some(level)), expected, "{level:?}");
        }
    }

    #[test]
    fn missing_or_malformed_file_omits_only_its_own_value() {
        for text in [None, Some(""), Some("many\n"), Some("-1\n")] {
            assert_eq!(read_with("raid_disks", text), (None, Some(1)), "{text:?}");
            assert_eq!(read_with("degraded", text), (Some(3), None), "{text:?}");
        }
        assert_eq!(read_with("level", None), (Some(3), Some(1)));
        let none = Host::new().directory("/sys/block/md0");
        assert_eq!(none.enter(|| read("/sys/block", "md0")), None);
    }
}
