//! Computes which directories to watch, and for which names in them, to notice every change of some paths.
//!
//! A path is resolved as the kernel does, name by name and through links. Each step that can be redirected
//! is a name in a directory: a link (`..data` of a Kubernetes volume, `current` of a release), the end of
//! the path, or the name that does not exist yet.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Component, Path, PathBuf};

use crate::modules::scan::candidates;

/// Maximum number of links in a path, as in the kernel.
const MAX_LINKS: usize = 40;

/// Maximum number of watched directories.
pub(crate) const MAX_DIRECTORIES: usize = 1_000;

/// Directories, without links in their paths, and the relevant names in them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Wanted {
    directories: BTreeMap<PathBuf, Names>,
    /// Whether there were more.
    too_many: bool,
}

/// Which names of a directory are relevant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Names {
    /// All: a new module can have any name.
    All,
    /// These.
    Only(BTreeSet<OsString>),
}

impl Wanted {
    /// What to watch for collector directories and their content, and for single files.
    ///
    /// Busy directories such as `/etc` and `/tmp` are watched only if one of the paths lies directly in
    /// them, passes through a link in them, or does not exist beyond them.
    pub(crate) fn of(modules: &[PathBuf], files: &[PathBuf]) -> Self {
        let mut wanted = Self::default();
        for directory in modules {
            if let Some(end) = wanted.follow(directory).filter(|end| end.is_dir()) {
                wanted.note(&end, Names::All);
            }
        }
        let (candidates, _) = candidates::in_directories(modules);
        let in_modules = candidates.iter().map(|candidate| &candidate.path);
        for path in in_modules.filter(|path| path.is_symlink()).chain(files) {
            wanted.follow(path);
        }
        wanted
    }

    /// The directories, and the relevant names in each.
    pub(crate) fn directories(&self) -> impl Iterator<Item = (&Path, &Names)> {
        let entries = self.directories.iter();
        entries.map(|(directory, names)| (directory.as_path(), names))
    }

    /// Whether directories are missing because there are too many.
    pub(crate) fn too_many(&self) -> bool {
        self.too_many
    }

    /// Whether a change of this path is relevant: a name in a directory, or a directory itself.
    pub(crate) fn concerns(&self, path: &Path) -> bool {
        let names = path.parent().and_then(|path| self.directories.get(path));
        let named = path.file_name().zip(names);
        named.is_some_and(|(name, names)| names.contains(name))
            || self.directories.contains_key(path)
    }

    /// Adds relevant names of a directory.
    pub(crate) fn note(&mut self, directory: &Path, names: Names) {
        if let Some(known) = self.directories.get_mut(directory) {
            known.add(names);
        } else if self.directories.len() < MAX_DIRECTORIES {
            self.directories.insert(directory.to_owned(), names);
        } else {
            self.too_many = true;
        }
    }

    /// Notes each step of a path that can be redirected. Returns the resolved path, if it exists.
    fn follow(&mut self, path: &Path) -> Option<PathBuf> {
        let mut here = PathBuf::from("/");
        let mut remaining = Vec::new();
        push(&mut remaining, &std::path::absolute(path).ok()?);
        let mut links = 0;
        while let Some(name) = remaining.pop() {
            if name == ".." {
                here.pop();
                continue;
            }
            let step = here.join(&name);
            let kind = fs::symlink_metadata(&step).map(|metadata| metadata.file_type());
            let is_link = kind.as_ref().is_ok_and(fs::FileType::is_symlink);
            let has_children = kind.as_ref().is_ok_and(fs::FileType::is_dir) || is_link;
            if is_link || remaining.is_empty() || !has_children {
                self.note(&here, Names::Only(BTreeSet::from([name])));
            }
            if is_link {
                links += 1;
                let target = fs::read_link(&step).ok()?;
                if links > MAX_LINKS {
                    return None;
                }
                if target.is_absolute() {
                    here = PathBuf::from("/");
                }
                push(&mut remaining, &target);
            } else if kind.is_err() || !(has_children || remaining.is_empty()) {
                return None;
            } else {
                here = step;
            }
        }
        Some(here)
    }
}

/// Pushes the names of a path onto the remaining ones, so that its first name is popped next.
fn push(remaining: &mut Vec<OsString>, path: &Path) {
    let names = path.components().rev().filter_map(|part| match part {
        Component::Normal(name) => Some(name),
        Component::ParentDir => Some(OsStr::new("..")),
        Component::RootDir | Component::CurDir | Component::Prefix(_) => None,
    });
    remaining.extend(names.map(OsStr::to_owned));
}

impl Names {
    /// Adds names.
    fn add(&mut self, more: Self) {
        match (&mut *self, more) {
            (Self::Only(names), Self::Only(more)) => names.extend(more),
            (names, Self::All) => *names = Self::All,
            (Self::All, Self::Only(_)) => {}
        }
    }

