//! The real `/proc` and `/sys` of the test process.

use super::*;

fn everything() -> Files {
    files(&real(), EVERYTHING, &Limits::default())
}

fn host_paths() -> Vec<String> {
    let pid = std::process::id();
    let thread = fs::read_link("/proc/thread-self").unwrap();
    let tid = thread.file_name().unwrap().to_str().unwrap();
    let secrets = [
        "mem", "environ", "maps", "smaps", "auxv", "cmdline", "fd/0", "exe", "cwd", "root",
        "pagemap", "io", "ns/net", "wchan", "syscall", "stack",
    ];
    let mut paths = Vec::new();
    for process in [
        "self",
        "thread-self",
        "1",
        &pid.to_string(),
        &format!("self/task/{tid}"),
        &format!("{pid}/task/{tid}"),
    ] {
        for secret in secrets {
            paths.push(format!("/proc/{process}/{secret}"));
            paths.push(format!("/rootfs/proc/{process}/{secret}"));
        }
    }
    paths.extend(owned(&[
        "/proc/thread-self/../mem",
        "/proc/self/../self/mem",
        "/proc//self/./mem",
        "/proc/self/mem/",
        "//proc/self/mem",
        "/proc/./self//mem/.",
        "/proc/self/cwd/../proc/self/mem",
        "/proc/self/root/proc/self/mem",
        "/proc/self/root/etc/hostname",
        "/proc/self/task/../mem",
        "/proc/1/root/etc/shadow",
        "/proc/kcore",
        "/proc/kmsg",
        "/proc/keys",
        "/proc/kallsyms",
        "/rootfs/proc/kallsyms",
        "/rootfs/proc/stat",
        "/rootfs/sys/kernel/notes",
        "/rootfs/sys/class/net/lo/mtu",
        "/sys/kernel/notes",
        "/sys/kernel/debug/x",
        "/sys/kernel/tracing/trace",
        "/rootfs/etc/shadow",
        "/rootfs/../etc/shadow",
    ]));
    paths
}

#[test]
fn no_path_reaches_a_process() {
    let mut files = everything();
    // The kernel may deny it first.
    let refused =
        |error: FileError| matches!(error, FileError::NotPermitted | FileError::PermissionDenied);
    for path in host_paths() {
        assert!(files.read(&path).is_err_and(refused), "{path}");
        assert!(files.stat(&path).is_err_and(refused), "{path}");
        assert!(files.read_link(&path).is_err_and(refused), "{path}");
        assert!(files.list(&path).is_err(), "{path}");
        let (directory, name) = path.trim_end_matches(['/', '.']).rsplit_once('/').unwrap();
        match files.read_many(directory, &[name.to_owned()]) {
            Ok(answers) => {
                let [answer] = answers.as_slice() else {
                    panic!("{path}")
                };
                assert!(
                    answer.as_ref().is_err_and(|error| refused(*error)),
                    "{path}"
                );
            }
            Err(error) => assert!(refused(error), "{path}"),
        }
    }
    assert_eq!(files.meter().usage().bytes, 0);
}

#[test]
fn grant_by_name_does_not_override_the_never_list() {
    let mut files = files(
        &real(),
        &[
            "/proc/self/mem",
            "/proc/self/environ",
            "/proc/[0-9]*/environ",
            "/proc/1/*",
            "/proc/kcore",
        ],
        &Limits::default(),
    );
    for path in [
        "/proc/self/mem",
        "/proc/self/environ",
        "/proc/1/environ",
        "/proc/kcore",
    ] {
        assert_eq!(files.read(path), Err(FileError::NotPermitted), "{path}");
        assert_eq!(
            files.check_directory(path),
            Err(FileError::NotPermitted),
            "{path}"
        );
    }
    assert!(files.read("/proc/1/status").is_ok());
    let entries = files.list("/proc/1").unwrap();
    assert!(names(&entries).contains(&"status"));
    assert!(!names(&entries).contains(&"environ"));
    assert!(!names(&entries).contains(&"fd"));
}

#[test]
fn a_link_to_a_process_is_refused_in_every_root() {
    let temp = Temp::new();
    let below = temp.path(".");
    let below = below.strip_prefix("/").unwrap().to_str().unwrap();
    let top = "../".repeat(below.split('/').filter(|name| *name != ".").count());
    temp.link("absolute", "/proc/self");
    temp.link("relative", format!("{top}proc/self"));
    temp.link("file", format!("{top}proc/self/environ"));
    temp.link("above", format!("{top}../proc/self/environ"));
    let mut files = everything();
    for name in ["absolute/environ", "relative/environ", "file", "above"] {
        let path = format!("/rootfs/{below}/{name}");
        assert_eq!(files.read(&path), Err(FileError::NotPermitted), "{path}");
    }
}

#[test]
fn harmless_files_are_read() {
    let mut files = everything();
    for path in [
        "/proc/loadavg",
        "/proc/stat",
        "/proc/net/dev",
        "/proc/self/net/dev",
        "/proc/mounts",
        "/proc/self/mountinfo",
        "/proc/thread-self/status",
        "/proc/1/status",
        "/proc/sys/fs/file-nr",
        "/proc/sys/kernel/random/entropy_avail",
    ] {
        let content = files.read(path).unwrap();
        assert!(!content.is_empty(), "{path}");
        let (directory, name) = path.rsplit_once('/').unwrap();
        let answers = files.read_many(directory, &[name.to_owned()]).unwrap();
        assert!(
            matches!(answers.as_slice(), [Ok(content)] if !content.is_empty()),
            "{path}"
        );
    }
    assert_eq!(files.meter().usage().denied, 0);
    assert_eq!(files.read("/proc/no-such-file"), Err(FileError::NotFound));
    assert_eq!(files.read("/proc/net"), Err(FileError::NotAFile));
}

#[test]
fn devices_are_reached_through_their_class() {
    let mut files = files(
        &real(),
        &["/sys/class/net/*/*", "/sys/class/net/*"],
        &Limits::default(),
    );
    for _ in 0..2 {
        let mtu = files.read("/sys/class/net/lo/mtu").unwrap();
        assert_eq!(mtu, b"65536\n");
        let answers = files
            .read_many("/sys/class/net/lo", &owned(&["mtu", "none", "uevent"]))
            .unwrap();
        assert_eq!(answers.first(), Some(&Ok(mtu)));
        assert_eq!(answers.get(1), Some(&Err(FileError::NotFound)));
        assert_eq!(
            files.read("/sys/class/net/lo/none"),
            Err(FileError::NotFound)
        );
        assert_eq!(
            files.read("/sys/class/net/lo/statistics"),
            Err(FileError::NotAFile)
        );
        assert!(names(&files.list("/sys/class/net/lo").unwrap()).contains(&"mtu"));
    }
    assert!(names(&files.list("/sys/class/net").unwrap()).contains(&"lo"));
    assert!(
        files
            .read_link("/sys/class/net/lo")
            .unwrap()
            .ends_with("net/lo")
    );
    assert_eq!(
        files.read("/sys/class/net/gone0/mtu"),
        Err(FileError::NotFound)
    );
}

#[test]
fn long_proc_files_are_read_whole() {
    let mut files = everything();
    let content = files.read("/proc/zoneinfo").unwrap();
    assert!(content.len() > 4096);
    assert_eq!(content.last(), Some(&b'\n'));
}
