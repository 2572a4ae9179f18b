//! What firepit reports to its service manager: start, reloads, end, and that it works.

use std::fs;
use std::time::Duration;

use firepit_tests::{
    Directory, Firepit, NotifySocket, Request, Running, StoppedThreads, Writer, swap_guest, until,
};
use rustix::process::Signal;
use rustix::time::{ClockId, clock_gettime};

/// Long enough for ten watchdog notifications.
const WHILE: Duration = Duration::from_millis(500);

/// A firepit that reports to this socket, with a directory for config and modules.
fn reporting(socket: &NotifySocket) -> (Firepit, Directory) {
    let site = Directory::new().file("firepit.yaml", "collectors: {}\n");
    fs::create_dir(site.path().join("modules")).unwrap();
    let path = site.path().display();
    let firepit = Firepit::new()
        .env("NOTIFY_SOCKET", socket.name())
        .flag(format!("--config.file={path}/firepit.yaml"))
        .flag(format!("--collector.directory={path}/modules"))
        .flag("--web.enable-lifecycle");
    (firepit, site)
}

fn write(site: &Directory, file: &str, content: &[u8]) {
    Writer::Rename.write(&site.path().join(file), content);
}

/// Waits for the beginning and the end of a reload; returns its last message.
fn reload_of(socket: &NotifySocket) -> String {
    let begun = socket.until("RELOADING=1\n");
    let lines: Vec<&str> = begun.lines().collect();
    let micros = lines[1].strip_prefix("MONOTONIC_USEC=").unwrap();
    let micros: u64 = micros.parse().unwrap();
    let now = clock_gettime(ClockId::Monotonic);
    let now = u64::try_from(now.tv_sec).unwrap() * 1_000_000;
    assert!(micros < now + 1_000_000 && micros + 600_000_000 > now);
    assert_eq!(lines[2], "STATUS=Reloading config and modules");
    socket.until("READY=1\n")
}

fn post(running: &Running, path: &str) -> u16 {
    running.ask(&Request::of("POST", path)).status
}

#[test]
fn start_and_stop_are_reported_to_any_kind_of_socket() {
    for socket in [NotifySocket::at_path(), NotifySocket::abstract_one()] {
        let (firepit, _site) = reporting(&socket);
        let mut running = firepit.start();
        let status = "READY=1\nSTATUS=2 collectors, 0 of them from modules";
        assert_eq!(socket.next(), status);
        running.signal(Signal::TERM);
        let end = "STOPPING=1\nSTATUS=Stopping: draining running requests";
        assert_eq!(socket.until("STOPPING"), end);
        assert!(running.wait().success());
        assert_eq!(socket.next_within(Duration::from_millis(1)), None);
    }
}

#[test]
fn a_request_to_quit_is_reported_too() {
    let socket = NotifySocket::at_path();
    let (firepit, _site) = reporting(&socket);
    let mut running = firepit.start();
    assert_eq!(post(&running, "/-/quit"), 200);
    let _message = socket.until("STOPPING=1\n");
    assert!(running.wait().success());
}

/// Ready is the server with its built-in collectors; modules come later, and are told as they come.
#[test]
fn ready_is_reported_before_modules_are_loaded() {
    let socket = NotifySocket::at_path();
    let (firepit, site) = reporting(&socket);
    let enabled = b"collectors: {swapped: {enabled: true}}\n";
    write(&site, "firepit.yaml", enabled);
    write(&site, "modules/x.wasm", &swap_guest("1.0.0", "good"));
    let _running = firepit.start_at_once();
    assert!(socket.next().starts_with("READY=1\nSTATUS=2 collectors, 0"));
    // The start is no reload.
    loop {
        let message = socket.next();
        assert!(message.starts_with("STATUS="), "{message}");
        if message == "STATUS=3 collectors, 1 of them from modules" {
            break;
        }
    }
}

#[test]
fn every_reload_is_reported_with_start_and_end() {
    let socket = NotifySocket::at_path();
    let (firepit, site) = reporting(&socket);
    let running = firepit.start();
    let plain = "READY=1\nSTATUS=2 collectors, 0 of them from modules";
    running.signal(Signal::HUP);
    assert_eq!(reload_of(&socket), plain);
    assert_eq!(post(&running, "/-/reload"), 200);
    assert_eq!(reload_of(&socket), plain);
    // The files are watched.
    write(&site, "modules/x.wasm", &swap_guest("1.0.0", "good"));
    let _message = reload_of(&socket);
    let enabled = b"collectors: {swapped: {enabled: true}}\n";
    write(&site, "firepit.yaml", enabled);
    let message = reload_of(&socket);
    assert!(
        message.ends_with("3 collectors, 1 of them from modules"),
        "{message}"
    );
}

