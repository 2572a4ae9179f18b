//! Opens sockets and passes them to a program as systemd does: `pass-sockets SOCKET... -- PROGRAM ARGUMENT...`.
//!
//! A SOCKET is `tcp:ADDRESS`, `unix:PATH`, `udp:ADDRESS`, `connection:ADDRESS` (a stream socket that does not
//! listen) or `file:PATH`. With `-` in front of them, the sockets are announced to another process.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a tool of tests fails by panicking"
)]

use std::ffi::OsStr;
use std::net::SocketAddr;
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::os::unix::process::CommandExt as _;
use std::process::{Command, ExitCode};

use rustix::fs::{Mode, OFlags, open};
use rustix::net::{AddressFamily, SocketAddrUnix, SocketType, bind, listen, socket};

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let mut parts = words.splitn(2, |word| word == "--");
    let (Some(sockets), Some([program, arguments @ ..])) = (parts.next(), parts.next()) else {
        eprintln!("usage: pass-sockets [-] SOCKET... -- PROGRAM ARGUMENT...");
        return ExitCode::from(2);
    };
    let (elsewhere, sockets) = match sockets {
        [first, rest @ ..] if first == "-" => (true, rest),
        sockets => (false, sockets),
    };
    // Without CLOEXEC, so that the program inherits them; the first one is descriptor 3.
    let open: Vec<OwnedFd> = sockets.iter().map(|it| open_socket(it)).collect();
    assert!(
        (3..)
            .zip(&open)
            .all(|(number, it)| it.as_raw_fd() == number)
    );
    let names: Vec<String> = sockets.iter().map(|it| it.replace(':', "-")).collect();
    let process = std::process::id() + u32::from(elsewhere);
    let error = Command::new(OsStr::new(program))
        .args(arguments)
        .env("LISTEN_FDS", open.len().to_string())
        .env("LISTEN_PID", process.to_string())
        .env("LISTEN_FDNAMES", names.join(":"))
        .exec();
    eprintln!("pass-sockets: {program}: {error}");
    ExitCode::FAILURE
}

fn open_socket(text: &str) -> OwnedFd {
    let (kind, place) = text.split_once(':').expect("a kind before a colon");
    let of_type = |family, kind| socket(family, kind, None).unwrap();
    let address = || place.parse::<SocketAddr>().unwrap();
    let opened = match kind {
        "tcp" | "connection" => of_type(AddressFamily::INET, SocketType::STREAM),
        "udp" => of_type(AddressFamily::INET, SocketType::DGRAM),
        "unix" => of_type(AddressFamily::UNIX, SocketType::STREAM),
        _ => open(place, OFlags::RDONLY, Mode::empty()).unwrap(),
    };
    match kind {
        "tcp" | "udp" | "connection" => bind(&opened, &address()).unwrap(),
        "unix" => bind(&opened, &SocketAddrUnix::new(place).unwrap()).unwrap(),
        _ => {}
    }
    if matches!(kind, "tcp" | "unix") {
        listen(&opened, 128).unwrap();
    }
    opened
}
