//! What no guest may reach: the secrets of the process that runs it, of the kernel and of the host;
//! and everything that could be changed.

use std::fs;
use std::net::{TcpListener, UdpSocket};
use std::path::Path;

use firepit_tests::{Directory, Firepit, Page, Running, Sample};

use crate::baseline::{assert_fails_alone, success};

/// Errors that say that nothing was opened. An error of the kernel, such as that on reading
/// address 0 of `mem`, says that something was.
const CLOSED: [&str; 11] = [
    "not granted to this collector",
    "invalid path",
    "no such file or directory",
    "permission denied",
    "PermissionDenied",
    "NotFound",
    "InvalidInput",
    "not a directory",
    "NotADirectory",
    "not a regular file",
    // A handle that is good for nothing but to begin longer paths with.
    "IsADirectory",
];

/// The ways by which the guest tries each path.
const WAYS: usize = 7;

/// Grants everything that a guest can ask for.
fn grant_everything(firepit: Firepit, guest: &str) -> Firepit {
    firepit.config(&format!(
        r#"collectors:
  {guest}:
    grants:
      reads: [/proc/**, /sys/**, /rootfs/**, /udev/**, "{{directory}}/**"]
      interfaces: [files, metrics, log, system, clocks, random]
"#
    ))
}

/// A thief with some further paths to try, that was granted all it wants.
fn thief(flags: &[String], paths: &[&str]) -> Running {
    let name = "escape_proc_self";
    let firepit = grant_everything(Firepit::with_guest(name), name);
    let firepit = flags
        .iter()
        .fold(firepit, |firepit, flag| firepit.flag(flag));
    let of = |path: &&str| format!("--collector.escape_proc_self.path={path}");
    paths
        .iter()
        .map(of)
        .fold(firepit, |firepit, flag| firepit.flag(flag))
        .start()
}

fn attempts(page: &Page) -> impl Iterator<Item = &Sample> {
    page.samples("guest_bytes")
}

/// What was got of a path, by way.
fn got(page: &Page, path: &str, way: &str) -> f64 {
    let mut found = attempts(page)
        .filter(|sample| sample.labels["path"] == path && sample.labels["way"] == way);
    found
        .next()
        .unwrap_or_else(|| panic!("{path} was not tried by {way}"))
        .value
}

/// Checks that nothing but `allowed` was got, or so much as opened.
fn assert_nothing(page: &Page, allowed: &[&str]) {
    assert_eq!(success(page, "escape_proc_self"), Some(1.0));
    let mut tried = 0;
    let mut leaks = Vec::new();
    for sample in attempts(page) {
        tried += 1;
        let closed = sample.value == -1.0 && CLOSED.contains(&sample.labels["error"].as_str());
        if !closed && !allowed.contains(&sample.labels["path"].as_str()) {
            leaks.push(format!("{:?} {}", sample.labels, sample.value));
        }
    }
    assert!(tried > 500 * WAYS, "only {tried} attempts");
    assert!(
        leaks.is_empty(),
        "{} leaks:\n{}",
        leaks.len(),
        leaks.join("\n")
    );
}

/// The first security test of the project: with every grant that can be asked for, the secrets of
/// the host's process stay closed, directly and by every detour.
#[test]
fn own_process_of_the_host_is_unreachable() {
    let controls = ["/proc/loadavg", "/proc/self/stat", "/rootfs/etc/passwd"];
    let running = thief(&["--path.rootfs=/".to_owned()], &controls);
    let page = running.scrape();
    // Without these the test could not fail: what is granted is got, in both ways.
    for path in controls {
        assert!(got(&page, path, "files") > 0.0, "{path}");
        assert!(got(&page, path, "many") > 0.0, "{path}");
        assert_eq!(got(&page, path, "std"), 1.0, "{path}");
    }
    // And it did find out where it is.
    assert_eq!(
        got(&page, &format!("/proc/{}/environ", running.pid()), "files"),
        -1.0
    );
    assert_nothing(&page, &controls);
}

/// Links in a directory that is granted lead nowhere that is not granted.
#[test]
fn links_cannot_leave_a_granted_directory() {
    let root = Directory::new()
        .file("inside/file", "content")
        .link("good", "inside/file")
        .link("mem", "/proc/self/mem")
        .link("environ", "../../../../../../proc/self/environ")
        .link("self", "/proc/self")
        .link("thread", "/proc/thread-self")
        .link("proc", "/proc")
        .link("top", "/")
        .link("up", "..")
        .link("inside/up", "../../../../../..")
        .link("hop", "self")
        .link("inside/hop", "../hop");
    let paths = [
        "mem",
        "environ",
        "self",
        "self/environ",
        "self/mem",
        "thread/environ",
        "proc/self/environ",
        "proc/kcore",
        "top/etc/passwd",
        "top/proc/self/environ",
        "up/environ",
        "hop/environ",
        "inside/up/proc/self/environ",
        "inside/up/etc/passwd",
        "inside/hop/environ",
        "proc",
    ];
    let paths: Vec<String> = paths.iter().map(|path| format!("/rootfs/{path}")).collect();
    let mut paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    let controls = ["/rootfs/good", "/rootfs/inside/file"];
    paths.extend(controls);
    let page = thief(
        &[format!("--path.rootfs={}", root.path().display())],
        &paths,
    )
    .scrape();
    for path in controls {
        assert_eq!(got(&page, path, "files"), 7.0, "{path}");
        assert_eq!(got(&page, path, "std"), 1.0, "{path}");
    }
    // The text of a link is no secret of what it leads to.
    let texts: Vec<&str> = (attempts(&page))
        .filter(|sample| sample.labels["way"].ends_with("link") && sample.value >= 0.0)
        .map(|sample| sample.labels["path"].as_str())
        .collect();
    for path in &texts {
        let way = |way| got(&page, path, way);
        assert!(
            controls.contains(path) || (way("files") == -1.0 && way("std") == -1.0),
            "{path}"
        );
    }
    let allowed: Vec<&str> = controls.into_iter().chain(texts).collect();
    assert_nothing(&page, &allowed);
}

/// A directory that the operator grants by an option is one more way in, and held the same.
#[test]
fn links_cannot_leave_an_option_directory() {
    let directory = Directory::new()
        .file("file", "content")
        .link("self", "/proc/self")
        .link("environ", "/proc/self/environ");
    let top = directory.path().to_str().unwrap();
    let at = |path: &str| format!("{top}/{path}");
    let paths = [
        at("environ"),
        at("self/environ"),
        at("self/mem"),
        at("../../proc/self/environ"),
    ];
    let mut paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    let control = at("file");
    paths.push(&control);
    let flag = |value: &str| format!("--collector.escape_proc_self.directory={value}");
    let page = thief(&[flag(top)], &paths).scrape();
    assert_eq!(got(&page, &control, "files"), 7.0);
    let link = at("environ");
    assert_eq!(got(&page, &link, "files"), -1.0);
    assert_nothing(&page, &[&control, &link]);

    // Even where the operator names such a place.
    for place in [
        "/proc/self",
        "/proc/thread-self",
        &at("self"),
        "/proc",
        "/proc/1",
        "/",
    ] {
        let paths = [
            format!("{place}/environ"),
            format!("{place}/mem"),
            format!("{place}/self/environ"),
            format!("{place}/proc/self/environ"),
            format!("{place}/fd"),
            format!("{place}/maps"),
        ];
        let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
        let page = thief(&[flag(place)], &paths).scrape();
        // Who grants everything grants what is nobody's secret too.
        let allowed: &[&str] = if place == "/" { &["/etc/passwd"] } else { &[] };
        assert_nothing(&page, allowed);
    }
}

/// A root of the operator's choice is no way around the list either.
#[test]
fn unusual_roots_do_not_bypass_the_never_list() {
    let link = Directory::new()
        .link("proc", "/proc")
        .link("self", "/proc/self");
    let at = |name: &str| link.path().join(name).display().to_string();
    for (root, prefix) in [
        ("/proc".to_owned(), "/rootfs/self"),
        ("/proc/self".to_owned(), "/rootfs"),
        (at("proc"), "/rootfs/self"),
        (at("self"), "/rootfs"),
    ] {
        let paths = ["environ", "mem", "maps", "fd"].map(|name| format!("{prefix}/{name}"));
        let firepit = grant_everything(Firepit::with_guest("escape_proc_self"), "escape_proc_self")
            .flag(format!("--path.rootfs={root}"));
        let of = |path: &String| format!("--collector.escape_proc_self.path={path}");
        let ended = paths
            .iter()
            .map(of)
            .fold(firepit, |firepit, flag| firepit.flag(flag))
            .scrape();
        // Either the root is refused, or what is below it.
        if ended.status.success() {
            assert_nothing(&Page::parse(&ended.stdout).unwrap(), &[]);
        } else {
            assert!(ended.stderr.contains("--path.rootfs"), "{}", ended.stderr);
        }
    }
}

/// Nothing of what a process inherits reaches a guest.
#[test]
fn guests_have_no_environment() {
    let page = Firepit::with_guest("escape_environment").start().scrape();
    assert_eq!(success(&page, "escape_environment"), Some(1.0));
    for what in ["variables", "arguments", "input"] {
        assert_eq!(
            page.value("guest_found", &[("what", what)]),
            Some(0.0),
            "{what}"
        );
    }
}

/// A module may import sockets, as language runtimes do. Using them ends the call.
#[test]
fn guests_have_no_sockets() {
    let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = tcp.local_addr().unwrap();
    let udp = UdpSocket::bind(address).unwrap();
    tcp.set_nonblocking(true).unwrap();
    udp.set_nonblocking(true).unwrap();
    for what in ["connect", "listen", "send", "resolve"] {
        let firepit = Firepit::with_guest("escape_socket")
            .config(
                "collectors: {escape_socket: {grants: {interfaces: \
                 [files, metrics, log, system, clocks, random]}}}",
            )
            .flag(format!("--collector.escape_socket.address={address}"))
            .flag(format!("--collector.escape_socket.what={what}"));
        let (running, page) = assert_fails_alone(firepit, "escape_socket", "denied");
        assert_eq!(page.samples("guest_reached").count(), 0, "{what}");
        let line = running.logs.wait_for("msg", "collector failed");
        assert!(
            line.get("err").unwrap().contains("called wasi:sockets/"),
            "{what}: {line:?}"
        );
    }
    assert!(tcp.accept().is_err());
    assert!(udp.recv(&mut [0]).is_err());
}

/// What can be read cannot be changed, and nothing can be added or taken away.
#[test]
fn guests_cannot_write_files() {
    let trees = Directory::new()
        .file("proc/file", "content")
        .file("proc/directory/x", "")
        .file("sys/file", "content")
        .file("rootfs/file", "content")
        .file("udev/file", "content");
    fs::remove_file(trees.path().join("proc/directory/x")).unwrap();
    let before = content(trees.path());
    for tree in ["proc", "sys", "rootfs", "udev"] {
        let flag =
            |name: &str, tree: &str| format!("--path.{name}={}/{tree}", trees.path().display());
        let page = grant_everything(Firepit::with_guest("escape_write"), "escape_write")
            .flag(flag("procfs", "proc"))
            .flag(flag("sysfs", "sys"))
            .flag(flag("rootfs", "rootfs"))
            .flag(flag("udev.data", "udev"))
            .flag(format!("--collector.escape_write.directory=/{tree}"))
            .start()
            .scrape();
        let worked: Vec<&str> = (page.samples("guest_worked"))
            .filter(|sample| sample.value != 0.0)
            .map(|sample| sample.labels["what"].as_str())
            .collect();
        assert_eq!(worked, ["read"], "{tree}");
        assert_eq!(page.samples("guest_worked").count(), 11);
    }
    assert_eq!(content(trees.path()), before);
}

/// Every path below a directory, with the content of files.
fn content(directory: &Path) -> Vec<(String, Option<Vec<u8>>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        found.push((path.display().to_string(), fs::read(&path).ok()));
        if path.is_dir() {
            found.extend(content(&path));
        }
    }
    found.sort();
    found
}
