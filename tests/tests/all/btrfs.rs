//! A Btrfs on loop devices. A machine without mkfs.btrfs, or without the right to mount one, has
//! nothing to test here.

use std::path::{Path, PathBuf};
use std::process::Command;

use firepit_tests::{Directory, Firepit, Namespace, NodeExporter, Page, is_installed, until};

use crate::baseline::{assert_complete, procfs, success};

const GUEST: &str = "grant_kernel";

/// The output of a command; `None` if it failed.
fn run(words: &[&str]) -> Option<String> {
    let (program, arguments) = words.split_first()?;
    let output = Command::new(program).args(arguments).output().ok()?;
    if !output.status.success() {
        eprintln!("{words:?}: {}", String::from_utf8_lossy(&output.stderr));
        return None;
    }
    Some(String::from_utf8(output.stdout).ok()?.trim().to_owned())
}

/// A mounted file system of two devices. It is unmounted on drop.
struct Mounted {
    directory: Directory,
    devices: Vec<String>,
}

impl Mounted {
    fn new() -> Option<Self> {
        if !is_installed("mkfs.btrfs") {
            return None;
        }
        let directory = Directory::new().file("a disk/placeholder", "");
        let mut mounted = Self {
            directory,
            devices: Vec::new(),
        };
        for name in ["one", "two"] {
            let image = mounted.path(name);
            run(&["truncate", "--size=300M", &image])?;
            let device = run(&["losetup", "--find", "--show", &image])?;
            mounted.devices.push(device);
        }
        let [one, two] = [0, 1].map(|index| mounted.devices[index].clone());
        run(&[
            "mkfs.btrfs",
            "--quiet",
            "--label=pool",
            "-d",
            "single",
            &one,
            &two,
        ])?;
        let devices = format!("device={one},device={two}");
        run(&[
            "mount",
            "-t",
            "btrfs",
            "-o",
            &devices,
            &one,
            &mounted.path("a disk"),
        ])?;
        std::fs::write(mounted.path("a disk/file"), "content").ok()?;
        std::fs::create_dir(mounted.path("a disk/directory")).ok()?;
        Some(mounted)
    }

    fn path(&self, below: &str) -> String {
        self.directory.path().join(below).display().to_string()
    }

    /// A `/proc` whose table of mounts has only these mount points of it.
    fn procfs(&self, points: &[String]) -> Directory {
        let source = &self.devices[0];
        let lines = points.iter().map(|point| {
            let point = point.replace(' ', r"\040");
            format!("36 35 0:30 / {point} rw shared:1 - btrfs {source} rw\n")
        });
        Directory::new().file("1/mountinfo", lines.collect::<String>())
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        // Errors are ignored: a test must not fail twice.
        let _ = run(&["umount", &self.path("a disk")]);
        for device in &self.devices {
            let _ = run(&["losetup", "--detach", device]);
        }
    }
}

/// The lines about the file system with this label, of those that do not change by themselves.
fn lines(page: &str) -> Vec<String> {
    let lines = page.lines().filter(|line| line.contains("node_btrfs_"));
    lines.map(str::to_owned).collect()
}

fn own(procfs: &Directory) -> Vec<String> {
    let ended = Firepit::new()
        .flag(format!("--path.procfs={}", procfs.path().display()))
        .flag("--collector.btrfs")
        .run(&["scrape", "--collector.disable-defaults"]);
    assert!(ended.status.success(), "{}", ended.stderr);
    lines(&ended.stdout)
}

#[test]
fn devices_of_a_mounted_file_system_are_shown() {
    let Some(mounted) = Mounted::new() else {
        return;
    };
    // A directory below the top, and a path that is gone, are no mount points of a subvolume.
    let points = ["a disk/directory", "gone", "a disk"].map(|point| mounted.path(point));
    let text = own(&mounted.procfs(&points)).join("\n") + "\n";
    let page = Page::parse(&text).unwrap();
    for device in &mounted.devices {
        let name = device.trim_start_matches("/dev/");
        let of = |family: &str| {
            let found = page
                .samples(family)
                .filter(|it| it.labels["device"] == name);
            let found: Vec<_> = found.collect();
            assert!(
                found
                    .iter()
                    .all(|it| it.labels["btrfs_dev_uuid"].len() == 36)
            );
            found.iter().map(|it| it.value).collect::<Vec<f64>>()
        };
        assert_eq!(of("node_btrfs_device_size_bytes"), [314_572_800.0]);
        let unused = of("node_btrfs_device_unused_bytes");
        assert!(matches!(unused[..], [bytes] if bytes > 0.0 && bytes < 314_572_800.0));
        assert_eq!(of("node_btrfs_device_errors_total"), [0.0; 5]);
    }
}

#[test]
fn file_system_without_a_mount_point_shows_the_sizes_of_sysfs() {
    let Some(mounted) = Mounted::new() else {
        return;
    };
    let text = own(&mounted.procfs(&[mounted.path("a disk/directory")])).join("\n") + "\n";
    let page = Page::parse(&text).unwrap();
    let name = mounted.devices[0].trim_start_matches("/dev/");
    let sizes = page.samples("node_btrfs_device_size_bytes");
    let sizes: Vec<_> = sizes.filter(|it| it.labels["device"] == name).collect();
    assert_eq!(sizes.len(), 1);
    assert!(!sizes[0].labels.contains_key("btrfs_dev_uuid"));
    assert_eq!(page.samples("node_btrfs_device_errors_total").count(), 0);
}

