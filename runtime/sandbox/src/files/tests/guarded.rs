//! Restrictions of third-party modules beyond their grants.

use std::os::unix::fs::PermissionsExt as _;

use super::*;
use crate::grants::{Policy, Reads};

/// The view of a third-party module: the patterns it declares, and those of the operator, if any.
fn stranger(paths: &RootPaths, asked: &[&str], written: Option<&[&str]>) -> Files {
    let mut policy = Policy::third_party();
    if let Some(written) = written {
        policy.reads = Reads::Only(owned(written));
    }
    let grants = Grants::compile(&owned(asked), &|_| None).unwrap();
    let grants = grants.within(&policy, &|_| None).unwrap();
    Files::new(
        Arc::new(Roots::open(paths).unwrap()),
        grants,
        &Limits::default(),
    )
}

fn mode(temp: &Temp, path: &str, mode: u32) {
    fs::set_permissions(temp.path(path), fs::Permissions::from_mode(mode)).unwrap();
}

/// The content of a file by each way of reading. All must agree.
fn read(files: &mut Files, path: &str) -> Result<Vec<u8>, FileError> {
    let one = files.read(path);
    let (directory, name) = path.rsplit_once('/').unwrap();
    let many = files.read_many(directory, &owned(&[name]));
    let many = many.and_then(|contents| contents.into_iter().next().unwrap());
    assert_eq!(one, many, "{path}");
    one
}

const REFUSED: Result<Vec<u8>, FileError> = Err(FileError::NotPermitted);

/// One file of each known effect and of each known secret, as far as they have names.
const ACTING: &[&str] = &[
    "class/zram-control/hot_add",
    "devices/virtual/zram-control/hot_add",
    "devices/pci0000:00/0000:00:08.1/psp_vbflash",
    "bus/pci/devices/0000:00:08.1/psp_vbflash_status",
    "devices/system/cpu/cpu0/crash_notes",
    "devices/system/cpu/cpu0/crash_notes_size",
    "firmware/vpd/ro/stable_device_secret_DO_NOT_SHARE",
    "class/drm/card0/error",
    "class/intel_pmt/crashlog1/crashlog",
    "class/scsi_host/host0/ctlreg",
    "class/scsi_host/host0/nvram",
    "class/scsi_host/host0/optrom",
    "class/scsi_host/host0/fw_dump",
    "class/scsi_host/host0/device/fw_dump",
    "devices/platform/dcdbas/smi_data",
    "class/firmware/x.bin/data",
    "class/firmware/x.bin/loading",
    "firmware/ipl/parm",
    "firmware/devicetree/base/secure-chosen/rng-seed",
    "fs/selinux/policy",
    "hypervisor/uuid",
    "kernel/kexec_crash_size",
    "module/x/parameters/auth_key",
    "devices/virtual/misc/pkey/protkey/protkey_aes_128",
    "class/tpm/tpm0/pcr-sha256/0",
    "bus/rbd/devices/0/config_info",
    "class/uio/uio0/maps/map0/addr",
];

#[test]
fn files_with_side_effects_or_secrets_need_their_full_name() {
    let temp = Temp::trees();
    for path in ACTING {
        temp.file(&format!("sys/{path}"), "x");
    }
    let all = ["/sys/**"];
    let literal: Vec<String> = ACTING.iter().map(|path| format!("/sys/{path}")).collect();
    let literal: Vec<&str> = literal.iter().map(String::as_str).collect();
    for path in &literal {
        // By patterns, the module's and the operator's, and by the module's full name alone.
        for (asked, written) in [
            (&all[..], None),
            (&all, Some(&all[..])),
            (&literal, None),
            (&literal, Some(&all)),
        ] {
            let mut files = stranger(&temp.paths(), asked, written);
            assert_eq!(read(&mut files, path), REFUSED, "{path}");
            assert_eq!(files.stat(path), Err(FileError::NotPermitted), "{path}");
            assert!(files.real_path(path).is_err(), "{path}");
            assert!(files.read_link(path).is_err(), "{path}");
            assert!(files.check_directory(path).is_err(), "{path}");
            let (directory, name) = path.rsplit_once('/').unwrap();
            if let Ok(entries) = files.list(directory) {
                assert!(!names(&entries).contains(&name), "{path}");
            }
        }
        // By the operator's full name, which grants nothing else.
        let mut files = stranger(&temp.paths(), &all, Some(&[path]));
        assert_eq!(read(&mut files, path).unwrap(), b"x", "{path}");
        assert!(files.stat(path).is_ok(), "{path}");
        for other in literal.iter().filter(|other| *other != path) {
            assert_eq!(read(&mut files, other), REFUSED, "{other}");
        }
        // To a built-in collector.
        assert_eq!(temp.files(&all).read(path).unwrap(), b"x", "{path}");
    }
}

