//! Recordings: what a replay shows, and what it never accesses.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use super::access_log::AccessLog;
use super::tree::Tree;
use super::write::{RecordError, Target};
use firepit_sandbox::files::{Entry, FileError, Files, RootError, RootPaths, Roots, Stat};
use firepit_sandbox::grants::Grants;
use firepit_sandbox::limits::Limits;

/// A directory that is removed at the end of the test.
struct Temp(PathBuf);

impl Temp {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("firepit-dry-run-{}-{count}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir(&path).unwrap();
        Self(path)
    }

    /// A host with empty trees.
    fn host() -> Self {
        let temp = Self::new();
        for tree in ["proc", "sys", "rootfs"] {
            fs::create_dir(temp.path(tree)).unwrap();
        }
        temp
    }

    fn path(&self, below: &str) -> PathBuf {
        self.0.join(below)
    }

    fn file(&self, below: &str, content: &str) {
        let path = self.path(below);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    fn link(&self, below: &str, target: impl AsRef<Path>) {
        let path = self.path(below);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        symlink(target, path).unwrap();
    }

    fn paths(&self) -> RootPaths {
        RootPaths {
            procfs: self.path("proc"),
            sysfs: self.path("sys"),
            rootfs: self.path("rootfs"),
            udev_data: self.path("udev"),
        }
    }

    fn roots(&self) -> Roots {
        Roots::open(&self.paths()).unwrap()
    }

    fn replay(&self) -> Roots {
        Roots::replay(&self.0, &self.paths()).unwrap()
    }

    /// Everything in it with its size, and the targets of links.
    fn all(&self) -> Vec<String> {
        let mut found = Vec::new();
        let mut todo = vec![self.0.clone()];
        while let Some(directory) = todo.pop() {
            for entry in fs::read_dir(directory).unwrap() {
                let path = entry.unwrap().path();
                let kind = path.symlink_metadata().unwrap();
                let below = path.strip_prefix(&self.0).unwrap().display();
                if kind.is_symlink() {
                    found.push(format!(
                        "{below} -> {}",
                        path.read_link().unwrap().display()
                    ));
                } else if kind.is_dir() {
                    found.push(format!("{below}/"));
                    todo.push(path);
                } else {
                    found.push(format!("{below} {}", kind.len()));
                }
            }
        }
        found.sort();
        found
    }
}

impl Drop for Temp {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn files(roots: Roots, patterns: &[&str], option: &str) -> Files {
    let patterns: Vec<String> = patterns.iter().map(|text| (*text).to_owned()).collect();
    let values = |_: &str| Some(vec![option.to_owned()]);
    let grants = Grants::compile(&patterns, &values).unwrap();
    Files::new(Arc::new(roots), grants, &Limits::default())
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// Runs `look` on a host, and writes what it was shown.
fn record<T>(mut files: Files, look: impl Fn(&mut Files) -> T) -> (Temp, T) {
    let access_log = Arc::new(AccessLog::new(true));
    let seeing: Arc<AccessLog> = Arc::clone(&access_log);
    files = files.observed(seeing);
    let shown = look(&mut files);
    let recording = Temp::new();
    let target = Target::prepare(&recording.0).unwrap();
    let written = access_log.with_tree(|tree| target.write(tree, &[], "About.\n"));
    written.unwrap().unwrap();
    (recording, shown)
}

const EVERYTHING: &[&str] = &["/proc/**", "/sys/**", "/rootfs/**", "/udev/**"];

type Read = Result<Vec<u8>, FileError>;

#[derive(Debug, PartialEq)]
struct Shown {
    reads: Vec<Read>,
    many: Vec<Result<Vec<Read>, FileError>>,
    lists: Vec<Result<Vec<Entry>, FileError>>,
    links: Vec<Result<String, FileError>>,
    stats: Vec<Result<Stat, FileError>>,
}

fn look(files: &mut Files) -> Shown {
    let each = ["mtu", "flags", "none", "up", "out"];
    Shown {
        reads: [
            "/proc/net/dev",
            "/proc/none",
            "/sys/class/net/lo/mtu",
            "/sys/class/net/lo/out",
            "/sys/class/net/gone/mtu",
            "/sys/class/net/lo/pipe",
            "/sys/class",
        ]
        .map(|path| files.read(path))
        .into(),
        many: ["/sys/class/net/lo", "/sys/class/net/eth0", "/sys/none"]
            .map(|path| files.read_many(path, &names(&each)))
            .into(),
        lists: [
            "/sys/class/net",
            "/sys/class/net/lo",
            "/sys/empty",
            "/udev",
            "/sys/class/net/lo/mtu",
        ]
        .map(|path| files.list(path))
        .into(),
        links: [
            "/sys/class/net/lo",
            "/sys/class/net/gone",
            "/sys/class/net/lo/out",
            "/sys/class/net/lo/mtu",
        ]
        .map(|path| files.read_link(path))
        .into(),
        stats: [
            "/proc/net/dev",
            "/rootfs/old",
            "/rootfs/dir",
            "/rootfs/none",
            "/sys/class/net/lo/pipe",
        ]
        .map(|path| files.stat(path))
        .into(),
    }
}

/// Without the sizes of directories, which depend on the file system.
fn without_sizes_of_directories(mut shown: Shown) -> Shown {
    for stat in shown.stats.iter_mut().flatten() {
        if stat.kind == firepit_sandbox::files::EntryKind::Directory {
            stat.size = 0;
        }
    }
    shown
}

fn host() -> Temp {
    let host = Temp::host();
    host.file("proc/self_/net/dev", "lo: 1\n");
    host.link("proc/net", "self/net");
    host.link("proc/self", "self_");
    let lo = "sys/devices/virtual/net/lo";
    host.file(&format!("{lo}/mtu"), "65536\n");
    host.file(&format!("{lo}/flags"), "0x9\n");
    host.file(&format!("{lo}/unread"), "secret");
    host.link(&format!("{lo}/up"), "../lo/mtu");
    host.link(&format!("{lo}/out"), "/etc/hostname");
    let pipe = host.path(&format!("{lo}/pipe"));
    let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
    let kind = rustix::fs::FileType::Fifo;
    rustix::fs::mknodat(rustix::fs::CWD, pipe, kind, mode, 0).unwrap();
    host.file("sys/devices/virtual/net/eth0/other", "");
    host.link("sys/class/net/lo", "../../devices/virtual/net/lo");
    host.link("sys/class/net/eth0", "../../devices/virtual/net/eth0");
    host.link("sys/class/net/gone", "../../devices/virtual/net/gone");
    fs::create_dir(host.path("sys/empty")).unwrap();
    host.file("rootfs/old", "12345");
    let time = std::time::UNIX_EPOCH + std::time::Duration::from_nanos(1_000_000_000_000_000_123);
    let old = fs::File::options()
        .write(true)
        .open(host.path("rootfs/old"));
    old.unwrap().set_modified(time).unwrap();
    host.file("rootfs/dir/inside", "");
    let directory = fs::File::open(host.path("rootfs/dir")).unwrap();
    directory.set_modified(time).unwrap();
    host
}

#[test]
fn replay_gives_the_answers_of_the_host() {
    let host = host();
    let (recording, shown) = record(files(host.roots(), EVERYTHING, ""), look);
    assert_eq!(shown.reads[0].as_deref(), Ok(&b"lo: 1\n"[..]));
    assert_eq!(shown.reads[3], Err(FileError::NotPermitted));
    assert_eq!(shown.stats[1].unwrap().modified_nanoseconds, 123);
    let again = look(&mut files(recording.replay(), EVERYTHING, ""));
    assert_eq!(
        without_sizes_of_directories(again),
        without_sizes_of_directories(shown)
    );
}

#[test]
fn recording_contains_only_accessed_files() {
    let host = host();
    let (recording, _) = record(files(host.roots(), EVERYTHING, ""), |files| {
        files.list("/sys/class/net/lo").unwrap();
        files.read("/sys/class/net/lo/mtu").unwrap();
        files.read("/proc/net/dev").unwrap();
        files.stat("/rootfs/old").unwrap();
        files.read("/rootfs/none").unwrap_err();
    });
    assert_eq!(
        recording.all(),
        [
            "README 7",
            "proc/",
            "proc/net -> self/net",
            "proc/self -> self_",
            "proc/self_/",
            "proc/self_/net/",
            "proc/self_/net/dev 6",
            "rootfs/",
            "rootfs/old 5",
            "sys/",
            "sys/class/",
            "sys/class/net/",
            "sys/class/net/lo -> ../../devices/virtual/net/lo",
            "sys/devices/",
            "sys/devices/virtual/",
            "sys/devices/virtual/net/",
            "sys/devices/virtual/net/lo/",
            "sys/devices/virtual/net/lo/flags 0",
            "sys/devices/virtual/net/lo/mtu 6",
            "sys/devices/virtual/net/lo/out -> /etc/hostname",
            "sys/devices/virtual/net/lo/pipe 0",
            "sys/devices/virtual/net/lo/unread 0",
            "sys/devices/virtual/net/lo/up -> ../lo/mtu",
        ]
    );
}

#[test]
fn recording_is_readable_by_its_owner_only() {
    let host = host();
    let (recording, _) = record(files(host.roots(), EVERYTHING, ""), look);
    for (path, mode) in [
        ("README", 0o600),
        ("proc", 0o700),
        ("proc/self_/net/dev", 0o600),
    ] {
        let found = fs::metadata(recording.path(path)).unwrap();
        assert_eq!(found.permissions().mode() & 0o777, mode, "{path}");
    }
}

#[test]
fn the_directories_of_options_are_recorded_too() {
    let host = Temp::new();
    host.file("text/a.prom", "a 1\n");
    host.file("text/b.txt", "");
    let directory = host.path("text").to_str().unwrap().to_owned();
    let patterns = ["{directory}/*.prom"];
    let look = |files: &mut Files| {
        let path = format!("{directory}/a.prom");
        (files.list(&directory), files.read(&path), files.stat(&path))
    };
    let real = || Roots::open(&Temp::host().paths()).unwrap();
    let (recording, shown) = record(files(real(), &patterns, &directory), look);
    assert_eq!(shown.1.as_deref(), Ok(&b"a 1\n"[..]));
    // The replay does not read the host's files, which are gone.
    drop(host);
    let mut again = files(recording.replay(), &patterns, &directory);
    assert_eq!(look(&mut again), shown);
    let mut elsewhere = files(recording.replay(), &patterns, "/etc");
    assert_eq!(elsewhere.list("/etc"), Err(FileError::NotFound));
}

#[test]
fn replay_cannot_leave_the_recording() {
    let outside = Temp::new();
    outside.file("proc/a", "outside");
    outside.file("a.prom", "outside");
    let recording = Temp::host();
    recording.link("rootfs/text", &outside.0);
    recording.link("rootfs/up", "../..");
    let patterns = ["{directory}/*.prom", "/rootfs/**"];
    for directory in ["/text", "/up"] {
        let mut files = files(recording.replay(), &patterns, directory);
        let path = format!("{directory}/a.prom");
        assert!(files.read(&path).is_err(), "{directory}");
        assert!(files.list(directory).is_err(), "{directory}");
        assert!(
            files.read(&format!("/rootfs{path}")).is_err(),
            "{directory}"
        );
    }
    fs::remove_dir(recording.path("proc")).unwrap();
    let refused = |recording: &Temp| {
        let error = Roots::replay(&recording.0, &recording.paths()).unwrap_err();
        assert!(matches!(error, RootError::Recording { .. }), "{error}");
        assert!(error.to_string().contains("proc"), "{error}");
    };
    refused(&recording);
    recording.link("proc", outside.path("proc"));
    refused(&recording);
    let live = Roots::replay(Path::new("/"), &recording.paths());
    assert!(matches!(live, Err(RootError::KernelOwn { .. })));
}

#[test]
fn host_without_udev_replays_without_udev() {
    let recording = Temp::host();
    let mut shown = recording.paths();
    shown.udev_data = "/".into();
    let roots = Roots::replay(&recording.0, &shown).unwrap();
    let mut files = files(roots, EVERYTHING, "");
    assert_eq!(files.list("/udev"), Err(FileError::NotFound));
    assert_eq!(files.display_path("/udev/b8"), "/b8");
}

#[test]
fn recording_does_not_write_through_links_or_above() {
    let outside = Temp::new();
    let recording = Temp::new();
    let target = Target::prepare(&recording.0).unwrap();
    // Another process changes the same directory.
    recording.link("proc", &outside.0);
    let written = target.write(&Tree::default(), &[], "");
    assert!(matches!(written, Err(RecordError::Write { path, .. }) if path == "proc"));
    // A name that nothing else beside the recording has.
    let beside = format!("firepit-beside-{}", std::process::id());
    for path in [
        "proc/x".to_owned(),
        format!("../{beside}"),
        format!("proc/../../{beside}"),
        "/tmp/firepit-x".to_owned(),
    ] {
        assert!(
            target.make(&path, &super::tree::What::Unread(0)).is_err(),
            "{path}"
        );
    }
    recording.link("dangling", outside.path("x"));
    assert!(
        target
            .make("dangling", &super::tree::What::Unread(0))
            .is_err()
    );
    assert_eq!(outside.all(), [""; 0]);
    assert!(!recording.0.parent().unwrap().join(beside).exists());
}

#[test]
fn recording_needs_an_empty_directory() {
    let temp = Temp::new();
    temp.file("full/x", "");
    let full = Target::prepare(&temp.path("full"));
    assert!(matches!(full, Err(RecordError::NotEmpty(_))));
    let file = Target::prepare(&temp.path("full/x"));
    assert!(matches!(file, Err(RecordError::Directory { .. })));
    fs::create_dir(temp.path("empty")).unwrap();
    for path in ["empty", "new", "new/er/one"] {
        if path == "new/er/one" {
            fs::remove_dir(temp.path("new")).unwrap();
        }
        Target::prepare(&temp.path(path)).unwrap();
        assert!(temp.path(path).is_dir());
    }
    assert_eq!(
        fs::metadata(temp.path("new/er/one")).unwrap().mode() & 0o777,
        0o700
    );
}

#[test]
fn impossible_file_size_is_not_an_error() {
    use super::tree::What;
    let recording = Temp::new();
    let target = Target::prepare(&recording.0).unwrap();
    target.make("huge", &What::Unread(u64::MAX)).unwrap();
    target.make("large", &What::Unread(1 << 30)).unwrap();
    assert_eq!(recording.all(), ["huge 0", "large 1073741824"]);
}
