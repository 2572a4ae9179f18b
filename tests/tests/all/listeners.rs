//! Other listeners than one TCP port: several at once, Unix sockets, vsock, and sockets that systemd opened.

use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use firepit_tests::{Directory, Ended, Firepit, PATIENCE, Page, Request, Running, program, until};
use rustix::process::Signal;

use crate::baseline::{assert_complete, procfs};

const PASS_SOCKETS: &str = env!("CARGO_BIN_EXE_pass-sockets");

fn listen(address: &str) -> String {
    format!("--web.listen-address={address}")
}

fn unix(path: &Path) -> String {
    listen(&format!("unix:{}", path.display()))
}

/// The page through a Unix socket.
fn page_through(socket: &Path) -> Page {
    let answer = Request::get("/metrics").send_through(socket).unwrap();
    assert_eq!(answer.status, 200);
    Page::parse(answer.text()).unwrap()
}

/// Where it listens, by its log.
fn addresses(running: &Running) -> Vec<String> {
    let lines = running.logs.with("msg", "Listening on").into_iter();
    lines
        .map(|line| line.get("address").unwrap().to_owned())
        .collect()
}

/// Starts with this address, to the end that it must have.
fn refused(address: &str) -> Ended {
    let ended = Firepit::new().run(&[&listen(address)]);
    assert_eq!(ended.status.code(), Some(1), "{}", ended.stderr);
    ended
}

#[test]
fn unix_socket_is_served_and_removed_at_exit() {
    let (procfs, directory) = (procfs(), Directory::new());
    let socket = directory.path().join("firepit.sock");
    let firepit = Firepit::new().procfs(procfs.path()).flag(unix(&socket));
    let mut running = firepit.start();
    assert_complete(&page_through(&socket));
    assert_complete(&running.scrape());
    let expected = format!("unix:{}", socket.display());
    assert_eq!(addresses(&running)[1], expected);
    let mode = fs::metadata(&socket).unwrap().permissions().mode();
    assert_eq!(mode & 0o7777, 0o660);
    running.signal(Signal::TERM);
    assert!(running.wait().success());
    assert!(!socket.exists());
}

#[test]
fn socket_mode_is_set_by_a_flag() {
    let directory = Directory::new();
    for mode in ["0600", "0666"] {
        let socket = directory.path().join(mode);
        let flag = format!("--web.unix-socket-mode={mode}");
        let _running = Firepit::new().flag(unix(&socket)).flag(flag).start();
        let found = fs::metadata(&socket).unwrap().permissions().mode();
        assert_eq!(format!("{:04o}", found & 0o7777), mode);
    }
    // Without a Unix socket it is told to have no effect.
    let running = Firepit::new().flag("--web.unix-socket-mode=0600").start();
    let told = running.logs.with("level", "WARN");
    let told = told.iter().filter_map(|line| line.get("msg"));
    let begin = "--web.unix-socket-mode has no effect";
    assert_eq!(told.filter(|it| it.starts_with(begin)).count(), 1);
}

#[test]
fn keep_alive_and_pipelining_work_through_a_unix_socket() {
    let (procfs, directory) = (procfs(), Directory::new());
    let socket = directory.path().join("s");
    let firepit = Firepit::new().procfs(procfs.path()).flag(unix(&socket));
    let _running = firepit.start();
    let mut client = UnixStream::connect(&socket).unwrap();
    client.set_read_timeout(Some(PATIENCE)).unwrap();
    let one = "GET /-/healthy HTTP/1.1\r\nHost: a\r\n\r\n";
    let last = "GET /-/ready HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    client.write_all(one.as_bytes()).unwrap();
    client.read_exact(&mut [0; 15]).unwrap();
    let all = format!("{one}{one}{last}");
    client.write_all(all.as_bytes()).unwrap();
    let mut answers = String::new();
    client.read_to_string(&mut answers).unwrap();
    assert_eq!(answers.matches("HTTP/1.1 200 OK").count(), 3, "{answers}");
    assert!(answers.ends_with("firepit is ready.\n"), "{answers}");
}

/// One user has half of the connections, as one address has.
#[test]
fn users_of_a_unix_socket_are_limited_as_addresses_are() {
    let (procfs, directory) = (procfs(), Directory::new());
    let socket = directory.path().join("s");
    let firepit = Firepit::new().procfs(procfs.path()).flag(unix(&socket));
    let running = firepit.start();
    let connect = |_| UnixStream::connect(&socket).unwrap();
    let clients: Vec<_> = (0..256).map(connect).collect();
    let page = page_through(&socket);
    assert_complete(&page);
    let evicted = [("reason", "address-limit")];
    let evicted = page.value("firepit_http_connections_evicted_total", &evicted);
    assert!(evicted >= Some(129.0), "{evicted:?}");
    assert_complete(&running.scrape());
    drop(clients);
}