#[test]
fn files_unreadable_for_others_need_their_full_name() {
    let temp = Temp::trees();
    for tree in ["sys", "proc"] {
        for (name, bits) in [
            ("open", 0o444),
            ("owner", 0o400),
            ("group", 0o640),
            ("none", 0o000),
        ] {
            temp.file(&format!("{tree}/class/a/{name}"), "x");
            mode(&temp, &format!("{tree}/class/a/{name}"), bits);
        }
        let all = [format!("/{tree}/**")];
        let all = [all[0].as_str()];
        for written in [None, Some(&all[..])] {
            let mut files = stranger(&temp.paths(), &all, written);
            for _ in 0..2 {
                assert_eq!(
                    read(&mut files, &format!("/{tree}/class/a/open")).unwrap(),
                    b"x"
                );
                for name in ["owner", "group", "none"] {
                    let path = format!("/{tree}/class/a/{name}");
                    // An unreadable file is visible, as it is to every user of the host.
                    assert!(files.stat(&path).is_ok(), "{path}");
                    let read = read(&mut files, &path);
                    // The kernel denies it to users other than root.
                    assert!(
                        read == REFUSED || read == Err(FileError::PermissionDenied),
                        "{path}"
                    );
                }
            }
        }
        if rustix::process::geteuid().is_root() {
            let path = format!("/{tree}/class/a/owner");
            let mut files = stranger(&temp.paths(), &all, Some(&[all[0], &path]));
            assert_eq!(read(&mut files, &path).unwrap(), b"x");
            assert_eq!(read(&mut files, &format!("/{tree}/class/a/none")), REFUSED);
            let mut builtin = temp.files(&all);
            assert_eq!(read(&mut builtin, &path).unwrap(), b"x");
        }
    }
}

/// The name that the operator wrote is one way to a file; a link is another.
#[test]
fn links_grant_no_more_than_names() {
    let temp = Temp::trees();
    temp.file("sys/devices/a/secret", "x");
    temp.file("sys/devices/a/psp_vbflash", "x");
    temp.file("sys/devices/a/plain", "x");
    mode(&temp, "sys/devices/a/secret", 0o400);
    temp.link("sys/class/net/card", "../../devices/a");
    temp.link("sys/class/net/flash", "../../devices/a/psp_vbflash");
    temp.link("sys/class/net/cache", "../../devices/a/secret");
    let mut files = stranger(&temp.paths(), &["/sys/**"], None);
    for path in [
        "/sys/class/net/card/secret",
        "/sys/class/net/card/psp_vbflash",
        "/sys/class/net/flash",
        "/sys/class/net/cache",
    ] {
        let read = read(&mut files, path);
        assert!(
            read == REFUSED || read == Err(FileError::PermissionDenied),
            "{path}"
        );
    }
    assert_eq!(read(&mut files, "/sys/class/net/card/plain").unwrap(), b"x");
    if rustix::process::geteuid().is_root() {
        let named = ["/sys/class/net/card/secret", "/sys/class/net/flash"];
        let mut files = stranger(&temp.paths(), &["/sys/**"], Some(&named));
        for path in named {
            assert_eq!(read(&mut files, path).unwrap(), b"x", "{path}");
        }
        for path in ["/sys/class/net/card/psp_vbflash", "/sys/class/net/cache"] {
            assert_eq!(read(&mut files, path), REFUSED, "{path}");
        }
    }
}

