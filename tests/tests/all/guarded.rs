//! What reading gives nobody, or only where the operator names the very file: what acts when it is
//! read, what holds secrets, what others on the host may not read, and addresses of processes.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Child, Command, Stdio};

use firepit_tests::{Directory, Firepit, Page, until};

use crate::baseline::success;

const GUEST: &str = "reads_guarded";
const WAYS: [&str; 3] = ["files", "many", "std"];

/// A firepit whose guest reads these files, under the grants of an entry where there are some.
fn reader(paths: &[&str], reads: Option<&[&str]>) -> Firepit {
    let firepit = Firepit::with_guest(GUEST);
    let firepit = match reads {
        None => firepit,
        Some(reads) => firepit.config(&format!(
            "collectors:\n  {GUEST}:\n    grants:\n      reads: [\"{}\"]\n",
            reads.join("\", \"")
        )),
    };
    let flag = |path: &&str| format!("--collector.{GUEST}.path={path}");
    paths.iter().map(flag).fold(firepit, Firepit::flag)
}

/// What came of a file by each way.
fn got(page: &Page, path: &str) -> [f64; 3] {
    WAYS.map(|way| {
        let value = page.value("guest_bytes", &[("path", path), ("way", way)]);
        value.unwrap_or_else(|| panic!("{path} was not read by {way}"))
    })
}

fn listed(page: &Page, path: &str) -> bool {
    page.value("guest_listed", &[("path", path)]) == Some(1.0)
}

const REFUSED: [f64; 3] = [-1.0; 3];

/// Files of a machine that has everything: what a read does there, or gives away.
const KNOWN: [&str; 16] = [
    "class/zram-control/hot_add",
    "devices/pci0000:00/0000:00:08.1/psp_vbflash",
    "devices/system/cpu/cpu0/crash_notes",
    "firmware/vpd/ro/stable_device_secret_DO_NOT_SHARE",
    "class/drm/card0/error",
    "class/intel_pmt/crashlog1/crashlog",
    "class/scsi_host/host0/ctlreg",
    "class/scsi_host/host0/nvram",
    "class/scsi_host/host0/optrom",
    "class/scsi_host/host0/fw_dump",
    "class/devcoredump/devcd1/data",
    "devices/platform/dcdbas/smi_data",
    "class/firmware/x.bin/data",
    "firmware/ipl/parm",
    "firmware/devicetree/base/secure-chosen/rng-seed",
    "fs/selinux/policy",
];

#[test]
fn files_with_side_effects_or_secrets_need_their_full_name() {
    let sysfs = KNOWN
        .iter()
        .fold(Directory::new(), |directory, path| {
            directory.file(path, "secret")
        })
        .file("class/net/lo/mtu", "65536\n")
        // A harmless name that leads there.
        .link("class/net/lo/statistics", "../../scsi_host/host0/nvram");
    let paths = KNOWN.map(|path| format!("/sys/{path}"));
    let mut paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    let control = "/sys/class/net/lo/mtu";
    let link = "/sys/class/net/lo/statistics";
    paths.extend([control, link]);
    let flag = format!("--path.sysfs={}", sysfs.path().display());
    for reads in [None, Some(&["/sys/**"][..])] {
        let page = reader(&paths, reads).flag(&flag).start().scrape();
        assert_eq!(success(&page, GUEST), Some(1.0));
        assert_eq!(got(&page, control), [6.0; 3]);
        assert!(listed(&page, control));
        for path in paths.iter().filter(|path| **path != control) {
            assert_eq!(got(&page, path), REFUSED, "{path}");
            // That there is such a link is no secret.
            assert!(*path == link || !listed(&page, path), "{path}");
        }
    }
    // One is named; the last of them is on the list that nothing lifts.
    let [flash, dump] = [
        "/sys/devices/pci0000:00/0000:00:08.1/psp_vbflash",
        paths[10],
    ];
    let page = reader(&paths, Some(&["/sys/**", flash, dump]));
    let page = page.flag(&flag).start().scrape();
    for path in paths.iter().filter(|path| **path != control) {
        let expected = if *path == flash { [6.0; 3] } else { REFUSED };
        assert_eq!(got(&page, path), expected, "{path}");
    }
}

