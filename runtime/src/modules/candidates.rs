//! The files of the collector directories that can be modules, told by their names alone.
//!
//! Whether one is a module shows when it is read: a directory called `x.wasm` or a link to nowhere
//! is a candidate too, so that the operator hears what is wrong with it.

use std::collections::{BTreeSet, HashSet};
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::ownership::{self, Distrust};

/// The most modules of one directory. Those whose names come first count.
pub(crate) const MOST_MODULES: usize = 1_000;

/// The most entries of one directory that are looked at, whatever they are called.
const MOST_ENTRIES: usize = 100_000;

/// A file that can be a module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Candidate {
    /// Where it is, below the directory as the operator wrote it.
    pub(crate) path: PathBuf,
    /// Which of the directories it is in, counted from 0.
    pub(crate) directory: usize,
}

/// Why a directory's modules are not all known.
///
/// After `Unlisted` with another reason than that the directory does not exist, a file that is
/// missing from the candidates need not be gone.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryProblem {
    /// It does not exist, is no directory, or cannot be read to its end.
    #[error("cannot list the collector directory {}", path.display())]
    Unlisted {
        /// The directory.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Others than root and firepit's user can change what is in it.
    #[error("the modules of the collector directory {} are not taken", path.display())]
    Distrusted {
        /// The directory.
        path: PathBuf,
        /// Who, and what to do.
        #[source]
        source: Distrust,
    },
    /// It has more modules than are served.
    #[error(
        "{} has more than {limit} modules: those after the first {limit} by name are left out",
        path.display()
    )]
    TooManyModules {
        /// The directory.
        path: PathBuf,
        /// How many are served.
        limit: usize,
    },
    /// It has more files of whatever name than are looked at.
    #[error("{} has more than {limit} entries: the rest are not looked at", path.display())]
    TooManyEntries {
        /// The directory.
        path: PathBuf,
        /// How many are looked at.
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

    /// The problem as the label `reason`.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Distrusted { source, .. } => source.reason(),
            _ => "directory",
        }
    }
}

/// Lists the modules of some directories: in the order of the directories, then of the names' bytes.
///
/// A directory that comes twice, under whatever name, counts where it comes first.
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
        if index == MOST_ENTRIES {
            problems.push(DirectoryProblem::TooManyEntries {
                path: path.to_owned(),
                limit: MOST_ENTRIES,
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
        if names.len() > MOST_MODULES {
            names.pop_last();
            too_many = true;
        }
    }
    if too_many {
        problems.push(DirectoryProblem::TooManyModules {
            path: path.to_owned(),
            limit: MOST_MODULES,
        });
    }
    names
}

/// Whether a file of this name can be a module.
///
/// What editors and copiers leave beside a file does not: `x.wasm~`, `#x.wasm#`, `.x.wasm.swp`,
/// `.#x.wasm`, `4913`, `x.wasm.tmp`, `.x.wasm.a1B2c3`.
pub(crate) fn is_module_name(name: &OsStr) -> bool {
    let name = name.as_bytes();
    name.ends_with(b".wasm") && !name.starts_with(b".")
}

#[cfg(test)]
mod tests {
    use super::super::scratch::Scratch;
    use super::*;
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
    fn what_writers_leave_beside_a_file_is_no_module() {
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
    fn the_order_is_that_of_the_directories_and_then_of_the_bytes() {
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
    fn a_directory_that_cannot_be_listed_does_not_stop_the_others() {
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
    fn directories_and_dangling_links_are_for_the_reader_to_refuse() {
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
    fn of_too_many_modules_the_first_by_name_are_served() {
        let scratch = Scratch::new();
        let directory = scratch.directory("d");
        for number in (0..MOST_MODULES + 2).rev() {
            scratch.write(&format!("d/{number:05}.wasm"), "");
        }
        let (candidates, problems) = in_directories(&[directory]);
        assert_eq!(candidates.len(), MOST_MODULES);
        assert_eq!(names(&candidates)[0].1, b"00000.wasm");
        assert_eq!(names(&candidates)[MOST_MODULES - 1].1, b"00999.wasm");
        assert!(
            matches!(
                problems.as_slice(),
                [DirectoryProblem::TooManyModules { .. }]
            ),
            "{problems:?}"
        );
    }
}
