//! Requests, and answers that are whole, garbled, truncated or too long.

use std::sync::{Arc, Mutex};

use super::*;
use crate::testing::{Host, Peer};

const ADDRESS: &str = "tcp:127.0.0.1:80";

fn url() -> Url {
    Url::parse("http://u:p@127.0.0.1/a?b").unwrap()
}

/// The result of a request to a peer that answers like this and then closes.
fn send(answer: impl AsRef<[u8]>) -> Result<Vec<u8>, Error> {
    let answer = answer.as_ref().to_vec();
    let peer = Peer::answering(move |_| answer.clone()).closing();
    let host = Host::new().peer(ADDRESS, peer);
    host.enter(|| Request::get(&url()).at_most(20).send())
}

fn body(answer: &str) -> String {
    String::from_utf8(send(answer).expect(answer)).unwrap()
}

fn problem(answer: impl AsRef<[u8]>) -> Problem {
    match send(&answer) {
        Err(Error::Answer { problem, .. }) => problem,
        other => panic!("{:?}: {other:?}", String::from_utf8_lossy(answer.as_ref())),
    }
}

#[test]
fn request_names_the_resource_and_the_content() {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let of_peer = Arc::clone(&heard);
    let peer = Peer::answering(move |request| {
        of_peer
            .lock()
            .unwrap()
            .push(String::from_utf8(request.to_vec()).unwrap());
        b"HTTP/1.1 204 No Content\r\n\r\n".to_vec()
    });
    let host = Host::new().peer(ADDRESS, peer);
    host.enter(|| {
        assert_eq!(Request::get(&url()).send(), Ok(Vec::new()));
        assert_eq!(
            Request::post(&url(), "text/xml", b"<x/>").send(),
            Ok(Vec::new())
        );
    });
    let head = "/a?b HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: firepit\r\nConnection: close\r\n\
        Authorization: Basic dTpw\r\n";
    let content = "Content-Type: text/xml\r\nContent-Length: 4\r\n\r\n<x/>";
    let expected = [format!("GET {head}\r\n"), format!("POST {head}{content}")];
    assert_eq!(*heard.lock().unwrap(), expected);
}

