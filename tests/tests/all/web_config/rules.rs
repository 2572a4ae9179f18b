//! Users, headers and rate limits, over plain HTTP and TLS.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, TcpStream};
use std::thread;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use firepit_tests::{Answer, Firepit, PATIENCE, Request, until};
use rustix::net::{self, AddressFamily, SocketType};

use super::client::Client;
use super::folder::Folder;
use super::plain;
use super::server::Program;

const USERS: &str = "basic_auth_users:\n  alice: HASH(alice123)\n  bob: HASH(bob123)\n  \
    carol: HASH(carol123)\n  dave: HASH(dave123)\n";

fn login(user: &str, password: &str) -> Request {
    login_at("/metrics", user, password)
}

fn login_at(path: &str, user: &str, password: &str) -> Request {
    let encoded = STANDARD.encode(format!("{user}:{password}"));
    Request::get(path).header("Authorization", &format!("Basic {encoded}"))
}

fn ask(address: SocketAddr, request: &Request) -> Answer {
    request.send(address).unwrap()
}

const LOGINS: [(&str, &str, u16); 6] = [
    ("dave", "dave123", 200),
    ("carol", "carol123", 200),
    ("dave", "bad", 401),
    ("nonexistent", "nonexistent", 401),
    // TestBasicAuthWithFakepassword: the toolkit's hash for unknown users is that of "fakepassword".
    ("fakeuser", "fakepassword", 401),
    ("", "", 401),
];

/// `TestUsers`: `web_config_users_noTLS.good.yml`, `web_config_users.good.yml`.
#[test]
fn users_log_in_with_and_without_tls() {
    let folder = Folder::new();
    for program in Program::all() {
        for tls in [false, true] {
            let section = if tls {
                "tls_server_config:\n  PAIR\n"
            } else {
                ""
            };
            let path = folder.write("web.yml", &format!("{section}{USERS}"));
            let server = program.start(&path);
            let ask = |request: &Request| match tls {
                false => ask(server.address(), request),
                true => Client::default()
                    .ask(&folder, server.address(), request)
                    .unwrap(),
            };
            let answer = ask(&Request::get("/metrics"));
            assert_eq!(plain(&answer), "401 Unauthorized", "{program:?}");
            assert_eq!(answer.header("www-authenticate"), Some("Basic"));
            // Cold and cached.
            for _ in 0..2 {
                for (user, password, status) in LOGINS {
                    let answer = ask(&login(user, password));
                    assert_eq!(answer.status, status, "{program:?} {tls} {user}");
                }
            }
        }
    }
}

/// `TestByPassBasicAuthVuln` (CVE-2022-46146).
#[test]
fn parts_of_a_cached_login_cannot_move() {
    let folder = Folder::new();
    let hash = bcrypt::hash("alice123", 4).unwrap().to_string();
    let path = folder.write("web.yml", &format!("basic_auth_users:\n  alice: {hash}\n"));
    let decoy = "$2y$10$QOauhQNbBCuQDKes6eFzPeMqBSjb7Mr5DUmpZ/VcEd00UAV/LDeSi";
    for program in Program::all() {
        let server = program.start(&path);
        let first = ask(
            server.address(),
            &login(&format!("alice{hash}"), "fakepassword"),
        );
        let second = ask(
            server.address(),
            &login("alice", &format!("{decoy}fakepassword")),
        );
        assert_eq!((first.status, second.status), (401, 401), "{program:?}");
    }
}

/// `TestBasicAuthCache`.
#[test]
fn concurrent_valid_and_invalid_logins_get_their_own_codes() {
    let folder = Folder::new();
    let path = folder.write("web.yml", USERS);
    for program in Program::all() {
        let server = program.start(&path);
        let address = server.address();
        let clients: Vec<_> = (0..100)
            .map(|number| {
                let (password, status) = if number % 2 == 0 {
                    ("alice123", 200)
                } else {
                    ("alice1234", 401)
                };
                // Not the metrics, which have a limit of their own.
                let request = login_at("/", "alice", password);
                let client = move || (ask(address, &request).status, status);
                thread::spawn(client)
            })
            .collect();
        for client in clients {
            let (found, expected) = client.join().unwrap();
            assert_eq!(found, expected, "{program:?}");
        }
    }
}