/// In the root of a host a closed directory protects its content, whatever the content's mode is.
#[test]
fn closed_directories_of_a_host_protect_their_content() {
    let temp = Temp::trees();
    for path in [
        "open/file",
        "open/closed",
        "closed/file",
        "open/shut/deep/file",
    ] {
        temp.file(&format!("rootfs/{path}"), "x");
    }
    mode(&temp, "rootfs/open/closed", 0o640);
    mode(&temp, "rootfs/closed", 0o750);
    mode(&temp, "rootfs/open/shut", 0o700);
    temp.link("rootfs/open/link", "../closed/file");
    let closed = [
        "/rootfs/open/closed",
        "/rootfs/closed/file",
        "/rootfs/open/shut/deep/file",
        "/rootfs/open/link",
    ];
    let all = ["/rootfs/**"];
    let strangers = stranger(&temp.paths(), &all, Some(&all));
    // The same holds for built-in collectors, unless they name the file.
    for mut files in [strangers, temp.files(&all)] {
        assert_eq!(read(&mut files, "/rootfs/open/file").unwrap(), b"x");
        for path in closed {
            let read = read(&mut files, path);
            assert!(
                read == REFUSED || read == Err(FileError::PermissionDenied),
                "{path}"
            );
        }
    }
    if rustix::process::geteuid().is_root() {
        for path in closed {
            let mut named = stranger(&temp.paths(), &all, Some(&[path]));
            assert_eq!(read(&mut named, path).unwrap(), b"x", "{path}");
            assert_eq!(
                read(&mut temp.files(&[path]), path).unwrap(),
                b"x",
                "{path}"
            );
        }
    }
}

#[test]
fn secrets_of_a_host_need_their_full_name() {
    let temp = Temp::trees();
    let secrets = [
        "var/home/u/file",
        "var/roothome/file",
        "etc/master.passwd",
        "etc/passwd-",
        "var/backups/shadow.bak",
        "etc/ssh/old/ssh_host_rsa_key.bak",
        "etc/dropbear/dropbear_rsa_host_key",
        "etc/pki/tls/private/x.pem",
        "etc/letsencrypt/live/x/privkey.pem",
        "etc/kubernetes/admin.conf",
        "etc/kubernetes/pki/ca.key",
        "var/lib/kubelet/pki/kubelet.pem",
        "etc/wireguard/wg0.conf",
        "etc/NetworkManager/system-connections/w.nmconnection",
        "etc/ipsec.secrets",
        "run/credentials/x.service/token",
        "var/lib/systemd/credential.secret",
        "var/lib/samba/private/secrets.tdb",
        "srv/a/.aws/credentials",
        "srv/a/.kube/config",
        "srv/a/.netrc",
        "srv/a/.docker/config.json",
        "srv/a/.config/gcloud/x.db",
        "srv/a/id_ed25519",
        "srv/a/safe.kdbx",
        "srv/a/tls.key",
    ];
    for path in secrets {
        temp.file(&format!("rootfs/{path}"), "x");
    }
    temp.file("rootfs/etc/os-release", "x");
    temp.file("rootfs/etc/ssl/certs/a.pem", "x");
    let all = ["/rootfs/**"];
    let mut files = stranger(&temp.paths(), &all, Some(&all));
    for path in ["/rootfs/etc/os-release", "/rootfs/etc/ssl/certs/a.pem"] {
        assert_eq!(read(&mut files, path).unwrap(), b"x", "{path}");
    }
    for path in secrets.map(|path| format!("/rootfs/{path}")) {
        assert_eq!(read(&mut files, &path), REFUSED, "{path}");
        let mut named = stranger(&temp.paths(), &all, Some(&[&path]));
        assert_eq!(read(&mut named, &path).unwrap(), b"x", "{path}");
    }
}