#[test]
fn stale_socket_is_replaced() {
    let directory = Directory::new();
    let socket = directory.path().join("s");
    let mut first = Firepit::new().flag(unix(&socket)).start();
    let ended = refused(&format!("unix:{}", socket.display()));
    let expected = format!(
        "firepit: error: cannot listen on unix:{}: another process has this socket; ",
        socket.display()
    );
    assert!(ended.stderr.contains(&expected), "{}", ended.stderr);
    let answer = Request::get("/-/ready").send_through(&socket).unwrap();
    assert_eq!(answer.status, 200);
    first.signal(Signal::KILL);
    let _status = first.wait();
    assert!(socket.exists());
    let second = Firepit::new().flag(unix(&socket)).start();
    let answer = Request::get("/-/ready").send_through(&socket).unwrap();
    assert_eq!(answer.status, 200);
    let told = second
        .logs
        .with("msg", "removed a socket that no process listens on");
    assert_eq!(told.len(), 1);
}

#[test]
fn non_socket_file_is_not_replaced() {
    let directory = Directory::new().file("file", "text");
    let file = directory.path().join("file");
    let ended = refused(&format!("unix:{}", file.display()));
    assert!(ended.stderr.contains("is not a socket"), "{}", ended.stderr);
    assert_eq!(fs::read_to_string(&file).unwrap(), "text");
    let ended = refused(&format!("unix:{}/none/s", directory.path().display()));
    let told = "its directory does not exist; create it";
    assert!(ended.stderr.contains(told), "{}", ended.stderr);
    // A path that no address has room for is an error of the command line.
    let ended = Firepit::new().run(&[&listen(&format!("unix:/{}", "a".repeat(107)))]);
    assert_eq!(ended.status.code(), Some(2));
    let told = "has at most 107 bytes, and this one has 108";
    assert!(ended.stderr.contains(told), "{}", ended.stderr);
}

#[test]
fn many_listeners_are_served_at_once() {
    let (procfs, directory) = (procfs(), Directory::new());
    let sockets = ["a", "b"].map(|name| directory.path().join(name));
    let mut firepit = Firepit::new().procfs(procfs.path());
    // IPv4 in brackets, as Helm charts write it, and not.
    for address in ["127.0.0.1:0", "[127.0.0.1]:0", "[0.0.0.0]:0"] {
        firepit = firepit.flag(listen(address));
    }
    for socket in &sockets {
        firepit = firepit.flag(unix(socket));
    }
    let running = firepit.start();
    let addresses = addresses(&running);
    assert_eq!(addresses.len(), 6, "{addresses:?}");
    assert!(addresses[3].starts_with("0.0.0.0:"), "{addresses:?}");
    for address in &addresses[..4] {
        let address = address.replace("0.0.0.0", "127.0.0.1").parse().unwrap();
        let answer = Request::get("/metrics").send(address).unwrap();
        assert_complete(&Page::parse(answer.text()).unwrap());
    }
    for socket in &sockets {
        assert_complete(&page_through(socket));
    }
}

/// If one address cannot be opened, nothing of the others stays.
#[test]
fn failed_listener_closes_the_others() {
    let directory = Directory::new();
    let socket = directory.path().join("s");
    let ended = Firepit::new().run(&[&unix(&socket), &listen("192.0.2.1:0")]);
    assert_eq!(ended.status.code(), Some(1), "{}", ended.stderr);
    assert!(!socket.exists());
}

#[test]
fn vsock_is_served_or_refused_with_the_reason() {
    use socket2::{Domain, SockAddr, Socket, Type};

    let Ok(client) = Socket::new(Domain::VSOCK, Type::STREAM, None) else {
        let ended = refused("vsock://:0");
        let told = "cannot listen on vsock://:0: this kernel has no vsock; ";
        assert!(ended.stderr.contains(told), "{}", ended.stderr);
        return;
    };
    let procfs = procfs();
    let firepit = Firepit::new().procfs(procfs.path());
    let running = firepit.flag(listen("vsock://:0")).start();
    assert_complete(&running.scrape());
    let address = &addresses(&running)[1];
    let port: u32 = address.strip_prefix("vsock://:").unwrap().parse().unwrap();
    let ended = refused(&format!("vsock://:{port}"));
    assert!(ended.stderr.contains("already in use"), "{}", ended.stderr);
    // Only some kernels connect a machine with itself.
    if let Err(error) = client.connect(&SockAddr::vsock(libc::VMADDR_CID_LOCAL, port)) {
        eprintln!("no loopback over vsock: {error}");
        return;
    }
    client.set_read_timeout(Some(PATIENCE)).unwrap();
    let answer = Request::get("/metrics").exchange(&client).unwrap();
    assert_complete(&Page::parse(answer.text()).unwrap());
}

/// One that gets sockets from another program.
fn activated(sockets: &[&str]) -> Firepit {
    let words = [&[PASS_SOCKETS], sockets, &["--"]].concat();
    Firepit::new().within(&words).flag("--web.systemd-socket")
}

