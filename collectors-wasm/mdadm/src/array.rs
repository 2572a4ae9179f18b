//! Reading one array's directory `/sys/block/md<N>/md`.
//!
//! Most of it is shown by nobody. But node_exporter reads it, and has no data where an attribute is
//! missing that an array of that level should have: so does this collector.

use firepit_sdk::Error;
use firepit_sdk::files::{self, Directory, Optional, Reason};
use firepit_sdk::parse::unsigned;

/// The attributes that are read.
pub(crate) const ATTRIBUTES: [&str; 9] = [
    "level",
    "array_state",
    "metadata_version",
    "raid_disks",
    "uuid",
    "chunk_size",
    "degraded",
    "sync_action",
    "sync_completed",
];

/// One array.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Array<'a> {
    pub(crate) name: &'a str,
    pub(crate) raid_disks: Option<u64>,
    /// Number of disks that are missing; 0 at levels that cannot miss one.
    pub(crate) degraded: u64,
}

/// The attributes of one array, read but not looked at.
struct Attributes {
    directory: Directory,
    found: [Result<String, files::Error>; ATTRIBUTES.len()],
}

impl Attributes {
    fn text(&self, name: &str) -> Result<&str, Error> {
        let mut named = ATTRIBUTES.iter().zip(&self.found);
        match named.find(|(attribute, _)| **attribute == name) {
            Some((_, Ok(text))) => Ok(text),
            Some((_, Err(error))) => Err(no_data(error.clone())),
            None => Err(Error::NoData),
        }
    }

    /// A part of an attribute as a number.
    fn number(&self, name: &str, text: &str) -> Result<u64, Error> {
        let wrong = || format!("expected an unsigned integer, found {text:?}");
        unsigned(text).ok_or_else(|| self.directory.error(name, wrong()).into())
    }
}

/// Reads an array. `None` where the device is none.
pub(crate) fn read<'a>(devices: &str, name: &'a str) -> Result<Option<Array<'a>>, Error> {
    let directory = Directory::new(format!("{devices}/{name}/md"));
    let Some(found) = directory.attributes(ATTRIBUTES).optional()? else {
        return Ok(None);
    };
    let attributes = Attributes { directory, found };
    let level = attributes.text("level")?;
    for name in ["array_state", "metadata_version", "uuid"] {
        attributes.text(name)?;
    }
    if is_striped(level) {
        attributes.number("chunk_size", attributes.text("chunk_size")?)?;
    }
    let degraded = match is_redundant(level) {
        true => degraded(&attributes)?,
        false => 0,
    };
    let raid_disks = match has_disks(level) {
        true => raid_disks(&attributes)?,
        false => None,
    };
    Ok(Some(Array {
        name,
        raid_disks,
        degraded,
    }))
}

/// While the number changes the old one stands behind it: `3 (2)`.
fn raid_disks(attributes: &Attributes) -> Result<Option<u64>, Error> {
    let name = "raid_disks";
    let first = attributes.text(name)?.split_ascii_whitespace().next();
    first
        .map(|first| attributes.number(name, first))
        .transpose()
}

fn degraded(attributes: &Attributes) -> Result<u64, Error> {
    let degraded = attributes.number("degraded", attributes.text("degraded")?)?;
    attributes.text("sync_action")?;
    let progress = attributes.text("sync_completed")?;
    if is_progress(progress) {
        return Ok(degraded);
    }
    let message = format!("expected \"none\" or \"DONE / ALL\", found {progress:?}");
    Err(attributes.directory.error("sync_completed", message).into())
}

/// Kernels before `uuid` was there, or an array that has just gone.
fn no_data(error: files::Error) -> Error {
    error.no_data_if(&[Reason::NotFound])
}

/// Whether it is an array of disks and not only what describes other arrays.
fn has_disks(level: &str) -> bool {
    !matches!(level, "container" | "imsm" | "ddf" | "")
}

fn is_striped(level: &str) -> bool {
    matches!(level, "raid0" | "raid4" | "raid5" | "raid6" | "raid10")
}

fn is_redundant(level: &str) -> bool {
    matches!(level, "raid1" | "raid4" | "raid5" | "raid6" | "raid10")
}

fn is_progress(text: &str) -> bool {
    let is_number = |text: &str| unsigned(text.trim()).is_some();
    text == "none"
        || (text.split_once('/')).is_some_and(|(done, all)| is_number(done) && is_number(all))
}

#[cfg(test)]
mod tests {
    use super::*;
    use firepit_sdk::testing::Host;

    const RAID5: [(&str, &str); 9] = [
        ("level", "raid5\n"),
        ("array_state", "clean\n"),
        ("metadata_version", "1.2\n"),
        ("raid_disks", "3 (2)\n"),
        ("uuid", "7615b98d-f2ba-4d99-bee8-6202d8e130b9\n"),
        ("chunk_size", "524288\n"),
        ("degraded", "1\n"),
        ("sync_action", "recover\n"),
        ("sync_completed", "1569888 / 2093056\n"),
    ];

    /// Reads an array of level 5 with one attribute that is another, or none.
    fn read_with(attribute: &str, text: Option<&str>) -> Result<(Option<u64>, u64), Error> {
        let mut host = Host::new();
        for (name, normal) in RAID5 {
            let content = if name == attribute {
                text
            } else {
                Some(normal)
            };
            if let Some(content) = content {
                host = host.file(&format!("/sys/block/md0/md/{name}"), content);
            }
        }
        let array = host.enter(|| read("/sys/block", "md0"))?.unwrap();
        Ok((array.raid_disks, array.degraded))
    }

    #[test]
    fn an_array_with_all_it_should_have() {
        assert_eq!(read_with("", None), Ok((Some(3), 1)));
        assert_eq!(
            read_with("sync_completed", Some("none\n")),
            Ok((Some(3), 1))
        );
        assert_eq!(read_with("raid_disks", Some("\n")), Ok((None, 1)));
    }

    #[test]
    fn levels_need_different_attributes() {
        for (level, expected) in [
            ("raid0", Ok((Some(3), 0))),
            ("linear", Ok((Some(3), 0))),
            ("container", Ok((None, 0))),
            ("", Ok((None, 0))),
            ("raid1", Ok((Some(3), 1))),
        ] {
            assert_eq!(read_with("level", Some(level)), expected, "{level:?}");
        }
    }

    #[test]
    fn a_missing_attribute_is_no_data() {
        for name in ATTRIBUTES {
            assert_eq!(read_with(name, None), Err(Error::NoData), "{name}");
        }
        let none = Host::new().directory("/sys/block/md0");
        assert_eq!(none.enter(|| read("/sys/block", "md0")), Ok(None));
    }

    #[test]
    fn a_garbled_attribute_is_told() {
        let number = "expected an unsigned integer, found";
        for (name, text, error) in [
            ("raid_disks", "many\n", format!("{number} \"many\"")),
            ("chunk_size", "", format!("{number} \"\"")),
            ("degraded", "-1\n", format!("{number} \"-1\"")),
            (
                "sync_completed",
                "delayed\n",
                "expected \"none\" or \"DONE / ALL\", found \"delayed\"".to_owned(),
            ),
        ] {
            let expected = Error::failed(format!("/sys/block/md0/md/{name}: {error}"));
            assert_eq!(read_with(name, Some(text)), Err(expected));
        }
        assert!(read_with("degraded", Some(&"1".repeat(1 << 16))).is_err());
    }
}
