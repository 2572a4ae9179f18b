//! Both ways beside each other, and all tests of this crate that open files once more, without
//! `openat2`.

use std::os::unix::fs::{MetadataExt as _, symlink};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::{env, fs, io, thread};

use rustix::fs::{CWD, fstat, mknodat, openat, renameat_with};

use super::*;

/// What this process is to do without, by name.
const WITHOUT: &str = "FIREPIT_TESTS_WITHOUT";

pub(super) fn is_forced(what: &str) -> bool {
    env::var(WITHOUT).is_ok_and(|without| without.split(',').any(|word| word == what))
}

/// Tests of what opens files: they pass in a process of their own without `openat2`, and without
/// what `statx` tells of mounts.
#[test]
fn file_tests_pass_without_openat2() {
    if env::var_os(WITHOUT).is_some() {
        assert_eq!(Resolution::of_process(), Resolution::Walk);
        return;
    }
    for without in ["openat2", "openat2,statx"] {
        let mut command = Command::new(env::current_exe().unwrap());
        let tests = ["files::", "ownership::", "host::", "module::cache::"];
        let output = command.args(tests).env(WITHOUT, without).output().unwrap();
        let told = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "without {without}: {told}");
        let ran = "beneath::tests::file_tests_pass_without_openat2 ... ok";
        assert!(
            told.contains(ran) && told.contains("links::loops_end ... ok"),
            "{told}"
        );
    }
}

/// A directory that is deleted at the end of the test.
struct Temp(PathBuf);

impl Temp {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("firepit-beneath-{}-{count}", std::process::id());
        let path = env::temp_dir().join(name);
        fs::create_dir(&path).unwrap();
        Self(path)
    }

    fn open(&self, path: &str) -> OwnedFd {
        openat(CWD, self.0.join(path), PLACE, Mode::empty()).unwrap()
    }
}

