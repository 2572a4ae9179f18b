//! Files that stay open.

use std::cell::Cell;
use std::fs::File;
use std::process::{Command, Stdio};

use super::*;
use crate::files::kept::{Directory, Kept, Room};
use crate::files::kind::Kernel;
use crate::files::open::{OpenError, Source};
use crate::grants::Weight;
use crate::grants::path::Tree;

/// A file as it is when it was opened a moment before.
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

/// What is kept, and how often something had to be opened.
struct Shelf {
    kept: Kept,
    room: Arc<Room>,
    meter: Meter,
    opened: Cell<usize>,
}

impl Shelf {
    fn new(room: usize) -> Self {
        Self {
            kept: Kept::default(),
            room: Room::of(room),
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
            .kept
            .read(Some(directory), "x", &self.room, &self.meter, open);
        read.map_err(FileError::from)?
    }

    fn proc(&mut self, path: &str) -> Result<Vec<u8>, FileError> {
        self.read(Directory::Proc(path), path, Some(Kernel::Proc))
    }
}

#[test]
fn what_is_read_again_stays_open_and_shows_what_is_new() {
    let temp = Temp::new();
    let path = temp.text("file");
    let mut shelf = Shelf::new(8);
    for content in ["one", "another", ""] {
        temp.file("file", content);
        assert_eq!(shelf.proc(&path).unwrap(), content.as_bytes());
        shelf.kept.begin(0);
    }
    assert_eq!(shelf.opened.get(), 1);
}

/// As after a mount, which may be over the very file.
#[test]
fn after_a_change_of_mounts_all_is_opened_anew() {
    let temp = Temp::new();
    temp.file("file", "x");
    let path = temp.text("file");
    let mut shelf = Shelf::new(2);
    for generation in [0, 0, 1, 1, 2] {
        shelf.kept.begin(generation);
        shelf.proc(&path).unwrap();
        shelf
            .read(Directory::Sys(1), &path, Some(Kernel::Sys))
            .unwrap();
    }
    assert_eq!(shelf.opened.get(), 6);
}

#[test]
fn what_a_call_did_not_read_is_closed() {
    let temp = Temp::new();
    temp.file("file", "x");
    let path = temp.text("file");
    let mut shelf = Shelf::new(1);
    shelf.proc(&path).unwrap();
    for _ in 0..2 {
        shelf.kept.begin(0);
    }
    shelf.proc(&path).unwrap();
    assert_eq!(shelf.opened.get(), 2);
}

#[test]
fn there_is_so_much_room_and_no_more() {
    let temp = Temp::new();
    let mut shelf = Shelf::new(2);
    for _ in 0..3 {
        shelf.kept.begin(0);
        for name in ["a", "b", "c"] {
            temp.file(name, name);
            assert_eq!(shelf.proc(&temp.text(name)).unwrap(), name.as_bytes());
        }
    }
    assert_eq!(shelf.opened.get(), 5, "the third one each time");
}

#[test]
fn one_collector_does_not_take_all_the_room() {
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
fn only_what_the_kernel_makes_stays_open() {
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
fn what_is_gone_is_opened_anew() {
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

/// As an attribute of an interface that is down says.
#[test]
fn having_no_value_is_an_answer() {
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
fn a_limit_is_met_by_what_is_open_too() {
    let temp = Temp::new();
    temp.file("file", "x");
    let path = temp.text("file");
    let mut shelf = Shelf::new(8);
    shelf.proc(&path).unwrap();
    temp.file("file", vec![b'x'; Limits::default().file_bytes + 1]);
    assert_eq!(shelf.proc(&path), Err(FileError::TooLarge));
    assert_eq!(shelf.opened.get(), 1);
}

/// Of processes only the own one's files stay open.
#[test]
fn files_of_processes_come_and_go() {
    let real = RootPaths {
        procfs: "/proc".into(),
        sysfs: "/sys".into(),
        rootfs: "/".into(),
        udev_data: "/run/udev/data".into(),
    };
    let roots = Roots::open(&real).unwrap();
    let held = roots.hold(Place::Tree(Tree::Proc)).unwrap();
    let spot = held.at(Place::Tree(Tree::Proc), None);
    let own = format!("{}/net", std::process::id());
    for (path, stays) in [
        ("", true),
        ("sys/kernel", true),
        (own.as_str(), true),
        ("1", false),
        ("4000000/net", false),
    ] {
        let expected = stays.then_some(Directory::Proc(path));
        assert_eq!(spot.root.standing(path), expected, "{path}");
    }
    let held = roots.hold(Place::Tree(Tree::Sys)).unwrap();
    let spot = held.at(Place::Tree(Tree::Sys), None);
    assert_eq!(spot.root.standing("class/net"), None);
}
