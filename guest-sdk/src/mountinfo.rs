//! `/proc/<pid>/mountinfo`: the mounts of a process.
//!
//! One line per mount, fields separated by single spaces
//! ([proc_pid_mountinfo(5)](https://man7.org/linux/man-pages/man5/proc_pid_mountinfo.5.html)):
//! `36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue`.

use std::borrow::Cow;

use crate::parse::{Error, Line, Text, unescape_octal};

/// One mount. Texts are as in the file, with octal escapes (`\\040`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mount<'a> {
    /// Number of the mount.
    pub id: i64,
    /// Number of the parent mount.
    pub parent: i64,
    /// Major number of the device.
    pub major: &'a str,
    /// Minor number of the device.
    pub minor: &'a str,
    /// The mounted directory of the file system.
    pub root: &'a str,
    /// The mount point, relative to the process' root.
    pub mount_point: &'a str,
    /// Options of the mount, separated by commas.
    pub options: &'a str,
    /// Type of the file system.
    pub fs_type: &'a str,
    /// The source: a device, a server, or any text.
    pub source: &'a str,
    /// Options of the file system, separated by commas.
    pub super_options: &'a str,
}

impl<'a> Mount<'a> {
    /// Whether the mount has an option, with or without a value.
    #[must_use]
    pub fn has_option(&self, name: &str) -> bool {
        has(self.options, name)
    }

    /// Whether the file system has an option, with or without a value.
    #[must_use]
    pub fn has_super_option(&self, name: &str) -> bool {
        has(self.super_options, name)
    }

    /// The mount point without the octal escapes, below the path of another root: so a container's
    /// mounts below `/host` have the mount points that they have on the host. A mount point elsewhere
    /// is as it is.
    #[must_use]
    pub fn point_below(&self, root: &str) -> Cow<'a, str> {
        let point = unescape_octal(self.mount_point);
        if root == "/" {
            return point;
        }
        match point.strip_prefix(root) {
            None => point,
            Some("") => Cow::Borrowed("/"),
            Some(rest) => Cow::Owned(rest.to_owned()),
        }
    }

    /// The options of the file system as keys and values; the value is empty if an option has none.
    pub fn super_options(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        pairs(self.super_options)
    }
}

fn has(options: &str, name: &str) -> bool {
    pairs(options).any(|(key, _)| key == name)
}

fn pairs(options: &str) -> impl Iterator<Item = (&str, &str)> {
    let pieces = options.split(',').filter(|piece| !piece.is_empty());
    pieces.map(|piece| piece.split_once('=').unwrap_or((piece, "")))
}

/// The mounts of a file. Blank lines are ignored.
///
/// # Errors
/// In place of a mount whose line is malformed.
pub fn mounts(text: &Text) -> impl Iterator<Item = Result<Mount<'_>, Error>> {
    let lines = text.lines().filter(|line| !line.as_str().trim().is_empty());
    lines.map(|line| mount(&line))
}

/// Fields before the optional ones, and the minimum number of fields.
const FIXED: usize = 6;
const MIN_FIELDS: usize = 10;

fn mount<'a>(line: &Line<'a>) -> Result<Mount<'a>, Error> {
    // Position of the next field in the line.
    let mut next = 0;
    let mut fields = (line.split(b' ')).inspect(|field| next += field.len() + 1);
    let mut field = || fields.next().unwrap_or_default();
    let [id, parent, device, root, mount_point, options] = [(); FIXED].map(|()| field());
    // The first such field: the kernel escapes blanks in a source, but not in all options of a file
    // system, which may contain a path of another system.
    let has_separator = fields.any(|field| field == "-");
    let [fs_type, source] = [(); 2].map(|()| fields.next().unwrap_or_default());
    drop(fields);
    let Some(super_options) = line.as_str().get(next..).filter(|_| has_separator) else {
        return Err(wrong_fields(line));
    };
    let (major, minor) = device_numbers(line, device)?;
    Ok(Mount {
        id: line.part(id).integer("mount id")?,
        parent: line.part(parent).integer("parent id")?,
        major,
        minor,
        root,
        mount_point,
        options,
        fs_type,
        source,
        super_options,
    })
}

#[cold]
fn wrong_fields(line: &Line<'_>) -> Error {
    if line.split(b' ').take(MIN_FIELDS).count() < MIN_FIELDS {
        line.error(format!("expected at least {MIN_FIELDS} fields"))
    } else {
        line.error("expected \"-\" and three fields behind the optional ones")
    }
}

