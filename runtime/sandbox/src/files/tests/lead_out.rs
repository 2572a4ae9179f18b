//! Links from the directory of an option to paths that other patterns grant.

use std::os::unix::fs::PermissionsExt as _;

use super::*;
use crate::grants::{Policy, Reads};

const READS: &[&str] = &[
    "{directory}/*/supervise/status",
    "/rootfs/etc/sv/*/supervise/status",
    "/rootfs/run/supervise/*/status",
    // Denied by the never-list alone.
    "/rootfs/etc/shadow*/supervise/status",
    "/rootfs/home/status",
];

/// Services as distributions have them: links in links, relative and absolute.
fn host() -> Temp {
    let temp = Temp::trees();
    for (file, content) in [
        ("rootfs/run/supervise/sshd/status", "sshd"),
        ("rootfs/etc/sv/cron/supervise/status", "cron"),
        (
            "rootfs/run/runsvdir/default/plain/supervise/status",
            "plain",
        ),
        ("rootfs/etc/secret/supervise/status", "secret"),
        ("rootfs/etc/shadow/supervise/status", "secret"),
        ("rootfs/home/status", "secret"),
        ("outside/supervise/status", "secret"),
    ] {
        temp.file(file, content);
    }
    let outside = temp.text("outside");
    for (link, target) in [
        ("etc/sv/sshd/supervise", "/run/supervise/sshd"),
        ("run/runsvdir/default/sshd", "/etc/sv/sshd"),
        ("run/runsvdir/default/cron", "../../../etc/sv/cron"),
        ("run/runsvdir/default/alias", "cron"),
        ("run/runsvdir/default/secret", "/etc/secret"),
        ("run/runsvdir/default/shadow", "/etc/shadow"),
        ("run/runsvdir/default/above", "../../../../outside"),
        ("run/runsvdir/default/absolute", outside.as_str()),
        ("run/runsvdir/default/round", "/run/runsvdir/default/round"),
        ("run/runsvdir/default/gone", "/etc/sv/gone"),
        ("etc/sv/home/supervise", "/home"),
        ("run/runsvdir/default/home", "/etc/sv/home"),
    ] {
        temp.link(&format!("rootfs/{link}"), target);
    }
    temp
}

/// The services of a directory, for a collector with these patterns.
fn services(temp: &Temp, directory: &str, reads: &[&str], policy: &Policy) -> Files {
    let value = temp.text(directory);
    let values = |name: &str| (name == "directory").then(|| vec![value.clone()]);
    let grants = Grants::compile(&owned(reads), &values).unwrap();
    let grants = grants.within(policy, &values).unwrap();
    let roots = Arc::new(Roots::open(&temp.paths()).unwrap());
    Files::new(roots, grants, &Limits::default())
}

fn status(temp: &Temp, directory: &str, service: &str) -> String {
    temp.text(&format!("{directory}/{service}/supervise/status"))
}

#[test]
fn links_lead_to_what_another_pattern_grants() {
    let temp = host();
    let directory = "rootfs/run/runsvdir/default";
    let mut files = services(&temp, directory, READS, &Policy::builtin());
    for (service, expected) in [
        ("plain", Ok("plain")),
        ("sshd", Ok("sshd")),
        ("cron", Ok("cron")),
        ("alias", Ok("cron")),
        ("secret", Err(FileError::NotPermitted)),
        ("shadow", Err(FileError::NotPermitted)),
        ("home", Err(FileError::NotPermitted)),
        ("above", Err(FileError::NotPermitted)),
        ("absolute", Err(FileError::NotFound)),
        ("gone", Err(FileError::NotFound)),
        ("none", Err(FileError::NotFound)),
        ("round", Err(Errno::LOOP.into())),
    ] {
        let path = status(&temp, directory, service);
        let expected = expected.map(|text| text.as_bytes().to_vec());
        assert_eq!(files.read(&path), expected, "{service}");
        let size = files.stat(&path).map(|stat| stat.size);
        assert_eq!(size, expected.map(|text| text.len() as u64), "{service}");
    }
    assert_eq!(files.meter().usage().denied, 8);
}

#[test]
fn modes_count_no_more_than_in_the_directory_itself() {
    let temp = host();
    let closed = temp.path("rootfs/run/supervise/sshd");
    fs::set_permissions(closed, fs::Permissions::from_mode(0o700)).unwrap();
    let directory = "rootfs/run/runsvdir/default";
    let mut files = services(&temp, directory, READS, &Policy::builtin());
    assert_eq!(
        files.read(&status(&temp, directory, "sshd")).unwrap(),
        b"sshd"
    );
    // By its own name it is a file of the host like any other.
    let named = files.read("/rootfs/run/supervise/sshd/status");
    assert_eq!(named, Err(FileError::NotPermitted));
}

#[test]
fn without_another_pattern_no_link_leads_out() {
    let temp = host();
    let directory = "rootfs/run/runsvdir/default";
    let own = &READS[..1];
    for reads in [own, &[own[0], "/sys/**", "/rootfs/etc/hostname"]] {
        let mut files = services(&temp, directory, reads, &Policy::builtin());
        for service in ["sshd", "cron", "secret"] {
            let read = files.read(&status(&temp, directory, service));
            assert_eq!(read, Err(FileError::NotPermitted), "{service} {reads:?}");
        }
    }
}

#[test]
fn links_of_third_party_modules_never_lead_out() {
    let temp = host();
    let directory = "rootfs/run/runsvdir/default";
    let policy = Policy {
        reads: Reads::Only(owned(READS)),
        ..Policy::third_party()
    };
    let mut files = services(&temp, directory, READS, &policy);
    let read = |files: &mut Files, service| files.read(&status(&temp, directory, service));
    assert_eq!(read(&mut files, "plain").unwrap(), b"plain");
    for service in ["sshd", "cron", "secret", "shadow"] {
        let read = read(&mut files, service);
        assert_eq!(read, Err(FileError::NotPermitted), "{service}");
    }
}

#[test]
fn a_directory_outside_of_the_root_has_no_links_out() {
    let temp = host();
    temp.link("elsewhere/cron", "/etc/sv/cron");
    temp.link("elsewhere/above", "../rootfs/etc/sv/cron");
    let mut files = services(&temp, "elsewhere", READS, &Policy::builtin());
    for service in ["cron", "above"] {
        let read = files.read(&status(&temp, "elsewhere", service));
        assert_eq!(read, Err(FileError::NotPermitted), "{service}");
    }
}

#[test]
fn directories_named_by_wildcards_have_no_links_out() {
    let temp = host();
    let mut files = services(&temp, "rootfs/run/runsvdir/*", READS, &Policy::builtin());
    let directory = "rootfs/run/runsvdir/default";
    assert_eq!(
        files.read(&status(&temp, directory, "plain")).unwrap(),
        b"plain"
    );
    let read = files.read(&status(&temp, directory, "sshd"));
    assert_eq!(read, Err(FileError::NotPermitted));
}

/// The directory itself may be a link, as `/etc/service` of Debian is: relative links in it start
/// from where it really is.
#[test]
fn relative_links_start_from_the_real_directory() {
    let temp = host();
    temp.link("rootfs/etc/service", "../run/runsvdir/default");
    let mut files = services(&temp, "rootfs/etc/service", READS, &Policy::builtin());
    for service in ["sshd", "cron"] {
        let read = files.read(&status(&temp, "rootfs/etc/service", service));
        assert_eq!(read.unwrap(), service.as_bytes());
    }
}
