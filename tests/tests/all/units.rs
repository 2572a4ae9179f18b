//! The units in `packaging/systemd/`, as systemd's own programs judge them. A test is skipped, and says so, if its
//! program is not installed.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use firepit_tests::{Directory, Firepit, NotifySocket, Request, is_installed, program, until};

use crate::baseline::{assert_complete, procfs};

/// The drop-ins, each with the highest exposure that `systemd-analyze security` may state for the service with it.
const VARIANTS: [(Option<&str>, f64); 4] = [
    (None, 1.8),
    (Some("dynamic-user.conf"), 1.8),
    (Some("web-config.conf"), 1.8),
    (Some("socket-activation.conf"), 1.5),
];

/// A file of the package, for the program of the tests.
fn unit(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../packaging/systemd");
    let text = fs::read_to_string(path.join(name)).unwrap();
    assert!(!text.contains("/usr/local"), "{name}");
    text.replace("/usr/bin/firepit", program("FIREPIT_BIN").to_str().unwrap())
}

/// A directory with the units and this drop-in.
fn units(drop_in: Option<&str>) -> Directory {
    let mut units = Directory::new();
    for name in ["firepit.service", "firepit.socket"] {
        units = units.file(name, unit(name));
    }
    match drop_in {
        Some(name) => units.file(&format!("firepit.service.d/{name}"), unit(name)),
        None => units,
    }
}

/// What `systemd-analyze` prints on both streams.
fn analyze(words: &[&str], files: &[PathBuf]) -> String {
    let output = Command::new("systemd-analyze")
        .args(words)
        .args(files)
        .env("SYSTEMD_COLORS", "0")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let texts = [output.stdout, output.stderr];
    texts.map(|text| String::from_utf8(text).unwrap()).concat()
}

/// `verify` succeeds in spite of an unknown key, so nothing may be printed.
#[test]
fn systemd_verifies_the_units() {
    if !is_installed("systemd-analyze") {
        return;
    }
    for (drop_in, _) in VARIANTS {
        let units = units(drop_in);
        let files = ["firepit.service", "firepit.socket"].map(|name| units.path().join(name));
        let told = analyze(&["verify", "--man=no"], &files);
        assert_eq!(told, "", "{drop_in:?}");
    }
}

#[test]
fn exposure_level_is_at_most_the_documented_one() {
    if !is_installed("systemd-analyze") {
        return;
    }
    for (drop_in, highest) in VARIANTS {
        let units = units(drop_in);
        let file = units.path().join("firepit.service");
        let told = analyze(&["security", "--offline=yes", "--no-pager"], &[file]);
        let line = told.lines().find(|line| line.contains("exposure level"));
        let number = line.unwrap_or(&told).split(": ").nth(1).unwrap_or_default();
        let exposure: f64 = number.split(' ').next().unwrap().parse().expect(&told);
        assert!(exposure <= highest, "{drop_in:?}: {told}");
    }
}

/// Walls that would hide what default collectors show, or keep firepit from starting.
#[test]
fn restrictions_do_not_hide_data_of_default_collectors() {
    let service = unit("firepit.service");
    for line in [
        "ProtectProc=",
        "ProcSubset=",
        "ProtectClock=",
        "ProtectHostname=",
        "ProtectHome=yes",
        "PrivateNetwork=",
        "MemoryDenyWriteExecute=",
    ] {
        let is_set = |it: &str| it.starts_with(line);
        assert!(!service.lines().any(is_set), "{line}");
    }
}

/// A port that is free, as long as nobody else takes it.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// systemd's own program opens the port, and starts firepit with the first connection.
#[test]
fn first_connection_starts_firepit() {
    if !is_installed("systemd-socket-activate") {
        return;
    }
    let address = format!("127.0.0.1:{}", free_port());
    let activate = ["systemd-socket-activate", "-l", &address];
    let procfs = procfs();
    let firepit = Firepit::new().within(&activate).procfs(procfs.path());
    let client = {
        let address = address.parse().unwrap();
        std::thread::spawn(move || {
            until("an answer", || Request::get("/metrics").send(address).ok())
        })
    };
    let running = firepit.flag("--web.systemd-socket").start();
    assert_eq!(client.join().unwrap().status, 200);
    assert_complete(&running.scrape());
}

/// The socket of these tests understands what systemd's own program sends.
#[test]
fn messages_of_systemd_notify_have_the_same_form() {
    if !is_installed("systemd-notify") {
        return;
    }
    let socket = NotifySocket::abstract_one();
    let status = Command::new("systemd-notify")
        .args(["--ready", "--status=some words", "--no-block"])
        .env("NOTIFY_SOCKET", socket.name())
        .status()
        .unwrap();
    assert!(status.success());
    assert_eq!(socket.next(), "READY=1\nSTATUS=some words");
}

#[test]
fn deploy_prints_the_restrictions_of_the_packaged_unit() {
    let ended = Firepit::new().run(&["deploy", "systemd"]);
    assert_eq!(ended.status.code(), Some(0), "{}", ended.stderr);
    let printed: Vec<&str> = ended.stdout.lines().collect();
    let packaged = unit("firepit.service");
    let (_, service) = packaged.split_once("[Service]").unwrap();
    let of_flags = ["Environment", "ExecStart=", "ExecReload="];
    let settings = service
        .lines()
        .filter(|line| line.contains('=') && !line.starts_with('#'));
    let settings: Vec<&str> = settings
        .filter(|line| {
            !of_flags.iter().any(|name| line.starts_with(name)) && !line.starts_with("WantedBy")
        })
        .collect();
    assert!(settings.len() > 25, "{settings:?}");
    let missing: Vec<&str> = settings
        .into_iter()
        .filter(|line| !printed.contains(line))
        .collect();
    assert_eq!(missing, [""; 0], "{}", ended.stdout);
}
