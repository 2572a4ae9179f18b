//! `firepit health`: the health checks of containers.

use std::net::TcpListener;

use firepit_tests::{Directory, Ended, Firepit};

fn health(words: &[&str]) -> Ended {
    let words = [&["health"], words].concat();
    Firepit::new().run(&words)
}

fn assert_healthy(words: &[&str]) {
    let ended = health(words);
    assert_eq!(ended.status.code(), Some(0), "{words:?}: {}", ended.stderr);
    assert_eq!((ended.stdout, ended.stderr), (String::new(), String::new()));
}

fn assert_fails(words: &[&str], code: i32, told: &str) {
    let ended = health(words);
    let stderr = ended.stderr;
    assert_eq!(ended.status.code(), Some(code), "{words:?}: {stderr}");
    assert!(stderr.contains(told), "{words:?}: {stderr}");
}

#[test]
fn server_is_healthy_at_every_address() {
    let directory = Directory::new();
    let socket = directory.path().join("s");
    let listen = format!("--web.listen-address=unix:{}", socket.display());
    let running = Firepit::new().flag(&listen).start();
    let address = running.address();
    let port = address.port();
    assert_healthy(&[&format!("http://{address}")]);
    assert_healthy(&[&format!("http://localhost:{port}/-/ready"), "--timeout=1m"]);
    assert_healthy(&[&format!(":{port}")]);
    assert_healthy(&[&format!("unix:{}", socket.display())]);
    assert_healthy(&[&format!("unix:{}:/-/ready", socket.display())]);
    // The server's own flags, with those of its collectors.
    assert_healthy(&[&listen]);
    let port = format!("--web.listen-address=0.0.0.0:{port}");
    assert_healthy(&[&port, "--collector.filesystem.mount-timeout=5s"]);
}

#[test]
fn server_without_a_successful_answer_is_unhealthy() {
    let running = Firepit::new().start();
    let missing = format!("http://{}/none", running.address());
    assert_fails(&[&missing], 1, "the answer has the status 404");
    // Nobody accepts: the kernel completes the connection, and there is no answer.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap().to_string();
    let wanted = format!("http://{address}/-/healthy: no answer within 100ms");
    assert_fails(&[&address, "--timeout=100ms"], 1, &wanted);
    drop(silent);
    assert_fails(&[&address], 1, "cannot connect");
    assert_fails(&["unix:/nonexistent/s"], 1, "cannot connect");
}

#[test]
fn invalid_arguments_are_reported() {
    for (words, told) in [
        (&["ftp://localhost"][..], "not an address"),
        (&["http://u:p@localhost"], "leave out the part before the @"),
        (&["localhost:0"], "is not a port"),
        (&["localhost:1", "localhost:2"], "unexpected argument"),
        (&["localhost:1", "--timeout=0s"], "above zero"),
        (
            &["localhost:1", "--tolerance=1%"],
            "belongs to another command",
        ),
        (&["--web.listen-address=vsock://:1"], "write its address"),
    ] {
        assert_fails(words, 2, told);
    }
}
