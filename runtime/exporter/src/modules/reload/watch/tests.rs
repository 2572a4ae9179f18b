//! Every way in which writers change modules, against the kernel.

mod unusual;

use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use super::*;
use crate::modules::scan::candidates;
use crate::modules::scan::stamp::Stamp;
use crate::modules::scratch::Scratch;

/// How long the kernel may take before a test fails.
const DEADLINE: Duration = Duration::from_secs(30);

/// A watch on some paths, and its events.
struct Listener {
    watch: Watch,
    events: Receiver<notify::Result<Event>>,
    modules: Vec<PathBuf>,
    files: Vec<PathBuf>,
    /// A directory whose changes are always reported, in order with all others.
    marks: Scratch,
    marked: usize,
}

impl Listener {
    fn to(modules: &[PathBuf], files: &[PathBuf]) -> Self {
        let (on_event, events) = channel();
        let watch = Watch::with_handler(move |event| {
            let _ = on_event.send(event);
        });
        let marks = Scratch::new();
        let mut listener = Self {
            watch: watch.unwrap(),
            events,
            modules: [&[marks.path("")], modules].concat(),
            files: files.to_owned(),
            marks,
            marked: 0,
        };
        listener.set();
        assert!(!listener.has_event());
        listener
    }

    fn set(&mut self) {
        let problems = self.watch.set(&self.modules, &self.files);
        assert!(problems.is_empty(), "{problems:?}");
    }

    /// Whether an event came since the last call. The kernel reports events in order, so an event that
    /// did not come before the mark does not come.
    fn has_event(&mut self) -> bool {
        self.marked += 1;
        let mark = self.marks.directory(&self.marked.to_string());
        let mut any = false;
        loop {
            let event = self.events.recv_timeout(DEADLINE).unwrap().unwrap();
            if event.paths == [mark.as_path()] {
                return any;
            }
            any = true;
        }
    }

    /// Asserts that an event came, and that later changes are still reported.
    #[track_caller]
    fn expect_change(&mut self) {
        assert!(self.has_event(), "nothing was heard");
        self.set();
        self.has_event();
    }
}

/// A collector directory with one module, and a listener on it.
fn one_module() -> (Scratch, PathBuf, Listener) {
    let scratch = Scratch::new();
    let directory = scratch.directory("collectors");
    scratch.write("collectors/x.wasm", "one");
    let listener = Listener::to(std::slice::from_ref(&directory), &[]);
    (scratch, directory, listener)
}

/// Number of watches that the kernel has on a directory for this process.
fn watches_of(directory: &Path) -> usize {
    let inode = format!(" ino:{:x} ", Stamp::of(directory).unwrap().inode);
    let files = fs::read_dir("/proc/self/fdinfo").unwrap();
    // Other tests close theirs in the meantime.
    let infos = files.filter_map(|file| fs::read_to_string(file.unwrap().path()).ok());
    let count = |infos: String| {
        let watches = infos.lines().filter(|line| line.starts_with("inotify "));
        watches.filter(|line| line.contains(&inode)).count()
    };
    infos.map(count).sum()
}

fn names(directory: &Path) -> Vec<String> {
    let (candidates, problems) = candidates::in_directories(&[directory.to_owned()]);
    assert!(problems.is_empty(), "{problems:?}");
    let names = candidates.iter().map(|candidate| {
        let name = candidate.path.file_name().unwrap();
        name.to_str().unwrap().to_owned()
    });
    names.collect()
}

#[test]
fn caller_is_notified_of_a_rename() {
    let (scratch, directory, _) = one_module();
    let (on_event, events) = channel();
    let mut watch = Watch::new(move || {
        let _ = on_event.send(());
    })
    .unwrap();
    let problems = watch.set(std::slice::from_ref(&directory), &[]);
    assert!(problems.is_empty(), "{problems:?}");
    fs::rename(directory.join("x.wasm"), directory.join("y.wasm")).unwrap();
    events.recv_timeout(DEADLINE).unwrap();
    drop(scratch);
}

#[test]
fn a_rename_over_the_module() {
    let (scratch, directory, mut listener) = one_module();
    let path = directory.join("x.wasm");
    let before = Stamp::of(&path).unwrap();
    let new = scratch.write("x.wasm.new", "two");
    assert!(!listener.has_event(), "it is written elsewhere");
    fs::rename(new, &path).unwrap();
    listener.expect_change();
    assert_ne!(Stamp::of(&path).unwrap(), before);
}

