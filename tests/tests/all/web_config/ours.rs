//! TLS beyond the toolkit's own tests: what rustls cannot do, changes while running, and slow clients.

use std::io::{Read as _, Write as _};

use firepit_tests::{Firepit, Request, Running};
use rustix::process::Signal;
use rustls::HandshakeKind;

use super::client::{Client, tcp};
use super::folder::Folder;
use super::server::Program;

const TLS: &str = "tls_server_config:\n  PAIR\n";

fn start(folder: &Folder, text: &str) -> Running {
    let path = folder.write("web.yml", text);
    Firepit::new()
        .flag(format!("--web.config.file={path}"))
        .start()
}

fn page(folder: &Folder, running: &Running) -> std::io::Result<u16> {
    let answer = Client::default().ask(folder, running.address(), &Request::get("/metrics"))?;
    Ok(answer.status)
}

/// Differences from the toolkit, with their reason: rustls has no TLS 1.0 and 1.1, no CBC, and no key
/// exchange over P-521.
#[test]
fn settings_without_usable_algorithms_are_rejected() {
    let folder = Folder::new();
    for (setting, expected) in [
        ("max_version: TLS11", "TLS 1.0 and 1.1 are not supported"),
        (
            "curve_preferences: [CurveP521]",
            "curve_preferences: none of these is supported",
        ),
        (
            "max_version: TLS12\n  cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA]",
            "cipher_suites: none of these is supported",
        ),
        (
            "min_version: TLS13\n  max_version: TLS12",
            "min_version is above max_version",
        ),
    ] {
        let path = folder.write("web.yml", &format!("{TLS}  {setting}\n"));
        let refusal = Program::Firepit.refusal(&path);
        assert!(refusal.contains(expected), "{setting}: {refusal}");
    }
}

#[test]
fn settings_without_effect_are_logged_once() {
    let folder = Folder::new();
    let text = format!(
        "{TLS}  min_version: TLS10\n  curve_preferences: [CurveP521, X25519MLKEM768]\n  cipher_suites: \
         [TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]\n"
    );
    let running = start(&folder, &text);
    let warnings = running.logs.with("level", "WARN");
    let count = |word: &str| {
        let messages = warnings.iter().filter_map(|line| line.get("msg"));
        messages.filter(|message| message.contains(word)).count()
    };
    assert_eq!(
        [count("TLS12"), count("CBC"), count("CurveP521")],
        [1, 1, 1],
        "{warnings:?}"
    );
    let stream = Client::default()
        .connect(&folder, running.address())
        .unwrap();
    let group = stream.conn.negotiated_key_exchange_group().unwrap().name();
    assert_eq!(group, rustls::NamedGroup::X25519MLKEM768);
}

#[test]
fn check_config_validates_the_web_config() {
    let folder = Folder::new();
    for (text, code) in [
        (TLS, Some(0)),
        ("tls_server_config:\n  cert_file: server.crt\n", Some(2)),
    ] {
        let path = folder.write("web.yml", text);
        let ended = Firepit::new()
            .flag(format!("--web.config.file={path}"))
            .run(&["check-config"]);
        assert_eq!(ended.status.code(), code, "{}", ended.stderr);
    }
}

/// `TestConfigReloading`: web_config_noAuth.good.blocking.yml becomes web_config_noAuth.good.yml.
#[test]
fn settings_change_with_the_next_connection() {
    let folder = Folder::new();
    for program in Program::all() {
        let blocking = format!("{TLS}  client_auth_type: RequireAndVerifyClientCert\n");
        let server = program.start(&folder.write("web.yml", &blocking));
        let ask = || Client::default().ask(&folder, server.address(), &Request::get("/metrics"));
        assert!(ask().is_err(), "{program:?}");
        folder.write("web.yml", TLS);
        assert_eq!(ask().unwrap().status, 200, "{program:?}");
        folder.write("web.yml", "tls_server_config: {cert_file: gone}");
        assert!(ask().is_err(), "{program:?}");
        folder.write("web.yml", TLS);
        assert_eq!(ask().unwrap().status, 200, "{program:?}");
    }
}