impl Drop for Temp {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Every kind of file and of link, in a directory beside a secret.
fn hostile() -> Temp {
    let temp = Temp::new();
    let top = &temp.0;
    fs::create_dir_all(top.join("base/dir/deep")).unwrap();
    fs::create_dir(top.join("outside")).unwrap();
    fs::write(top.join("outside/file"), "secret").unwrap();
    fs::write(top.join("base/file"), "1").unwrap();
    fs::write(top.join("base/dir/file"), "2").unwrap();
    fs::write(top.join("base/dir/deep/file"), "3").unwrap();
    let link = |target: &str, name: &str| symlink(target, top.join("base").join(name)).unwrap();
    for (target, name) in [
        ("dir", "link"),
        ("file", "to_file"),
        ("../outside", "out"),
        ("/", "absolute"),
        ("/proc/self/root", "magic"),
        ("nothing", "dangling"),
        ("loop", "loop"),
        (".", "here"),
        ("deep", "dir/link"),
        ("../../outside/file", "dir/out"),
    ] {
        link(target, name);
    }
    let pipe = top.join("base/pipe");
    let kind = rustix::fs::FileType::Fifo;
    mknodat(CWD, &pipe, kind, Mode::RUSR | Mode::WUSR, 0).unwrap();
    drop(UnixListener::bind(top.join("base/socket")).unwrap());
    temp
}

/// Device and inode of what was opened, or the error.
fn outcome(opened: Result<OwnedFd, Errno>) -> Result<(u64, u64), Errno> {
    let stat = fstat(opened?)?;
    Ok((stat.st_dev, stat.st_ino))
}

/// Opens by both ways, which must agree.
fn both(
    base: &OwnedFd,
    path: &str,
    flags: OFlags,
    mounts: OtherMounts,
) -> Result<(u64, u64), Errno> {
    let flags = flags | OFlags::CLOEXEC;
    let kernel_path = if path.is_empty() { "." } else { path };
    let by_kernel = openat2(base, kernel_path, flags, Mode::empty(), resolve(mounts));
    let walked = walk::open(base.as_fd(), path.as_ref(), flags, Mode::empty(), mounts);
    let (mut by_kernel, walked) = (outcome(by_kernel), outcome(walked));
    if by_kernel == Err(Errno::XDEV) && walked.is_err_and(|errno| errno != Errno::XDEV) {
        // The walk may say at once what the next attempt, with other mounts, would say.
        let attempt = resolve(OtherMounts::Allow);
        by_kernel = outcome(openat2(base, kernel_path, flags, Mode::empty(), attempt));
    }
    assert_eq!(by_kernel, walked, "{path:?} {flags:?} {mounts:?}");
    walked
}

const READ: OFlags = OFlags::RDONLY.union(OFlags::NONBLOCK).union(OFlags::NOCTTY);

fn all_flags() -> [OFlags; 6] {
    [
        OFlags::PATH,
        OFlags::PATH.union(OFlags::NOFOLLOW),
        OFlags::PATH.union(OFlags::DIRECTORY),
        OFlags::PATH
            .union(OFlags::DIRECTORY)
            .union(OFlags::NOFOLLOW),
        READ,
        READ.union(OFlags::DIRECTORY),
    ]
}

#[test]
fn walk_and_openat2_give_equal_results() {
    let temp = hostile();
    let base = temp.open("base");
    let long_name = "n".repeat(256);
    let long_path = "d/".repeat(2048);
    for path in [
        "",
        ".",
        "./",
        "file",
        "file/",
        "./file",
        "dir",
        "dir/",
        "dir//",
        "dir/file",
        "dir//file",
        "dir/./file",
        "dir/deep",
        "dir/deep/file",
        "dir/deep/gone",
        "gone",
        "gone/file",
        "file/file",
        "file/.",
        "link",
        "link/",
        "link/file",
        "to_file",
        "to_file/",
        "out",
        "out/file",
        "absolute",
        "absolute/etc/passwd",
        "magic",
        "magic/etc",
        "dangling",
        "loop",
        "loop/x",
        "here",
        "here/file",
        "dir/link",
        "dir/link/file",
        "dir/out",
        "pipe",
        "pipe/x",
        "socket",
        "dir/file/x",
        &long_name,
        &long_path,
        "/",
        "/etc/passwd",
        "a\0b",
    ] {
        for flags in all_flags() {
            for mounts in [OtherMounts::Deny, OtherMounts::Allow] {
                let _ = both(&base, path, flags, mounts);
            }
        }
    }
    let file = |path| both(&base, path, READ, OtherMounts::Deny);
    assert!(file("dir/deep/file").is_ok());
    assert_eq!(file("out/file"), Err(Errno::LOOP));
    assert_eq!(file("dir/out"), Err(Errno::LOOP));
    assert_eq!(file("/etc/passwd"), Err(Errno::XDEV));
}

/// The kernel follows `..` that stays beneath; the walk never does.
#[test]
fn walk_never_follows_parent_segments() {
    let temp = hostile();
    let base = temp.open("base");
    for path in [
        "..",
        "../outside/file",
        "dir/..",
        "dir/../file",
        "dir/../../outside/file",
        "a/..",
    ] {
        for flags in all_flags() {
            let walked = walk::open(
                base.as_fd(),
                path.as_ref(),
                flags,
                Mode::empty(),
                OtherMounts::Allow,
            );
            assert_eq!(walked.unwrap_err(), Errno::XDEV, "{path}");
        }
    }
}

/// The kernel's own files, with their magic links.
#[test]
fn walk_and_openat2_agree_in_kernel_trees() {
    for (top, paths) in [
        (
            "/proc",
            &[
                "self",
                "self/stat",
                "1/stat",
                "1/cwd",
                "1/root/etc",
                "1/fd/0",
                "1/exe",
                "1/ns/net",
                "net/dev",
                "stat",
                "sys/fs/file-nr",
                "thread-self",
                "mounts",
                "1/task/1/root",
            ][..],
        ),
        (
            "/sys",
            &[
                "class/net/lo",
                "class/net/lo/mtu",
                "devices/system/cpu/online",
                "class",
            ],
        ),
        (
            "/",
            &[
                "proc",
                "proc/stat",
                "sys/class",
                "dev/null",
                "dev/pts",
                "etc/hostname",
                "tmp",
            ],
        ),
        ("/dev", &["null", "zero", "fd", "fd/0", "stdin", "shm"]),
    ] {
        let base = openat(CWD, top, PLACE, Mode::empty()).unwrap();
        for path in paths {
            for flags in all_flags() {
                for mounts in [OtherMounts::Deny, OtherMounts::Allow] {
                    let _ = both(&base, path, flags, mounts);
                }
            }
        }
    }
    let top = openat(CWD, TOP, PLACE, Mode::empty()).unwrap();
    assert_eq!(
        both(&top, "proc/stat", READ, OtherMounts::Deny),
        Err(Errno::XDEV)
    );
}

/// Runs a closure in a mount namespace of its own. `None` where that is not allowed.
fn in_namespace<T: Send>(run: impl FnOnce() -> T + Send) -> Option<T> {
    let of_thread = || {
        // SAFETY: it takes no pointers. Only this thread gets the namespace, and it ends below.
        (unsafe { libc::unshare(libc::CLONE_NEWNS) } == 0).then(run)
    };
    let ran = thread::scope(|scope| scope.spawn(of_thread).join().unwrap());
    if ran.is_none() {
        eprintln!("no mount namespace: {}", io::Error::last_os_error());
    }
    ran
}

fn bind(from: &Path, to: &Path) -> bool {
    use std::os::unix::ffi::OsStrExt as _;
    let text = |path: &Path| std::ffi::CString::new(path.as_os_str().as_bytes()).unwrap();
    let (from, to) = (text(from), text(to));
    let null = std::ptr::null();
    // SAFETY: the paths end with NUL and live until the calls return; no other pointer is read.
    unsafe {
        libc::mount(
            null,
            c"/".as_ptr(),
            null,
            libc::MS_REC | libc::MS_PRIVATE,
            null.cast(),
        ) == 0
            && libc::mount(from.as_ptr(), to.as_ptr(), null, libc::MS_BIND, null.cast()) == 0
    }
}

/// A bind mount has the device number of its file system. Another number would not tell it apart.
#[test]
fn bind_mount_of_the_same_file_system_is_detected() {
    let temp = hostile();
    let top = &temp.0;
    in_namespace(|| {
        let base = temp.open("base");
        if !bind(&top.join("outside"), &top.join("base/dir/deep"))
            || !bind(&top.join("outside/file"), &top.join("base/dir/file"))
        {
            eprintln!("no bind mounts here");
            return;
        }
        for path in [
            "dir",
            "dir/deep",
            "dir/deep/file",
            "dir/file",
            "dir/deep/gone",
        ] {
            for flags in all_flags() {
                for mounts in [OtherMounts::Deny, OtherMounts::Allow] {
                    let _ = both(&base, path, flags, mounts);
                }
            }
        }
        let secret = fs::metadata(top.join("outside/file")).unwrap();
        let crossed = both(&base, "dir/file", READ, OtherMounts::Allow);
        assert_eq!(crossed, Ok((secret.dev(), secret.ino())));
        for path in ["dir/file", "dir/deep/file"] {
            assert_eq!(
                both(&base, path, READ, OtherMounts::Deny),
                Err(Errno::XDEV),
                "{path}"
            );
        }
        // A file is created in the mount of the base only.
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
        let create = |path: &str, mounts| {
            let mode = Mode::RUSR | Mode::WUSR;
            walk::open(base.as_fd(), path.as_ref(), flags, mode, mounts)
        };
        assert_eq!(
            create("dir/deep/new", OtherMounts::Deny).unwrap_err(),
            Errno::XDEV
        );
        assert!(create("dir/new", OtherMounts::Deny).is_ok());
        assert!(create("dir/deep/new", OtherMounts::Allow).is_ok());
    });
}

#[test]
fn walk_creates_only_new_files() {
    let temp = hostile();
    let base = temp.open("base");
    let create = |path: &str, flags: OFlags| {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::CLOEXEC | flags;
        walk::open(
            base.as_fd(),
            path.as_ref(),
            flags,
            Mode::RUSR,
            OtherMounts::Deny,
        )
    };
    assert!(create("new", OFlags::EXCL).is_ok());
    for name in ["new", "file", "dangling", "to_file", "out", "dir"] {
        assert_eq!(
            create(name, OFlags::EXCL).unwrap_err(),
            Errno::EXIST,
            "{name}"
        );
    }
    assert_eq!(create("out/new", OFlags::EXCL).unwrap_err(), Errno::LOOP);
    assert_eq!(create("other", OFlags::empty()).unwrap_err(), Errno::INVAL);
    assert!(!temp.0.join("outside/new").exists() && !temp.0.join("base/nothing").exists());
}

/// Somebody exchanges a directory and a file for links without pause. What is opened is the one or
/// nothing, never what the links lead to.
#[test]
fn concurrent_exchanges_cannot_leave_the_directory() {
    const ROUNDS: usize = 20_000;
    let temp = hostile();
    symlink("../outside/file", temp.0.join("base/leads")).unwrap();
    let base = temp.open("base");
    let secret = fs::metadata(temp.0.join("outside/file")).unwrap();
    let (done, opened) = (AtomicBool::new(false), AtomicU32::new(0));
    thread::scope(|scope| {
        scope.spawn(|| {
            let exchange = |one: &str, other: &str| {
                let flags = rustix::fs::RenameFlags::EXCHANGE;
                renameat_with(&base, one, &base, other, flags).unwrap();
            };
            while !done.load(Ordering::Relaxed) {
                exchange("dir", "out");
                exchange("file", "leads");
            }
        });
        for round in 0..ROUNDS {
            let path = ["dir/file", "file"][round % 2];
            let mounts = [OtherMounts::Deny, OtherMounts::Allow][round / 2 % 2];
            let flags = READ | OFlags::CLOEXEC;
            match walk::open(base.as_fd(), path.as_ref(), flags, Mode::empty(), mounts) {
                Ok(fd) => {
                    assert_ne!(fstat(fd).unwrap().st_ino, secret.ino(), "{path}");
                    opened.fetch_add(1, Ordering::Relaxed);
                }
                Err(errno) => {
                    assert!(matches!(errno, Errno::LOOP | Errno::AGAIN), "{errno}");
                }
            }
        }
        done.store(true, Ordering::Relaxed);
    });
    assert!(opened.into_inner() > 0);
}