#[test]
fn a_rewrite_in_place() {
    let (scratch, directory, mut listener) = one_module();
    let before = Stamp::of(&directory.join("x.wasm")).unwrap();
    scratch.write("collectors/x.wasm", "longer");
    listener.expect_change();
    let after = Stamp::of(&directory.join("x.wasm")).unwrap();
    assert_eq!(after.inode, before.inode);
    assert_ne!(after, before);
}

#[test]
fn each_piece_of_a_slow_copy() {
    let (_scratch, directory, mut listener) = one_module();
    let path = directory.join("y.wasm");
    let mut file = File::create(&path).unwrap();
    listener.expect_change();
    let mut stamps = vec![Stamp::of(&path).unwrap()];
    for _ in 0..10 {
        file.write_all(&[0; 10_000]).unwrap();
        listener.expect_change();
        stamps.push(Stamp::of(&path).unwrap());
    }
    let count = stamps.len();
    stamps.dedup();
    assert_eq!(stamps.len(), count, "each piece shows in the stamp");
    drop(file);
    listener.expect_change();
}

#[test]
fn a_removal() {
    let (_scratch, directory, mut listener) = one_module();
    fs::remove_file(directory.join("x.wasm")).unwrap();
    listener.expect_change();
    assert!(names(&directory).is_empty());
}

#[test]
fn a_permission_given_later() {
    let (_scratch, directory, mut listener) = one_module();
    let mode = fs::Permissions::from_mode(0o640);
    fs::set_permissions(directory.join("x.wasm"), mode).unwrap();
    listener.expect_change();
}

#[test]
fn an_editor_that_renames_the_old_file_away() {
    let (scratch, directory, mut listener) = one_module();
    // A test file for permissions, then the swap file, then the file itself.
    scratch.write("collectors/4913", "");
    fs::remove_file(directory.join("4913")).unwrap();
    scratch.write("collectors/.x.wasm.swp", "changes");
    listener.expect_change();
    assert_eq!(names(&directory), ["x.wasm"]);

    fs::rename(directory.join("x.wasm"), directory.join("x.wasm~")).unwrap();
    listener.expect_change();
    assert!(names(&directory).is_empty(), "for a moment it is gone");

    scratch.write("collectors/x.wasm", "two");
    listener.expect_change();
    assert_eq!(names(&directory), ["x.wasm"]);

    fs::remove_file(directory.join("x.wasm~")).unwrap();
    fs::remove_file(directory.join(".x.wasm.swp")).unwrap();
    listener.expect_change();
    assert_eq!(names(&directory), ["x.wasm"]);
}

#[test]
fn an_editor_that_locks_with_a_link_to_nowhere() {
    let (scratch, directory, mut listener) = one_module();
    symlink("me@here.4711:1700000000", directory.join(".#x.wasm")).unwrap();
    scratch.write("collectors/#x.wasm#", "saved by itself");
    listener.expect_change();
    assert_eq!(names(&directory), ["x.wasm"]);

    fs::copy(directory.join("x.wasm"), directory.join("x.wasm~")).unwrap();
    scratch.write("collectors/x.wasm", "longer");
    fs::remove_file(directory.join("#x.wasm#")).unwrap();
    fs::remove_file(directory.join(".#x.wasm")).unwrap();
    listener.expect_change();
    assert_eq!(names(&directory), ["x.wasm"]);
}

/// Creates a version of a Kubernetes volume and switches `..data` to it, as the kubelet does.
fn turn(volume: &Path, version: &str, content: &str) {
    fs::create_dir(volume.join(version)).unwrap();
    fs::write(volume.join(version).join("x.wasm"), content).unwrap();
    symlink(version, volume.join("..data_tmp")).unwrap();
    fs::rename(volume.join("..data_tmp"), volume.join("..data")).unwrap();
}

