//! The files of the collector directories that can be modules, judged by name only.
//!
//! Whether a candidate is a module is found when it is read. A directory called `x.wasm` and a dangling
//! link are candidates too, so that the operator learns what is wrong with them.

use std::collections::{BTreeSet, HashSet};
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use firepit_sandbox::ownership::{self, Distrust};

/// Maximum number of modules in one directory, in the order of their names.
const MAX_MODULES: usize = 1_000;

/// Maximum number of directory entries that are read, whatever their names.
const MAX_ENTRIES: usize = 100_000;

/// A file that can be a module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Candidate {
    /// Its path, below the directory as the operator wrote it.
    pub(crate) path: PathBuf,
    /// Index of its directory, from 0.
    pub(crate) directory: usize,
}

/// Why not all modules of a directory are known.
///
/// After `Unlisted`, unless the directory does not exist, a file that is missing from the candidates need
/// not be gone.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryProblem {
    /// The directory does not exist, is not a directory, or cannot be read to its end.
    #[error("cannot list the collector directory {}", path.display())]
    Unlisted {
        /// The directory.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// Users other than root and firepit's own can change its content.
    #[error("cannot load modules from the collector directory {}", path.display())]
    Distrusted {
        /// The directory.
        path: PathBuf,
        /// Which user, and what to do.
        #[source]
        source: Distrust,
    },
    /// The directory has more modules than the limit.
    #[error(
        "{} has more than {limit} modules: only the first {limit} by name are loaded",
        path.display()
    )]
    TooManyModules {
        /// The directory.
        path: PathBuf,
        /// The limit.
        limit: usize,
    },
    /// The directory has more files, of any name, than the limit.
    #[error("{} has more than {limit} entries: the rest are ignored", path.display())]
    TooManyEntries {
        /// The directory.
        path: PathBuf,
        /// The limit.
        limit: usize,
    },
}

impl DirectoryProblem {
    /// The directory.
    #[must_use]
    pub fn path(&self) -> &Path {
        match self {
            Self::Unlisted { path, .. }
            | Self::Distrusted { path, .. }
            | Self::TooManyModules { path, .. }
            | Self::TooManyEntries { path, .. } => path,
        }
    }

    /// The value of the label `reason`.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Distrusted { source, .. } => source.reason(),
            _ => "directory",
        }
    }
}

/// Lists the modules of some directories, in the order of the directories, then by the bytes of the names.
///
/// A directory that is listed twice, under any name, counts once, at its first position.
pub(crate) fn in_directories(directories: &[PathBuf]) -> (Vec<Candidate>, Vec<DirectoryProblem>) {
    let mut candidates = Vec::new();
    let mut problems = Vec::new();
    let mut seen = HashSet::new();
    for (directory, path) in directories.iter().enumerate() {
        match fs::metadata(path) {
            Ok(metadata) if !seen.insert((metadata.dev(), metadata.ino())) => continue,
            _ => {}
        }
        if let Err(source) = ownership::check_directory(path) {
            problems.push(DirectoryProblem::Distrusted {
                path: path.clone(),
                source,
            });
            continue;
        }
        let names = names_in(path, &mut problems);
        candidates.extend(names.into_iter().map(|name| Candidate {
            path: path.join(name),
            directory,
        }));
    }
    (candidates, problems)
}

fn names_in(path: &Path, problems: &mut Vec<DirectoryProblem>) -> BTreeSet<OsString> {
    let mut names = BTreeSet::new();
    let mut too_many = false;
    let unlisted = |source| DirectoryProblem::Unlisted {
        path: path.to_owned(),
        source,
    };
    let entries = match fs::read_dir(path) {
        Ok(entries) => entries,
        Err(source) => {
            problems.push(unlisted(source));
            return names;
        }
    };
    for (index, entry) in entries.enumerate() {
        if index == MAX_ENTRIES {
            problems.push(DirectoryProblem::TooManyEntries {
                path: path.to_owned(),
                limit: MAX_ENTRIES,
            });
            break;
        }
        match entry {
            Ok(entry) if is_module_name(&entry.file_name()) => {
                names.insert(entry.file_name());
            }
            Ok(_) => {}
            Err(source) => {
                problems.push(unlisted(source));
                break;
            }
        }
        if names.len() > MAX_MODULES {
            names.pop_last();
            too_many = true;
        }
    }
    if too_many {
        problems.push(DirectoryProblem::TooManyModules {
            path: path.to_owned(),
            limit: MAX_MODULES,
        });
    }
    names
}