#[test]
fn guarded_proc_files_need_their_full_name() {
    let temp = Temp::trees();
    let guarded = [
        "cmdline",
        "bootconfig",
        "tty/driver/serial",
        "sys/net/core/netdev_rss_key",
        "pagetypeinfo",
        "1/net/tcp",
        "77/task/78/net/tcp",
    ];
    for path in guarded {
        temp.file(&format!("proc/{path}"), "x");
    }
    temp.file("proc/self/net/tcp", "x");
    temp.link("proc/net", "self/net");
    let all = ["/proc/**"];
    let mut files = stranger(&temp.paths(), &all, Some(&all));
    for path in ["/proc/net/tcp", "/proc/self/net/tcp"] {
        assert_eq!(read(&mut files, path).unwrap(), b"x", "{path}");
    }
    assert!(!names(&files.list("/proc/1").unwrap()).contains(&"net"));
    for path in guarded.map(|path| format!("/proc/{path}")) {
        assert_eq!(read(&mut files, &path), REFUSED, "{path}");
        let mut named = stranger(&temp.paths(), &all, Some(&[&path]));
        assert_eq!(read(&mut named, &path).unwrap(), b"x", "{path}");
    }
}

/// The number of each field of a line about a process, from the third on.
fn fields(stat: &[u8]) -> Vec<(usize, String)> {
    let stat = String::from_utf8_lossy(stat);
    let (_, rest) = stat.rsplit_once(')').unwrap();
    let fields = rest.split_whitespace().map(str::to_owned);
    (3..).zip(fields).collect()
}

/// Addresses of firepit's and other processes and threads, even as root, on the running kernel.
#[test]
fn no_address_of_any_process_is_revealed() {
    let pid = std::process::id();
    let of_thread = fs::read_link("/proc/thread-self").unwrap();
    let of_thread = of_thread.to_str().unwrap();
    let raw = fields(&fs::read("/proc/self/stat").unwrap());
    assert!(raw.iter().any(|(at, value)| *at == 26 && value != "0"));
    let all = ["/proc/**"];
    for mut files in [
        stranger(&real(), &all, None),
        files(&real(), &all, &Limits::default()),
    ] {
        for process in [
            "self",
            "thread-self",
            "1",
            &pid.to_string(),
            of_thread,
            "1/task/1",
        ] {
            let path = format!("/proc/{process}/stat");
            let fields = fields(&read_twice(&mut files, &path));
            assert_eq!(fields.len(), raw.len(), "{path}");
            for (at, value) in &fields {
                let hidden = matches!(at, 26..=35 | 45..=51);
                assert!(!hidden || value == "0", "{path}: field {at} is {value}");
            }
            // Fields that are not addresses are kept, such as the parent's process group.
            assert!(fields.iter().any(|(at, value)| *at == 20 && value != "0"));
        }
        for file in ["wchan", "syscall", "stack", "maps", "auxv"] {
            for process in ["self", "thread-self", "1", of_thread, "1/task/1"] {
                let path = format!("/proc/{process}/{file}");
                assert_eq!(read(&mut files, &path), REFUSED, "{path}");
            }
        }
    }
}

/// By each way of reading. The process runs in between, so the results are not compared.
fn read_twice(files: &mut Files, path: &str) -> Vec<u8> {
    let (directory, name) = path.rsplit_once('/').unwrap();
    let many = files.read_many(directory, &owned(&[name])).unwrap();
    let many = many.into_iter().next().unwrap().unwrap();
    let hidden = |stat: &[u8]| {
        fields(stat)
            .into_iter()
            .filter(|(at, _)| matches!(at, 26..=35))
    };
    let one = files.read(path).unwrap();
    assert_eq!(
        hidden(&one).collect::<Vec<_>>(),
        hidden(&many).collect::<Vec<_>>()
    );
    one
}
