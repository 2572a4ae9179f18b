//! Addresses as they are written, and servers that behave badly.
#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use super::*;

const SOON: Duration = Duration::from_millis(200);
const LONG: Duration = Duration::from_secs(60);

#[test]
fn addresses_have_defaults() {
    for (text, wanted) in [
        ("http://a", "http://a:80/x"),
        ("http://a:9100", "http://a:9100/x"),
        ("http://a:9100/", "http://a:9100/"),
        ("http://a:9100/b?c=d#e", "http://a:9100/b?c=d"),
        ("http://a:9100?c=d", "http://a:9100/x?c=d"),
        ("https://a", "https://a:443/x"),
        ("http://[::1]:9100/b", "http://[::1]:9100/b"),
        ("https://[::1]", "https://[::1]:443/x"),
        ("a:9100", "http://a:9100/x"),
        (":9100", "http://127.0.0.1:9100/x"),
        ("unix:/run/s", "unix:/run/s:/x"),
        ("unix:/run/s:/-/ready", "unix:/run/s:/-/ready"),
    ] {
        let target = Target::parse(text, "/x").unwrap();
        assert_eq!(target.to_string(), wanted, "{text}");
    }
}

#[test]
fn other_texts_are_rejected() {
    let long = format!("http://a/{}", "a".repeat(2048));
    for (text, wanted) in [
        ("", TargetError::Form),
        ("a", TargetError::Form),
        ("ftp://a", TargetError::Form),
        ("unix:run/s", TargetError::Form),
        ("http://[::1", TargetError::Form),
        ("http://[::1]9100", TargetError::Form),
        ("http://u:p@a", TargetError::Credentials),
        ("http://a:x", TargetError::Port("x".to_owned())),
        ("a:0", TargetError::Port("0".to_owned())),
        ("a:65536", TargetError::Port("65536".to_owned())),
        ("http://a/b c", TargetError::Characters),
        ("http://a/\r\nX: y", TargetError::Characters),
        (&long, TargetError::Characters),
    ] {
        assert_eq!(Target::parse(text, "/x"), Err(wanted), "{text}");
    }
}

/// The address of a server that sends this to each client, and keeps the connection open if `stays`.
fn server(answer: &'static [u8], stays: bool) -> Target {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        let mut kept = Vec::new();
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 1024]).unwrap();
            // The client may not want all of it.
            let _ = stream.write_all(answer);
            kept.extend(stays.then_some(stream));
        }
    });
    Target::parse(&address.to_string(), "/").unwrap()
}

#[test]
fn response_ends_at_its_length_or_with_the_connection() {
    let stated = b"HTTP/1.1 200 OK\r\ncontent-LENGTH: 2\r\n\r\nabc";
    assert_eq!(fetch(&server(stated, true), LONG, 10).unwrap(), b"ab");
    let open = b"HTTP/1.0 200 OK\r\nx: y\r\n\r\nabc";
    assert_eq!(fetch(&server(open, false), LONG, 3).unwrap(), b"abc");
    assert!(check(&server(open, true), LONG).is_ok());
}

#[test]
fn answers_are_bounded() {
    let open = b"HTTP/1.0 200 OK\r\n\r\nabcd";
    let error = fetch(&server(open, false), LONG, 3).unwrap_err();
    assert!(matches!(error, ClientError::TooLarge(3)), "{error:?}");
    let stated = b"HTTP/1.0 200 OK\r\nContent-Length: 4\r\n\r\n";
    let error = fetch(&server(stated, true), LONG, 3).unwrap_err();
    assert!(matches!(error, ClientError::TooLarge(3)), "{error:?}");
    let error = fetch(&server(stated, false), LONG, 4).unwrap_err();
    assert!(matches!(error, ClientError::Truncated(0, 4)), "{error:?}");
    let endless: &[u8] = vec![b'a'; 1 << 20].leak();
    let error = check(&server(endless, true), LONG).unwrap_err();
    assert!(matches!(error, ClientError::NotHttp), "{error:?}");
}

#[test]
fn slow_answer_times_out() {
    for begun in [&b""[..], b"HTTP/1.0 200 OK\r\n", b"HTTP/1.0"] {
        let error = check(&server(begun, true), SOON).unwrap_err();
        assert!(matches!(error, ClientError::Timeout(_)), "{error:?}");
    }
}

#[test]
fn only_successful_http_answers_are_healthy() {
    for (answer, wanted) in [
        (&b"SSH-2.0-OpenSSH\r\n"[..], "the answer is not one of HTTP"),
        (b"", "the answer is not one of HTTP"),
        (b"HTTP/1.1 OK\r\n\r\n", "the answer is not one of HTTP"),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            "the answer is not one of HTTP",
        ),
        (
            b"HTTP/1.1 503 Service Unavailable\r\n\r\n",
            "the answer has the status 503",
        ),
        (
            b"HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n",
            "the answer has the status 302",
        ),
    ] {
        let error = check(&server(answer, false), LONG).unwrap_err();
        assert_eq!(error.to_string(), wanted);
    }
}