#[test]
fn node_exporter_shows_the_same_lines() {
    let Some(mounted) = Mounted::new() else {
        return;
    };
    let Some(namespace) = Namespace::new() else {
        return;
    };
    namespace.run("ip link set lo up");
    for points in [
        ["a disk", "gone"].map(|point| mounted.path(point)),
        ["a disk/directory", "a disk"].map(|point| mounted.path(point)),
        ["a disk/directory", "gone"].map(|point| mounted.path(point)),
    ] {
        let procfs = mounted.procfs(&points);
        let path = format!("--path.procfs={}", procfs.path().display());
        let flags = ["--collector.disable-defaults", "--collector.btrfs", &path];
        let Some(node_exporter) = NodeExporter::start(&namespace, &flags) else {
            return;
        };
        let [own, theirs] = until("the file system to be quiet", || {
            let before = own(&procfs);
            let theirs = lines(&node_exporter.page()?);
            (before == own(&procfs)).then_some([before, theirs])
        });
        assert!(theirs.len() > 20, "{theirs:?}");
        assert_eq!(own, theirs, "{points:?}");
    }
}

/// The guest that asks about these paths below a root.
fn asking(rootfs: &Path, paths: &[&str]) -> Firepit {
    let firepit = Firepit::with_guest(GUEST)
        .config(&format!(
            "collectors: {{{GUEST}: {{grants: {{interfaces: [metrics, btrfs]}}}}}}"
        ))
        .flag(format!("--path.rootfs={}", rootfs.display()))
        .flag(format!("--collector.{GUEST}.use=btrfs"));
    paths.iter().fold(firepit, |firepit, path| {
        firepit.flag(format!("--collector.{GUEST}.path={path}"))
    })
}

fn words<'p>(page: &'p Page, of: &str) -> &'p str {
    let mut samples = page.samples("guest_kernel_told");
    let found = samples.find(|sample| sample.labels["of"] == of);
    found.map_or("", |found| &found.labels["words"])
}

const NOT_BTRFS: &str = "not the top of a Btrfs subvolume";

#[test]
fn only_the_top_of_a_subvolume_is_answered() {
    let host = Directory::new()
        .file("fine/file", "")
        .file("etc/shadow", "")
        .link("link", "fine");
    let wanted = [
        ("/rootfs", NOT_BTRFS),
        ("/rootfs/fine", NOT_BTRFS),
        ("/rootfs/fine/file", NOT_BTRFS),
        ("/rootfs/gone", "no such file or directory"),
        ("/rootfs/link", "too many levels of symbolic links"),
        ("/rootfs/etc/shadow", "not granted to this collector"),
        ("/rootfs/etc/shadow-", "not granted to this collector"),
        ("/rootfs/../etc", "invalid path"),
        ("/proc", "invalid path"),
        ("/sys/fs", "invalid path"),
        ("/udev", "invalid path"),
        ("/etc", "invalid path"),
        ("", "invalid path"),
    ];
    let page = asking(host.path(), &wanted.map(|(path, _)| path))
        .start()
        .scrape();
    assert_eq!(success(&page, GUEST), Some(1.0));
    for (path, said) in wanted {
        assert_eq!(words(&page, path), said, "{path}");
    }
    let Some(mounted) = Mounted::new() else {
        return;
    };
    let top = PathBuf::from(mounted.path("a disk"));
    let wanted = [
        ("/rootfs/directory", NOT_BTRFS),
        ("/rootfs/file", NOT_BTRFS),
    ];
    let page = asking(&top, &["/rootfs", "/rootfs/directory", "/rootfs/file"])
        .start()
        .scrape();
    assert_eq!(words(&page, "/rootfs").len(), 36, "a UUID");
    for (path, said) in wanted {
        assert_eq!(words(&page, path), said, "{path}");
    }
}

/// `Limits::files_opened` and `Limits::bytes_read` hold for queries and their answers.
#[test]
fn queries_count_as_files_and_their_answers_as_bytes() {
    let host = Directory::new().file("fine/file", "");
    let two = ["/rootfs", "/rootfs/fine"];
    let read = |firepit: Firepit| firepit.start().scrape();
    let page = read(asking(host.path(), &two).flag("--sandbox.files=2"));
    assert_eq!(success(&page, GUEST), Some(1.0));
    let page = read(asking(host.path(), &two).flag("--sandbox.files=1"));
    crate::baseline::assert_failed(&page, GUEST, "read-limit");
    let Some(mounted) = Mounted::new() else {
        return;
    };
    let top = PathBuf::from(mounted.path("a disk"));
    let page = read(asking(&top, &["/rootfs"]).flag("--sandbox.bytes-read=200"));
    crate::baseline::assert_failed(&page, GUEST, "read-limit");
}

/// A file system that hangs costs its own answer and one thread.
#[test]
fn hung_file_system_delays_only_its_own_answer() {
    let (host, procfs) = (Directory::new().file("stuck/file", ""), procfs());
    let running = asking(host.path(), &["/rootfs/stuck", "/rootfs"])
        .flag(format!("--collector.{GUEST}.timeout=2000"))
        .procfs(procfs.path())
        .slow_file("stuck")
        .start();
    assert_eq!(words(&running.scrape(), "/rootfs/stuck"), NOT_BTRFS);
    running.gate().block();
    // The one that hangs, and one that asks the others.
    let threads = running.threads() + 2;
    for _ in 0..5 {
        let page = running.scrape();
        assert_complete(&page);
        assert_eq!(
            words(&page, "/rootfs/stuck"),
            "the file system does not answer"
        );
        assert_eq!(words(&page, "/rootfs"), NOT_BTRFS);
        assert_eq!(running.gate().blocked(), 1, "nobody else goes in");
        assert!(running.threads() <= threads, "threads pile up");
    }
    running.gate().release();
    until("the file system to answer", || {
        (words(&running.scrape(), "/rootfs/stuck") == NOT_BTRFS).then_some(())
    });
}
