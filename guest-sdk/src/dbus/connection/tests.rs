//! Peers that answer well, late, too much, too little, or in another protocol; and the limits.

use std::sync::{Arc, Mutex};

use super::*;
use crate::dbus::Body;
use crate::net::Kept;
use crate::testing::{Host, Peer, bus};

const BUS: &str = "unix:/run/bus";
const TIME: Duration = Duration::from_secs(1);
const OK: &str = "DATA\r\nOK 0123456789abcdef0123456789abcdef\r\n";

fn call() -> Call<'static> {
    Call::new("org.a", "/a", "org.a", "B")
}

/// Answers with the number of the call's argument.
fn counting() -> Peer {
    bus::peer(|call| match call.body().u32() {
        Ok(13) => Err(bus::failure("org.a.Unlucky", "thirteen")),
        Ok(number) => Ok(Body::new().u32(number)),
        Err(_) => Ok(Body::new()),
    })
}

/// Lets a bus that is given by what it says after the authentication answer one call.
fn answered(bytes: impl Into<Vec<u8>>) -> Result<Reply, Error> {
    let bytes = bytes.into();
    let peer = Peer::answering(move |request| match request.first() {
        Some(0) => OK.into(),
        _ => bytes.clone(),
    });
    Host::new().peer(BUS, peer.closing()).enter(|| {
        let mut connection = Connection::direct(BUS, TIME)?;
        connection.call(&call())
    })
}

fn peer_error(malformed: Malformed) -> Error {
    Error::peer(BUS)(malformed)
}

fn reset() -> Error {
    Error::Net(net::Error {
        address: BUS.to_owned(),
        reason: Reason::Reset,
    })
}

#[test]
fn client_introduces_itself_and_then_calls() {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let log = heard.clone();
    let peer = bus::peer(move |call| {
        log.lock().unwrap().push(call.clone());
        Ok(Body::new().string("hi"))
    });
    let reply = Host::new().peer(BUS, peer).enter(|| {
        let mut connection = Connection::bus(BUS, TIME).unwrap();
        assert_eq!(connection.address(), BUS);
        connection.call(&call().with(Body::new().u32(7)))
    });
    assert_eq!(reply.unwrap().body().string(), Ok("hi"));
    let heard = heard.lock().unwrap();
    let [call] = heard.as_slice() else {
        panic!("{heard:?}");
    };
    assert_eq!(
        (call.destination.as_str(), call.path.as_str()),
        ("org.a", "/a")
    );
    assert_eq!(
        (call.interface.as_str(), call.member.as_str()),
        ("org.a", "B")
    );
    assert_eq!(call.body().u32(), Ok(7));
}

#[test]
fn authentication_is_sent_at_once_with_the_first_call() {
    let requests = Arc::new(Mutex::new(Vec::new()));
    let log = requests.clone();
    let peer = Peer::answering(move |bytes| {
        log.lock().unwrap().push(bytes.escape_ascii().to_string());
        Vec::new()
    });
    let failure = Host::new()
        .peer(BUS, peer)
        .enter(|| Connection::bus(BUS, TIME).unwrap_err());
    assert_eq!(failure.to_string(), "unix:/run/bus: timed out");
    let requests = requests.lock().unwrap();
    assert_eq!(requests.len(), 1);
    let expected = r"\x00AUTH EXTERNAL\r\nDATA\r\nBEGIN\r\nl\x01\x00\x01";
    assert!(requests[0].starts_with(expected), "{requests:?}");
    assert!(requests[0].contains("Hello"));
}

#[test]
fn many_calls_are_sent_in_few_writes_and_answered_in_order() {
    let calls: Vec<Call<'_>> = (0..1000)
        .map(|number| call().with(Body::new().u32(number)))
        .collect();
    Host::new().peer(BUS, counting()).enter(|| {
        let mut connection = Connection::bus(BUS, TIME).unwrap();
        for (number, answer) in (0..).zip(connection.call_many(&calls).unwrap()) {
            match number {
                13 => assert_eq!(answer, Err(bus::failure("org.a.Unlucky", "thirteen"))),
                number => assert_eq!(answer.unwrap().body().u32(), Ok(number)),
            }
        }
        assert_eq!(connection.call_many(&[]).unwrap(), []);
    });
}

