//! Answers of supervisord: whole, garbled, truncated and too long, and the option.

use std::sync::{Arc, Mutex};

use firepit_sdk::net::Reason;
use firepit_sdk::testing::{Host, Output, Peer};

use super::*;

const ADDRESS: &str = "tcp:localhost:9001";

fn member(name: &str, value: &str) -> String {
    format!("<member>\n<name>{name}</name>\n<value>{value}</value>\n</member>\n")
}

fn text(text: &str) -> String {
    format!("<string>{text}</string>")
}

fn int(number: i64) -> String {
    format!("<int>{number}</int>")
}

/// A process as supervisord 4.2 reports it.
fn process(name: &str, group: &str, state: i64, start: i64, exit_status: i64) -> String {
    let members = [
        member("name", &text(name)),
        member("group", &text(group)),
        member("start", &int(start)),
        member("stop", &int(0)),
        member("now", &int(1_700_000_100)),
        member("state", &int(state)),
        member("statename", &text("X")),
        member("spawnerr", "<string></string>"),
        member("exitstatus", &int(exit_status)),
        member("logfile", &text("/var/log/a.log")),
        member("stdout_logfile", &text("/var/log/a.log")),
        member("stderr_logfile", "<string></string>"),
        member("pid", &int(7)),
        member("description", &text("pid 7, uptime 0:00:10")),
    ];
    format!("<value><struct>\n{}</struct></value>\n", members.concat())
}

fn list(processes: &[String]) -> String {
    format!(
        "<?xml version='1.0'?>\n<methodResponse>\n<params>\n<param>\n<value><array><data>\n{}\
         </data></array></value>\n</param>\n</params>\n</methodResponse>\n",
        processes.concat()
    )
}

fn http(body: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into()
}

fn answered(answer: impl Into<Vec<u8>>) -> Output {
    let answer = answer.into();
    let peer = Peer::answering(move |_| answer.clone()).closing();
    Host::new().peer(ADDRESS, peer).run::<Supervisord>([])
}

fn error(answer: impl Into<Vec<u8>>) -> String {
    let output = answered(answer);
    assert_eq!(output.text(), "");
    output.result.unwrap_err().to_string()
}