#[test]
fn a_new_certificate_is_used_by_new_connections() {
    let (folder, other) = (Folder::new(), Folder::new());
    let running = start(&folder, TLS);
    let mut old = Client::default()
        .connect(&folder, running.address())
        .unwrap();
    let certificate =
        |stream: &super::client::Stream| stream.conn.peer_certificates().unwrap()[0].clone();
    let first = certificate(&old);
    for file in ["server.crt", "server.key"] {
        let new = std::fs::read(other.path().join(file)).unwrap();
        std::fs::write(folder.path().join(file), new).unwrap();
    }
    // Signed by the other authority.
    let new = Client::default()
        .connect(&other, running.address())
        .unwrap();
    assert_ne!(first, certificate(&new));
    old.write_all(b"GET /-/healthy HTTP/1.0\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    old.read_to_end(&mut answer).unwrap();
    assert!(answer.starts_with(b"HTTP/1.0 200 OK"));
}

#[test]
fn no_session_is_resumed() {
    let folder = Folder::new();
    let running = start(&folder, TLS);
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let client = Client {
            version: Some(version),
            ..Client::default()
        };
        let config = client.shared(&folder);
        for _ in 0..3 {
            let mut stream = client.connect_with(&config, running.address()).unwrap();
            assert_eq!(stream.conn.handshake_kind(), Some(HandshakeKind::Full));
            // Reads what the server may send after the handshake, tickets among it.
            stream
                .write_all(b"GET /-/healthy HTTP/1.0\r\n\r\n")
                .unwrap();
            stream.read_to_end(&mut Vec::new()).unwrap();
        }
    }
}

/// More connections than the server has places for, which never finish a handshake.
#[test]
fn incomplete_handshakes_do_not_block_scrapes() {
    let folder = Folder::new();
    let running = start(&folder, TLS);
    let mut half_done = Vec::new();
    for number in 0..300 {
        let mut stream = tcp(running.address()).unwrap();
        // Nothing, or the begin of a record.
        if number % 2 == 0 {
            let _ = stream.write_all(&[22, 3, 1, 1, 0, 1, 0, 0, 252, 3, 3]);
        }
        half_done.push(stream);
    }
    assert_eq!(page(&folder, &running).unwrap(), 200);
    let answer = Client::default()
        .ask(&folder, running.address(), &Request::get("/metrics"))
        .unwrap();
    let evicted = answer
        .text()
        .lines()
        .filter(|line| line.starts_with("firepit_http_connections_evicted_total"));
    assert!(evicted.into_iter().any(|line| !line.ends_with(" 0")));
    drop(half_done);
}

/// A shutdown does not wait for handshakes.
#[test]
fn a_shutdown_ends_handshakes() {
    let folder = Folder::new();
    let path = folder.write("web.yml", TLS);
    let mut running = Firepit::new()
        .flag(format!("--web.config.file={path}"))
        .start();
    let mut half_done = tcp(running.address()).unwrap();
    half_done.write_all(&[22, 3, 1]).unwrap();
    assert_eq!(page(&folder, &running).unwrap(), 200);
    let began = std::time::Instant::now();
    running.signal(Signal::TERM);
    assert_eq!(running.wait().code(), Some(0));
    // The head timeout is 10 s, and so is the time to drain.
    assert!(began.elapsed().as_secs() < 9);
}

#[test]
fn other_plain_requests_to_a_tls_port_get_the_message_too() {
    let folder = Folder::new();
    let running = start(&folder, TLS);
    for (method, told) in [
        ("HEAD", true),
        ("POST", true),
        ("PUT", true),
        ("OPTIONS", true),
        ("XYZZY", false),
    ] {
        let mut stream = tcp(running.address()).unwrap();
        stream
            .write_all(format!("{method} /metrics HTTP/1.1\r\nHost: a\r\n\r\n").as_bytes())
            .unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let sentence =
            b"HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n";
        assert_eq!(answer == sentence, told, "{method}: {answer:?}");
    }
}