#[test]
fn bytes_and_number_of_waiting_calls_are_limited() {
    let largest = |calls: &[Call<'_>]| {
        let sizes = Arc::new(Mutex::new((0, 0)));
        let log = sizes.clone();
        let counting = Arc::new(Mutex::new(0));
        let counted = counting.clone();
        let inner = bus::peer(move |_| {
            *counted.lock().unwrap() += 1;
            Ok(Body::new())
        });
        let peer = Peer::answering(move |bytes| {
            let answer = inner.answers(bytes);
            let mut sizes = log.lock().unwrap();
            sizes.0 = sizes.0.max(bytes.len());
            sizes.1 = sizes.1.max(std::mem::take(&mut *counting.lock().unwrap()));
            answer
        });
        Host::new().peer(BUS, peer).enter(|| {
            let answers = Connection::direct(BUS, TIME)
                .unwrap()
                .call_many(calls)
                .unwrap();
            assert_eq!(answers.len(), calls.len());
        });
        *sizes.lock().unwrap()
    };
    let small: Vec<Call<'_>> = (0..1000).map(|_| call()).collect();
    assert_eq!(largest(&small).1, MAX_WAITING);
    const { assert!(MAX_WAITING <= 128, "the default of dbus-daemon") };
    let text = "x".repeat(1000);
    let long: Vec<Call<'_>> = (0..200)
        .map(|_| call().with(Body::new().string(&text)))
        .collect();
    let (bytes, number) = largest(&long);
    assert!(
        (BATCH..BATCH + 2000).contains(&bytes) && number < 60,
        "{bytes} {number}"
    );
}

#[test]
fn failures_of_a_service_do_not_end_the_connection() {
    let answers = Host::new().peer(BUS, counting()).enter(|| {
        let mut connection = Connection::bus(BUS, TIME).unwrap();
        [13, 14].map(|number| connection.call(&call().with(Body::new().u32(number))))
    });
    let [failed, worked] = answers;
    let failed = failed.unwrap_err();
    assert_eq!(
        failed,
        Error::Failed(bus::failure("org.a.Unlucky", "thirteen"))
    );
    assert_eq!(failed.to_string(), "thirteen");
    assert_eq!(
        bus::failure("org.a.Unlucky", "").to_string(),
        "org.a.Unlucky"
    );
    assert_eq!(worked.unwrap().body().u32(), Ok(14));
}

#[test]
fn signals_and_foreign_replies_are_skipped() {
    let reply = |serial| bus::message(&Ok(Body::new().u32(serial)), serial);
    // As signals do, it has a serial number of a reply and another type; here even the one that is waited for.
    let mut signal = reply(1);
    signal[1] = 4;
    let mut unknown = reply(1);
    unknown[1] = 77;
    let bytes = [reply(0), reply(2), signal, unknown, reply(1)].concat();
    assert_eq!(answered(bytes).unwrap().body().u32(), Ok(1));
}

#[test]
fn number_of_bytes_that_are_no_replies_is_limited() {
    let text = "x".repeat(1 << 20);
    let mut signal = bus::message(&Ok(Body::new().string(&text)), 1);
    signal[1] = 4;
    let reply = bus::message(&Ok(Body::new()), 1);
    let with = |number| answered([signal.repeat(number), reply.clone()].concat());
    assert!(with(15).is_ok());
    assert_eq!(with(17).unwrap_err(), peer_error(Malformed::TooMany));
}

#[test]
fn second_reply_to_a_call_is_skipped() {
    let reply = |serial, value| bus::message(&Ok(Body::new().u32(value)), serial);
    let peer = Peer::answering(move |request| match request.first() {
        Some(0) => OK.into(),
        _ => [reply(1, 10), reply(1, 11), reply(2, 20)].concat(),
    });
    let answers = Host::new().peer(BUS, peer).enter(|| {
        let mut connection = Connection::direct(BUS, TIME).unwrap();
        connection.call_many(&[call(), call()]).unwrap()
    });
    let values: Vec<u32> = answers
        .into_iter()
        .map(|it| it.unwrap().body().u32().unwrap())
        .collect();
    assert_eq!(values, [10, 20]);
}

#[test]
fn long_reply_is_read_in_parts() {
    let text = "x".repeat(3 * READ);
    let reply = answered(bus::message(&Ok(Body::new().string(&text)), 1)).unwrap();
    assert_eq!(reply.body().string(), Ok(text.as_str()));
}