#[test]
fn processes_of_all_states() {
    let output = answered(http(&list(&[
        process("web", "site", 20, 1_700_000_000, 0),
        process("starts", "a&amp;b", 10, 1_700_000_001, 0),
        process("stops", "stops", 40, 1_700_000_002, 0),
        process("new", "new", 0, 0, 0),
        process("backoff", "x", 30, 1_700_000_003, 1),
        process("exited", "x", 100, 1_700_000_004, -9),
        process("fatal", "x", 200, 1_700_000_005, 127),
        process("unknown", "x", 1000, 0, 0),
    ])));
    assert_eq!(output.result, Ok(()));
    let expected = "\
node_supervisord_up{name=\"web\",group=\"site\"} 1
node_supervisord_up{name=\"starts\",group=\"a&b\"} 1
node_supervisord_up{name=\"stops\",group=\"stops\"} 1
node_supervisord_up{name=\"new\",group=\"new\"} 0
node_supervisord_up{name=\"backoff\",group=\"x\"} 0
node_supervisord_up{name=\"exited\",group=\"x\"} 0
node_supervisord_up{name=\"fatal\",group=\"x\"} 0
node_supervisord_up{name=\"unknown\",group=\"x\"} 0
node_supervisord_state{name=\"web\",group=\"site\"} 20
node_supervisord_state{name=\"starts\",group=\"a&b\"} 10
node_supervisord_state{name=\"stops\",group=\"stops\"} 40
node_supervisord_state{name=\"new\",group=\"new\"} 0
node_supervisord_state{name=\"backoff\",group=\"x\"} 30
node_supervisord_state{name=\"exited\",group=\"x\"} 100
node_supervisord_state{name=\"fatal\",group=\"x\"} 200
node_supervisord_state{name=\"unknown\",group=\"x\"} 1000
node_supervisord_exit_status{name=\"web\",group=\"site\"} 0
node_supervisord_exit_status{name=\"starts\",group=\"a&b\"} 0
node_supervisord_exit_status{name=\"stops\",group=\"stops\"} 0
node_supervisord_exit_status{name=\"new\",group=\"new\"} 0
node_supervisord_exit_status{name=\"backoff\",group=\"x\"} 1
node_supervisord_exit_status{name=\"exited\",group=\"x\"} -9
node_supervisord_exit_status{name=\"fatal\",group=\"x\"} 127
node_supervisord_exit_status{name=\"unknown\",group=\"x\"} 0
node_supervisord_start_time_seconds{name=\"web\",group=\"site\"} 1700000000
node_supervisord_start_time_seconds{name=\"starts\",group=\"a&b\"} 1700000001
node_supervisord_start_time_seconds{name=\"stops\",group=\"stops\"} 1700000002
";
    assert_eq!(output.text(), expected);
}

#[test]
fn supervisord_without_processes_has_no_series() {
    let output = answered(http(&list(&[])));
    assert_eq!(
        (output.result.clone(), output.text()),
        (Ok(()), String::new())
    );
}

#[test]
fn missing_member_is_that_of_the_process_before() {
    let first = process("a", "g", 20, 7, 3);
    let second = format!("<value><struct>{}</struct></value>", member("name", "b"));
    let output = answered(http(&list(&[first, second])));
    let start = "node_supervisord_start_time_seconds{name=\"b\",group=\"g\"} 7\n";
    assert!(output.text().ends_with(start), "{}", output.text());
    let output = answered(http(&list(&["<value><struct/></value>".to_owned()])));
    assert!(
        output
            .text()
            .starts_with("node_supervisord_up{name=\"\",group=\"\"} 0\n")
    );
}

#[test]
fn url_selects_service_path_and_user() {
    for (url, address, first_line, other_line) in [
        (
            "http://me:secret@[::1]:7/x?y",
            "tcp:[::1]:7",
            "POST /x?y HTTP/1.1\r\nHost: [::1]:7\r\n",
            "\r\nAuthorization: Basic bWU6c2VjcmV0\r\n",
        ),
        (
            "unix:///run/supervisor.sock",
            "unix:/run/supervisor.sock",
            "POST /RPC2 HTTP/1.1\r\nHost: unix\r\n",
            "\r\nContent-Type: text/xml\r\n",
        ),
    ] {
        let heard = Arc::new(Mutex::new(String::new()));
        let of_peer = Arc::clone(&heard);
        let peer = Peer::answering(move |request| {
            *of_peer.lock().unwrap() = String::from_utf8(request.to_vec()).unwrap();
            http(&list(&[]))
        });
        let output = Host::new()
            .peer(address, peer)
            .run::<Supervisord>([("url", url)]);
        assert_eq!(output.result, Ok(()));
        let heard = heard.lock().unwrap();
        assert!(heard.starts_with(first_line), "{heard}");
        assert!(heard.contains(other_line), "{heard}");
        assert!(heard.ends_with(CALL), "{heard}");
    }
}

#[test]
fn url_without_a_service_is_an_error_of_the_option() {
    let error = |url| {
        Host::new()
            .configure::<Supervisord>([("url", url)])
            .unwrap_err()
    };
    let https = error("https://me:secret@localhost:9001/RPC2");
    assert_eq!(
        https,
        "url: https is not available, because collectors have no TLS; use http or a Unix socket"
    );
    assert!(error("localhost:9001").starts_with("url: expected http://"));
}

#[test]
fn service_that_does_not_answer_is_named() {
    let down = Host::new().run::<Supervisord>([]).result.unwrap_err();
    let expected = "unable to call supervisord: tcp:localhost:9001: connection refused";
    assert_eq!(down.to_string(), expected);
    let silent = Host::new().peer(ADDRESS, Peer::answering(|_| Vec::new()));
    let silent = silent.run::<Supervisord>([]).result.unwrap_err();
    assert_eq!(
        silent.to_string(),
        "unable to call supervisord: tcp:localhost:9001: timed out"
    );
    let half = Peer::answering(|_| http("x")[..9].to_vec()).breaking(Reason::Reset);
    let half = Host::new()
        .peer(ADDRESS, half)
        .run::<Supervisord>([])
        .result
        .unwrap_err();
    let expected = "unable to call supervisord: tcp:localhost:9001: connection reset by peer";
    assert_eq!(half.to_string(), expected);
}

#[test]
fn other_answers() {
    let of = "unable to call supervisord: tcp:localhost:9001: ";
    for (answer, expected) in [
        (Vec::new(), "the answer ended too early"),
        (
            b"garbage\r\n\r\n".to_vec(),
            "not an answer by HTTP: the first line has no status",
        ),
        (
            b"HTTP/1.0 401 Unauthorized\r\n\r\n".to_vec(),
            "HTTP status 401",
        ),
        (
            http(""),
            "the answer is not XML: byte 0: the document ends too early",
        ),
        (http("<html/>"), "the answer has no value"),
        (
            http(&list(&["<value>x</value>".to_owned()])),
            "the value is not a list of processes",
        ),
        (
            http(
                "<methodResponse><params><param><value>1</value></param></params></methodResponse>",
            ),
            "the value is not a list of processes",
        ),
    ] {
        assert_eq!(error(answer), format!("{of}{expected}"));
    }
    for (name, value) in [
        ("name", int(1)),
        ("group", "<nil/>".to_owned()),
        ("start", text("1")),
        ("state", "20".to_owned()),
        ("exitstatus", "<double>1</double>".to_owned()),
    ] {
        let process = format!("<value><struct>{}</struct></value>", member(name, &value));
        let expected = format!("{of}{name} of a process has an unexpected type");
        assert_eq!(error(http(&list(&[process]))), expected);
    }
}

/// No beginning of an answer has series.
#[test]
fn truncated_answers() {
    let body = list(&[process("a", "b", 20, 1, 0)]);
    for length in (0..body.trim_end().len()).step_by(7) {
        let error = error(http(&body[..length]));
        assert!(error.contains("the answer is not XML"), "{length}: {error}");
    }
}

#[test]
fn answer_is_bounded() {
    let many = |number: usize| -> Vec<String> {
        (0..number)
            .map(|id| process(&format!("p{id:04}"), "g", 0, 0, 0))
            .collect()
    };
    let fits = list(&many(3_000));
    assert!(fits.len() < AT_MOST);
    assert_eq!(answered(http(&fits)).text().lines().count(), 9_000);
    let long = list(&many(5_000));
    let expected = format!(
        "unable to call supervisord: tcp:localhost:9001: the body of the answer is longer than {AT_MOST} bytes"
    );
    assert_eq!(error(http(&long)), expected);
}
