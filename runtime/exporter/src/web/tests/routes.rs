//! The response to each path.

use super::*;

#[test]
fn response_body_is_served_unchanged() {
    let server = Setup::new().start();
    let reply = server.get("/metrics");
    assert_eq!((reply.status, reply.text()), (200, PAGE));
    assert_eq!(
        reply.header("content-type"),
        Some("text/plain; version=0.0.4; charset=utf-8; escaping=underscores")
    );
    assert_eq!(reply.header("content-encoding"), None);
    assert_eq!(reply.header("vary"), Some("accept, accept-encoding"));
    assert_eq!(server.last_asked(), (None, None, vec![]));
}

/// Every path needs the one user's credentials, those without a page included.
#[test]
fn the_user_protects_every_path() {
    let mut setup = Setup::new();
    setup.config.lifecycle = true;
    setup.config.user = Some(BasicUser::new(b"alice", b"secret"));
    let server = setup.start();
    for target in [
        "/metrics",
        "/metrics/self",
        "/",
        "/-/healthy",
        "/-/ready",
        "/-/quit",
        "/nowhere",
    ] {
        for headers in ["", "authorization: Basic YWxpY2U6d3Jvbmc=\r\n"] {
            let reply = server.ask("GET", target, headers);
            assert_eq!(reply.status, 401, "{target}");
            let challenge = reply.header("www-authenticate");
            assert_eq!(challenge, Some("Basic realm=\"metrics\""));
            assert_eq!(reply.text(), "Invalid username or password\n");
        }
    }
    let with = "authorization: Basic YWxpY2U6c2VjcmV0\r\n";
    for (target, status) in [
        ("/metrics", 200),
        ("/", 200),
        ("/-/healthy", 200),
        ("/no", 404),
    ] {
        assert_eq!(server.ask("GET", target, with).status, status, "{target}");
    }
    assert_eq!(server.ask("POST", "/-/reload", "").status, 401);
}

/// An access rule for the prefix of the metrics path covers everything below it.
#[test]
fn self_metrics_are_below_the_telemetry_path() {
    for (metrics, own) in [
        ("/metrics", "/metrics/self"),
        ("/m/", "/m/self"),
        ("/", "/self"),
    ] {
        let mut setup = Setup::new();
        setup.config.telemetry_path = metrics.into();
        let server = setup.start();
        let reply = server.get(own);
        assert_eq!((reply.status, reply.text()), (200, OWN_PAGE), "{own}");
        assert_eq!(server.get(metrics).text(), PAGE);
        assert_eq!(server.get(&format!("{own}/")).status, 404);
        assert_eq!(server.ask("POST", own, "").text(), OWN_PAGE);
    }
}

#[test]
fn self_metrics_take_the_same_filters() {
    let server = Setup::new().start();
    server.get("/metrics/self?collect[]=cpu&name[]=x");
    let cpu = Some(vec!["cpu".into()]);
    assert_eq!(server.last_asked(), (cpu, None, vec!["x".into()]));
    assert_eq!(server.get("/metrics/self?collect[]=off").status, 400);
    server.assert_counter("promhttp_metric_handler_requests_total{code=\"200\"} 1");
}

#[test]
fn head_is_get_without_the_body() {
    let server = Setup::new().start();
    for target in [
        "/metrics",
        "/metrics/self",
        "/",
        "/-/healthy",
        "/-/ready",
        "/nowhere",
    ] {
        let get = server.get(target);
        let mut client = server.connect();
        client.send("HEAD", target, "Connection: close\r\n");
        let head = client.reply(true);
        assert_eq!(client.rest(), b"", "{target}");
        assert_eq!(head.status, get.status, "{target}");
        for name in ["content-length", "content-type"] {
            assert!(head.header(name).is_some(), "{target}");
            assert_eq!(head.header(name), get.header(name), "{target}");
        }
    }
}

#[test]
fn gzip_has_the_same_content() {
    for size in [0, 1, 100_000, 3_000_000] {
        let mut setup = Setup::new();
        setup.page.body = b"node_load1 1\n"
            .iter()
            .copied()
            .cycle()
            .take(size)
            .collect::<Vec<u8>>()
            .into();
        let expected = setup.page.body.clone();
        let server = setup.start();
        let reply = server.ask("GET", "/metrics", "Accept-Encoding: gzip\r\n");
        assert_eq!(reply.status, 200);
        assert_eq!(reply.header("content-encoding"), Some("gzip"));
        let mut page = Vec::new();
        flate2::read::GzDecoder::new(&reply.body[..])
            .read_to_end(&mut page)
            .unwrap();
        assert!(page == expected, "{size}");
        let plain = server.ask("GET", "/metrics", "Accept-Encoding: gzip;q=0\r\n");
        assert_eq!(plain.header("content-encoding"), None);
        assert!(plain.body == expected, "{size}");
    }
}