/// The wall behind the list: whatever a file is called, nobody gets by a pattern what others on the
/// host may not read. A module's own word for it is none.
#[test]
fn files_unreadable_for_others_need_their_full_name() {
    if !rustix::process::geteuid().is_root() {
        eprintln!("the kernel refuses these files to all but root");
        return;
    }
    let sysfs = Directory::new()
        .file("class/named/open", "content")
        .file("class/named/by_itself", "content")
        .file("class/named/by_nobody", "content");
    let mode = |name: &str, bits| {
        let path = sysfs.path().join("class/named").join(name);
        fs::set_permissions(path, fs::Permissions::from_mode(bits)).unwrap();
    };
    mode("by_itself", 0o400);
    mode("by_nobody", 0o440);
    let [open, itself, nobody] =
        ["open", "by_itself", "by_nobody"].map(|name| format!("/sys/class/named/{name}"));
    let paths = [&*open, &itself, &nobody];
    let flag = format!("--path.sysfs={}", sysfs.path().display());
    for reads in [
        None,
        Some(&["/sys/**"][..]),
        Some(&["/sys/class/named/by_*"]),
    ] {
        let page = reader(&paths, reads).flag(&flag).start().scrape();
        assert_eq!(got(&page, &itself), REFUSED);
        assert_eq!(got(&page, &nobody), REFUSED);
        let pattern_has_it = reads.is_none_or(|reads| reads == ["/sys/**"]);
        assert_eq!(got(&page, &open)[0] > 0.0, pattern_has_it);
    }
    let running = reader(&paths, Some(&["/sys/**", &nobody]))
        .flag(&flag)
        .start();
    for _ in 0..2 {
        let page = running.scrape();
        assert_eq!(got(&page, &itself), REFUSED);
        assert_eq!(got(&page, &nobody), [7.0; 3]);
    }
    // One that is closed while firepit runs is closed from then on.
    mode("open", 0o600);
    assert_eq!(got(&running.scrape(), &open), REFUSED);
}

/// On this very kernel, and under the default grants.
#[test]
fn guarded_files_of_this_host_need_their_full_name() {
    let guarded = [
        "/proc/cmdline",
        "/proc/1/net/tcp",
        "/proc/slabinfo",
        "/proc/pagetypeinfo",
    ];
    let controls = ["/proc/loadavg", "/proc/self/net/tcp", "/proc/net/tcp"];
    let all: Vec<&str> = guarded.into_iter().chain(controls).collect();
    let page = reader(&all, None).start().scrape();
    for path in guarded {
        assert_eq!(got(&page, path), REFUSED, "{path}");
    }
    for path in controls {
        assert!(got(&page, path).iter().all(|bytes| *bytes > 0.0), "{path}");
    }
    let named = ["/proc/cmdline", "/proc/1/net/tcp"];
    let page = reader(&named, Some(&named)).start().scrape();
    for path in named {
        assert!(got(&page, path).iter().all(|bytes| *bytes > 0.0), "{path}");
    }
}

/// A process whose name looks like fields of its own line. It ends with the value.
struct Liar {
    child: Child,
    _directory: Directory,
}

impl Liar {
    fn new() -> Self {
        let directory = Directory::new();
        let program = directory.path().join("a) R 1 (b) S");
        fs::copy("/bin/sleep", &program).unwrap();
        let child = Command::new(program)
            .arg("1000")
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        Self {
            child,
            _directory: directory,
        }
    }
}

