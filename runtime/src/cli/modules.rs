//! Where modules come from beside the built-in ones.
//!
//! Their collectors bring flags with them, so these two are looked for before there is a complete
//! command line. No value begins with `--` unless it stands behind a `=`, hence an argument that
//! begins as one of these flags is one. No collector can be named so: see [`crate::descriptor`].

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;

pub(super) const DIRECTORY: &str = "collector.directory";
pub(super) const CACHE: &str = "collector.cache-directory";

/// Where modules come from beside the built-in ones.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ModulePlaces {
    /// Directories of `*.wasm` files, in the order of the command line.
    pub directories: Vec<PathBuf>,
    /// Where compiled modules are kept.
    pub cache: Option<PathBuf>,
}

/// Looks for the flags in arguments without the program's name.
pub(super) fn find(args: Vec<OsString>) -> ModulePlaces {
    let mut places = ModulePlaces::default();
    let mut args = args.into_iter().take_while(|arg| arg != "--").peekable();
    while let Some(arg) = args.next() {
        let Some((flag, value)) = flag(&arg) else {
            continue;
        };
        let next = || args.next_if(|next| !next.as_bytes().starts_with(b"-"));
        match value.map(OsStr::to_owned).or_else(next) {
            // An error, which the complete command line tells better.
            None => {}
            Some(value) if value.is_empty() => {}
            Some(value) if flag == DIRECTORY => places.directories.push(value.into()),
            Some(value) => places.cache = Some(value.into()),
        }
    }
    places
}

/// Which of the two flags an argument is, and the value behind its `=`.
fn flag(arg: &OsStr) -> Option<(&'static str, Option<&OsStr>)> {
    let arg = arg.as_bytes().strip_prefix(b"--")?;
    [DIRECTORY, CACHE].into_iter().find_map(|flag| {
        let rest = arg.strip_prefix(flag.as_bytes())?;
        match rest.split_first() {
            None => Some((flag, None)),
            Some((b'=', value)) => Some((flag, Some(OsStr::from_bytes(value)))),
            Some(_) => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(args: &[&str]) -> (Vec<String>, Option<String>) {
        let places = find(args.iter().map(OsString::from).collect());
        let text = |path: PathBuf| path.into_os_string().into_string().unwrap();
        (
            places.directories.into_iter().map(text).collect(),
            places.cache.map(text),
        )
    }

    #[test]
    fn both_ways_of_writing_a_value_are_understood() {
        let (directories, cache) = found(&[
            "scrape",
            "--collector.directory=/a=b",
            "--collector.custom.option",
            "x",
            "--collector.directory",
            "/c",
            "--collector.cache-directory=/d",
        ]);
        assert_eq!(directories, ["/a=b", "/c"]);
        assert_eq!(cache.as_deref(), Some("/d"));
    }

    #[test]
    fn everything_else_is_left_alone() {
        for args in [
            &[][..],
            &["--collector.directoryx=/a"],
            &["--collector.directory"],
            &["--collector.directory="],
            &["--collector.directory", "--collector.cache-directory"],
            &["collector.directory", "/a"],
            &["--", "--collector.directory=/a"],
            &["--collector.custom.option=--collector.directory", "/a"],
        ] {
            assert_eq!(found(args), (vec![], None), "{args:?}");
        }
    }
}