    fn contains(&self, name: &OsStr) -> bool {
        match self {
            Self::All => true,
            Self::Only(names) => names.contains(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::modules::scratch::Scratch;
    use std::os::unix::fs::symlink;

    fn only<'a>(names: impl IntoIterator<Item = &'a str>) -> Names {
        Names::Only(names.into_iter().map(OsString::from).collect())
    }

    fn watching<const N: usize>(wanted: &[(PathBuf, Names); N]) -> Wanted {
        Wanted {
            directories: wanted.iter().cloned().collect(),
            too_many: false,
        }
    }

    #[test]
    fn a_directory_is_watched_with_its_name_in_the_parent() {
        let scratch = Scratch::new();
        let directory = scratch.directory("etc/collectors");
        scratch.write("etc/collectors/x.wasm", "");
        let expected = watching(&[
            (scratch.path("etc"), only(["collectors"])),
            (directory.clone(), Names::All),
        ]);
        assert_eq!(Wanted::of(std::slice::from_ref(&directory), &[]), expected);
        let spelled = scratch.path("etc/./collectors/../collectors/");
        assert_eq!(Wanted::of(&[directory, spelled], &[]), expected);
    }

    #[test]
    fn missing_path_is_awaited_in_its_deepest_existing_parent() {
        let scratch = Scratch::new();
        let etc = scratch.directory("etc");
        let missing = scratch.path("etc/firepit/deep/collectors");
        let expected = watching(&[(etc, only(["firepit"]))]);
        assert_eq!(Wanted::of(std::slice::from_ref(&missing), &[]), expected);
        assert_eq!(Wanted::of(&[], &[missing]), expected);
    }

    #[test]
    fn file_in_place_of_a_directory_is_watched_for_removal() {
        let scratch = Scratch::new();
        scratch.write("firepit", "");
        let expected = watching(&[(scratch.path(""), only(["firepit"]))]);
        let below = scratch.path("firepit/collectors");
        assert_eq!(Wanted::of(&[below], &[]), expected);
        let itself = scratch.path("firepit");
        assert_eq!(Wanted::of(&[itself], &[]), expected);
    }

    #[test]
    fn each_link_of_a_kubernetes_volume_is_followed() {
        let scratch = Scratch::new();
        let volume = scratch.directory("volume");
        let version = scratch.directory("volume/..2026_11_22");
        scratch.write("volume/..2026_11_22/x.wasm", "");
        symlink("..2026_11_22", scratch.path("volume/..data")).unwrap();
        symlink("..data/x.wasm", scratch.path("volume/x.wasm")).unwrap();

        let mounted = (scratch.path(""), only(["volume"]));
        let content = (version.clone(), only(["x.wasm"]));
        assert_eq!(
            Wanted::of(std::slice::from_ref(&volume), &[]),
            watching(&[mounted, (volume.clone(), Names::All), content.clone()])
        );
        let steps = (volume.clone(), only(["x.wasm", "..data"]));
        assert_eq!(
            Wanted::of(&[], &[volume.join("x.wasm")]),
            watching(&[steps, content])
        );
    }

    #[test]
    fn linked_directory_is_watched_at_its_link_and_target() {
        let scratch = Scratch::new();
        let real = scratch.directory("releases/7");
        symlink(&real, scratch.path("current")).unwrap();
        assert_eq!(
            Wanted::of(&[scratch.path("current")], &[]),
            watching(&[
                (scratch.path(""), only(["current"])),
                (scratch.path("releases"), only(["7"])),
                (real, Names::All),
            ])
        );
    }

    #[test]
    fn endless_links_are_abandoned() {
        let scratch = Scratch::new();
        symlink("b", scratch.path("a")).unwrap();
        symlink("a", scratch.path("b")).unwrap();
        let grows = scratch.path("grows");
        symlink("grows/grows/grows", &grows).unwrap();
        assert_eq!(
            Wanted::of(&[scratch.path("a")], &[grows]),
            watching(&[(scratch.path(""), only(["a", "b", "grows"]))])
        );
    }

    #[test]
    fn watched_directories_are_bounded() {
        let mut wanted = Wanted::default();
        for number in 0..=MAX_DIRECTORIES {
            wanted.note(Path::new(&format!("/{number}")), Names::All);
        }
        assert!(wanted.too_many());
        assert_eq!(wanted.directories().count(), MAX_DIRECTORIES);
        assert!(wanted.concerns(Path::new("/1/x")));
        let left_out = PathBuf::from(format!("/{MAX_DIRECTORIES}/x"));
        assert!(!wanted.concerns(&left_out));
    }

    #[test]
    fn other_names_and_directories_are_ignored() {
        let mut wanted = Wanted::default();
        wanted.note(Path::new("/etc"), only(["firepit.yaml"]));
        wanted.note(Path::new("/etc"), only(["firepit"]));
        for (path, relevant) in [
            ("/etc/firepit.yaml", true),
            ("/etc/firepit", true),
            ("/etc", true),
            ("/etc/passwd", false),
            ("/etc/firepit/x", false),
            ("/", false),
            ("", false),
        ] {
            assert_eq!(wanted.concerns(Path::new(path)), relevant, "{path}");
        }
    }
}
