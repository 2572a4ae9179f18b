//! Finds what has to be known before the command line can be parsed completely: where modules other
//! than the built-in ones come from, because their collectors add flags, how many threads describe and
//! run them, and the names that the configuration file must not grant them.
//!
//! No value begins with `--` unless it follows a `=`, so an argument that begins like one of these flags is
//! that flag. No collector can have such a name: see [`firepit_sandbox::descriptor`].

use std::ffi::{OsStr, OsString};
use std::num::NonZeroUsize;
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;

use super::metrics::{self, Compat};
use crate::modules::Untrusted;
use crate::values::{self, ValueError};
use firepit_exposition::names::{BuiltinNames, Namespace};

pub(super) const DIRECTORY: &str = "collector.directory";
pub(super) const CACHE: &str = "collector.cache-directory";
pub(super) const CONFIG: &str = "config.file";
pub(super) const UNTRUSTED: &str = "collector.untrusted-default";
pub(super) const PROCESSORS: &str = "runtime.gomaxprocs";

/// The module directory if no flag names one and this one exists.
pub const DEFAULT_DIRECTORY: &str = "/etc/firepit/collectors";

/// Where modules other than the built-in ones come from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ModulePlaces {
    /// Directories of `*.wasm` files, in the order of the command line.
    pub directories: Vec<PathBuf>,
    /// Directory of the cache of compiled modules.
    pub cache: Option<PathBuf>,
    /// The configuration file.
    pub config: Option<PathBuf>,
    /// Policy for modules that are not in the configuration file.
    pub untrusted: Untrusted,
    /// The names of the built-in families, which the configuration file must not grant.
    pub builtin_names: BuiltinNames,
}

/// A value of `--collector.untrusted-default`.
pub(super) fn untrusted(text: &str) -> Result<Untrusted, ValueError> {
    match text {
        "allow" => Ok(Untrusted::Allow),
        "ask" => Ok(Untrusted::Ask),
        "deny" => Ok(Untrusted::Deny),
        _ => Err(ValueError::Untrusted),
    }
}

/// Finds the flags in arguments without the program's name.
pub(super) fn prescan(args: &[OsString]) -> ModulePlaces {
    let mut places = ModulePlaces::default();
    for (flag, value) in found(args) {
        match flag {
            DIRECTORY => places.directories.push(value.into()),
            CACHE => places.cache = Some(value.into()),
            CONFIG => places.config = Some(value.into()),
            UNTRUSTED => places.untrusted = parsed(value, untrusted).unwrap_or_default(),
            metrics::NAMESPACE => {
                let namespace = parsed(value, Namespace::parse).unwrap_or_default();
                places.builtin_names.namespace = namespace;
            }
            metrics::COMPAT => {
                let compat = parsed(value, metrics::compat);
                places.builtin_names.old = compat == Some(Compat::V08);
            }
            _ => {}
        }
    }
    places
}

/// The number of threads, if the flag sets one.
pub(super) fn processors(args: &[OsString]) -> Option<NonZeroUsize> {
    let of_flag = found(args)
        .into_iter()
        .find(|(flag, _)| *flag == PROCESSORS);
    let (_, value) = of_flag?;
    values::processors(value.to_str()?).ok()?
}

/// Each of the flags with its value. A flag without one is an error that the complete parser reports
/// better.
fn found(args: &[OsString]) -> Vec<(&'static str, &OsStr)> {
    let mut found = Vec::new();
    let mut args = args.iter().take_while(|arg| *arg != "--").peekable();
    while let Some(arg) = args.next() {
        let Some((flag, value)) = flag(arg) else {
            continue;
        };
        let mut next = || args.next_if(|next| !next.as_bytes().starts_with(b"-"));
        let value = value.or_else(|| next().map(OsString::as_os_str));
        found.extend(
            value
                .filter(|value| !value.is_empty())
                .map(|value| (flag, value)),
        );
    }
    found
}

/// A value that a flag accepts. The complete parser reports others.
fn parsed<T, E>(value: &OsStr, parse: impl FnOnce(&str) -> Result<T, E>) -> Option<T> {
    value.to_str().and_then(|value| parse(value).ok())
}

/// Which of the flags an argument is, and the value after its `=`.
fn flag(arg: &OsStr) -> Option<(&'static str, Option<&OsStr>)> {
    let arg = arg.as_bytes().strip_prefix(b"--")?;
    let flags = [DIRECTORY, CACHE, CONFIG, UNTRUSTED, PROCESSORS];
    let of_names = [metrics::NAMESPACE, metrics::COMPAT];
    flags.into_iter().chain(of_names).find_map(|flag| {
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
        let places = prescan(&args.iter().map(OsString::from).collect::<Vec<_>>());
        let text = |path: PathBuf| path.into_os_string().into_string().unwrap();
        (
            places.directories.into_iter().map(text).collect(),
            places.cache.map(text),
        )
    }

    #[test]
    fn value_after_equals_or_as_next_argument_is_parsed() {
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
    fn config_file_and_untrusted_default_are_found() {
        let args = [
            "--config.file",
            "/f.yaml",
            "--collector.untrusted-default=allow",
        ];
        let places = prescan(&args.iter().map(OsString::from).collect::<Vec<_>>());
        assert_eq!(places.config, Some("/f.yaml".into()));
        assert_eq!(places.untrusted, Untrusted::Allow);
        assert_eq!(prescan(&[]).untrusted, Untrusted::Ask);
    }

    #[test]
    fn the_number_of_threads_is_found() {
        for (args, number) in [
            (&["--runtime.gomaxprocs=2"][..], 2),
            (&["--runtime.gomaxprocs", "3"], 3),
            (&["--runtime.gomaxprocs=0"], 0),
            (&["--runtime.gomaxprocs=x"], 0),
            (&[], 0),
        ] {
            let args: Vec<OsString> = args.iter().map(OsString::from).collect();
            assert_eq!(processors(&args), NonZeroUsize::new(number), "{args:?}");
        }
    }

    #[test]
    fn other_arguments_are_ignored() {
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