#[test]
fn length_of_messages_is_limited() {
    let mut message = bus::message(&Ok(Body::new()), 1);
    message[4..8].copy_from_slice(&u32::MAX.to_le_bytes());
    assert_eq!(
        answered(message).unwrap_err(),
        peer_error(Malformed::TooLong)
    );
}

#[test]
fn end_of_the_connection_is_a_reset() {
    assert_eq!(answered(Vec::new()).unwrap_err(), reset());
    let reply = bus::message(&Ok(Body::new()), 1);
    for length in 1..reply.len() {
        assert_eq!(answered(&reply[..length]).unwrap_err(), reset(), "{length}");
    }
    assert!(answered(reply).is_ok());
}

#[test]
fn servers_of_other_protocols_are_rejected() {
    let not_dbus = peer_error(Malformed::Authentication);
    assert_eq!(not_dbus.to_string(), "unix:/run/bus: not a D-Bus server");
    let rejected = Error::Rejected(BUS.to_owned());
    assert_eq!(
        rejected.to_string(),
        "unix:/run/bus: authentication rejected"
    );
    for (says, expected) in [
        ("", &not_dbus),
        ("HTTP/1.1 400 Bad Request\r\n\r\n", &not_dbus),
        ("DATA\r\nDATA\r\n", &not_dbus),
        ("\r\n", &not_dbus),
        ("DATA", &not_dbus),
        (&"x".repeat(10_000), &not_dbus),
        ("REJECTED EXTERNAL\r\n", &rejected),
        ("DATA\r\nREJECTED\r\n", &rejected),
        ("ERROR \"no\"\r\n", &rejected),
    ] {
        let host = Host::new().peer(BUS, Peer::saying(says));
        let failure = host.enter(|| Connection::bus(BUS, TIME).unwrap_err());
        assert_eq!(&failure, expected, "{says:.30}");
    }
    // Garbage after a good beginning.
    let failure = answered("HTTP/1.1 400 Bad Request\r\n\r\n").unwrap_err();
    assert_eq!(failure, peer_error(Malformed::Header));
}

#[test]
fn server_that_does_not_ask_for_the_user_is_understood() {
    let reply = bus::message(&Ok(Body::new()), 1);
    let peer = Peer::answering(move |_| [b"OK 12\r\n", reply.as_slice()].concat());
    assert!(
        Host::new()
            .peer(BUS, peer)
            .enter(|| Connection::bus(BUS, TIME))
            .is_ok()
    );
}

#[test]
fn hello_may_be_refused() {
    let refusal = bus::failure(
        "org.freedesktop.DBus.Error.LimitsExceeded",
        "too many clients",
    );
    let message = bus::message(&Err(refusal.clone()), 1);
    let peer = Peer::answering(move |_| [OK.as_bytes(), &message].concat());
    let failure = Host::new()
        .peer(BUS, peer)
        .enter(|| Connection::bus(BUS, TIME).unwrap_err());
    assert_eq!(failure, Error::Failed(refusal));
}

#[test]
fn serial_numbers_are_never_zero() {
    Host::new().peer(BUS, counting()).enter(|| {
        let mut connection = Connection::direct(BUS, TIME).unwrap();
        for serial in [u32::MAX - 300, u32::MAX - 5, u32::MAX] {
            connection.serial = serial;
            let calls: Vec<Call<'_>> = (20..600)
                .map(|number| call().with(Body::new().u32(number)))
                .collect();
            let answers = connection.call_many(&calls).unwrap();
            let values: Vec<u32> = answers
                .into_iter()
                .map(|it| it.unwrap().body().u32().unwrap())
                .collect();
            assert!(values.into_iter().eq(20..600));
        }
    });
}

#[test]
fn kept_connection_is_opened_anew_when_the_bus_has_restarted() {
    let mut kept: Kept<Connection> = Kept::default();
    let mut ask = || {
        kept.with(
            || Connection::bus(BUS, TIME),
            |bus| bus.call(&call()).map(drop),
        )
    };
    // This bus ends the connection after the first answer.
    let first = Peer::answering({
        let peer = counting();
        let asked = Mutex::new(0);
        move |bytes| {
            let mut asked = asked.lock().unwrap();
            *asked += 1;
            if *asked > 2 {
                Vec::new()
            } else {
                peer.answers(bytes)
            }
        }
    });
    assert_eq!(
        Host::new().peer(BUS, first.closing()).enter(&mut ask),
        Ok(())
    );
    assert_eq!(Host::new().peer(BUS, counting()).enter(&mut ask), Ok(()));
}