fn device_numbers<'a>(line: &Line<'_>, text: &'a str) -> Result<(&'a str, &'a str), Error> {
    let numbers = text.split_once(':');
    let wrong = || line.error(format!("device: expected MAJOR:MINOR, found {text:?}"));
    numbers
        .filter(|(_, minor)| !minor.contains(':'))
        .ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "36 35 98:0 /mnt1 /a\\040b rw,noatime master:1 shared:2 - ext3 /dev/root rw,errors=continue\n";

    fn parse(text: &str) -> Result<Vec<String>, String> {
        let text = Text::new("mountinfo", text);
        let found: Result<Vec<_>, Error> = mounts(&text)
            .map(|mount| mount.map(|mount| format!("{mount:?}")))
            .collect();
        found.map_err(|error| error.to_string())
    }

    #[test]
    fn line_may_have_any_number_of_optional_fields() {
        let text = Text::new("mountinfo", GOOD);
        let mount = mounts(&text).next().unwrap().unwrap();
        assert_eq!((mount.id, mount.parent), (36, 35));
        assert_eq!((mount.major, mount.minor), ("98", "0"));
        assert_eq!((mount.root, mount.mount_point), ("/mnt1", "/a\\040b"));
        assert_eq!((mount.fs_type, mount.source), ("ext3", "/dev/root"));
        assert!(mount.has_option("noatime") && !mount.has_option("ro"));
        assert!(mount.has_super_option("errors"));
        let options: Vec<_> = mount.super_options().collect();
        assert_eq!(options, [("rw", ""), ("errors", "continue")]);
        let none = GOOD.replace(" master:1 shared:2", "");
        assert_eq!(parse(&none).unwrap().len(), 1);
    }

    #[test]
    fn errors_describe_malformed_input() {
        for (text, error) in [
            ("1 2 3:4\n", "mountinfo:1: expected at least 10 fields"),
            (
                "x 2 3:4 / / rw - a b c\n",
                "mountinfo:1: mount id: expected an integer, found \"x\"",
            ),
            (
                "1 2 34 / / rw - a b c\n",
                "mountinfo:1: device: expected MAJOR:MINOR, found \"34\"",
            ),
            (
                "1 2 3:4:5 / / rw - a b c\n",
                "mountinfo:1: device: expected MAJOR:MINOR, found \"3:4:5\"",
            ),
            (
                "1 2 3:4 / / rw a b c d\n",
                "mountinfo:1: expected \"-\" and three fields behind the optional ones",
            ),
            (
                "1 2 3:4 / / rw a b - c d\n",
                "mountinfo:1: expected \"-\" and three fields behind the optional ones",
            ),
        ] {
            assert_eq!(parse(text), Err(error.to_owned()), "{text:?}");
        }
    }

    #[test]
    fn mount_points_below_another_root() {
        for (mount_point, root, expected) in [
            ("/", "/", "/"),
            ("/home", "/", "/home"),
            ("/host", "/host", "/"),
            (r"/host/my\040disk", "/host", "/my disk"),
            ("/home", "/host", "/home"),
        ] {
            let line = format!("1 2 3:4 / {mount_point} rw - a b c");
            let text = Text::new("mountinfo", line);
            let mount = mounts(&text).next().unwrap().unwrap();
            assert_eq!(mount.point_below(root), expected);
        }
    }

    #[test]
    fn options_may_have_blanks() {
        // A drive of the Windows host of WSL, and a share of a kernel before 3.10.
        for (line, fs_type, source, options) in [
            (
                r"75 24 0:57 / /Docker/host rw,noatime - 9p C:\134 rw,aname=drvfs;path=C:\Program Files\x - y;uid=0",
                "9p",
                r"C:\134",
                r"rw,aname=drvfs;path=C:\Program Files\x - y;uid=0",
            ),
            (
                r"80 24 0:58 / /mnt rw shared:3 - cifs //srv/My\040Docs rw,unc=//srv/My Docs",
                "cifs",
                r"//srv/My\040Docs",
                "rw,unc=//srv/My Docs",
            ),
            ("81 24 0:59 / /x rw - tmpfs  rw", "tmpfs", "", "rw"),
        ] {
            let text = Text::new("mountinfo", line);
            let mount = mounts(&text).next().unwrap().unwrap();
            let found = (mount.fs_type, mount.source, mount.super_options);
            assert_eq!(found, (fs_type, source, options), "{line}");
        }
    }

    #[test]
    fn empty_and_huge_files() {
        assert_eq!(parse(""), Ok(vec![]));
        assert_eq!(parse("\n  \n"), Ok(vec![]));
        assert_eq!(parse(&GOOD.repeat(10_000)).unwrap().len(), 10_000);
        assert!(parse(&"1 ".repeat(1 << 20)).is_err());
    }
}
