//! The cache of open files.

use std::cell::Cell;
use std::fs::File;
use std::process::{Command, Stdio};

use super::*;
use crate::files::kind::Kernel;
use crate::files::open::{OpenError, Source};
use crate::files::open_file_cache::{Directory, FdBudget, OpenFileCache};
use crate::grants::Weight;
use crate::grants::path::Tree;

/// A newly opened file.
fn open(path: &str, kernel: Option<Kernel>) -> Result<Source, OpenError> {
    match File::open(path) {
        Ok(file) => Ok(Source {
            fd: file.into(),
            kernel,
            size: None,
        }),
        Err(_) => Err(OpenError::Os(Errno::NOENT)),
    }
}

/// The cache, and the number of opened files.
struct Shelf {
    cache: OpenFileCache,
    fd_budget: Arc<FdBudget>,
    meter: Meter,
    opened: Cell<usize>,
}

impl Shelf {
    fn new(fd_budget: usize) -> Self {
        Self {
            cache: OpenFileCache::default(),
            fd_budget: FdBudget::of(fd_budget),
            meter: Meter::new(&Limits::default(), Weight::default()),
            opened: Cell::new(0),
        }
    }

    fn read(
        &mut self,
        directory: Directory<'_>,
        path: &str,
        kernel: Option<Kernel>,
    ) -> Result<Vec<u8>, FileError> {
        let open = || {
            self.opened.set(self.opened.get() + 1);
            open(path, kernel)
        };
        let read = self
            .cache
            .read(Some(directory), "x", &self.fd_budget, &self.meter, open);
        read.map_err(FileError::from)?
    }

    fn proc(&mut self, path: &str) -> Result<Vec<u8>, FileError> {
        self.read(Directory::Proc(path), path, Some(Kernel::Proc))
    }
}

#[test]
fn reread_file_stays_open_and_shows_new_content() {
    let temp = Temp::new();
    let path = temp.text("file");
    let mut shelf = Shelf::new(8);
    for content in ["one", "another", ""] {
        temp.file("file", content);
        assert_eq!(shelf.proc(&path).unwrap(), content.as_bytes());
        shelf.cache.begin(0);
    }
    assert_eq!(shelf.opened.get(), 1);
}

/// As after a mount, which may cover the file itself.
#[test]
fn mount_change_reopens_all_files() {
    let temp = Temp::new();
    temp.file("file", "x");
    let path = temp.text("file");
    let mut shelf = Shelf::new(2);
    for generation in [0, 0, 1, 1, 2] {
        shelf.cache.begin(generation);
        shelf.proc(&path).unwrap();
        shelf
            .read(Directory::Sys(1), &path, Some(Kernel::Sys))
            .unwrap();
    }
    assert_eq!(shelf.opened.get(), 6);
}

#[test]
fn file_unread_by_a_call_is_closed() {
    let temp = Temp::new();
    temp.file("file", "x");
    let path = temp.text("file");
    let mut shelf = Shelf::new(1);
    shelf.proc(&path).unwrap();
    for _ in 0..2 {
        shelf.cache.begin(0);
    }
    shelf.proc(&path).unwrap();
    assert_eq!(shelf.opened.get(), 2);
}

#[test]
fn number_of_open_files_is_bounded() {
    let temp = Temp::new();
    let mut shelf = Shelf::new(2);
    for _ in 0..3 {
        shelf.cache.begin(0);
        for name in ["a", "b", "c"] {
            temp.file(name, name);
            assert_eq!(shelf.proc(&temp.text(name)).unwrap(), name.as_bytes());
        }
    }
    assert_eq!(shelf.opened.get(), 5, "the third one each time");
}

#[test]
fn one_collector_cannot_fill_the_cache() {
    let temp = Temp::new();
    temp.file("file", "x");
    let path = temp.text("file");
    let mut shelf = Shelf::new(1000);
    for _ in 0..2 {
        for inode in 0..300 {
            let read = shelf.read(Directory::Sys(inode), &path, Some(Kernel::Sys));
            read.unwrap();
        }
    }
    assert_eq!(shelf.opened.get(), 300 + 44);
}

#[test]
fn only_kernel_files_stay_open() {
    let temp = Temp::new();
    temp.file("file", "x");
    let path = temp.text("file");
    let mut shelf = Shelf::new(8);
    for _ in 0..2 {
        shelf.read(Directory::Proc("a"), &path, None).unwrap();
    }
    assert_eq!(shelf.opened.get(), 2);
}

#[test]
fn a_file_is_known_by_its_directory() {
    let temp = Temp::new();
    let mut shelf = Shelf::new(8);
    for _ in 0..2 {
        for (inode, content) in [(1, "one"), (2, "two")] {
            temp.file(content, content);
            let path = temp.text(content);
            let read = shelf.read(Directory::Sys(inode), &path, Some(Kernel::Sys));
            assert_eq!(read.unwrap(), content.as_bytes());
        }
    }
    assert_eq!(shelf.opened.get(), 2);
}

#[test]
fn vanished_file_is_opened_again() {
    let mut child = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
    let path = format!("/proc/{}/comm", child.id());
    let mut shelf = Shelf::new(8);
    for _ in 0..2 {
        assert!(shelf.proc(&path).is_ok());
    }
    assert_eq!(shelf.opened.get(), 1);
    drop(child.stdin.take());
    child.wait().unwrap();
    assert_eq!(shelf.proc(&path), Err(FileError::NotFound));
    assert_eq!(shelf.opened.get(), 2);
}

/// As an attribute of an interface that is down reports.
#[test]
fn error_for_a_missing_value_keeps_the_file_open() {
    let mut shelf = Shelf::new(8);
    let path = "/sys/class/net/lo/duplex";
    let no_value = Err(FileError::Os(Errno::INVAL.raw_os_error()));
    for _ in 0..2 {
        let read = shelf.read(Directory::Sys(1), path, Some(Kernel::Sys));
        assert_eq!(read, no_value);
    }
    assert_eq!(shelf.opened.get(), 1);
}

#[test]
fn size_limit_applies_to_open_files() {
    let temp = Temp::new();
    temp.file("file", "x");
    let path = temp.text("file");
    let mut shelf = Shelf::new(8);
    shelf.proc(&path).unwrap();
    temp.file("file", vec![b'x'; Limits::default().file_bytes + 1]);
    assert_eq!(shelf.proc(&path), Err(FileError::TooLarge));
    assert_eq!(shelf.opened.get(), 1);
}

/// Of the files of processes only those of firepit's own process stay open.
#[test]
fn only_own_process_files_stay_open() {
    let real = RootPaths {
        procfs: "/proc".into(),
        sysfs: "/sys".into(),
        rootfs: "/".into(),
        udev_data: "/run/udev/data".into(),
    };
    let roots = Roots::open(&real).unwrap();
    let root_ref = roots.get(GuestRoot::Tree(Tree::Proc)).unwrap();
    let lookup = root_ref.at(GuestRoot::Tree(Tree::Proc), None);
    let own = format!("{}/net", std::process::id());
    for (path, stays) in [
        ("", true),
        ("sys/kernel", true),
        (own.as_str(), true),
        ("1", false),
        ("4000000/net", false),
    ] {
        let expected = stays.then_some(Directory::Proc(path));
        assert_eq!(lookup.root.cacheable_dir(path), expected, "{path}");
    }
    let root_ref = roots.get(GuestRoot::Tree(Tree::Sys)).unwrap();
    let lookup = root_ref.at(GuestRoot::Tree(Tree::Sys), None);
    assert_eq!(lookup.root.cacheable_dir("class/net"), None);
}