#[test]
fn sockets_of_systemd_are_served() {
    let (procfs, directory) = (procfs(), Directory::new());
    let socket = directory.path().join("s");
    let of_unix = format!("unix:{}", socket.display());
    let firepit = activated(&["tcp:127.0.0.1:0", &of_unix, "tcp:127.0.0.1:0"]);
    let mut running = firepit.procfs(procfs.path()).start();
    let told = "Listening on systemd activated listeners instead of port listeners.";
    assert_eq!(running.logs.with("msg", told).len(), 1);
    // The address of the command line is not opened.
    let addresses = addresses(&running);
    assert_eq!(addresses.len(), 3, "{addresses:?}");
    assert_eq!(addresses[1], of_unix);
    for address in [&addresses[0], &addresses[2]] {
        let answer = Request::get("/metrics").send(address.parse().unwrap());
        assert_complete(&Page::parse(answer.unwrap().text()).unwrap());
    }
    assert_complete(&page_through(&socket));
    for descriptor in 3..6 {
        let path = format!("/proc/{}/fdinfo/{descriptor}", running.pid());
        let info = fs::read_to_string(path).unwrap();
        let flags = info.lines().find_map(|line| line.strip_prefix("flags:"));
        let flags = u32::from_str_radix(flags.unwrap().trim(), 8).unwrap();
        assert_ne!(flags & libc::O_CLOEXEC as u32, 0, "{info}");
    }
    // The socket unit keeps its file.
    running.signal(Signal::TERM);
    assert!(running.wait().success());
    assert!(socket.exists());
}

#[test]
fn unusable_inherited_sockets_are_rejected() {
    let none = "no socket activation file descriptors found";
    let with_flag = Firepit::new().run(&["--web.systemd-socket"]);
    assert_eq!(with_flag.status.code(), Some(1));
    assert!(with_flag.stderr.contains(none), "{}", with_flag.stderr);
    for (sockets, told) in [
        (&["-", "tcp:127.0.0.1:0"][..], none),
        (
            &["tcp:127.0.0.1:0", "udp:127.0.0.1:0"],
            "cannot serve on descriptor 4 (udp-127.0.0.1-0): it is not a stream socket",
        ),
        (
            &["connection:127.0.0.1:0"],
            "cannot serve on descriptor 3 (connection-127.0.0.1-0): it does not listen",
        ),
        (
            &["file:/dev/null"],
            "cannot serve on descriptor 3 (file-/dev/null): it is not a socket",
        ),
    ] {
        let ended = activated(sockets).run(&[]);
        assert_eq!(ended.status.code(), Some(1), "{}", ended.stderr);
        assert!(ended.stderr.contains(told), "{}", ended.stderr);
    }
}

#[test]
fn announced_but_missing_sockets_are_errors() {
    let with = |number: &str| {
        let script = format!("export LISTEN_FDS={number} LISTEN_PID=$$; exec \"$@\"");
        let firepit = Firepit::new().within(&["sh", "-c", &script, "sh"]);
        let ended = firepit.run(&["--web.systemd-socket"]);
        assert_eq!(ended.status.code(), Some(1), "{}", ended.stderr);
        ended.stderr
    };
    for (number, told) in [
        ("1", "descriptor 3 of LISTEN_FDS is not open"),
        ("65", "LISTEN_FDS=65: at most 64 sockets"),
        ("0", "no socket activation file descriptors found"),
        ("-1", "no socket activation file descriptors found"),
        ("x", "no socket activation file descriptors found"),
    ] {
        let stderr = with(number);
        assert!(stderr.contains(told), "{number}: {stderr}");
    }
}

/// Sockets without the flag would be a service that does not answer.
#[test]
fn unused_systemd_sockets_are_reported() {
    let words = [PASS_SOCKETS, "tcp:127.0.0.1:0", "--"];
    let running = Firepit::new().within(&words).start();
    let told = running.logs.with("level", "WARN");
    let told = told.iter().filter_map(|line| line.get("msg"));
    let begin = "systemd passes sockets to this process, and they are not used; ";
    assert_eq!(told.filter(|it| it.starts_with(begin)).count(), 1);
}

/// Killed when dropped.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// systemd's own tool, which starts the program with the first connection.
#[test]
fn systemds_own_activation_works() {
    let directory = Directory::new();
    let socket = directory.path().join("s");
    let started = Command::new("systemd-socket-activate")
        .arg("--listen")
        .arg(&socket)
        .arg(program("FIREPIT_BIN"))
        .args(["--web.systemd-socket", "--collector.disable-defaults"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let Ok(child) = started else {
        eprintln!("systemd-socket-activate is not installed");
        return;
    };
    let mut child = Killed(child);
    let answer = until("the answer", || {
        let ended = child.0.try_wait().unwrap();
        assert!(ended.is_none(), "{ended:?}");
        Request::get("/-/healthy").send_through(&socket).ok()
    });
    assert_eq!(answer.text(), "firepit is healthy.\n");
}