impl Drop for Liar {
    fn drop(&mut self) {
        // Both fail where it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Where code, stack and data of a process lie is told of none: not of firepit and its threads, not of
/// others as root, and not of one whose name is made to shift the fields.
#[test]
fn no_address_of_a_process_is_revealed() {
    let liar = Liar::new();
    let of_liar = format!("/proc/{}/stat", liar.child.id());
    // The kernel does tell this process, or the test could not fail.
    until("the program to be in memory", || {
        let told = fs::read_to_string(&of_liar).unwrap();
        let told = told.rsplit_once(')').unwrap().1;
        (told.split_whitespace().nth(26 - 3) != Some("0")).then_some(())
    });

    let asked = [
        "/proc/self/stat",
        "/proc/thread-self/stat",
        "/proc/1/stat",
        &of_liar,
    ];
    let everything = ["/proc/**", "/proc/self/stat", "/proc/1/stat", &of_liar];
    for reads in [None, Some(&everything[..])] {
        let page = reader(&asked, reads).start().scrape();
        let mut told = 0;
        let mut threads = 0;
        for sample in page.samples("guest_field") {
            let field: usize = sample.labels["field"].parse().unwrap();
            if matches!(field, 26..=30 | 35 | 45..=51) {
                told += 1;
                assert_eq!(sample.value, 0.0, "{:?}", sample.labels);
                threads += usize::from(sample.labels["path"].contains("/task/"));
            }
        }
        let each = 13 * WAYS.len();
        assert_eq!(told - threads, each * asked.len(), "not all was read");
        assert!(threads >= each, "no thread was read");
        // The lines are there all the same: each process has a parent, or is the first.
        let parent = page
            .samples("guest_field")
            .filter(|sample| sample.labels["path"] == of_liar && sample.labels["field"] == "4");
        let parents: Vec<f64> = parent.map(|sample| sample.value).collect();
        assert_eq!(parents, [f64::from(std::process::id()); 3]);
    }
}

/// Everything else that tells where a process is, is refused as a whole.
#[test]
fn process_files_with_addresses_are_denied() {
    let files = ["wchan", "syscall", "stack", "maps", "auxv", "environ"];
    let processes = ["self", "thread-self", "1", "1/task/1"];
    let paths: Vec<String> = (processes.iter())
        .flat_map(|process| files.map(|file| format!("/proc/{process}/{file}")))
        .collect();
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    let reads: Vec<&str> = ["/proc/**"].into_iter().chain(paths.clone()).collect();
    let page = reader(&paths, Some(&reads)).start().scrape();
    assert_eq!(success(&page, GUEST), Some(1.0));
    for path in paths {
        assert_eq!(got(&page, path), REFUSED, "{path}");
    }
}

/// In the root of a host, closed directories and files, and names of secrets.
#[test]
fn secrets_of_a_host_need_their_full_name() {
    let secrets = [
        "etc/passwd-",
        "etc/wireguard/wg0.conf",
        "etc/letsencrypt/live/x/privkey.pem",
        "var/home/u/notes",
        "srv/app/.kube/config",
        "srv/shut/open",
        "srv/closed",
    ];
    let root = secrets
        .iter()
        .fold(Directory::new(), |directory, path| {
            directory.file(path, "secret")
        })
        .file("etc/os-release", "public");
    let mode = |path: &str, bits| {
        let path = root.path().join(path);
        fs::set_permissions(path, fs::Permissions::from_mode(bits)).unwrap();
    };
    mode("srv/shut", 0o700);
    mode("srv/closed", 0o600);
    let paths = secrets.map(|path| format!("/rootfs/{path}"));
    let control = "/rootfs/etc/os-release";
    let mut all: Vec<&str> = paths.iter().map(String::as_str).collect();
    all.push(control);
    let flag = format!("--path.rootfs={}", root.path().display());
    let page = reader(&all, Some(&["/rootfs/**"]))
        .flag(&flag)
        .start()
        .scrape();
    assert_eq!(got(&page, control), [6.0; 3]);
    for path in &paths {
        assert_eq!(got(&page, path), REFUSED, "{path}");
    }
    let page = reader(&all, Some(&all)).flag(&flag).start().scrape();
    for path in &all {
        assert_eq!(got(&page, path), [6.0; 3], "{path}");
    }
}