/// `TestHTTPHeaders`: `web_config_headers.good.yml`.
#[test]
fn headers_are_on_every_answer_but_rejections() {
    let folder = Folder::new();
    let headers = "http_server_config:\n  headers:\n    Strict-Transport-Security: max-age=31536000\n    \
        X-Content-Type-Options: nosniff\n    X-Frame-Options: deny\n    X-XSS-Protection: 1\n";
    let users = format!("{headers}{USERS}");
    for program in Program::all() {
        for (text, path, status) in [
            (headers, "/metrics", 200),
            (headers, "/x", 404),
            (&users, "/", 401),
        ] {
            let server = program.start(&folder.write("web.yml", text));
            let answer = ask(server.address(), &Request::get(path));
            assert_eq!(answer.status, status);
            for (name, value) in [
                ("strict-transport-security", "max-age=31536000"),
                ("x-content-type-options", "nosniff"),
                ("x-frame-options", "deny"),
                ("x-xss-protection", "1"),
            ] {
                assert_eq!(answer.header(name), Some(value), "{program:?} {path}");
            }
        }
        let text = format!("{headers}rate_limit:\n  interval: 1h\n");
        let server = program.start(&folder.write("web.yml", &text));
        let answer = ask(server.address(), &Request::get("/metrics"));
        assert_eq!(plain(&answer), "429 Too Many Requests", "{program:?}");
        assert_eq!(answer.header("x-frame-options"), None, "{program:?}");
    }
}

/// `web_config_rate_limiter_nonblocking.yaml`, `web_config_rate_limiter_one_second.yaml`.
#[test]
fn the_rate_limit_is_one_bucket() {
    let folder = Folder::new();
    for program in Program::all() {
        for (limit, expected) in [
            ("interval: 0\n  burst: 0", [11, 0]),
            ("interval: 1h\n  burst: 0", [0, 11]),
            ("interval: 1h\n  burst: 3", [3, 8]),
        ] {
            let path = folder.write("web.yml", &format!("rate_limit:\n  {limit}\n"));
            // node_exporter is probed with a connection, not with a request.
            let server = program.start(&path);
            let codes: Vec<_> = (0..11)
                .map(|_| ask(server.address(), &Request::get("/metrics")).status)
                .collect();
            let count = |code| codes.iter().filter(|found| **found == code).count();
            assert_eq!([count(200), count(429)], expected, "{program:?} {limit}");
        }
    }
}

/// Users change with the next request, and a broken file ends no server.
#[test]
fn file_is_reloaded_and_may_become_invalid() {
    let folder = Folder::new();
    for program in Program::all() {
        let path = folder.write("web.yml", USERS);
        let server = program.start(&path);
        let status = |request: &Request| ask(server.address(), request).status;
        assert_eq!(status(&login("dave", "dave123")), 200);
        folder.write("web.yml", "basic_auth_users:\n  dave: HASH(changed)\n");
        assert_eq!(status(&login("dave", "dave123")), 401, "{program:?}");
        assert_eq!(status(&login("dave", "changed")), 200, "{program:?}");
        folder.write("web.yml", "basic_auth_users: [");
        for _ in 0..3 {
            let answer = ask(server.address(), &login("dave", "changed"));
            assert_eq!(plain(&answer), "500 Internal Server Error", "{program:?}");
        }
        folder.write("web.yml", "");
        assert_eq!(status(&Request::get("/metrics")), 200, "{program:?}");
        if let super::server::Server::Firepit(running) = &server {
            let lines = running.logs.with("level", "ERROR");
            assert_eq!(lines.len(), 1, "{lines:?}");
        }
    }
}

