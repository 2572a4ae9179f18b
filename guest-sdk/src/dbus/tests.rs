//! Arbitrary bytes from peers: no panic, and memory and time in proportion to the bytes.

use std::time::Duration;

use super::*;
use crate::testing::{Host, Peer, bus};

/// A deterministic generator (xorshift64*).
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let number = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 8;
        usize::try_from(number % end as u64).unwrap()
    }

    fn bytes(&mut self, most: usize) -> Vec<u8> {
        let length = self.below(most + 1);
        // Small numbers are more often lengths that fit.
        let byte = |random: &mut Self| match random.below(3) {
            0 => random.below(256) as u8,
            1 => random.below(9) as u8,
            _ => b"ybnqiuxtdsogvah(){}\0l\x01"[random.below(22)],
        };
        (0..length).map(|_| byte(self)).collect()
    }

    /// Changes, removes or inserts a few bytes.
    fn garble(&mut self, bytes: &mut Vec<u8>) {
        for _ in 0..=self.below(4) {
            let at = self.below(bytes.len().max(1));
            match self.below(4) {
                _ if bytes.is_empty() => return,
                0 => bytes.truncate(at),
                1 => bytes.insert(at, self.below(256) as u8),
                2 => drop(bytes.remove(at)),
                _ => bytes[at] = [0, 1, 2, 0x7f, 0x80, 0xff, b'a', b'v'][self.below(8)],
            }
        }
    }

    /// A message with values of many types.
    fn message(&mut self) -> Vec<u8> {
        let text = "x".repeat(self.below(20));
        let body = Body::new().string(&text).u64(7).array("(ssu)", |units| {
            (0..self.below(4)).fold(units, |units, number| {
                units.structure(|unit| unit.string(&text).string("").u32(number as u32))
            })
        });
        let body = body.array("{sv}", |options| {
            options
                .entry(|entry| {
                    entry
                        .string("a")
                        .variant("as", |value| value.strings(["b", "c"]))
                })
                .entry(|entry| {
                    entry
                        .string("d")
                        .variant("v", |value| value.variant("b", |value| value.boolean(true)))
                })
        });
        bus::message(&Ok(body), self.below(4) as u32)
    }
}

/// Reads everything by the types that the message has.
fn walk(reader: &mut Reader<'_>) -> Result<usize, Malformed> {
    let mut number = 0;
    while let Some(code) = reader.signature().bytes().next() {
        number += 1;
        match code {
            b'y' => drop(reader.byte()?),
            b'b' => drop(reader.boolean()?),
            b'n' => drop(reader.i16()?),
            b'q' => drop(reader.u16()?),
            b'i' => drop(reader.i32()?),
            b'u' => drop(reader.u32()?),
            b'x' => drop(reader.i64()?),
            b't' => drop(reader.u64()?),
            b'd' => drop(reader.f64()?),
            b'h' => drop(reader.descriptor()?),
            b's' => drop(reader.string()?),
            b'o' => drop(reader.path()?),
            b'g' => drop(reader.type_signature()?),
            b'(' => number += reader.structure(walk)?,
            b'{' => number += reader.entry(walk)?,
            b'v' => number += reader.variant(walk)?,
            _ => number += reader.array(walk)?.into_iter().sum::<usize>(),
        }
    }
    Ok(number)
}

/// Reads bytes as a message, in every way.
fn read(bytes: &[u8]) -> Option<usize> {
    let length = length(bytes).ok()??;
    let message = bytes.get(..length)?;
    let parts = message::Parts::of(message).ok()?;
    let reply = Reply::new(message, &parts);
    let values = walk(&mut reply.body());
    let mut skipping = reply.body();
    let mut skipped = Ok(());
    while !skipping.signature().is_empty() && skipped.is_ok() {
        skipped = skipping.skip();
    }
    // Skipping looks at less than reading.
    assert!(values.is_err() || skipped.is_ok());
    let values = values.ok()?;
    // A value takes a byte, and a container in addition its elements'.
    assert!(
        values <= (length + 256) * 65,
        "{values} values in {length} bytes"
    );
    Some(values)
}

#[test]
fn arbitrary_bytes_are_read_or_rejected() {
    let mut random = Random(1);
    for _ in 0..50_000 {
        let bytes = random.bytes(200);
        read(&bytes);
        // Behind a valid beginning, more of them gets read.
        let mut message = b"l\x02\0\x01".to_vec();
        message.extend(bytes);
        read(&message);
        let signature = random.bytes(12);
        if signature::check(&signature).is_ok() {
            let _ = walk(&mut Reader::new(&message, 0, &signature, false));
            let _ = walk(&mut Reader::new(&message, 0, &signature, true));
        }
    }
}

#[test]
fn garbled_messages_are_read_or_rejected() {
    let mut random = Random(2);
    let mut whole = 0;
    for _ in 0..50_000 {
        let mut message = random.message();
        assert!(read(&message).is_some_and(|values| values > 10));
        random.garble(&mut message);
        whole += usize::from(read(&message).is_some());
    }
    // Most changes are noticed, and some hit only texts and numbers.
    assert!((1000..40_000).contains(&whole), "{whole}");
}

#[test]
fn arbitrary_peers_end_a_call() {
    let mut random = Random(3);
    let host = Host::new();
    for round in 0..2_000 {
        let mut says = b"DATA\r\nOK 0123456789abcdef0123456789abcdef\r\n".to_vec();
        let (first, second) = (random.message(), random.message());
        says.extend(first);
        says.extend(second);
        random.garble(&mut says);
        let host = Host::at(host.root()).peer("unix:/bus", Peer::saying(says));
        let result = host.enter(|| {
            let mut bus = Connection::bus("unix:/bus", Duration::from_secs(1))?;
            let reply = bus.call(&Call::new("a", "/", "a", "a"))?;
            let _ = walk(&mut reply.body());
            Ok::<_, Error>(())
        });
        if let Err(error) = result {
            assert!(!error.to_string().is_empty(), "{round}");
        }
    }
}

#[test]
fn lengths_that_lie_cost_no_memory() {
    // Each length in a message, replaced by large ones: the reader allocates elements only for bytes that are
    // there.
    let message = Random(4).message();
    for at in 0..message.len() - 4 {
        for length in [u32::MAX, 1 << 31, 1 << 26, 1 << 24] {
            let mut message = message.clone();
            message[at..at + 4].copy_from_slice(&length.to_le_bytes());
            read(&message);
        }
    }
}
