//! Each act of a service.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{TcpStream, UdpSocket};
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::UnixStream;

use super::*;
use crate::directory::Directory;
use crate::wait::until;

fn connect(peer: &Peer) -> TcpStream {
    TcpStream::connect(peer.address()).unwrap()
}

fn all(mut stream: impl std::io::Read) -> String {
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}

#[test]
fn acts_follow_each_other_and_then_the_connection_ends() {
    let peer = Peer::tcp([
        Act::say("hello "),
        Act::Hear(b"?\n".into()),
        Act::say("you"),
    ]);
    let mut stream = connect(&peer);
    stream.write_all(b"who?\n").unwrap();
    assert_eq!(all(stream), "hello you");
    assert_eq!((peer.met(), peer.heard()), (1, b"who?\n".to_vec()));
    assert_eq!(peer.sent(), 9);
    until("the end", || (peer.open() == 0).then_some(()));
}

#[test]
fn change_is_for_the_next_client() {
    let peer = Peer::tcp([Act::say("a")]);
    assert_eq!(all(connect(&peer)), "a");
    peer.change([Act::Trickle(b"bc".into(), Duration::from_millis(1))]);
    assert_eq!(all(connect(&peer)), "bc");
}

#[test]
fn silent_service_ends_its_connections_when_it_stops_and_starts_again() {
    let directory = Directory::new();
    let mut peer = Peer::unix(&directory.path().join("s"), [Act::Hang]);
    let mut stream = UnixStream::connect(peer.address()).unwrap();
    stream.set_nonblocking(true).unwrap();
    let error = stream.read(&mut [0]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WouldBlock);
    until("the client", || (peer.open() == 1).then_some(()));
    peer.stop();
    stream.set_nonblocking(false).unwrap();
    assert_eq!(stream.read(&mut [0]).unwrap(), 0);
    let error = UnixStream::connect(peer.address()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    peer.change([Act::say("back")]);
    peer.start();
    assert_eq!(all(UnixStream::connect(peer.address()).unwrap()), "back");
}

#[test]
fn port_stays_the_same_over_a_restart() {
    let mut peer = Peer::tcp([Act::say("a")]);
    let before = peer.port();
    assert_eq!(all(connect(&peer)), "a");
    peer.stop();
    peer.start();
    assert_eq!((all(connect(&peer)), peer.port()), ("a".to_owned(), before));
}

#[test]
fn reset_is_an_error_for_the_client() {
    let peer = Peer::tcp([Act::Hear(b"x".into()), Act::Reset]);
    let mut stream = connect(&peer);
    stream.write_all(b"x").unwrap();
    let error = stream.read(&mut [0]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
}

#[test]
fn half_closed_connection_can_still_be_written() {
    let peer = Peer::tcp([Act::say("a"), Act::HalfClose, Act::Hang]);
    let mut stream = connect(&peer);
    assert_eq!(all(&stream), "a");
    stream.write_all(b"more").unwrap();
    until("the rest", || (peer.heard() == b"more").then_some(()));
}

#[test]
fn flood_ends_with_the_client() {
    let peer = Peer::tcp([Act::Flood(vec![b'x'; 1000])]);
    let mut stream = connect(&peer);
    stream.read_exact(&mut [0; 100_000]).unwrap();
    drop(stream);
    until("the end", || (peer.open() == 0).then_some(()));
    assert!(peer.sent() >= 100_000, "{}", peer.sent());
}

#[test]
fn http_is_answered_when_the_body_is_there() {
    let peer = Peer::tcp([Act::http("404 Not Found", "no")]);
    let mut stream = connect(&peer);
    stream
        .write_all(b"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n1")
        .unwrap();
    until("the beginning", || {
        peer.heard().ends_with(b"1").then_some(())
    });
    assert_eq!(peer.sent(), 0);
    stream.write_all(b"2").unwrap();
    let expected = b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno";
    let mut answer = vec![0; expected.len()];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(answer, expected);
}

#[test]
fn abstract_name_has_no_file() {
    let name = format!("firepit-tests-abstract-{}", std::process::id());
    let peer = Peer::unix_named(&name, [Act::say("a")]);
    assert_eq!(peer.address(), format!("@{name}"));
    let address = std::os::unix::net::SocketAddr::from_abstract_name(&name).unwrap();
    assert_eq!(all(UnixStream::connect_addr(&address).unwrap()), "a");
}

#[test]
fn datagrams_are_answered_one_by_one() {
    let peer = Peer::udp([
        Act::answer(|asked| (asked == b"?").then(|| b"!".to_vec())),
        Act::SayFromElsewhere(b"me too".to_vec()),
    ]);
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let mut buffer = [0; 10];
    socket.send_to(b"?", peer.address()).unwrap();
    let (length, from) = socket.recv_from(&mut buffer).unwrap();
    assert_eq!((&buffer[..length], from.port()), (&b"!"[..], peer.port()));
    let (length, from) = socket.recv_from(&mut buffer).unwrap();
    assert_eq!(&buffer[..length], b"me too");
    assert_ne!(from.port(), peer.port());
    assert_eq!((peer.met(), peer.heard()), (1, b"?".to_vec()));
}