#[test]
fn paths_are_exact() {
    let server = Setup::new().start();
    for target in [
        "/metric",
        "/metrics/",
        "/metricsx",
        "/Metrics",
        "/-/",
        "/-/healthy/",
        "/x?/metrics",
    ] {
        let reply = server.get(target);
        assert_eq!(reply.status, 404, "{target}");
        assert_eq!(reply.text(), "404 page not found\n");
    }
    assert_eq!(server.get("http://any.example/metrics").text(), PAGE);
}

#[test]
fn the_metrics_may_be_at_the_root() {
    let mut setup = Setup::new();
    setup.config.telemetry_path = "/".into();
    let server = setup.start();
    assert_eq!(server.get("/").text(), PAGE);
    assert_eq!(server.get("/metrics").status, 404);
}

/// node_exporter does not look at the method.
#[test]
fn pages_accept_any_method() {
    let server = Setup::new().start();
    for method in ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "BREW"] {
        let reply = server.ask(method, "/metrics?collect[]=cpu", "");
        assert_eq!((reply.status, reply.text()), (200, PAGE), "{method}");
        assert_eq!(server.last_asked().0, Some(vec!["cpu".to_owned()]));
        assert_eq!(server.ask(method, "/", "").status, 200, "{method}");
        assert_eq!(server.ask(method, "/nope", "").status, 404, "{method}");
    }
    for target in ["/metrics", "/", "/nope", "//metrics"] {
        let reply = server.ask("CONNECT", target, "");
        assert_eq!(reply.status, 405, "{target}");
    }
}

#[test]
fn paths_are_redirected_as_gos_server_does() {
    let server = Setup::new().start();
    for (target, location) in [
        ("//metrics", "/metrics"),
        ("/./metrics", "/metrics"),
        ("/a/../metrics?collect[]=cpu", "/metrics?collect[]=cpu"),
        ("/%2E/metrics", "/metrics"),
        ("//nope", "/nope"),
        ("/-//reload", "/-/reload"),
        ("/..//%5Cevil.example", "/%5Cevil.example"),
    ] {
        for method in ["GET", "POST", "HEAD"] {
            let reply = server.ask(method, target, "");
            assert_eq!(reply.status, 301, "{target}");
            assert_eq!(reply.header("location"), Some(location), "{target}");
        }
        let expected = format!("<a href=\"{location}\">Moved Permanently</a>.\n\n");
        assert_eq!(server.get(target).text(), expected);
    }
    assert_eq!(server.get("/%6Detrics").text(), PAGE);
    for target in ["/metrics/", "/metrics%2F", "/metrics%00", "/%FF"] {
        assert_eq!(server.get(target).status, 404, "{target}");
    }
    for target in ["/%", "/metrics%2", "/%zz"] {
        assert_eq!(server.get(target).status, 400, "{target}");
    }
}

#[test]
fn health_endpoints_reject_other_methods() {
    let server = Setup::new().start();
    for method in ["POST", "PUT", "DELETE", "OPTIONS", "BREW"] {
        for target in ["/-/healthy", "/-/ready"] {
            let reply = server.ask(method, target, "");
            assert_eq!(reply.status, 405, "{method} {target}");
            assert_eq!(reply.header("allow"), Some("GET, HEAD"));
        }
    }
    assert!(server.fake.asked.lock().unwrap().is_empty());
}

#[test]
fn health_and_readiness() {
    let server = Setup::new().start();
    let healthy = server.get("/-/healthy");
    assert_eq!(
        (healthy.status, healthy.text()),
        (200, "firepit is healthy.\n")
    );
    assert_eq!(server.get("/-/ready").status, 200);
    server.fake.ready.store(false, Ordering::Relaxed);
    assert_eq!(server.get("/-/ready").status, 503);
    assert_eq!(server.get("/-/healthy").status, 200);
}

#[test]
fn landing_page_escapes_text_and_forbids_scripts() {
    let server = Setup::new().start();
    let reply = server.get("/");
    assert_eq!(reply.status, 200);
    assert_eq!(
        reply.header("content-type"),
        Some("text/html; charset=utf-8")
    );
    assert_eq!(reply.header("x-content-type-options"), Some("nosniff"));
    let policy = reply.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'"), "{policy}");
    let page = reply.text();
    assert!(page.contains("<title>firepit</title>"), "{page}");
    assert!(page.contains("version=1.2.3, branch=main, revision=abc"));
    assert!(page.contains("&lt;b&gt;bold&lt;/b&gt;") && !page.contains("<b>"));
    assert!(page.contains("failed: out-of-fuel"));
}

#[test]
fn filters_reach_the_scrape() {
    let server = Setup::new().start();
    let names = |list: &[&str]| list.iter().map(ToString::to_string).collect::<Vec<_>>();
    server.get("/metrics?collect%5B%5D=stat&collect[]=cpu&name[]=up");
    assert_eq!(
        server.last_asked(),
        (Some(names(&["stat", "cpu"])), None, names(&["up"]))
    );
    server.ask(
        "GET",
        "/metrics?exclude[]=nowhere",
        "X-Prometheus-Scrape-Timeout-Seconds: 2.5\r\n",
    );
    let timeout = Some(Duration::from_millis(2500));
    assert_eq!(server.last_asked(), (None, timeout, vec![]));
}