/// Whether a file of this name can be a module.
///
/// Files that editors and copiers leave beside a module cannot: `x.wasm~`, `#x.wasm#`, `.x.wasm.swp`,
/// `.#x.wasm`, `4913`, `x.wasm.tmp`, `.x.wasm.a1B2c3`.
fn is_module_name(name: &OsStr) -> bool {
    let name = name.as_bytes();
    name.ends_with(b".wasm") && !name.starts_with(b".")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::modules::scratch::Scratch;
    use std::os::unix::fs::symlink;

    fn names(candidates: &[Candidate]) -> Vec<(usize, &[u8])> {
        candidates
            .iter()
            .map(|candidate| {
                let name = candidate.path.file_name().unwrap();
                (candidate.directory, name.as_bytes())
            })
            .collect()
    }

    #[test]
    fn temporary_files_of_writers_are_not_modules() {
        for name in [
            "x.wasm~",
            "#x.wasm#",
            ".#x.wasm",
            ".x.wasm.swp",
            ".x.wasm.a1B2c3",
            ".x.wasm",
            ".wasm",
            "4913",
            "x.wasm.tmp",
            "x.wasm.part",
            "x.WASM",
            "wasm",
            "..data",
            "",
        ] {
            assert!(!is_module_name(OsStr::new(name)), "{name}");
        }
        for name in ["x.wasm", "x.y.wasm", "#x.wasm", "a b.wasm", "\u{e9}.wasm"] {
            assert!(is_module_name(OsStr::new(name)), "{name}");
        }
    }

    #[test]
    fn candidates_are_ordered_by_directory_then_bytewise() {
        let scratch = Scratch::new();
        let (b, a) = (scratch.directory("b"), scratch.directory("a"));
        for name in ["b/z.wasm", "b/B.wasm", "b/a.wasm", "b/x.wasm~", "a/a.wasm"] {
            scratch.write(name, "");
        }
        fs::write(b.join(OsStr::from_bytes(b"\xff.wasm")), "").unwrap();
        let (candidates, problems) = in_directories(&[b.clone(), a]);
        assert!(problems.is_empty(), "{problems:?}");
        assert_eq!(
            names(&candidates),
            [
                (0, b"B.wasm".as_slice()),
                (0, b"a.wasm"),
                (0, b"z.wasm"),
                (0, b"\xff.wasm"),
                (1, b"a.wasm"),
            ]
        );
        assert_eq!(candidates[0].path, b.join("B.wasm"));
    }

    #[test]
    fn unlistable_directory_does_not_block_others() {
        let scratch = Scratch::new();
        let file = scratch.write("file", "");
        let missing = scratch.path("missing");
        let good = scratch.directory("good");
        scratch.write("good/x.wasm", "");
        let (candidates, problems) = in_directories(&[missing.clone(), file.clone(), good]);
        assert_eq!(names(&candidates), [(2, b"x.wasm".as_slice())]);
        let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
        let tells = |path: &Path| format!("cannot list the collector directory {}", path.display());
        assert_eq!(told, [tells(&missing), tells(&file)]);
        let DirectoryProblem::Unlisted { source, .. } = &problems[0] else {
            panic!("{problems:?}");
        };
        assert_eq!(source.kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn a_directory_under_two_names_counts_once() {
        let scratch = Scratch::new();
        let directory = scratch.directory("real");
        scratch.write("real/x.wasm", "");
        symlink("real", scratch.path("link")).unwrap();
        let spellings = [
            scratch.path("link"),
            directory.clone(),
            directory.join("."),
            scratch.path("real/../real"),
        ];
        let (candidates, problems) = in_directories(&spellings);
        assert!(problems.is_empty(), "{problems:?}");
        let [only] = candidates.as_slice() else {
            panic!("{candidates:?}");
        };
        assert_eq!(only.path, scratch.path("link/x.wasm"));
    }

    #[test]
    fn directories_and_dangling_links_are_candidates() {
        let scratch = Scratch::new();
        let directory = scratch.directory("d");
        scratch.directory("d/directory.wasm");
        symlink("nowhere", scratch.path("d/link.wasm")).unwrap();
        let (candidates, _) = in_directories(&[directory]);
        assert_eq!(
            names(&candidates),
            [(0, b"directory.wasm".as_slice()), (0, b"link.wasm")]
        );
    }

    #[test]
    fn modules_beyond_the_limit_are_dropped_by_name() {
        let scratch = Scratch::new();
        let directory = scratch.directory("d");
        for number in (0..MAX_MODULES + 2).rev() {
            scratch.write(&format!("d/{number:05}.wasm"), "");
        }
        let (candidates, problems) = in_directories(&[directory]);
        assert_eq!(candidates.len(), MAX_MODULES);
        assert_eq!(names(&candidates)[0].1, b"00000.wasm");
        assert_eq!(names(&candidates)[MAX_MODULES - 1].1, b"00999.wasm");
        assert!(
            matches!(
                problems.as_slice(),
                [DirectoryProblem::TooManyModules { .. }]
            ),
            "{problems:?}"
        );
    }
}
