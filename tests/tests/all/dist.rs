//! The program of a release, in a root directory without a C library or another program. `cargo xtask check`
//! gives it to these tests; there is nothing to test with a program that is linked dynamically.

use std::env;
use std::net::{IpAddr, Ipv4Addr};
use std::process::Command;

use firepit_tests::{Ended, Firepit, Running, until};

use crate::baseline::success;

/// The name of the variable that says that the program under test is that of a release.
const DIST: &str = "FIREPIT_DIST";

const UNSHARE: [&str; 6] = [
    "unshare",
    "--user",
    "--map-root-user",
    "--mount",
    "sh",
    "-c",
];

/// Starts a program in a root directory that has it, the kernel's files, `/dev/null`, a directory of modules, and
/// the files that a resolver reads. All that a resolver might load there is a pipe without a writer: opening it would not
/// return.
const BARE: &str = r#"
set -e
root=$HOME/root
mkdir "$root"
mount -t tmpfs -o mode=755 root "$root"
cd "$root"
mkdir -p "$root$HOME" proc sys dev etc
mount --rbind /proc proc
mount --rbind /sys sys
touch dev/null
mount --bind /dev/null dev/null
printf '127.0.0.1 localhost\n127.0.0.7 known.example\n' >etc/hosts
echo 'hosts: files mymachines resolve [!UNAVAIL=return] dns myhostname' >etc/nsswitch.conf
for directory in lib lib64 usr/lib usr/lib64 "lib/$(uname -m)-linux-gnu" "usr/lib/$(uname -m)-linux-gnu"; do
    mkdir -p "$directory"
    for service in mymachines resolve myhostname dns files; do
        mkfifo "$directory/libnss_$service.so.2"
    done
done
cp "$1" firepit
shift
for word in "$@"; do
    case $word in --collector.directory=*)
        directory=${word#*=}
        mkdir -p "$root$directory"
        mount --bind "$directory" "$root$directory"
    esac
done
exec chroot . /firepit "$@"
"#;

/// Puts a program into the bare root; `None` if it is not of a release, or where the machine does not allow it.
fn bare(firepit: Firepit) -> Option<Firepit> {
    if env::var_os(DIST).is_none() {
        eprintln!("{DIST} is not set: there is no program of a release to test");
        return None;
    }
    let (program, arguments) = UNSHARE.split_first()?;
    let can = Command::new(program).args(arguments).arg("true").status();
    if !can.is_ok_and(|status| status.success()) {
        eprintln!("this machine does not allow namespaces of users and mounts");
        return None;
    }
    Some(firepit.within(&[&UNSHARE[..], &[BARE, "sh"]].concat()))
}

fn resolves(address: &str) -> Option<Firepit> {
    let flags = ["--collector.disable-defaults", "--collector.loadavg"];
    let address = format!("--web.listen-address={address}:0");
    let firepit = flags
        .iter()
        .fold(Firepit::new().exact(), |firepit, flag| firepit.flag(*flag));
    bare(firepit.flag(address))
}

#[test]
fn binary_needs_no_other_file() {
    let firepit = Firepit::new().module("swap_any").all_collectors();
    let firepit = firepit.flag("--collector.swapped");
    let Some(firepit) = bare(firepit) else {
        return;
    };
    let running = firepit.start();
    // Compiled there, by a child: the program started itself.
    until("the module", || {
        let page = running.scrape();
        let all = ["swapped", "cpu", "netdev"];
        let ran = |name: &&str| success(&page, name) == Some(1.0);
        all.iter().all(ran).then_some(())
    });
}

#[test]
fn version_shows_the_build() {
    let Some(firepit) = bare(Firepit::new()) else {
        return;
    };
    let Ended { stdout, .. } = firepit.run(&["--version"]);
    assert!(stdout.starts_with("firepit, version "), "{stdout}");
    assert!(!stdout.contains("revision: unknown"), "{stdout}");
    assert!(!stdout.contains("branch: unknown"), "{stdout}");
    let date = stdout.lines().find(|line| line.contains("build date"));
    assert!(!date.unwrap().contains("unknown"), "{stdout}");
}

#[test]
fn host_names_resolve_without_libraries_of_the_host() {
    for (name, address) in [
        ("localhost", Ipv4Addr::LOCALHOST),
        ("known.example", Ipv4Addr::new(127, 0, 0, 7)),
    ] {
        let Some(firepit) = resolves(name) else {
            return;
        };
        let running: Running = firepit.start();
        assert_eq!(running.address().ip(), IpAddr::V4(address));
    }
    let Some(firepit) = resolves("unknown.invalid") else {
        return;
    };
    let ended = firepit.run(&[]);
    assert_eq!(ended.status.code(), Some(1), "{}", ended.stderr);
    assert!(ended.stderr.contains("unknown.invalid"), "{}", ended.stderr);
}