#[test]
fn kubernetes_volume_switched_to_its_next_version() {
    let scratch = Scratch::new();
    let volume = scratch.directory("volume");
    turn(&volume, "..2026_1", "one");
    symlink("..data/x.wasm", volume.join("x.wasm")).unwrap();
    let path = volume.join("x.wasm");
    let before = Stamp::of(&path).unwrap();
    let mut named = Listener::to(&[], std::slice::from_ref(&path));
    let mut listed = Listener::to(std::slice::from_ref(&volume), &[]);

    turn(&volume, "..2026_2", "two");
    fs::remove_dir_all(volume.join("..2026_1")).unwrap();
    for listener in [&mut named, &mut listed] {
        listener.expect_change();
    }
    assert_eq!(names(&volume), ["x.wasm"]);
    assert_ne!(Stamp::of(&path).unwrap(), before);

    scratch.write("volume/..2026_2/x.wasm", "three");
    for listener in [&mut named, &mut listed] {
        listener.expect_change();
    }
    turn(&volume, "..2026_3", "four");
    for listener in [&mut named, &mut listed] {
        listener.expect_change();
    }
}

#[test]
fn the_target_of_a_link_that_lies_elsewhere() {
    let scratch = Scratch::new();
    let directory = scratch.directory("collectors");
    let build = scratch.directory("build");
    symlink("../build/x.wasm", directory.join("x.wasm")).unwrap();
    let mut listener = Listener::to(std::slice::from_ref(&directory), &[]);

    scratch.write("build/x.wasm", "one");
    listener.expect_change();
    scratch.write("build/x.wasm", "two");
    listener.expect_change();
    let new = scratch.write("build/out", "three");
    assert!(!listener.has_event(), "other files there do not matter");
    fs::rename(new, build.join("x.wasm")).unwrap();
    listener.expect_change();

    scratch.write("collectors/y.wasm", "");
    fs::remove_file(directory.join("x.wasm")).unwrap();
    listener.expect_change();
    scratch.write("build/x.wasm", "four");
    assert!(!listener.has_event(), "nothing leads there any more");
}

#[test]
fn directory_link_switched_to_another_target() {
    let scratch = Scratch::new();
    scratch.directory("releases/1");
    scratch.directory("releases/2");
    let current = scratch.path("current");
    symlink("releases/1", &current).unwrap();
    let mut listener = Listener::to(std::slice::from_ref(&current), &[]);
    scratch.write("releases/1/x.wasm", "one");
    listener.expect_change();

    symlink("releases/2", scratch.path("next")).unwrap();
    fs::rename(scratch.path("next"), &current).unwrap();
    listener.expect_change();
    scratch.write("releases/2/x.wasm", "two");
    listener.expect_change();
    scratch.write("releases/1/x.wasm", "three");
    assert!(!listener.has_event(), "it is no longer the current one");
}

#[test]
fn a_directory_that_is_removed_and_made_again() {
    let (scratch, directory, mut listener) = one_module();
    // A process has the directory open: the kernel reports its removal to the parent only.
    let shell = File::open(&directory).unwrap();
    fs::remove_dir_all(&directory).unwrap();
    listener.expect_change();
    scratch.directory("collectors");
    listener.expect_change();
    scratch.write("collectors/x.wasm", "two");
    listener.expect_change();
    drop(shell);
    listener.set();
    listener.has_event();
    scratch.write("collectors/x.wasm", "three");
    listener.expect_change();
}

#[test]
fn a_directory_that_is_replaced_while_it_is_being_watched() {
    let (scratch, directory, mut listener) = one_module();
    for round in 0..100 {
        fs::remove_dir_all(&directory).unwrap();
        scratch.directory("collectors");
        // Before the watching thread has read the event, or after.
        listener.set();
        listener.expect_change();
        scratch.write("collectors/x.wasm", "two");
        assert!(listener.has_event(), "not after replacement {round}");
    }
}

#[test]
fn a_directory_that_is_moved_away_and_made_again() {
    let (scratch, directory, mut listener) = one_module();
    let old = scratch.path("collectors.old");
    fs::rename(&directory, &old).unwrap();
    scratch.directory("collectors");
    listener.expect_change();
    scratch.write("collectors/x.wasm", "two");
    listener.expect_change();
    scratch.write("collectors.old/x.wasm", "three");
    assert!(!listener.has_event(), "it is not the directory any more");

    fs::remove_dir_all(&directory).unwrap();
    fs::rename(&old, &directory).unwrap();
    listener.expect_change();
    scratch.write("collectors/x.wasm", "four");
    listener.expect_change();
}