#[test]
fn rejected_filters() {
    let server = Setup::new().start();
    let begin = "Couldn't create filtered metrics handler: couldn't create collector: ";
    let table = [
        (
            "collect[]=cpu&exclude[]=stat",
            "Combined collect and exclude queries are not allowed.".into(),
        ),
        ("collect[]=nope", format!("{begin}missing collector: nope")),
        ("collect[]=", format!("{begin}missing collector: ")),
        (
            "collect[]=cpu&collect[]=off",
            format!("{begin}disabled collector: off"),
        ),
        (
            "collect[]=%3Cb%3E",
            format!("{begin}missing collector: <b>"),
        ),
        (
            "collect[]=%1B[2J%0Aa%E2%80%AE",
            format!("{begin}missing collector: \\u{{1b}}[2J\\na\\u{{202e}}"),
        ),
        (
            &format!("collect[]={}", "x".repeat(4000)),
            format!(
                "{begin}missing collector: {}…",
                "x".repeat(200 - "missing collector: ".len())
            ),
        ),
        (
            "a=%",
            "malformed query: a percent sign needs two hexadecimal digits after it".into(),
        ),
        ("a=%ff", "malformed query: not UTF-8".into()),
    ];
    for (query, body) in table {
        let reply = server.get(&format!("/metrics?{query}"));
        assert_eq!((reply.status, reply.text()), (400, body.as_str()));
        assert_eq!(
            reply.header("content-type"),
            Some("text/plain; charset=utf-8")
        );
        assert_eq!(reply.header("x-content-type-options"), Some("nosniff"));
    }
    server.assert_counter("promhttp_metric_handler_requests_total{code=\"200\"} 0");
    assert!(!server.counters().contains("code=\"400\""));
}

#[test]
fn lifecycle_api_is_disabled_by_default() {
    let server = Setup::new().start();
    for path in ["/-/reload", "/-/quit"] {
        for method in ["POST", "GET"] {
            let reply = server.ask(method, path, "");
            let expected = (403, "Lifecycle API is not enabled.\n");
            assert_eq!((reply.status, reply.text()), expected, "{method} {path}");
        }
    }
}

#[test]
fn enabled_lifecycle_api_reloads() {
    let mut setup = Setup::new();
    setup.config.lifecycle = true;
    let server = setup.start();
    for method in ["POST", "PUT"] {
        assert_eq!(server.ask(method, "/-/reload", "").status, 200);
    }
    let reply = server.get("/-/reload");
    assert_eq!(
        (reply.status, reply.header("allow")),
        (405, Some("POST, PUT"))
    );
    server.fake.ready.store(false, Ordering::Relaxed);
    let reply = server.ask("POST", "/-/reload", "");
    let expected = (500, "failed to reload config: line 3: no\\n\\u{1b}[2J\n");
    assert_eq!((reply.status, reply.text()), expected);
}

#[test]
fn lifecycle_api_rejects_web_pages() {
    let mut setup = Setup::new();
    setup.config.lifecycle = true;
    let mut server = setup.start();
    let own = format!("Origin: http://{}\r\n", server.address);
    let foreign = [
        "Origin: https://elsewhere.example\r\n",
        "Origin: null\r\n",
        "Sec-Fetch-Site: cross-site\r\n",
        "Referer: https://elsewhere.example/\r\n",
        &own,
    ];
    for headers in foreign {
        for path in ["/-/quit", "/-/reload"] {
            for method in ["POST", "PUT"] {
                let reply = server.ask(method, path, headers);
                assert_eq!(reply.status, 403, "{method} {path} {headers}");
                let text = reply.text();
                assert!(text.starts_with("Lifecycle requests from web pages are rejected"));
            }
        }
    }
    // It keeps running, and accepts the same from a program.
    assert_eq!(server.ask("POST", "/-/reload", "").status, 200);
    assert_eq!(server.ask("POST", "/-/quit", "").status, 200);
    server.join();
}

#[test]
fn reloads_at_once_are_limited() {
    let mut setup = Setup::new().closed().limits(|limits| limits.reloads = 2);
    setup.config.lifecycle = true;
    let server = setup.start();
    let mut waiting: Vec<_> = (0..2).map(|_| server.connect()).collect();
    for client in &mut waiting {
        client.send("POST", "/-/reload", "");
        server.wait_for_scrape();
    }
    let refused = server.ask("POST", "/-/reload", "");
    let expected = "Limit of concurrent reloads reached (2), try again later.\n";
    assert_eq!((refused.status, refused.text()), (503, expected));
    server.open_gate();
    for client in &mut waiting {
        assert_eq!(client.reply(false).status, 200);
    }
    assert_eq!(server.ask("POST", "/-/reload", "").status, 200);
}

#[test]
fn enabled_lifecycle_api_stops_the_server() {
    let mut setup = Setup::new();
    setup.config.lifecycle = true;
    let mut server = setup.start();
    assert_eq!(server.ask("POST", "/-/quit", "").status, 200);
    server.join();
}
