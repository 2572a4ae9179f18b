//! A real supervisord, asked by TCP and through its Unix socket.

use firepit_tests::{Namespace, NodeExporter, Running, Service, until};

use super::{asking, failed, failed_while, patient, recovered, succeeded};

const PROGRAMS: &str = "\
[program:web]
command = cat
process_name = %(program_name)s_%(process_num)d
numprocs = 2
startsecs = 0
[program:once]
command = sh -c 'exit 3'
autorestart = false
startsecs = 0
[program:never]
command = cat
autostart = false
";

const LINES: [&str; 12] = [
    "exit_status{group=\"never\",name=\"never\"} 0",
    "exit_status{group=\"once\",name=\"once\"} 3",
    "exit_status{group=\"web\",name=\"web_0\"} 0",
    "exit_status{group=\"web\",name=\"web_1\"} 0",
    "state{group=\"never\",name=\"never\"} 0",
    "state{group=\"once\",name=\"once\"} 100",
    "state{group=\"web\",name=\"web_0\"} 20",
    "state{group=\"web\",name=\"web_1\"} 20",
    "up{group=\"never\",name=\"never\"} 0",
    "up{group=\"once\",name=\"once\"} 0",
    "up{group=\"web\",name=\"web_0\"} 1",
    "up{group=\"web\",name=\"web_1\"} 1",
];

fn by_tcp(service: &Service) -> String {
    format!("url=http://me:a%40b%3Ac@127.0.0.1:{}/RPC2", service.port())
}

fn by_socket(service: &Service) -> String {
    format!("url=unix://{}", service.path("supervisor.sock"))
}

/// The lines of the collector's families, without their comments and the common beginning of their names.
fn lines(text: &str) -> Vec<&str> {
    let lines = text.lines();
    lines
        .filter_map(|line| line.strip_prefix("node_supervisord_"))
        .collect()
}

fn text(running: &Running) -> String {
    let answer = running.ask(&firepit_tests::Request::get("/metrics"));
    answer.text().to_owned()
}

/// Waits until the processes have the states of [`LINES`].
fn settled(running: &Running) -> String {
    until("the states of the processes", || {
        let text = text(running);
        let all = lines(&text);
        LINES.iter().all(|line| all.contains(line)).then_some(text)
    })
}

#[test]
fn processes_are_shown_by_tcp_and_by_socket() {
    let Some(service) = Service::supervisord(PROGRAMS) else {
        return;
    };
    let tcp = asking("supervisord", &by_tcp(&service));
    let by_tcp = settled(&tcp);
    let starts: Vec<_> = (lines(&by_tcp).into_iter())
        .filter_map(|line| line.strip_prefix("start_time_seconds{group=\"web\",name=\"web_"))
        .collect();
    assert_eq!(starts.len(), 2, "{by_tcp}");
    assert_eq!(lines(&by_tcp).len(), LINES.len() + 2, "{by_tcp}");
    let socket = asking("supervisord", &by_socket(&service));
    assert_eq!(lines(&text(&socket)), lines(&by_tcp));

    let told = tcp.logs.wait_for("collector", "supervisord");
    let deprecated =
        "This collector is deprecated and will be removed in the next major version release.";
    assert_eq!(
        (told.get("level"), told.get("msg")),
        (Some("WARN"), Some(deprecated))
    );
}

/// The same bytes, apart from nothing: no value moves.
#[test]
fn node_exporter_shows_the_same_of_the_same_supervisord() {
    let Some(service) = Service::supervisord(PROGRAMS) else {
        return;
    };
    let Some(namespace) = Namespace::new() else {
        return;
    };
    namespace.run("ip link set lo up");
    let option = format!("--collector.supervisord.{}", by_socket(&service));
    let flags = [
        "--collector.disable-defaults",
        "--collector.supervisord",
        &option,
    ];
    let Some(node_exporter) = NodeExporter::start(&namespace, &flags) else {
        return;
    };
    let running = asking("supervisord", &by_socket(&service));
    settled(&running);
    let of_it = |text: &str| -> Vec<String> {
        let lines = text
            .lines()
            .filter(|line| line.contains("node_supervisord_"));
        lines.map(str::to_owned).collect()
    };
    let theirs = of_it(&node_exporter.page().unwrap());
    assert_eq!(of_it(&text(&running)), theirs);
    assert_eq!(theirs.len(), LINES.len() + 2 + 8);
}

#[test]
fn wrong_password_is_told_without_the_password() {
    let Some(service) = Service::supervisord("") else {
        return;
    };
    let url = format!("url=http://me:geheim@127.0.0.1:{}/RPC2", service.port());
    let running = asking("supervisord", &url);
    let reason = failed(&running, "supervisord");
    let expected = format!(
        "unable to call supervisord: tcp:127.0.0.1:{}: HTTP status 401",
        service.port()
    );
    assert_eq!(reason, expected);
    let raw = running.logs.raw().join("\n");
    assert!(!raw.contains("geheim"), "{raw}");
}

#[test]
fn supervisord_that_is_down_is_told_and_its_return_noticed() {
    let Some(mut service) = Service::supervisord("") else {
        return;
    };
    for option in [by_tcp(&service), by_socket(&service)] {
        let running = asking("supervisord", &option);
        succeeded(&running, "supervisord");
        service.kill();
        let reason = failed(&running, "supervisord");
        assert!(reason.ends_with(": connection refused"), "{reason}");
        service.start();
        recovered(&running, "supervisord");
    }
}

#[test]
fn silent_supervisord_is_told_and_its_return_noticed() {
    let Some(service) = Service::supervisord("") else {
        return;
    };
    for option in [by_tcp(&service), by_socket(&service)] {
        let running = asking("supervisord", &option);
        service.suspend();
        let reason = failed(&running, "supervisord");
        assert!(reason.ends_with(": timed out"), "{reason}");
        service.resume();
        recovered(&running, "supervisord");
    }
}

/// It accepts, says nothing, and is killed then.
#[test]
fn supervisord_that_restarts_in_the_middle_of_a_scrape() {
    let Some(mut service) = Service::supervisord("") else {
        return;
    };
    for option in [by_tcp(&service), by_socket(&service)] {
        let running = patient("supervisord", &option);
        service.suspend();
        let reason = failed_while(&running, "supervisord", || service.kill());
        let ends = [": connection reset by peer", ": the answer ended too early"];
        assert!(ends.iter().any(|end| reason.ends_with(end)), "{reason}");
        service.start();
        recovered(&running, "supervisord");
    }
}
