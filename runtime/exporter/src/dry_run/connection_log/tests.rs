//! What is noted of connections, and the bounds of it.

use super::*;

const REDIS: &str = "tcp:127.0.0.1:6379";

fn connected(log: &ConnectionLog, id: u64, address: &str, result: Result<(), ConnectionError>) {
    log.on_connection(ConnectionEvent::Connected {
        id,
        address,
        result,
    });
}

fn sent(log: &ConnectionLog, id: u64, bytes: &[u8], result: Result<(), ConnectionError>) {
    log.on_connection(ConnectionEvent::Sent { id, bytes, result });
}

fn received(log: &ConnectionLog, id: u64, bytes: &[u8], is_end: bool) {
    log.on_connection(ConnectionEvent::Received {
        id,
        bytes,
        is_end,
        error: None,
    });
}

fn texts(log: &ConnectionLog) -> Vec<String> {
    let text = |conversations: &[Conversation], _| {
        let texts = conversations.iter().map(crate::dry_run::conversation::text);
        texts.collect()
    };
    log.with_conversations(text)
}

#[test]
fn connections_are_counted_by_address() {
    let log = ConnectionLog::new(false);
    for id in 0..3 {
        connected(&log, id, "tcp:[::ffff:127.0.0.1]:6379", Ok(()));
        sent(&log, id, b"INFO", Ok(()));
        received(&log, id, b"answer", false);
    }
    connected(&log, 3, "tcp:x:1", Err(ConnectionError::NotPermitted));
    connected(&log, 4, "tcp:y:1", Err(ConnectionError::Refused));
    connected(&log, 5, "nonsense", Err(ConnectionError::InvalidAddress));
    sent(&log, 0, b"x", Err(ConnectionError::Reset));
    sent(&log, 99, b"of no connection", Ok(()));
    let seen = log.seen();
    let wanted = Connected {
        times: 3,
        sent: 12,
        received: 18,
    };
    assert_eq!(seen.connected.known, [(REDIS.to_owned(), wanted)].into());
    assert_eq!(seen.denied.known, [("tcp:x:1".to_owned(), ())].into());
    let failed = [
        ("nonsense", ConnectionError::InvalidAddress),
        (REDIS, ConnectionError::Reset),
        ("tcp:y:1", ConnectionError::Refused),
    ];
    let failed = failed.map(|(address, error)| (address.to_owned(), error));
    assert_eq!(seen.failed.known, failed.into());
    assert_eq!(texts(&log), [""; 0]);
}

#[test]
fn conversations_are_kept_in_order() {
    let log = ConnectionLog::new(true);
    connected(&log, 0, REDIS, Ok(()));
    connected(&log, 1, "unix:/run/x", Err(ConnectionError::NotFound));
    connected(&log, 2, "tcp:x:1", Err(ConnectionError::NotPermitted));
    sent(&log, 0, b"a", Ok(()));
    sent(&log, 0, b"b", Ok(()));
    received(&log, 0, b"c", false);
    sent(&log, 0, b"d", Err(ConnectionError::Reset));
    // Of a new instance.
    connected(&log, 0, REDIS, Ok(()));
    received(&log, 0, b"", true);
    assert_eq!(
        texts(&log),
        [
            "address tcp:127.0.0.1:6379\n> \"ab\"\n< \"c\"\nfailed reset\n",
            "address unix:/run/x\nunconnected not-found\n",
            "address tcp:127.0.0.1:6379\nclosed\n",
        ]
    );
}

#[test]
fn datagrams_are_conversations_too() {
    let log = ConnectionLog::new(true);
    let exchange = |id, answer| {
        log.on_connection(ConnectionEvent::Datagram {
            id,
            address: "udp:127.0.0.1:123",
            request: b"?",
            answer,
        });
    };
    exchange(0, Ok(&b"!"[..]));
    exchange(1, Err(ConnectionError::TimedOut));
    exchange(2, Err(ConnectionError::NotPermitted));
    assert_eq!(
        texts(&log),
        [
            "address udp:127.0.0.1:123\n> \"?\"\n< \"!\"\nclosed\n",
            "address udp:127.0.0.1:123\n> \"?\"\nfailed timed-out\n",
        ]
    );
    let seen = log.seen();
    let address = "udp:127.0.0.1:123";
    assert_eq!(seen.connected.known[address].times, 2);
    assert!(seen.denied.known.contains_key(address));
}

#[test]
fn recorded_conversations_are_bounded() {
    let log = ConnectionLog::new(true);
    connected(&log, 0, REDIS, Ok(()));
    let quarter = vec![b'x'; MAX_BYTES / 4];
    for _ in 0..9 {
        received(&log, 0, &quarter, false);
    }
    let left_out = log.with_conversations(|conversations, left_out| {
        let [conversation] = conversations else {
            panic!("{} conversations", conversations.len());
        };
        let lengths = conversation.turns.iter().map(|turn| match turn {
            crate::dry_run::conversation::Turn::Received(bytes) => bytes.len(),
            other => panic!("{other:?}"),
        });
        assert_eq!(lengths.sum::<usize>(), 3 * quarter.len());
        left_out
    });
    assert_eq!(left_out, 6);

    let log = ConnectionLog::new(true);
    for id in 0..MAX_CONVERSATIONS as u64 + 2 {
        connected(&log, id, REDIS, Ok(()));
    }
    let numbers = log.with_conversations(|conversations, more| (conversations.len(), more));
    assert_eq!(numbers, (MAX_CONVERSATIONS, 2));
    assert_eq!(log.notes().known.len(), MAX_KNOWN);

    // Many small turns have a price too.
    let log = ConnectionLog::new(true);
    connected(&log, 0, REDIS, Ok(()));
    for _ in 0..MAX_BYTES / TURN_BYTES {
        sent(&log, 0, b"x", Ok(()));
        received(&log, 0, b"x", false);
    }
    assert!(log.with_conversations(|_, left_out| left_out) > 0);
}