#[test]
fn body_ends_by_length_by_chunks_or_with_the_connection() {
    for answer in [
        "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbodymore",
        "HTTP/1.0 200 OK\nContent-length:4 \n\nbody",
        "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 4\r\n\r\nbody",
        "HTTP/1.1 200 OK\r\nServer: x\r\n\r\nbody",
        "HTTP/1.1 299\r\n\r\nbody",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\nContent-Length: 1\r\n\r\n2\r\nbo\r\n02;x=y\r\ndy\r\n0\r\nA: b\r\n\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nbody\n0\r\n\n",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nA: b\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody",
    ] {
        assert_eq!(body(answer), "body", "{answer}");
    }
    assert_eq!(body("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), "");
    assert_eq!(body("HTTP/1.1 200 OK\r\n\r\n"), "");
}

/// The same answers, a byte at a time.
#[test]
fn answer_arrives_in_any_parts() {
    let answer = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\
        3\r\nbod\r\n1\r\ny\r\n0\r\nA: b\r\n\r\n";
    for size in 1..answer.len() {
        let mut read = Answer::new(4);
        let mut parts = answer.as_bytes().chunks(size);
        let body = parts.find_map(|part| read.read(part).unwrap());
        assert_eq!(body, Some(b"body".to_vec()), "{size}");
    }
    for length in 1..answer.len() {
        assert_eq!(problem(&answer[..length]), Problem::Incomplete, "{length}");
    }
}

#[test]
fn other_status_is_an_error() {
    for (status, expected) in [
        (404, Problem::Status(404)),
        (500, Problem::Status(500)),
        (401, Problem::Status(401)),
        (101, Problem::Status(101)),
        (600, Problem::Status(600)),
        (307, Problem::Redirect(307)),
        (304, Problem::Redirect(304)),
    ] {
        let answer = format!("HTTP/1.1 {status} X\r\nLocation: http://other/\r\n\r\n");
        assert_eq!(problem(&answer), expected);
    }
    let error = send("HTTP/1.1 307 X\r\n\r\n").unwrap_err();
    let expected = "tcp:127.0.0.1:80: HTTP status 307: redirects are not followed";
    assert_eq!(error.to_string(), expected);
}

#[test]
fn garbled_answers() {
    for (answer, expected) in [
        ("", Problem::Incomplete),
        ("\n\n", Problem::Malformed("the head is incomplete")),
        (
            "SSH-2.0-OpenSSH\r\n\r\n",
            Problem::Malformed("the first line has no status"),
        ),
        (
            "HTTP/2 200 OK\r\n\r\n",
            Problem::Malformed("the first line has no status"),
        ),
        (
            "HTTP/1.1 abc\r\n\r\n",
            Problem::Malformed("the first line has no status"),
        ),
        (
            "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
            Problem::Malformed("a header is malformed"),
        ),
    ] {
        assert_eq!(problem(answer), expected, "{answer}");
    }
    let framed =
        |head: &str, body: &str| problem(format!("HTTP/1.1 200 OK\r\n{head}\r\n\r\n{body}"));
    for (head, content, expected) in [
        ("Content-Length: x", "", "the length is not a number"),
        ("Content-Length: -1", "", "the length is not a number"),
        (
            "Content-Length: 1\r\nContent-Length: 2",
            "aa",
            "two lengths",
        ),
        (
            "Transfer-Encoding: gzip",
            "",
            "an unknown transfer encoding",
        ),
        (
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: x",
            "",
            "an unknown transfer encoding",
        ),
        (
            "Transfer-Encoding: chunked",
            "x\r\n",
            "the length of a chunk is not a number",
        ),
        (
            "Transfer-Encoding: chunked",
            "1\r\nab\r\n",
            "a chunk is longer than its length",
        ),
    ] {
        assert_eq!(
            framed(head, content),
            Problem::Malformed(expected),
            "{head} {content}"
        );
    }
    assert_eq!(framed("Content-Length: 5", "body"), Problem::Incomplete);
}

#[test]
fn head_and_body_are_bounded() {
    let long_head = |bytes: usize| format!("HTTP/1.1 200 OK\r\nA: {}\r\n\r\n", "b".repeat(bytes));
    let most = HEAD - long_head(0).len();
    assert_eq!(send(long_head(most)), Ok(Vec::new()));
    assert_eq!(problem(long_head(most + 1)), Problem::TooLong("head", HEAD));
    assert_eq!(
        problem("x".repeat(HEAD + 1)),
        Problem::TooLong("head", HEAD)
    );

    let many = |headers: usize| format!("HTTP/1.1 200 OK\r\n{}\r\n", "A: b\r\n".repeat(headers));
    assert_eq!(send(many(64)), Ok(Vec::new()));
    assert_eq!(
        problem(many(65)),
        Problem::Malformed("it has more than 64 headers")
    );

    let (fits, long) = ("x".repeat(20), "x".repeat(21));
    for framed in [
        (|body| {
            format!(
                "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            )
        }) as fn(&str) -> String,
        |body| format!("HTTP/1.1 200 OK\r\n\r\n{body}"),
        |body| {
            let (one, other) = body.split_at(10);
            let chunk = |part: &str| format!("{:x}\r\n{part}\r\n", part.len());
            let chunks = chunk(one) + &chunk(other) + &chunk("");
            format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}")
        },
    ] {
        assert_eq!(send(framed(&fits)), Ok(fits.clone().into_bytes()));
        assert_eq!(problem(framed(&long)), Problem::TooLong("body", 20));
    }
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    assert_eq!(
        problem(format!("{chunked}ffffffff\r\n")),
        Problem::TooLong("body", 20)
    );
    let endless = format!("{chunked}0\r\n{}", "A: b\r\n".repeat(HEAD / 6 + 1));
    assert_eq!(problem(endless), Problem::TooLong("head", HEAD));
    let endless = format!("{chunked}0;{}", "x".repeat(HEAD));
    assert_eq!(
        problem(endless),
        Problem::Malformed("the length of a chunk is not a number")
    );
    let interim = "HTTP/1.1 100 Continue\r\n\r\n".repeat(10_000);
    assert_eq!(
        problem(interim),
        Problem::Malformed("more than 16 interim answers")
    );
}

#[test]
fn peer_is_named_if_it_does_not_answer() {
    let error = Host::new()
        .enter(|| Request::get(&url()).send())
        .unwrap_err();
    assert_eq!(error.to_string(), "tcp:127.0.0.1:80: connection refused");
    let peer = Peer::answering(|_| Vec::new());
    let host = Host::new().peer(ADDRESS, peer);
    let error = host.enter(|| Request::get(&url()).send()).unwrap_err();
    assert_eq!(error.to_string(), "tcp:127.0.0.1:80: timed out");
    let peer = Peer::answering(|_| b"HTTP/1.1 200 OK\r\n".to_vec()).breaking(Reason::Reset);
    let host = Host::new().peer(ADDRESS, peer);
    let error = host.enter(|| Request::get(&url()).send()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "tcp:127.0.0.1:80: connection reset by peer"
    );
}

/// A peer that always has another byte does not reset the clock.
#[test]
fn timeout_is_for_the_whole_exchange() {
    let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n1".to_vec();
    let host = Host::new().peer(
        ADDRESS,
        Peer::answering(move |_| answer.clone()).breaking(Reason::Reset),
    );
    let url = url();
    let error = host
        .enter(|| Request::get(&url).timeout(Duration::ZERO).send())
        .unwrap_err();
    assert_eq!(error.to_string(), "tcp:127.0.0.1:80: timed out");
}