#[test]
fn health_endpoints_may_be_open() {
    let folder = Folder::new();
    let path = folder.write("web.yml", &format!("rate_limit: {{interval: 1h}}\n{USERS}"));
    let flag = format!("--web.config.file={path}");
    let open = Firepit::new()
        .flag(&flag)
        .flag("--web.open-health-endpoints")
        .start();
    let closed = Firepit::new().flag(&flag).start();
    for endpoint in ["/-/healthy", "/-/ready"] {
        assert_eq!(open.ask(&Request::get(endpoint)).status, 200);
        assert_eq!(closed.ask(&Request::get(endpoint)).status, 429);
    }
    assert_eq!(open.ask(&Request::get("/metrics")).status, 429);
    folder.write("web.yml", USERS);
    assert_eq!(
        open.ask(&Request::get("/metrics")).status,
        429,
        "read at the start only"
    );
}

/// Sends a request from an address of the loopback network.
fn ask_from(source: Ipv4Addr, address: SocketAddr, request: &str) -> String {
    let socket = net::socket(AddressFamily::INET, SocketType::STREAM, None).unwrap();
    net::bind(&socket, &SocketAddrV4::new(source, 0)).unwrap();
    net::connect(&socket, &address).unwrap();
    let mut stream = TcpStream::from(socket);
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn each_client_may_have_a_rate_limit() {
    let folder = Folder::new();
    let text = "rate_limit_per_client:\n  interval: 1h\n  burst: 2\n";
    let flag = format!("--web.config.file={}", folder.write("web.yml", text));
    let running = Firepit::new().flag(flag).start();
    let request = "GET /-/healthy HTTP/1.0\r\n\r\n";
    for last in [1, 2] {
        let codes = [(); 3].map(|()| {
            let answer = ask_from(Ipv4Addr::new(127, 4, 0, last), running.address(), request);
            answer[9..12].to_owned()
        });
        assert_eq!(codes, ["200", "200", "429"]);
    }
}

/// A flood of wrong passwords neither fills memory nor delays a client that is known.
#[test]
fn flood_of_wrong_passwords_does_not_delay_known_clients() {
    let folder = Folder::new();
    let cost = 12;
    let hash = bcrypt::hash("alice123", cost).unwrap();
    let path = folder.write("web.yml", &format!("basic_auth_users:\n  alice: {hash}\n"));
    let running = Firepit::new()
        .flag(format!("--web.config.file={path}"))
        .start();
    let known = login("alice", "alice123");
    assert_eq!(running.ask(&known).status, 200);
    let address = running.address();
    let flood: Vec<_> = (0..100)
        .map(|number| {
            let wrong = login("alice", &format!("wrong{number}"));
            thread::spawn(move || wrong.send(address).map_or(0, |answer| answer.status))
        })
        .collect();
    let workers = until("the workers", || {
        let workers = nice_threads(running.pid());
        (!workers.is_empty()).then_some(workers)
    });
    assert!(workers.iter().all(|nice| *nice == 10), "{workers:?}");
    for _ in 0..20 {
        assert_eq!(running.ask(&known).status, 200);
    }
    let codes: Vec<_> = flood.into_iter().map(|it| it.join().unwrap()).collect();
    let count = |code| codes.iter().filter(|found| **found == code).count();
    assert_eq!(count(200), 0);
    assert!(count(503) >= 1, "{codes:?}");
    assert!(count(401) >= 1, "{codes:?}");
}

/// The nice values of the threads that check passwords.
fn nice_threads(pid: u32) -> Vec<i64> {
    let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).unwrap();
    let stats =
        tasks.filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("stat")).ok());
    stats
        .filter_map(|stat| {
            let (name, fields) = stat.split_once(") ")?;
            name.ends_with("(login")
                .then(|| fields.split(' ').nth(16)?.parse().ok())?
        })
        .collect()
}