#[test]
fn a_directory_that_does_not_exist_at_first() {
    let scratch = Scratch::new();
    let directory = scratch.path("etc/firepit/collectors");
    let mut listener = Listener::to(std::slice::from_ref(&directory), &[]);
    scratch.write("passwd", "");
    assert!(!listener.has_event(), "other names do not matter");
    for step in ["etc", "etc/firepit", "etc/firepit/collectors"] {
        scratch.directory(step);
        listener.expect_change();
    }
    scratch.write("etc/firepit/collectors/x.wasm", "one");
    listener.expect_change();

    fs::remove_dir_all(scratch.path("etc")).unwrap();
    listener.expect_change();
    scratch.directory("etc/firepit/collectors");
    scratch.write("etc/firepit/collectors/x.wasm", "two");
    listener.expect_change();
    scratch.write("etc/firepit/collectors/y.wasm", "three");
    listener.expect_change();
}

#[test]
fn file_watched_by_its_own_path() {
    let scratch = Scratch::new();
    let path = scratch.path("firepit.yaml");
    let mut listener = Listener::to(&[], std::slice::from_ref(&path));
    for content in ["one", "two"] {
        scratch.write("firepit.yaml", content);
        listener.expect_change();
    }
    let new = scratch.write(".firepit.yaml.a1B2c3", "three");
    assert!(!listener.has_event(), "other names do not matter");
    fs::rename(new, &path).unwrap();
    listener.expect_change();
    fs::remove_file(&path).unwrap();
    listener.expect_change();
}

#[test]
fn a_file_whose_directory_is_replaced() {
    let scratch = Scratch::new();
    let directory = scratch.directory("etc");
    let path = scratch.write("etc/firepit.yaml", "one");
    let mut listener = Listener::to(&[], &[path]);
    let old = scratch.path("etc.old");
    fs::rename(&directory, &old).unwrap();
    scratch.directory("etc");
    listener.expect_change();
    assert_eq!((watches_of(&old), watches_of(&directory)), (0, 1));
    scratch.write("etc.old/firepit.yaml", "two");
    assert!(!listener.has_event(), "it is another file now");
    scratch.write("etc/firepit.yaml", "three");
    listener.expect_change();
}

#[test]
fn reading_causes_no_event() {
    let (_scratch, directory, mut listener) = one_module();
    let path = directory.join("x.wasm");
    for _ in 0..10 {
        fs::read(&path).unwrap();
        names(&directory);
        Stamp::of(&path).unwrap();
        listener.set();
    }
    assert!(!listener.has_event());
}

#[test]
fn removed_watch_causes_no_event() {
    let (scratch, directory, mut listener) = one_module();
    assert_eq!(watches_of(&directory), 1);
    listener.modules.pop();
    listener.set();
    assert_eq!(watches_of(&directory), 0);
    scratch.write("collectors/x.wasm", "two");
    assert!(!listener.has_event());
    listener.modules.push(directory);
    listener.set();
    scratch.write("collectors/x.wasm", "three");
    assert!(listener.has_event());
}

#[test]
fn a_directory_mounted_twice_has_one_watch() {
    let (scratch, directory, mut listener) = one_module();
    // For the kernel a link to a directory is equivalent to a second mount of it.
    let link = scratch.path("link");
    symlink(&directory, &link).unwrap();
    let only = |name: &str| wanted::Names::Only([name.into()].into());
    let mut both = Wanted::default();
    both.note(&listener.marks.path(""), wanted::Names::All);
    let mut one = both.clone();
    both.note(&directory, only("x.wasm"));
    both.note(&link, only("y.wasm"));
    one.note(&link, only("y.wasm"));

    for _ in 0..2 {
        assert!(listener.watch.apply(&both).is_empty());
        listener.has_event();
        for file in ["collectors/x.wasm", "collectors/y.wasm"] {
            scratch.write(file, "two");
            assert!(listener.has_event(), "{file}");
        }
        assert!(listener.watch.apply(&one).is_empty());
        listener.has_event();
        scratch.write("collectors/y.wasm", "three");
        assert!(listener.has_event(), "the watch went with the other path");
    }
}