#[test]
fn rejected_config_is_reported_until_replaced() {
    let socket = NotifySocket::at_path();
    let (firepit, site) = reporting(&socket);
    let running = firepit.start();
    let kept =
        "config reload failed, keeping the previous config; 2 collectors, 0 of them from modules";
    write(&site, "firepit.yaml", b"collectors: [\n");
    assert_eq!(reload_of(&socket), format!("READY=1\nSTATUS={kept}"));
    assert_eq!(post(&running, "/-/reload"), 500);
    assert_eq!(reload_of(&socket), format!("READY=1\nSTATUS={kept}"));
    write(&site, "firepit.yaml", b"collectors: {}\n");
    let message = reload_of(&socket);
    assert_eq!(
        message,
        "READY=1\nSTATUS=2 collectors, 0 of them from modules"
    );
}

#[test]
fn watchdog_messages_come_only_from_a_working_server() {
    let socket = NotifySocket::at_path();
    let (firepit, _site) = reporting(&socket);
    let running = firepit.env("WATCHDOG_USEC", "100000").start();
    let _message = socket.until("WATCHDOG=1");
    let main = vec![running.pid()];
    let workers = running.threads_called("worker-");
    assert!(!workers.is_empty());
    for (what, threads) in [("the accept loop", main), ("the workers", workers)] {
        let Some(stopped) = StoppedThreads::stop(&threads) else {
            eprintln!("skipped: this process may not stop threads");
            return;
        };
        // Some that were sent before.
        while socket.next_within(WHILE).is_some() {}
        assert_eq!(socket.next_within(WHILE), None, "{what}");
        drop(stopped);
        let _message = socket.until("WATCHDOG=1");
    }
    assert_eq!(running.ask(&Request::get("/-/healthy")).status, 200);
}

#[test]
fn watchdog_messages_for_another_process_are_not_sent() {
    let socket = NotifySocket::at_path();
    let (firepit, _site) = reporting(&socket);
    let firepit = firepit.env("WATCHDOG_USEC", "20000");
    let _running = firepit.env("WATCHDOG_PID", "1").start();
    let _message = socket.until("READY=1");
    while let Some(message) = socket.next_within(WHILE) {
        assert!(!message.starts_with("WATCHDOG"), "{message}");
    }
}

/// The kernel keeps few messages. Nothing waits for the manager to read them.
#[test]
fn service_manager_that_does_not_read_delays_nothing() {
    let socket = NotifySocket::at_path();
    let (firepit, _site) = reporting(&socket);
    let mut running = firepit.env("WATCHDOG_USEC", "20000").start();
    for _ in 0..20 {
        assert_eq!(post(&running, "/-/reload"), 200);
    }
    assert!(running.scrape().value("node_load1", &[]).is_some());
    running.signal(Signal::TERM);
    assert!(running.wait().success());
}

#[test]
fn server_works_without_a_notify_socket() {
    let directory = Directory::new();
    let missing = directory.path().join("none").display().to_string();
    for (name, told) in [
        (
            missing.as_str(),
            "cannot send a message to the service manager",
        ),
        (
            "vsock:2:1234",
            "cannot use NOTIFY_SOCKET, the service manager learns nothing of this process",
        ),
    ] {
        let mut running = Firepit::new().env("NOTIFY_SOCKET", name).start();
        let _line = running.logs.wait_for("msg", told);
        assert!(running.scrape().value("node_load1", &[]).is_some());
        running.signal(Signal::TERM);
        assert!(running.wait().success());
    }
}

/// The environment of a child that compiles, if there is one.
fn environment_of_compiler(parent: u32) -> Option<String> {
    let read = |path: std::path::PathBuf| fs::read_to_string(path).unwrap_or_default();
    let parent = format!("PPid:\t{parent}\n");
    let processes = fs::read_dir("/proc").unwrap();
    let mut processes = processes.map(|process| process.unwrap().path());
    let compiler = processes.find(|process| {
        read(process.join("status")).contains(&parent)
            && read(process.join("cmdline")).contains("--firepit-compile-child")
    })?;
    Some(read(compiler.join("environ")))
}

#[test]
fn the_compiler_does_not_know_the_service_manager() {
    let socket = NotifySocket::at_path();
    let (firepit, site) = reporting(&socket);
    let module = crate::compile::expensive();
    fs::write(site.path().join("modules/x.wasm"), module).unwrap();
    let running = firepit.start_at_once();
    let environment = until("the compiler", || environment_of_compiler(running.pid()));
    assert!(environment.contains("RAYON_NUM_THREADS="), "{environment}");
    assert!(!environment.contains("NOTIFY_SOCKET"), "{environment}");
}
