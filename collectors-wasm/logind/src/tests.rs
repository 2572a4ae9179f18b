//! Sessions of a made-up logind, and what fails.

use std::collections::BTreeMap;

use firepit_sdk::dbus::{Body, Failure};
use firepit_sdk::net::Reason;
use firepit_sdk::testing::bus::{self, Received};
use firepit_sdk::testing::{Host, Output, Peer};

use super::*;

const BUS: &str = "unix:/run/dbus/system_bus_socket";

/// A session: seat, remote, type and class.
type Made = (&'static str, bool, &'static str, &'static str);

/// A made-up logind, whose sessions are numbered.
fn answer(call: &Received, seats: &[&str], sessions: &[Made]) -> Result<Body, Failure> {
    assert_eq!(call.destination, "org.freedesktop.login1");
    let path = |number: usize| format!("/org/freedesktop/login1/session/_{number}");
    if let Some((interface, property)) = call.property() {
        assert_eq!(interface, "org.freedesktop.login1.Session");
        let found = sessions
            .iter()
            .enumerate()
            .find(|(number, _)| path(*number) == call.path);
        let (_, (_, remote, kind, class)) = found.unwrap();
        return match property {
            "Remote" => Ok(Body::new().variant("b", |value| value.boolean(*remote))),
            "Type" => Ok(Body::new().variant("s", |value| value.string(kind))),
            "Class" if class.is_empty() => Ok(Body::new().variant("u", |value| value.u32(1))),
            "Class" if *class == "gone" => Err(bus::failure(
                "org.freedesktop.DBus.Error.UnknownObject",
                "gone",
            )),
            _ => Ok(Body::new().variant("s", |value| value.string(class))),
        };
    }
    assert_eq!(call.path, "/org/freedesktop/login1");
    match call.member.as_str() {
        "ListSeats" => Ok(Body::new().array("(so)", |array| {
            let seat = |array: Body, seat: &&str| array.structure(|it| it.string(seat).path("/a"));
            seats.iter().fold(array, seat)
        })),
        "ListSessions" => Ok(Body::new().array("(susso)", |array| {
            let session = |array: Body, (number, session): (usize, &Made)| {
                array.structure(|it| {
                    it.string("c1")
                        .u32(0)
                        .string("root")
                        .string(session.0)
                        .path(&path(number))
                })
            };
            sessions.iter().enumerate().fold(array, session)
        })),
        other => Err(bus::failure(
            "org.freedesktop.DBus.Error.UnknownMethod",
            other,
        )),
    }
}

fn run(seats: &'static [&'static str], sessions: &'static [Made]) -> Output {
    let peer = bus::peer(move |call| answer(call, seats, sessions));
    Host::new().peer(BUS, peer).run::<Logind>([])
}

/// The samples other than zero, without the name of the family.
fn counted(output: &Output) -> BTreeMap<String, String> {
    let text = output.text();
    let samples = text
        .lines()
        .filter_map(|line| line.strip_prefix("node_logind_sessions"));
    let samples = samples.filter_map(|line| line.rsplit_once(' '));
    let samples = samples.filter(|(_, value)| *value != "0");
    samples
        .map(|(labels, value)| (labels.to_owned(), value.to_owned()))
        .collect()
}

fn failure(peer: Peer) -> String {
    let output = Host::new().peer(BUS, peer).run::<Logind>([]);
    assert_eq!(output.text(), "");
    output.result.unwrap_err().to_string()
}

#[test]
fn every_combination_is_shown() {
    let output = run(&["seat0", "seat1"], &[]);
    let text = output.text();
    // Remote or not, seven types, five classes, two seats and none.
    assert_eq!(text.lines().count(), 2 * 7 * 5 * 3);
    assert!(text.lines().all(|line| line.ends_with(" 0")));
    for line in [
        r#"node_logind_sessions{seat="",remote="true",type="other",class="other"} 0"#,
        r#"node_logind_sessions{seat="seat1",remote="false",type="web",class="background"} 0"#,
    ] {
        assert!(text.contains(line), "{line}");
    }
}

#[test]
fn sessions_are_counted_by_seat_origin_type_and_class() {
    let output = run(
        &["seat0"],
        &[
            ("seat0", false, "wayland", "user"),
            ("seat0", false, "x11", "greeter"),
            ("", true, "tty", "user"),
            ("", true, "tty", "user"),
            // Classes of newer systemd, and types that are unknown.
            ("", false, "unspecified", "manager"),
            ("", false, "smoke-signals", "user-early"),
            // A seat that is not listed.
            ("seat9", false, "tty", "user"),
        ],
    );
    let expected = [
        (
            r#"{seat="seat0",remote="false",type="wayland",class="user"}"#,
            "1",
        ),
        (
            r#"{seat="seat0",remote="false",type="x11",class="greeter"}"#,
            "1",
        ),
        (r#"{seat="",remote="true",type="tty",class="user"}"#, "2"),
        (
            r#"{seat="",remote="false",type="unspecified",class="other"}"#,
            "1",
        ),
        (
            r#"{seat="",remote="false",type="other",class="other"}"#,
            "1",
        ),
    ];
    let expected = expected.map(|(labels, value)| (labels.to_owned(), value.to_owned()));
    assert_eq!(counted(&output), BTreeMap::from(expected));
}

#[test]
fn session_that_ends_meanwhile_is_not_counted() {
    let output = run(
        &[],
        &[
            ("", true, "tty", "gone"),
            ("", true, "tty", ""),
            ("", true, "tty", "user"),
        ],
    );
    assert_eq!(output.result, Ok(()));
    assert_eq!(counted(&output).into_values().collect::<Vec<_>>(), ["1"]);
    assert_eq!(output.messages.len(), 2);
}

#[test]
fn failures_name_the_step() {
    let address = BUS;
    assert_eq!(
        failure(Peer::failing(Reason::NotFound)),
        format!("unable to connect to dbus: {address}: no such host or path")
    );
    let unknown = |_: &Received| {
        Err(bus::failure(
            "org.freedesktop.DBus.Error.ServiceUnknown",
            "no logind",
        ))
    };
    assert_eq!(
        failure(bus::peer(unknown)),
        "unable to get seats: no logind"
    );
    let no_sessions = |call: &Received| match call.member.as_str() {
        "ListSeats" => answer(call, &["seat0"], &[]),
        _ => Err(bus::failure(
            "org.freedesktop.DBus.Error.AccessDenied",
            "no",
        )),
    };
    assert_eq!(
        failure(bus::peer(no_sessions)),
        "unable to get sessions: no"
    );
    let other = |call: &Received| match call.member.as_str() {
        "ListSeats" => answer(call, &["seat0"], &[]),
        _ => Ok(Body::new().u32(0)),
    };
    assert_eq!(
        failure(bus::peer(other)),
        "unable to get sessions: unexpected type in a D-Bus message"
    );
}

#[test]
fn connection_is_kept_and_its_address_is_an_option() {
    let peer = bus::peer(|call| answer(call, &[], &[("", true, "tty", "user")]));
    let host = Host::new().peer("unix:/bus", peer);
    let mut collector: Logind = host
        .configure([("bus", "/bus"), ("dbus-timeout", "500ms")])
        .unwrap();
    assert_eq!(collector.timeout, Duration::from_millis(500));
    let output = host.collect(&mut collector);
    assert_eq!(counted(&output).len(), 1);
    // A second connection would be refused.
    assert_eq!(Host::new().collect(&mut collector), output);
    assert!(host.configure::<Logind>([("dbus-timeout", "")]).is_err());
}
